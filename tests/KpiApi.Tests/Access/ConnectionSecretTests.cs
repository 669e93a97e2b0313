using KpiApi.Storage;
using KpiApi.Tests.Commands;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KpiApi.Tests.Access;

/// <summary>
/// A connection string may hold a password, and a wrong one is what an operator copies into a question to others: whatever is wrong with it,
/// neither the command line, nor a log, nor an exception repeats it.
/// </summary>
public sealed class ConnectionSecretTests : IDisposable
{
    private const string Secret = "marked-secret";

    private readonly ProgramFolder _folder = new();

    public static TheoryData<string, string> Wrong => new()
    {
        { "sqlite", "Data Source=kpi.db;Password=marked-secret" },
        { "sqlite", "Password=marked-secret" },
        { "sqlite", "Data Source=absent.txt/kpi.db;Password=marked-secret" },
        { "sqlite", "Data Source=file.txt/kpi.db Password=marked-secret" },
        { "sqlite", "Data Source=file.txt/kpi.db,Pwd=marked-secret" },
        { "sqlite", "Data Source=file.txt/kpi.db:Pwd: marked-secret" },
        { "sqlite", "Data Source=kpi.db;\"Password=marked-secret" },
        { "sqlite", "Data Source=kpi.db;Mode=Odd;Password=marked-secret" },
        { "sqlite", "Data Source=kpi.db;Cache='marked-secret" },
        { "sqlite", "Data Source=kpi.db;Mode=marked-secret" },
        { "sqlite", "Data Source=kpi.db;Vfs=absent;Password=marked-secret" },
        { "sqlite", "Data Source=file.txt;Password=marked-secret" },
        { "sqlite", "Server=tcp:db.example,1433;User Id=kpi;Password=marked-secret" },
        { "sqlite", "marked-secret" },
        { "sqlserver", "Server=tcp:127.0.0.1,1;User Id=kpi;Password=marked-secret;Connect Timeout=1" },
        { "sqlite", "Data Source=file.txt;Password=marked-secret;Mode=ReadOnly" },
        { "sqlserver", "Server=127.0.0.1;Password='marked-secret" },
        { "postgres", "Host=127.0.0.1;Password=marked-secret" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("sqlite", "Data Source=kpi.db;Password=marked-secret")]
    [InlineData("sqlite", "Data Source=file.txt/kpi.db Password=marked-secret")]
    [InlineData("sqlserver", "Server=tcp:127.0.0.1,1;User Id=kpi;Password=marked-secret;Connect Timeout=1")]
    public async Task A_wrong_connection_string_is_told_without_what_it_holds(string provider, string connectionString)
    {
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(_folder.Database)!, "file.txt"), "This is no database, and no folder either; long enough to be read as one, and with no header of any.");
        var run = await _folder.Run("db", "deploy", "--Database:Provider=" + provider, "--ConnectionStrings:Kpi=" + connectionString, "--Logging:LogLevel:Default=Trace");
        Assert.Equal(1, run.Code);
        Assert.DoesNotContain(Secret, run.Output + run.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task No_exception_on_the_way_holds_it_either(string provider, string connectionString)
    {
        // Relative names would mean the folder of the tests.
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(_folder.Database)!, "file.txt"), "This is no database, and no folder either; long enough to be read as one, and with no header of any.");
        connectionString = connectionString.Replace("Data Source=", $"Data Source={Path.GetDirectoryName(_folder.Database)}/", StringComparison.Ordinal);
        var exception = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var app = Program.Build([$"--Database:Provider={provider}", "--ConnectionStrings:Kpi=" + connectionString], builder => builder.Logging.ClearProviders());
            await app.Services.GetRequiredService<SchemaDeployment>().Deploy(CancellationToken.None);
        });
        Assert.DoesNotContain(Secret, exception.ToString(), StringComparison.OrdinalIgnoreCase);
    }
}
