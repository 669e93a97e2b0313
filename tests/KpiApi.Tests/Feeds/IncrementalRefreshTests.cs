using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using KpiApi.Feeds;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Feeds;

/// <summary>
/// A reader that loads everything once, and from then on only what changed since and what the feed of deletions lists, has the same table as one that loads everything again:
/// whatever is posted, corrected, moved to another day or deleted, and whatever becomes of projects.
/// </summary>
public class IncrementalRefreshTests
{
    private static readonly string[] Projects = ["one", "two", "draft"];
    private static readonly string[] Kpis = ["rate", "orders", "stock"];

    [Fact]
    public void The_feeds_that_say_so_have_what_it_takes() => Assert.Equal(
        ["Measurements", "KpiDays", "Ledger"],
        FeedCatalogue.All.Where(feed => feed.IsIncremental && feed.DateColumn == "DateKey" && feed.Find("UpdatedAtUtc") is { IsNullable: false }).Select(feed => feed.View));

    [Theory]
    [InlineData(1, "Europe/Paris")]
    [InlineData(2, "America/Los_Angeles")]
    [InlineData(3, "Pacific/Auckland")]
    public async Task Changes_and_deletions_give_the_table_that_everything_gives(int seed, string timeZone)
    {
        await using var app = await KpiApp.Start("2025-06-01T09:00:00Z");
        var client = await app.Organisation(timeZone: timeZone);
        var random = new Random(seed);
        await World(client);
        var mirrors = FeedCatalogue.All.Where(feed => feed.IsIncremental).Select(feed => new Mirror(feed)).ToList();
        for (var step = 0; step < 80; step++)
        {
            await Change(client, random);
            app.Time.Advance(TimeSpan.FromSeconds(random.Next(6) == 0 ? random.Next(3600 * 30) : 1 + random.Next(30)));
            if (step % 4 == 3)
            {
                foreach (var mirror in mirrors)
                {
                    await mirror.Refresh(client, app.Time.GetUtcNow());
                    var everything = await mirror.Everything(client);
                    Assert.Empty(mirror.Rows.Except(everything).Select(row => $"step {step}, {mirror.Feed.Url}: still there: {row}").Concat(everything.Except(mirror.Rows).Select(row => $"not there: {row}")));
                }
            }
        }

        Assert.All(mirrors, mirror => Assert.True(mirror.Dropped > 0, $"nothing was dropped from {mirror.Feed.Url}"));
    }

    private static async Task World(KpiClient client)
    {
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        foreach (var (kpi, aggregation, perDays) in ((string, string, int?)[])[("rate", "ratio", null), ("orders", "sum", 7), ("stock", "last", null)])
        {
            await client.Post("/v1/kpis", new { code = kpi, name = new { en = kpi }, domain = "d", unit = kpi == "rate" ? "currency" : "count", direction = "increase", aggregation, perDays, threshold = new { kind = "relative", value = 0.1 } });
        }

        foreach (var project in Projects)
        {
            await Project(client, project);
        }

        await client.Put("/v1/activities/shop/north-star", new { kpi = "orders", purpose = "p" });
        await client.Post("/v1/projects/one/launch", new { allowMissingBaseline = true, allowImmatureBaseline = true });
    }

    private static async Task Project(KpiClient client, string project)
    {
        await client.Post("/v1/projects", new { code = project, name = project, activity = "shop", startsOn = "2025-05-20", currency = "EUR", horizonDays = 30 });
        foreach (var kpi in Kpis)
        {
            await client.Post($"/v1/projects/{project}/kpis", new { kpi, purpose = "p" });
        }
    }

