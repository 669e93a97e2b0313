using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KpiApi.Feeds;
using KpiApi.Http;
using KpiApi.Reviews;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;
using KpiApi.Texts;

namespace KpiApi.Tests.Reviews;

/// <summary>The monthly pack holds the figures of the feeds as of the month's end, and what was decided since the one before.</summary>
public partial class PackTests
{
    [GeneratedRegex("<th scope=\"col\">([^<]*)</th>")]
    private static partial Regex Heading();

    [Fact]
    public async Task Its_figures_are_those_of_steering_feeds_and_roi_on_the_last_day_of_the_month()
    {
        await using var app = await KpiApp.Start("2025-06-10");
        var client = await app.Organisation();
        await PackWorld.Ordinary(client);
        foreach (var (query, asOf) in new[] { ("?month=2025-03", "2025-03-31"), ("?month=2025-04", "2025-04-30"), ("", "2025-05-31"), ("?month=2025-06", "2025-06-10") })
        {
            var pack = await client.Get("/v1/projects/crm/pack" + query);
            Assert.Equal(asOf, (string)pack["asOf"]!);
            Assert.Equal(asOf[..7], (string)pack["month"]!);
            var steering = await client.Get($"/v1/projects/crm/steering?asOf={asOf}");
            Same(steering, pack, "recommendation", "recommendationText", "reasons");
            var status = Feed(await client.Get($"/v1/feeds/kpi-status?asOf={asOf}"), "KpiCode");
            var outcomes = Feed(await client.Get($"/v1/feeds/kpi-outcomes?asOf={asOf}"), "KpiCode");
            foreach (var (kpi, steered) in pack["kpis"]!.AsArray().Zip(steering["kpis"]!.AsArray()))
            {
                Same(steered!, kpi!, "kpi", "unit", "direction", "purpose", "baseline", "target", "tolerance", "detectableText", "outcome", "outcomeText", "final", "change", "changeLow", "changeHigh", "evidence", "evidenceText");
                Assert.Equal(steered!["weeks"]!.AsArray().Count, kpi!["weeks"]!.AsArray().Count);
                foreach (var (week, of) in kpi["weeks"]!.AsArray().Zip(steered["weeks"]!.AsArray()))
                {
                    Same(of!, week!, "week", "dayNumber", "actual", "expected", "provisional", "status");
                }

                var fed = status[(string)kpi["kpi"]!];
                foreach (var name in new[] { "Week", "Actual", "Expected", "Gap", "Drift", "Progress", "Status" })
                {
                    Assert.Equal(fed[name]?.ToJsonString(), kpi[char.ToLowerInvariant(name[0]) + name[1..]]?.ToJsonString());
                }

                Assert.Equal((string)outcomes[(string)kpi["kpi"]!]["Outcome"]!, (string)kpi["outcome"]!);
            }

            var roi = await client.Get($"/v1/projects/crm/roi?asOf={asOf}");
            Same(roi, pack["roi"]!, "currency", "gain", "cost", "net", "ratio", "return", "threshold", "reached", "paybackOn", "ratioAtHorizon");
            var month = roi["months"]!.AsArray().SingleOrDefault(month => (string)month!["month"]! == asOf[..7]);
            Assert.Equal((double?)month?["gain"] ?? 0, (double)pack["roi"]!["monthGain"]!);
            Assert.Equal((double?)month?["cost"] ?? 0, (double)pack["roi"]!["monthCost"]!);
            var entries = (await client.Get("/v1/feeds/ledger")).AsArray().Where(entry => string.CompareOrdinal((string)entry!["Date"]!, asOf) <= 0).ToList();
            Assert.Equal(entries.Select(entry => (string)entry!["Date"]!).Distinct(), pack["roi"]!["days"]!.AsArray().Select(day => (string)day!["date"]!));
            foreach (var day in pack["roi"]!["days"]!.AsArray())
            {
                double Sum(string kind) => entries.Where(entry => (string)entry!["Kind"]! == kind && string.CompareOrdinal((string)entry["Date"]!, (string)day!["date"]!) <= 0).Sum(entry => (double)entry!["Amount"]!);
                Assert.Equal(Sum("gain"), (double)day!["cumulativeGain"]!, 9);
                Assert.Equal(Sum("cost"), (double)day["cumulativeCost"]!, 9);
            }
        }

        Assert.Equal("2025-05-05", (string)(await client.Get("/v1/projects/crm/pack"))["roi"]!["paybackOn"]!);
    }

