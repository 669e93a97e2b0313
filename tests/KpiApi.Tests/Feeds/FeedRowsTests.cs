using System.Text.Json;
using KpiApi.Feeds;
using KpiApi.Feeds.Formats;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Feeds;

/// <summary>Feeds read from a deployed database.</summary>
public class FeedRowsTests(FeedDatabase database) : IClassFixture<FeedDatabase>
{
    public static TheoryData<string> Feeds => FeedCatalogueTests.Feeds;

    [Theory]
    [MemberData(nameof(Feeds))]
    public async Task Every_feed_has_rows_of_its_organisation_with_every_column_of_the_declared_type(string url)
    {
        var feed = FeedCatalogue.Find(url)!;
        var rows = await Rows(new FeedQuery(feed, feed.Columns));
        Assert.NotEmpty(rows);
        foreach (var row in rows)
        {
            Assert.Equal(feed.Columns.Select(column => column.Name), row.EnumerateObject().Select(member => member.Name));
            Assert.All(feed.Columns, column => Assert.True(Fits(column, row.GetProperty(column.Name)), column.Name + ": " + row.GetProperty(column.Name)));
            // The ids of the other organisation lie above 1000. An alert's own is made of one of those, its day and its kind.
            Assert.All(
                feed.Columns.Where(column => column.Type == ColumnType.Key && column.Name != "AlertId").Select(column => row.GetProperty(column.Name)).Where(id => id.ValueKind != JsonValueKind.Null),
                id => Assert.InRange(id.GetInt64(), 1, 999));
        }
    }

    [Theory]
    [MemberData(nameof(Feeds))]
    public async Task Pages_put_together_are_the_whole_feed(string url)
    {
        var feed = FeedCatalogue.Find(url)!;
        var whole = (await Rows(new FeedQuery(feed, feed.Columns))).Select(row => row.GetRawText()).ToList();
        var pageSize = (whole.Count + 2) / 3;
        var pages = new List<string>();
        string? cursor = null;
        do
        {
            using var page = JsonDocument.Parse(await database.Text(FeedQueryTests.Parse(feed, limit: Text(pageSize), cursor: cursor), new JsonRows(isPaged: true)));
            pages.AddRange(page.RootElement.GetProperty("items").EnumerateArray().Select(row => row.GetRawText()));
            cursor = page.RootElement.GetProperty("nextCursor").GetString();
            Assert.True(pages.Count <= whole.Count);
        }
        while (cursor is not null);

        Assert.Equal(whole, pages);
    }

    [Theory]
    [MemberData(nameof(Feeds))]
    public async Task Rows_are_unique_and_ordered_by_key(string url)
    {
        var feed = FeedCatalogue.Find(url)!;
        var keys = (await Rows(new FeedQuery(feed, feed.Columns))).Select(row => feed.Key.Select(name => row.GetProperty(name).GetInt64()).ToArray()).ToList();
        Assert.Equal(keys.Order(Comparer<long[]>.Create((a, b) => a.Zip(b, (x, y) => x.CompareTo(y)).FirstOrDefault(order => order != 0))), keys);
        Assert.Equal(keys.Count, keys.Select(key => string.Join(' ', key)).Distinct().Count());
    }

    [Fact]
    public async Task The_cursor_found_ahead_is_the_one_in_the_answer()
    {
        foreach (var limit in (string[])["1", "2", "3", "5", "6"])
        {
            var query = FeedQueryTests.Parse(FactFeeds.Measurements, select: "Numerator", limit: limit);
            using var page = JsonDocument.Parse(await database.Text(query, new JsonRows(isPaged: true)));
            Assert.Equal(page.RootElement.GetProperty("nextCursor").GetString(), await database.Read(session => FeedRows.FindNextCursor(session, query)));
            Assert.Equal(limit is "5" or "6", page.RootElement.GetProperty("nextCursor").ValueKind == JsonValueKind.Null);
        }
    }

    [Fact]
    public async Task An_empty_page_has_its_frame()
    {
        var after = FeedQueryTests.Parse(FactFeeds.Measurements).Cursor([999]);
        Assert.Equal("""{"items":[],"nextCursor":null}""", await database.Text(FeedQueryTests.Parse(FactFeeds.Measurements, cursor: after), new JsonRows(isPaged: true)));
        Assert.Equal("[]", await database.Text(FeedQueryTests.Parse(FactFeeds.Measurements, to: "2020-01-01"), new JsonRows(isPaged: false)));
        Assert.Equal("", await database.Text(FeedQueryTests.Parse(FactFeeds.Measurements, to: "2020-01-01"), new NdjsonRows()));
        Assert.Equal("Numerator\r\n", await database.Text(FeedQueryTests.Parse(FactFeeds.Measurements, select: "Numerator", to: "2020-01-01"), CsvRows.Invariant));
    }

