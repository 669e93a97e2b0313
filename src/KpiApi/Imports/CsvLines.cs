using System.Buffers;
using System.IO.Pipelines;
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
    /// <summary>The field, from 1, that cannot be read; its text is not to be used.</summary>
    public int? BadCell { get; init; }

    /// <summary>Why.</summary>
    public string? Fault { get; init; }
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
    private const int LongestHead = 64 * 1024;

    /// <exception cref="ProblemException">413: a record is too long to be held.</exception>
    public static async IAsyncEnumerable<CsvLine> Read(Stream file, CsvLayout layout, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var pipe = PipeReader.Create(file, new StreamPipeReaderOptions(bufferSize: LongestHead, leaveOpen: true));
        try
        {
            for (var line = 1; line <= layout.SkipLines; line++)
            {
                await PassLine(pipe, line, layout.MostLineBytes, cancellation);
            }

            var malformed = (CsvMalformedReason?)null;
            await using var reader = CsvReader.Create(pipe.AsStream(leaveOpen: true), new CsvReaderOptions
            {
                Separator = layout.Separator ?? await FindSeparator(pipe, cancellation),
                HasHeader = false,
                Mode = layout.IsQuoted ? CsvMode.Rfc4180 : CsvMode.NoEscape,
                MaxRecordSize = layout.MostLineBytes,
                TrackLineNumbers = true,
                IncludeValuesInExceptions = false,
                OnMalformedRecord = record => malformed = record.Reason,
            });
            while (await Next(reader, layout, cancellation))
            {
                yield return Line(reader, layout, malformed);
                malformed = null;
            }
        }
        finally
        {
            await pipe.CompleteAsync();
        }
    }

    private static async Task<bool> Next(CsvReader reader, CsvLayout layout, CancellationToken cancellation)
    {
        var last = reader.LineNumber;
        try
        {
            var hasRecord = await reader.ReadAsync(cancellation);
            return hasRecord && reader.RawRecord.Length > layout.MostLineBytes ? throw TooLong(layout.SkipLines + reader.LineNumber, layout) : hasRecord;
        }
        catch (CsvFormatException)
        {
            // The one thing that is thrown here: a record longer than the buffer.
            throw TooLong(layout.SkipLines + last + 1, layout);
        }
    }

    private static ProblemException TooLong(long line, CsvLayout layout) =>
        new(ProblemType.TooLarge, $"Line {line}, or one soon after it, has more than {layout.MostLineBytes} bytes{(layout.IsQuoted ? ", or a quote that is never closed" : "")}.");

    private static CsvLine Line(CsvReader reader, CsvLayout layout, CsvMalformedReason? malformed)
    {
        var cells = new string[reader.FieldCount];
        int? bad = null;
        string? fault = null;
        for (var index = 0; index < cells.Length; index++)
        {
            var text = CellEncoding.Decode(reader.GetSpan(index), layout.Encoding);
            if (text is null || text.Contains('\0', StringComparison.Ordinal))
            {
                (bad, fault) = (bad ?? index + 1, fault ?? (text is null ? $"is not in {layout.Encoding}." : "contains U+0000."));
            }

            cells[index] = Unquoted(text ?? "", layout);
        }

        return new CsvLine(layout.SkipLines + reader.LineNumber, cells)
        {
            BadCell = bad ?? (malformed is null ? null : 1),
            Fault = fault ?? malformed switch
            {
                null => null,
                CsvMalformedReason.UnterminatedQuote => "has a quote that is never closed.",
                _ => "has a quote inside a field; a quoted field doubles it.",
            },
        };
    }

    private static string Unquoted(string cell, CsvLayout layout) =>
        !layout.IsQuoted && cell.Length >= 2 && cell[0] == '"' && cell[^1] == '"' ? cell[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : cell;

    private static async Task PassLine(PipeReader pipe, int number, int mostBytes, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await pipe.ReadAsync(cancellation);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                pipe.AdvanceTo(read.Buffer.GetPosition(1, end));
                return;
            }

            if (read.Buffer.Length > mostBytes)
            {
                throw new ProblemException(ProblemType.TooLarge, $"Line {number} has more than {mostBytes} bytes.");
            }

            pipe.AdvanceTo(read.IsCompleted ? read.Buffer.End : read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private static async Task<char> FindSeparator(PipeReader pipe, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await pipe.ReadAsync(cancellation);
            var end = read.Buffer.PositionOf((byte)'\n');
            if (end is not null || read.IsCompleted || read.Buffer.Length >= LongestHead)
            {
                var head = read.Buffer.Slice(0, end ?? read.Buffer.End).ToArray();
                pipe.AdvanceTo(read.Buffer.Start);
                return "\t|;".FirstOrDefault(separator => Array.IndexOf(head, (byte)separator) >= 0, '\t');
            }

            pipe.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
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
