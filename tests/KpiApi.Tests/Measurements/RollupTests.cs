using System.Text.Json.Nodes;
using Dapper;
using KpiApi.Tests.Storage;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Measurements;

/// <summary>Rollups are changed by deltas; here they are counted again from the facts.</summary>
public class RollupTests
{
    private const string Recount = """
        SELECT
            COALESCE(t.SeriesId, f.SeriesId) AS SeriesId, COALESCE(t.Day, f.Day) AS Day,
            COALESCE(t.Numerator, 0) - COALESCE(f.Numerator, 0) AS Numerator, COALESCE(t.Denominator, 0) - COALESCE(f.Denominator, 0) AS Denominator, COALESCE(t.FactCount, 0) - COALESCE(f.FactCount, 0) AS FactCount
        FROM KpiDayTotal t
        FULL JOIN (
            SELECT SeriesId, Day, SUM(Numerator) AS Numerator, SUM(Denominator) AS Denominator, COUNT(*) AS FactCount
            FROM Measurement
            GROUP BY SeriesId, Day
        ) f ON f.SeriesId = t.SeriesId AND f.Day = t.Day
        WHERE COALESCE(t.Numerator, 0) <> COALESCE(f.Numerator, 0) OR COALESCE(t.Denominator, 0) <> COALESCE(f.Denominator, 0) OR COALESCE(t.FactCount, 0) <> COALESCE(f.FactCount, 0)
        """;

    private const string RecountLast = """
        SELECT t.SeriesId
        FROM KpiDayTotal t
        JOIN Series s ON s.SeriesId = t.SeriesId
        JOIN Kpi k ON k.KpiId = s.KpiId AND k.Aggregation = 'last'
        LEFT JOIN (
            SELECT m.SeriesId, m.Day, m.Numerator, ROW_NUMBER() OVER (PARTITION BY m.SeriesId, m.Day ORDER BY COALESCE(m.TimestampUtc, '') DESC, m.Source DESC, m.ExternalId DESC) AS Place
            FROM Measurement m
        ) last ON last.SeriesId = t.SeriesId AND last.Day = t.Day AND last.Place = 1
        WHERE t.LastNumerator <> last.Numerator OR (t.LastNumerator IS NULL AND last.Numerator IS NOT NULL) OR (t.LastNumerator IS NOT NULL AND last.Numerator IS NULL)
        """;

    private const string RecountLedger = """
        SELECT t.Day
        FROM LedgerDayTotal t
        LEFT JOIN (
            SELECT
                ProjectId, Day, COUNT(*) AS EntryCount,
                SUM(CASE WHEN Kind = 'gain' AND Evidence = 'invoiced' THEN Amount ELSE 0 END) AS GainInvoiced, SUM(CASE WHEN Kind = 'gain' AND Evidence = 'measured' THEN Amount ELSE 0 END) AS GainMeasured,
                SUM(CASE WHEN Kind = 'gain' AND Evidence = 'estimated' THEN Amount ELSE 0 END) AS GainEstimated, SUM(CASE WHEN Kind = 'cost' AND Evidence = 'invoiced' THEN Amount ELSE 0 END) AS CostInvoiced,
                SUM(CASE WHEN Kind = 'cost' AND Evidence = 'measured' THEN Amount ELSE 0 END) AS CostMeasured, SUM(CASE WHEN Kind = 'cost' AND Evidence = 'estimated' THEN Amount ELSE 0 END) AS CostEstimated
            FROM LedgerEntry
            GROUP BY ProjectId, Day
        ) e ON e.ProjectId = t.ProjectId AND e.Day = t.Day
        WHERE t.EntryCount <> COALESCE(e.EntryCount, 0)
            OR t.GainInvoiced <> COALESCE(e.GainInvoiced, 0) OR t.GainMeasured <> COALESCE(e.GainMeasured, 0) OR t.GainEstimated <> COALESCE(e.GainEstimated, 0)
            OR t.CostInvoiced <> COALESCE(e.CostInvoiced, 0) OR t.CostMeasured <> COALESCE(e.CostMeasured, 0) OR t.CostEstimated <> COALESCE(e.CostEstimated, 0)
            OR t.CumulativeGain <> COALESCE((SELECT SUM(Amount) FROM LedgerEntry c WHERE c.ProjectId = t.ProjectId AND c.Day <= t.Day AND c.Kind = 'gain'), 0)
            OR t.CumulativeCost <> COALESCE((SELECT SUM(Amount) FROM LedgerEntry c WHERE c.ProjectId = t.ProjectId AND c.Day <= t.Day AND c.Kind = 'cost'), 0)
        UNION ALL
        SELECT e.Day FROM LedgerEntry e LEFT JOIN LedgerDayTotal t ON t.ProjectId = e.ProjectId AND t.Day = e.Day WHERE t.Day IS NULL
        UNION ALL
        SELECT c.Day
        FROM LedgerCategoryTotal c
        WHERE c.Gain <> COALESCE((SELECT SUM(Amount) FROM LedgerEntry e WHERE e.ProjectId = c.ProjectId AND e.Category = c.Category AND e.Day = c.Day AND e.Kind = 'gain'), 0)
            OR c.Cost <> COALESCE((SELECT SUM(Amount) FROM LedgerEntry e WHERE e.ProjectId = c.ProjectId AND e.Category = c.Category AND e.Day = c.Day AND e.Kind = 'cost'), 0)
            OR c.EntryCount <> (SELECT COUNT(*) FROM LedgerEntry e WHERE e.ProjectId = c.ProjectId AND e.Category = c.Category AND e.Day = c.Day)
        """;

