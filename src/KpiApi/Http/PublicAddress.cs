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

    /// <summary>Refuses a Host that no address can be made of: names with signs are taken by the server, and fail when a link is written.</summary>
    public static void UseHost(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        try
        {
            _ = context.Request.Host.ToUriComponent();
        }
        catch (ArgumentException)
        {
            throw new ProblemException(ProblemType.Malformed, "The Host is not the name of a machine.");
        }

        return next(context);
    });
}
