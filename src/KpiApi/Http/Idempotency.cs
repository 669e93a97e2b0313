using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KpiApi.Access;
using KpiApi.Storage;

namespace KpiApi.Http;

/// <summary>The Idempotency-Key of a request, and what the request says: a second one with the key must say the same.</summary>
/// <param name="Key">1 to 200 printable ASCII characters.</param>
/// <param name="Hash">SHA-256 over method, address and body.</param>
internal sealed record Once(string Key, string Hash);

/// <summary>An effect that happens once per Idempotency-Key. The record of it is part of the transaction that has the effect.</summary>
internal static class Idempotency
{
    public const string HeaderName = "Idempotency-Key";
    private const string Select = "SELECT RequestHash, Answer FROM IdempotencyRecord WHERE OrganisationId = @OrganisationId AND RequestKey = @Key";

    private const string Insert = """
        INSERT INTO IdempotencyRecord (OrganisationId, RequestKey, RequestHash, Answer, CreatedAtUtc)
        VALUES (@OrganisationId, @Key, @Hash, @Answer, @Now)
        """;

    /// <summary>The effect, or the answer that it gave the first time.</summary>
    /// <exception cref="ProblemException">422: the key was used for another request.</exception>
    public static async Task<T> Once<T>(this Session session, Once? once, Func<Task<T>> effect)
    {
        if (once is null)
        {
            return await effect();
        }

        if (await session.Single<Row>(Select, new { session.OrganisationId, once.Key }) is { } earlier)
        {
            return earlier.RequestHash == once.Hash
                ? JsonSerializer.Deserialize<T>(earlier.Answer, StrictJson.Options)!
                : throw new ProblemException(ProblemType.KeyReused, "This Idempotency-Key was used for a request with another method, address or body.");
        }

        var answer = await effect();
        await session.Execute(Insert, new { session.OrganisationId, once.Key, once.Hash, Answer = JsonSerializer.Serialize(answer, StrictJson.Options), Now = session.NowUtc });
        return answer;
    }

    /// <summary>Reads the key of every POST, so that each store finds it with its caller. Stands after authorization: nobody else's body is read.</summary>
    public static void UseIdempotencyKeys(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (HttpMethods.IsPost(context.Request.Method) && !context.IsRead() && context.Features.Get<Caller>() is { } caller && context.Request.Headers.TryGetValue(HeaderName, out var values))
        {
            if (context.IsUpload())
            {
                throw new ProblemException(ProblemType.Malformed, $"{HeaderName} is not for files: their rows carry their identity, so that the whole file can be sent again.");
            }

            if (values.Count != 1 || values[0] is not { Length: >= 1 and <= 200 } key || !key.All(letter => letter is >= ' ' and <= '~'))
            {
                throw new ProblemException(ProblemType.Malformed, $"{HeaderName} must be 1 to 200 printable ASCII characters.");
            }

            caller.Once = new Once(key, await Hash(context.Request, context.RequestAborted));
            using var turn = await context.RequestServices.GetRequiredService<KeysInFlight>().Enter(caller.OrganisationId, key, context.RequestAborted);
            await next(context);
            return;
        }

        await next(context);
    });

    // The body is read here and again by the handler.
    private static async Task<string> Hash(HttpRequest request, CancellationToken cancellation)
    {
        request.EnableBuffering();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n"));
        var buffer = new byte[16 * 1024];
        while (await request.Body.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            hash.AppendData(buffer, 0, read);
        }

        request.Body.Position = 0;
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private sealed record Row
    {
        public string RequestHash { get; init; } = "";

        public string Answer { get; init; } = "";
    }
}
