using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using KpiApi.Http;

namespace KpiApi.Imports;

/// <summary>Rows as lines of JSON. A line that cannot be read is a row that cannot be read; the next line begins anew.</summary>
internal static class NdjsonRows
{
    /// <exception cref="ProblemException">413: a line is too long to be held.</exception>
    public static async IAsyncEnumerable<BatchRow<T>> Read<T>(Stream file, int mostLineBytes, [EnumeratorCancellation] CancellationToken cancellation)
        where T : class
    {
        var index = 0;
        await foreach (var (line, number) in Lines(file, mostLineBytes, cancellation))
        {
            if (!IsBlank(line.Span))
            {
                yield return Row<T>(line.Span, index++, number);
            }
        }
    }

    private static async IAsyncEnumerable<(ReadOnlyMemory<byte> Line, long Number)> Lines(Stream file, int mostBytes, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var pipe = PipeReader.Create(file, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        var number = 1L;
        try
        {
            while (true)
            {
                var read = await pipe.ReadAsync(cancellation);
                var rest = read.Buffer;
                while (rest.PositionOf((byte)'\n') is { } end)
                {
                    yield return (Line(rest.Slice(0, end), number, mostBytes), number);
                    rest = rest.Slice(rest.GetPosition(1, end));
                    number++;
                }

                if (rest.Length > mostBytes)
                {
                    throw TooLong(number, mostBytes);
                }

                if (read.IsCompleted)
                {
                    if (!rest.IsEmpty)
                    {
                        yield return (Line(rest, number, mostBytes), number);
                    }

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

    private static ReadOnlyMemory<byte> Line(ReadOnlySequence<byte> bytes, long number, int mostBytes)
    {
        if (bytes.Length > mostBytes)
        {
            throw TooLong(number, mostBytes);
        }

        var line = bytes.IsSingleSegment ? bytes.First : bytes.ToArray();
        return number == 1 ? StrictJson.WithoutMark(line) : line;
    }

    private static ProblemException TooLong(long number, int mostBytes) => new(ProblemType.TooLarge, $"Line {number} has more than {mostBytes} bytes.");

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t\r"u8) < 0;

    private static BatchRow<T> Row<T>(ReadOnlySpan<byte> line, int index, long number)
        where T : class
    {
        var place = new RowPlace(index, $"/{index}") { Line = number };
        if (!Utf8.IsValid(line))
        {
            return new BatchRow<T>(place with { Column = FirstInvalid(line) + 1 }, null, new Errors().Add("", "is not valid UTF-8.", ProblemType.Malformed));
        }

        if (line.TrimStart(" \t"u8)[0] != '{')
        {
            return new BatchRow<T>(place with { Column = 1 }, null, new Errors().Add("", "must be an object.", ProblemType.Malformed));
        }

        try
        {
            return new BatchRow<T>(place, JsonSerializer.Deserialize<T>(line, StrictJson.Options), null);
        }
        catch (JsonException exception)
        {
            var bytes = (int)Math.Clamp(exception.BytePositionInLine ?? 0, 0, line.Length);
            return new BatchRow<T>(place with { Column = Encoding.UTF8.GetCharCount(line[..bytes]) + 1 }, null, ProblemWriter.Unreadable(exception, "").Errors);
        }
    }

    // Characters before the first byte that is none.
    private static int FirstInvalid(ReadOnlySpan<byte> line)
    {
        var characters = 0;
        while (Rune.DecodeFromUtf8(line, out var rune, out var bytes) == OperationStatus.Done)
        {
            characters += rune.Utf16SequenceLength;
            line = line[bytes..];
        }

        return characters;
    }
}
