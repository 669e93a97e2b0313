using System.Net;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace KpiApi.Tests.Http;

/// <summary>A request that carries an Idempotency-Key has its effect once, however often it is sent.</summary>
public class IdempotencyTests
{
    private const string Ledger = "/v1/projects/site/ledger";
    private const string Facts = "/v1/measurements";
    private const string Entry = """{"kind":"gain","category":"margin","amount":12.5,"date":"2026-01-15"}""";
    private const string Fact = """[{"project":"site","kpi":"orders","date":"2026-01-15","value":4}]""";

    [Theory]
    [InlineData(Ledger, Entry, "LedgerEntry")]
    [InlineData(Ledger + "?mode=partial", "[" + Entry + ",{\"kind\":\"x\"},null]", "LedgerEntry")]
    [InlineData(Facts, Fact, "Measurement")]
    [InlineData(Facts + "?mode=partial", """[{"project":"site","kpi":"orders","date":"2026-01-15","value":4,"note":"é\u0001<&"},{"kpi":"ü"},7]""", "Measurement")]
    public async Task The_same_key_and_body_give_the_same_answer_and_one_effect(string path, string body, string table)
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        var first = await Send(client.Http, path, body, "key-1");
        Assert.Equal(HttpStatusCode.OK, first.Status);
        var before = await Tables.Dump(app);
        app.Time.Advance(TimeSpan.FromHours(23.9));
        for (var again = 0; again < 3; again++)
        {
            Assert.Equal(first, await Send(client.Http, path, body, "key-1"));
        }

