using System.Globalization;
using System.Text.Json.Nodes;
using Dapper;
using KpiApi.Access;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Builder;

namespace KpiApi.Tests.Measurements;

/// <summary>Facts and ledger entries that go in one stream, as to a server, become what those become that go one by one.</summary>
public class FactStagingTests
{
    private const int Rounds = 60;

    // Ids have other gaps, and keys are drawn by chance.
    private static readonly Dictionary<string, (string Path, string Staging, Func<Random, string> Row, string[] Content)> Kinds = new()
    {
        ["facts"] = ("/v1/measurements", "MeasurementStaging", Fact,
        [
            "SELECT 'fact', SeriesId, Source, ExternalId, Day, DateKey, TimestampUtc, Numerator, Denominator, Note, CreatedAtUtc, UpdatedAtUtc, UploadId FROM Measurement ORDER BY MeasurementId",
            "SELECT 'history', SeriesId, Source, ExternalId, ChangeKind, Day, Numerator, Denominator, Note, RecordedAtUtc, ChangedAtUtc, Reason FROM MeasurementHistory ORDER BY MeasurementHistoryId",
            "SELECT 'day', SeriesId, Day, Numerator, Denominator, FactCount, LastNumerator, UpdatedAtUtc FROM KpiDayTotal ORDER BY SeriesId, Day",
            "SELECT 'source', t.Day, t.FactCount, s.SeriesId, s.Source FROM SourceDayTotal t JOIN SeriesSource s ON s.SeriesSourceId = t.SeriesSourceId ORDER BY s.SeriesId, s.Source, t.Day",
            "SELECT 'deletion', d.Feed, m.Source, m.ExternalId, CASE WHEN m.MeasurementId IS NULL THEN d.RowKey END, d.DateKey FROM Deletion d LEFT JOIN Measurement m ON d.Feed = 'Measurements' AND m.MeasurementId = CAST(d.RowKey AS INTEGER) ORDER BY d.DeletionId",
        ]),
        ["entries"] = ("/v1/projects/site/ledger", "LedgerStaging", Entry,
        [
            "SELECT 'entry', ProjectId, Kind, Category, Amount, Day, DateKey, Evidence, Label, Source, ExternalId, CreatedAtUtc, UpdatedAtUtc FROM LedgerEntry ORDER BY LedgerEntryId",
            "SELECT 'history', ProjectId, ChangeKind, Kind, Category, Amount, Day, Evidence, Label, Source, ExternalId, RecordedAtUtc, ChangedAtUtc FROM LedgerEntryHistory ORDER BY LedgerEntryHistoryId",
            "SELECT 'day', * FROM LedgerDayTotal ORDER BY ProjectId, Day",
            "SELECT 'category', * FROM LedgerCategoryTotal ORDER BY ProjectId, Category, Day",
            "SELECT 'deletion', d.Feed, e.Source, e.ExternalId, d.DateKey FROM Deletion d JOIN LedgerEntry e ON e.LedgerEntryId = CAST(d.RowKey AS INTEGER) ORDER BY d.DeletionId",
        ]),
    };

