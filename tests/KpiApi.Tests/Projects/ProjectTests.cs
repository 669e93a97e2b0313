using System.Net;
using KpiApi.Storage;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Projects;

/// <summary>Projects before their launch: templates, lists, and what it takes to delete one.</summary>
public class ProjectTests
{
    [Theory]
    [InlineData("fr")]
    [InlineData("en")]
    public async Task A_template_gives_a_project_its_KPIs_with_purposes_in_the_language_of_the_organisation(string language)
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        await app.Database.Write(
            new Scope(client.OrganisationId, 0, 0),
            session => session.Execute("UPDATE Organisation SET Language = @language WHERE OrganisationId = @OrganisationId", new { language, session.OrganisationId }),
            CancellationToken.None);
        foreach (var template in (await client.Get("/v1/catalog/templates"))["items"]!.AsArray())
        {
            var code = (string)template!["code"]!;
            var project = await client.Post("/v1/projects", new { code, name = code, activity = "shop", startsOn = "2026-01-10", currency = "EUR", template = code }, HttpStatusCode.Created);
            Assert.Equal((code, "draft"), ((string)project["template"]!, (string)project["status"]!));
            Assert.Equal((int)template["reviewCadenceDays"]!, (int)project["reviewCadenceDays"]!);
            // Why each was chosen, in both languages.
            Assert.All(template["kpis"]!.AsArray(), kpi => Assert.True(((string?)kpi!["why"]!["fr"])?.Length > 10 && ((string?)kpi["why"]!["en"])?.Length > 10));
            var kpis = (await client.Get($"/v1/projects/{code}/kpis"))["items"]!.AsArray();
            Assert.Equal(
                template["kpis"]!.AsArray().Select(kpi => $"{kpi!["kpi"]}: {kpi["purpose"]![language]} {kpi["threshold"]!.ToJsonString()}"),
                kpis.Select(kpi => $"{kpi!["kpi"]}: {kpi["purpose"]} {kpi["target"]!.ToJsonString()}"));
        }
    }

    [Fact]
    public async Task A_project_has_the_defaults_of_the_method()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        using var response = await client.Send(HttpMethod.Post, "/v1/projects", new { code = "site", name = "Site", activity = "shop", startsOn = "2026-01-10", currency = "EUR" });
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.EndsWith("/v1/projects/site", response.Headers.Location!.OriginalString, StringComparison.Ordinal);
        var project = await client.Get("/v1/projects/site");
        Assert.Equal((30, 90, 1.5, 14, "draft"), ((int)project["baselineDays"]!, (int)project["horizonDays"]!, (double)project["roiThreshold"]!, (int)project["reviewCadenceDays"]!, (string)project["status"]!));
        var kpi = await client.Post("/v1/projects/site/kpis", new { kpi = "rate", purpose = "p" }, HttpStatusCode.Created);
        Assert.Equal((14, true, "relative", 0.1), ((int)kpi["graceDays"]!, (bool)kpi["servesNorthStar"]!, (string)kpi["target"]!["kind"]!, (double)kpi["target"]!["value"]!));
    }

    [Fact]
    public async Task The_fourth_KPI_is_refused_and_taken_after_one_went()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        await BadWorld.Project(client, "site", "2026-01-10", "rate", "orders", "project-roi");
        await Problems.Of(await client.Send(HttpMethod.Post, "/v1/projects/site/kpis", new { kpi = "cost-per-lead", purpose = "p" }), 409, "too-many-kpis");
        await client.Delete("/v1/projects/site/kpis/orders");
        await client.Post("/v1/projects/site/kpis", new { kpi = "cost-per-lead", purpose = "p" }, HttpStatusCode.Created);
        // Five at once for the last place: one gets it.
        await client.Delete("/v1/projects/site/kpis/rate");
        var answers = await Task.WhenAll(new[] { "rate", "orders", "processing-time", "session-duration", "average-order-value" }
            .Select(kpi => Task.Run(() => client.Send(HttpMethod.Post, "/v1/projects/site/kpis", new { kpi, purpose = "p" }))));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(3, (await client.Get("/v1/projects/site/kpis"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_draft_with_facts_stays_and_goes_once_they_are_deleted()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        await BadWorld.Project(client, "site", "2026-01-10", "rate", "project-roi");
        await BadWorld.Project(client, "other", "2026-01-10", "rate");
        await client.Post("/v1/measurements", new { project = "other", kpi = "rate", date = "2026-01-01", numerator = 1, denominator = 2 });
        await client.Post("/v1/measurements", new { project = "site", kpi = "rate", date = "2026-01-01", numerator = 1, denominator = 2 });
        await client.Post("/v1/measurements", new { project = "site", kpi = "rate", date = "2026-01-01", numerator = 1, denominator = 3 });
        await client.Post("/v1/projects/site/ledger", new { kind = "gain", category = "c", amount = 1, date = "2026-01-15", externalId = "g" });
        var fact = (await client.Get("/v1/measurements?project=site"))["items"]![0]!["id"]!;
        var entry = (await client.Get("/v1/projects/site/ledger"))["items"]![0]!["id"]!;

        await Problems.Of(await client.Http.DeleteAsync("/v1/projects/site"), 409, "in-use");
        await client.Delete($"/v1/measurements/{fact}");
        await Problems.Of(await client.Http.DeleteAsync("/v1/projects/site"), 409, "in-use");
        await client.Delete($"/v1/projects/site/ledger/{entry}");
        await client.Delete("/v1/projects/site");
        await client.Get("/v1/projects/site", HttpStatusCode.NotFound);
        await client.Get("/v1/projects/site/ledger", HttpStatusCode.NotFound);
        // Its code is free, and nothing else went with it.
        await BadWorld.Project(client, "site", "2026-01-10", "rate");
        Assert.Empty((await client.Get("/v1/measurements?project=site"))["items"]!.AsArray());
        Assert.Single((await client.Get("/v1/measurements"))["items"]!.AsArray());
    }

    [Fact]
    public async Task The_list_is_filtered_by_status_activity_and_text()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        await client.Post("/v1/activities", new { code = "web", name = "Web" });
        foreach (var (code, name, activity) in new[]
        {
            ("p-1", "100 % online", "shop"), ("p-2", "1000 online", "shop"), ("p-3", "snake_case", "web"), ("p-4", "snakeXcase", "web"), ("p-5", "Hurry!", "web"), ("p-6", "Hurry", "web"), ("refonte", "Autre", "web"), ("p-8", "50[0-9] x", "web"),
        })
        {
            await client.Post("/v1/projects", new { code, name, activity, startsOn = "2026-01-10", currency = "EUR" });
        }

        foreach (var code in new[] { "p-1", "p-2" })
        {
            await client.Post($"/v1/projects/{code}/launch", null);
        }

        await client.Post("/v1/projects/p-2/close", null);
        await Listed(client, "status=running", "p-1");
        await Listed(client, "status=closed", "p-2");
        await Listed(client, "status=draft&activity=web", "p-3 p-4 p-5 p-6 p-8 refonte");
        await Listed(client, "status=draft&activity=shop", "");
        await Listed(client, "activity=absent", "");
        await Listed(client, "q=%25", "p-1");
        await Listed(client, "q=0%20%25", "p-1");
        await Listed(client, "q=_", "p-3");
        await Listed(client, "q=!", "p-5");
        await Listed(client, "q=[0", "p-8");
        await Listed(client, "q=HURRY", "p-5 p-6");
        await Listed(client, "q=refonte", "refonte");
        await Listed(client, "q=online&status=running", "p-1");
        await Listed(client, "q='%20OR%201=1", "");
    }

    [Fact]
    public async Task The_list_is_sorted_as_asked()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        foreach (var (code, name, startsOn) in new[] { ("c", "one", "2026-01-12"), ("a", "two", "2026-01-12"), ("b", "one", "2026-01-11") })
        {
            await client.Post("/v1/projects", new { code, name, activity = "shop", startsOn, currency = "EUR" });
        }

        await Listed(client, "sort=code", "a b c");
        await Listed(client, "sort=name", "b c a");
        await Listed(client, "sort=startsOn", "b a c");
        await Listed(client, "sort=-startsOn", "a c b");
    }

    private static async Task Listed(KpiClient client, string query, string codes) =>
        Assert.Equal(codes, string.Join(' ', (await client.Get("/v1/projects?" + query))["items"]!.AsArray().Select(project => (string)project!["code"]!)));

    private static async Task<KpiClient> Shop(KpiApp app)
    {
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "rate", "ratio", "increase", 0.1);
        await BadWorld.Kpi(client, "orders", "sum", "increase", 0.1, perDays: 30);
        return client;
    }
}
