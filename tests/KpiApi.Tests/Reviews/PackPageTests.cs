using System.Text.Json.Nodes;
using KpiApi.Commands;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Reviews;

/// <summary>The page of a pack, opened in a browser: its figures are the feeds', it fits on two A4 sheets, and everybody can read it.</summary>
public class PackPageTests
{
    [ChromiumFact]
    public async Task Every_page_shows_the_figures_of_the_feeds_on_two_sheets_in_both_languages()
    {
        await using var demo = await KpiApp.Start("2026-02-02");
        var shop = await demo.Organisation("demo");
        await DemoData.Seed(shop.Http, new DateOnly(2026, 2, 2), CancellationToken.None);
        await using var app = await KpiApp.Start("2025-06-10");
        var client = await app.Organisation();
        await PackWorld.Ordinary(client);
        await PackWorld.Bare(client);
        await PackWorld.Extreme(client);
        await client.Post("/v1/projects/bare/close", new { closedOn = "2025-04-10" });

        (string Name, KpiClient Client, string Project, string Month, string[] Languages)[] cases =
        [
            ("finished", shop, "paiement-en-ligne", "2026-01", ["fr", "en"]),
            ("behind", shop, "campagne-sea", "2026-01", ["fr", "en"]),
            ("first-month", client, "crm", "2025-03", ["fr"]),
            ("on-its-way", client, "crm", "2025-04", ["en"]),
            ("over", client, "crm", "2025-06", ["fr"]),
            ("bare", client, "bare", "2025-03", ["en"]),
            ("closed-early", client, "bare", "2025-05", ["fr"]),
            ("no-kpi", client, "none", "2025-05", ["en"]),
            ("extreme", client, "extreme", "2024-12", ["fr", "en"]),
            ("extreme-over", client, "extreme", "2025-03", ["fr"]),
        ];

        var pages = new List<JsonNode>();
        var expected = new List<(string Name, KpiClient Client, JsonNode Pack)>();
        foreach (var one in cases)
        {
            foreach (var language in one.Languages)
            {
                var path = $"/v1/projects/{one.Project}/pack?month={one.Month}";
                using var answer = await PackTests.Ask(one.Client, path, "text/html", language);
                pages.Add(new JsonObject
                {
                    ["name"] = $"{one.Name}-{language}",
                    ["html"] = await answer.Content.ReadAsStringAsync(),
                    ["headers"] = new JsonObject { ["Content-Type"] = answer.Content.Headers.ContentType!.ToString(), ["Content-Security-Policy"] = answer.Headers.GetValues("Content-Security-Policy").Single() },
                });
                expected.Add(($"{one.Name}-{language}", one.Client, await one.Client.Get($"{path}&lang={language}")));
            }
        }

        var faults = new List<string>();
        foreach (var ((name, asker, pack), page) in expected.Zip(await Chromium.Open(pages)))
        {
            void Check(bool isRight, string what) => faults.AddRange(isRight ? [] : [$"{name}: {what}"]);
            void None(string list) => faults.AddRange(page[list]!.AsArray().Select(one => $"{name}: {list}: {one}"));
            None("complaints");
            None("outside");
            None("wrong");
            None("faint");
            Check((int)page["sheets"]! == 2, $"prints on {page["sheets"]} sheets");
            Check((int)page["scripts"]! == 0 && (int)page["unnamed"]! == 0 && (int)page["headings"]! == 1, $"scripts {page["scripts"]}, unnamed {page["unnamed"]}, headings {page["headings"]}");
            Check((string)page["language"]! == name[^2..] && ((string)page["title"]!).StartsWith((string)pack["name"]!, StringComparison.Ordinal), $"language {page["language"]}, title {page["title"]}");
            Check(Texts(page["statuses"]) == Texts(pack["kpis"], "status"), "statuses");
            Check(Texts(page["reasons"]) == Texts(pack["reasons"], "code"), "reasons");
            Check(Texts(page["outcomes"]) == string.Join(' ', pack["kpis"]!.AsArray().Select(kpi => (string)kpi!["outcome"]!).Where(outcome => outcome is "achieved" or "missed")), "outcomes");
            Check(
                string.Join(' ', page["points"]!.AsArray()) == string.Join(' ', pack["kpis"]!.AsArray().Select(kpi => kpi!["weeks"]!.AsArray().Count(week => week!["actual"] is not null))),
                $"points {page["points"]!.ToJsonString()}");
            faults.AddRange(await Differences(name, asker, pack, page["figures"]!.AsObject()));
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults.Take(60)));
    }

    /// <summary>The page against the feeds, which know nothing of packs.</summary>
    private static async Task<IEnumerable<string>> Differences(string name, KpiClient client, JsonNode pack, JsonObject shown)
    {
        var asOf = (string)pack["asOf"]!;
        var project = (string)pack["project"]!;
        async Task<IEnumerable<JsonNode>> Rows(string feed) => (await client.Get($"/v1/feeds/{feed}?asOf={asOf}")).AsArray().Select(row => row!).Where(row => (string?)row["ProjectCode"] == project);
        var known = new Dictionary<string, double?>();
        foreach (var row in await Rows("kpi-status"))
        {
            foreach (var figure in new[] { "Actual", "Expected", "Gap", "Drift", "Progress" })
            {
                known[$"{row["KpiCode"]}.{figure.ToLowerInvariant()}"] = (double?)row[figure];
            }
        }

        foreach (var row in await Rows("kpi-outcomes"))
        {
            known[$"{row["KpiCode"]}.final"] = (string)row["Outcome"]! is "achieved" or "missed" ? (double?)row["FinalValue"] : null;
        }

        var codes = (await client.Get("/v1/feeds/kpis")).AsArray().ToDictionary(kpi => (long)kpi!["KpiId"]!, kpi => (string)kpi!["KpiCode"]!);
        var id = (await client.Get("/v1/feeds/projects")).AsArray().Single(row => (string)row!["ProjectCode"]! == project)!["ProjectId"]!.ToString();
        foreach (var row in (await client.Get($"/v1/feeds/project-kpis?asOf={asOf}")).AsArray().Where(row => row!["ProjectId"]!.ToString() == id))
        {
            known[$"{codes[(long)row!["KpiId"]!]}.baseline"] = (double?)row["BaselineValue"];
            known[$"{codes[(long)row["KpiId"]!]}.target"] = (double?)row["TargetValue"];
        }

        var roi = (await Rows("project-roi")).Single();
        var month = (await Rows("roi-months")).SingleOrDefault(row => (string)row["Month"]! == (string)pack["month"]!);
        (known["roi.gain"], known["roi.cost"], known["roi.net"], known["roi.ratio"]) = ((double?)roi["Gain"], (double?)roi["Cost"], (double?)roi["Net"], (double?)roi["RoiRatio"]);
        (known["roi.ratioAtHorizon"], known["roi.monthGain"], known["roi.monthCost"]) = ((double?)roi["RoiRatioAtHorizon"], (double?)month?["Gain"] ?? 0, (double?)month?["Cost"] ?? 0);
        return known.Where(figure => figure.Value != (double?)shown[figure.Key]).Select(figure => $"{name}: {figure.Key} is {figure.Value}, shown {shown[figure.Key]}")
            .Concat(shown.Where(figure => !known.ContainsKey(figure.Key)).Select(figure => $"{name}: {figure.Key} is of no feed"));
    }

    private static string Texts(JsonNode? list, string? member = null) => string.Join(' ', list!.AsArray().Select(one => (string)(member is null ? one! : one![member]!)!));
}
