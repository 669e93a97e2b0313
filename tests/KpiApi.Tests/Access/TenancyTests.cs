using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KpiApi.Feeds;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Access;

/// <summary>
/// Two organisations with the same codes and different data. Whatever B asks, it sees nothing of A, changes nothing of A,
/// and cannot even tell what A has from what nobody has.
/// </summary>
public partial class TenancyTests
{
    // One line per way in which an endpoint can be told a code or an id: {x} in the path is 404 when it is not the caller's own,
    // <x> in a body 422, [x] in a query finds nothing. An endpoint without a line fails the test.
    private const string Table = """
        GET    /v1/activities
        POST   /v1/activities                               {"code":"a-other","name":"Of B"}
        GET    /v1/activities/{activity}
        PATCH  /v1/activities/{activity}                    {"name":"Stolen"}
        GET    /v1/activities/{activity}/north-star
        GET    /v1/activities/{activity}/north-star/tree
        GET    /v1/north-stars
        PUT    /v1/activities/{activity}/north-star         {"kpi":"<kpi>","purpose":"Stolen"}
        DELETE /v1/activities/{activity}/north-star
        DELETE /v1/activities/{activity}
        GET    /v1/alerts
        GET    /v1/alerts?project=[project]
        GET    /v1/alerts?kpi=[kpi]
        POST   /v1/alerts/{alert}/acknowledge
        GET    /v1/api-keys
        POST   /v1/api-keys                                 {"name":"of B","role":"reader"}
        GET    /v1/api-keys/{key}
        DELETE /v1/api-keys/{key}
        GET    /v1/catalog/kpis
        GET    /v1/limits
        GET    /v1/catalog/templates
        GET    /v1/feeds
        GET    /v1/feeds/{feed}
        GET    /v1/kpis
        POST   /v1/kpis                                     {"code":"a-other","name":{"en":"Of B"},"domain":"d","unit":"count","direction":"increase","aggregation":"ratio","threshold":{"kind":"relative","value":0.1}}
        GET    /v1/kpis/{kpi}
        PATCH  /v1/kpis/{kpi}                               {"domain":"Stolen"}
        DELETE /v1/kpis/{kpi}
        POST   /v1/looker/config                            {"languageCode":"fr"}
        POST   /v1/looker/data                              {"configParams":{"feed":"measurements"},"fields":[{"name":"KpiCode"},{"name":"Source"},{"name":"RowCount"}]}
        POST   /v1/looker/schema                            {"configParams":{"feed":"ledger"}}
        GET    /v1/organisation
        PATCH  /v1/organisation                             {"name":"Of B"}
        GET    /v1/portfolio
        GET    /v1/projects
        GET    /v1/projects?activity=[activity]
        GET    /v1/projects?q=[project]
        POST   /v1/projects                                 {"code":"a-other","name":"Of B","activity":"<activity>","startsOn":"2026-01-20","currency":"EUR"}
        GET    /v1/projects/{project}
        PATCH  /v1/projects/{project}                       {"name":"Stolen"}
        PATCH  /v1/projects/draft                           {"activity":"<activity>"}
        DELETE /v1/projects/{project}
        POST   /v1/projects/{project}/launch                {"allowMissingBaseline":true,"allowImmatureBaseline":true}
        POST   /v1/projects/{project}/close                 {"closedOn":"2026-02-01"}
        GET    /v1/projects/{project}/baseline
        GET    /v1/projects/{project}/kpis
        POST   /v1/projects/{project}/kpis                  {"kpi":"cost-per-lead","purpose":"Stolen"}
        POST   /v1/projects/draft/kpis                      {"kpi":"<kpi>","purpose":"p"}
        GET    /v1/projects/{project}/kpis/{kpi}
        PATCH  /v1/projects/{project}/kpis/{kpi}            {"purpose":"Stolen"}
        DELETE /v1/projects/{project}/kpis/{kpi}
        GET    /v1/projects/{project}/kpis/{kpi}/series
        GET    /v1/projects/{project}/roi
        GET    /v1/projects/{project}/pack
        GET    /v1/projects/{project}/reviews
        POST   /v1/projects/{project}/reviews               {"reviewedOn":"2026-02-01","kind":"weekly","decision":"stop"}
        GET    /v1/projects/{project}/reviews/{review}
        PATCH  /v1/projects/{project}/reviews/{review}/actions/{action} {"doneOn":"2026-02-02"}
        GET    /v1/projects/{project}/steering
        GET    /v1/projects/{project}/ledger
        POST   /v1/projects/{project}/ledger                {"kind":"gain","category":"Stolen","amount":1,"date":"2026-01-15","externalId":"stolen"}
        GET    /v1/projects/{project}/ledger/{entry}
        DELETE /v1/projects/{project}/ledger/{entry}
        GET    /v1/measurements
        GET    /v1/measurements?project=[project]
        GET    /v1/measurements?activity=[activity]
        GET    /v1/measurements?kpi=[kpi]
        GET    /v1/measurements?project=[project]&source=api&externalId=own
        POST   /v1/measurements                             {"project":"<project>","kpi":"<kpi>","date":"2026-01-15","numerator":1,"denominator":1}
        POST   /v1/measurements                             {"activity":"<activity>","kpi":"rate","date":"2026-01-15","numerator":1,"denominator":1}
        POST   /v1/measurements                             [{"project":"site","kpi":"rate","date":"2026-01-15","numerator":1,"denominator":1},{"project":"<project>","kpi":"rate","date":"2026-01-16","numerator":1,"denominator":1}]
        POST   /v1/measurements/bulk?mode=atomic            {"project":"<project>","kpi":"<kpi>","date":"2026-01-15","numerator":1,"denominator":1}
        POST   /v1/measurements/bulk?mode=atomic            {"activity":"<activity>","kpi":"rate","date":"2026-01-15","numerator":1,"denominator":1}
        POST   /v1/projects/{project}/ledger/bulk           {"kind":"gain","category":"Stolen","amount":1,"date":"2026-01-15","externalId":"stolen"}
        GET    /v1/import-profiles
        GET    /v1/import-profiles/{profile}
        PUT    /v1/import-profiles/own                      {"target":"measurements","rows":[{"kpi":{"constant":"Of B"}}]}
        DELETE /v1/import-profiles/{profile}
        GET    /v1/receipts
        GET    /v1/receipts/{receipt}
        GET    /v1/measurements/{fact}
        DELETE /v1/measurements/{fact}
        GET    /v1/measurements/{fact}/history
        GET    /
        GET    /health/live
        GET    /health/ready
        GET    /connect
        GET    /connect/KpiApi.mez
        GET    /connect/excel.odc
        GET    /connect/page.css
        GET    /connect/page.js
        GET    /connect/power-bi.pbids
        GET    /connect/power-bi.zip
        GET    /odata/v1/{**path}
        """;

