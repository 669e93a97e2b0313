using System.Data;
using System.IO.Pipelines;
using KpiApi.Feeds;
using KpiApi.Feeds.Formats;

namespace KpiApi.Tests.Feeds;

/// <summary>Cells as they are written.</summary>
public class FormatTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+33 2", "'+33 2")]
    [InlineData("-5", "'-5")]
    [InlineData("@sum", "'@sum")]
    [InlineData("\tx", "'\tx")]
    [InlineData("\rx", "\"'\rx\"")]
    [InlineData("=\"a\"", "\"'=\"\"a\"\"\"")]
    [InlineData("a=b", "a=b")]
    [InlineData("'x", "'x")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("a;b", "\"a;b\"")]
    [InlineData("a\"b", "\"a\"\"b\"")]
    [InlineData("a\nb", "\"a\nb\"")]
    [InlineData("a\r\nb", "\"a\r\nb\"")]
    [InlineData(" a", "\" a\"")]
    [InlineData("", "\"\"")]
    [InlineData("é — 中 😀", "é — 中 😀")]
    public async Task Text_in_CSV_is_quoted_where_it_must_be_and_never_a_formula(string text, string cell) =>
        Assert.Equal("C,D\r\n" + cell + ",x\r\n", await Written(CsvRows.Invariant, Row(Cell(ColumnType.Text, text), Cell(ColumnType.Text, "x"))));

    [Theory]
    [InlineData(0.0, "0")]
    [InlineData(-12.5, "-12.5")]
    [InlineData(0.1, "0.1")]
    [InlineData(1.0 / 3, "0.3333333333333333")]
    [InlineData(0.1 + 0.2, "0.30000000000000004")]
    [InlineData(1e300, "1E+300")]
    [InlineData(5e-324, "5E-324")]
    [InlineData(-1.25e-7, "-1.25E-07")]
    [InlineData(9007199254740993.0, "9007199254740992")]
    public async Task Numbers_are_the_shortest_text_that_reads_back(double number, string text)
    {
        var cell = Cell(ColumnType.Number, number);
        Assert.Equal("C\r\n" + text + "\r\n", await Written(CsvRows.Invariant, Row(cell)));
        Assert.Equal("\uFEFFC\r\n" + text.Replace('.', ',') + "\r\n", await Written(CsvRows.French, Row(cell)));
        var json = await Written(new NdjsonRows(), Row(cell));
        Assert.Equal("{\"C\":" + text + "}\n", json);
        Assert.Equal(number, System.Text.Json.JsonDocument.Parse(json).RootElement.GetProperty("C").GetDouble());
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public async Task What_is_no_number_is_null(double number)
    {
        Assert.Equal("C,D\r\n,x\r\n", await Written(CsvRows.Invariant, Row(Cell(ColumnType.Number, number), Cell(ColumnType.Text, "x"))));
        Assert.Equal("[{\"C\":null}]", await Written(new JsonRows(isPaged: false), Row(Cell(ColumnType.Number, number))));
    }

    [Fact]
    public async Task Other_cells_keep_their_type()
    {
        var row = Row(Cell(ColumnType.Key, long.MaxValue), Cell(ColumnType.Integer, -7), Cell(ColumnType.DateKey, 20250131), Cell(ColumnType.Flag, 1), Cell(ColumnType.Flag, 0), Cell(ColumnType.Date, "2025-01-31"), Cell(ColumnType.Instant, "2025-01-31T00:00:00.000Z"), Cell(ColumnType.Text, null));
        Assert.Equal("C;D;E;F;G;H;I;J\r\n9223372036854775807;-7;20250131;true;false;2025-01-31;2025-01-31T00:00:00.000Z;\r\n", (await Written(CsvRows.French, row))[1..]);
        Assert.Equal(
            """{"items":[{"C":9223372036854775807,"D":-7,"E":20250131,"F":true,"G":false,"H":"2025-01-31","I":"2025-01-31T00:00:00.000Z","J":null}],"nextCursor":null}""",
            await Written(new JsonRows(isPaged: true), row));
    }

    [Fact]
    public async Task JSON_text_is_escaped_and_letters_stay_letters() =>
        Assert.Equal("[{\"C\":\"é \\\"q\\\" \\n = 中\"}]", await Written(new JsonRows(isPaged: false), Row(Cell(ColumnType.Text, "é \"q\" \n = 中"))));

    [Fact]
    public async Task A_row_of_one_empty_cell_is_no_empty_line() => Assert.Equal("C\r\n\"\"\r\n", await Written(CsvRows.Invariant, Row(Cell(ColumnType.Text, null))));

    [Theory]
    [InlineData("json")]
    [InlineData("ndjson")]
    [InlineData("csv")]
    public async Task Memory_does_not_grow_with_rows(string format)
    {
        const int Count = 20_000;
        var row = Row(Cell(ColumnType.Key, 1L), Cell(ColumnType.Text, new string('x', 200)));
        await using var rows = await Open(row, Count);
        var output = new Gauge();
        await RowFormat.Choose(format, null, default, isPaged: false).Write(output, rows, default);
        Assert.InRange(output.Length, Count * 200, Count * 240);
        Assert.InRange(output.Largest, 60 * 1024, 66 * 1024);
    }

    [Theory]
    [InlineData(null, null, "application/json")]
    [InlineData(null, "*/*", "application/json")]
    [InlineData(null, "application/json", "application/json")]
    [InlineData(null, "application/x-ndjson", "application/x-ndjson")]
    [InlineData(null, "text/csv", "text/csv; charset=utf-8")]
    [InlineData(null, "TEXT/CSV; charset=utf-8", "text/csv; charset=utf-8")]
    [InlineData(null, "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", "application/json")]
    [InlineData(null, "application/json;q=0.5, text/csv", "text/csv; charset=utf-8")]
    [InlineData(null, "text/csv;q=0, application/x-ndjson;q=0.1", "application/x-ndjson")]
    [InlineData(null, "image/png", "application/json")]
    [InlineData(null, "not a media type", "application/json")]
    [InlineData("csv", "application/json", "text/csv; charset=utf-8")]
    [InlineData("ndjson", null, "application/x-ndjson")]
    [InlineData("parquet", null, "application/vnd.apache.parquet")]
    [InlineData(null, "application/vnd.apache.parquet", "application/vnd.apache.parquet")]
    [InlineData("json", "text/csv", "application/json")]
    public void A_format_is_chosen_by_name_then_by_what_is_accepted(string? format, string? accept, string contentType) =>
        Assert.Equal(contentType, RowFormat.Choose(format, null, accept, isPaged: false).ContentType);

    [Theory]
    [InlineData("xml", null, "format")]
    [InlineData("CSV", null, "format")]
    [InlineData("", null, "format")]
    [InlineData("csv", "de-DE", "locale")]
    [InlineData("csv", "", "locale")]
    [InlineData("json", "fr-FR", "locale")]
    [InlineData("parquet", "fr-FR", "locale")]
    [InlineData(null, "fr-FR", "locale")]
    public void A_format_or_locale_that_is_not_offered_is_refused(string? format, string? locale, string parameter) =>
        FeedQueryTests.Refused(parameter, () => RowFormat.Choose(format, locale, default, isPaged: false));

    [Fact]
    public void A_locale_changes_CSV()
    {
        Assert.Same(CsvRows.French, RowFormat.Choose("csv", "fr-FR", default, isPaged: false));
        Assert.Same(CsvRows.French, RowFormat.Choose(null, "fr-FR", "text/csv", isPaged: false));
        Assert.Same(CsvRows.Invariant, RowFormat.Choose("csv", "en-US", default, isPaged: false));
    }

    private static (ColumnType Type, object? Value) Cell(ColumnType type, object? value) => (type, value);

    private static (ColumnType Type, object? Value)[] Row(params (ColumnType Type, object? Value)[] cells) => cells;

    private static async Task<string> Written(RowFormat format, (ColumnType Type, object? Value)[] row)
    {
        await using var rows = await Open(row, 1);
        return await FeedDatabase.Written(format, rows);
    }

    /// <summary>The same row so many times, in columns C, D, E …</summary>
    private static Task<FeedRows> Open((ColumnType Type, object? Value)[] row, int count)
    {
        var columns = row.Select((cell, index) => new Column(((char)('C' + index)).ToString(), cell.Type, ColumnRole.Dimension, "Test.", "text", true)).ToList();
        var table = new DataTable();
        foreach (var column in columns)
        {
            table.Columns.Add(column.Name, typeof(object));
        }

        for (var index = 0; index < count; index++)
        {
            table.Rows.Add([.. row.Select(cell => cell.Value ?? DBNull.Value)]);
        }

        var feed = new Feed("test", "Test", "row", "Test.", ["C"], null, columns);
        return FeedRows.Open(table.CreateDataReader(), new FeedQuery(feed, columns), default);
    }

    /// <summary>A pipe to nowhere that remembers how much was waiting when it was flushed, as the pipe of a response does.</summary>
    private sealed class Gauge : PipeWriter
    {
        private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0));

        public long Length { get; private set; }

        public long Largest { get; private set; }

        public override bool CanGetUnflushedBytes => true;

        public override long UnflushedBytes => _pipe.Writer.UnflushedBytes;

        public override void Advance(int bytes) => _pipe.Writer.Advance(bytes);

        public override Memory<byte> GetMemory(int sizeHint = 0) => _pipe.Writer.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => _pipe.Writer.GetSpan(sizeHint);

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            Length += UnflushedBytes;
            Largest = Math.Max(Largest, UnflushedBytes);
            await _pipe.Writer.FlushAsync(cancellationToken);
            if (_pipe.Reader.TryRead(out var read))
            {
                _pipe.Reader.AdvanceTo(read.Buffer.End);
            }

            return default;
        }
    }
}
