using KpiApi.Tests.Support;

namespace KpiApi.Tests.Http;

/// <summary>Every list, in pages of every size: no row twice, none lost, whatever happens between two pages.</summary>
public class PagingTests
{
    private static readonly string[] Lists =
    [
        "/v1/kpis", "/v1/activities", "/v1/projects", "/v1/projects?sort=code", "/v1/projects?sort=name", "/v1/projects?sort=startsOn", "/v1/projects?sort=-startsOn", "/v1/projects?activity=a-3", "/v1/projects?q=two",
        "/v1/measurements", "/v1/measurements?project=p-1&from=2026-01-12", "/v1/measurements?kpi=orders", "/v1/measurements?from=2026-01-12", "/v1/measurements?to=2026-01-18", "/v1/measurements?from=2026-01-11&to=2026-01-18&source=api", "/v1/projects/p-1/ledger", "/v1/projects/p-1/ledger?to=2026-01-15", "/v1/portfolio",
    ];

    [Fact]
    public async Task Pages_of_any_size_add_up_to_the_whole_list()
    {
        await using var app = await KpiApp.Start();
        var client = await Filled(app);
        foreach (var list in Lists)
        {
            var whole = (await Pages(client, list, 1000)).Single();
            Assert.True(whole.Count >= 3, $"{list} has only {whole.Count} rows");
            Assert.Equal(whole.Count, whole.Distinct().Count());
            for (var limit = 1; limit <= whole.Count + 1; limit++)
            {
                var pages = await Pages(client, list, limit);
                Assert.True(whole.SequenceEqual(pages.SelectMany(page => page)), $"{list} by {limit}: {string.Join(' ', pages.SelectMany(page => page))}");
                // A full last page is not followed by an empty one.
                Assert.Equal((whole.Count + limit - 1) / limit, pages.Count);
                Assert.All(pages.SkipLast(1), page => Assert.Equal(limit, page.Count));
            }
        }
    }

    [Fact]
    public async Task Rows_that_come_and_go_between_two_pages_disturb_no_other()
    {
        await using var app = await KpiApp.Start();
        var client = await Filled(app);
        foreach (var (list, code) in new[] { ("/v1/activities", "a"), ("/v1/kpis", "k") })
        {
            var before = (await Pages(client, list, 1000)).Single().Select(code => code.Trim('"')).ToList();
            var seen = new List<string>();
            string? cursor = null;
            var step = 0;
            do
            {
                var page = await client.Get($"{list}?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
                seen.AddRange(page["items"]!.AsArray().Select(item => (string)item!["code"]!));
                cursor = (string?)page["nextCursor"];
                // One before and one after wherever the cursor stands; and the row it stands on goes.
                await Create(client, list, $"{code}-0{step}");
                await Create(client, list, $"z{step}");
                if (seen[^1].StartsWith('z'))
                {
                    await client.Delete($"{list}/{seen[^1]}");
                }

                step++;
            }
            while (cursor is not null && step < 100);

            Assert.Equal(seen.Count, seen.Distinct().Count());
            Assert.Empty(before.Except(seen));
            Assert.Equal(seen.Order(StringComparer.Ordinal), seen);
        }
    }

    [Fact]
    public async Task Facts_that_are_posted_or_deleted_between_two_pages_disturb_no_other()
    {
        await using var app = await KpiApp.Start();
        var client = await Filled(app);
        var before = (await Pages(client, "/v1/measurements", 1000)).Single();
        var seen = new List<string>();
        string? cursor = null;
        var step = 0;
        do
        {
            var page = await client.Get($"/v1/measurements?limit=3{(cursor is null ? "" : $"&cursor={cursor}")}");
            seen.AddRange(page["items"]!.AsArray().Select(item => item!["id"]!.ToJsonString()));
            cursor = (string?)page["nextCursor"];
            if (step < 5)
            {
                await client.Post("/v1/measurements", new { project = "p-2", kpi = "orders", date = "2026-01-20", value = step, externalId = $"late-{step}" });
                await client.Delete($"/v1/measurements/{seen[^1]}");
            }

            step++;
        }
        while (cursor is not null && step < 100);

        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Empty(before.Except(seen));
        // The late ones came after every cursor, so they were seen too.
        Assert.Equal(before.Count + 5, seen.Count);
    }

    [Fact]
    public async Task A_page_holds_a_hundred_rows_unless_told_otherwise()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        for (var index = 0; index < 101; index++)
        {
            await Create(client, "/v1/activities", $"a-{index:D3}");
        }

        var page = await client.Get("/v1/activities");
        Assert.Equal(100, page["items"]!.AsArray().Count);
        Assert.Equal("a-100", (string)Assert.Single((await client.Get($"/v1/activities?cursor={page["nextCursor"]}"))["items"]!.AsArray())!["code"]!);
        Assert.Equal(101, (await client.Get("/v1/activities?limit=1000"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task An_empty_list_is_one_empty_page()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        foreach (var list in new[] { "/v1/activities", "/v1/projects", "/v1/measurements", "/v1/portfolio" })
        {
            var page = await client.Get(list);
            Assert.Empty(page["items"]!.AsArray());
            Assert.Null(page["nextCursor"]);
            Assert.True(page.AsObject().ContainsKey("nextCursor"));
        }
    }

    private static async Task<List<List<string>>> Pages(KpiClient client, string list, int limit)
    {
        var pages = new List<List<string>>();
        string? cursor = null;
        do
        {
            var page = await client.Get($"{list}{(list.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit={limit}{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}");
            pages.Add(page["items"]!.AsArray().Select(item => (item!["id"] ?? item["code"] ?? item["project"])!.ToJsonString()).ToList());
            cursor = (string?)page["nextCursor"];
            Assert.True(pages.Count < 1000, "the pages do not end");
        }
        while (cursor is not null);

        return pages;
    }

    private static Task Create(KpiClient client, string list, string code) => list == "/v1/kpis"
        ? BadWorld.Kpi(client, code, "ratio", "increase", 0.1)
        : client.Post(list, new { code, name = code });

    private static async Task<KpiClient> Filled(KpiApp app)
    {
        var client = await app.Organisation();
        foreach (var index in Enumerable.Range(0, 7))
        {
            await Create(client, "/v1/activities", $"a-{index}");
        }

        await BadWorld.Kpi(client, "orders", "sum", "increase", 0.1, perDays: 1);
        // Names and days that tie, and names whose order is not that of a dictionary.
        string[] names = ["two", "Two", "two", "élan two", "zebra", "Zebra", "", "two", "ä two"];
        for (var index = 0; index < names.Length; index++)
        {
            var name = names[index].Length == 0 ? "x' OR 1=1 --" : names[index];
            await client.Post("/v1/projects", new { code = $"p-{(index * 5) % 9}", name, activity = index % 2 == 0 ? "a-3" : "a-1", startsOn = index % 3 == 0 ? "2026-01-10" : "2026-01-20", currency = "EUR" });
        }

        foreach (var project in new[] { "p-1", "p-2" })
        {
            await client.Post($"/v1/projects/{project}/kpis", new { kpi = "orders", purpose = "p" });
            await client.Post("/v1/measurements", Enumerable.Range(10, 8).Select(day => new { project, kpi = "orders", date = $"2026-01-{day}", value = day }));
        }

        await client.Post("/v1/projects/p-1/ledger", Enumerable.Range(10, 9).Select(day => new { kind = "gain", category = "c", amount = day, date = $"2026-01-{day}", externalId = $"e{day}" }));
        return client;
    }
}
