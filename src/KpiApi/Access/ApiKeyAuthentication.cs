using System.Net;
using System.Security.Cryptography;
using System.Text;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Access;

/// <summary>API keys, whichever way they came.</summary>
internal sealed class ApiKeyAuthentication(OrganisationStore organisations, FailedCredentials failures, KeyUses uses, TimeProvider time)
{
    public const string HeaderName = "X-Api-Key";

    // Compared for unknown ids too, so that the answer takes as long whether or not the id exists.
    private static readonly string NoHash = new('0', 64);

    /// <summary>Whose key it is.</summary>
    /// <exception cref="ProblemException">401, or 429 after too many that were wrong. A right key is never made to wait for wrong ones.</exception>
    public async Task<Identified> Verify(string text, bool isInAddress, IPAddress? address, CancellationToken cancellation)
    {
        var key = ApiKey.Parse(text);
        if (key is null)
        {
            throw Failed(address, "", "The API key is not valid.");
        }

        // Asked of the database each time: a revocation counts at once, whoever revoked it.
        var stored = await organisations.Find(key.PublicId, cancellation);
        var matches = CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(key.Hash()), Encoding.ASCII.GetBytes(stored?.SecretHash ?? NoHash));
        if (stored is null || !matches)
        {
            throw Failed(address, key.PublicId, "The API key is not valid.");
        }

        // Who knows the secret may know what became of it.
        if (stored.RevokedAtUtc is not null)
        {
            throw Failed(address, key.PublicId, "The API key was revoked.");
        }

        if (stored.ExpiresAtUtc is { } expires && string.CompareOrdinal(expires, Instants.Text(time.GetUtcNow())) <= 0)
        {
            throw Failed(address, key.PublicId, "The API key has expired.");
        }

        var role = Enum.Parse<Role>(stored.Role, ignoreCase: true);
        if (isInAddress && role != Role.Reader)
        {
            throw new ProblemException(ProblemType.Unauthorized, "Only the key of a reader may stand in an address, where others may see it. Replace this one, and send its successor in a header.");
        }

        uses.Note(key.PublicId);
        return new Identified(stored.OrganisationId, role, key.PublicId, stored.TimeZone, stored.Language);
    }

    private ProblemException Failed(IPAddress? address, string publicId, string detail) =>
        failures.Count(address, publicId) is { } seconds
            ? new ProblemException(ProblemType.TooManyRequests, $"Too many failed credentials. {detail}", retryAfterSeconds: seconds)
            : new ProblemException(ProblemType.Unauthorized, detail);
}
