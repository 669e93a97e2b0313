using System.Net;
using System.Text;
using KpiApi.Access;
using KpiApi.Tests.Http;

namespace KpiApi.Tests.Access;

/// <summary>The ways in: which are taken where, what is told to who is refused, and what too many failures cost.</summary>
public class CredentialTests
{
    private const string Feed = "/v1/feeds/projects";
    private const string Kpis = "/v1/kpis";

    [Theory]
    [InlineData("", "")]
    [InlineData("anybody", "")]
    [InlineData("clé ✓", "")]
    [InlineData("user", "basic ")]
    [InlineData("user", "BASIC   ")]
    public async Task Basic_takes_any_user_name_with_a_key_as_the_password(string user, string scheme)
    {
        await using var app = await AccessApp.Start();
        var key = await app.Key(await app.Organisation(), Role.Reader);
        var header = AccessApp.Basic(user, key);
        using var response = await app.Get(Kpis, authorization: scheme.Length == 0 ? header : scheme + header["Basic ".Length..]);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Credentials_that_are_none_are_401_and_told_how_to_do_it()
    {
        await using var app = await AccessApp.WithTokens();
        var key = await app.Key(await app.Organisation(), Role.Admin);
        string Encoded(string text) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        foreach (var authorization in new[]
        {
            null, "", " ", "Bearer", "Bearer ", "bearer", "Basic", "Basic ", "Basic x", "Basic ====", "Basic " + key, Encoded(key), Encoded(":"), Encoded("user:"), Encoded(key + ":"), Encoded("user:" + key + " "),
            Encoded("user:" + key.ToUpperInvariant()), "Bearer " + key, key, "ApiKey " + key, "Digest username=\"x\"", "Negotiate abc", "Basic,Bearer " + key, "Basic " + Convert.ToBase64String([0xff, 0x3a, 0xfe]),
        })
        {
            app.Time.Advance(TimeSpan.FromSeconds(6));
            using var response = await app.Get(Kpis, authorization: authorization);
            await Problems.Of(response, 401, "unauthorized");
            var challenges = response.Headers.WwwAuthenticate.Select(challenge => challenge.ToString()).ToList();
            Assert.Contains(challenges, challenge => challenge.StartsWith("Basic realm=\"KpiApi\"", StringComparison.Ordinal));
            Assert.Contains(challenges, challenge => challenge.StartsWith("Bearer realm=\"KpiApi\"", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("https://login.microsoftonline.com/11111111-1111-1111-1111-111111111111/v2.0", "https://login.microsoftonline.com/11111111-1111-1111-1111-111111111111/oauth2/authorize")]
    [InlineData("https://login.microsoftonline.com/contoso.com", "https://login.microsoftonline.com/contoso.com/oauth2/authorize")]
    [InlineData("https://sts.windows.net/contoso.com/", "https://login.microsoftonline.com/contoso.com/oauth2/authorize")]
    public async Task An_empty_Bearer_is_told_where_Power_BI_signs_in(string authority, string expected)
    {
        await using var app = await AccessApp.Start(["--Auth:Authority=" + authority, "--Auth:Audience=kpiapi"]);
        using var response = await app.Get(Feed, authorization: "Bearer");
        await Problems.Of(response, 401, "unauthorized");
        Assert.Contains(response.Headers.WwwAuthenticate, challenge => challenge.ToString() == $"Bearer authorization_uri=\"{expected}\"");
    }

    [Fact]
    public async Task A_key_in_the_address_is_for_readers_of_feeds()
    {
        await using var app = await AccessApp.Start();
        var organisation = await app.Organisation();
        var reader = await app.Key(organisation, Role.Reader);
        Assert.Equal(HttpStatusCode.OK, (await app.Get($"{Feed}?api_key={reader}")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await app.Get($"{Feed}?limit=1&API_KEY={reader}&format=csv")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await app.Get($"/v1/feeds?api_key={reader}")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await app.Get($"/odata/v1/Kpis?api_key={reader}")).StatusCode);
        // Empty is absent.
        Assert.Equal(HttpStatusCode.OK, (await app.Get($"{Feed}?api_key=", reader)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await app.Get($"{Kpis}?api_key=", reader)).StatusCode);
        foreach (var role in new[] { Role.Writer, Role.Manager, Role.Admin })
        {
            var problem = await Problems.Of(await app.Get($"{Feed}?api_key={await app.Key(organisation, role)}"), 401, "unauthorized");
            Assert.Contains("reader", (string)problem["detail"]!, StringComparison.Ordinal);
        }

        foreach (var (method, path) in app.Guarded().Where(endpoint => !endpoint.Path.StartsWith("/v1/feeds", StringComparison.Ordinal) && !endpoint.Path.StartsWith("/v1/looker", StringComparison.Ordinal) && !endpoint.Path.StartsWith("/odata", StringComparison.Ordinal)))
        {
            using var http = app.Http();
            var problem = await Problems.Of(await Problems.Send(http, method, $"{path}?api_key={reader}", method is "POST" or "PUT" or "PATCH" ? "{}" : null), 401, "unauthorized");
            Assert.Contains("feeds", (string)problem["detail"]!, StringComparison.Ordinal);
        }

        await Problems.Of(await app.Get($"{Kpis}?api_key={reader}", reader), 401, "unauthorized");
        await Problems.Of(await app.Get($"{Feed}?api_key={reader[..^1]}"), 401, "unauthorized");
    }

    [Fact]
    public async Task A_link_to_the_next_page_does_not_repeat_the_key()
    {
        await using var app = await AccessApp.Start();
        var reader = await app.Key(await app.Organisation(), Role.Reader);
        using var response = await app.Get($"/v1/feeds/kpis?format=csv&limit=1&api_key={reader}&select=KpiId");
        var link = Assert.Single(response.Headers.GetValues("Link"));
        Assert.DoesNotContain("api_key", link, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("kpi_", link, StringComparison.Ordinal);
        Assert.Contains("select=KpiId", link, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_different_credentials_are_400_and_one_in_two_ways_is_one()
    {
        await using var app = await AccessApp.WithTokens();
        var organisation = await app.Organisation();
        var one = await app.Key(organisation, Role.Reader);
        var two = await app.Key(organisation, Role.Reader);
        var token = "Bearer " + TokenDraft.Valid(app.Now);
        foreach (var (path, key, authorization) in new (string, string?, string?)[]
        {
            (Feed, one, AccessApp.Basic("u", two)), (Feed, one, token), (Feed, one, "Digest x"), (Feed, one, "Basic x"), ($"{Feed}?api_key={one}", two, null), ($"{Feed}?api_key={one}", null, AccessApp.Basic("u", two)),
            ($"{Feed}?api_key={one}", null, token), ($"{Feed}?api_key={one}&api_key={two}", null, null), (Feed, "garbage", token), ($"{Kpis}?api_key={one}", two, null),
        })
        {
            await Problems.Of(await app.Get(path, key, authorization), 400, "malformed-request");
        }

        foreach (var (path, key, authorization) in new (string, string?, string?)[]
        {
            (Feed, one, AccessApp.Basic("u", one)), ($"{Feed}?api_key={one}", one, null), ($"{Feed}?api_key={one}", one, AccessApp.Basic("u", one)), ($"{Feed}?api_key={one}&api_key={one}", null, null), (Feed, one, "Bearer"), (Feed, one, "Basic "), (Feed, one, ""),
            (Feed, "", AccessApp.Basic("u", one)), (Feed, " ", token),
        })
        {
            Assert.Equal(HttpStatusCode.OK, (await app.Get(path, key, authorization)).StatusCode);
        }
    }

    [Theory]
    [InlineData("203.0.113.7", "http", false)]
    [InlineData("2001:db8::1", "http", false)]
    [InlineData("10.0.0.1", "http", false)]
    [InlineData("::ffff:192.168.1.1", "http", false)]
    [InlineData("203.0.113.7", "https", true)]
    [InlineData("127.0.0.1", "http", true)]
    [InlineData("::1", "http", true)]
    [InlineData("::ffff:127.0.0.1", "http", true)]
    public async Task Over_plain_HTTP_from_another_machine_only_headers_are_taken(string address, string scheme, bool isTaken)
    {
        await using var app = await AccessApp.Start();
        var key = await app.Key(await app.Organisation(), Role.Reader);
        Assert.Equal(HttpStatusCode.OK, (await app.Get(Feed, key, address: address, scheme: scheme)).StatusCode);
        foreach (var (path, authorization) in new (string, string?)[] { (Feed, AccessApp.Basic("user", key)), ($"{Feed}?api_key={key}", null) })
        {
            using var response = await app.Get(path, authorization: authorization, address: address, scheme: scheme);
            if (isTaken)
            {
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                continue;
            }

            var problem = await Problems.Of(response, 401, "unauthorized");
            Assert.Contains("HTTPS", (string)problem["detail"]!, StringComparison.Ordinal);
            // Who is asked for Basic there would send it.
            Assert.DoesNotContain("Basic", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_proxy_on_this_machine_that_was_reached_in_the_clear_counts_as_in_the_clear()
    {
        await using var app = await AccessApp.Start();
        var key = await app.Key(await app.Organisation(), Role.Reader);
        foreach (var (forwarded, expected) in new[] { ("http", 401), ("https", 200) })
        {
            using var http = app.Http();
            http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.9");
            http.DefaultRequestHeaders.Add("X-Forwarded-Proto", forwarded);
            http.DefaultRequestHeaders.Add(AccessApp.AddressHeader, "127.0.0.1");
            http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", AccessApp.Basic("user", key));
            Assert.Equal(expected, (int)(await http.GetAsync(Feed)).StatusCode);
        }
    }

    [Fact]
    public async Task What_is_open_stays_open_whatever_is_sent()
    {
        await using var app = await AccessApp.WithTokens();
        foreach (var path in new[] { "/health/live", "/health/ready", "/openapi/v1.json" })
        {
            Assert.Equal(HttpStatusCode.OK, (await app.Get(path + "?api_key=x", "garbage", "Bearer garbage")).StatusCode);
        }
    }

    [Fact]
    public async Task After_ten_failures_in_a_minute_the_next_is_429_until_the_first_is_a_minute_old()
    {
        await using var app = await AccessApp.Start();
        var key = await app.Key(await app.Organisation(), Role.Reader);
        var wrong = key[..^1] + (key[^1] == 'a' ? 'b' : 'a');
        for (var attempt = 0; attempt < 10; attempt++)
        {
            await Problems.Of(await app.Get(Kpis, wrong, address: "203.0.113.7"), 401, "unauthorized");
            app.Time.Advance(TimeSpan.FromSeconds(1));
        }

        foreach (var seconds in new[] { 50, 20 })
        {
            using var response = await app.Get(Kpis, wrong, address: "203.0.113.7");
            await Problems.Of(response, 429, "too-many-requests");
            Assert.Equal(seconds, (int)response.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
            app.Time.Advance(TimeSpan.FromSeconds(seconds == 50 ? 30 : 19.5));
        }

        await Problems.Of(await app.Get(Kpis, wrong, address: "203.0.113.7"), 429);
        app.Time.Advance(TimeSpan.FromSeconds(0.5));
        // One attempt has become free, and no more than one.
        await Problems.Of(await app.Get(Kpis, wrong, address: "203.0.113.7"), 401);
        await Problems.Of(await app.Get(Kpis, wrong, address: "203.0.113.7"), 429);
    }

    [Fact]
    public async Task Failures_of_others_lock_nobody_out()
    {
        await using var app = await AccessApp.Start();
        var organisation = await app.Organisation();
        var key = await app.Key(organisation, Role.Reader);
        var wrong = key[..^1] + (key[^1] == 'a' ? 'b' : 'a');
        for (var attempt = 0; attempt < 30; attempt++)
        {
            using var failed = await app.Get(Kpis, wrong, address: "203.0.113.7");
            // The right secret works from the same address and with the same public id, between any two failures.
            Assert.Equal(HttpStatusCode.OK, (await app.Get(Kpis, key, address: "203.0.113.7")).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await app.Get(Kpis, authorization: AccessApp.Basic("u", key), address: "203.0.113.7", scheme: "https")).StatusCode);
        }

        await Problems.Of(await app.Get(Kpis, wrong, address: "203.0.113.7"), 429);
        await Problems.Of(await app.Get(Kpis, authorization: AccessApp.Basic("u", wrong), address: "203.0.113.7", scheme: "https"), 429);
        // Another address, or another public id, has failures of its own.
        await Problems.Of(await app.Get(Kpis, wrong, address: "203.0.113.8"), 401);
        await Problems.Of(await app.Get(Kpis, ApiKey.New().ToString(), address: "203.0.113.7"), 401);
        // Without a credential nothing failed.
        await Problems.Of(await app.Get(Kpis, address: "203.0.113.7"), 401);
    }

    [Fact]
    public async Task The_addresses_of_one_network_of_IPv6_are_one()
    {
        await using var app = await AccessApp.Start();
        var wrong = ApiKey.New().ToString();
        for (var attempt = 0; attempt < 10; attempt++)
        {
            await Problems.Of(await app.Get(Kpis, wrong, address: $"2001:db8:1:2::{attempt + 1:x}"), 401);
        }

        await Problems.Of(await app.Get(Kpis, wrong, address: "2001:db8:1:2:ffff::9"), 429);
        await Problems.Of(await app.Get(Kpis, wrong, address: "2001:db8:1:3::1"), 401);
    }

    [Fact]
    public async Task The_count_of_failures_can_be_set_and_a_thousand_at_once_are_counted_exactly()
    {
        await using var app = await AccessApp.Start(["--Limits:FailedCredentialsPerMinute=3"]);
        var wrong = ApiKey.New().ToString();
        var statuses = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Task.Run(async () => (int)(await app.Get(Kpis, wrong, address: "203.0.113.7")).StatusCode)));
        Assert.Equal((3, 997), (statuses.Count(status => status == 401), statuses.Count(status => status == 429)));
    }

    [Fact]
    public async Task Invented_keys_and_addresses_fill_no_memory()
    {
        var failures = new FailedCredentials(new KpiApi.Http.Limits(), new Microsoft.Extensions.Time.Testing.FakeTimeProvider());
        for (var attempt = 0; attempt < 200_000; attempt++)
        {
            failures.Count(new IPAddress(attempt), $"id{attempt}");
        }

        GC.Collect();
        var before = GC.GetTotalMemory(true);
        for (var attempt = 200_000; attempt < 600_000; attempt++)
        {
            failures.Count(new IPAddress(attempt), $"id{attempt}");
        }

        GC.Collect();
        Assert.InRange(GC.GetTotalMemory(true) - before, long.MinValue, 4_000_000);
        GC.KeepAlive(failures);
        await Task.CompletedTask;
    }
}
