using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Feeds.OData;

/// <summary>Pages while others write, and questions that never reach the database.</summary>
public class ODataPagingTests
{
    [Theory]
    [InlineData("$orderby=Numerator desc,Note&$select=MeasurementId,ExternalId")]
    [InlineData("$select=ExternalId")]
    [InlineData("$filter=contains(ExternalId,'row')&$orderby=Date,Source desc")]
    public async Task No_row_comes_twice_and_no_untouched_row_is_lost_while_rows_are_added_corrected_and_deleted(string question)
    {
        await using var world = await ODataWorld.Make();
        var random = new Random(7);
        await Post(world, Enumerable.Range(0, 300).Select(row => (row, random.Next(20))));
        var touched = new HashSet<string>();
        var seen = new List<string>();
        var next = "/odata/v1/Measurements?" + question;
        var added = 1000;
        for (var page = 0; next is not null; page++)
        {
            Assert.True(page < 200, "It does not end.");
            using var request = new HttpRequestMessage(HttpMethod.Get, next);
            request.Headers.Add("Prefer", "odata.maxpagesize=23");
            using var response = await world.Reader.Http.SendAsync(request);
            var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            seen.AddRange(answer["value"]!.AsArray().Select(row => (string)row!["ExternalId"]!));
            next = (string?)answer["@odata.nextLink"] is { } link ? new Uri(link).PathAndQuery : null;
            if (page % 2 == 0)
            {
                // A new row, a row whose order changes, and a row that goes.
                var changed = random.Next(300);
                var deleted = random.Next(300);
                await Post(world, [(added++, random.Next(20)), (changed, random.Next(20))]);
                touched.Add($"row{added - 1}");
                touched.Add($"row{changed}");
                var row = (await world.Admin.Get($"/v1/measurements?source=api&externalId=row{deleted}"))["items"]!.AsArray().SingleOrDefault();
                if (row is not null)
                {
                    touched.Add($"row{deleted}");
                    await world.Admin.Delete($"/v1/measurements/{row["id"]}");
                }
            }
        }

        // A row that was corrected may have moved, to a page that was read or to one that is still to come.
        var untouched = Enumerable.Range(0, 300).Select(row => $"row{row}").Where(row => !touched.Contains(row)).ToList();
        Assert.True(untouched.Count > 150);
        Assert.Empty(untouched.Except(seen));
        Assert.Empty(seen.Where(row => !touched.Contains(row)).GroupBy(row => row).Where(group => group.Count() > 1 && group.Key.StartsWith("row", StringComparison.Ordinal)).Select(group => group.Key));
    }

    [Fact]
    public async Task Top_counts_over_all_pages_and_nothing_is_cut_in_silence()
    {
        await using var world = await ODataWorld.Make(null, "--Limits:ODataPageRows=50");
        foreach (var (top, expected) in ((int?, int)[])[(null, world.Facts), (120, 120), (50, 50), (1, 1), (0, 0), (1000, world.Facts)])
        {
            var rows = 0;
            var next = "/odata/v1/Measurements?$skip=0" + (top is null ? "" : string.Create(CultureInfo.InvariantCulture, $"&$top={top}"));
            while (next is not null)
            {
                var answer = await world.Reader.Get(next);
                Assert.InRange(answer["value"]!.AsArray().Count, 0, 50);
                rows += answer["value"]!.AsArray().Count;
                next = (string?)answer["@odata.nextLink"] is { } link ? new Uri(link).PathAndQuery : null;
            }

            Assert.Equal(expected, rows);
        }

        var skipped = await world.Reader.Get($"/odata/v1/Measurements?$skip={world.Facts - 5}&$count=true");
        Assert.Equal(5, skipped["value"]!.AsArray().Count);
        Assert.Equal(world.Facts, (int)skipped["@odata.count"]!);
    }

    [Fact]
    public async Task Hostile_questions_are_refused_before_the_database_is_asked()
    {
        var opened = 0;
        await using var world = await ODataWorld.Make(builder =>
        {
            DialectAround.Install(builder, inner => new DialectAround(inner) { SeesReader = () => Interlocked.Increment(ref opened) });
        });
        string Deep(int levels) => string.Concat(Enumerable.Repeat("not (", levels)) + "Numerator gt 1" + new string(')', levels);
        string[] hostile =
        [
            "/odata/v1/Measurements?$filter=" + Deep(30),
            "/odata/v1/Measurements?$filter=" + Deep(400),
            "/odata/v1/Measurements?$filter=" + string.Join(" and ", Enumerable.Range(0, 100).Select(_ => "KpiId eq 1")),
            "/odata/v1/Measurements?$filter=KpiId in (" + string.Join(',', Enumerable.Repeat("1", 501)) + ")",
            "/odata/v1/Measurements?$filter=Source eq '" + new string('x', 9000) + "'",
            "/odata/v1/Measurements?$filter=" + new string('(', 3000),
            "/odata/v1/Measurements?$orderby=" + string.Join(',', Shuffled().Take(6)),
            "/odata/v1/Measurements?$filter=Source eq 'x' or 1 eq 1; DROP TABLE Measurement",
            "/odata/v1/Measurements?$apply=groupby((Source),aggregate(Numerator with sum as [x] FROM y))",
            "/v1/feeds/measurements?filter=" + Deep(30),
            "/v1/feeds/measurements?filter=KpiId in (" + string.Join(',', Enumerable.Repeat("1", 501)) + ")",
            "/v1/feeds/measurements?orderby=" + string.Join(',', Shuffled().Take(6)),
        ];
        foreach (var address in hostile)
        {
            var before = opened;
            using var response = await world.Reader.Http.GetAsync(address);
            Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{address[..Math.Min(90, address.Length)]}: {(int)response.StatusCode}");
            // The key was looked up, and nothing else.
            Assert.InRange(opened - before, 0, 1);
        }

        Assert.Equal(world.Facts, (await world.Reader.Get("/odata/v1/Measurements"))["value"]!.AsArray().Count);
    }

    private static IEnumerable<string> Shuffled() => ["Numerator", "Denominator", "Source", "ExternalId", "Note", "DateKey", "Date"];

    private static Task<JsonNode> Post(ODataWorld world, IEnumerable<(int Row, int Numerator)> rows) => world.Admin.Post("/v1/measurements", new JsonArray([.. rows.Select(row => new JsonObject
    {
        ["project"] = "crm",
        ["kpi"] = "rate",
        ["date"] = new DateOnly(2025, 4, 1).AddDays(row.Row % 25).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        ["numerator"] = row.Numerator,
        ["denominator"] = 20,
        ["externalId"] = $"row{row.Row}",
    })]));
}
