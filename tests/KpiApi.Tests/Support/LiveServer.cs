using KpiApi.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace KpiApi.Tests.Support;

/// <summary>The product in this process, on a file and a real port, at noon of 2 February 2026: for tests of what happens between the two ends of a connection.</summary>
internal sealed class LiveServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kpiapi-live-");
    private WebApplication _app = null!;

    public string Url => _app.Urls.First();

    public string Folder => _folder.FullName;

    public string DatabaseFile => Path.Combine(_folder.FullName, "kpi.db");

    /// <summary>Speaks for a manager.</summary>
    public KpiClient Client { get; private set; } = null!;

    public string Key { get; private set; } = "";

    public static async Task<LiveServer> Start(params string[] settings)
    {
        var server = new LiveServer();
        await DeployedDatabase.CopyTo(server.DatabaseFile);
        server._app = Program.Build([$"--ConnectionStrings:Kpi=Data Source={server.DatabaseFile};Pooling=False", "--urls=http://127.0.0.1:0", .. settings], builder =>
        {
            builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(new FakeTimeProvider(new DateTimeOffset(2026, 2, 2, 12, 0, 0, TimeSpan.Zero))));
            builder.Logging.ClearProviders();
        });
        await server._app.StartAsync();
        var organisations = server._app.Services.GetRequiredService<OrganisationStore>();
        var organisation = await organisations.Create("acme", "Acme", "Europe/Paris", CancellationToken.None);
        server.Key = (await organisations.CreateKey(organisation, Role.Manager, "test", null, CancellationToken.None)).ToString();
        var http = new HttpClient { BaseAddress = new Uri(server.Url) };
        http.DefaultRequestHeaders.Add(ApiKeyAuthentication.HeaderName, server.Key);
        server.Client = new KpiClient(http, organisation);
        return server;
    }

    /// <summary>A file beside the database.</summary>
    public string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>A project with the KPIs orders and revenue, both sums.</summary>
    public async Task Site()
    {
        await Client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await Client.Post("/v1/projects", new { code = "site", name = "Site", activity = "shop", startsOn = "2026-01-10", currency = "EUR" });
        foreach (var code in new[] { "orders", "revenue" })
        {
            await Client.Post("/v1/kpis", new { code, name = new { en = code }, domain = "sales", unit = "count", direction = "increase", aggregation = "sum", threshold = new { kind = "relative", value = 0.1 } });
            await Client.Post("/v1/projects/site/kpis", new { kpi = code, purpose = "Sell" });
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Http.Dispose();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
