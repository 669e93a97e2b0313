using System.Net;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Texts;

/// <summary>Sentences come in the language of the address, of the header, or of the organisation.</summary>
public class AnswerLanguageTests
{
    [Fact]
    public async Task The_address_goes_before_the_header_and_the_header_before_the_organisation()
    {
        await using var world = new World();
        var client = await world.Start();
        Assert.Equal(("fr", "à surveiller"), await Status(client, "", "de"));
        Assert.Equal(("en", "at risk"), await Status(client, "", "en-GB,fr;q=0.5"));
        Assert.Equal(("fr", "à surveiller"), await Status(client, "?lang=fr", "en"));
        await client.Patch("/v1/organisation", new { language = "en" });
        Assert.Equal(("en", "at risk"), await Status(client, "", "de"));
        await Problems.Of(await client.Http.GetAsync("/v1/portfolio?lang=de"), 400, "malformed-request");
        await Problems.Of(await client.Http.GetAsync("/v1/portfolio?lang=fr&lang=en"), 400, "malformed-request");
    }

    [Fact]
    public async Task Another_language_is_another_answer_with_another_tag()
    {
        await using var world = new World();
        var client = await world.Start();
        var french = await Ask(client, "/v1/projects/running/steering", "fr");
        var english = await Ask(client, "/v1/projects/running/steering", "en", french.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.OK, english.StatusCode);
        Assert.NotEqual(french.Headers.ETag, english.Headers.ETag);
        Assert.Contains("Accept-Language", english.Headers.Vary);
        Assert.Equal(HttpStatusCode.NotModified, (await Ask(client, "/v1/projects/running/steering", "en", english.Headers.ETag!.ToString())).StatusCode);
        // What holds no sentences has one answer for all.
        Assert.DoesNotContain("Accept-Language", (await Ask(client, "/v1/projects/running/roi", "en")).Headers.Vary);
    }

    [Fact]
    public async Task Steering_baseline_and_launch_speak()
    {
        await using var world = new World();
        var client = await world.Start();
        var steering = await client.Get("/v1/projects/running/steering?lang=en");
        var rate = steering["kpis"]!.AsArray().Single(kpi => (string)kpi!["kpi"]! == "rate")!;
        Assert.Equal("adjust", (string)steering["recommendationText"]!);
        Assert.Contains(steering["reasons"]!.AsArray(), reason => ((string)reason!["text"]!).StartsWith("rate: ", StringComparison.Ordinal));
        Assert.Equal("at risk", (string)rate["currentStatusText"]!);
        Assert.Equal("pending", (string)rate["outcomeText"]!);
        Assert.Null(rate["evidenceText"]);
        Assert.StartsWith("Whether +0.03 can be shown cannot be said", (string)rate["detectableText"]!, StringComparison.Ordinal);
        Assert.Equal((string)rate["detectableText"]!, (string)(await client.Get("/v1/projects/running/baseline?lang=en"))["kpis"]!.AsArray().Single(kpi => (string)kpi!["kpi"]! == "rate")!["detectableText"]!);
        Assert.StartsWith("On ne peut pas dire", (string)(await client.Post("/v1/projects/draft/launch", new { }, HttpStatusCode.OK))["kpis"]![0]!["detectableText"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_volume_is_the_denominators_of_thirty_days_of_the_baseline()
    {
        await using var app = await KpiApp.Start("2026-06-02");
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await client.Post("/v1/projects", new { code = "crm", name = "CRM", activity = "shop", startsOn = "2026-02-02", currency = "EUR", baselineDays = 15 });
        await client.Post("/v1/projects/crm/kpis", new { kpi = "quote-to-order-rate", purpose = "p" });
        await client.Post("/v1/measurements", Enumerable.Range(0, 104).Select(day => new
        {
            project = "crm",
            kpi = "quote-to-order-rate",
            date = new DateOnly(2026, 1, 18).AddDays(day),
            numerator = (day % 2) + (day > 60 ? 1 : 0),
            denominator = 2,
        }));
        const string said = "+5 points cannot be shown with 60 quotes a month; the smallest visible change is 32.2 points.";
        var draft = (await client.Get("/v1/projects/crm/steering?lang=en"))["kpis"]![0]!;
        Assert.Equal(said, (string)draft["detectableText"]!);
        await client.Post("/v1/projects/crm/launch", new { });
        var kpi = (await client.Get("/v1/projects/crm/steering?lang=en"))["kpis"]![0]!;
        Assert.Equal(said, (string)kpi["detectableText"]!);
        Assert.Equal(3.42 * Math.Sqrt(2) * Math.Sqrt(7.0 * 8 / 15 / 14 / 15) / 2, (double)kpi["smallestDetectableChange"]!, 3);
        Assert.StartsWith("Between the period from 18 January to 1 February 2026 and the period from 18 April to 2 May 2026 ", (string)kpi["evidenceText"]!, StringComparison.Ordinal);
    }

    private static async Task<(string Language, string Said)> Status(KpiClient client, string query, string accept)
    {
        using var answer = await Ask(client, "/v1/portfolio" + query, accept);
        var portfolio = System.Text.Json.Nodes.JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        var item = portfolio["items"]!.AsArray().Single(item => (string)item!["project"]! == "running")!;
        return (Assert.Single(answer.Content.Headers.ContentLanguage), (string)item["kpis"]!.AsArray().Single(kpi => (string)kpi!["kpi"]! == "rate")!["statusText"]!);
    }

    private static async Task<HttpResponseMessage> Ask(KpiClient client, string path, string accept, string? known = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept-Language", accept);
        request.Headers.TryAddWithoutValidation("If-None-Match", known);
        return await client.Http.SendAsync(request);
    }

    /// <summary>Of <see cref="BadWorld"/>, with a rate of the running project that is a little below its line.</summary>
    private sealed class World : IAsyncDisposable
    {
        private readonly BadWorld _world = new();

        public async Task<KpiClient> Start()
        {
            await _world.InitializeAsync();
            await _world.Client.Post("/v1/measurements", new { project = "running", kpi = "rate", date = "2026-01-28", numerator = 305, denominator = 1000 });
            return _world.Client;
        }

        public async ValueTask DisposeAsync() => await _world.DisposeAsync();
    }
}
