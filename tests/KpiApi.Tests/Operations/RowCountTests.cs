using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using KpiApi.Operations;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace KpiApi.Tests.Operations;

/// <summary>The rows that an operator sees in a dashboard are those that were stored and sent.</summary>
public sealed class RowCountTests : IDisposable
{
    // Instruments belong to the process: other tests count at the same time, in other flows of control.
    private static readonly AsyncLocal<RowCountTests?> Counting = new();

    private readonly ConcurrentDictionary<string, long> _counted = [];
    private readonly MeterListener _listener = new()
    {
        InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter.Name == Telemetry.Name && instrument is Counter<long>)
            {
                listening.EnableMeasurementEvents(instrument);
            }
        },
    };

    public RowCountTests()
    {
        Counting.Value = this;
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (Counting.Value == this)
            {
                _counted.AddOrUpdate($"{instrument.Name} {tags[0].Value}", value, (_, sum) => sum + value);
            }
        });
        _listener.Start();
    }

    public void Dispose()
    {
        Counting.Value = null;
        _listener.Dispose();
    }

    [Fact]
    public async Task Facts_are_counted_by_what_became_of_them_once()
    {
        await using var app = await Start();
        var client = await Site(app);
        const string Path = "/v1/measurements";
        const string Three = """[{"project":"site","kpi":"orders","date":"2026-01-15","value":4},{"project":"site","kpi":"orders","date":"2026-01-16","value":4},{"project":"site","kpi":"orders","date":"2026-01-17","value":4}]""";
        await client.Post(Path, Three, idempotencyKey: "key-1");
        // The stored answer again is no second effect.
        await client.Post(Path, Three, idempotencyKey: "key-1");
        Expect("kpiapi.facts.stored inserted 3");
        await client.Post(Path + "?mode=partial", """[{"project":"site","kpi":"orders","date":"2026-01-15","value":4},{"project":"site","kpi":"orders","date":"2026-01-16","value":5},{"project":"absent","kpi":"orders","date":"2026-01-17","value":4},7]""");
        Expect("kpiapi.facts.stored corrected 1", "kpiapi.facts.stored inserted 3", "kpiapi.facts.stored rejected 2", "kpiapi.facts.stored unchanged 1");
        await client.Post(Path + "?dryRun=true", """{"project":"site","kpi":"orders","date":"2026-01-18","value":4}""");
        await client.Post(Path, """[{"project":"site","kpi":"orders","date":"2026-01-18","value":4},{"project":"absent","kpi":"orders","date":"2026-01-17","value":4}]""", HttpStatusCode.UnprocessableEntity);
        Expect("kpiapi.facts.stored corrected 1", "kpiapi.facts.stored inserted 3", "kpiapi.facts.stored rejected 2", "kpiapi.facts.stored unchanged 1");
    }

    [Fact]
    public async Task Ledger_entries_are_counted_by_what_became_of_them_once()
    {
        await using var app = await Start();
        var client = await Site(app);
        const string Path = "/v1/projects/site/ledger";
        const string Entry = """{"kind":"gain","category":"margin","amount":12.5,"date":"2026-01-15"}""";
        await client.Post(Path, $"[{Entry},{Entry}]", idempotencyKey: "key-1");
        await client.Post(Path, $"[{Entry},{Entry}]", idempotencyKey: "key-1");
        await client.Post(Path + "?dryRun=true", Entry, idempotencyKey: "key-2");
        Expect("kpiapi.ledger.stored inserted 2");
        await client.Post(Path, Entry.Replace("}", ",\"externalId\":\"a\"}", StringComparison.Ordinal));
        await client.Post(Path + "?mode=partial", $"[{Entry.Replace("}", ",\"externalId\":\"a\"}", StringComparison.Ordinal)},{{\"kind\":\"x\",\"externalId\":\"b\"}}]");
        await client.Post(Path, Entry.Replace("12.5", "13", StringComparison.Ordinal).Replace("}", ",\"externalId\":\"a\"}", StringComparison.Ordinal));
        Expect("kpiapi.ledger.stored corrected 1", "kpiapi.ledger.stored inserted 3", "kpiapi.ledger.stored rejected 1", "kpiapi.ledger.stored unchanged 1");
    }

    [Fact]
    public async Task Rows_of_files_are_counted_when_they_are_durable()
    {
        await using var app = await Start();
        var client = await Site(app);
        var facts = Files.Lines([.. Enumerable.Range(0, 1_200).Select(row => (object)new { project = "site", kpi = "orders", date = "2026-01-15", value = row, externalId = $"f-{row}" }), "{"]);
        const string Path = "/v1/measurements/bulk";
        await client.Upload(Path + "?dryRun=true", facts);
        using (var refused = await Files.Send(client.Http, Path + "?mode=atomic", facts))
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        }

        Expect();
        await client.Upload(Path, facts);
        await client.Upload("/v1/projects/site/ledger/bulk", Files.Lines([new { kind = "gain", category = "c", amount = 5, date = "2026-01-15", externalId = "a" }]));
        Expect("kpiapi.facts.stored inserted 1200", "kpiapi.facts.stored rejected 1", "kpiapi.ledger.stored inserted 1");
    }

    [Theory]
    [InlineData("?format=json", 5)]
    [InlineData("?format=json&limit=2", 2)]
    [InlineData("?format=ndjson", 5)]
    [InlineData("?format=csv&limit=3", 3)]
    [InlineData("?format=csv&from=2030-01-01", 0)]
    public async Task Rows_of_feeds_are_counted_as_they_are_sent(string query, int rows)
    {
        await using var app = await Start();
        var client = await Site(app);
        await client.Post("/v1/measurements", "[" + string.Join(',', Enumerable.Range(11, 5).Select(day => $$"""{"project":"site","kpi":"orders","date":"2026-01-{{day}}","value":4}""")) + "]");
        _counted.Clear();
        await client.GetText("/v1/feeds/measurements" + query);
        Expect($"kpiapi.feed.rows measurements {rows}");
        await client.Get("/v1/feeds/absent", HttpStatusCode.NotFound);
        Expect($"kpiapi.feed.rows measurements {rows}");
    }

    private static async Task<KpiApp> Start()
    {
        var app = await KpiApp.Start();
        ((TestServer)app.Services.GetRequiredService<IServer>()).PreserveExecutionContext = true;
        return app;
    }

    private static async Task<KpiClient> Site(KpiApp app)
    {
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "orders", "sum", "increase", 0.1, perDays: 1);
        await BadWorld.Project(client, "site", "2026-01-10", "orders");
        return client;
    }

    private void Expect(params string[] counts) => Assert.Equal(counts, _counted.Select(pair => $"{pair.Key} {pair.Value}").Order(StringComparer.Ordinal));
}
