using System.Net;
using System.Text.Json.Nodes;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Http;

/// <summary>PATCH is a JSON merge patch (RFC 7396): what it names changes, null clears, the rest stays.</summary>
public class MergePatchTests
{
    [Fact]
    public async Task Each_member_of_a_project_changes_alone()
    {
        await using var app = await KpiApp.Start();
        var client = await Drafted(app);
        var project = (await client.Get("/v1/projects/site")).AsObject();
        foreach (var (member, value) in new (string, JsonNode)[]
        {
            ("name", "New"), ("objective", "Newer"), ("activity", "web"), ("currency", "USD"), ("baselineDays", 14), ("horizonDays", 120), ("roiThreshold", 2.5), ("reviewCadenceDays", 7), ("startsOn", "2026-01-12"),
        })
        {
            var changed = (await client.Patch("/v1/projects/site", new JsonObject { [member] = value.DeepClone() })).AsObject();
            project[member] = value.DeepClone();
            // The end follows from start and horizon.
            project["endsOn"] = DateOnly.Parse((string)project["startsOn"]!, System.Globalization.CultureInfo.InvariantCulture).AddDays((int)project["horizonDays"]! - 1).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(JsonNode.DeepEquals(project, changed), $"{member}: {changed} instead of {project}");
            Assert.True(JsonNode.DeepEquals(changed, await client.Get("/v1/projects/site")), member);
        }
    }

    [Fact]
    public async Task Null_clears_an_optional_member_to_its_default()
    {
        await using var app = await KpiApp.Start();
        var client = await Drafted(app);
        await client.Patch("/v1/projects/site", new { objective = "o", baselineDays = 14, horizonDays = 60, roiThreshold = 3, reviewCadenceDays = 7 });
        var project = await client.Patch("/v1/projects/site", """{"objective":null,"baselineDays":null,"horizonDays":null,"roiThreshold":null,"reviewCadenceDays":null}""");
        Assert.Null(project["objective"]);
        Assert.Equal((30, 90, 1.5, 14), ((int)project["baselineDays"]!, (int)project["horizonDays"]!, (double)project["roiThreshold"]!, (int)project["reviewCadenceDays"]!));

        await client.Patch("/v1/projects/site/kpis/rate", """{"target":{"kind":"absolute","value":7},"tolerance":0.02,"graceDays":3,"lagDays":2,"declaredBaseline":{"value":0.4,"note":"n"},"servesNorthStar":false}""");
        var kpi = await client.Patch("/v1/projects/site/kpis/rate", """{"target":null,"tolerance":null,"graceDays":null,"lagDays":null,"declaredBaseline":null,"servesNorthStar":null}""");
        Assert.Equal(("relative", 0.1), ((string)kpi["target"]!["kind"]!, (double)kpi["target"]!["value"]!));
        Assert.Null(kpi["tolerance"]);
        Assert.Null(kpi["lagDays"]);
        Assert.Null(kpi["declaredBaseline"]);
        Assert.Equal(14, (int)kpi["graceDays"]!);
        Assert.True((bool)kpi["servesNorthStar"]!);
    }

    [Fact]
    public async Task Nested_objects_are_merged()
    {
        await using var app = await KpiApp.Start();
        var client = await Drafted(app);
        var kpi = await client.Patch("/v1/kpis/spare", """{"threshold":{"value":0.25},"name":{"en":"English"}}""");
        Assert.Equal(("relative", 0.25, "spare", "English"), ((string)kpi["threshold"]!["kind"]!, (double)kpi["threshold"]!["value"]!, (string)kpi["name"]!["fr"]!, (string)kpi["name"]!["en"]!));

        await client.Patch("/v1/projects/site/kpis/rate", """{"declaredBaseline":{"value":0.4,"note":"first"}}""");
        var projectKpi = await client.Patch("/v1/projects/site/kpis/rate", """{"declaredBaseline":{"note":"second"}}""");
        Assert.Equal((0.4, "second"), ((double)projectKpi["declaredBaseline"]!["value"]!, (string)projectKpi["declaredBaseline"]!["note"]!));
    }

    [Fact]
    public async Task Half_of_an_object_that_was_not_there_is_422()
    {
        await using var app = await KpiApp.Start();
        var client = await Drafted(app);
        var before = await Tables.Dump(app);
        await Problems.Of(await client.Send(HttpMethod.Patch, "/v1/projects/site/kpis/rate", """{"declaredBaseline":{"value":0.4}}"""), 422, "invalid", "/declaredBaseline/note");
        Tables.AssertSame(before, await Tables.Dump(app), "half a declared baseline");
    }

    [Fact]
    public async Task A_target_of_its_own_stays_when_the_definition_changes_and_the_default_is_taken_anew_when_cleared()
    {
        await using var app = await KpiApp.Start();
        var client = await Drafted(app);
        await client.Patch("/v1/projects/site/kpis/rate", """{"target":{"kind":"relative","value":0.3}}""");
        await client.Patch("/v1/kpis/rate", """{"threshold":{"value":0.5}}""");
        Assert.Equal(0.3, (double)(await client.Get("/v1/projects/site/kpis/rate"))["target"]!["value"]!);
        Assert.Equal(0.5, (double)(await client.Patch("/v1/projects/site/kpis/rate", """{"target":null}"""))["target"]!["value"]!);
    }

    [Fact]
    public async Task An_empty_patch_changes_nothing()
    {
        await using var app = await KpiApp.Start();
        var client = await Drafted(app);
        foreach (var path in new[] { "/v1/kpis/spare", "/v1/activities/web", "/v1/projects/site", "/v1/projects/site/kpis/rate" })
        {
            var before = await client.Get(path);
            Assert.True(JsonNode.DeepEquals(before, await client.Patch(path, new { })), path);
            Assert.True(JsonNode.DeepEquals(before, await client.Get(path)), path);
        }
    }

    [Theory]
    [InlineData("application/merge-patch+json")]
    [InlineData("application/merge-patch+json; charset=utf-8")]
    [InlineData("application/json")]
    public async Task The_media_type_of_merge_patches_is_taken(string type)
    {
        await using var app = await KpiApp.Start();
        var client = await Drafted(app);
        using var response = await Problems.Send(client.Http, "PATCH", "/v1/activities/web", """{"name":"New"}""", type);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("New", (string)(await client.Get("/v1/activities/web"))["name"]!);
    }

    [Fact]
    public async Task Patches_of_different_members_at_the_same_moment_all_last()
    {
        await using var app = await KpiApp.Start();
        var client = await Drafted(app);
        object[] patches = [new { name = "New" }, new { objective = "Newer" }, new { roiThreshold = 2.5 }, new { reviewCadenceDays = 7 }, new { currency = "USD" }, new { activity = "web" }];
        await Task.WhenAll(patches.Select(patch => client.Patch("/v1/projects/site", patch)));
        var project = await client.Get("/v1/projects/site");
        Assert.Equal(
            ("New", "Newer", 2.5, 7, "USD", "web"),
            ((string)project["name"]!, (string)project["objective"]!, (double)project["roiThreshold"]!, (int)project["reviewCadenceDays"]!, (string)project["currency"]!, (string)project["activity"]!));
    }

    private static async Task<KpiClient> Drafted(KpiApp app)
    {
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await client.Post("/v1/activities", new { code = "web", name = "Web" });
        await BadWorld.Kpi(client, "rate", "ratio", "increase", 0.1);
        await BadWorld.Kpi(client, "spare", "ratio", "increase", 0.1);
        await BadWorld.Project(client, "site", "2026-01-10", "rate");
        return client;
    }
}