    [Theory]
    [InlineData("measurements", "2025-06-03", "2025-06-03", 3)]
    [InlineData("measurements", "2025-06-03", null, 4)]
    [InlineData("measurements", null, "2025-06-02", 1)]
    [InlineData("measurements", "2025-06-04", "2025-06-03", 0)]
    [InlineData("kpi-days", "2025-06-02", "2025-06-03", 4)] // the sum KPI has both days, one of them without facts
    [InlineData("dates", "2024-02-28", "2024-03-01", 3)]
    [InlineData("dates", null, "2015-01-01", 1)]
    [InlineData("north-stars", "2025-06-01", "2025-06-30", 1)]
    public async Task Days_include_both_ends(string url, string? from, string? to, int rows) =>
        Assert.Equal(rows, (await Rows(FeedQueryTests.Parse(FeedCatalogue.Find(url)!, from: from, to: to))).Count);

    [Fact]
    public async Task The_same_row_in_every_format()
    {
        var query = FeedQueryTests.Parse(DimensionFeeds.ProjectKpis, select: "Purpose,ProjectKpiId,BaselineValue,Tolerance,ServesNorthStar,LaunchedAtUtc", limit: "2");
        Assert.Equal(
            """
            {"Purpose":"+1 order","ProjectKpiId":1,"BaselineValue":2.5,"Tolerance":0.1,"ServesNorthStar":true,"LaunchedAtUtc":"2025-12-01T08:00:00.000Z"}
            {"Purpose":"Volume","ProjectKpiId":2,"BaselineValue":null,"Tolerance":0.1,"ServesNorthStar":false,"LaunchedAtUtc":"2025-12-01T08:00:00.000Z"}

            """,
            await database.Text(query, new NdjsonRows()));
        Assert.Equal(
            "Purpose,ProjectKpiId,BaselineValue,Tolerance,ServesNorthStar,LaunchedAtUtc\r\n'+1 order,1,2.5,0.1,true,2025-12-01T08:00:00.000Z\r\nVolume,2,,0.1,false,2025-12-01T08:00:00.000Z\r\n",
            await database.Text(query, CsvRows.Invariant));
        Assert.Equal(
            "\uFEFFPurpose;ProjectKpiId;BaselineValue;Tolerance;ServesNorthStar;LaunchedAtUtc\r\n'+1 order;1;2,5;0,1;true;2025-12-01T08:00:00.000Z\r\nVolume;2;;0,1;false;2025-12-01T08:00:00.000Z\r\n",
            await database.Text(query, CsvRows.French));
    }

    [FileFact]
    public async Task A_span_of_days_is_sought()
    {
        var query = FeedQueryTests.Parse(FactFeeds.Measurements, from: "2025-06-01", to: "2025-06-30");
        var statement = query.Statement(database.TextSql);
        var plan = await database.Read(session => session.Query<PlanStep>("EXPLAIN QUERY PLAN " + statement.Sql, statement.Parameters));
        Assert.Contains(plan, step => step.Detail.Contains("IX_Measurement_DayOrder (OrganisationId=? AND DateKey>? AND DateKey<?)", StringComparison.Ordinal));
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static bool Fits(Column column, JsonElement value) => value.ValueKind == JsonValueKind.Null ? column.IsNullable : column.Type switch
    {
        ColumnType.Key => value.TryGetInt64(out _),
        ColumnType.Integer => value.TryGetInt32(out _),
        ColumnType.DateKey => value.TryGetInt32(out var day) && day is > 20150000 and < 20500000,
        ColumnType.Number => value.TryGetDouble(out _),
        ColumnType.Flag => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        ColumnType.Date => KpiApi.Storage.Days.TryParse(value.GetString(), out _),
        ColumnType.Instant => value.TryGetDateTimeOffset(out _) && value.GetString()!.EndsWith('Z'),
        _ => value.ValueKind == JsonValueKind.String,
    };

    private async Task<List<JsonElement>> Rows(FeedQuery query) => [.. JsonDocument.Parse(await database.Text(query, new JsonRows(isPaged: false))).RootElement.EnumerateArray()];

    private sealed record PlanStep
    {
        public string Detail { get; init; } = "";
    }
}
