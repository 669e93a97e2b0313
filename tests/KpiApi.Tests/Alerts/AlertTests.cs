using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using KpiApi.Access;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Alerts;

/// <summary>Alerts over HTTP, and over days on which facts come late, are corrected and deleted: none early, none twice.</summary>
public sealed class AlertTests
{
    private static readonly DateOnly Start = new(2025, 12, 1);

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static async Task<KpiClient> Launched(KpiApp app)
    {
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "rate", "ratio", "increase", 0.5);
        foreach (var project in new[] { "site", "web" })
        {
            await BadWorld.Project(client, project, Text(Start), "rate");
            await client.Post("/v1/measurements", Enumerable.Range(0, 80).Select(day => new { project, kpi = "rate", date = Text(Start.AddDays(day - 30)), numerator = 4, denominator = 10, source = "crm" }));
            await client.Post($"/v1/projects/{project}/launch", null);
        }

        await client.Post("/v1/projects/site/reviews", new { reviewedOn = "2025-12-20", kind = "weekly", decision = "adjust", actions = new[] { new { text = "Call back", dueOn = "2026-01-05" } } });
        return client;
    }

    private static async Task<List<JsonNode>> Alerts(KpiClient client, string query = "limit=1000") => (await client.Get("/v1/alerts?" + query))["items"]!.AsArray().Select(alert => alert!).ToList();

    [Fact]
    public async Task Each_kind_says_what_it_is_about()
    {
        await using var app = await KpiApp.Start("2026-02-02");
        var client = await Launched(app);
        var alerts = (await Alerts(client, "project=site")).ToLookup(alert => (string)alert["kind"]!);
        var behind = Assert.Single(alerts["status-behind"]);
        var steering = (await client.Get("/v1/projects/site/steering"))["kpis"]![0]!["weeks"]!.AsArray();
        var first = steering.First(week => (string)week!["status"]! == "behind")!;
        Assert.Equal(((string)first["week"]!, (double)first["drift"]!, "rate"), ((string)behind["week"]!, (double)behind["drift"]!, (string)behind["kpi"]!));
        Assert.Equal(["2026-01-04", "2025-12-16"], alerts["review-overdue"].Select(alert => (string)alert["date"]!));
        Assert.Equal(("2026-01-06", "Call back"), ((string)Assert.Single(alerts["action-overdue"])["date"]!, (string)alerts["action-overdue"].Single()["action"]!));
        // The last fact is of 19 January, and facts came daily.
        Assert.Equal(("2026-01-21", "crm", 1.0), ((string)Assert.Single(alerts["source-silent"])["date"]!, (string)alerts["source-silent"].Single()["source"]!, (double)alerts["source-silent"].Single()["usualIntervalDays"]!));
        Assert.Empty(alerts["outcome-decided"]);
        Assert.All(alerts.SelectMany(kind => kind), alert => Assert.Equal("site", (string)alert["project"]!));

        app.Time.Advance(TimeSpan.FromDays(28));
        Assert.Equal(("2026-02-28", "not_measurable"), ((string)Assert.Single(await Alerts(client, "project=site&kind=outcome-decided"))["date"]!, (string)(await Alerts(client, "project=site&kind=outcome-decided"))[0]["outcome"]!));
    }

    [Fact]
    public async Task A_source_that_speaks_again_is_silent_no_more()
    {
        await using var app = await KpiApp.Start("2026-02-02");
        var client = await Launched(app);
        var silent = Assert.Single(await Alerts(client, "project=site&kind=source-silent"));
        Assert.Empty(await Alerts(client, "project=site&kind=source-silent&asOf=2026-01-20"));
        Assert.Equal((long)silent["id"]!, (long)Assert.Single(await Alerts(client, "project=site&kind=source-silent&asOf=2026-01-21"))["id"]!);
        await client.Post("/v1/measurements", new { project = "site", kpi = "rate", date = "2026-02-02", numerator = 4, denominator = 10, source = "crm" });
        Assert.Empty(await Alerts(client, "project=site&kind=source-silent"));
        // Deleted, it never spoke; moved to an earlier day, it spoke then.
        var fact = (await client.Get("/v1/measurements?project=site&from=2026-02-02"))["items"]![0]!;
        await client.Delete($"/v1/measurements/{fact["id"]}");
        Assert.Equal(silent.ToJsonString(), Assert.Single(await Alerts(client, "project=site&kind=source-silent")).ToJsonString());
        await client.Post("/v1/measurements", new { project = "site", kpi = "rate", date = "2026-01-25", numerator = 4, denominator = 10, source = "crm", externalId = "2026-01-19" });
        Assert.NotEqual((long)silent["id"]!, (long)Assert.Single(await Alerts(client, "project=site&kind=source-silent"))["id"]!);
    }

    [Fact]
    public async Task Alerts_are_filtered_and_come_newest_first_page_by_page()
    {
        await using var app = await KpiApp.Start("2026-02-02");
        var client = await Launched(app);
        var all = await Alerts(client);
        Assert.Equal(all.Select(alert => (string)alert["date"]!).OrderDescending(StringComparer.Ordinal), all.Select(alert => (string)alert["date"]!));
        var paged = new List<long>();
        string? cursor = null;
        do
        {
            var page = await client.Get($"/v1/alerts?limit=2{(cursor is null ? "" : "&cursor=" + cursor)}");
            paged.AddRange(page["items"]!.AsArray().Select(alert => (long)alert!["id"]!));
            cursor = (string?)page["nextCursor"];
        }
        while (cursor is not null);
        Assert.Equal(all.Select(alert => (long)alert["id"]!), paged);
        Assert.Equal(paged.Count, paged.Distinct().Count());

        IEnumerable<string> Where(Func<JsonNode, bool> chosen) => all.Where(chosen).Select(alert => alert.ToJsonString());
        foreach (var (query, chosen) in new (string, Func<JsonNode, bool>)[]
        {
            ("project=web", alert => (string)alert["project"]! == "web"), ("kpi=rate", alert => (string?)alert["kpi"] == "rate"), ("kind=review-overdue", alert => (string)alert["kind"]! == "review-overdue"),
            ("from=2026-01-01&to=2026-01-10", alert => (string)alert["date"]! is var date && string.CompareOrdinal(date, "2026-01-01") >= 0 && string.CompareOrdinal(date, "2026-01-10") <= 0),
            ("acknowledged=true", _ => false), ("acknowledged=false", _ => true), ("project=absent", _ => false),
        })
        {
            Assert.Equal(Where(chosen), (await Alerts(client, query + "&limit=1000")).Select(alert => alert.ToJsonString()));
        }

        // The feed has the same alerts.
        var feed = (await client.Get("/v1/feeds/alerts")).AsArray();
        Assert.Equal(paged.Order(), feed.Select(row => (long)row!["AlertId"]!));
        foreach (var query in new[] { "kind=other", "acknowledged=yes", "from=June", "limit=0", "cursor=x" })
        {
            await Problems.Of(await client.Http.GetAsync("/v1/alerts?" + query), 400, "malformed-request");
        }
    }

    [Fact]
    public async Task A_manager_acknowledges_once_and_for_ever()
    {
        await using var app = await KpiApp.Start("2026-02-02");
        var client = await Launched(app);
        var alerts = await Alerts(client);
        Assert.Equal(4, alerts.Select(alert => (string)alert["kind"]!).Distinct().Count());
        foreach (var kind in alerts.GroupBy(alert => (string)alert["kind"]!))
        {
            var alert = kind.First();
            var known = await client.Post($"/v1/alerts/{alert["id"]}/acknowledge", null, HttpStatusCode.OK);
            Assert.True((bool)known["acknowledged"]!);
            Assert.NotNull(known["acknowledgedBy"]);
            app.Time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(known.ToJsonString(), (await client.Post($"/v1/alerts/{alert["id"]}/acknowledge", null)).ToJsonString());
            Assert.Equal(known.ToJsonString(), (await Alerts(client, "acknowledged=true")).Single(item => (long)item["id"]! == (long)alert["id"]!).ToJsonString());
        }

        // A correction that moves the turn gives another alert; taken back, the old one is known.
        var behind = Assert.Single(await Alerts(client, "project=web&kind=status-behind"));
        await client.Post($"/v1/alerts/{behind["id"]}/acknowledge", null);
        var days = Enumerable.Range(0, 7).Select(day => DateOnly.ParseExact((string)behind["date"]!, "yyyy-MM-dd", CultureInfo.InvariantCulture).AddDays(-day));
        await client.Post("/v1/measurements", days.Select(day => new { project = "web", kpi = "rate", date = Text(day), numerator = 9, denominator = 10, source = "crm" }));
        var moved = Assert.Single(await Alerts(client, "project=web&kind=status-behind"));
        Assert.NotEqual((long)behind["id"]!, (long)moved["id"]!);
        Assert.False((bool)moved["acknowledged"]!);
        await Problems.Of(await client.Send(HttpMethod.Post, $"/v1/alerts/{behind["id"]}/acknowledge", null), 404, "not-found");
        await client.Post("/v1/measurements", days.Select(day => new { project = "web", kpi = "rate", date = Text(day), numerator = 4, denominator = 10, source = "crm" }));
        Assert.True((bool)Assert.Single(await Alerts(client, "project=web&kind=status-behind"))["acknowledged"]!);

        var reader = await app.Client(client.OrganisationId, Role.Reader);
        Assert.NotEmpty(await Alerts(reader));
        await Problems.Of(await reader.Send(HttpMethod.Post, $"/v1/alerts/{alerts[0]["id"]}/acknowledge", null), 403, "forbidden");
        await Problems.Of(await (await app.Client(client.OrganisationId, Role.Writer)).Http.GetAsync("/v1/alerts"), 403, "forbidden");
        var stranger = await app.Organisation("stranger");
        await Problems.Of(await stranger.Send(HttpMethod.Post, $"/v1/alerts/{alerts[0]["id"]}/acknowledge", null), 404, "not-found");
        foreach (var id in new[] { "0", "1", "x", "9223372036854775807", "99999999999999999999" })
        {
            await Problems.Of(await client.Send(HttpMethod.Post, $"/v1/alerts/{id}/acknowledge", null), 404, "not-found");
        }
    }

    /// <summary>KPI_LONG_ALERTS sets the number of worlds.</summary>
    [Fact]
    public async Task Day_by_day_none_comes_early_and_none_twice()
    {
        var worlds = int.TryParse(Environment.GetEnvironmentVariable("KPI_LONG_ALERTS"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 1;
        for (var seed = 1; seed <= worlds; seed++)
        {
            await Live(seed);
        }
    }

    private static async Task Live(int seed)
    {
        var random = new Random(seed);
        await using var app = await KpiApp.Start(Text(Start));
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "rate", "ratio", "increase", 0.3);
        await BadWorld.Kpi(client, "calls", "ratio", "decrease", -0.3);
        // Source by source the days between two facts; a lag; grace days.
        var streams = new List<Stream>();
        for (var project = 0; project < 4; project++)
        {
            var code = "p" + project;
            await client.Post("/v1/projects", new { code, name = code, activity = "shop", startsOn = Text(Start), currency = "EUR", baselineDays = 14, horizonDays = 49, reviewCadenceDays = random.Next(5, 20) });
            foreach (var kpi in new[] { "rate", "calls" })
            {
                var (grace, lag) = (random.Next(0, 20), random.Next(0, 3) * 2);
                await client.Post($"/v1/projects/{code}/kpis", new { kpi, purpose = "because", graceDays = grace, lagDays = lag });
                streams.AddRange(Enumerable.Range(0, random.Next(1, 3)).Select(source => new Stream(code, kpi, "s" + source, random.Next(1, 5), grace, lag)));
            }
        }

        await client.Post("/v1/measurements", streams.SelectMany(stream => Enumerable.Range(-20, 20).Where(day => stream.SpeaksOn(day)).Select(day => stream.Fact(day, random))));
        for (var project = 0; project < 4; project++)
        {
            await client.Post($"/v1/projects/p{project}/launch", new { allowImmatureBaseline = true });
        }

        var subjects = new Dictionary<long, string>();
        for (var day = 1; day <= 60; day++)
        {
            app.Time.Advance(TimeSpan.FromDays(1));
            var facts = streams.Where(stream => stream.SpeaksOn(day)).Select(stream => stream.Fact(day, random)).ToList();
            // Now and then a fact of the last week is corrected, or one that was missing comes late.
            facts.AddRange(streams.Where(_ => random.Next(12) == 0).Select(stream => stream.Fact(Math.Max(0, day - random.Next(1, 8)), random)));
            if (facts.Count > 0)
            {
                await client.Post("/v1/measurements", facts.DistinctBy(fact => (fact.Project, fact.Kpi, fact.Source, fact.Date)));
            }

            foreach (var stream in streams.Where(_ => random.Next(40) == 0))
            {
                stream.Turn(random);
            }

            if (random.Next(6) == 0)
            {
                var reviewedOn = Start.AddDays(day);
                await client.Post($"/v1/projects/p{random.Next(4)}/reviews", new { reviewedOn = Text(reviewedOn), kind = "weekly", decision = "continue", actions = new[] { new { text = "Do", dueOn = Text(reviewedOn.AddDays(random.Next(1, 9))) } } });
            }

            if (random.Next(15) == 0 && (await client.Get("/v1/measurements?limit=1000&from=" + Text(Start.AddDays(day - 5))))["items"]!.AsArray() is { Count: > 0 } recent)
            {
                var deleted = recent[random.Next(recent.Count)]!;
                await client.Delete($"/v1/measurements/{deleted["id"]}");
                streams.Single(stream => stream.Project == (string)deleted["project"]! && stream.Kpi == (string)deleted["kpi"]! && stream.Source == (string)deleted["source"]!).Forget((string)deleted["date"]!);
            }

            var today = Text(Start.AddDays(day));
            var alerts = await Alerts(client);
            Assert.Equal(alerts.Count, alerts.Select(alert => (long)alert["id"]!).Distinct().Count());
            foreach (var alert in alerts)
            {
                Assert.True(string.CompareOrdinal((string)alert["date"]!, today) <= 0, $"{today}: {alert.ToJsonString()} comes early");
                // An id never tells another thing; that no two ids tell the same is seen below.
                var subject = $"{alert["kind"]} {alert["project"]} {alert["kpi"]} {alert["week"]} {alert["source"]} {((string)alert["kind"]! is "review-overdue" or "action-overdue" ? alert["date"] : null)}";
                Assert.Equal(subject, subjects.GetValueOrDefault((long)alert["id"]!, subject));
                subjects[(long)alert["id"]!] = subject;
            }

            Assert.Equal(Silent(streams, day).Order(StringComparer.Ordinal), alerts.Where(alert => (string)alert["kind"]! == "source-silent").Select(alert => $"{alert["project"]} {alert["kpi"]} {alert["source"]} {alert["date"]}").Order(StringComparer.Ordinal));
            if (day % 7 == 0)
            {
                Assert.Equal(await Turns(client), alerts.Where(alert => (string)alert["kind"]! == "status-behind").Select(alert => $"{alert["project"]} {alert["kpi"]} {alert["week"]}").Order(StringComparer.Ordinal));
            }
        }

        Assert.True(subjects.Values.Select(subject => subject.Split(' ')[0]).Distinct().Count() == 5, "a kind of alert never came");
        // Of one week, one review and one action there is one alert, whatever was corrected in the meantime.
        Assert.Equal(subjects.Where(pair => !pair.Value.StartsWith("source-silent", StringComparison.Ordinal) && !pair.Value.StartsWith("action", StringComparison.Ordinal)).Count(), subjects.Values.Where(subject => !subject.StartsWith("source-silent", StringComparison.Ordinal) && !subject.StartsWith("action", StringComparison.Ordinal)).Distinct().Count());
    }

    /// <summary>The weeks whose status is behind while that of the week before is not, by the weeks that steering shows.</summary>
    private static async Task<IReadOnlyList<string>> Turns(KpiClient client)
    {
        var turns = new List<string>();
        for (var project = 0; project < 4; project++)
        {
            foreach (var kpi in (await client.Get($"/v1/projects/p{project}/steering"))["kpis"]!.AsArray())
            {
                var weeks = kpi!["weeks"]!.AsArray();
                turns.AddRange(weeks.Where((week, index) => (string)week!["status"]! == "behind" && (index == 0 || (string)weeks[index - 1]!["status"]! != "behind")).Select(week => $"p{project} {kpi["kpi"]} {week!["week"]}"));
            }
        }

        return turns.Order(StringComparer.Ordinal).ToList();
    }

    /// <summary>The sources that are silent at the end of the day before, counted from what was posted.</summary>
    private static IEnumerable<string> Silent(IReadOnlyList<Stream> streams, int today)
    {
        foreach (var stream in streams)
        {
            var last = stream.Days.Where(day => day <= today).DefaultIfEmpty(-100).Max();
            var usual = stream.Days.Where(day => day <= last && day > last - 90).ToList();
            if (last < 0 || usual.Count < 4)
            {
                continue;
            }

            var twice = (int)Math.Ceiling(2m * (last - usual.Min()) / (usual.Count - 1));
            var silent = Math.Max(last + twice + stream.Lag, stream.Grace - 1);
            if (last + twice <= 48 && silent <= today - 1)
            {
                yield return $"{stream.Project} {stream.Kpi} {stream.Source} {Text(Start.AddDays(silent))}";
            }
        }
    }

    private sealed record Fact(string Project, string Kpi, string Source, string Date, int Numerator, int Denominator);

    private sealed class Stream(string project, string kpi, string source, int interval, int grace, int lag)
    {
        private bool _speaks = true;
        private int _level = 40;

        public string Project => project;

        public string Kpi => kpi;

        public string Source => source;

        public int Grace => grace;

        public int Lag => lag;

        public SortedSet<int> Days { get; } = [];

        public bool SpeaksOn(int day) => day < 0 || (_speaks && day % interval == 0);

        // A source stops or starts again, and things get better or worse.
        public void Turn(Random random)
        {
            _speaks = !_speaks || random.Next(3) > 0;
            _level = random.Next(20, 70);
        }

        public Fact Fact(int day, Random random)
        {
            Days.Add(day);
            return new Fact(project, kpi, source, Text(Start.AddDays(day)), _level + random.Next(-5, 6), 100);
        }

        public void Forget(string date) => Days.Remove(DateOnly.ParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture).DayNumber - Start.DayNumber);
    }
}