    private static readonly IReadOnlyList<Row> Rows = Table.Split('\n').Select(Row.Parse).ToList();

    // Foreign and absent codes have one length, so that an answer that echoes them has one too.
    private static readonly Dictionary<string, (string Own, string Foreign, string Absent)> Codes = new()
    {
        ["project"] = ("site", "a-only-site", "x-none-site"),
        ["activity"] = ("shop", "a-only-shop", "x-none-shop"),
        ["kpi"] = ("rate", "a-only-rate", "x-none-rate"),
        ["profile"] = ("own-crm", "a-only-crm", "x-none-crm"),
        ["action"] = ("1", "7", "9"),
        ["feed"] = ("projects", "x-none-feed", "x-none-list"),
    };

    private static readonly string[] Canaries = ["CANARY", "a-only-", "424242", "7654.321"];

    [Fact]
    public async Task Every_endpoint_has_a_line_in_the_table()
    {
        await using var app = await KpiApp.Start();
        var routed = RoutedEndpoint.All(app).Select(endpoint => Shape().Replace(endpoint.Name, "{}")).ToHashSet();
        var listed = Rows.Select(row => Shape().Replace($"{row.Method} {row.Path.Split('?')[0].Replace("/projects/draft", "/projects/{project}", StringComparison.Ordinal).Replace("/import-profiles/own", "/import-profiles/{profile}", StringComparison.Ordinal)}", "{}")).ToHashSet();
        Assert.Empty(routed.Except(listed));
        Assert.Empty(listed.Except(routed));
    }

