using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using KpiApi.Http;
using KpiApi.Texts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace KpiApi.Access;

/// <summary>
/// The one door: an API key in a header, by Basic or in the address, or a token. Whatever is right leaves the same
/// <see cref="Caller"/>, whatever is wrong a problem that says what to send instead.
/// </summary>
internal sealed class CredentialHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    ApiKeyAuthentication keys,
    TokenAuthentication tokens,
    AuthSettings settings,
    TimeProvider time) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Credential";
    private const string Realm = "KpiApi";

    private bool _hasToken;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var credentials = Credential.TakeFrom(Request);
        // What is open looks at no credential: health never touches the database, and a wrong key does not close the contract.
        if (credentials.Count == 0 || Context.GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>() is null)
        {
            return AuthenticateResult.NoResult();
        }

        _hasToken = credentials.Any(credential => credential.Way == CredentialWay.Bearer);
        try
        {
            return Enter(await Identify(credentials));
        }
        catch (ProblemException problem)
        {
            return AuthenticateResult.Fail(problem);
        }
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var problem = (await HandleAuthenticateOnceSafeAsync()).Failure switch
        {
            null => new ProblemException(ProblemType.Unauthorized, $"Send an API key in the header {ApiKeyAuthentication.HeaderName} or as the password of Basic{(settings.TakesTokens ? ", or a bearer token" : "")}."),
            ProblemException refusal => refusal,
            var failure => throw failure,
        };
        if (problem.Type == ProblemType.Unauthorized)
        {
            // Set at the last moment: an error clears the headers that were set before it.
            Response.OnStarting(() =>
            {
                Challenge();
                return Task.CompletedTask;
            });
        }

        throw problem;
    }

    private async Task<Identified> Identify(IReadOnlyList<Credential> credentials)
    {
        var credential = credentials[0];
        if (credentials.Any(other => !other.IsSameAs(credential)))
        {
            throw new ProblemException(ProblemType.Malformed, "Two different credentials came in one request. Send one.");
        }

        if (credential.Way == CredentialWay.Unknown)
        {
            throw Refusal($"Authorization takes {(settings.TakesTokens ? "Bearer and Basic" : "Basic")} here.");
        }

        var isInAddress = credentials.Any(other => other.Way == CredentialWay.Address);
        if (isInAddress && !Context.AllowsQueryKey())
        {
            throw Refusal($"A key in the address ({Credential.QueryName}) is taken by feeds only. Send it in the header {ApiKeyAuthentication.HeaderName}.");
        }

        if (IsInTheClear(Context) && (isInAddress || credentials.Any(other => other.Way == CredentialWay.Basic)))
        {
            throw Refusal("Basic and keys in the address are taken over HTTPS only: on the way here anybody could read this one. Replace it.");
        }

        return credential.Way == CredentialWay.Bearer
            ? await tokens.Verify(credential.Secret, Context.RequestAborted)
            : await keys.Verify(credential.Secret, isInAddress, Context.Connection.RemoteIpAddress, Context.RequestAborted);
    }

    /// <summary>The one place where a principal is made.</summary>
    private AuthenticateResult Enter(Identified who)
    {
        // Where a key may stand in the address, tools read whole tables.
        Context.Features.Set(new Caller(who.OrganisationId, who.Role, who.KeyId, TimeZoneInfo.FindSystemTimeZoneById(who.TimeZone), time, mayLag: Context.AllowsQueryKey())
        {
            Language = Languages.Find(who.Language) ?? Language.French,
        });
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, who.KeyId), new Claim(ClaimTypes.Role, who.Role.ToString())], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    private void Challenge()
    {
        var challenges = new List<string>();
        if (settings.TakesTokens)
        {
            var parameters = settings.AuthorizationUri is { } uri ? $"authorization_uri=\"{uri}\"" : $"realm=\"{Realm}\"";
            challenges.Add($"Bearer {parameters}{(_hasToken ? ", error=\"invalid_token\"" : "")}");
        }

        // Who is asked for Basic in the clear sends a key in the clear.
        if (!IsInTheClear(Context))
        {
            challenges.Add($"Basic realm=\"{Realm}\", charset=\"UTF-8\"");
        }

        Response.Headers.Append(HeaderNames.WWWAuthenticate, challenges.ToArray());
    }

    /// <summary>Whether others than this machine could have read the request. A proxy on this machine says how it was reached itself.</summary>
    private static bool IsInTheClear(HttpContext context)
    {
        if (context.Request.IsHttps)
        {
            return false;
        }

        // Without an address it came from inside, or through a socket of this machine.
        var isLocal = context.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address);
        return !isLocal || context.Request.Headers["X-Forwarded-Proto"].Any(scheme => string.Equals(scheme, Uri.UriSchemeHttp, StringComparison.OrdinalIgnoreCase));
    }

    private static ProblemException Refusal(string detail) => new(ProblemType.Unauthorized, detail);
}
