using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KpiApi.Access;
using KpiApi.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace KpiApi.Tests.Support;

/// <summary>The product on a database of its own, with a clock that the test sets.</summary>
internal sealed class KpiApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DirectoryInfo _folder;

    private KpiApp(WebApplication app, DirectoryInfo folder, FakeTimeProvider time)
    {
        _app = app;
        _folder = folder;
        Time = time;
    }

    public FakeTimeProvider Time { get; }

    public IServiceProvider Services => _app.Services;

    public Database Database => Services.GetRequiredService<Database>();

    public string DatabaseFile => Path.Combine(_folder.FullName, "kpi.db");

    /// <param name="settings">Configuration, --Section:Key=value.</param>
    /// <param name="now">The instant at which the test plays; noon UTC of that day when only a day is given.</param>
    public static Task<KpiApp> Start(string now = "2026-02-02", params string[] settings) => Start(_ => { }, now, settings);

    /// <param name="customise">What the test replaces.</param>
    /// <param name="now">The instant at which the test plays; noon UTC of that day when only a day is given.</param>
    /// <param name="settings">Configuration, --Section:Key=value.</param>
    public static async Task<KpiApp> Start(Action<WebApplicationBuilder> customise, string now = "2026-02-02", params string[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("kpiapi-");
        var time = new FakeTimeProvider(DateTimeOffset.Parse(now.Length == 10 ? now + "T12:00:00Z" : now, System.Globalization.CultureInfo.InvariantCulture));
        await DeployedDatabase.CopyTo(Path.Combine(folder.FullName, "kpi.db"));
        var app = Program.Build([$"--ConnectionStrings:Kpi=Data Source={Path.Combine(folder.FullName, "kpi.db")}", .. settings], builder =>
        {
            builder.WebHost.UseTestServer();
            builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(time));
            builder.Logging.ClearProviders();
            customise(builder);
        });
        await app.StartAsync();
        return new KpiApp(app, folder, time);
    }

    /// <summary>A new organisation and a client with a key of that role.</summary>
    public async Task<KpiClient> Organisation(string code = "acme", Role role = Role.Admin, string timeZone = "Europe/Paris")
    {
        var organisationId = await Services.GetRequiredService<OrganisationStore>().Create(code, code, timeZone, CancellationToken.None);
        return await Client(organisationId, role);
    }

    public async Task<KpiClient> Client(long organisationId, Role role)
    {
        var key = await Services.GetRequiredService<OrganisationStore>().CreateKey(organisationId, role, "test", null, CancellationToken.None);
        var http = _app.GetTestClient();
        http.DefaultRequestHeaders.Add(ApiKeyAuthentication.HeaderName, key.ToString());
        return new KpiClient(http, organisationId);
    }

    public HttpClient Anonymous() => _app.GetTestClient();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }
}

/// <summary>Speaks the API as an integrator does: JSON in, JSON out.</summary>
internal sealed class KpiClient(HttpClient http, long organisationId)
{
    public HttpClient Http => http;

    public long OrganisationId => organisationId;

    public async Task<JsonNode> Get(string path, HttpStatusCode expected = HttpStatusCode.OK) => await Answer(await http.GetAsync(path), expected);

    public async Task<string> GetText(string path)
    {
        var response = await http.GetAsync(path);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"GET {path}: {(int)response.StatusCode} {text}");
        return text;
    }

    /// <summary>Posts an object, or JSON text as it stands.</summary>
    public async Task<JsonNode> Post(string path, object? body, HttpStatusCode? expected = null, string? idempotencyKey = null) =>
        await Answer(await Send(HttpMethod.Post, path, body, idempotencyKey), expected);

    public async Task<JsonNode> Put(string path, object body, HttpStatusCode? expected = null) => await Answer(await Send(HttpMethod.Put, path, body), expected);

    public async Task<JsonNode> Patch(string path, object body, HttpStatusCode? expected = null) => await Answer(await Send(HttpMethod.Patch, path, body), expected);

    public async Task<JsonNode> Delete(string path, HttpStatusCode expected = HttpStatusCode.NoContent) => await Answer(await http.DeleteAsync(path), expected);

    public async Task<HttpResponseMessage> Send(HttpMethod method, string path, object? body, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body as string ?? JsonSerializer.Serialize(body, Scenario.Json), Encoding.UTF8, "application/json");
        }

        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        return await http.SendAsync(request);
    }

    private static async Task<JsonNode> Answer(HttpResponseMessage response, HttpStatusCode? expected)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            var asExpected = expected is null ? response.IsSuccessStatusCode : response.StatusCode == expected;
            Assert.True(asExpected, $"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri!.PathAndQuery}: {(int)response.StatusCode} instead of {(int?)expected} {text}");
            return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
        }
    }
}