    [Fact]
    public async Task It_says_what_was_decided_since_the_pack_before_and_what_is_to_be_decided()
    {
        await using var app = await KpiApp.Start("2025-06-10");
        var client = await app.Organisation();
        await PackWorld.Ordinary(client);
        await client.Post("/v1/projects/crm/reviews", new { reviewedOn = "2025-03-31", kind = "monthly", decision = "continue" });
        await client.Post("/v1/projects/crm/reviews", new
        {
            reviewedOn = "2025-04-10",
            kind = "biweekly",
            decision = "adjust",
            note = "Relancer à J+2",
            actions = new object[] { new { text = "Script d'appel", owner = "Ana", dueOn = "2025-04-20" }, new { text = "Former l'équipe", dueOn = "2025-06-01" } },
        });
        var review = (await client.Get("/v1/projects/crm/reviews"))["items"]!.AsArray().Single(one => (string)one!["reviewedOn"]! == "2025-04-10")!;
        await client.Patch($"/v1/projects/crm/reviews/{review["id"]}/actions/1", new { doneOn = "2025-05-02" });

        var march = await client.Get("/v1/projects/crm/pack?month=2025-03&lang=en");
        Assert.Equal(["continue"], march["reviews"]!.AsArray().Select(one => (string)one!["decisionText"]!));
        Assert.Empty(march["actions"]!.AsArray());

        var april = await client.Get("/v1/projects/crm/pack?month=2025-04&lang=en");
        var decided = Assert.Single(april["reviews"]!.AsArray())!;
        Assert.Equal(("2025-04-10", "biweekly", "adjust", "Relancer à J+2"), ((string)decided["reviewedOn"]!, (string)decided["kind"]!, (string)decided["decision"]!, (string)decided["note"]!));
        // As of April's end the script was overdue; in May it was done.
        Assert.Equal(["Script d'appel True ", "Former l'équipe False "], april["actions"]!.AsArray().Select(one => $"{one!["text"]} {(bool)one["overdue"]!} {one["doneOn"]}"));
        Assert.Equal(["recommendation", "review-overdue", "action-overdue"], april["toDecide"]!.AsArray().Select(one => (string)one!["code"]!));
        Assert.Equal("The review that was due on 24 April 2025 did not take place.", (string)april["toDecide"]![1]!["text"]!);
        Assert.Equal(("2025-04-20", "Action due on 20 April 2025: Script d'appel"), ((string)april["toDecide"]![2]!["dueOn"]!, (string)april["toDecide"]![2]!["text"]!));

        var may = await client.Get("/v1/projects/crm/pack?month=2025-05&lang=fr");
        Assert.Empty(may["reviews"]!.AsArray());
        Assert.Equal(["Former l'équipe False ", "Script d'appel False 2025-05-02"], may["actions"]!.AsArray().Select(one => $"{one!["text"]} {(bool)one["overdue"]!} {one["doneOn"]}"));
        Assert.Equal("La revue prévue le 24 avril 2025 n'a pas eu lieu.", (string)may["toDecide"]!.AsArray().Single(one => (string)one!["code"]! == "review-overdue")!["text"]!);
    }

    [Fact]
    public async Task The_month_is_one_of_the_project()
    {
        await using var app = await KpiApp.Start("2025-06-10");
        var client = await app.Organisation();
        await PackWorld.Ordinary(client);
        foreach (var wrong in new[] { "2025-02", "2025-07", "2025-6", "2025-13", "june", "", "2025-03-01" })
        {
            await Problems.Of(await client.Http.GetAsync($"/v1/projects/crm/pack?month={wrong}"), 400, "malformed-request");
        }

        await Problems.Of(await client.Http.GetAsync("/v1/projects/absent/pack"), 404, "not-found");
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Project(client, "plan", "2025-06-02", "quote-to-order-rate");
        await Problems.Of(await client.Http.GetAsync("/v1/projects/plan/pack"), 409, "not-launched");
        await client.Post("/v1/projects/plan/launch", new { allowMissingBaseline = true });
        // Its first month is not over, and there is no other.
        Assert.Equal(("2025-06", "2025-06-10"), ((string)(await client.Get("/v1/projects/plan/pack"))["month"]!, (string)(await client.Get("/v1/projects/plan/pack"))["asOf"]!));
    }

    [Fact]
    public async Task It_is_as_of_a_day_within_its_month()
    {
        await using var app = await KpiApp.Start("2025-06-10");
        var client = await app.Organisation();
        await PackWorld.Ordinary(client);
        var pack = await client.Get("/v1/projects/crm/pack?month=2025-04&asOf=2025-04-15");
        Assert.Equal(("2025-04", "2025-04-15"), ((string)pack["month"]!, (string)pack["asOf"]!));
        Assert.Equal((double)(await client.Get("/v1/projects/crm/roi?asOf=2025-04-15"))["cost"]!, (double)pack["roi"]!["cost"]!);
        Assert.Equal("2025-03-31", (string)(await client.Get("/v1/projects/crm/pack?month=2025-03&asOf=2025-04-15"))["asOf"]!);
        Assert.Equal("2025-03-31", (string)(await client.Get("/v1/projects/crm/pack?asOf=2025-04-15"))["asOf"]!);
        await Problems.Of(await client.Http.GetAsync("/v1/projects/crm/pack?month=2025-05&asOf=2025-04-15"), 400, "malformed-request");
    }

