using System.Runtime.CompilerServices;
using System.Text;
using CsvHelper;
using KpiApi.Http;

namespace KpiApi.Imports;

/// <summary>How the bytes of a CSV file are to be read.</summary>
/// <param name="Separator">Between fields; null: whichever of tab, pipe and semicolon the first line has.</param>
/// <param name="Encoding">The words of <see cref="CellEncoding"/>.</param>
/// <param name="IsQuoted">RFC 4180; otherwise a quote is an ordinary character that may stand around a field.</param>
/// <param name="SkipLines">Lines above the table.</param>
/// <param name="MostLineBytes">What a record may have.</param>
internal sealed record CsvLayout(char? Separator, string Encoding, bool IsQuoted, int SkipLines, int MostLineBytes);

/// <summary>A record of a CSV file.</summary>
/// <param name="Number">The line on which it begins, from 1.</param>
/// <param name="Cells">Its fields.</param>
internal sealed record CsvLine(long Number, IReadOnlyList<string> Cells)
{
    /// <summary>The line on which it ends.</summary>
    public long LastNumber { get; init; }

    /// <summary>The field, from 1, that cannot be read; its text is not to be used, and where its quotes are wrong the fields end before it.</summary>
    public int? BadCell { get; init; }

    /// <summary>Why.</summary>
    public string? Fault { get; init; }

    /// <summary>Why its fields are not those of the header: a quote may have taken in lines that were none of it.</summary>
    public string Misfit(int expected) => $"has {Cells.Count} fields{(LastNumber > Number ? $", for a quote makes one row of the lines {Number} to {LastNumber}" : "")}; the header has {expected}.";

    /// <summary>Itself, when all of it can be read: what is missing from a header would move the columns.</summary>
    /// <exception cref="ProblemException">400: it cannot be read.</exception>
    public CsvLine AsHeader() => Fault is null ? this : throw new ProblemException(ProblemType.Malformed, $"The header cannot be read: {Told}");

    /// <summary>The row that it would be, refused.</summary>
    public BatchRow<T> Unreadable<T>(RowPlace place)
        where T : class => new(place with { Column = BadCell }, null, new Errors().Add("", Told, ProblemType.Malformed));

    private string Told => $"field {BadCell} {Fault}";
}

/// <summary>
/// How many fields a line may have: as many as the header. Programs that end the lines of a table with a separator do so from the first one on, so
/// that one tells; elsewhere an empty field too many is the last of a line whose cells have moved.
/// </summary>
internal sealed class FieldCount(CsvLine header)
{
    private int? _most;

    public int Header => header.Cells.Count;

    public bool IsExceededBy(CsvLine line)
    {
        var isEmptyBeyond = line.Cells.Skip(Header).All(cell => cell.Length == 0);
        _most ??= isEmptyBeyond ? Math.Max(Header, line.Cells.Count) : Header;
        return !isEmptyBeyond || line.Cells.Count > _most;
    }
}

/// <summary>Records of a CSV file, one at a time. What one of them may hold is bounded, whatever its quotes say.</summary>
internal static class CsvLines
{
    private static readonly Encoding[] Marked = [Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode];

    /// <exception cref="ProblemException">400: the file says with its first bytes that it is in another encoding. 413: a record is too long to be held.</exception>
    public static async IAsyncEnumerable<CsvLine> Read(Stream file, CsvLayout layout, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // The longest record, and as much again that it need not be moved for each line. A line end comes first, as before every later line.
        var window = new byte[(2 * layout.MostLineBytes) + 64];
        window[0] = (byte)'\n';
        var held = 1 + await file.ReadAtLeastAsync(window.AsMemory(1, Encoding.UTF8.Preamble.Length), Encoding.UTF8.Preamble.Length, throwOnEndOfStream: false, cancellation);
        if (IsMarked(window.AsSpan(1, held - 1), layout.Encoding))
        {
            held = 1;
        }

        CsvWindow? lines = null;
        while (true)
        {
            held += await file.ReadAtLeastAsync(window.AsMemory(held), window.Length - held, throwOnEndOfStream: false, cancellation);
            var isEnd = held < window.Length;
            lines ??= new CsvWindow(layout, layout.Separator ?? FindSeparator(window.AsMemory(0, held), layout.SkipLines));
            foreach (var line in lines.Take(window.AsMemory(0, held), isEnd))
            {
                yield return line;
            }

            if (isEnd)
            {
                yield break;
            }

            window.AsSpan(lines.Taken, held - lines.Taken).CopyTo(window);
            held -= lines.Taken;
        }
    }

