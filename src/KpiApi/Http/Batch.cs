using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KpiApi.Storage;

namespace KpiApi.Http;

/// <summary>
/// A request that carries one row or an array of rows, read strictly. Atomic by default; partial keeps the good rows; a dry run keeps none.
/// </summary>
internal sealed class Batch<T>
    where T : class
{
    private Batch(IReadOnlyList<BatchRow<T>> rows, bool partial, bool dryRun, string? idempotencyKey, string hash)
    {
        Rows = rows;
        IsPartial = partial;
        IsDryRun = dryRun;
        IdempotencyKey = idempotencyKey;
        Hash = hash;
    }

    public IReadOnlyList<BatchRow<T>> Rows { get; }

    public bool IsPartial { get; }

    public bool IsDryRun { get; }

    public string? IdempotencyKey { get; }

    /// <summary>SHA-256 over method, path, query and body: two requests with one Idempotency-Key must agree in it.</summary>
    public string Hash { get; }

    public ReceiptCounter Counter() => new(Rows.Count, IsPartial, IsDryRun);

    /// <exception cref="ProblemException">400, 413 or 415: the body cannot be read.</exception>
    public static async Task<Batch<T>> Read(HttpRequest request, string? mode, string? dryRun, CancellationToken cancellation)
    {
        if (mode is not (null or "atomic" or "partial"))
        {
            throw ProblemException.Query("mode", "must be atomic or partial.");
        }

        if (dryRun is not (null or "true" or "false"))
        {
            throw ProblemException.Query("dryRun", "must be true or false.");
        }

        var body = await Body(request, cancellation);
        using var document = Parse(body);
        var isArray = document.RootElement.ValueKind == JsonValueKind.Array;
        var elements = isArray ? document.RootElement.EnumerateArray().ToList() : [document.RootElement];
        if (elements.Count > Limits.BatchRows)
        {
            throw new ProblemException(ProblemType.TooLarge, $"A request takes at most {Limits.BatchRows} rows; this one has {elements.Count}.");
        }

        var rows = elements.Select((element, index) => Row(element, index, isArray ? $"/{index}" : "")).ToList();
        if (mode != "partial" && rows.Any(row => row.Unreadable is not null))
        {
            var errors = new Errors();
            foreach (var row in rows.Where(row => row.Unreadable is not null))
            {
                errors.AddAll(row.Pointer, row.Unreadable!);
            }

            throw new ProblemException(ProblemType.Malformed, string.Join(" ", errors.ByPointer().Take(3).Select(pair => $"{pair.Key} {pair.Value[0]}")), errors);
        }

        var hash = SHA256.HashData([.. Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n"), .. body]);
        return new Batch<T>(rows, mode == "partial", dryRun == "true", Key(request), Convert.ToHexStringLower(hash));
    }

    private static BatchRow<T> Row(JsonElement element, int index, string pointer)
    {
        try
        {
            return element.ValueKind == JsonValueKind.Object
                ? new BatchRow<T>(index, pointer, element.Deserialize<T>(StrictJson.Options), null)
                : new BatchRow<T>(index, pointer, null, new Errors().Add("", "must be an object.", ProblemType.Malformed));
        }
        catch (JsonException exception)
        {
            return new BatchRow<T>(index, pointer, null, ProblemWriter.Unreadable(exception).Errors);
        }
    }

    private static async Task<byte[]> Body(HttpRequest request, CancellationToken cancellation)
    {
        if (!request.HasJsonContentType() || request.Headers.ContentEncoding.Any(encoding => !string.IsNullOrEmpty(encoding) && encoding != "identity"))
        {
            throw new ProblemException(ProblemType.UnsupportedMediaType, "Send application/json in UTF-8, not encoded.");
        }

        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, cancellation);
        return buffer.ToArray();
    }

    private static JsonDocument Parse(byte[] body)
    {
        try
        {
            var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = Limits.JsonDepth });
            return document.RootElement.ValueKind is JsonValueKind.Array or JsonValueKind.Object
                ? document
                : throw new ProblemException(ProblemType.Malformed, "The body must be an object or an array of objects.");
        }
        catch (JsonException exception)
        {
            throw ProblemWriter.Unreadable(exception);
        }
    }

    private static string? Key(HttpRequest request)
    {
        var values = request.Headers["Idempotency-Key"];
        return values.Count == 0 ? null : values.Count == 1 && values[0] is { Length: >= 1 and <= 200 } key && key.All(letter => letter is >= ' ' and <= '~')
            ? key
            : throw new ProblemException(ProblemType.Malformed, "Idempotency-Key must be 1 to 200 printable ASCII characters.");
    }
}

/// <summary>One row of a batch: read, or why it cannot be.</summary>
internal sealed record BatchRow<T>(int Index, string Pointer, T? Body, Errors? Unreadable)
    where T : class;

/// <summary>An effect that happens once per Idempotency-Key. The record is part of the same transaction as the effect.</summary>
internal static class Idempotency
{
    private const string Select = "SELECT RequestHash, Answer FROM IdempotencyRecord WHERE OrganisationId = @OrganisationId AND RequestKey = @key";

    private const string Insert = """
        INSERT INTO IdempotencyRecord (OrganisationId, RequestKey, RequestHash, Answer, CreatedAtUtc)
        VALUES (@OrganisationId, @key, @hash, @answer, @now)
        """;

    public static async Task<T> Once<T>(Session session, string? key, string hash, Func<Task<T>> effect)
    {
        if (key is null)
        {
            return await effect();
        }

        if (await session.Single<Row>(Select, new { session.OrganisationId, key }) is { } earlier)
        {
            return earlier.RequestHash == hash
                ? JsonSerializer.Deserialize<T>(earlier.Answer, StrictJson.Options)!
                : throw new ProblemException(ProblemType.KeyReused, "This Idempotency-Key was used for a request with another method, address or body.");
        }

        var answer = await effect();
        await session.Execute(Insert, new { session.OrganisationId, key, hash, answer = JsonSerializer.Serialize(answer, StrictJson.Options), now = session.NowUtc });
        return answer;
    }

    private sealed record Row
    {
        public string RequestHash { get; init; } = "";

        public string Answer { get; init; } = "";
    }
}
