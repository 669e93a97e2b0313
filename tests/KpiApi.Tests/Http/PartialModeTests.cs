using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Http;

/// <summary>Partial keeps exactly the good rows, atomic keeps all or nothing, a dry run keeps nothing.</summary>
public class PartialModeTests
{
    // A bad row of every kind, with the pointer of its fault inside the row.
    internal static readonly (string Row, string Pointer)[] BadFacts =
    [
        ("null", ""),
        ("12", ""),
        ("[]", ""),
        ("\"text\"", ""),
        ("""{"project":1,"kpi":"orders","date":"2026-01-15","value":1}""", "/project"),
        ("""{"project":"site","kpi":"orders","date":"2026-01-15","value":"1"}""", "/value"),
        ("""{"project":"site","kpi":"orders","date":"2026-01-15","value":1,"bogus":1}""", "/bogus"),
        ("""{"project":"site","kpi":"orders","date":"2026-01-15","value":1,"note":"a\u0000"}""", "/note"),
        ("""{"project":"site","kpi":null,"date":"2026-01-15","value":1}""", "/kpi"),
        ("""{"project":"absent","kpi":"orders","date":"2026-01-15","value":1}""", "/project"),
        ("""{"project":"site","kpi":"absent","date":"2026-01-15","value":1}""", "/kpi"),
        ("""{"project":"site","kpi":"project-roi","date":"2026-01-15","value":1}""", "/kpi"),
        ("""{"project":"site","kpi":"orders","date":"2025-02-30","value":1}""", "/date"),
        ("""{"project":"site","kpi":"orders","date":"2026-02-03","value":1}""", "/date"),
        ("""{"project":"site","kpi":"orders","date":"2014-12-31","value":1}""", "/date"),
        ("""{"project":"site","kpi":"orders","timestamp":"2026-02-02T13:00:00Z","value":1}""", "/timestamp"),
        ("""{"project":"site","kpi":"orders","date":"2026-01-15","value":1e400}""", "/value"),
        ("""{"project":"site","kpi":"orders","date":"2026-01-15"}""", "/value"),
        ("""{"project":"site","kpi":"orders","date":"2026-01-15","numerator":1,"value":1}""", "/numerator"),
        ("""{"project":"site","kpi":"rate","date":"2026-01-15","numerator":1}""", "/denominator"),
    ];

    internal static readonly (string Row, string Pointer)[] BadEntries =
    [
        ("null", ""),
        ("[]", ""),
        ("""{"kind":"gain","category":"c","amount":"1","date":"2026-01-15","externalId":"b1"}""", "/amount"),
        ("""{"kind":"gain","category":"c","amount":1,"date":"2026-01-15","externalId":"b2","x":1}""", "/x"),
        ("""{"kind":"loss","category":"c","amount":1,"date":"2026-01-15","externalId":"b3"}""", "/kind"),
        ("""{"kind":"gain","category":"","amount":1,"date":"2026-01-15","externalId":"b4"}""", "/category"),
        ("""{"kind":"gain","category":"c","amount":0,"date":"2026-01-15","externalId":"b5"}""", "/amount"),
        ("""{"kind":"gain","category":"c","amount":1,"date":"2026-02-03","externalId":"b6"}""", "/date"),
        ("""{"kind":"gain","category":"c","amount":1,"date":"2026-01-15","evidence":"guess","externalId":"b7"}""", "/evidence"),
    ];

    [Fact]
    public async Task Partial_stores_exactly_the_good_facts_and_names_the_others_by_index()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        var expected = new SortedDictionary<string, double>(StringComparer.Ordinal);
        for (var seed = 0; seed < 30; seed++)
        {
            var random = new Random(seed);
            var rows = Mix(random, BadFacts, index =>
            {
                var (day, value) = (random.Next(1, 29), random.Next(-500, 500) / 4.0);
                return string.Create(CultureInfo.InvariantCulture, $$"""{"project":"site","kpi":"orders","date":"2026-01-{{day:D2}}","value":{{value}},"externalId":"s{{seed}}-{{index}}"}""");
            });
            await Check(client, "/v1/measurements", rows);
            foreach (var (good, _) in rows.Where(row => row.Pointer is null))
            {
                var fact = JsonNode.Parse(good)!;
                expected[(string)fact["externalId"]!] = (double)fact["value"]!;
            }
        }

