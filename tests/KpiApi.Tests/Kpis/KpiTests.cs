using System.Net;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Kpis;

/// <summary>The catalogue, and the KPIs that an organisation adds.</summary>
public class KpiTests
{
    [Fact]
    public async Task Every_organisation_has_the_six_KPIs_of_the_method()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        var catalogue = (await client.Get("/v1/catalog/kpis"))["items"]!.AsArray()
            .Select(kpi => $"{kpi!["code"]} {kpi["domain"]} {kpi["unit"]} {kpi["direction"]} {kpi["aggregation"]} {kpi["threshold"]!["kind"]} {kpi["threshold"]!["value"]!.ToJsonString()}");
        Assert.Equal(
            [
                "cost-per-lead acquisition currency decrease ratio relative -0.1",
                "quote-to-order-rate conversion percent increase ratio points 0.05",
                "session-duration engagement seconds increase ratio relative 0.2",
                "average-order-value e-commerce currency increase ratio relative 0.08",
                "processing-time productivity minutes decrease ratio relative -0.15",
                "project-roi finance ratio increase ledger absolute 1.5",
            ],
            catalogue);
        Assert.All((await client.Get("/v1/catalog/kpis"))["items"]!.AsArray(), kpi =>
        {
            Assert.NotEmpty((string)kpi!["name"]!["fr"]!);
            Assert.NotEmpty((string)kpi["name"]!["en"]!);
        });
    }

    [Fact]
    public async Task The_list_holds_the_catalogue_and_the_organisations_own()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await BadWorld.Kpi(client, "own", "ratio", "increase", 0.1);
        var list = (await client.Get("/v1/kpis"))["items"]!.AsArray().ToDictionary(kpi => (string)kpi!["code"]!, kpi => (bool)kpi!["catalog"]!);
        Assert.Equal(7, list.Count);
        Assert.False(list["own"]);
        Assert.All(list.Where(kpi => kpi.Key != "own"), kpi => Assert.True(kpi.Value));
    }

    [Fact]
    public async Task A_template_proposes_at_most_three_KPIs_of_the_catalogue()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        var codes = (await client.Get("/v1/catalog/kpis"))["items"]!.AsArray().Select(kpi => (string)kpi!["code"]!).ToHashSet();
        var templates = (await client.Get("/v1/catalog/templates"))["items"]!.AsArray();
        Assert.Equal(["crm-rollout", "online-payment", "sea-campaign", "site-redesign"], templates.Select(template => (string)template!["code"]!).Order(StringComparer.Ordinal));
        Assert.All(templates, template =>
        {
            Assert.InRange(template!["kpis"]!.AsArray().Count, 1, 3);
            Assert.All(template["kpis"]!.AsArray(), kpi => Assert.Contains((string)kpi!["kpi"]!, codes));
        });
    }

    [Fact]
    public async Task A_KPI_comes_back_as_it_was_created()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        const string body = """
            {"code":"orders","name":{"fr":"Commandes","en":"Orders"},"domain":"e-commerce","unit":"count","direction":"increase","aggregation":"sum","perDays":30,"lagDays":2,"numeratorLabel":"n","denominatorLabel":"d","threshold":{"kind":"points","value":0.123456789}}
            """;
        using var response = await client.Send(HttpMethod.Post, "/v1/kpis", body);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.EndsWith("/v1/kpis/orders", response.Headers.Location!.OriginalString, StringComparison.Ordinal);
        var created = await client.Get("/v1/kpis/orders");
        Assert.False((bool)created["catalog"]!);
        created.AsObject().Remove("catalog");
        Assert.True(System.Text.Json.Nodes.JsonNode.DeepEquals(System.Text.Json.Nodes.JsonNode.Parse(body), created), created.ToJsonString());
    }

    [Fact]
    public async Task An_unused_KPI_can_be_redefined_and_deleted_and_its_code_used_again()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await BadWorld.Kpi(client, "own", "ratio", "increase", 0.1);
        var changed = await client.Patch("/v1/kpis/own", """{"direction":"decrease","aggregation":"sum","unit":"hours","perDays":7,"threshold":{"kind":"relative","value":-0.2}}""");
        Assert.Equal(("decrease", "sum", "hours", 7), ((string)changed["direction"]!, (string)changed["aggregation"]!, (string)changed["unit"]!, (int)changed["perDays"]!));
        await client.Delete("/v1/kpis/own");
        await Problems.Of(await client.Http.GetAsync("/v1/kpis/own"), 404, "not-found");
        await Problems.Of(await client.Http.DeleteAsync("/v1/kpis/own"), 404, "not-found");
        await BadWorld.Kpi(client, "own", "last", "decrease", -0.1);
    }

    [Fact]
    public async Task A_North_Star_alone_fixes_its_KPI_too()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "own", "ratio", "increase", 0.1);
        await client.Put("/v1/activities/shop/north-star", new { kpi = "own", purpose = "p" });
        await Problems.Of(await client.Send(HttpMethod.Patch, "/v1/kpis/own", new { unit = "hours" }), 409, "in-use");
        await Problems.Of(await client.Http.DeleteAsync("/v1/kpis/own"), 409, "in-use");
    }

    [Fact]
    public async Task Names_domain_and_threshold_of_a_used_KPI_change_and_free_it_when_the_last_project_goes()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "own", "ratio", "increase", 0.1);
        await BadWorld.Project(client, "site", "2026-01-10", "own");
        var changed = await client.Patch("/v1/kpis/own", """{"name":{"fr":"Nouveau"},"domain":"other","threshold":{"kind":"absolute","value":-3}}""");
        Assert.Equal(("Nouveau", "other", -3.0), ((string)changed["name"]!["fr"]!, (string)changed["domain"]!, (double)changed["threshold"]!["value"]!));
        await Problems.Of(await client.Http.DeleteAsync("/v1/kpis/own"), 409, "in-use");
        await client.Delete("/v1/projects/site/kpis/own");
        await client.Delete("/v1/kpis/own");
    }
}
