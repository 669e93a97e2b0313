using KpiApi.Access;
using KpiApi.Storage;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KpiApi.Tests.Durability;

/// <summary>The program on a <see cref="Disk"/>, with a project of its own.</summary>
internal sealed class DiskApp : IAsyncDisposable
{
    public const string Project = "p";
    public const string Kpi = "quote-to-order-rate";

    private readonly WebApplication _app;
    private readonly DirectoryInfo _folder;
    private readonly string _key;

    private DiskApp(WebApplication app, DirectoryInfo folder, Disk disk, string key)
    {
        _app = app;
        _folder = folder;
        _key = key;
        Disk = disk;
        Http = Client(app, key);
    }

    public Disk Disk { get; }

    public HttpClient Http { get; }

    public string DatabaseFile => Path.Combine(_folder.FullName, "kpi.db");

    /// <param name="synchronous">What the writer is set to after it was opened; null for what the program sets.</param>
    public static async Task<DiskApp> Start(string? synchronous = null)
    {
        var folder = Directory.CreateTempSubdirectory("kpiapi-disk-");
        var file = Path.Combine(folder.FullName, "kpi.db");
        var key = await Operations.ServedProject.Make(file);
        var disk = Disk.Under(folder.FullName);
        SqliteConnection? writer = null;
        var app = Build(file, $";Vfs={Disk.VfsName}", builder =>
        {
            DialectAround.Install(builder, inner => new DialectAround(inner) { SeesWriter = connection => writer = (SqliteConnection)connection });
        });
        await app.Services.GetRequiredService<SchemaDeployment>().Deploy(CancellationToken.None);
        await app.StartAsync();
        var made = new DiskApp(app, folder, disk, key);
        await Operations.ServedProject.Post(made.Http, "/v1/activities", """{"code":"first","name":"First"}""");
        if (synchronous is not null)
        {
            using var pragma = writer!.CreateCommand();
#pragma warning disable CA2100 // A word of the test.
            pragma.CommandText = $"PRAGMA synchronous = {synchronous}";
#pragma warning restore CA2100
            // Refused while the program is just writing something of its own.
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    pragma.ExecuteNonQuery();
                    break;
                }
                catch (SqliteException) when (attempt < 100)
                {
                    await Task.Delay(20);
                }
            }
        }

        return made;
    }

    /// <summary>Another program on files that a power cut left.</summary>
    public async Task<(WebApplication App, HttpClient Http)> StartOn(string folder)
    {
        var app = Build(Path.Combine(folder, "kpi.db"), "", _ => { });
        await app.Services.GetRequiredService<SchemaDeployment>().Deploy(CancellationToken.None);
        await app.StartAsync();
        return (app, Client(app, _key));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        SqliteConnection.ClearAllPools();
        Disk.Forget();
        _folder.Delete(recursive: true);
    }

    private static WebApplication Build(string file, string more, Action<WebApplicationBuilder> customise) => Program.Build(
        [$"--ConnectionStrings:Kpi=Data Source={file};Pooling=False{more}", "--Limits:RequestsPerSecond=1000000", "--Limits:RequestBurst=1000000000"],
        builder =>
        {
            builder.WebHost.UseTestServer();
            builder.Logging.ClearProviders();
            customise(builder);
        });

    private static HttpClient Client(WebApplication app, string key)
    {
        var http = app.GetTestClient();
        http.DefaultRequestHeaders.Add(ApiKeyAuthentication.HeaderName, key);
        return http;
    }
}
