using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace KpiApi.Feeds.Formats;

/// <summary>
/// CSV of RFC 4180 in UTF-8 with a header row. An empty cell is null, <c>""</c> is empty text. Text that a spreadsheet would run
/// as a formula starts with an apostrophe; numbers stay numbers.
/// </summary>
internal sealed class CsvRows : RowFormat
{
    /// <summary>For programs: commas, decimal points.</summary>
    public static readonly CsvRows Invariant = new(',', '.', hasByteOrderMark: false);

    /// <summary>For a double click in a French spreadsheet, which needs the byte order mark to see UTF-8.</summary>
    public static readonly CsvRows French = new(';', ',', hasByteOrderMark: true);

    // Both separators, whichever is used here: a reader may guess.
    private static readonly SearchValues<char> Quotable = SearchValues.Create(",;\"\r\n");

    private readonly byte _separator;
    private readonly byte _decimalPoint;
    private readonly bool _hasByteOrderMark;

    private CsvRows(char separator, char decimalPoint, bool hasByteOrderMark)
    {
        _separator = (byte)separator;
        _decimalPoint = (byte)decimalPoint;
        _hasByteOrderMark = hasByteOrderMark;
    }

    public override string ContentType => "text/csv; charset=utf-8";

    public override bool HoldsCursor => false;

    public override async Task Write(PipeWriter output, FeedRows rows, CancellationToken cancellation)
    {
        WriteHeader(output, rows.Columns);
        while (await rows.Next(cancellation))
        {
            WriteRow(output, rows);
            if (output.UnflushedBytes > FlushBytes)
            {
                await output.FlushAsync(cancellation);
            }
        }

        await output.FlushAsync(cancellation);
    }

    private void WriteHeader(PipeWriter output, IReadOnlyList<Column> columns)
    {
        if (_hasByteOrderMark)
        {
            output.Write("\uFEFF"u8);
        }

        for (var column = 0; column < columns.Count; column++)
        {
            Separate(output, column);
            Encoding.UTF8.GetBytes(columns[column].Name, output);
        }

        output.Write("\r\n"u8);
    }

    private void WriteRow(PipeWriter output, FeedRows rows)
    {
        for (var column = 0; column < rows.Columns.Count; column++)
        {
            Separate(output, column);
            if (!rows.IsNull(column))
            {
                WriteValue(output, rows, column);
            }
            else if (rows.Columns.Count == 1)
            {
                // Readers skip an empty line, and would lose the row.
                output.Write("\"\""u8);
            }
        }

        output.Write("\r\n"u8);
    }

    private void WriteValue(PipeWriter output, FeedRows rows, int column)
    {
        switch (rows.Columns[column].Type)
        {
            case ColumnType.Key:
                WriteInteger(output, rows.Key(column));
                break;
            case ColumnType.Integer or ColumnType.DateKey:
                WriteInteger(output, rows.Integer(column));
                break;
            case ColumnType.Flag:
                output.Write(rows.Flag(column) ? "true"u8 : "false"u8);
                break;
            case ColumnType.Number:
                WriteNumber(output, rows.Number(column));
                break;
            case ColumnType.Date or ColumnType.Instant:
                Encoding.UTF8.GetBytes(rows.Text(column), output);
                break;
            default:
                WriteText(output, rows.Text(column));
                break;
        }
    }

    private void Separate(PipeWriter output, int column)
    {
        if (column > 0)
        {
            output.Write([_separator]);
        }
    }

    private static void WriteInteger(PipeWriter output, long value)
    {
        Utf8Formatter.TryFormat(value, output.GetSpan(20), out var length);
        output.Advance(length);
    }

    /// <summary>The shortest digits that read back as the same number. What is no number is an empty cell.</summary>
    private void WriteNumber(PipeWriter output, double value)
    {
        if (!double.IsFinite(value))
        {
            return;
        }

        var digits = output.GetSpan(32);
        value.TryFormat(digits, out var length, "R", CultureInfo.InvariantCulture);
        digits[..length].Replace((byte)'.', _decimalPoint);
        output.Advance(length);
    }

    private static void WriteText(PipeWriter output, string text)
    {
        var isQuoted = text.Length == 0 || text[0] == ' ' || text[^1] == ' ' || text.AsSpan().ContainsAny(Quotable);
        if (isQuoted)
        {
            output.Write("\""u8);
        }

        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r')
        {
            output.Write("'"u8);
        }

        Encoding.UTF8.GetBytes(isQuoted ? text.Replace("\"", "\"\"", StringComparison.Ordinal) : text, output);
        if (isQuoted)
        {
            output.Write("\""u8);
        }
    }
}
