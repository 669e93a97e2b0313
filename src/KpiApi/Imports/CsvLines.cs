using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
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
    public CsvLine AsHeader() => Fault is null ? this : throw new ProblemException(ProblemType.Malformed, $"The header cannot be read: field {BadCell} {Fault}");
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
        var pipe = PipeReader.Create(file, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        try
        {
            await PassMark(pipe, layout.Encoding, cancellation);
            var records = new CsvRecords(layout);
            while (true)
            {
                var read = await pipe.ReadAsync(cancellation);
                var rest = read.Buffer;
                while (records.Take(ref rest, read.IsCompleted, out var line))
                {
                    if (line is not null)
                    {
                        yield return line;
                    }
                }

                if (read.IsCompleted)
                {
                    yield break;
                }

                pipe.AdvanceTo(rest.Start, rest.End);
            }
        }
        finally
        {
            await pipe.CompleteAsync();
        }
    }

    private static async Task PassMark(PipeReader pipe, string encoding, CancellationToken cancellation)
    {
        var start = (await pipe.ReadAtLeastAsync(Encoding.UTF8.Preamble.Length, cancellation)).Buffer;
        var bytes = start.Slice(0, Math.Min(start.Length, Encoding.UTF8.Preamble.Length)).ToArray();
        var marked = Marked.FirstOrDefault(candidate => bytes.AsSpan().StartsWith(candidate.Preamble));
        if (marked is not null && (marked != Encoding.UTF8 || encoding is not (CellEncoding.Utf8 or CellEncoding.Either)))
        {
            throw new ProblemException(ProblemType.Malformed, $"The file says with its first bytes that it is in {marked.WebName}; it is to be in {encoding}.");
        }

        pipe.AdvanceTo(marked is null ? start.Start : start.GetPosition(marked.Preamble.Length));
    }
}

/// <summary>Takes records from the front of what was read so far. A line whose quotes do not close is one that cannot be read, and the next one begins anew.</summary>
internal sealed class CsvRecords(CsvLayout layout)
{
    private const byte Quote = (byte)'"';

    private readonly List<(int Start, int End)> _cells = [];
    private byte[]? _stops;
    private long _number = 1;

    /// <summary>False when more has to be read first. The record is null for a line that holds none.</summary>
    /// <exception cref="ProblemException">413: it is too long to be held.</exception>
    public bool Take(ref ReadOnlySequence<byte> rest, bool isEnd, out CsvLine? record)
    {
        record = null;
        if (rest.IsEmpty)
        {
            return false;
        }

        // The longest record, and the end of its line.
        var head = rest.Slice(0, Math.Min(rest.Length, layout.MostLineBytes + 2));
        isEnd &= head.Length == rest.Length;
        var bytes = head.IsSingleSegment ? head.FirstSpan : head.ToArray();
        var lineEnd = bytes.IndexOfAny((byte)'\r', (byte)'\n') is >= 0 and var found ? found : bytes.Length;
        var (end, next, fault) = (lineEnd, Next(bytes, lineEnd, isEnd), -1);
        var isRecord = next >= 0 && end > 0 && _number > layout.SkipLines;
        if (isRecord)
        {
            end = Scan(bytes, bytes[..lineEnd], isEnd, out fault);
            (end, next) = fault >= 0 ? (lineEnd, next) : (end, end < 0 ? -1 : Next(bytes, end, isEnd));
        }

        if (next < 0 ? head.Length > layout.MostLineBytes + 1 : end > layout.MostLineBytes)
        {
            throw new ProblemException(ProblemType.TooLarge, lineEnd > layout.MostLineBytes ? $"Line {_number} has more than {layout.MostLineBytes} bytes." : $"Line {_number} has a quote that is not closed within {layout.MostLineBytes} bytes.");
        }

        if (next < 0)
        {
            return false;
        }

        if (isRecord)
        {
            record = fault < 0 ? Record(bytes, end) : Unreadable(bytes, lineEnd, fault);
        }

        _number += Breaks(bytes[..next]);
        rest = rest.Slice(next);
        return true;
    }