    [Fact]
    public async Task A_closed_project_is_readable_for_ever()
    {
        await using var app = await KpiApp.Start("2025-06-10");
        var client = await app.Organisation();
        await PackWorld.Ordinary(client);
        await client.Post("/v1/projects/crm/close", new { closedOn = "2025-05-31" });
        var then = await client.Get("/v1/projects/crm/pack?month=2025-05");
        Assert.Equal(("closed", "2025-05-31"), ((string)then["status"]!, (string)then["closedOn"]!));
        app.Time.Advance(TimeSpan.FromDays(3000));
        var now = await client.Get("/v1/projects/crm/pack?month=2025-05");
        // Outcomes mature by the clock; nothing else moves.
        Same(then, now, "recommendation", "reasons", "kpis", "roi", "reviews", "actions", "dayNumber");
        var latest = await client.Get("/v1/projects/crm/pack");
        Assert.Equal(("2033-07", "closed"), ((string)latest["month"]!, (string)latest["status"]!));
        // It was decided: there is nothing left to continue, to adjust or to stop.
        Assert.Equal("adjust", (string)latest["recommendation"]!);
        Assert.Empty(latest["toDecide"]!.AsArray());
        Assert.Contains("recommendation", (await client.Get("/v1/projects/crm/pack?month=2025-04"))["toDecide"]!.AsArray().Select(one => (string)one!["code"]!));
        Assert.EndsWith("il n'y a pas de période d'avant à laquelle comparer.", (string)latest["kpis"]![2]!["evidenceText"]!, StringComparison.Ordinal);
        Assert.Equal(["achieved", "missed", "achieved"], latest["kpis"]!.AsArray().Select(kpi => (string)kpi!["outcome"]!));
        Assert.Contains("<html lang=\"fr\">", await Page(client, "/v1/projects/crm/pack", "fr"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_review_that_is_overdue_is_not_the_next_one()
    {
        await using var app = await KpiApp.Start("2025-06-10");
        var client = await app.Organisation();
        await PackWorld.Ordinary(client);
        Assert.Contains("Review overdue since 17 March 2025.", await Page(client, "/v1/projects/crm/pack?month=2025-04", "en"), StringComparison.Ordinal);
        await client.Post("/v1/projects/crm/reviews", new { reviewedOn = "2025-04-30", kind = "biweekly", decision = "continue" });
        // Due on 14 May: next for a committee that looks on 30 April, overdue a month later.
        Assert.Contains("Prochaine revue : 14 mai 2025.", await Page(client, "/v1/projects/crm/pack?month=2025-04", "fr"), StringComparison.Ordinal);
        var may = await Page(client, "/v1/projects/crm/pack?month=2025-05", "fr");
        Assert.Contains("Revue en retard depuis le 14 mai 2025.", may, StringComparison.Ordinal);
        Assert.DoesNotContain("Prochaine revue", may, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_the_baseline_meets_and_a_declared_baseline_are_told()
    {
        await using var app = await KpiApp.Start("2025-07-10");
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Project(client, "met", "2025-03-03");
        await client.Post("/v1/projects/met/kpis", new { kpi = "processing-time", purpose = "p", target = new { kind = "absolute", value = 40 }, declaredBaseline = new { value = 40, note = "Estimé" } });
        await client.Post("/v1/measurements", Enumerable.Range(0, 90).Select(day => new { project = "met", kpi = "processing-time", date = new DateOnly(2025, 3, 3).AddDays(day), numerator = 38, denominator = 1 }));
        await client.Post("/v1/projects/met/launch", new { });
        foreach (var path in new[] { "/v1/projects/met/pack", "/v1/projects/met/steering", "/v1/projects/met/baseline" })
        {
            var kpi = (await client.Get(path + "?lang=en"))["kpis"]![0]!;
            Assert.Equal("The baseline already meets the target: there is no change to show.", (string)kpi["detectableText"]!);
            Assert.True(path.EndsWith("baseline", StringComparison.Ordinal) || ((string)kpi["evidenceText"]!).StartsWith("The baseline was declared and not measured: ", StringComparison.Ordinal), path);
        }
    }

    [Theory]
    [InlineData("fr")]
    [InlineData("en")]
    public async Task Its_columns_are_called_as_in_the_feeds(string language)
    {
        await using var app = await KpiApp.Start("2025-06-10");
        var client = await app.Organisation();
        await PackWorld.Ordinary(client);
        string Called(Feed feed, string column) => FeedWords.Of(feed, feed.Find(column)!, language == "fr")!.Label;
        var head = Heading().Matches(await Page(client, "/v1/projects/crm/pack", language)).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value)).Take(9);
        Assert.Equal(
            ["KPI", Called(DimensionFeeds.ProjectKpis, "BaselineValue"), Called(DimensionFeeds.ProjectKpis, "TargetValue"), .. new[] { "Actual", "Expected", "Gap", "Drift", "Progress", "Status" }.Select(column => Called(FigureFeeds.KpiStatus, column))],
            head);
    }

    [Fact]
    public async Task A_project_whose_horizon_is_over_is_to_be_closed()
    {
        await using var app = await KpiApp.Start("2025-07-10");
        var client = await app.Organisation();
        await PackWorld.Ordinary(client);
        Assert.Contains("horizon-over", (await client.Get("/v1/projects/crm/pack"))["toDecide"]!.AsArray().Select(one => (string)one!["code"]!));
        Assert.DoesNotContain("horizon-over", (await client.Get("/v1/projects/crm/pack?month=2025-04"))["toDecide"]!.AsArray().Select(one => (string)one!["code"]!));
    }

    [Theory]
    [InlineData("text/html", true)]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true)]
    [InlineData("application/json, text/html;q=0.5", false)]
    [InlineData("*/*", false)]
    [InlineData("text/html;q=0", false)]
    [InlineData(null, false)]
    public async Task Accept_chooses_between_figures_and_a_page(string? accept, bool isPage)
    {
        await using var app = await KpiApp.Start("2025-04-10");
        var client = await app.Organisation();
        await PackWorld.Bare(client);
        using var answer = await Ask(client, "/v1/projects/bare/pack", accept, "en");
        Assert.Equal(isPage ? "text/html" : "application/json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains("Accept", answer.Headers.Vary);
        Assert.Contains("Accept-Language", answer.Headers.Vary);
        Assert.Equal("en", Assert.Single(answer.Content.Headers.ContentLanguage));
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal(isPage, policy.Contains("style-src 'sha256-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_name_and_no_note_becomes_markup()
    {
        await using var app = await KpiApp.Start("2025-01-10");
        var client = await app.Organisation();
        await PackWorld.Extreme(client);
        foreach (var language in new[] { "fr", "en" })
        {
            var page = await Page(client, "/v1/projects/extreme/pack", language);
            Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("<b ", page, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("alert(1)</", page, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;&lt;b onclick=x&gt;", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Text_is_encoded_and_pieces_are_not()
    {
        var piece = Html.Of($"<b>{"<i>&\"'"}</b>");
        Assert.Equal("<b>&lt;i&gt;&amp;&quot;&#x27;</b>", piece.ToString());
        Assert.Equal("<p><b>&lt;i&gt;&amp;&quot;&#x27;</b>1 0.5 é</p>", Html.Of($"<p>{piece}{1} {0.5} {"é"}</p>").ToString());
        Assert.Equal("", Html.None.ToString());
    }

    [Fact]
    public void Everything_to_decide_and_every_decision_has_words()
    {
        foreach (var language in new[] { Language.French, Language.English })
        {
            var sentences = new Sentences(language);
            Assert.All(new MatterAttribute().Words.Except(["recommendation"]), code => Assert.NotEmpty(sentences.Matter(code, "x", "y")));
            Assert.All(new RecommendationAttribute().Words, code => Assert.NotEmpty(sentences.Advice(code)));
            Assert.All(new DecisionAttribute().Words, code => Assert.NotEmpty(sentences.Recommendation(code)!));
            Assert.All(new ReviewKindAttribute().Words, code => Assert.NotEmpty(sentences.ReviewKind(code)));
        }
    }

    internal static async Task<HttpResponseMessage> Ask(KpiClient client, string path, string? accept, string language)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Headers.TryAddWithoutValidation("Accept-Language", language);
        var answer = await client.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer;
    }

    private static async Task<string> Page(KpiClient client, string path, string language)
    {
        using var answer = await Ask(client, path, "text/html", language);
        return await answer.Content.ReadAsStringAsync();
    }

    private static Dictionary<string, JsonNode> Feed(JsonNode rows, string key) => rows.AsArray().ToDictionary(row => (string)row![key]!, row => row!);

    private static void Same(JsonNode expected, JsonNode actual, params string[] members) =>
        Assert.All(members, member => Assert.Equal(expected[member]?.ToJsonString(), actual[member]?.ToJsonString()));
}