        var stored = (await client.Get("/v1/measurements?limit=1000"))["items"]!.AsArray().ToDictionary(fact => (string)fact!["externalId"]!, fact => (double)fact!["value"]!);
        Assert.Equal(expected, new SortedDictionary<string, double>(stored, StringComparer.Ordinal));
        // The rollups are of exactly these.
        var days = (await client.Get("/v1/projects/site/kpis/orders/series?grain=day"))["points"]!.AsArray().Sum(point => (double?)point!["numerator"] ?? 0);
        Assert.Equal(expected.Values.Sum(), days, 6);
    }

    [Fact]
    public async Task Partial_stores_exactly_the_good_ledger_entries()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        var total = 0.0;
        var count = 0;
        for (var seed = 0; seed < 15; seed++)
        {
            var random = new Random(seed);
            var rows = Mix(random, BadEntries, index =>
                string.Create(CultureInfo.InvariantCulture, $$"""{"kind":"gain","category":"c","amount":{{random.Next(1, 4000) / 8.0}},"date":"2026-01-{{random.Next(1, 29):D2}}","externalId":"s{{seed}}-{{index}}"}"""));
            await Check(client, "/v1/projects/site/ledger", rows);
            total += rows.Where(row => row.Pointer is null).Sum(row => (double)JsonNode.Parse(row.Row)!["amount"]!);
            count += rows.Count(row => row.Pointer is null);
        }

        Assert.Equal(count, await Tables.Count(app, "LedgerEntry"));
        Assert.Equal(total, (double)(await client.Get("/v1/projects/site/roi"))["gain"]!, 6);
    }

    [Fact]
    public async Task Atomic_stores_nothing_when_one_row_is_bad()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        var before = await Tables.Dump(app);
        foreach (var (bad, pointer) in BadFacts)
        {
            var body = $$"""[{"project":"site","kpi":"orders","date":"2026-01-10","value":1},{{bad}},{"project":"site","kpi":"orders","date":"2026-01-11","value":1}]""";
            using var response = await Problems.Send(client.Http, "POST", "/v1/measurements", body);
            Assert.True(response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity, bad);
            await Problems.Of(response, (int)response.StatusCode, pointers: "/1" + pointer);
        }

        foreach (var (bad, pointer) in BadEntries)
        {
            var body = $$"""[{"kind":"gain","category":"c","amount":1,"date":"2026-01-15","externalId":"g1"},{{bad}}]""";
            using var response = await Problems.Send(client.Http, "POST", "/v1/projects/site/ledger", body);
            await Problems.Of(response, (int)response.StatusCode, pointers: "/1" + pointer);
        }

        Tables.AssertSame(before, await Tables.Dump(app), "an atomic request with a bad row");
    }

    [Fact]
    public async Task A_dry_run_says_what_would_happen_and_stores_nothing()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        await client.Post("/v1/measurements", new[] { Fact("2026-01-10", 1), Fact("2026-01-11", 2) });
        await client.Post("/v1/projects/site/ledger", new { kind = "gain", category = "c", amount = 1, date = "2026-01-15", externalId = "g1" });
        var before = await Tables.Dump(app);

        var mixed = new[] { Fact("2026-01-10", 1), Fact("2026-01-11", 3), Fact("2026-01-12", 4), Fact("2026-02-30", 5) };
        var partial = await client.Post("/v1/measurements?mode=partial&dryRun=true", mixed);
        Assert.Equal((4, 1, 1, 1, 1), Counts(partial));
        Assert.Equal(3, (int)Assert.Single(partial["errors"]!.AsArray())!["index"]!);
        using (var atomic = await client.Send(HttpMethod.Post, "/v1/measurements?dryRun=true", mixed))
        {
            await Problems.Of(atomic, 422, "invalid", "/3/date");
        }

        Assert.Equal((3, 1, 1, 1, 0), Counts(await client.Post("/v1/measurements?dryRun=true", mixed[..3])));
        Assert.Equal((1, 0, 1, 0, 0), Counts(await client.Post("/v1/projects/site/ledger?dryRun=true", new { kind = "cost", category = "c", amount = 1, date = "2026-01-15", externalId = "g1" })));
        // A key that was only tried is free for the real thing.
        await client.Post("/v1/measurements?dryRun=true", mixed[..3], idempotencyKey: "tried");
        Tables.AssertSame(before, await Tables.Dump(app), "a dry run");

        Assert.Equal((3, 1, 1, 1, 0), Counts(await client.Post("/v1/measurements", mixed[..3], idempotencyKey: "tried")));
    }

    [Fact]
    public async Task One_object_in_partial_mode_is_row_0()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        var receipt = await client.Post("/v1/measurements?mode=partial", Fact("2026-02-30", 1));
        Assert.Equal((1, 0, 0, 0, 1), Counts(receipt));
        Assert.Equal(0, (int)receipt["errors"]![0]!["index"]!);
    }

    [Fact]
    public async Task An_ambiguous_row_in_partial_mode_is_rejected_and_the_first_one_stays()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        var receipt = await client.Post("/v1/measurements?mode=partial", new[] { Fact("2026-01-10", 1), Fact("2026-01-10", 2), Fact("2026-01-10", 1) });
        Assert.Equal((3, 1, 0, 1, 1), Counts(receipt));
        Assert.Equal(1, (int)Assert.Single(receipt["errors"]!.AsArray())!["index"]!);
        Assert.Equal(1, (double)Assert.Single((await client.Get("/v1/measurements"))["items"]!.AsArray())!["value"]!);
    }

    [Fact]
    public async Task With_an_externalId_the_later_row_of_a_request_wins()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        var receipt = await client.Post("/v1/measurements", new[]
        {
            new { project = "site", kpi = "orders", date = "2026-01-10", value = 1, externalId = "x" },
            new { project = "site", kpi = "orders", date = "2026-01-12", value = 5, externalId = "x" },
        });
        Assert.Equal((2, 1, 1, 0, 0), Counts(receipt));
        var fact = Assert.Single((await client.Get("/v1/measurements"))["items"]!.AsArray())!;
        Assert.Equal(("2026-01-12", 5.0), ((string)fact["date"]!, (double)fact["value"]!));
        Assert.Equal(5, (await client.Get("/v1/projects/site/kpis/orders/series"))["points"]!.AsArray().Sum(point => (double?)point!["numerator"] ?? 0));
    }

    private static async Task Check(KpiClient client, string path, List<(string Row, string? Pointer)> rows)
    {
        var receipt = await client.Post(path + "?mode=partial", $"[{string.Join(',', rows.Select(row => row.Row))}]");
        var bad = rows.Select((row, index) => (row.Pointer, Index: index)).Where(row => row.Pointer is not null).ToList();
        Assert.Equal((rows.Count, rows.Count - bad.Count, 0, 0, bad.Count), Counts(receipt));
        Assert.Equal(
            bad.Select(row => $"{row.Index} {row.Pointer}"),
            receipt["errors"]!.AsArray().Select(error => $"{error!["index"]} {Assert.Single(error["errors"]!.AsObject()).Key}"));
    }

    private static List<(string Row, string? Pointer)> Mix(Random random, (string Row, string Pointer)[] bad, Func<int, string> good) =>
        Enumerable.Range(0, random.Next(1, 25)).Select(index => random.Next(2) == 0 ? (good(index), (string?)null) : bad[random.Next(bad.Length)]).ToList();

    private static (int Received, int Inserted, int Corrected, int Unchanged, int Rejected) Counts(JsonNode receipt) =>
        ((int)receipt["received"]!, (int)receipt["inserted"]!, (int)receipt["corrected"]!, (int)receipt["unchanged"]!, (int)receipt["rejected"]!);

    private static object Fact(string date, double value) => new { project = "site", kpi = "orders", date, value };

    internal static async Task<KpiClient> Site(KpiApp app)
    {
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "rate", "ratio", "increase", 0.1);
        await BadWorld.Kpi(client, "orders", "sum", "increase", 0.1, perDays: 1);
        await BadWorld.Project(client, "site", "2026-01-20", "rate", "orders", "project-roi");
        return client;
    }
}
