using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using KpiApi.Tests.Support;
using Xunit.Abstractions;

namespace KpiApi.Tests.Http;

/// <summary>
/// Random batches with bad rows, as JSON and as files (50-reliability D6): atomic stores all or nothing, partial stores exactly the good rows, and every
/// refused row is named by its position, its line and what is wrong with it. KPI_LONG_BATCHES sets the number of batches.
/// </summary>
public class RandomBatchTests(ITestOutputHelper output)
{
    private static readonly int Batches = int.TryParse(Environment.GetEnvironmentVariable("KPI_LONG_BATCHES"), NumberStyles.None, CultureInfo.InvariantCulture, out var batches) ? batches : 1_000;

    [Fact]
    public async Task Whatever_is_in_a_batch_the_good_rows_are_stored_or_nothing_and_the_bad_ones_named()
    {
        await using var app = await KpiApp.Start("2026-02-02", "--Limits:RequestsPerSecond=1000000", "--Limits:RequestBurst=1000000000");
        var client = await PartialModeTests.Site(app);
        var facts = new SortedDictionary<string, decimal>(StringComparer.Ordinal);
        var entries = new SortedDictionary<string, decimal>(StringComparer.Ordinal);
        var (refused, bad) = (0, 0);
        for (var batch = 0; batch < Batches; batch++)
        {
            var random = new Random(batch);
            var isLedger = random.Next(3) == 0;
            var isFile = random.Next(2) == 0;
            var (path, model) = isLedger ? ("/v1/projects/site/ledger", entries) : ("/v1/measurements", facts);
            var mode = batch % 2 == 0 ? "atomic" : "partial";
            // A good row that a refused batch left behind would be found at the end.
            var rows = Rows(random, isLedger, $"{mode}-{batch}");
            var wrong = rows.Select((row, index) => (row.Pointer, index)).Where(row => row.Pointer is not null).Select(row => (row.index, Pointer: row.Pointer!)).ToList();
            bad += wrong.Count;
            using var answer = isFile
                ? await Files.Send(client.Http, $"{path}/bulk?mode={mode}", Files.Lines(rows.Select(row => (object)row.Row)))
                : await Problems.Send(client.Http, "POST", $"{path}?mode={mode}", $"[{string.Join(',', rows.Select(row => row.Row))}]");
            var told = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            if (mode == "atomic" && wrong.Count > 0)
            {
                refused++;
                AtomicNames(answer.StatusCode, told, wrong, isFile, batch);
                continue;
            }

            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"batch {batch}: {(int)answer.StatusCode} {told}");
            Assert.Equal((rows.Count, rows.Count - wrong.Count, wrong.Count), ((int)told["received"]!, (int)told["inserted"]!, (int)told["rejected"]!));
            Assert.Equal(Told(wrong, isFile), Told(told["errors"]!.AsArray(), isFile));
            foreach (var (row, _) in rows.Where(row => row.Pointer is null))
            {
                var good = JsonNode.Parse(row)!;
                model[(string)good["externalId"]!] = good[isLedger ? "amount" : "value"]!.GetValue<decimal>();
            }
        }

        await using var connection = await app.Stored.Open();
        Assert.Equal(facts, Stored(await connection.QueryAsync<(string, long)>("SELECT ExternalId, Numerator FROM Measurement"), 1_000_000m));
        Assert.Equal(entries, Stored(await connection.QueryAsync<(string, long)>("SELECT ExternalId, Amount FROM LedgerEntry"), 10_000m));
        Assert.Equal(0, await connection.ExecuteScalarAsync<long>("SELECT (SELECT COUNT(*) FROM MeasurementHistory) + (SELECT COUNT(*) FROM LedgerEntryHistory)"));
        Assert.Equal(facts.Values.Sum() * 1_000_000m, await connection.ExecuteScalarAsync<long>("SELECT SUM(Numerator) FROM KpiDayTotal"));
        Assert.Equal(entries.Values.Sum() * 10_000m, await connection.ExecuteScalarAsync<long>("SELECT SUM(GainInvoiced + GainMeasured + GainEstimated) FROM LedgerDayTotal"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Batches} batches: {facts.Count} facts and {entries.Count} entries stored, {bad} bad rows named, {refused} atomic batches refused"));
        Assert.True(refused > Batches / 6 && facts.Count > Batches && entries.Count > Batches / 2, "the batches are not what they should be");
    }

    private static void AtomicNames(HttpStatusCode status, JsonNode told, List<(int Index, string Pointer)> wrong, bool isFile, int batch)
    {
        Assert.True(status is HttpStatusCode.UnprocessableEntity || (!isFile && status == HttpStatusCode.BadRequest), $"batch {batch}: {(int)status} {told}");
        if (isFile)
        {
            Assert.Equal(Told(wrong, isFile), Told(told["rows"]!.AsArray(), isFile));
            return;
        }

        // Rows that cannot be read are told before the others are looked at.
        var named = told["errors"]!.AsObject().Select(error => error.Key).ToList();
        var all = wrong.Select(row => $"/{row.Index}{row.Pointer}").ToList();
        Assert.NotEmpty(named);
        Assert.Empty(named.Except(all));
        Assert.True(status == HttpStatusCode.BadRequest || named.Count == all.Count, $"batch {batch}: {string.Join(' ', named)} instead of {string.Join(' ', all)}");
    }

    private static IEnumerable<string> Told(IEnumerable<(int Index, string Pointer)> wrong, bool isFile) => wrong.Select(row => $"{row.Index} {(isFile ? row.Index + 1 : 0)} {row.Pointer}");

    private static IEnumerable<string> Told(JsonArray errors, bool isFile) => errors.Select(error => $"{error!["index"]} {(isFile ? (int)error["line"]! : 0)} {Assert.Single(error["errors"]!.AsObject()).Key}");

    private static List<(string Row, string? Pointer)> Rows(Random random, bool isLedger, string name)
    {
        var kinds = isLedger ? PartialModeTests.BadEntries : PartialModeTests.BadFacts;
        // Half of the batches have no bad row, and all sizes from 1 to 20 occur.
        var share = random.Next(2) * random.NextDouble();
        return [.. Enumerable.Range(0, random.Next(1, 21)).Select(index => random.NextDouble() < share ? kinds[random.Next(kinds.Length)] : (isLedger
            ? string.Create(CultureInfo.InvariantCulture, $$"""{"kind":"gain","category":"c{{random.Next(3)}}","amount":{{random.Next(1, 4000) / 8m}},"date":"2026-01-{{random.Next(1, 29):D2}}","externalId":"{{name}}-{{index}}"}""")
            : string.Create(CultureInfo.InvariantCulture, $$"""{"project":"site","kpi":"orders","date":"2026-01-{{random.Next(1, 29):D2}}","value":{{random.Next(-500, 500) / 4m}},"externalId":"{{name}}-{{index}}"}"""), (string?)null))];
    }

    private static SortedDictionary<string, decimal> Stored(IEnumerable<(string Id, long Units)> rows, decimal units) => new(rows.ToDictionary(row => row.Id, row => row.Units / units), StringComparer.Ordinal);
}