    /// <summary>Whether a mark is to be passed over.</summary>
    private static bool IsMarked(ReadOnlySpan<byte> start, string encoding)
    {
        foreach (var marked in Marked)
        {
            if (start.StartsWith(marked.Preamble) && (marked != Encoding.UTF8 || encoding is not (CellEncoding.Utf8 or CellEncoding.Either)))
            {
                throw new ProblemException(ProblemType.Malformed, $"The file says with its first bytes that it is in {marked.WebName}; it is to be in {encoding}.");
            }
        }

        return start.StartsWith(Encoding.UTF8.Preamble);
    }

    private static char FindSeparator(ReadOnlyMemory<byte> head, int skipLines)
    {
        using var reader = CsvReader.Create(head, new CsvReaderOptions { Separator = '\t', HasHeader = false, Mode = CsvMode.NoEscape, TrackLineNumbers = true });
        while (reader.Read())
        {
            if (reader.LineNumber - 1 > skipLines)
            {
                return "\t|;".FirstOrDefault(separator => reader.RawRecord.Contains((byte)separator), '\t');
            }
        }

        return '\t';
    }
}

/// <summary>
/// Takes records from the part of a file that is in memory. CsvHelper reads each line as if its quotes ended with it. A line that leaves a quote open
/// is read again as a record of several lines, and only if its quotes close as they should are those lines cells of it.
/// </summary>
internal sealed class CsvWindow
{
    private readonly CsvLayout _layout;
    private readonly CsvReaderOptions _ofLines;
    private readonly CsvReaderOptions _ofRecords;
    private CsvMalformedRecord? _fault;
    private long _taken;

    public CsvWindow(CsvLayout layout, char separator)
    {
        _layout = layout;
        _ofLines = new CsvReaderOptions
        {
            Separator = separator,
            HasHeader = false,
            Mode = layout.IsQuoted ? CsvMode.Rfc4180 : CsvMode.NoEscape,
            AllowLineBreaksInQuotes = false,
            SkipEmptyLines = false,
            TrackLineNumbers = true,
            IncludeValuesInExceptions = false,
            OnMalformedRecord = record => _fault = record,
        };
        _ofRecords = _ofLines with { AllowLineBreaksInQuotes = true, SkipEmptyLines = true };
    }

    /// <summary>How much of the window was taken. What follows is the end of a line, and belongs before what is read next.</summary>
    public int Taken { get; private set; }

    /// <param name="window">The end of the last line taken, and what follows.</param>
    /// <param name="isEnd">Nothing follows the window.</param>
    /// <exception cref="ProblemException">413: a record is too long to be held.</exception>
    public IEnumerable<CsvLine> Take(ReadOnlyMemory<byte> window, bool isEnd)
    {
        var before = _taken - 1;
        var (quoted, quotedEnd) = ((CsvLine?)null, 0);
        using var reader = CsvReader.Create(window, _ofLines);
        while (Next(reader))
        {
            var number = before + reader.LineNumber;
            var (start, end) = ((int)reader.ByteOffset, (int)reader.ByteOffset + reader.RawRecord.Length);
            if (end - start > _layout.MostLineBytes)
            {
                throw new ProblemException(ProblemType.TooLarge, $"Line {number} has more than {_layout.MostLineBytes} bytes.");
            }

            // More of it may come.
            if (end == window.Length && !isEnd)
            {
                yield break;
            }

            if (quoted is null && start < end && number > _layout.SkipLines)
            {
                var fault = _fault;
                if (fault?.Reason == CsvMalformedReason.LineBreakInQuotes)
                {
                    quoted = Quoted(window[(start - 1)..], number, isEnd, out var length);
                    quotedEnd = start - 1 + length;
                    if (quotedEnd > window.Length)
                    {
                        yield break;
                    }
                }

                if (quoted is null)
                {
                    yield return fault is { } wrong ? Unreadable(reader, number, wrong, window[(start - 1)..(int)wrong.ByteOffset]) : Line(reader, number);
                }
            }

            if (quoted is not null && end == quotedEnd)
            {
                yield return quoted with { LastNumber = number };
                quoted = null;
            }

            (Taken, _taken) = (end, number);
        }
    }

    private bool Next(CsvReader reader)
    {
        _fault = null;
        return reader.Read();
    }

