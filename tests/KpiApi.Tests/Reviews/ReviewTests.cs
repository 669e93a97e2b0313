using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using KpiApi.Access;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Reviews;

/// <summary>What a committee decided and saw stays; what is known now stands beside it.</summary>
public sealed class ReviewTests
{
    private const string Reviews = "/v1/projects/site/reviews";

    /// <summary>A project of 20 December 2025 on 2 February 2026: its rate is behind from January on.</summary>
    private static async Task<KpiClient> Launched(KpiApp app)
    {
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "rate", "ratio", "increase", 0.5);
        await BadWorld.Project(client, "site", "2025-12-20", "rate", "project-roi");
        await client.Post("/v1/measurements", Enumerable.Range(0, 74).Select(day => Fact(new DateOnly(2025, 11, 20).AddDays(day), 4)));
        await client.Post("/v1/projects/site/ledger", new { kind = "cost", category = "licence", amount = 100, date = "2025-12-22", externalId = "c1" });
        await client.Post("/v1/projects/site/launch", null);
        return client;
    }

    private static object Fact(DateOnly day, double numerator) => new { project = "site", kpi = "rate", date = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), numerator, denominator = 10 };

    private static Task<JsonNode> Review(KpiClient client, string reviewedOn, string decision = "adjust", string kind = "weekly", params object[] actions) =>
        client.Post(Reviews, new { reviewedOn, kind, decision, note = "Why", actions }, HttpStatusCode.Created);

    [Fact]
    public async Task The_snapshot_is_what_steering_says_on_that_day()
    {
        await using var app = await KpiApp.Start();
        var client = await Launched(app);
        var review = await Review(client, "2026-01-25");
        var steering = await client.Get("/v1/projects/site/steering?asOf=2026-01-25");
        var roi = await client.Get("/v1/projects/site/roi?asOf=2026-01-25");
        var snapshot = review["snapshot"]!;
        Assert.Equal("2026-01-25", (string)snapshot["asOf"]!);
        Assert.Equal("adjust", (string)snapshot["recommendation"]!);
        foreach (var member in new[] { "recommendation", "status" })
        {
            Assert.Equal(steering[member]?.ToJsonString(), snapshot[member]?.ToJsonString());
        }

        Assert.NotEmpty(snapshot["reasons"]!.AsArray());
        Assert.Equal(steering["reasons"]!.AsArray().Count, snapshot["reasons"]!.AsArray().Count);
        Assert.All(snapshot["reasons"]!.AsArray().Zip(steering["reasons"]!.AsArray()), pair => AssertSame(pair.First!.AsObject(), pair.Second!.AsObject()));

        foreach (var (member, value) in snapshot["roi"]!.AsObject())
        {
            Assert.Equal(roi[member]?.ToJsonString(), value?.ToJsonString());
        }

        Assert.Equal(2, snapshot["kpis"]!.AsArray().Count);
        foreach (var (then, now) in snapshot["kpis"]!.AsArray().Zip(steering["kpis"]!.AsArray()))
        {
            Assert.Equal(6, then!["weeks"]!.AsArray().Count);
            AssertSame(then.AsObject(), now!.AsObject());
        }

        static void AssertSame(JsonObject then, JsonObject now)
        {
            foreach (var (member, value) in then)
            {
                if (member == "weeks")
                {
                    Assert.All(value!.AsArray().Zip(now[member]!.AsArray()), pair => AssertSame(pair.First!.AsObject(), pair.Second!.AsObject()));
                    continue;
                }

                Assert.Equal(now[member]?.ToJsonString(), value?.ToJsonString());
            }
        }
    }

    [Fact]
    public async Task A_snapshot_survives_corrections_deletions_new_names_and_the_close_and_now_stands_beside_it()
    {
        await using var app = await KpiApp.Start();
        var client = await Launched(app);
        var made = await Review(client, "2026-01-25", "adjust", "weekly", new { text = "Call back", owner = "Nadia", dueOn = "2026-01-30" });
        var address = $"{Reviews}/{made["id"]}";
        var first = await client.Get(address);
        Assert.Equal(first["snapshot"]!.ToJsonString(), first["now"]!.ToJsonString());
        Assert.Null(made["now"]);

        await client.Post("/v1/measurements", Enumerable.Range(0, 28).Select(day => Fact(new DateOnly(2025, 12, 29).AddDays(day), 7)));
        var fact = (await client.Get("/v1/measurements?project=site&from=2025-12-22&to=2025-12-22"))["items"]![0]!["id"];
        await client.Delete($"/v1/measurements/{fact}");
        await client.Patch("/v1/projects/site/kpis/rate", new { purpose = "Another purpose" });
        await client.Patch("/v1/kpis/rate", new { name = new { fr = "Autre nom" } });
        await client.Patch("/v1/projects/site", new { name = "Another name", reviewCadenceDays = 7 });
        await client.Post("/v1/projects/site/ledger", new { kind = "gain", category = "sales", amount = 500, date = "2026-01-20", externalId = "g1" });
        await client.Post("/v1/projects/site/close", new { closedOn = "2026-01-28" });

        var after = await client.Get(address);
        Assert.Equal(made["snapshot"]!.ToJsonString(), after["snapshot"]!.ToJsonString());
        Assert.Equal(made["snapshot"]!.ToJsonString(), Assert.Single((await client.Get(Reviews))["items"]!.AsArray())!["snapshot"]!.ToJsonString());
        var steering = await client.Get("/v1/projects/site/steering?asOf=2026-01-25");
        var now = after["now"]!;
        Assert.Equal("behind on_track", $"{after["snapshot"]!["kpis"]![0]!["currentStatus"]} {now["kpis"]![0]!["currentStatus"]}");
        Assert.Equal((string)steering["kpis"]![0]!["currentStatus"]!, (string)now["kpis"]![0]!["currentStatus"]!);
        Assert.Equal(("because", "Another purpose"), ((string)after["snapshot"]!["kpis"]![0]!["purpose"]!, (string)now["kpis"]![0]!["purpose"]!));
        Assert.Equal(("rate", "Autre nom"), ((string)after["snapshot"]!["kpis"]![0]!["name"]!["fr"]!, (string)now["kpis"]![0]!["name"]!["fr"]!));
        Assert.Equal((0.0, 500.0), ((double)after["snapshot"]!["roi"]!["gain"]!, (double)now["roi"]!["gain"]!));
        // Closed after that day, so on that day it was running.
        Assert.Equal("running", (string)now["status"]!);
    }

    [Fact]
    public async Task Then_and_now_differ_by_facts_and_not_by_the_day_on_which_it_is_asked()
    {
        // A Sunday: the week that it ends is not over before the day is.
        await using var app = await KpiApp.Start("2026-02-01");
        var client = await Launched(app);
        var made = await Review(client, "2026-02-01");
        app.Time.Advance(TimeSpan.FromDays(1));
        var seen = await client.Get($"{Reviews}/{made["id"]}");
        Assert.NotEqual(
            (string?)seen["snapshot"]!["kpis"]![0]!["weeks"]!.AsArray()[^1]!["status"], (string?)(await client.Get("/v1/projects/site/steering?asOf=2026-02-01"))["kpis"]![0]!["weeks"]!.AsArray()[^1]!["status"]);
        Assert.Equal(seen["snapshot"]!.ToJsonString(), seen["now"]!.ToJsonString());
        await client.Post("/v1/measurements", Fact(new DateOnly(2026, 2, 1), 9));
        Assert.NotEqual(seen["now"]!.ToJsonString(), (await client.Get($"{Reviews}/{made["id"]}"))["now"]!.ToJsonString());
    }

    [Fact]
    public async Task Reviews_as_of_a_day_are_those_up_to_it()
    {
        await using var app = await KpiApp.Start();
        var client = await Launched(app);
        var first = await Review(client, "2026-01-18", "adjust", "weekly", new { text = "Call back" });
        var second = await Review(client, "2026-01-25");
        await client.Patch($"{Reviews}/{first["id"]}/actions/1", new { doneOn = "2026-01-22" });
        var then = (await client.Get($"{Reviews}?asOf=2026-01-20"))["items"]!.AsArray();
        Assert.Equal(("2026-01-18", null), ((string)Assert.Single(then)!["reviewedOn"]!, (string?)then[0]!["actions"]![0]!["doneOn"]));
        Assert.Equal("2026-01-22", (string?)(await client.Get($"{Reviews}/{first["id"]}?asOf=2026-01-25"))["actions"]![0]!["doneOn"]);
        await Problems.Of(await client.Http.GetAsync($"{Reviews}/{second["id"]}?asOf=2026-01-20"), 404, "not-found");
    }

    [Fact]
    public async Task A_closed_project_is_read_and_may_have_its_last_review()
    {
        await using var app = await KpiApp.Start();
        var client = await Launched(app);
        await Review(client, "2026-01-25");
        await client.Post("/v1/projects/site/close", new { closedOn = "2026-01-28" });
        var last = await Review(client, "2026-02-02", "stop", "monthly");
        Assert.Equal("closed", (string)last["snapshot"]!["status"]!);
        Assert.Equal(["2026-01-25", "2026-02-02"], (await client.Get(Reviews))["items"]!.AsArray().Select(review => (string)review!["reviewedOn"]!));
        Assert.Equal("2026-02-02", (string)(await client.Get($"{Reviews}/{last["id"]}"))["reviewedOn"]!);
    }

    [Fact]
    public async Task Only_the_day_on_which_an_action_was_done_changes()
    {
        await using var app = await KpiApp.Start();
        var client = await Launched(app);
        var made = await Review(client, "2026-01-25", "adjust", "weekly", new { text = "Call back", owner = "Nadia", dueOn = "2026-01-30" }, new { text = "Wait" });
        Assert.Equal([true, false], made["actions"]!.AsArray().Select(action => (bool)action!["overdue"]!));
        var address = $"{Reviews}/{made["id"]}";
        var portfolio = (await client.Get("/v1/portfolio"))["items"]![0]!;
        Assert.Equal((2, 1), ((int)portfolio["openActions"]!, (int)portfolio["overdueActions"]!));

        var done = await client.Patch($"{address}/actions/1", new { doneOn = "2026-02-02" });
        Assert.Equal(("2026-02-02", false), ((string)done["actions"]![0]!["doneOn"]!, (bool)done["actions"]![0]!["overdue"]!));
        Assert.Equal(done.ToJsonString(), (await client.Get(address)).ToJsonString());
        portfolio = (await client.Get("/v1/portfolio"))["items"]![0]!;
        Assert.Equal((1, 0), ((int)portfolio["openActions"]!, (int)portfolio["overdueActions"]!));

        // All else is as it was posted.
        var rest = done.DeepClone();
        foreach (var (name, value) in made.AsObject().Where(member => member.Key is not ("actions" or "now")))
        {
            Assert.Equal(value?.ToJsonString(), rest[name]?.ToJsonString());
        }

        var open = await client.Patch($"{address}/actions/1", """{"doneOn":null}""");
        Assert.Null(open["actions"]![0]!["doneOn"]);
        Assert.Equal(open.ToJsonString(), (await client.Patch($"{address}/actions/1", "{}")).ToJsonString());
    }

    [Fact]
    public async Task An_action_is_changed_only_on_the_review_that_was_seen()
    {
        await using var app = await KpiApp.Start();
        var client = await Launched(app);
        var made = await Review(client, "2026-01-25", "adjust", "weekly", new { text = "Call back" });
        var address = $"{Reviews}/{made["id"]}";
        var seen = (await client.Http.GetAsync(address)).Headers.ETag!.ToString();
        Assert.DoesNotContain("W/", seen, StringComparison.Ordinal);
        using var fresh = new HttpRequestMessage(HttpMethod.Patch, $"{address}/actions/1") { Content = Json("""{"doneOn":"2026-02-01"}"""), Headers = { { "If-Match", seen } } };
        Assert.Equal(HttpStatusCode.OK, (await client.Http.SendAsync(fresh)).StatusCode);
        using var stale = new HttpRequestMessage(HttpMethod.Patch, $"{address}/actions/1") { Content = Json("""{"doneOn":"2026-02-02"}"""), Headers = { { "If-Match", seen } } };
        await Problems.Of(await client.Http.SendAsync(stale), 412, "stale");
        Assert.Equal("2026-02-01", (string)(await client.Get(address))["actions"]![0]!["doneOn"]!);

        static StringContent Json(string body) => new(body, System.Text.Encoding.UTF8, "application/json");
    }

    [Fact]
    public async Task There_is_one_review_of_a_kind_on_a_day_and_a_key_has_one_effect()
    {
        await using var app = await KpiApp.Start();
        var client = await Launched(app);
        var body = new { reviewedOn = "2026-01-25", kind = "weekly", decision = "adjust", actions = new[] { new { text = "Call back" } } };
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.Post(Reviews, body, HttpStatusCode.Created, "once")));
        Assert.Single(answers.Select(answer => answer.ToJsonString()).Distinct());
        await client.Patch($"{Reviews}/{answers[0]["id"]}/actions/1", new { doneOn = "2026-01-26" });
        // Later too the key gives the first answer, and not what became of the review.
        Assert.Equal(answers[0].ToJsonString(), (await client.Post(Reviews, body, HttpStatusCode.Created, "once")).ToJsonString());

        await Problems.Of(await client.Send(HttpMethod.Post, Reviews, body), 409, "already-exists");
        await Review(client, "2026-01-25", "continue", "monthly");
        await Review(client, "2026-01-26", "continue");
        Assert.Equal(3, (await client.Get(Reviews))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Reviews_come_in_the_order_of_their_days_page_by_page()
    {
        await using var app = await KpiApp.Start();
        var client = await Launched(app);
        foreach (var day in new[] { "2026-01-25", "2026-01-04", "2026-02-01", "2025-12-20" })
        {
            await Review(client, day, "continue");
        }

        await Review(client, "2026-01-04", "continue", "monthly");
        var days = new List<string>();
        string? cursor = null;
        do
        {
            var page = await client.Get($"{Reviews}?limit=2{(cursor is null ? "" : "&cursor=" + cursor)}");
            days.AddRange(page["items"]!.AsArray().Select(review => $"{review!["reviewedOn"]} {review["kind"]}"));
            cursor = (string?)page["nextCursor"];
        }
        while (cursor is not null);
        Assert.Equal(["2025-12-20 weekly", "2026-01-04 weekly", "2026-01-04 monthly", "2026-01-25 weekly", "2026-02-01 weekly"], days);
        Assert.Equal(3, (await client.Get($"{Reviews}?from=2026-01-04&to=2026-01-25"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task An_adjustment_that_worked_says_so()
    {
        await using var app = await KpiApp.Start("2026-01-19");
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "rate", "ratio", "increase", 0.5);
        await BadWorld.Project(client, "site", "2025-12-20", "rate");
        await client.Post("/v1/measurements", Enumerable.Range(0, 60).Select(day => Fact(new DateOnly(2025, 11, 20).AddDays(day), 4 + (day % 2 * 0.1))));
        await client.Post("/v1/projects/site/launch", null);
        await Review(client, "2026-01-19");
        Assert.Equal("pending", (string)(await client.Get(Reviews))["items"]![0]!["effects"]![0]!["effect"]!);

        app.Time.Advance(TimeSpan.FromDays(21));
        await client.Post("/v1/measurements", Enumerable.Range(0, 21).Select(day => Fact(new DateOnly(2026, 1, 19).AddDays(day), 6)));
        var effect = Assert.Single((await client.Get(Reviews))["items"]![0]!["effects"]!.AsArray())!;
        Assert.Equal(("rate", "2026-W03", "2026-W06", "better"), ((string)effect["kpi"]!, (string)effect["weekBefore"]!, (string)effect["weekSince"]!, (string)effect["effect"]!));
        Assert.Equal((double)effect["driftSince"]! - (double)effect["driftBefore"]!, (double)effect["driftChange"]!, 1e-12);
        var weeks = (await client.Get("/v1/projects/site/steering"))["kpis"]![0]!["weeks"]!.AsArray();
        Assert.Equal((double)weeks.Single(week => (string)week!["week"]! == "2026-W03")!["drift"]!, (double)effect["driftBefore"]!, 1e-12);
        Assert.Equal((double)weeks.Single(week => (string)week!["week"]! == "2026-W06")!["drift"]!, (double)effect["driftSince"]!, 1e-12);
        // A decision to go on has nothing to answer for.
        await Review(client, "2026-02-02", "continue");
        Assert.Empty((await client.Get(Reviews))["items"]![1]!["effects"]!.AsArray());
    }

    [Fact]
    public async Task A_reader_reads_reviews_and_a_writer_does_not()
    {
        await using var app = await KpiApp.Start();
        var client = await Launched(app);
        var made = await Review(client, "2026-01-25", "adjust", "weekly", new { text = "Call back" });
        var reader = await app.Client(client.OrganisationId, Role.Reader);
        await reader.Get($"{Reviews}/{made["id"]}");
        await Problems.Of(await reader.Send(HttpMethod.Patch, $"{Reviews}/{made["id"]}/actions/1", new { doneOn = "2026-02-01" }), 403, "forbidden");
        await Problems.Of(await (await app.Client(client.OrganisationId, Role.Writer)).Http.GetAsync(Reviews), 403, "forbidden");
    }
}
