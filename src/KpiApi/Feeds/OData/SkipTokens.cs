using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Feeds.OData;

/// <summary>
/// Where a page begins, sealed: bound to the organisation, the question, its day and the columns of this version. Sealed with a secret of the database,
/// so that any instance opens what another one sealed.
/// </summary>
internal sealed class SkipTokens(Database database)
{
    private const int SealBytes = 16;
    private const string SelectSecret = "SELECT Secret FROM LinkKey WHERE LinkKeyId = 1";
    private const string InsertSecret = "INSERT INTO LinkKey (LinkKeyId, Secret, CreatedAtUtc) VALUES (1, @Secret, @NowUtc)";
    private byte[]? _secret;

    /// <summary>Everything that seals tokens for one question.</summary>
    public async Task<Seal> For(long organisationId, string question, CancellationToken cancellation)
    {
        _secret ??= await Secret(cancellation);
        return new Seal(_secret, string.Create(CultureInfo.InvariantCulture, $"{organisationId}|{FeedModel.Version}|{question}|"));
    }

    private async Task<byte[]> Secret(CancellationToken cancellation) => Convert.FromHexString(
        await database.Read(Scope.None, session => session.Single<string>(SelectSecret), cancellation)
        ?? await database.Write(
            Scope.None,
            async session =>
            {
                if (await session.Single<string>(SelectSecret) is { } known)
                {
                    return known;
                }

                var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
                await session.Execute(InsertSecret, new { Secret = secret, session.NowUtc });
                return secret;
            },
            cancellation));

    internal sealed class Seal(byte[] secret, string bound)
    {
        /// <param name="position">The values of the order in the last row of the page.</param>
        /// <param name="remaining">Rows that are still to come by $top; null: all.</param>
        /// <param name="asOf">The day of the question.</param>
        public string Close(IReadOnlyList<object?> position, long? remaining, DateOnly asOf)
        {
            var content = JsonSerializer.SerializeToUtf8Bytes(new object?[] { asOf.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), remaining }.Concat(position));
            return Base64Url.EncodeToString([.. Of(content), .. content]);
        }

        /// <exception cref="ProblemException">400: not a token that this service gave for this question.</exception>
        public (string AsOf, long? Remaining, IReadOnlyList<JsonElement> Position) Open(string token)
        {
            if (Base64Url.IsValid(token) && Base64Url.DecodeFromChars(token) is { Length: > SealBytes } bytes && CryptographicOperations.FixedTimeEquals(bytes.AsSpan(0, SealBytes), Of(bytes.AsSpan(SealBytes))))
            {
                var parts = JsonSerializer.Deserialize<JsonElement[]>(bytes.AsSpan(SealBytes))!;
                return (parts[0].GetString()!, parts[1].ValueKind == JsonValueKind.Null ? null : parts[1].GetInt64(), parts[2..]);
            }

            throw Foreign();
        }

        public static ProblemException Foreign() => ProblemException.Query("$skiptoken", "is not one that this service gave for this question. Follow the nextLink as it stands, or begin again.");

        private byte[] Of(ReadOnlySpan<byte> content)
        {
            byte[] whole = [.. Encoding.UTF8.GetBytes(bound), .. content];
            return HMACSHA256.HashData(secret, whole)[..SealBytes];
        }
    }
}