    /// <summary>One change of any kind. Some are refused in the state that things are in; none may fail.</summary>
    private static async Task Change(KpiClient client, Random random)
    {
        var project = Projects[random.Next(Projects.Length)];
        var day = new DateOnly(2025, 4, 15).AddDays(random.Next(46)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        using var answer = await (random.Next(15) switch
        {
            < 5 => Fact(client, random, project, day),
            5 or 6 => Delete(client, random, "/v1/measurements"),
            7 or 8 => client.Send(HttpMethod.Post, $"/v1/projects/{project}/ledger", new { kind = random.Next(2) == 0 ? "gain" : "cost", category = "c", amount = random.Next(1, 900), date = day, externalId = $"e{random.Next(5)}" }),
            9 or 14 => Delete(client, random, $"/v1/projects/{project}/ledger"),
            10 => client.Send(HttpMethod.Patch, "/v1/projects/draft", random.Next(2) == 0 ? new { startsOn = day } : new { baselineDays = random.Next(7, 30) }),
            11 => client.Send(HttpMethod.Delete, $"/v1/projects/draft/kpis/{Kpis[random.Next(3)]}", null),
            12 => client.Send(HttpMethod.Post, "/v1/projects/draft/kpis", new { kpi = Kpis[random.Next(3)], purpose = "p" }),
            _ => client.Send(HttpMethod.Post, "/v1/projects/two/launch", new { allowMissingBaseline = true, allowImmatureBaseline = true }),
        });
        Assert.True((int)answer.StatusCode < 500, await answer.Content.ReadAsStringAsync());
        if (random.Next(25) == 0)
        {
            using var removed = await client.Send(HttpMethod.Delete, "/v1/projects/draft", null);
            if (removed.IsSuccessStatusCode)
            {
                await Project(client, "draft");
            }
        }

        if (random.Next(40) == 0)
        {
            using var closed = await client.Send(HttpMethod.Post, "/v1/projects/one/close", new { closedOn = day });
            Assert.True((int)closed.StatusCode < 500, await closed.Content.ReadAsStringAsync());
        }
    }

    private static Task<HttpResponseMessage> Fact(KpiClient client, Random random, string project, string day)
    {
        var kpi = Kpis[random.Next(3)];
        var fact = new JsonObject { ["kpi"] = kpi, ["date"] = day, ["externalId"] = $"f{random.Next(6)}", ["numerator"] = random.Next(9), ["denominator"] = random.Next(4) };
        if (kpi != "rate")
        {
            fact.Remove("denominator");
            fact.Remove("numerator");
            fact["value"] = random.Next(9);
        }

        fact[kpi == "orders" && random.Next(4) == 0 ? "activity" : "project"] = project;
        if (fact.ContainsKey("activity"))
        {
            fact["activity"] = "shop";
        }

        return client.Send(HttpMethod.Post, "/v1/measurements", fact.ToJsonString());
    }

    private static async Task<HttpResponseMessage> Delete(KpiClient client, Random random, string list)
    {
        var ids = (await client.Get(list))["items"]!.AsArray().Select(item => (string)item!["id"]!.ToString()).ToList();
        return ids.Count == 0 ? new HttpResponseMessage(HttpStatusCode.NoContent) : await client.Send(HttpMethod.Delete, $"{list}/{ids[random.Next(ids.Count)]}", null);
    }

    /// <summary>What a reader keeps of a feed.</summary>
    private sealed class Mirror(Feed feed)
    {
        private DateTimeOffset? _loadedAt;

        public Feed Feed => feed;

        /// <summary>By key, in its order.</summary>
        public SortedDictionary<string, string> Rows { get; private set; } = [];

        public int Dropped { get; private set; }

        /// <summary>
        /// Drops what is gone, then takes what changed. Both are asked for from a day before the last load: a write may have been under way then, and the zeros of a new day
        /// are dated from midnight UTC, wherever the organisation is.
        /// </summary>
        public async Task Refresh(KpiClient client, DateTimeOffset now)
        {
            if (_loadedAt is not { } loadedAt)
            {
                Rows = await Everything(client);
            }
            else
            {
                var since = loadedAt.AddDays(-1);
                foreach (var deletion in await Read(client, "deletions", row => (string)row[nameof(Feed)]! == feed.View && At(row["DeletedAtUtc"]!) >= since))
                {
                    var key = (string)deletion["Key"]!;
                    // Moved to another day, and moved there before: the row is the one that stands there now.
                    if (Rows.TryGetValue(key, out var row) && (int)JsonNode.Parse(row)!["DateKey"]! == (int)deletion["DateKey"]!)
                    {
                        Rows.Remove(key);
                        Dropped++;
                    }
                }

                foreach (var row in await Read(client, feed.Url, row => At(row["UpdatedAtUtc"]!) >= since))
                {
                    Rows[Key(row)] = row.ToJsonString();
                }
            }

            _loadedAt = now;
        }

        public async Task<SortedDictionary<string, string>> Everything(KpiClient client) => new((await Read(client, feed.Url, _ => true)).ToDictionary(Key, row => row.ToJsonString()));

        private string Key(JsonNode row) => string.Join('-', feed.Key.Select(part => row[part]!.ToString()));

        private static DateTimeOffset At(JsonNode instant) => DateTimeOffset.Parse((string)instant!, CultureInfo.InvariantCulture);

        private static async Task<List<JsonNode>> Read(KpiClient client, string url, Func<JsonNode, bool> isWanted) =>
            [.. (await client.Get($"/v1/feeds/{url}")).AsArray().Select(row => row!).Where(isWanted)];
    }
}
