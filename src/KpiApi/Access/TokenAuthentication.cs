using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using KpiApi.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace KpiApi.Access;

/// <summary>
/// JSON Web Tokens after RFC 8725. The framework's handler lets unknown <c>crit</c>, absurd lifetimes, ID tokens and repeated members
/// pass, so the token is read strictly here first; signature, issuer and audience are then checked by Microsoft.IdentityModel.
/// </summary>
internal sealed class TokenAuthentication(AuthSettings settings, IdentityProvider provider, OrganisationStore organisations, TimeProvider time)
{
    public const int MostCharacters = 8 * 1024;
    private const string TenantPlaceholder = "{tenantid}";
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    // Asymmetric, each bound to one type of key. HS256 belongs to the keys of dotnet user-jwts and to no others.
    private static readonly string[] Algorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.EcdsaSha256];
    private static readonly string[] DevelopmentAlgorithms = [SecurityAlgorithms.HmacSha256];

    // Whoever writes the header chooses the key, the encoding or further rules with these. No provider that signs for an API needs them.
    private static readonly string[] RefusedHeaders = ["crit", "jwk", "jku", "x5u", "x5c", "zip", "enc", "b64", "cty", "epk", "p2s", "p2c"];

    // Only ID tokens (OpenID Connect Core 3) and security events (RFC 8417) carry these; neither says that its bearer may call an API.
    private static readonly string[] RefusedClaims = ["nonce", "at_hash", "c_hash", "s_hash", "events"];

    // The user, or else the program, whatever the provider calls it.
    private static readonly string[] BearerClaims = ["sub", "client_id", "azp", "appid"];

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = Limits.JsonDepth };
    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = MostCharacters };

    /// <summary>Who the token speaks for.</summary>
    /// <exception cref="ProblemException">401: why it is not taken, in words that tell nothing which its bearer does not know.</exception>
    public async Task<Identified> Verify(string token, CancellationToken cancellation)
    {
        if (!settings.TakesTokens)
        {
            throw Refusal("tokens are not taken here; send an API key");
        }

        using var header = Part(token, 0);
        using var payload = Part(token, 1);
        var claims = payload.RootElement;
        await Validate(token, header.RootElement, claims, cancellation);

        var role = StrongestRole(claims);
        var organisation = await organisations.FindByCode(OrganisationCode(claims), cancellation) ?? throw Refusal("its organisation does not exist here");
        return new Identified(organisation.OrganisationId, role, Bearer(claims), organisation.TimeZone, organisation.Language);
    }

    /// <summary>Every rule that a token must keep, in one place (RFC 8725, RFC 9068).</summary>
    private async Task Validate(string token, JsonElement header, JsonElement claims, CancellationToken cancellation)
    {
        if (RefusedHeaders.Any(name => header.TryGetProperty(name, out _)) || RefusedClaims.Any(name => claims.TryGetProperty(name, out _)))
        {
            throw Refusal("it is no plain access token");
        }

        var isDevelopment = settings.Development is not null && Text(claims, "iss") == settings.Development.Issuer;
        var algorithms = isDevelopment ? DevelopmentAlgorithms : Algorithms;
        var algorithm = Text(header, "alg");
        if (!algorithms.Contains(algorithm, StringComparer.Ordinal))
        {
            throw Refusal($"its algorithm is none of {string.Join(", ", algorithms)}");
        }

        // A media type, so its case says nothing (RFC 7515, 4.1.9).
        var type = Text(header, "typ") ?? "";
        type = type.StartsWith("application/", StringComparison.OrdinalIgnoreCase) ? type["application/".Length..] : type;
        if (!(isDevelopment ? ["JWT"] : settings.TokenTypes).Contains(type, StringComparer.OrdinalIgnoreCase))
        {
            throw Refusal("its type is not one of an access token");
        }

        CheckLifetime(claims, isDevelopment ? DevelopmentIssuer.LongestLife : settings.LongestLife);

        var (issuer, audiences, keys) = isDevelopment
            ? (settings.Development!.Issuer, settings.Development.Audiences, settings.Development.Keys)
            : await Trusted(header, claims, algorithm!, cancellation);
        var result = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidAlgorithms = algorithms,
            ValidIssuer = issuer,
            ValidAudiences = audiences,
            IssuerSigningKeys = keys,
            // The keys above are already those of the token's key id.
            TryAllIssuerSigningKeys = true,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            RequireAudience = true,
            ValidateIssuer = true,
            ValidateAudience = true,
            IgnoreTrailingSlashWhenValidatingAudience = false,
            // Checked above, by the program's clock.
            ValidateLifetime = false,
            LogValidationExceptions = false,
            IncludeTokenOnFailedValidation = false,
        });
        if (!result.IsValid)
        {
            throw Refusal(result.Exception switch
            {
                SecurityTokenInvalidIssuerException => "it is of another issuer",
                SecurityTokenInvalidAudienceException => "it is for another audience",
                _ => "its signature is not one of the identity provider",
            });
        }
    }

    /// <summary>The issuer that the token must name, and the provider's keys that may have signed it.</summary>
    private async Task<(string Issuer, IReadOnlyList<string> Audiences, IReadOnlyList<SecurityKey> Keys)> Trusted(JsonElement header, JsonElement claims, string algorithm, CancellationToken cancellation)
    {
        // Without a name of the key every key would have to be tried, and a rotation could not be told from a forgery.
        if (settings.Authority is null || Text(header, "kid") is not { Length: > 0 and <= 200 } keyId)
        {
            throw Refusal("it names no key of the identity provider");
        }

        // Asked of everybody alike, before the provider is: it costs nothing and an attacker learns nothing from it.
        if (!Audience(claims).Any(audience => settings.Audiences.Contains(audience, StringComparer.Ordinal)))
        {
            throw Refusal("it is for another audience");
        }

        var published = await provider.Find(keyId, cancellation) ?? throw Refusal("the keys of the identity provider cannot be had at the moment");
        var issuer = published.Issuer;
        var tenant = Text(claims, "tid") ?? "";
        if (issuer.Contains(TenantPlaceholder, StringComparison.Ordinal))
        {
            // One name for the issuers of all tenants: only those in the configuration are ours.
            issuer = settings.Organisations.ContainsKey(tenant) ? issuer.Replace(TenantPlaceholder, tenant, StringComparison.Ordinal) : throw Refusal("it is of another issuer");
        }

        var kind = algorithm == SecurityAlgorithms.EcdsaSha256 ? JsonWebAlgorithmsKeyTypes.EllipticCurve : JsonWebAlgorithmsKeyTypes.RSA;
        var keys = published.Keys.Where(key => key.KeyId == keyId && key.Kty == kind && (string.IsNullOrEmpty(key.Alg) || key.Alg == algorithm) && SignsFor(key, issuer, tenant)).ToList<SecurityKey>();
        return keys.Count > 0 ? (issuer, settings.Audiences, keys) : throw Refusal("it names no key of the identity provider");
    }

    // Entra ID says of some keys for which tenant they sign.
    private static bool SignsFor(JsonWebKey key, string issuer, string tenant) =>
        !key.AdditionalData.TryGetValue("issuer", out var named) || named?.ToString()?.Replace(TenantPlaceholder, tenant, StringComparison.Ordinal) == issuer;

    private void CheckLifetime(JsonElement claims, TimeSpan longest)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        var skew = Skew.TotalSeconds;
        var expires = Instant(claims, "exp") ?? throw Refusal("it never expires");
        var notBefore = Instant(claims, "nbf");
        var issued = Instant(claims, "iat");
        if (now >= expires + skew)
        {
            throw Refusal("it has expired");
        }

        if (notBefore > now + skew || issued > now + skew)
        {
            throw Refusal("it is not valid yet");
        }

        // Whoever leaves out when it was issued gets no longer life by that.
        if (expires - Math.Min(now, Math.Min(notBefore ?? now, issued ?? now)) > longest.TotalSeconds + skew)
        {
            throw Refusal("it lives longer than this API allows");
        }
    }

    private Role StrongestRole(JsonElement claims)
    {
        var words = settings.RoleClaims.SelectMany(name => claims.TryGetProperty(name, out var value) ? Words(value) : []).ToList();
        // A word that this program does not know may be meant to take something away: it is no reason to guess.
        return words.Count > 0 && words.TrueForAll(word => RoleOf(word) is not null) ? words.Max(word => RoleOf(word)!.Value) : throw Refusal("it carries no role, or one that does not exist here");
    }

    private static Role? RoleOf(string? word) => word switch
    {
        "reader" => Role.Reader,
        "writer" => Role.Writer,
        "manager" => Role.Manager,
        "admin" => Role.Admin,
        _ => null,
    };

    private string OrganisationCode(JsonElement claims)
    {
        if (settings.Organisations.Count == 0)
        {
            // Not every engine takes U+0000 as text.
            return Text(claims, settings.OrganisationClaim) is { } named && !named.Contains('\0', StringComparison.Ordinal) ? named : throw Refusal("it names no organisation");
        }

        return settings.Organisations.TryGetValue(Text(claims, "tid") ?? "", out var code) ? code : throw Refusal("its tenant belongs to no organisation here");
    }

    /// <summary>Who is kept in history. Told from the ids of keys by the colon, and never too long for the column.</summary>
    private static string Bearer(JsonElement claims)
    {
        var name = BearerClaims.Select(claim => Text(claims, claim)).FirstOrDefault(text => !string.IsNullOrEmpty(text)) ?? "?";
        return "token:" + (name.Length <= 80 && name.All(letter => letter is > ' ' and <= '~') ? name : Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(name))));
    }

    private static IEnumerable<string> Audience(JsonElement claims) => claims.TryGetProperty("aud", out var audience) ? Words(audience).OfType<string>() : [];

    // A text, or an array of texts; null stands for whatever else there is.
    private static IEnumerable<string?> Words(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()],
        JsonValueKind.Array => value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString() : null),
        _ => [null],
    };

    private static string? Text(JsonElement part, string name) => part.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static double? Instant(JsonElement claims, string name) =>
        !claims.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && double.IsFinite(seconds) ? seconds
        : throw Refusal("one of its instants is no number");

    /// <summary>One part of the token as JSON, when there are three of them and each says what it says in one way only.</summary>
    private static JsonDocument Part(string token, int index)
    {
        if (token.Length > MostCharacters)
        {
            throw Refusal($"it is longer than {MostCharacters} characters");
        }

        var parts = token.Split('.', 5);
        if (parts.Length != 3 || !parts.All(IsCanonical))
        {
            throw Refusal("it is not of the form header.payload.signature");
        }

        var bytes = Base64Url.DecodeFromChars(parts[index]);
        try
        {
            var document = Utf8.IsValid(bytes) ? JsonDocument.Parse(bytes, Strict) : throw Refusal("it is not JSON");
            if (document.RootElement.ValueKind == JsonValueKind.Object && IsText(document.RootElement))
            {
                return document;
            }

            document.Dispose();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Told below, like a number or an array. The second is a lone surrogate in a name, met while looking for names that stand twice.
        }

        throw Refusal("it is not JSON as tokens have it");
    }

    /// <summary>Whether every text can be read: a lone surrogate is valid JSON but no text.</summary>
    private static bool IsText(JsonElement element)
    {
        try
        {
            return element.ValueKind switch
            {
                JsonValueKind.String => element.GetString() is not null,
                JsonValueKind.Array => element.EnumerateArray().All(IsText),
                JsonValueKind.Object => element.EnumerateObject().All(member => member.Name is not null && IsText(member.Value)),
                _ => true,
            };
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    // Padding, white space and the unused bits of a last letter, which IsValid refuses, would let one signature be written in several ways.
    private static bool IsCanonical(string part) =>
        part.Length > 0 && part.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_') && Base64Url.IsValid(part);

    private static ProblemException Refusal(string why) => new(ProblemType.Unauthorized, $"The token was not taken: {why}.");
}
