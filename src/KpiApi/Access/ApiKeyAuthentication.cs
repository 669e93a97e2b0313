using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using KpiApi.Http;
using KpiApi.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace KpiApi.Access;

/// <summary>Reads the header X-Api-Key and leaves a <see cref="Caller"/> on the request.</summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    OrganisationStore organisations,
    TimeProvider time) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "ApiKey";
    public const string HeaderName = "X-Api-Key";

    // Compared for unknown ids too, so that the answer takes as long whether or not the id exists.
    private static readonly string NoHash = new('0', 64);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var values = Request.Headers[HeaderName];
        if (values.Count == 0 || (values.Count == 1 && string.IsNullOrEmpty(values[0])))
        {
            return AuthenticateResult.NoResult();
        }

        if (values.Distinct(StringComparer.Ordinal).Count() > 1)
        {
            throw new ProblemException(ProblemType.Malformed, $"The header {HeaderName} names two different keys.");
        }

        if (ApiKey.Parse(values[0]!) is not { } key)
        {
            return AuthenticateResult.Fail("The API key is not valid.");
        }

        var stored = await organisations.Find(key.PublicId, Context.RequestAborted);
        var matches = CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(key.Hash()), Encoding.ASCII.GetBytes(stored?.SecretHash ?? NoHash));
        if (stored is null || !matches || stored.RevokedAtUtc is not null || (stored.ExpiresAtUtc is { } expires && string.CompareOrdinal(expires, Instants.Text(time.GetUtcNow())) <= 0))
        {
            return AuthenticateResult.Fail("The API key is not valid.");
        }

        var role = Enum.Parse<Role>(stored.Role, ignoreCase: true);
        Context.Features.Set(new Caller(stored.OrganisationId, role, key.PublicId, TimeZoneInfo.FindSystemTimeZoneById(stored.TimeZone), time));
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, key.PublicId), new Claim(ClaimTypes.Role, role.ToString())], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }
}
