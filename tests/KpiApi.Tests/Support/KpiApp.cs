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

    private KpiApp(WebApplication app, TestDatabase stored, FakeTimeProvider time)
    {
        _app = app;
        Stored = stored;
        Time = time;
    }

    /// <summary>The database from the side.</summary>
    public TestDatabase Stored { get; }

    public FakeTimeProvider Time { get; }

    public IServiceProvider Services => _app.Services;

    public Database Database => Services.GetRequiredService<Database>();

    /// <summary>Of a program that was started with <c>StartOnFile</c>.</summary>
    public string DatabaseFile => ((SqliteTestDatabase)Stored).File;

    /// <param name="settings">Configuration, --Section:Key=value.</param>
    /// <param name="now">The instant at which the test plays; noon UTC of that day when only a day is given.</param>
    public static Task<KpiApp> Start(string now = "2026-02-02", params string[] settings) => Start(_ => { }, now, settings);

    /// <param name="customise">What the test replaces.</param>
    /// <param name="now">The instant at which the test plays; noon UTC of that day when only a day is given.</param>
    /// <param name="settings">Configuration, --Section:Key=value.</param>
    public static async Task<KpiApp> Start(Action<WebApplicationBuilder> customise, string now = "2026-02-02", params string[] settings) =>
        await Start(await TestDatabase.Take(), customise, _ => { }, now, settings);

    /// <param name="map">Maps what only the test serves.</param>
    public static async Task<KpiApp> StartWith(Action<WebApplication> map) => await Start(await TestDatabase.Take(), _ => { }, map, "2026-02-02", []);

    /// <summary>The same on a file, whatever engine the run is for: for tests that handle the file, or look into it in its own language.</summary>
    public static async Task<KpiApp> StartOnFile(string now = "2026-02-02", params string[] settings) => await Start(await TestDatabase.TakeFile(), _ => { }, _ => { }, now, settings);

    public static async Task<KpiApp> StartOnFile(Action<WebApplicationBuilder> customise, string now, params string[] settings) => await Start(await TestDatabase.TakeFile(), customise, _ => { }, now, settings);

    /// <summary>On the server, whatever engine the run is for.</summary>
    public static async Task<KpiApp> StartOnServer(string now = "2026-02-02", params string[] settings) => await Start(await TestDatabase.TakeServer(), _ => { }, _ => { }, now, settings);

    /// <summary>On a database that the test has prepared, and that goes with the program.</summary>
    public static Task<KpiApp> StartOn(TestDatabase stored, params string[] settings) => Start(stored, _ => { }, _ => { }, "2026-02-02", settings);

    private static async Task<KpiApp> Start(TestDatabase stored, Action<WebApplicationBuilder> customise, Action<WebApplication> map, string now, string[] settings)
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse(now.Length == 10 ? now + "T12:00:00Z" : now, System.Globalization.CultureInfo.InvariantCulture));
        var app = Program.Build([.. stored.Settings, .. settings], builder =>
        {
            builder.WebHost.UseTestServer();
            builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(time));
            builder.Logging.ClearProviders();
            customise(builder);
        });
        map(app);
        await app.StartAsync();
        return new KpiApp(app, stored, time);
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
        var http = Anonymous();
        http.DefaultRequestHeaders.Add(ApiKeyAuthentication.HeaderName, key.ToString());
        return new KpiClient(http, organisationId);
    }

    /// <summary>A client without a credential. Like that of every client, its answers are held against the OpenAPI document.</summary>
    public HttpClient Anonymous() => new(new ContractHandler(_app.GetTestServer().CreateHandler())) { BaseAddress = new Uri("http://localhost/") };

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await Stored.DisposeAsync();
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
