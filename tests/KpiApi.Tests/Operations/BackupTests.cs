using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using KpiApi.Tests.Commands;
using Microsoft.Data.Sqlite;

namespace KpiApi.Tests.Operations;

/// <summary>A backup is good when it was restored: here under load, opened by the program, and recomputed from its own facts.</summary>
public sealed class BackupTests : IDisposable
{
    private const string Recount = """
        SELECT COUNT(*)
        FROM KpiDayTotal t
        FULL JOIN (SELECT SeriesId, Day, SUM(Numerator) AS Numerator, SUM(Denominator) AS Denominator, COUNT(*) AS FactCount FROM Measurement GROUP BY SeriesId, Day) f
            ON f.SeriesId = t.SeriesId AND f.Day = t.Day
        WHERE t.Numerator IS NOT f.Numerator OR t.Denominator IS NOT f.Denominator OR t.FactCount IS NOT f.FactCount
        """;

    private readonly ProgramFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_backup_taken_under_load_restores_to_the_facts_and_figures_of_one_moment()
    {
        var key = await ServedProject.Make(_folder.Database);
        using var server = _folder.Start("serve", "--urls", "http://127.0.0.1:0");
        using var http = ServedProject.Client(await server.Url(), key);

        var acknowledged = new ConcurrentBag<string>();
        using var enough = new CancellationTokenSource();
        var load = Enumerable.Range(0, 8).Select(client => Task.Run(async () =>
        {
            for (var number = 0; !enough.IsCancellationRequested; number++)
            {
                // Batches, so that half of one would show; every fifth corrects an earlier fact.
                var facts = Enumerable.Range(0, 10).Select(index => Fact($"{client}-{(number % 5 == 4 ? number - 1 : number)}-{index}", client * 7 + number + index, number % 5 == 4 ? 3 : 1)).ToList();
                await ServedProject.Post(http, "/v1/measurements", $"[{string.Join(',', facts.Select(fact => fact.Json))}]");
                foreach (var fact in facts)
                {
                    acknowledged.Add(fact.Id);
                }

                await Task.Delay(10);
            }
        })).ToList();
        while (acknowledged.Count < 1000)
        {
            await Task.Delay(10);
        }

        var before = acknowledged.Distinct().ToList();
        var backup = await _folder.Run("db", "backup", "copy.db");
        Assert.Equal(0, backup.Code);
        var after = acknowledged.Distinct().Count();
        await enough.CancelAsync();
        await Task.WhenAll(load);
        Assert.True(after > before.Count, "nothing was written while the backup was taken; the test would see nothing");

        // The copy as it lies there, and then as the program serves it.
        var copy = $"Data Source={Path.Combine(Path.GetDirectoryName(_folder.Database)!, "copy.db")};Pooling=False";
        await using (var connection = new SqliteConnection(copy))
        {
            Assert.Equal("ok", await connection.ExecuteScalarAsync<string>("PRAGMA integrity_check"));
            Assert.Equal(0, await connection.ExecuteScalarAsync<long>(Recount));
        }

        using var restored = _folder.Start("serve", "--urls", "http://127.0.0.1:0", $"--ConnectionStrings:Kpi={copy}");
        using var http2 = ServedProject.Client(await restored.Url(), key);
        Assert.Equal(HttpStatusCode.OK, (await http2.GetAsync("/health/ready")).StatusCode);
        var facts = await ServedProject.Facts(http2);
        var ids = facts.Select(fact => (string)fact["externalId"]!).ToHashSet();
        Assert.Equal(facts.Count, ids.Count);
        Assert.Empty(before.Except(ids));
        Assert.All(ids.GroupBy(id => id[..id.LastIndexOf('-')]), batch => Assert.Equal(10, batch.Count()));

        // A third database that never saw anything but the facts of the copy, each once, shows the same figures.
        var other = Path.Combine(Path.GetDirectoryName(_folder.Database)!, "again.db");
        var otherKey = await ServedProject.Make(other);
        using var again = _folder.Start("serve", "--urls", "http://127.0.0.1:0", $"--ConnectionStrings:Kpi=Data Source={other}");
        using var http3 = ServedProject.Client(await again.Url(), otherKey);
        foreach (var batch in facts.Chunk(1000))
        {
            await ServedProject.Post(http3, "/v1/measurements", new JsonArray([.. batch.Select(fact => (JsonNode)new JsonObject { ["project"] = "p", ["kpi"] = "quote-to-order-rate", ["date"] = fact["date"]!.DeepClone(), ["numerator"] = fact["numerator"]!.DeepClone(), ["denominator"] = fact["denominator"]!.DeepClone(), ["externalId"] = fact["externalId"]!.DeepClone() })]).ToJsonString());
        }

        var figures = new List<string>();
        foreach (var client in new[] { http2, http3 })
        {
            await ServedProject.Post(client, "/v1/projects/p/launch", "{}");
            figures.Add(await client.GetStringAsync("/v1/projects/p/steering?asOf=2025-06-30") + await client.GetStringAsync("/v1/feeds/kpi-weeks?asOf=2025-06-30&format=csv&select=Week,Actual,Expected,Drift,Status"));
        }

        Assert.Equal(figures[1], figures[0]);
        Assert.Contains("2025-W12", figures[0], StringComparison.Ordinal);
    }

    private static (string Id, string Json) Fact(string id, int day, int numerator) =>
        (id, string.Create(CultureInfo.InvariantCulture, $$"""{"project":"p","kpi":"quote-to-order-rate","date":"{{new DateOnly(2025, 2, 1).AddDays(day % 110):yyyy-MM-dd}}","numerator":{{numerator + day % 3}},"denominator":{{10 + day % 4}},"externalId":"{{id}}"}"""));
}