    /// <summary>Finds the cells of a record and where it ends, -1 when that is not among the bytes. A fault is where its quotes contradict each other.</summary>
    private int Scan(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> line, bool isEnd, out int fault)
    {
        fault = -1;
        _stops ??= layout.IsQuoted ? [Separator(line), (byte)'\r', (byte)'\n', Quote] : [Separator(line), (byte)'\r', (byte)'\n'];
        _cells.Clear();
        for (var start = 0; ;)
        {
            var isQuoted = layout.IsQuoted && start < bytes.Length && bytes[start] == Quote;
            var end = isQuoted ? AfterQuotes(bytes, start) : bytes[start..].IndexOfAny(_stops) is >= 0 and var length ? start + length : bytes.Length;
            if (!isEnd && (end < 0 || end == bytes.Length))
            {
                return -1;
            }

            if (end < 0 || (end < bytes.Length && !_stops.AsSpan(0, 3).Contains(bytes[end])))
            {
                fault = end < 0 ? bytes.Length : end;
                return -1;
            }

            _cells.Add((start, end));
            if (end == bytes.Length || bytes[end] != _stops[0])
            {
                return end;
            }

            start = end + 1;
        }
    }

    // Behind the quote that closes a cell; -1: there is none.
    private static int AfterQuotes(ReadOnlySpan<byte> bytes, int start)
    {
        for (var at = start + 1; ; at++)
        {
            if (bytes[at..].IndexOf(Quote) is not (>= 0 and var length))
            {
                return -1;
            }

            at += length + 1;
            if (at == bytes.Length || bytes[at] != Quote)
            {
                return at;
            }
        }
    }

    private byte Separator(ReadOnlySpan<byte> line)
    {
        if (layout.Separator is { } given)
        {
            return (byte)given;
        }

        foreach (var candidate in "\t|;"u8)
        {
            if (line.Contains(candidate))
            {
                return candidate;
            }
        }

        return (byte)'\t';
    }

    // Where the next line begins; -1: what comes next may still belong to this end of a line.
    private static int Next(ReadOnlySpan<byte> bytes, int end, bool isEnd) =>
        end == bytes.Length ? isEnd ? end : -1
        : bytes[end] == '\n' ? end + 1
        : end + 1 < bytes.Length ? bytes[end + 1] == '\n' ? end + 2 : end + 1
        : isEnd ? end + 1 : -1;

    private static int Breaks(ReadOnlySpan<byte> bytes)
    {
        var breaks = 0;
        for (; bytes.IndexOfAny((byte)'\r', (byte)'\n') is >= 0 and var end; breaks++)
        {
            bytes = bytes[Next(bytes, end, isEnd: true)..];
        }

        return breaks;
    }

    private CsvLine Unreadable(ReadOnlySpan<byte> bytes, int lineEnd, int fault)
    {
        _cells.RemoveAll(cell => cell.End > lineEnd);
        var line = Record(bytes, lineEnd);
        return line with
        {
            BadCell = line.BadCell ?? _cells.Count + 1,
            Fault = line.Fault ?? (fault > lineEnd || fault == bytes.Length ? "has a quote that is never closed; each line after it is read by itself." : "has a quote inside a field; a quoted field doubles it."),
        };
    }

    private CsvLine Record(ReadOnlySpan<byte> bytes, int end)
    {
        var cells = new string[_cells.Count];
        int? bad = null;
        string? fault = null;
        for (var index = 0; index < cells.Length; index++)
        {
            var cell = bytes[_cells[index].Start.._cells[index].End];
            var isQuoted = cell.Length >= 2 && cell[0] == Quote && cell[^1] == Quote;
            var text = CellEncoding.Decode(isQuoted ? cell[1..^1] : cell, layout.Encoding);
            if (text is null || text.Contains('\0', StringComparison.Ordinal))
            {
                (bad, fault) = (bad ?? index + 1, fault ?? (text is null ? $"is not in {layout.Encoding}." : "contains U+0000."));
            }

            cells[index] = isQuoted ? text?.Replace("\"\"", "\"", StringComparison.Ordinal) ?? "" : text ?? "";
        }

        return new CsvLine(_number, cells) { LastNumber = _number + Breaks(bytes[..end]), BadCell = bad, Fault = fault };
    }
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
