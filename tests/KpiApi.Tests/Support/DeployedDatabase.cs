using KpiApi.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KpiApi.Tests.Support;

/// <summary>An empty database with the schema. Deploying takes most of a second, so every test starts from a copy of one file.</summary>
internal static class DeployedDatabase
{
    private static readonly Lazy<Task<string>> Template = new(Deploy);

    public static async Task CopyTo(string file) => File.Copy(await Template.Value, file);

    private static async Task<string> Deploy()
    {
        var folder = Directory.CreateTempSubdirectory("kpiapi-template-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
        await using var app = Program.Build([$"--ConnectionStrings:Kpi=Data Source={Path.Combine(folder.FullName, "deployed.db")}"], builder => builder.Logging.ClearProviders());
        await app.Services.GetRequiredService<SchemaDeployment>().Deploy(CancellationToken.None);
        // A backup is one file, without the write-ahead log beside it.
        var template = Path.Combine(folder.FullName, "template.db");
        await app.Services.GetRequiredService<Dialect>().Backup(template, CancellationToken.None);
        // What ships deploys to its own file, which sets this. A backup does not have it, and tests must not run in another mode than users do.
        await using var connection = new SqliteConnection($"Data Source={template};Pooling=False");
        await connection.OpenAsync();
        await using var mode = connection.CreateCommand();
        mode.CommandText = "PRAGMA journal_mode = WAL";
        await mode.ExecuteNonQueryAsync();
        return template;
    }
}
