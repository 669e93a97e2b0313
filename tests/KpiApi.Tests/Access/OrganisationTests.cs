using System.Net;
using KpiApi.Access;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace KpiApi.Tests.Access;

/// <summary>The organisation of the credential, as its administrator sees and changes it.</summary>
public class OrganisationTests
{
    private const string Path = "/v1/organisation";

    [Fact]
    public async Task An_administrator_changes_what_may_change()
    {
        await using var app = await KpiApp.Start();
        var admin = await app.Organisation();
        Assert.Equal("""{"code":"acme","name":"acme","timeZone":"Europe/Paris","currency":"EUR","language":"fr","fiscalYearStartMonth":1}""", await admin.GetText(Path));
        var changed = """{"code":"acme","name":"Acmé SA","timeZone":"America/Port-au-Prince","currency":"USD","language":"en","fiscalYearStartMonth":4}""";
        Assert.Equal(changed, (await admin.Patch(Path, changed)).ToJsonString(StrictOptions));
        Assert.Equal(changed, await admin.GetText(Path));
        await admin.Patch(Path, """{"name":"Acme"}""");
        Assert.Equal(changed.Replace("Acmé SA", "Acme", StringComparison.Ordinal), await admin.GetText(Path));
    }

    [Theory]
    [InlineData("""{"code":"other"}""", 422, "/code")]
    [InlineData("""{"name":""}""", 422, "/name")]
    [InlineData("""{"timeZone":"Paris"}""", 422, "/timeZone")]
    [InlineData("""{"timeZone":"Romance Standard Time"}""", 422, "/timeZone")]
    [InlineData("""{"timeZone":"europe/paris"}""", 422, "/timeZone")]
    [InlineData("""{"timeZone":"right/Europe/Paris"}""", 422, "/timeZone")]
    [InlineData("""{"timeZone":"../../etc/passwd"}""", 422, "/timeZone")]
    [InlineData("""{"timeZone":"/etc/localtime"}""", 422, "/timeZone")]
    [InlineData("""{"timeZone":"+01:00"}""", 422, "/timeZone")]
    [InlineData("""{"timeZone":""}""", 422, "/timeZone /timeZone")]
    [InlineData("""{"currency":"eur"}""", 422, "/currency")]
    [InlineData("""{"currency":"EURO"}""", 422, "/currency")]
    [InlineData("""{"language":"de"}""", 422, "/language")]
    [InlineData("""{"language":"FR"}""", 422, "/language")]
    [InlineData("""{"fiscalYearStartMonth":0}""", 422, "/fiscalYearStartMonth")]
    [InlineData("""{"fiscalYearStartMonth":13}""", 422, "/fiscalYearStartMonth")]
    [InlineData("""{"fiscalYearStartMonth":1.5}""", 400, null)]
    [InlineData("""{"fiscalYearStartMonth":null}""", 400, null)]
    [InlineData("""{"name":null}""", 400, null)]
    [InlineData("""{"organisationId":2}""", 400, null)]
    [InlineData("""{"dataVersion":1}""", 400, null)]
    [InlineData("""[]""", 400, null)]
    [InlineData("""{"currency":"EUR\n"}""", 422, "/currency")]
    public async Task A_wrong_change_is_refused_and_changes_nothing(string patch, int status, string? pointers)
    {
        await using var app = await KpiApp.Start();
        var admin = await app.Organisation();
        await app.Organisation("other");
        var before = await Tables.Dump(app);
        using var response = await admin.Send(HttpMethod.Patch, Path, patch);
        await Problems.Of(response, status, pointers: pointers?.Split(' ')[0]);
        Tables.AssertSame(before, await Tables.Dump(app), patch);
    }

    [Fact]
    public async Task A_change_of_the_time_zone_moves_the_day_from_then_on_and_leaves_stored_facts_where_they_are()
    {
        await using var app = await KpiApp.Start("2026-02-02T12:00:00Z");
        var admin = await app.Organisation();
        await admin.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(admin, "orders", "sum", "increase", 0.1, perDays: 1);
        await BadWorld.Project(admin, "site", "2026-01-10", "orders");
        object Fact(string id) => new { project = "site", kpi = "orders", timestamp = "2026-01-20T23:30:00Z", value = 1, externalId = id };
        await admin.Post("/v1/measurements", Fact("before"));
        await admin.Patch(Path, """{"timeZone":"America/New_York"}""");
        await admin.Post("/v1/measurements", Fact("after"));
        var days = (await admin.Get("/v1/measurements?project=site"))["items"]!.AsArray().ToDictionary(item => (string)item!["externalId"]!, item => (string)item!["date"]!);
        Assert.Equal(("2026-01-21", "2026-01-20"), (days["before"], days["after"]));
    }

    [Fact]
    public async Task Two_administrators_do_not_overwrite_each_other_unseen()
    {
        await using var app = await KpiApp.Start();
        var admin = await app.Organisation();
        var tag = (await admin.Http.GetAsync(Path)).Headers.ETag!.ToString();
        foreach (var (name, expected) in new[] { ("first", HttpStatusCode.OK), ("second", HttpStatusCode.PreconditionFailed) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Patch, Path) { Content = new StringContent($$"""{"name":"{{name}}"}""", System.Text.Encoding.UTF8, "application/json") };
            request.Headers.TryAddWithoutValidation("If-Match", tag);
            Assert.Equal(expected, (await admin.Http.SendAsync(request)).StatusCode);
        }

        Assert.Equal("first", (string?)(await admin.Get(Path))["name"]);
    }

    [Fact]
    public async Task A_zone_that_came_from_the_command_line_does_not_stand_in_the_way_of_other_changes()
    {
        await using var app = await KpiApp.Start();
        var admin = await app.Organisation(timeZone: "CET");
        await admin.Patch(Path, """{"name":"Renamed"}""");
        Assert.Equal("CET", (string?)(await admin.Get(Path))["timeZone"]);
        Assert.Equal("Renamed", (string?)(await admin.Get(Path))["name"]);
    }

    [Fact]
    public async Task The_last_use_of_keys_is_no_change_of_an_organisation()
    {
        await using var app = await KpiApp.Start();
        var admin = await app.Organisation();
        var tag = (await admin.Http.GetAsync("/v1/kpis")).Headers.ETag;
        app.Time.Advance(TimeSpan.FromMinutes(2));
        await admin.Get("/v1/kpis");
        await app.Services.GetRequiredService<KeyUses>().StopAsync(CancellationToken.None);
        Assert.NotNull((string?)(await admin.Get("/v1/api-keys"))["items"]![0]!["lastUsedAt"]);
        Assert.Equal(tag, (await admin.Http.GetAsync("/v1/kpis")).Headers.ETag);
    }

    private static readonly System.Text.Json.JsonSerializerOptions StrictOptions = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