        Assert.Equal(1, await Tables.Count(app, table));
        Assert.Equal(before.Where(row => row.StartsWith(table, StringComparison.Ordinal)), (await Tables.Dump(app)).Where(row => row.StartsWith(table, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(Ledger, Entry, """{"kind":"gain","category":"margin","amount":12.6,"date":"2026-01-15"}""")]
    [InlineData(Facts, Fact, """[{"project":"site","kpi":"orders","date":"2026-01-15","value":5}]""")]
    public async Task The_same_key_with_another_body_is_422(string path, string body, string other)
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        await Send(client.Http, path, body, "key-1");
        var before = await Tables.Dump(app);
        using var response = await client.Send(HttpMethod.Post, path, other, "key-1");
        await Problems.Of(response, 422, "idempotency-key-reused");
        Tables.AssertSame(before, await Tables.Dump(app), "a key that was used for something else");
        Assert.Equal(HttpStatusCode.OK, (await Send(client.Http, path, other, "key-2")).Status);
    }

    [Theory]
    [InlineData(Ledger, Entry, "LedgerEntry")]
    [InlineData(Facts, Fact, "Measurement")]
    [InlineData("/v1/activities", """{"code":"web","name":"Web"}""", "Activity")]
    public async Task A_hundred_posts_at_once_with_one_key_have_one_effect_and_one_answer(string path, string body, string table)
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        var before = await Tables.Count(app, table);
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => Send(client.Http, path, body, "key-1"))));
        Assert.Equal(path == "/v1/activities" ? HttpStatusCode.Created : HttpStatusCode.OK, Assert.Single(answers.Distinct()).Status);
        Assert.Equal(before + 1, await Tables.Count(app, table));
    }

    [Fact]
    public async Task A_request_whose_key_is_in_flight_waits_for_the_first_answer()
    {
        using var dam = new Dam();
        await using var app = await KpiApp.Start(dam.Install);
        var client = await Site(app);
        dam.Close();
        var first = Send(client.Http, Ledger, Entry, "key-1");
        await dam.Reached();
        var second = Send(client.Http, Ledger, Entry, "key-1");
        var other = Send(client.Http, Ledger, Entry.Replace("12.5", "13", StringComparison.Ordinal), "key-1");
        await Task.Delay(200);
        Assert.False(second.IsCompleted || other.IsCompleted);
        dam.Open();
        Assert.Equal(HttpStatusCode.OK, (await first).Status);
        Assert.Equal(await first, await second);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await other).Status);
        Assert.Equal(1, await Tables.Count(app, "LedgerEntry"));
    }

    [Fact]
    public async Task After_thirty_seconds_of_waiting_for_the_first_answer_it_is_409_and_another_key_never_waits()
    {
        using var dam = new Dam();
        await using var app = await KpiApp.Start(dam.Install);
        var client = await Site(app);
        dam.Close();
        var first = Send(client.Http, Ledger, Entry, "key-1");
        await dam.Reached();
        var second = client.Send(HttpMethod.Post, Ledger, Entry, "key-1");
        await Task.Delay(200);
        app.Time.Advance(TimeSpan.FromSeconds(29));
        await Task.Delay(100);
        Assert.False(second.IsCompleted);
        app.Time.Advance(TimeSpan.FromSeconds(1));
        using (var refused = await second)
        {
            await Problems.Of(refused, 409, "idempotency-key-in-flight");
            Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        }

        dam.Open();
        Assert.Equal(HttpStatusCode.OK, (await first).Status);
        Assert.Equal(await first, await Send(client.Http, Ledger, Entry, "key-1"));
        Assert.Equal(HttpStatusCode.OK, (await Send(client.Http, Ledger, Entry, "key-2")).Status);
        Assert.Equal(2, await Tables.Count(app, "LedgerEntry"));
    }

    [Fact]
    public async Task A_first_request_that_is_given_up_leaves_the_key_to_the_next()
    {
        using var dam = new Dam();
        await using var app = await KpiApp.Start(dam.Install);
        var client = await Site(app);
        dam.Close();
        using var hasLeft = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, Ledger) { Content = new StringContent(Entry, System.Text.Encoding.UTF8, "application/json"), Headers = { { "Idempotency-Key", "key-1" } } };
        var first = client.Http.SendAsync(request, hasLeft.Token);
        await dam.Reached();
        var second = Send(client.Http, Ledger, Entry, "key-1");
        await hasLeft.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        dam.Open();
        Assert.Equal(HttpStatusCode.OK, (await second).Status);
        Assert.Equal(1, await Tables.Count(app, "LedgerEntry"));
    }

    [Fact]
    public async Task Fifty_posts_at_once_of_one_identity_without_a_key_are_one_fact()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => client.Post(Facts, Fact))));
        Assert.Equal(1, answers.Sum(answer => (int)answer["inserted"]!));
        Assert.Equal(49, answers.Sum(answer => (int)answer["unchanged"]!));
        Assert.Equal(1, await Tables.Count(app, "Measurement"));
    }

    [Fact]
    public async Task Without_a_key_entries_of_another_request_are_new_ones_and_with_one_they_are_not()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        await client.Post(Ledger, $"[{Entry},{Entry}]", idempotencyKey: "key-1");
        await client.Post(Ledger, $"[{Entry},{Entry}]", idempotencyKey: "key-1");
        Assert.Equal(25, (double)(await client.Get("/v1/projects/site/roi"))["gain"]!);
        await client.Post(Ledger, $"[{Entry},{Entry}]", idempotencyKey: "key-2");
        Assert.Equal(50, (double)(await client.Get("/v1/projects/site/roi"))["gain"]!);
    }

    [Fact]
    public async Task A_key_is_known_to_a_program_that_is_started_again_on_the_same_file()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        var first = await Send(client.Http, Ledger, Entry, "key-1");
        await using var again = Program.Build(app.Stored.Settings, builder =>
        {
            builder.WebHost.UseTestServer();
            builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(app.Time));
            builder.Logging.ClearProviders();
        });
        await again.StartAsync();
        using var http = again.GetTestClient();
        http.DefaultRequestHeaders.Add("X-Api-Key", client.Http.DefaultRequestHeaders.GetValues("X-Api-Key"));
        Assert.Equal(first, await Send(http, Ledger, Entry, "key-1"));
        Assert.Equal(1, await Tables.Count(app, "LedgerEntry"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("clé")]
    [InlineData("x*201")]
    public async Task A_key_that_is_none_is_400(string key)
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        var before = await Tables.Dump(app);
        using var request = new HttpRequestMessage(HttpMethod.Post, Ledger) { Content = new StringContent(Entry, System.Text.Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key == "x*201" ? new string('x', 201) : key);
        await Problems.Of(await client.Http.SendAsync(request), 400);
        Tables.AssertSame(before, await Tables.Dump(app), "a key that is none");
    }

    // Everything of an answer but the instant at which it was given and what is left of the rate limit.
    private static async Task<(HttpStatusCode Status, string Headers, string Body)> Send(HttpClient http, string path, string body, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Add("Idempotency-Key", key);
        using var response = await http.SendAsync(request);
        var headers = response.Headers.Concat(response.Content.Headers)
            .Where(header => header.Key != "Date" && !header.Key.StartsWith("RateLimit", StringComparison.OrdinalIgnoreCase))
            .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}");
        return (response.StatusCode, string.Join('\n', headers), await response.Content.ReadAsStringAsync());
    }

    private static async Task<KpiClient> Site(KpiApp app)
    {
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "orders", "sum", "increase", 0.1, perDays: 1);
        await BadWorld.Project(client, "site", "2026-01-10", "orders");
        return client;
    }

    /// <summary>Holds back the next write to the database while it is closed.</summary>
    private sealed class Dam : IDisposable
    {
        private readonly SemaphoreSlim _reached = new(0);
        private readonly SemaphoreSlim _way = new(0);
        private volatile bool _isClosed;

        public void Install(WebApplicationBuilder builder)
        {
            DialectAround.Install(builder, inner => new DialectAround(inner) { BeforeWork = Wait });
        }

        public void Close() => _isClosed = true;

        public Task Reached() => _reached.WaitAsync();

        public void Open()
        {
            _isClosed = false;
            _way.Release(1000);
        }

        public void Dispose()
        {
            _reached.Dispose();
            _way.Dispose();
        }

        private async Task Wait(CancellationToken cancellation)
        {
            if (_isClosed)
            {
                _reached.Release();
                await _way.WaitAsync(cancellation);
            }
        }
    }
}
