using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using KpiApi.Ledger;
using KpiApi.Storage;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Ledger;

/// <summary>Gains and costs, their corrections, and the return that they give.</summary>
public class LedgerTests
{
    [Fact]
    public async Task The_return_is_gain_over_cost_by_evidence_category_and_month()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        await Entries(client, ("cost", 100, "2025-12-31", "invoiced", "licence"), ("cost", 60, "2026-01-05", null, "hours"), ("gain", 200, "2026-01-20", "measured", "margin"), ("gain", 40, "2026-01-20", "invoiced", "hours"));
        var roi = await client.Get("/v1/projects/site/roi");
        Assert.Equal((240.0, 160.0, 80.0, 1.5, 0.5), (Number(roi, "gain"), Number(roi, "cost"), Number(roi, "net"), Number(roi, "ratio"), Number(roi, "return")));
        // Exactly the threshold is enough.
        Assert.True((bool)roi["reached"]!);
        Assert.Equal(("EUR", "2026-01-20"), ((string)roi["currency"]!, (string)roi["paybackOn"]!));
        Assert.Equal("""{"invoiced":{"gain":40,"cost":100},"measured":{"gain":200,"cost":0},"estimated":{"gain":0,"cost":60}}""", Whole(roi["byEvidence"]!));
        Assert.Equal("""{"hours":{"gain":40,"cost":60},"licence":{"gain":0,"cost":100},"margin":{"gain":200,"cost":0}}""", Whole(roi["byCategory"]!));
        Assert.Equal(
            """[{"month":"2025-12","gain":0,"cost":100,"cumulativeGain":0,"cumulativeCost":100,"ratio":0},{"month":"2026-01","gain":240,"cost":60,"cumulativeGain":240,"cumulativeCost":160,"ratio":1.5}]""",
            Whole(roi["months"]!));

