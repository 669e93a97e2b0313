using Microsoft.AspNetCore.Http.Extensions;

namespace KpiApi.Http;

/// <summary>What callers call this server. A known proxy says it in forwarded headers; nobody else is believed.</summary>
internal static class PublicAddress
{
    /// <summary>Scheme, host and, behind some proxies, the beginning of the path; without a slash at its end.</summary>
    /// <exception cref="ProblemException">400: the request names no host.</exception>
    public static string PublicRoot(this HttpRequest request) => request.Host.HasValue
        ? UriHelper.BuildAbsolute(request.Scheme, request.Host, request.PathBase).TrimEnd('/')
        : throw new ProblemException(ProblemType.Malformed, "Send the header Host: the answer is made of addresses.");
}