    [Theory]
    [InlineData("facts", 1)]
    [InlineData("facts", 2)]
    [InlineData("entries", 1)]
    [InlineData("entries", 2)]
    public async Task Random_histories_have_the_same_answers_and_the_same_rows(string kind, int seed)
    {
        var (path, staging, row, content) = Kinds[kind];
        await using var near = await KpiApp.StartOnFile();
        await using var far = await KpiApp.StartOnFile(FarAway, "2026-02-02");
        var clients = new[] { await PartialModeTests.Site(near), await PartialModeTests.Site(far) };
        var random = new Random(seed);
        var (corrected, unchanged, rejected) = (0, 0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var rows = Enumerable.Range(0, random.Next(1, 80)).Select(_ => row(random)).ToList();
            var isFile = random.Next(2) == 0;
            var mode = random.Next(4) == 0 ? "atomic" : "partial";
            var answers = new List<string>();
            foreach (var client in clients)
            {
                using var answer = isFile
                    ? await Files.Send(client.Http, $"{path}/bulk?mode={mode}", Files.Lines(rows))
                    : await client.Send(HttpMethod.Post, $"{path}?mode={mode}", $"[{string.Join(',', rows)}]", $"round-{round}");
                var told = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();
                told.Remove("id");
                told.Remove("traceId");
                answers.Add($"{(int)answer.StatusCode} {told.ToJsonString().Replace(KeyId(client), "key", StringComparison.Ordinal)}");
                corrected += (int?)told["corrected"] ?? 0;
                unchanged += (int?)told["unchanged"] ?? 0;
                rejected += (int?)told["rejected"] ?? 0;
            }

            Assert.Equal(answers[0], answers[1]);
        }

        Tables.AssertSame(await Rows(near, content), await Rows(far, content), $"{kind} one by one, and in one stream");
        Assert.Equal(0, await Tables.Count(far, staging));
        Assert.True(corrected > Rounds && unchanged > Rounds && rejected > Rounds, $"{corrected} corrected, {unchanged} unchanged, {rejected} rejected");
    }

    private static string KeyId(KpiClient client) => client.Http.DefaultRequestHeaders.GetValues(ApiKeyAuthentication.HeaderName).Single().Split('_')[1];

    private static async Task<IReadOnlyList<string>> Rows(KpiApp app, IEnumerable<string> content)
    {
        await using var connection = await app.Stored.Open();
        var rows = new List<string>();
        foreach (var select in content)
        {
            await using var reader = await connection.ExecuteReaderAsync(select);
            while (await reader.ReadAsync())
            {
                rows.Add(string.Join(" | ", Enumerable.Range(0, reader.FieldCount).Select(reader.GetValue)));
            }
        }

        return rows;
    }

    private static void FarAway(WebApplicationBuilder builder)
    {
        DialectAround.Install(builder, inner => new DialectAround(inner) { ActsAsFarAway = true });
    }

    private static string Fact(Random random)
    {
        if (random.Next(25) == 0)
        {
            var (bad, _) = PartialModeTests.BadFacts[random.Next(PartialModeTests.BadFacts.Length)];
            return bad;
        }

        var row = new JsonObject { ["project"] = "site", ["kpi"] = "orders", ["date"] = string.Create(CultureInfo.InvariantCulture, $"2026-01-{random.Next(1, 29):D2}"), ["value"] = random.Next(3) };
        if (random.Next(3) > 0)
        {
            row["externalId"] = $"x{random.Next(200)}";
        }

        if (random.Next(3) == 0)
        {
            row["source"] = random.Next(2) == 0 ? "erp" : "shop";
        }

        if (random.Next(4) == 0)
        {
            row["note"] = $"n{random.Next(2)}";
        }

        return row.ToJsonString();
    }

    private static string Entry(Random random)
    {
        if (random.Next(25) == 0)
        {
            var (bad, _) = PartialModeTests.BadEntries[random.Next(PartialModeTests.BadEntries.Length)];
            return bad;
        }

        var row = new JsonObject
        {
            ["kind"] = random.Next(3) == 0 ? "gain" : "cost",
            ["category"] = random.Next(2) == 0 ? "licences" : "salaries",
            ["date"] = string.Create(CultureInfo.InvariantCulture, $"2026-01-{random.Next(1, 29):D2}"),
            ["amount"] = random.Next(1, 3),
        };
        if (random.Next(10) > 0)
        {
            row["externalId"] = $"x{random.Next(40)}";
        }

        if (random.Next(3) == 0)
        {
            row["source"] = "erp";
        }

        if (random.Next(4) == 0)
        {
            row["label"] = $"l{random.Next(2)}";
        }

        if (random.Next(4) == 0)
        {
            row["evidence"] = "invoiced";
        }

        // Few say what was said before by chance.
        return random.Next(3) > 0 ? """{"kind":"gain","category":"sales","date":"2026-01-05","amount":7,"externalId":"same","source":"erp"}""" : row.ToJsonString();
    }
}
