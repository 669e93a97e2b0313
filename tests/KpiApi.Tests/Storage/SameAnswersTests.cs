using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using KpiApi.Feeds;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Storage;

/// <summary>After the same posts, every address answers the same on a file and on a server: numbers to a billionth, all else to the letter, ids and instants of storing aside.</summary>
public class SameAnswersTests
{
    // Given by the database or by the clock, and so not what was posted.
    private static readonly HashSet<string> Given = new(StringComparer.OrdinalIgnoreCase)
    {
        "id", "nextCursor", "createdAt", "updatedAtUtc", "launchedAt", "lastUsedAt", "recordedAtUtc", "changedAtUtc", "recordedBy", "changedBy", "traceId", "deletedAtUtc", "rowKey",
    };

    [ServerFact]
    public async Task Every_address_answers_the_same_on_both_engines()
    {
        await using var file = await KpiApp.StartOnFile();
        // Rows that are listed by ids are in the same order when these begin with the same.
        await using var server = await KpiApp.StartOn(await TestDatabase.TakeNewServer());
        var differences = new List<string>();
        foreach (var name in new[] { "six-kpis.json", "edges-1.json", "nantes.json" })
        {
            var scenario = Scenario.Load(Path.Combine(AppContext.BaseDirectory, "Golden", name));
            var clients = new[] { await file.Organisation(name[..^5]), await server.Organisation(name[..^5]) };
            foreach (var client in clients)
            {
                await ScenarioHttp.Load(client, scenario);
            }

            foreach (var address in await Addresses(clients[0], scenario))
            {
                var answers = new List<(HttpStatusCode Status, string Text)>();
                foreach (var client in clients)
                {
                    using var answer = await client.Http.GetAsync(address);
                    answers.Add((answer.StatusCode, await answer.Content.ReadAsStringAsync()));
                }

                if (answers[0].Status != answers[1].Status)
                {
                    differences.Add($"{name} {address}: {answers[0].Status} and {answers[1].Status} {answers[1].Text}");
                    continue;
                }

                differences.AddRange(Differences(JsonNode.Parse(answers[0].Text), JsonNode.Parse(answers[1].Text), "").Take(5).Select(difference => $"{name} {address}{difference}"));
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences.Take(40)));
    }

    /// <summary>Every list, resource and figure that a reader can ask for; the ids of facts and entries differ, so those are read in their lists.</summary>
    private static async Task<IReadOnlyList<string>> Addresses(KpiClient client, Scenario scenario)
    {
        var days = new[] { "", $"?asOf={scenario.AsOf:yyyy-MM-dd}", $"?asOf={scenario.AsOf.AddDays(-45):yyyy-MM-dd}" };
        var addresses = new List<string>
        {
            "/v1/organisation", "/v1/limits", "/v1/catalog/kpis", "/v1/catalog/templates", "/v1/kpis?limit=1000", "/v1/activities", "/v1/api-keys", "/v1/feeds",
            "/v1/projects?sort=name", "/v1/projects?sort=startsOn", "/v1/projects?sort=-startsOn", "/v1/projects?status=running", "/v1/projects?q=E", "/v1/measurements?limit=1000", "/v1/measurements?source=api&limit=1000",
            "/v1/projects/absent", "/v1/feeds/absent",
        };
        addresses.AddRange(days.SelectMany(day => new[] { "/v1/portfolio" + day, "/v1/north-stars" + day }));
        foreach (var feed in FeedCatalogue.All)
        {
            addresses.Add("/v1/feeds/" + feed.Url);
            addresses.Add($"/v1/feeds/{feed.Url}?asOf={scenario.AsOf:yyyy-MM-dd}");
            addresses.Add($"/v1/feeds/{feed.Url}?limit=7");
        }

        foreach (var kpi in (await client.Get("/v1/kpis?limit=1000"))["items"]!.AsArray())
        {
            addresses.Add("/v1/kpis/" + kpi!["code"]);
        }

        foreach (var activity in scenario.Activities)
        {
            addresses.Add("/v1/activities/" + activity.Code);
            addresses.Add($"/v1/activities/{activity.Code}/north-star");
            addresses.Add($"/v1/activities/{activity.Code}/north-star/tree");
        }

        foreach (var project in scenario.Projects)
        {
            var root = "/v1/projects/" + project.Code;
            addresses.AddRange([root, root + "/kpis", root + "/ledger?limit=1000", root + "/baseline"]);
            addresses.AddRange([$"{root}/pack?month={scenario.AsOf:yyyy-MM}", $"{root}/pack?lang=en"]);
            addresses.AddRange(days.SelectMany(day => new[] { root + "/roi" + day, root + "/steering" + day }));
            foreach (var kpi in project.Kpis)
            {
                addresses.Add($"{root}/kpis/{kpi.Kpi}");
                addresses.AddRange(new[] { "day", "week", "month" }.Select(grain => $"{root}/kpis/{kpi.Kpi}/series?grain={grain}&asOf={scenario.AsOf:yyyy-MM-dd}"));
            }
        }

        return addresses;
    }

    /// <summary>Numbers agree within 1e-9, all else to the byte; ids and instants may differ.</summary>
    internal static IEnumerable<string> Differences(JsonNode? one, JsonNode? other, string path)
    {
        switch (one, other)
        {
            case (JsonObject a, JsonObject b):
                if (!a.Select(member => member.Key).SequenceEqual(b.Select(member => member.Key)))
                {
                    return [$" {path}: members {string.Join(',', a.Select(member => member.Key))} and {string.Join(',', b.Select(member => member.Key))}"];
                }

                return a.Where(member => !IsGiven(member.Key, path)).SelectMany(member => Differences(member.Value, b[member.Key], $"{path}/{member.Key}"));
            case (JsonArray a, JsonArray b):
                return a.Count != b.Count ? [$" {path}: {a.Count} and {b.Count} items"] : a.Zip(b).SelectMany((pair, index) => Differences(pair.First, pair.Second, $"{path}/{index}"));
            case (JsonValue a, JsonValue b) when a.GetValueKind() == JsonValueKind.Number && b.GetValueKind() == JsonValueKind.Number:
                var (x, y) = ((double)a, (double)b);
                return Math.Abs(x - y) <= 1e-9 * Math.Max(1, Math.Abs(x)) ? [] : [$" {path}: {x:R} and {y:R}"];
            default:
                return one?.ToJsonString() == other?.ToJsonString() ? [] : [$" {path}: {one?.ToJsonString() ?? "null"} and {other?.ToJsonString() ?? "null"}"];
        }
    }

    // Feeds name their keys in full: ProjectId, KpiId …
    private static bool IsGiven(string member, string path) => Given.Contains(member) || (member.EndsWith("Id", StringComparison.Ordinal) && char.IsUpper(member[0]));
}