        var before = await client.Get("/v1/projects/site/roi?asOf=2026-01-19");
        Assert.Equal((0.0, 160.0), (Number(before, "gain"), Number(before, "cost")));
        Assert.Null(before["paybackOn"]);
        Assert.False((bool)before["reached"]!);
    }

    [Fact]
    public async Task Without_cost_there_is_no_ratio_and_no_payback()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        await Entries(client, ("gain", 10, "2026-01-20", null, "c"));
        var roi = await client.Get("/v1/projects/site/roi");
        Assert.Null(roi["ratio"]);
        Assert.Null(roi["return"]);
        Assert.Null(roi["paybackOn"]);
        Assert.False((bool)roi["reached"]!);
    }

    [Fact]
    public async Task Payback_is_lost_by_a_later_cost_and_regained_later()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        await Entries(client, ("cost", 100, "2026-01-05", null, "c"), ("gain", 100, "2026-01-10", null, "c"));
        Assert.Equal("2026-01-10", await Payback(client));
        await Entries(client, ("cost", 50, "2026-01-15", null, "c"));
        Assert.Null(await Payback(client));
        Assert.Equal("2026-01-10", await Payback(client, "2026-01-14"));
        await Entries(client, ("gain", 50, "2026-01-20", null, "c"));
        Assert.Equal("2026-01-20", await Payback(client));
        Assert.Null(await Payback(client, "2026-01-19"));
        // A credit note of the cost in between: it was never lost.
        await Entries(client, ("cost", -50, "2026-01-15", null, "credit"));
        Assert.Equal("2026-01-10", await Payback(client));
    }

    [Fact]
    public async Task An_entry_is_corrected_by_its_source_and_externalId_its_day_and_kind_included()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        object Entry(string kind, double amount, string date, string source = "erp") => new { kind, category = "licence", amount, date, source, externalId = "i-1", evidence = "invoiced" };
        Assert.Equal(1, (int)(await client.Post("/v1/projects/site/ledger", Entry("cost", 100, "2026-01-05")))["inserted"]!);
        var id = (await Single(client))["id"]!.ToJsonString();
        Assert.Equal(1, (int)(await client.Post("/v1/projects/site/ledger", Entry("cost", 100, "2026-01-05")))["unchanged"]!);
        Assert.Equal(1, (int)(await client.Post("/v1/projects/site/ledger", Entry("cost", 80, "2026-01-08")))["corrected"]!);
        Assert.Equal(1, (int)(await client.Post("/v1/projects/site/ledger", Entry("gain", 90, "2025-12-20")))["corrected"]!);
        var entry = await Single(client);
        Assert.Equal((id, "gain", 90.0, "2025-12-20", "EUR"), (entry["id"]!.ToJsonString(), (string)entry["kind"]!, Number(entry, "amount"), (string)entry["date"]!, (string)entry["currency"]!));
        var roi = await client.Get("/v1/projects/site/roi");
        Assert.Equal((90.0, 0.0), (Number(roi, "gain"), Number(roi, "cost")));
        Assert.Equal(["2025-12"], roi["months"]!.AsArray().Where(month => Number(month!, "gain") != 0 || Number(month!, "cost") != 0).Select(month => (string)month!["month"]!));
        Assert.Equal(2, await Tables.Count(app, "LedgerEntryHistory"));

        // The same id in another system is another entry.
        Assert.Equal(1, (int)(await client.Post("/v1/projects/site/ledger", Entry("cost", 5, "2026-01-05", "crm")))["inserted"]!);
    }

    [Fact]
    public async Task A_credit_note_lowers_its_kind()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        await Entries(client, ("cost", 100, "2026-01-05", "invoiced", "licence"), ("cost", -30.5, "2026-01-06", "invoiced", "licence"), ("gain", -10, "2026-01-07", "measured", "margin"));
        var roi = await client.Get("/v1/projects/site/roi");
        Assert.Equal((-10.0, 69.5, -79.5), (Number(roi, "gain"), Number(roi, "cost"), Number(roi, "net")));
        Assert.Equal(69.5, Number(roi["byEvidence"]!["invoiced"]!, "cost"));
    }

    [Fact]
    public async Task A_deleted_entry_no_longer_counts_and_its_history_stays()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        await Entries(client, ("cost", 100, "2026-01-05", null, "c"), ("gain", 300, "2026-01-06", null, "c"));
        var gain = (await client.Get("/v1/projects/site/ledger"))["items"]!.AsArray().Single(entry => (string)entry!["kind"]! == "gain")!;
        await client.Delete($"/v1/projects/site/ledger/{gain["id"]}");
        await client.Get($"/v1/projects/site/ledger/{gain["id"]}", HttpStatusCode.NotFound);
        await Problems.Of(await client.Http.DeleteAsync($"/v1/projects/site/ledger/{gain["id"]}"), 404, "not-found");
        var roi = await client.Get("/v1/projects/site/roi");
        Assert.Equal((0.0, 100.0), (Number(roi, "gain"), Number(roi, "cost")));
        Assert.Null(roi["paybackOn"]);
        var history = Assert.Single(await Tables.Dump(app), row => row.StartsWith("LedgerEntryHistory", StringComparison.Ordinal));
        Assert.Contains("deleted", history, StringComparison.Ordinal);
        Assert.Contains("3000000", history, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entry_belongs_to_its_project()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        await BadWorld.Project(client, "other", "2026-01-10");
        await Entries(client, ("cost", 100, "2026-01-05", null, "c"));
        var id = (await Single(client))["id"];
        await Problems.Of(await client.Http.GetAsync($"/v1/projects/other/ledger/{id}"), 404, "not-found");
        await Problems.Of(await client.Http.DeleteAsync($"/v1/projects/other/ledger/{id}"), 404, "not-found");
        // The same externalId in another project is another entry.
        Assert.Equal(1, (int)(await client.Post("/v1/projects/other/ledger", new { kind = "cost", category = "c", amount = 7, date = "2026-01-05", externalId = "2026-01-05 cost 100 c" }))["inserted"]!);
        Assert.Equal(100, Number(await client.Get("/v1/projects/site/roi"), "cost"));
    }

    [Fact]
    public async Task Money_is_rounded_half_away_from_zero_at_four_decimals_and_added_exactly()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        await client.Post("/v1/projects/site/ledger", """[{"kind":"gain","category":"c","amount":0.00005,"date":"2026-01-05","externalId":"1"},{"kind":"cost","category":"c","amount":-2.00005,"date":"2026-01-05","externalId":"2"},{"kind":"cost","category":"c","amount":2.00004999,"date":"2026-01-06","externalId":"3"}]""");
        Assert.Equal([0.0001, -2.0001, 2.0], (await client.Get("/v1/projects/site/ledger"))["items"]!.AsArray().Select(entry => Number(entry!, "amount")));
        await client.Post("/v1/projects/site/ledger", Enumerable.Range(0, 1000).Select(index => new { kind = "gain", category = "c", amount = 0.1, date = "2026-01-07", externalId = $"t{index}" }));
        Assert.Equal(100.0001, Number(await client.Get("/v1/projects/site/roi"), "gain"));
    }

    [Fact]
    public async Task A_batch_of_many_days_changes_each_running_total_once()
    {
        const int Batch = 500;
        await using var app = await KpiApp.StartOnFile();
        var client = await Site(app);
        var scope = new Scope(client.OrganisationId, 0, 0);
        // Every second day first, then those between: rows changed, by what the engine counts.
        foreach (var (first, perDay) in new[] { (20_000, 4), (20_001, 5) })
        {
            var changed = await app.Database.Write(
                scope,
                async session =>
                {
                    var project = await session.Single<long>("SELECT ProjectId FROM Project");
                    var before = await session.Single<long>("SELECT total_changes()");
                    var totals = new LedgerTotals();
                    for (var day = 0; day < Batch; day++)
                    {
                        totals.Plus("gain", "measured", "c", first + (2 * day), 10);
                    }

                    await totals.Store(session, project);
                    return await session.Single<long>("SELECT total_changes()") - before;
                },
                CancellationToken.None);
            Assert.True(changed <= perDay * Batch, $"{changed} rows changed for {Batch} days");
        }

        await using var connection = await app.Stored.Open();
        Assert.Equal(Enumerable.Range(1, 2 * Batch).Select(day => day * 10L), await connection.QueryAsync<long>("SELECT CumulativeGain FROM LedgerDayTotal ORDER BY Day"));
    }

    [Fact]
    public async Task The_list_is_filtered_by_day()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        await Entries(client, ("cost", 1, "2026-01-05", null, "c"), ("cost", 2, "2026-01-06", null, "c"), ("cost", 3, "2026-01-07", null, "c"));
        Assert.Equal([2.0, 3.0], (await client.Get("/v1/projects/site/ledger?from=2026-01-06"))["items"]!.AsArray().Select(entry => Number(entry!, "amount")));
        Assert.Equal([1.0, 2.0], (await client.Get("/v1/projects/site/ledger?to=2026-01-06"))["items"]!.AsArray().Select(entry => Number(entry!, "amount")));
        Assert.Equal("estimated", (string)(await client.Get("/v1/projects/site/ledger"))["items"]![0]!["evidence"]!);
    }

    private static double Number(JsonNode node, string member) => (double)node[member]!;

    // 40 and 40.0 are one number.
    private static string Whole(JsonNode node) => node.ToJsonString().Replace(".0,", ",", StringComparison.Ordinal).Replace(".0}", "}", StringComparison.Ordinal);

    private static async Task<string?> Payback(KpiClient client, string? asOf = null) => (string?)(await client.Get($"/v1/projects/site/roi{(asOf is null ? "" : "?asOf=" + asOf)}"))["paybackOn"];

    private static async Task<JsonNode> Single(KpiClient client) => Assert.Single((await client.Get("/v1/projects/site/ledger"))["items"]!.AsArray())!;

    private static Task<JsonNode> Entries(KpiClient client, params (string Kind, double Amount, string Date, string? Evidence, string Category)[] entries) => client.Post(
        "/v1/projects/site/ledger",
        entries.Select(entry => new { kind = entry.Kind, amount = entry.Amount, date = entry.Date, evidence = entry.Evidence, category = entry.Category, externalId = FormattableString.Invariant($"{entry.Date} {entry.Kind} {entry.Amount} {entry.Category}") }));

    private static async Task<KpiClient> Site(KpiApp app)
    {
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Project(client, "site", "2026-01-10");
        return client;
    }
}
