using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace KpiApi.Access;

/// <summary>How a credential came.</summary>
internal enum CredentialWay
{
    Header,
    Basic,
    Address,
    Bearer,
    Unknown,
}

/// <summary>What a request shows of itself. Not a record: those print what they hold.</summary>
internal sealed class Credential(CredentialWay way, string secret)
{
    public const string QueryName = "api_key";

    public CredentialWay Way => way;

    /// <summary>A key or a token.</summary>
    public string Secret => secret;

    /// <summary>One key may come in two ways; it is one credential.</summary>
    public bool IsSameAs(Credential other) => secret == other.Secret && IsKey == other.IsKey;

    private bool IsKey => way is CredentialWay.Header or CredentialWay.Basic or CredentialWay.Address;

    /// <summary>
    /// All credentials of a request; empty ones count as absent. A key in the address is taken out of it, so that nothing after
    /// this, neither a link nor a log nor a trace, can repeat it.
    /// </summary>
    public static IReadOnlyList<Credential> TakeFrom(HttpRequest request)
    {
        var found = new List<Credential>();
        found.AddRange(request.Headers[ApiKeyAuthentication.HeaderName].Where(value => !string.IsNullOrWhiteSpace(value)).Select(value => new Credential(CredentialWay.Header, value!)));
        found.AddRange(request.Headers.Authorization.Select(Authorization).OfType<Credential>());
        if (request.Query.TryGetValue(QueryName, out var keys))
        {
            found.AddRange(keys.Where(value => !string.IsNullOrWhiteSpace(value)).Select(value => new Credential(CredentialWay.Address, value!)));
            request.QueryString = QueryString.Create(request.Query.Where(pair => !pair.Key.Equals(QueryName, StringComparison.OrdinalIgnoreCase)));
            if (request.HttpContext.Features.Get<IHttpRequestFeature>() is { } raw)
            {
                raw.RawTarget = request.PathBase.Add(request.Path).ToUriComponent() + request.QueryString.ToUriComponent();
            }
        }

        return found;
    }

    private static Credential? Authorization(string? header)
    {
        var words = (header ?? "").Trim().Split(' ', 2, StringSplitOptions.TrimEntries);
        var value = words.Length > 1 ? words[1] : "";
        return words[0].ToUpperInvariant() switch
        {
            "" => null,
            "BEARER" => value.Length == 0 ? null : new Credential(CredentialWay.Bearer, value),
            "BASIC" => value.Length == 0 ? null : new Credential(CredentialWay.Basic, Password(value)),
            _ => new Credential(CredentialWay.Unknown, header!),
        };
    }

    /// <summary>What stands behind the first colon; empty, and so no valid key, when there is none.</summary>
    private static string Password(string encoded)
    {
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var length))
        {
            return "";
        }

        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? "" : text[(colon + 1)..];
    }
}

/// <summary>Who stands behind a credential, whichever way it came.</summary>
internal sealed record Identified(long OrganisationId, Role Role, string KeyId, string TimeZone, string Language);

internal static class QueryKeys
{
    /// <summary>Lets the key of a reader stand in the address, as <c>?api_key=</c>, for tools that can send it in no other way.</summary>
    public static TBuilder AllowsQueryKey<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new QueryKeyMark());

    public static bool AllowsQueryKey(this HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<QueryKeyMark>() is not null;

    internal sealed record QueryKeyMark;
}
