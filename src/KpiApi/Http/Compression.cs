using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Net.Http.Headers;

namespace KpiApi.Http;

/// <summary>
/// Gzip of answers that are tables, when the caller asks for it. Only endpoints that say so: their rows hold no secret of anybody else's that a caller could guess
/// at by the length of the answer, so HTTPS is no reason against it. Gzip alone, because that is what BI tools ask for.
/// </summary>
internal static class Compression
{
    private sealed record Mark;

    /// <summary>Answers of these endpoints may be compressed.</summary>
    public static TBuilder Compresses<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new Mark());

    public static IServiceCollection AddCompression(this IServiceCollection services) => services.AddResponseCompression(options =>
    {
        options.EnableForHttps = true;
        options.Providers.Add<GzipCompressionProvider>();
        // Parquet is compressed inside.
        options.MimeTypes = ["application/json", "application/x-ndjson", "text/csv", "application/xml"];
    });

    public static void UseCompression(this IApplicationBuilder app) => app.UseWhen(
        context => context.GetEndpoint()?.Metadata.GetMetadata<Mark>() is not null,
        branch =>
        {
            branch.Use((context, next) =>
            {
                // Also on what goes out as it is: a cache must not give it to one who asks for less, or the other way round.
                context.Response.OnStarting(() =>
                {
                    if (!context.Response.Headers.GetCommaSeparatedValues(HeaderNames.Vary).Contains(HeaderNames.AcceptEncoding, StringComparer.OrdinalIgnoreCase))
                    {
                        context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
                    }

                    return Task.CompletedTask;
                });
                return next(context);
            });
            branch.UseResponseCompression();
        });
}
