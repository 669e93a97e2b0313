using System.Net;
using System.Text.Json.Nodes;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Activities;

/// <summary>An activity has at most one North Star, with facts and months of its own.</summary>
public class NorthStarTests
{
    [Fact]
    public async Task A_North_Star_is_set_replaced_and_ended()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        await client.Get("/v1/activities/shop/north-star", HttpStatusCode.NotFound);
        var set = await client.Put("/v1/activities/shop/north-star", new { kpi = "rate", purpose = "Grow" }, HttpStatusCode.Created);
        Assert.Equal(("rate", "Grow"), ((string)set["kpi"]!, (string)set["purpose"]!));
        var replaced = await client.Put("/v1/activities/shop/north-star", new { kpi = "orders", purpose = "Sell" }, HttpStatusCode.OK);
        Assert.Equal(("orders", "Sell"), ((string)replaced["kpi"]!, (string)replaced["purpose"]!));
        Assert.Equal("orders", (string)(await client.Get("/v1/activities/shop/north-star"))["kpi"]!);
        await client.Put("/v1/activities/shop/north-star", new { kpi = "orders", purpose = "Sell more" }, HttpStatusCode.OK);
        Assert.Equal("Sell more", (string)(await client.Get("/v1/activities/shop/north-star"))["purpose"]!);
        await client.Delete("/v1/activities/shop/north-star");
        await client.Get("/v1/activities/shop/north-star", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_month_adds_up_numerators_and_denominators_and_is_compared_with_the_calendar_month_before()
    {
        await using var app = await KpiApp.Start("2026-02-02");
        var client = await Shop(app);
        await client.Put("/v1/activities/shop/north-star", new { kpi = "rate", purpose = "Grow" });
        await Facts(client, "rate", ("2025-10-05", 1, 4), ("2025-12-01", 1, 4), ("2025-12-31", 2, 2), ("2026-01-01", 1, 1), ("2026-01-31", 1, 3), ("2026-02-01", 5, 5));
        var months = (await client.Get("/v1/activities/shop/north-star"))["months"]!.AsArray();
        Assert.Equal(["2025-10", "2025-12", "2026-01", "2026-02"], months.Select(month => (string)month!["month"]!));
        Assert.Equal([0.25, 0.5, 0.5, 1.0], months.Select(month => (double)month!["value"]!));
        // November has no facts, so October is not what December is compared with; February is not over.
        Assert.Equal([null, null, 0.0, null], months.Select(month => (double?)month!["change"]));
        Assert.Equal([null, null, 0.0, null], months.Select(month => (double?)month!["changePct"]));
        Assert.Equal([false, false, false, true], months.Select(month => (bool)month!["provisional"]!));
    }

    [Fact]
    public async Task The_months_of_a_replaced_North_Star_stay_in_the_feed_and_come_back_with_it()
    {
        await using var app = await KpiApp.Start("2026-02-02");
        var client = await Shop(app);
        await client.Put("/v1/activities/shop/north-star", new { kpi = "rate", purpose = "Grow" });
        await Facts(client, "rate", ("2025-12-10", 1, 4), ("2026-01-10", 1, 2));
        var before = (await client.Get("/v1/activities/shop/north-star"))["months"]!.ToJsonString();
        await client.Put("/v1/activities/shop/north-star", new { kpi = "orders", purpose = "Sell" });
        Assert.Empty((await client.Get("/v1/activities/shop/north-star"))["months"]!.AsArray());
        Assert.Equal(["2025-12", "2026-01"], (await client.Get("/v1/feeds/north-stars")).AsArray().Select(row => (string)row!["Month"]!));
        await client.Delete("/v1/activities/shop/north-star");
        Assert.Equal(2, (await client.Get("/v1/feeds/north-stars")).AsArray().Count);
        await client.Put("/v1/activities/shop/north-star", new { kpi = "rate", purpose = "Again" });
        Assert.Equal(before, (await client.Get("/v1/activities/shop/north-star"))["months"]!.ToJsonString());
        Assert.Equal(2, (await client.Get("/v1/feeds/north-stars")).AsArray().Count);
    }

    [Fact]
    public async Task Project_KPIs_serve_it_unless_they_say_otherwise()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        await client.Put("/v1/activities/shop/north-star", new { kpi = "rate", purpose = "Grow" });
        await BadWorld.Project(client, "site", "2026-01-10", "rate");
        await client.Post("/v1/projects/site/kpis", new { kpi = "orders", purpose = "aside", servesNorthStar = false });
        var serving = Assert.Single((await client.Get("/v1/activities/shop/north-star"))["servedBy"]!.AsArray())!;
        Assert.Equal(("site", "rate", "because"), ((string)serving["project"]!, (string)serving["kpi"]!, (string)serving["purpose"]!));
    }

