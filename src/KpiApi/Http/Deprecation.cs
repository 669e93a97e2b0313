using System.Globalization;

namespace KpiApi.Http;

/// <summary>What is to go, and when (docs/api-policy.md).</summary>
/// <param name="Since">From when on nobody should begin to use it.</param>
/// <param name="Sunset">From when on it may be gone; at least twelve months later.</param>
/// <param name="Why">The address of the text that explains it.</param>
/// <param name="Successor">The address of what replaces it; null when nothing does.</param>
internal sealed record Deprecation(DateTimeOffset Since, DateTimeOffset Sunset, string Why, string? Successor)
{
    /// <summary>RFC 9745: seconds since 1970.</summary>
    public string SinceText => string.Create(CultureInfo.InvariantCulture, $"@{Since.ToUnixTimeSeconds()}");

    /// <summary>RFC 8594: an HTTP date.</summary>
    public string SunsetText => Sunset.ToString("R", CultureInfo.InvariantCulture);
}

internal static class Deprecations
{
    private const int LeastMonths = 12;

    /// <summary>Marks an endpoint, or with a group a whole version: its answers and its operations in the document say so.</summary>
    /// <exception cref="InvalidOperationException">The policy promises more time than that.</exception>
    public static TBuilder Deprecated<TBuilder>(this TBuilder builder, Deprecation deprecation)
        where TBuilder : IEndpointConventionBuilder =>
        deprecation.Sunset >= deprecation.Since.AddMonths(LeastMonths)
            ? builder.WithMetadata(deprecation)
            : throw new InvalidOperationException($"Between deprecation and sunset lie at least {LeastMonths} months.");

    /// <summary>Stands after routing, before anything that refuses: who is refused is told as well.</summary>
    public static void UseDeprecations(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Deprecation>() is { } deprecation)
        {
            // Set at the last moment: an error clears the headers that were set before it.
            context.Response.OnStarting(() =>
            {
                var headers = context.Response.Headers;
                headers["Deprecation"] = deprecation.SinceText;
                headers["Sunset"] = deprecation.SunsetText;
                headers.Append("Link", $"<{deprecation.Why}>; rel=\"deprecation\"");
                if (deprecation.Successor is { } successor)
                {
                    headers.Append("Link", $"<{successor}>; rel=\"successor-version\"");
                }

                return Task.CompletedTask;
            });
        }

        return next(context);
    });
}
