using System.Data;
using System.Globalization;
using System.Text.Json;
using KpiApi.Feeds;
using KpiApi.Feeds.Formats;
using KpiApi.Storage;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Feeds;

/// <summary>Parquet as another program reads it.</summary>
public class ParquetTests(FeedDatabase database) : IClassFixture<FeedDatabase>
{
    public static TheoryData<string> Feeds => [.. FeedCatalogue.All.Select(feed => feed.Url)];

    [Theory]
    [MemberData(nameof(Feeds))]
    public async Task Every_feed_reads_back_with_its_types_and_the_rows_of_JSON(string url)
    {
        var feed = FeedCatalogue.Find(url)!;
        var query = new FeedQuery(feed, feed.Columns);
        using var file = new Duck(await database.Bytes(query, new ParquetRows()));
        Assert.Equal(feed.Columns.Select(column => (column.Name, Type(column), column.IsNullable)), file.Columns());

        using var json = JsonDocument.Parse(await database.Text(query, new JsonRows(isPaged: false)));
        var rows = file.Rows();
        Assert.NotEmpty(rows);
        Assert.Equal(
            json.RootElement.EnumerateArray().Select(row => string.Join('|', feed.Columns.Select(column => Text(column, row.GetProperty(column.Name))))),
            rows.Select(row => string.Join('|', feed.Columns.Select((column, index) => Text(column, row[index])))));
    }

    [Fact]
    public async Task Without_rows_the_schema_is_the_same()
    {
        var feed = FactFeeds.Measurements;
        using var file = new Duck(await database.Bytes(new FeedQuery(feed, feed.Columns) { To = new DateOnly(2020, 1, 1) }, new ParquetRows()));
        Assert.Equal(feed.Columns.Select(column => (column.Name, Type(column), column.IsNullable)), file.Columns());
        Assert.Empty(file.Rows());
    }

    [Fact]
    public async Task Chosen_columns_come_in_the_order_of_the_caller()
    {
        using var file = new Duck(await database.Bytes(FeedQueryTests.Parse(FactFeeds.Ledger, select: "Amount,Date"), new ParquetRows()));
        Assert.Equal([("Amount", "DOUBLE", false), ("Date", "DATE", false)], file.Columns());
        Assert.Equal([-1.2345, new DateOnly(2025, 6, 10)], Assert.Single(file.Rows()));
    }

    [Fact]
    public async Task Many_rows_are_written_in_groups()
    {
        using var file = new Duck(await Written(70_000, "x"));
        Assert.Equal([32768, 32768, 4464], file.Groups());
        Assert.Equal(Enumerable.Range(0, 70_000).Select(number => (long)number), file.Rows().Select(row => (long)row[0]!));
    }

    [Fact]
    public async Task Long_texts_make_small_groups()
    {
        using var file = new Duck(await Written(5_000, new string('x', 2_000)));
        Assert.Equal([2098, 2098, 804], file.Groups());
    }

    /// <summary>So many rows of a number and a text.</summary>
    private static async Task<byte[]> Written(int count, string text)
    {
        var table = new DataTable();
        table.Columns.Add("Number", typeof(long));
        table.Columns.Add("Text", typeof(string));
        for (long row = 0; row < count; row++)
        {
            table.Rows.Add(row, text);
        }

        List<Column> columns = [Column.Key("Number", "Test."), Column.Text("Text", "text", "Test.")];
        await using var rows = await FeedRows.Open(table.CreateDataReader(), new FeedQuery(new Feed("test", "Test", "row", "Test.", ["Number"], null, columns), columns), default);
        return await FeedDatabase.Bytes(new ParquetRows(), rows);
    }

    private static string Type(Column column) => column.Type switch
    {
        ColumnType.Key => "BIGINT",
        ColumnType.Integer or ColumnType.DateKey => "INTEGER",
        ColumnType.Number => "DOUBLE",
        ColumnType.Flag => "BOOLEAN",
        ColumnType.Date => "DATE",
        ColumnType.Instant => "TIMESTAMP WITH TIME ZONE",
        _ => "VARCHAR",
    };

    private static string Text(Column column, JsonElement cell) => cell.ValueKind == JsonValueKind.Null ? "" : column.Type switch
    {
        ColumnType.Key => Text(column, cell.GetInt64()),
        ColumnType.Integer or ColumnType.DateKey => Text(column, cell.GetInt32()),
        ColumnType.Number => Text(column, cell.GetDouble()),
        ColumnType.Flag => Text(column, cell.GetBoolean()),
        ColumnType.Date => Text(column, Days.Parse(cell.GetString()!)),
        ColumnType.Instant => Text(column, Instants.Parse(cell.GetString()!)),
        _ => cell.GetString()!,
    };

    /// <summary>The cell, whose CLR type is asked for too.</summary>
    private static string Text(Column column, object? cell) => (column.Type, cell) switch
    {
        (_, null) => "",
        (ColumnType.Key, long or int) or (ColumnType.Integer or ColumnType.DateKey, int) or (ColumnType.Number, double) or (ColumnType.Flag, bool) =>
            Convert.ToString(cell, CultureInfo.InvariantCulture)!,
        (ColumnType.Date, DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        (ColumnType.Instant, DateTime instant) => instant.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff", CultureInfo.InvariantCulture),
        (ColumnType.Text, string text) => text,
        _ => $"{cell} is a {cell.GetType().Name}",
    };
}