    [Fact]
    public async Task A_tree_holds_the_months_and_below_them_where_each_serving_KPI_stands()
    {
        await using var app = await KpiApp.Start("2026-03-02");
        var client = await Shop(app);
        await client.Put("/v1/activities/shop/north-star", new { kpi = "rate", purpose = "Grow" });
        await Facts(client, "rate", ("2026-01-10", 1, 4), ("2026-02-10", 1, 2));
        foreach (var project in new[] { "site", "aside", "plan" })
        {
            await BadWorld.Project(client, project, "2026-01-10");
        }

        await client.Post("/v1/projects/site/kpis", new { kpi = "rate", purpose = "Convert" });
        await client.Post("/v1/projects/site/kpis", new { kpi = "orders", purpose = "aside", servesNorthStar = false });
        await client.Post("/v1/projects/aside/kpis", new { kpi = "orders", purpose = "aside", servesNorthStar = false });
        await client.Post("/v1/projects/plan/kpis", new { kpi = "rate", purpose = "Later" });
        await client.Post("/v1/measurements", new[] { ("2026-01-05", 2), ("2026-01-20", 2), ("2026-02-25", 1) }.Select(fact => new { project = "site", kpi = "rate", date = fact.Item1, numerator = fact.Item2, denominator = 10 }));
        await client.Post("/v1/projects/site/launch", new { allowMissingBaseline = true });
        var tree = await client.Get("/v1/activities/shop/north-star/tree?lang=en");
        Assert.Equal(("Shop", "rate", "Grow"), ((string)tree["activityName"]!, (string)tree["northStar"]!["kpi"]!, (string)tree["northStar"]!["purpose"]!));
        Assert.Equal((await client.Get("/v1/activities/shop/north-star"))["months"]!.ToJsonString(), tree["northStar"]!["months"]!.ToJsonString());
        Assert.Equal(["plan", "site"], tree["projects"]!.AsArray().Select(project => (string)project!["project"]!));
        Assert.Equal(("draft", "draft", null), ((string)tree["projects"]![0]!["status"]!, (string)tree["projects"]![0]!["statusText"]!, (string?)tree["projects"]![0]!["kpis"]![0]!["currentStatus"]));

        var site = tree["projects"]![1]!;
        var kpi = Assert.Single(site["kpis"]!.AsArray())!;
        var fed = (await client.Get("/v1/feeds/kpi-status")).AsArray().Single(row => (string)row!["ProjectCode"]! == "site" && (string)row["KpiCode"]! == "rate")!;
        Assert.Equal(("rate", "Convert", "2026-W09", "behind"), ((string)kpi["kpi"]!, (string)kpi["purpose"]!, (string)kpi["week"]!, (string)kpi["currentStatus"]!));
        Assert.Equal(("adjust", "adjust"), ((string)site["recommendation"]!, (string)site["recommendationText"]!));
        foreach (var figure in new[] { "Actual", "Drift", "Progress" })
        {
            Assert.Equal((double)fed[figure]!, (double)kpi[figure.ToLowerInvariant()]!);
        }

        Assert.Equal("no_data", (string)(await client.Get("/v1/activities/shop/north-star/tree?asOf=2026-02-15"))["projects"]![1]!["kpis"]![0]!["currentStatus"]!);
        await client.Get("/v1/activities/absent/north-star/tree", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task All_trees_come_page_by_page_and_an_activity_without_a_star_is_one_of_them()
    {
        await using var app = await KpiApp.Start("2026-02-02");
        var client = await Shop(app);
        await client.Put("/v1/activities/shop/north-star", new { kpi = "rate", purpose = "Grow" });
        await client.Post("/v1/activities", new { code = "atelier", name = "Atelier" });
        await client.Post("/v1/activities", new { code = "web", name = "Web" });
        await BadWorld.Project(client, "site", "2026-01-10", "rate");
        var all = (await client.Get("/v1/north-stars"))["items"]!.AsArray();
        Assert.Equal(["atelier", "shop", "web"], all.Select(tree => (string)tree!["activity"]!));
        Assert.Equal([true, false, true], all.Select(tree => tree!["northStar"] is null));
        Assert.Equal([0, 1, 0], all.Select(tree => tree!["projects"]!.AsArray().Count));
        var first = await client.Get("/v1/north-stars?limit=2");
        var second = await client.Get($"/v1/north-stars?limit=2&cursor={Uri.EscapeDataString((string)first["nextCursor"]!)}");
        Assert.Equal(all.ToJsonString(), new JsonArray([.. first["items"]!.AsArray().Concat(second["items"]!.AsArray()).Select(tree => tree!.DeepClone())]).ToJsonString());
        Assert.Null(second["nextCursor"]);
        await Problems.Of(await client.Http.GetAsync("/v1/north-stars?limit=0"), 400);
    }

    [Fact]
    public async Task An_activity_is_deleted_while_nothing_uses_it()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        await client.Post("/v1/activities", new { code = "web", name = "Web" }, HttpStatusCode.Created);
        await client.Post("/v1/projects", new { code = "site", name = "Site", activity = "web", startsOn = "2026-01-10", currency = "EUR" });
        await Problems.Of(await client.Http.DeleteAsync("/v1/activities/web"), 409, "in-use");
        await client.Delete("/v1/projects/site");
        await client.Delete("/v1/activities/web");
        await client.Get("/v1/activities/web", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_activity_without_a_North_Star_is_a_warning_in_the_portfolio()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        Assert.Contains((await client.Get("/v1/portfolio"))["warnings"]!.AsArray(), warning => warning!.ToJsonString().Contains("shop", StringComparison.Ordinal));
        await client.Put("/v1/activities/shop/north-star", new { kpi = "rate", purpose = "Grow" });
        Assert.DoesNotContain((await client.Get("/v1/portfolio"))["warnings"]!.AsArray(), warning => warning!.ToJsonString().Contains("shop", StringComparison.Ordinal));
    }

    private static Task<JsonNode> Facts(KpiClient client, string kpi, params (string Date, int Numerator, int Denominator)[] facts) =>
        client.Post("/v1/measurements", facts.Select(fact => new { activity = "shop", kpi, date = fact.Date, numerator = fact.Numerator, denominator = fact.Denominator }));

    private static async Task<KpiClient> Shop(KpiApp app)
    {
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "rate", "ratio", "increase", 0.1);
        await BadWorld.Kpi(client, "orders", "sum", "increase", 0.1, perDays: 30);
        return client;
    }
}