    [Fact]
    public async Task What_belongs_to_another_organisation_is_as_absent_as_what_nobody_has()
    {
        await using var world = await World.Create();
        var before = await Tables.Dump(world.App);
        var faults = new List<string>();
        foreach (var row in Rows)
        {
            foreach (var attack in Attacks(row))
            {
                var foreign = await world.AsB(row, name => attack.Contains(name) ? world.Foreign(name) : world.Own(name));
                var absent = await world.AsB(row, name => attack.Contains(name) ? world.Absent(name) : world.Own(name));
                var expected = attack.Any(name => name[0] == '{') ? 404 : attack.Any(name => name[0] == '<') ? 422 : 200;
                if (foreign.Status != expected || foreign != absent)
                {
                    faults.Add($"{row.Method} {row.Path} {row.Body} with {string.Join(' ', attack)}: expected {expected}\n  foreign {foreign}\n  absent  {absent}");
                }
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Tables.AssertSame(before, await Tables.Dump(world.App), "a request with a foreign or absent code stored something");
    }

    [Fact]
    public async Task Foreign_rows_in_a_partial_request_are_refused_like_absent_ones()
    {
        await using var world = await World.Create();
        var before = await Tables.Dump(world.App, world.A.OrganisationId);
        object Fact(string project, string kpi = "rate") => new { project, kpi, date = "2026-02-01", numerator = 1, denominator = 1 };
        var receipt = await world.B.Post("/v1/measurements?mode=partial", new[] { Fact("site"), Fact("a-only-site"), Fact("x-none-site"), Fact("site", "a-only-rate"), Fact("site", "x-none-rate") });
        Assert.Equal((5, 1, 4), ((int)receipt["received"]!, (int)receipt["inserted"]!, (int)receipt["rejected"]!));
        var errors = receipt["errors"]!.AsArray().Select(error => error!["errors"]!.ToJsonString().Replace("a-only-", "", StringComparison.Ordinal).Replace("x-none-", "", StringComparison.Ordinal)).ToList();
        Assert.Equal(errors[0], errors[1]);
        Assert.Equal(errors[2], errors[3]);
        Tables.AssertSame(before, await Tables.Dump(world.App, world.A.OrganisationId), "B changed A");
    }

    [Fact]
    public async Task Nothing_that_one_organisation_reads_contains_anything_of_another()
    {
        await using var world = await World.Create();
        var sightings = 0;
        foreach (var path in Reads(world))
        {
            var ofB = await (await world.B.Http.GetAsync(path)).Content.ReadAsStringAsync();
            Assert.All(Canaries, canary => Assert.False(ofB.Contains(canary, StringComparison.Ordinal), $"{path} shows {canary}: {ofB}"));
            sightings += await (await world.A.Http.GetAsync(path)).Content.ReadAsStringAsync() is var ofA && Canaries.Any(canary => ofA.Contains(canary, StringComparison.Ordinal)) ? 1 : 0;
        }

        // The canaries sing where they should.
        Assert.True(sightings > 20, $"only {sightings} answers to A show a canary");
    }

    [Fact]
    public async Task The_figures_of_an_organisation_are_the_same_whoever_else_is_there()
    {
        await using var world = await World.Create();
        await using var alone = await World.Create(withA: false);
        foreach (var path in new[]
        {
            "/v1/kpis", "/v1/activities", "/v1/projects", "/v1/activities/shop/north-star", "/v1/activities/shop/north-star/tree", "/v1/north-stars", "/v1/portfolio", "/v1/portfolio?asOf=2026-01-20", "/v1/projects/site/kpis", "/v1/projects/site/roi", "/v1/projects/site/baseline",
            "/v1/projects/site/steering", "/v1/projects/site/steering?asOf=2026-01-25", "/v1/projects/site/kpis/rate/series", "/v1/projects/site/kpis/rate/series?grain=week", "/v1/projects/site/kpis/rate/series?grain=month",
        })
        {
            Assert.Equal(await alone.B.GetText(path), await world.B.GetText(path));
        }
    }

    [Fact]
    public async Task Whatever_an_organisation_does_with_its_own_leaves_the_other_as_it_was()
    {
        await using var world = await World.Create();
        var before = await Tables.Dump(world.App, world.A.OrganisationId);
        var succeeded = 0;
        foreach (var row in Rows.Where(row => row.Method != "DELETE").Concat(Rows.Where(row => row.Method == "DELETE")))
        {
            var answer = await world.AsB(row, world.Own);
            Assert.True(answer.Status < 500, $"{row.Method} {row.Path}: {answer}");
            succeeded += row.Method != "GET" && answer.Status < 300 ? 1 : 0;
            Tables.AssertSame(before, await Tables.Dump(world.App, world.A.OrganisationId), $"{row.Method} {row.Path} of B changed A");
        }

        Assert.True(succeeded >= 12, $"only {succeeded} writes of B succeeded; the test would see nothing");
    }

    [Fact]
    public async Task An_Idempotency_Key_means_nothing_in_another_organisation()
    {
        await using var world = await World.Create();
        foreach (var (path, body) in new (string, object)[]
        {
            ("/v1/projects/site/ledger", new { kind = "gain", category = "c", amount = 5, date = "2026-01-15" }),
            ("/v1/measurements", new { project = "site", kpi = "rate", date = "2026-02-01", numerator = 1, denominator = 2 }),
        })
        {
            Assert.Equal(1, (int)(await world.A.Post(path, body, idempotencyKey: "shared" + path.Length))["inserted"]!);
            Assert.Equal(1, (int)(await world.B.Post(path, body, idempotencyKey: "shared" + path.Length))["inserted"]!);
        }
    }

    [Fact]
    public async Task A_cursor_of_another_organisation_shows_none_of_its_rows()
    {
        await using var world = await World.Create();
        foreach (var list in new[] { "/v1/kpis", "/v1/activities", "/v1/projects", "/v1/measurements", "/v1/projects/site/ledger", "/v1/portfolio" })
        {
            var cursor = (string?)(await world.A.Get(list + "?limit=1"))["nextCursor"];
            Assert.NotNull(cursor);
            var text = await (await world.B.Http.GetAsync($"{list}?cursor={cursor}")).Content.ReadAsStringAsync();
            Assert.All(Canaries, canary => Assert.DoesNotContain(canary, text, StringComparison.Ordinal));
        }
    }

    // Each placeholder alone, and all at once.
    private static IEnumerable<IReadOnlyList<string>> Attacks(Row row)
    {
        var names = row.Placeholders;
        return names.Select(name => (IReadOnlyList<string>)[name]).Concat(names.Count > 1 ? [names] : []);
    }

    private static IEnumerable<string> Reads(World world)
    {
        foreach (var row in Rows.Where(row => row.Method == "GET"))
        {
            yield return row.Fill(world.Own).Path;
        }

        foreach (var feed in FeedCatalogue.All.Select(feed => feed.Url))
        {
            yield return $"/v1/feeds/{feed}";
            yield return $"/v1/feeds/{feed}?format=csv";
            yield return $"/v1/feeds/{feed}?format=ndjson&asOf=2026-01-25";
        }

        foreach (var set in FeedCatalogue.All.Select(feed => feed.View))
        {
            yield return $"/odata/v1/{set}";
            yield return $"/odata/v1/{set}(1)";
            yield return $"/odata/v1/{set}/$count";
        }

        foreach (var path in new[] { "/v1/projects?q=canary", "/v1/projects?q=only", "/v1/projects?sort=name", "/v1/projects?sort=-startsOn", "/v1/portfolio?asOf=2026-01-20", "/v1/kpis?limit=1000", "/v1/measurements?from=2015-01-01&to=2049-12-31", "/v1/measurements?source=api", "/v1/measurements?kpi=rate" })
        {
            yield return path;
        }
    }

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Shape();

    private sealed partial record Row(string Method, string Path, string Body)
    {
        public IReadOnlyList<string> Placeholders => Placeholder().Matches(Path).Select(match => match.Value).Concat(BodyPlaceholder().Matches(Body).Select(match => match.Value)).ToList();

        public static Row Parse(string line)
        {
            var parts = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return new Row(parts[0], parts[1], parts.Length > 2 ? parts[2] : "");
        }

        public (string Path, string Body) Fill(Func<string, string> value) => (Placeholder().Replace(Path, match => value(match.Value)), BodyPlaceholder().Replace(Body, match => value(match.Value)));

        [GeneratedRegex(@"\{\w+\}|\[\w+\]")]
        private static partial Regex Placeholder();

        [GeneratedRegex(@"<\w+>")]
        private static partial Regex BodyPlaceholder();
    }

    private sealed record Answer(int Status, string ContentType, string Text);

    private sealed class World : IAsyncDisposable
    {
        private readonly Dictionary<string, (string Own, string Foreign, string Absent)> _values = new(Codes);

        public required KpiApp App { get; init; }

        public required KpiClient A { get; init; }

        public required KpiClient B { get; init; }

        public static async Task<World> Create(bool withA = true)
        {
            var app = await KpiApp.Start("2026-02-02");
            var a = await app.Organisation("org-a");
            var b = await app.Organisation("org-b");
            var world = new World { App = app, A = a, B = b };
            if (withA)
            {
                await Fill(a, "CANARY", 424242, 7654.321);
                await Extra(a);
                world._values["key"] = (await Key(b, "of B"), await Key(a, "CANARY key"), "x-none-key");
            }

            await Fill(b, "Plain", 3, 120);
            if (withA)
            {
                world._values["fact"] = (await Id(b, "/v1/measurements?project=site"), await Id(a, "/v1/measurements?project=site"), "999999");
                world._values["receipt"] = (await Receipt(b), await Receipt(a), "0123456789abcdef0123");
                world._values["alert"] = (await Id(b, "/v1/alerts?kind=review-overdue"), await Id(a, "/v1/alerts?kind=review-overdue"), "999999");
                world._values["review"] = (await Id(b, "/v1/projects/site/reviews"), await Id(a, "/v1/projects/site/reviews"), "999999");
                world._values["entry"] = (await Id(b, "/v1/projects/site/ledger"), await Id(a, "/v1/projects/site/ledger"), "999999");
            }

            return world;

            static async Task<string> Key(KpiClient client, string name) => (string)(await client.Post("/v1/api-keys", new { name, role = "reader" }))["id"]!;

            static async Task<string> Receipt(KpiClient client) => (string)(await client.Get("/v1/receipts"))["items"]![0]!["id"]!;

            static async Task<string> Id(KpiClient client, string list) => (await client.Get(list))["items"]![0]!["id"]!.ToJsonString();
        }

        public string Own(string name) => _values[name[1..^1]].Own;

        public string Foreign(string name) => _values[name[1..^1]].Foreign;

        public string Absent(string name) => _values[name[1..^1]].Absent;

        /// <summary>What B gets, without what may differ: the trace id and the codes that B itself sent.</summary>
        public async Task<Answer> AsB(Row row, Func<string, string> value)
        {
            var (path, body) = row.Fill(value);
            using var response = await Problems.Send(B.Http, row.Method, path, body.Length == 0 ? null : body, path.Contains("/bulk", StringComparison.Ordinal) ? "application/x-ndjson" : "application/json");
            var text = await response.Content.ReadAsStringAsync();
            if (response.Content.Headers.ContentType?.MediaType == "application/problem+json")
            {
                await Problems.Of(response, (int)response.StatusCode);
                var problem = JsonNode.Parse(text)!.AsObject();
                problem.Remove("traceId");
                text = problem.ToJsonString();
            }

            foreach (var (_, foreign, absent) in Codes.Values)
            {
                text = text.Replace(foreign, "CODE", StringComparison.Ordinal).Replace(absent, "CODE", StringComparison.Ordinal);
            }

            return new Answer((int)response.StatusCode, $"{response.Content.Headers.ContentType}", text);
        }

        public async ValueTask DisposeAsync() => await App.DisposeAsync();

        // The same codes for everybody.
        private static async Task Fill(KpiClient client, string mark, double numerator, double amount)
        {
            await client.Post("/v1/activities", new { code = "shop", name = $"{mark} shop" });
            await client.Post("/v1/activities", new { code = "idle", name = $"{mark} idle" });
            await client.Post("/v1/kpis", new { code = "rate", name = new { fr = $"{mark} rate" }, domain = mark, unit = "count", direction = "increase", aggregation = "ratio", threshold = new { kind = "relative", value = 0.1 } });
            await client.Put("/v1/activities/shop/north-star", new { kpi = "rate", purpose = $"{mark} north" });
            foreach (var (code, startsOn) in new[] { ("site", "2026-01-10"), ("draft", "2026-01-20") })
            {
                await client.Post("/v1/projects", new { code, name = $"{mark} {code}", activity = "shop", startsOn, currency = "EUR", objective = $"{mark} objective" });
            }

            await client.Post("/v1/projects/site/kpis", new { kpi = "rate", purpose = $"{mark} purpose" });
            await client.Post("/v1/measurements", Enumerable.Range(0, 40).SelectMany(day =>
            {
                var date = new DateOnly(2025, 12, 20).AddDays(day).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
                return new object[]
                {
                    new { project = "site", kpi = "rate", date, numerator = numerator + day % 3, denominator = 10, note = mark },
                    new { activity = "shop", kpi = "rate", date, numerator, denominator = 10 + day % 5, source = mark },
                };
            }));
            await client.Put("/v1/import-profiles/" + (mark == "CANARY" ? "a-only-crm" : "own-crm"), new { target = "measurements", rows = new[] { new { kpi = new { constant = mark } } } });
            using var uploaded = await Problems.Send(client.Http, "POST", "/v1/measurements/bulk", JsonSerializer.Serialize(new { project = "site", kpi = mark, date = "2026-01-12", note = mark }), "application/x-ndjson");
            Assert.True(uploaded.IsSuccessStatusCode);
            await client.Post("/v1/projects/site/ledger", new[] { "cost", "gain" }.Select(kind => new { kind, category = $"{mark} category", amount, date = "2026-01-12", label = mark, externalId = kind }));
            await client.Post("/v1/projects/site/launch", null);
            await client.Post("/v1/measurements", new { project = "site", kpi = "rate", date = "2026-01-20", numerator = numerator + 1, denominator = 11, note = $"{mark} correction" });
            await client.Post("/v1/projects/site/reviews", new { reviewedOn = "2026-01-25", kind = "weekly", decision = "adjust", note = $"{mark} note", actions = new[] { new { text = $"{mark} action", owner = mark, dueOn = "2026-01-28" } } });
            await client.Delete((await client.Get("/v1/measurements?project=site&from=2026-01-22&to=2026-01-22"))["items"]![0]!["id"] is { } id ? $"/v1/measurements/{id}" : "");
        }

        // What only A has, in the states in which an attack would succeed if it were B's own.
        private static async Task Extra(KpiClient a)
        {
            await a.Post("/v1/activities", new { code = "a-only-shop", name = "CANARY only" });
            await a.Post("/v1/activities", new { code = "a-other", name = "CANARY other" });
            foreach (var code in new[] { "a-only-rate", "a-other" })
            {
                await a.Post("/v1/kpis", new { code, name = new { fr = "CANARY only" }, domain = "CANARY", unit = "count", direction = "increase", aggregation = "ratio", threshold = new { kind = "relative", value = 0.1 } });
            }

            await a.Put("/v1/activities/a-only-shop/north-star", new { kpi = "rate", purpose = "CANARY" });
            foreach (var code in new[] { "a-only-site", "a-other" })
            {
                await a.Post("/v1/projects", new { code, name = "CANARY only", activity = "a-only-shop", startsOn = "2026-01-10", currency = "EUR" });
            }

            await a.Post("/v1/projects/a-only-site/kpis", new { kpi = "rate", purpose = "CANARY" });
            await a.Post("/v1/projects/a-only-site/kpis", new { kpi = "a-only-rate", purpose = "CANARY" });
        }
    }
}
