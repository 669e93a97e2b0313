using System.Net;
using System.Net.Http.Headers;
using KpiApi.Access;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace KpiApi.Tests.Access;

/// <summary>The product with settings for credentials, an identity provider of the test, and callers from wherever the test says.</summary>
internal sealed class AccessApp : IAsyncDisposable
{
    /// <summary>The address that the caller comes from.</summary>
    public const string AddressHeader = "X-Test-Address";

    private readonly WebApplication _app;
    private readonly bool _listens;

    private AccessApp(WebApplication app, TestDatabase stored, FakeTimeProvider time, IdentityProviderDouble provider, bool listens) =>
        (_app, Stored, Time, Provider, _listens) = (app, stored, time, provider, listens);

    public TestDatabase Stored { get; }

    public FakeTimeProvider Time { get; }

    public IdentityProviderDouble Provider { get; }

    public IServiceProvider Services => _app.Services;

    public DateTimeOffset Now => Time.GetUtcNow();

    public OrganisationStore Organisations => Services.GetRequiredService<OrganisationStore>();

    public static string[] Tokens(params string[] more) => ["--Auth:Authority=" + IdentityProviderDouble.Authority, "--Auth:Audience=" + IdentityProviderDouble.Audience, .. more];

    public static Task<AccessApp> WithTokens(params string[] more) => Start(Tokens(more));

    public static async Task<AccessApp> Start(string[]? settings = null, Action<WebApplicationBuilder>? customise = null, bool listens = false, TestDatabase? stored = null)
    {
        stored ??= await TestDatabase.Take();
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 2, 2, 12, 0, 0, TimeSpan.Zero));
        var provider = new IdentityProviderDouble();
        var app = Program.Build(
            [.. settings ?? [], "--urls=http://127.0.0.1:0", .. stored.Settings],
            builder =>
            {
                if (!listens)
                {
                    builder.WebHost.UseTestServer();
                }

                builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(time));
                builder.Services.Replace(ServiceDescriptor.Singleton(new IdentityProviderTransport(provider)));
                builder.Services.AddSingleton<IStartupFilter, Addresses>();
                builder.Logging.ClearProviders();
                customise?.Invoke(builder);
            });
        await app.StartAsync();
        return new AccessApp(app, stored, time, provider, listens);
    }

    public Task<long> Organisation(string code = "acme") => Organisations.Create(code, code, "Europe/Paris", CancellationToken.None);

    public async Task<string> Key(long organisation, Role role, string name = "test", DateTimeOffset? expires = null) =>
        (await Organisations.CreateKey(organisation, role, name, expires, CancellationToken.None)).ToString();

    public HttpClient Http(string? scheme = null) => _listens ? new HttpClient { BaseAddress = new Uri(_app.Urls.First()) } : Client(scheme ?? "http");

    public async Task<HttpResponseMessage> Get(string path, string? key = null, string? authorization = null, string? address = null, string scheme = "http")
    {
        using var http = Http(scheme);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        Add(request.Headers, ApiKeyAuthentication.HeaderName, key);
        Add(request.Headers, "Authorization", authorization);
        Add(request.Headers, AddressHeader, address);
        return await http.SendAsync(request);
    }

    public Task<HttpResponseMessage> WithToken(string path, string token) => Get(path, authorization: "Bearer " + token);

    /// <summary>Every route that asks for a credential, with something in the place of each parameter.</summary>
    public IReadOnlyList<(string Method, string Path)> Guarded() => RoutedEndpoint.All(Services)
        .Where(endpoint => endpoint.Rule is not null)
        .Select(endpoint => (endpoint.Method, System.Text.RegularExpressions.Regex.Replace(endpoint.Path, @"\{\w+\}", "absent")))
        .ToList();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Provider.Dispose();
        await Stored.DisposeAsync();
    }

    public static string Basic(string user, string password) => "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{user}:{password}"));

    private HttpClient Client(string scheme) => new(new ContractHandler(_app.GetTestServer().CreateHandler())) { BaseAddress = new Uri(scheme + "://localhost") };

    private static void Add(HttpRequestHeaders headers, string name, string? value)
    {
        if (value is not null)
        {
            headers.TryAddWithoutValidation(name, value);
        }
    }

    private sealed class Addresses : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, following) =>
            {
                if (context.Request.Headers.TryGetValue(AddressHeader, out var address))
                {
                    context.Connection.RemoteIpAddress = IPAddress.Parse(address!);
                }

                return following(context);
            });
            next(app);
        };
    }
}