    private static readonly string[] Kpis = ["rate", "stock", "orders"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task After_random_histories_the_rollups_equal_a_recount_of_the_facts(int seed)
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await Project(client, "p");
        var random = new Random(seed);
        for (var step = 0; step < 120; step++)
        {
            switch (random.Next(6))
            {
                case 0 when await Ids(client, "/v1/measurements?limit=1000") is { Count: > 0 } ids:
                    await client.Delete($"/v1/measurements/{ids[random.Next(ids.Count)]}");
                    break;
                case 1 when await Ids(client, "/v1/projects/p/ledger?limit=1000") is { Count: > 0 } entries:
                    await client.Delete($"/v1/projects/p/ledger/{entries[random.Next(entries.Count)]}");
                    break;
                case 2 or 1:
                    await client.Post("/v1/projects/p/ledger", Enumerable.Range(0, random.Next(1, 6)).Select(_ => Entry(random)).ToArray());
                    break;
                default:
                    // Few identities and few days, so that most facts correct, re-date or tie with another.
                    await client.Post("/v1/measurements?mode=partial", Enumerable.Range(0, random.Next(1, 30)).Select(_ => Fact(random)).ToArray());
                    break;
            }
        }

        await AssertRecount(app);
    }

    [Fact]
    public async Task A_recount_notices_a_rollup_that_is_wrong_by_one()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await Project(client, "p");
        await client.Post("/v1/measurements", new[] { new { project = "p", kpi = "rate", date = "2025-03-01", numerator = 1, denominator = 2 } });
        await using var connection = await app.Stored.Open();
        await connection.ExecuteAsync("UPDATE KpiDayTotal SET Numerator = Numerator + 1");
        Assert.Single(await connection.QueryAsync<long>(Recount));
    }

    [Fact]
    public async Task A_recount_notices_a_last_value_and_a_ledger_total_that_are_wrong()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await Project(client, "p");
        await client.Post("/v1/measurements", new[] { new { project = "p", kpi = "stock", date = "2025-03-01", value = 1 } });
        await client.Post("/v1/projects/p/ledger", new[] { new { kind = "gain", category = "c", amount = 1, date = "2025-03-01", externalId = "e" } });
        await using var connection = await app.Stored.Open();
        foreach (var (damage, recount) in new[]
        {
            ("UPDATE KpiDayTotal SET LastNumerator = LastNumerator + 1", RecountLast),
            ("UPDATE LedgerDayTotal SET GainEstimated = GainEstimated + 1", RecountLedger),
            ("UPDATE LedgerDayTotal SET GainEstimated = GainEstimated - 1, CumulativeGain = CumulativeGain + 1", RecountLedger),
            ("UPDATE LedgerCategoryTotal SET Gain = Gain + 1", RecountLedger),
        })
        {
            await connection.ExecuteAsync(damage);
            Assert.NotEmpty(await connection.QueryAsync(recount));
        }
    }

    [Fact]
    public async Task A_ledger_total_beyond_64_bits_is_refused_and_changes_nothing()
    {
        // So many entries take a small server longer than a request may, and longer than a client waits.
        await using var app = await KpiApp.Start("2026-02-02", "--Limits:RequestSeconds=600");
        var client = await app.Organisation();
        client.Http.Timeout = TimeSpan.FromMinutes(10);
        await Project(client, "p");
        object Entries(int from, int count) => Enumerable.Range(from, count).Select(index => new { kind = "gain", category = "c", amount = 100_000_000_000, date = "2025-03-01", externalId = $"x{index}" }).ToArray();
        await client.Post("/v1/projects/p/ledger", Entries(0, 10_000), System.Net.HttpStatusCode.UnprocessableEntity);
        Assert.Equal(0, (double)(await client.Get("/v1/projects/p/roi"))["gain"]!);
        await client.Post("/v1/projects/p/ledger", Entries(0, 9000));
        await client.Post("/v1/projects/p/ledger", Entries(9000, 1000), System.Net.HttpStatusCode.UnprocessableEntity);
        Assert.Equal(9e14, (double)(await client.Get("/v1/projects/p/roi"))["gain"]!);
        await AssertRecount(app);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Facts_of_different_identity_give_the_same_figures_in_any_order_and_batching(int seed)
    {
        await using var app = await KpiApp.Start();
        var random = new Random(seed);
        var facts = Enumerable.Range(0, 300).Select(index => Fact(random, $"f{index}")).ToArray();
        var answers = new List<string>();
        for (var organisation = 0; organisation < 3; organisation++)
        {
            var client = await app.Organisation($"org-{organisation}");
            await Project(client, "p");
            random.Shuffle(facts);
            for (var sent = 0; sent < facts.Length;)
            {
                var size = random.Next(1, 80);
                await client.Post("/v1/measurements", facts.Skip(sent).Take(size).ToArray());
                sent += size;
            }

            await client.Post("/v1/projects/p/launch", new { allowMissingBaseline = true });
            answers.Add(await client.GetText("/v1/projects/p/steering?asOf=2025-06-30"));
        }

        Assert.Contains("on_track", answers[0], StringComparison.Ordinal);
        // A server may add up in another order each time.
        var (first, others) = (JsonNode.Parse(answers[0]), answers.Skip(1).Select(answer => JsonNode.Parse(answer)));
        Assert.Empty(others.SelectMany(other => SameAnswersTests.Differences(first, other, "")));
        if (TestDatabase.Server is null)
        {
            Assert.Single(answers.Distinct());
        }
    }

    [Fact]
    public async Task A_batch_sent_again_changes_nothing()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await Project(client, "p");
        var random = new Random(5);
        var facts = Enumerable.Range(0, 200).Select(index => Fact(random, $"f{index}")).ToArray();
        await client.Post("/v1/measurements", facts);
        var before = await client.GetText("/v1/measurements?limit=1000");
        var receipt = await client.Post("/v1/measurements", facts);
        Assert.Equal(200, (int)receipt["unchanged"]!);
        Assert.Equal(before, await client.GetText("/v1/measurements?limit=1000"));
        await AssertRecount(app);
    }

    [Fact]
    public async Task A_sum_beyond_64_bits_is_refused_and_changes_nothing()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await Project(client, "p");
        object Facts(int from) => Enumerable.Range(from, 5000).Select(index => new { project = "p", kpi = "stock", date = "2025-03-01", value = 1_000_000_000, externalId = $"x{index}" }).ToArray();
        await client.Post("/v1/measurements", Facts(0));
        var problem = await client.Post("/v1/measurements", Facts(5000), System.Net.HttpStatusCode.UnprocessableEntity);
        Assert.Equal("invalid", (string?)problem["code"]);
        await AssertRecount(app);
    }

    private static async Task AssertRecount(KpiApp app)
    {
        await using var connection = await app.Stored.Open();
        Assert.Empty(await connection.QueryAsync(Recount));
        Assert.Empty(await connection.QueryAsync(RecountLast));
        Assert.Empty(await connection.QueryAsync(RecountLedger));
    }

    private static async Task Project(KpiClient client, string code)
    {
        await client.Post("/v1/activities", new { code = "a", name = "A" });
        await client.Post("/v1/kpis", new { code = "rate", name = new { fr = "r", en = "r" }, domain = "d", unit = "percent", direction = "increase", aggregation = "ratio", threshold = new { kind = "absolute", value = 0.1 } });
        await client.Post("/v1/kpis", new { code = "stock", name = new { fr = "s", en = "s" }, domain = "d", unit = "count", direction = "decrease", aggregation = "last", threshold = new { kind = "absolute", value = 5 } });
        await client.Post("/v1/kpis", new { code = "orders", name = new { fr = "o", en = "o" }, domain = "d", unit = "count", direction = "increase", aggregation = "sum", perDays = 30, threshold = new { kind = "absolute", value = 5 } });
        await client.Post("/v1/projects", new { code, name = "P", activity = "a", startsOn = "2025-04-01", currency = "EUR" });
        foreach (var kpi in Kpis)
        {
            await client.Post($"/v1/projects/{code}/kpis", new { kpi, purpose = "to measure" });
        }
    }

    private static object Fact(Random random, string? externalId = null)
    {
        var kpi = Kpis[random.Next(Kpis.Length)];
        var day = new DateOnly(2025, 3, 10).AddDays(random.Next(externalId is null ? 12 : 100));
        var source = random.Next(2) == 0 ? "erp" : "crm";
        externalId ??= $"id-{random.Next(25)}";
        string? timestamp = random.Next(3) == 0 ? $"{day:yyyy-MM-dd}T{random.Next(3, 20):D2}:00:00+02:00" : null;
        string? date = timestamp is null ? $"{day:yyyy-MM-dd}" : null;
        var value = Math.Round(random.NextDouble() * 200 - 20, 6);
        return kpi == "rate"
            ? new { project = "p", kpi, date, timestamp, source, externalId, numerator = value, denominator = random.Next(0, 40) }
            : new { project = "p", kpi, date, timestamp, source, externalId, value };
    }

    private static object Entry(Random random) => new
    {
        kind = random.Next(2) == 0 ? "gain" : "cost",
        category = $"c{random.Next(3)}",
        amount = Math.Round(random.NextDouble() * 1000 - 200, 4) + 0.5,
        date = $"{new DateOnly(2025, 3, 10).AddDays(random.Next(10)):yyyy-MM-dd}",
        evidence = new[] { "invoiced", "measured", "estimated" }[random.Next(3)],
        externalId = $"e-{random.Next(20)}",
    };

    private static async Task<IReadOnlyList<long>> Ids(KpiClient client, string path) => (await client.Get(path))["items"]!.AsArray().Select(item => (long)item!["id"]!).ToList();
}
