using System.Globalization;
using System.Net;
using KpiApi.Storage;
using Microsoft.IdentityModel.Tokens;

namespace KpiApi.Access;

/// <summary>What the configuration says about tokens, checked once at the start.</summary>
internal sealed record AuthSettings
{
    private const string UserJwts = "Authentication:Schemes:Bearer";

    private static readonly string[] EntraHosts =
        ["login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "login.windows.net", "sts.windows.net"];

    // Tokens of any tenant are signed by the keys behind these.
    private static readonly string[] SharedTenants = ["common", "organizations", "consumers"];

    /// <summary>The identity provider; null: only <see cref="Development"/> tokens, or none at all.</summary>
    public Uri? Authority { get; init; }

    /// <summary>Names of this API, of which a token must carry one.</summary>
    public IReadOnlyList<string> Audiences { get; init; } = [];

    public IReadOnlyList<string> TokenTypes { get; init; } = ["at+jwt", "JWT"];

    public string OrganisationClaim { get; init; } = "org";

    public IReadOnlyList<string> RoleClaims { get; init; } = ["role", "roles"];

    /// <summary>Tenant id of Entra ID → organisation code. When there are any, the organisation claim counts for nothing: other tenants write their own claims.</summary>
    public IReadOnlyDictionary<string, string> Organisations { get; init; } = new Dictionary<string, string>();

    /// <summary>A token that lives longer is refused: nothing else ends it when it is stolen.</summary>
    public TimeSpan LongestLife { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Tokens of <c>dotnet user-jwts</c>, in Development only.</summary>
    public DevelopmentIssuer? Development { get; init; }

    public bool TakesTokens => Authority is not null || Development is not null;

    /// <summary>Where Power BI and Excel sign in, when the provider is Entra ID.</summary>
    public string? AuthorizationUri =>
        Authority is not null && EntraHosts.Contains(Authority.Host, StringComparer.OrdinalIgnoreCase) && Authority.Segments.Length > 1
            ? $"https://{(Authority.Host == "sts.windows.net" ? EntraHosts[0] : Authority.Host)}/{Authority.Segments[1].TrimEnd('/')}/oauth2/authorize"
            : null;

    /// <exception cref="ConfigurationException">A setting is wrong; the message names it.</exception>
    public static AuthSettings From(IConfiguration configuration, IHostEnvironment environment)
    {
        var settings = new AuthSettings { Development = environment.IsDevelopment() ? DevelopmentIssuer.From(configuration.GetSection(UserJwts)) : null };
        if (configuration["Auth:Authority"] is not { Length: > 0 } authority)
        {
            return settings;
        }

        settings = settings with
        {
            Authority = Address(authority),
            Audiences = Words(configuration, "Auth:Audience") is { Count: > 0 } audiences ? audiences : throw new ConfigurationException("Auth:Audience: name this API as its tokens do; it is required with Auth:Authority."),
            Organisations = configuration.GetSection("Auth:Organisations").GetChildren().ToDictionary(tenant => tenant.Key, tenant => tenant.Value ?? "", StringComparer.OrdinalIgnoreCase),
            LongestLife = Life(configuration["Auth:LongestTokenLifeHours"]),
        };
        if (Words(configuration, "Auth:TokenTypes") is { Count: > 0 } types)
        {
            settings = settings with { TokenTypes = types };
        }

        if (configuration["Auth:OrganisationClaim"] is { Length: > 0 } organisation)
        {
            settings = settings with { OrganisationClaim = organisation };
        }

        // A claim of another name is the operator's choice, and then the only one.
        if (configuration["Auth:RoleClaim"] is { Length: > 0 } role && role != "role")
        {
            settings = settings with { RoleClaims = [role] };
        }

        if (settings.Organisations.Count == 0 && settings.AuthorizationUri is not null && SharedTenants.Contains(settings.Authority!.Segments[1].TrimEnd('/'), StringComparer.OrdinalIgnoreCase))
        {
            throw new ConfigurationException("Auth:Organisations: required with an Auth:Authority of all tenants, or anybody's tenant could name itself any organisation.");
        }

        return settings;
    }

    private static Uri Address(string text)
    {
        if (!Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var address) || address.Query.Length > 0 || address.Fragment.Length > 0 || address.UserInfo.Length > 0
            || !(address.Scheme == Uri.UriSchemeHttps || IsLocal(address)))
        {
            throw new ConfigurationException("Auth:Authority: must be an https address, such as https://login.microsoftonline.com/<tenant>/v2.0.");
        }

        return address;
    }

    /// <summary>Keys are fetched over TLS, or from this machine.</summary>
    public static bool IsLocal(Uri address) =>
        address.Scheme == Uri.UriSchemeHttp && (address.Host == "localhost" || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip)));

    private static TimeSpan Life(string? hours) => hours switch
    {
        null or "" => TimeSpan.FromHours(24),
        _ when double.TryParse(hours, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value is > 0 and <= 24 * 366 => TimeSpan.FromHours(value),
        _ => throw new ConfigurationException("Auth:LongestTokenLifeHours: must be a number of hours above 0."),
    };

    // One text with commas, or an array.
    private static IReadOnlyList<string> Words(IConfiguration configuration, string key) =>
        configuration[key] is { Length: > 0 } text
            ? text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : configuration.GetSection(key).GetChildren().Select(child => child.Value ?? "").Where(word => word.Length > 0).ToList();
}

/// <summary>The issuer of <c>dotnet user-jwts</c>: its secret keys lie in the user secrets of the developer.</summary>
internal sealed record DevelopmentIssuer(string Issuer, IReadOnlyList<string> Audiences, IReadOnlyList<SecurityKey> Keys)
{
    /// <summary>As long as the tool's tokens last when nothing else is asked for, and some days.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromDays(100);

    public static DevelopmentIssuer? From(IConfigurationSection section)
    {
        var issuer = section["ValidIssuer"] is { Length: > 0 } given ? given : "dotnet-user-jwts";
        var audiences = section.GetSection("ValidAudiences").GetChildren().Select(audience => audience.Value ?? "").Append(section["ValidAudience"] ?? "").Where(audience => audience.Length > 0).ToList();
        var keys = section.GetSection("SigningKeys").GetChildren().Where(key => key["Issuer"] == issuer).Select(Key).OfType<SecurityKey>().ToList();
        return audiences.Count > 0 && keys.Count > 0 ? new DevelopmentIssuer(issuer, audiences, keys) : null;
    }

    private static SymmetricSecurityKey? Key(IConfigurationSection key)
    {
        var bytes = new byte[256];
        return Convert.TryFromBase64String(key["Value"] ?? "", bytes, out var length) && length >= 32 ? new SymmetricSecurityKey(bytes[..length]) { KeyId = key["Id"] } : null;
    }
}