    /// <summary>The record that begins in a line with an open quote; null: its quotes contradict each other, or are not closed.</summary>
    /// <param name="rest">The line end before it, and what follows.</param>
    /// <param name="number">Of its first line.</param>
    /// <param name="isEnd">Nothing follows.</param>
    /// <param name="length">Where it ends in the rest; beyond it, when more has to be read first.</param>
    private CsvLine? Quoted(ReadOnlyMemory<byte> rest, long number, bool isEnd, out int length)
    {
        // A little first: else every stray quote would cost a look at the whole window.
        var limit = _layout.MostLineBytes + 2;
        for (var most = 256; ; most *= 4)
        {
            var part = rest[..Math.Min(Math.Min(most, limit), rest.Length)];
            using var reader = CsvReader.Create(part, _ofRecords);
            Next(reader);
            length = (int)reader.ByteOffset + reader.RawRecord.Length;
            var isWhole = isEnd && part.Length == rest.Length && part.Length < limit;
            if (isWhole || (_fault is { } fault ? fault.Reason != CsvMalformedReason.UnterminatedQuote : length < part.Length))
            {
                return _fault is null ? Line(reader, number) : null;
            }

            if (part.Length == limit)
            {
                throw new ProblemException(ProblemType.TooLarge, $"Line {number} has a quote that is not closed within {_layout.MostLineBytes} bytes.");
            }

            if (part.Length == rest.Length)
            {
                length = rest.Length + 1;
                return null;
            }
        }
    }

    /// <param name="reader">On a line with a fault.</param>
    /// <param name="number">Of the line.</param>
    /// <param name="fault">What is wrong.</param>
    /// <param name="before">The line up to there.</param>
    private CsvLine Unreadable(CsvReader reader, long number, CsvMalformedRecord fault, ReadOnlyMemory<byte> before)
    {
        // The cell of an open quote is the last that was read. Of other faults the library tells the place, not the cell.
        var isOpen = fault.Reason is CsvMalformedReason.LineBreakInQuotes or CsvMalformedReason.UnterminatedQuote;
        var cell = isOpen ? reader.FieldCount : Fields(before);
        var line = Line(reader, number, cell - 1);
        return line with
        {
            BadCell = line.BadCell ?? cell,
            Fault = line.Fault ?? (isOpen ? "has a quote that is never closed; each line after it is read by itself." : "has a quote inside a field; a quoted field doubles it."),
        };
    }

    private int Fields(ReadOnlyMemory<byte> line)
    {
        using var reader = CsvReader.Create(line, _ofRecords);
        reader.Read();
        return reader.FieldCount;
    }

    private CsvLine Line(CsvReader reader, long number, int? fields = null)
    {
        var cells = new string[fields ?? reader.FieldCount];
        int? bad = null;
        string? fault = null;
        for (var index = 0; index < cells.Length; index++)
        {
            var text = CellEncoding.Decode(reader.GetSpan(index), _layout.Encoding);
            if (text is null || text.Contains('\0', StringComparison.Ordinal))
            {
                (bad, fault) = (bad ?? index + 1, fault ?? (text is null ? $"is not in {_layout.Encoding}." : "contains U+0000."));
            }

            cells[index] = _layout.IsQuoted ? text ?? "" : Unquoted(text ?? "");
        }

        return new CsvLine(number, cells) { LastNumber = number, BadCell = bad, Fault = fault };
    }

    private static string Unquoted(string cell) => cell is ['"', .. var inside, '"'] ? inside.Replace("\"\"", "\"", StringComparison.Ordinal) : cell;
}

/// <summary>The encodings of files. All of them write separators, quotes and line ends as ASCII does, so that a cell can be decoded alone.</summary>
internal static class CellEncoding
{
    public const string Utf8 = "utf-8";
    public const string Windows1252 = "windows-1252";
    public const string Latin9 = "iso-8859-15";

    /// <summary>UTF-8, and Windows-1252 where a cell is not UTF-8.</summary>
    public const string Either = "utf-8 or windows-1252";

    private static readonly Encoding Western;
    private static readonly Encoding WesternWithEuro;

    static CellEncoding()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        Western = Encoding.GetEncoding(1252);
        WesternWithEuro = Encoding.GetEncoding(28605);
    }

    /// <summary>The text, or null when the bytes are not in that encoding.</summary>
    public static string? Decode(ReadOnlySpan<byte> bytes, string encoding) => encoding switch
    {
        Windows1252 => Western.GetString(bytes),
        Latin9 => WesternWithEuro.GetString(bytes),
        _ when System.Text.Unicode.Utf8.IsValid(bytes) => Encoding.UTF8.GetString(bytes),
        Either => Western.GetString(bytes),
        _ => null,
    };
}
