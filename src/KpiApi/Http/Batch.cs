using System.Text.Json;

namespace KpiApi.Http;

/// <summary>
/// A request that carries one row or an array of rows, read strictly. Atomic by default; partial keeps the good rows; a dry run keeps none.
/// </summary>
internal sealed class Batch<T>
    where T : class
{
    private Batch(IReadOnlyList<BatchRow<T>> rows, bool partial, bool dryRun)
    {
        Rows = rows;
        IsPartial = partial;
        IsDryRun = dryRun;
    }

    public IReadOnlyList<BatchRow<T>> Rows { get; }

    public bool IsPartial { get; }

    public bool IsDryRun { get; }

    public ReceiptCounter Counter() => new(Rows.Count, IsPartial, IsDryRun);

    /// <exception cref="ProblemException">400, 413 or 415: the body cannot be read.</exception>
    public static async Task<Batch<T>> Read(HttpRequest request, string? mode, string? dryRun, CancellationToken cancellation)
    {
        BatchMode.Check(mode, dryRun);
        var body = await Body(request, cancellation);
        using var document = Parse(body);
        var isArray = document.RootElement.ValueKind == JsonValueKind.Array;
        var elements = isArray ? document.RootElement.EnumerateArray().ToList() : [document.RootElement];
        if (elements.Count > Limits.BatchRows)
        {
            throw new ProblemException(ProblemType.TooLarge, $"A request takes at most {Limits.BatchRows} rows; this one has {elements.Count}.");
        }

        var rows = elements.Select((element, index) => Row(element, new RowPlace(index, isArray ? $"/{index}" : ""))).ToList();
        if (mode != "partial" && rows.Any(row => row.Unreadable is not null))
        {
            var errors = new Errors();
            foreach (var row in rows.Where(row => row.Unreadable is not null))
            {
                errors.AddAll(row.Place.Pointer, row.Unreadable!);
            }

            throw new ProblemException(ProblemType.Malformed, string.Join(" ", errors.ByPointer().Take(3).Select(pair => $"{pair.Key} {pair.Value[0]}")), errors);
        }

        return new Batch<T>(rows, mode == "partial", dryRun == "true");
    }

    private static BatchRow<T> Row(JsonElement element, RowPlace place)
    {
        try
        {
            return element.ValueKind == JsonValueKind.Object
                ? new BatchRow<T>(place, element.Deserialize<T>(StrictJson.Options), null)
                : new BatchRow<T>(place, null, new Errors().Add("", "must be an object.", ProblemType.Malformed));
        }
        catch (JsonException exception)
        {
            return new BatchRow<T>(place, null, ProblemWriter.Unreadable(exception).Errors);
        }
    }

    private static async Task<byte[]> Body(HttpRequest request, CancellationToken cancellation)
    {
        if (!request.HasJsonContentType())
        {
            throw new ProblemException(ProblemType.UnsupportedMediaType, "Send application/json in UTF-8.");
        }

        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, cancellation);
        return buffer.ToArray();
    }

    private static JsonDocument Parse(byte[] body)
    {
        try
        {
            var document = JsonDocument.Parse(StrictJson.WithoutMark(body), new JsonDocumentOptions { MaxDepth = Limits.JsonDepth });
            return document.RootElement.ValueKind is JsonValueKind.Array or JsonValueKind.Object
                ? document
                : throw new ProblemException(ProblemType.Malformed, "The body must be an object or an array of objects.");
        }
        catch (JsonException exception)
        {
            throw ProblemWriter.Unreadable(exception);
        }
    }
}

/// <summary>The query parameters of every request with rows.</summary>
internal static class BatchMode
{
    /// <exception cref="ProblemException">400: not one of the words.</exception>
    public static void Check(string? mode, string? dryRun)
    {
        if (mode is not (null or "atomic" or "partial"))
        {
            throw ProblemException.Query("mode", "must be atomic or partial.");
        }

        if (dryRun is not (null or "true" or "false"))
        {
            throw ProblemException.Query("dryRun", "must be true or false.");
        }
    }
}

/// <summary>Where a row stands in its request.</summary>
/// <param name="Index">Its position, from 0.</param>
/// <param name="Pointer">The JSON pointer that names it.</param>
internal sealed record RowPlace(int Index, string Pointer)
{
    /// <summary>The line of a file on which it begins, from 1; 0 in a JSON body.</summary>
    public long Line { get; init; }

    /// <summary>Where in the line it cannot be read: a character of NDJSON, a field of CSV, from 1.</summary>
    public int? Column { get; init; }

    /// <summary>The columns of a CSV file by the member that they fill, from 1.</summary>
    public IReadOnlyDictionary<string, int>? Columns { get; init; }
}

/// <summary>One row of a batch: read, or why it cannot be.</summary>
internal sealed record BatchRow<T>(RowPlace Place, T? Body, Errors? Unreadable)
    where T : class;

/// <summary>Texts that identify or group rows.</summary>
internal static class RowText
{
    /// <summary>Refuses what engines would compare differently: they do not agree whether a space at the end counts.</summary>
    public static void Check(string pointer, string? text, int most, Errors errors)
    {
        if (text is not null && (text.Length > most || text.Trim().Length == 0))
        {
            errors.Add(pointer, $"must have 1 to {most} characters.");
        }
        else if (text is not null && text.Trim().Length != text.Length)
        {
            errors.Add(pointer, "must not begin or end with white space.");
        }
    }
}
