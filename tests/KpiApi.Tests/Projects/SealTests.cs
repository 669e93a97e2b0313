using System.Net;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Projects;

/// <summary>What a launch seals, and what leaves traces for readers that load only what changed.</summary>
public class SealTests
{
    [Fact]
    public async Task A_threshold_follows_its_definition_in_a_draft_and_never_after_launch()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        async Task<double> Target() => (double)(await client.Get("/v1/projects/site/kpis/orders"))["target"]!["value"]!;
        await client.Patch("/v1/kpis/orders", new { threshold = new { kind = "relative", value = 0.2 } });
        Assert.Equal(0.2, await Target());
        await client.Post("/v1/projects/site/launch", new { allowMissingBaseline = true });
        await client.Patch("/v1/kpis/orders", new { threshold = new { kind = "relative", value = 0.9 } });
        await client.Patch("/v1/projects/site/kpis/orders", new { purpose = "another" });
        Assert.Equal(0.2, await Target());
    }

    [Fact]
    public async Task Zeros_that_vanish_with_a_draft_s_dates_or_a_closing_are_told()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        async Task<HashSet<string>> Days() => (await client.Get("/v1/feeds/kpi-days")).AsArray().Select(row => $"{row!["ProjectKpiId"]}-{row["DateKey"]}").ToHashSet();
        async Task<HashSet<string>> Gone() => (await client.Get("/v1/feeds/deletions")).AsArray().Where(row => (string?)row!["Feed"] == "KpiDays").Select(row => (string)row!["Key"]!).ToHashSet();
        var before = await Days();
        await client.Patch("/v1/projects/site", new { startsOn = "2026-01-15" });
        var after = await Days();
        Assert.NotEmpty(before.Except(after));
        Assert.Equal(before.Except(after).Order(), (await Gone()).Order());
        await client.Post("/v1/projects/site/launch", new { allowMissingBaseline = true });
        await client.Post("/v1/projects/site/close", new { closedOn = "2026-01-20" });
        Assert.Equal(before.Union(after).Except(await Days()).Order(), (await Gone()).Order());
    }

    [Fact]
    public async Task A_day_that_stays_as_a_zero_is_no_deletion()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        await client.Post("/v1/measurements", new object[] { new { project = "site", kpi = "orders", date = "2026-01-20", value = 1 }, new { project = "site", kpi = "orders", date = "2025-06-01", value = 1 } });
        foreach (var fact in (await client.Get("/v1/measurements"))["items"]!.AsArray())
        {
            await client.Delete($"/v1/measurements/{fact!["id"]}");
        }

        var gone = (await client.Get("/v1/feeds/deletions")).AsArray().Where(row => (string?)row!["Feed"] == "KpiDays").Select(row => (int)row!["DateKey"]!);
        Assert.Equal([20250601], gone);
        Assert.Contains((await client.Get("/v1/feeds/kpi-days")).AsArray(), row => (int)row!["DateKey"]! == 20260120 && (double)row["Numerator"]! == 0);
    }

    [Fact]
    public async Task Currency_and_activity_are_fixed_once_there_are_facts()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        await client.Post("/v1/activities", new { code = "other", name = "Other" });
        await client.Patch("/v1/projects/site", new { activity = "other", currency = "CHF" });
        await client.Post("/v1/measurements", new { project = "site", kpi = "orders", date = "2026-01-20", value = 1 });
        await client.Patch("/v1/projects/site", new { currency = "EUR" }, HttpStatusCode.Conflict);
        await client.Patch("/v1/projects/site", new { activity = "shop" }, HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_north_star_without_facts_leaves_nothing_behind()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        await client.Post("/v1/activities", new { code = "other", name = "Other" });
        await BadWorld.Kpi(client, "visits", "sum", "increase", 0.1, perDays: 1);
        await client.Put("/v1/activities/other/north-star", new { kpi = "visits", purpose = "p" }, HttpStatusCode.Created);
        await client.Delete("/v1/activities/other/north-star");
        await client.Delete("/v1/kpis/visits");
        await client.Delete("/v1/activities/other");
    }

    [Theory]
    [InlineData("Été")]
    [InlineData("été")]
    [InlineData("100 % [web]")]
    public async Task A_project_is_found_by_its_exact_name(string name)
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        await client.Patch("/v1/projects/site", new { name });
        Assert.Single((await client.Get("/v1/projects?q=" + Uri.EscapeDataString(name)))["items"]!.AsArray());
    }

    private static async Task<KpiClient> Site(KpiApp app)
    {
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "orders", "sum", "increase", 0.1, perDays: 1);
        await BadWorld.Project(client, "site", "2026-01-10", "orders");
        return client;
    }
}
