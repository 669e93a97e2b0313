using KpiApi.Access;

namespace KpiApi.Http;

/// <summary>What every endpoint of the API declares: who may call it and how large a body it takes.</summary>
/// <param name="Permission">The permission it asks for.</param>
/// <param name="MaxBodyBytes">Its own limit; null: that of JSON bodies.</param>
internal sealed record EndpointRule(Permission Permission, long? MaxBodyBytes)
{
    /// <summary>The largest body that it takes, in bytes.</summary>
    public long BodyBytes(Limits limits, bool isUpload) => isUpload ? limits.BulkBodyBytes : MaxBodyBytes ?? limits.JsonBodyBytes;
}

/// <summary>Marks a POST that takes a file of rows: read as it comes, in other media types, charsets and encodings than JSON bodies.</summary>
internal sealed record UploadMark;

/// <summary>Marks a POST that changes nothing: its question is an object, too long for an address. An Idempotency-Key has no effect there.</summary>
internal sealed record ReadMark;

internal static class EndpointRules
{
    public static TBuilder Requires<TBuilder>(this TBuilder builder, Permission permission, long? maxBodyBytes = null)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.RequireAuthorization(permission.ToString());
        return builder.WithMetadata(new EndpointRule(permission, maxBodyBytes));
    }

    /// <summary>A file may take longer than any request: what hangs is cut by the server's least data rate instead.</summary>
    public static RouteHandlerBuilder TakesUpload(this RouteHandlerBuilder builder)
    {
        builder.DisableRequestTimeout();
        return builder.WithMetadata(new UploadMark());
    }

    public static RouteHandlerBuilder IsRead(this RouteHandlerBuilder builder) => builder.WithMetadata(new ReadMark());

    public static bool IsRead(this HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<ReadMark>() is not null;

    public static bool IsUpload(this HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<UploadMark>() is not null;

    /// <summary>
    /// Ends the mapping: refuses to start with an endpoint that declares no rule, and keeps what was built. Routing, authorization and
    /// each look at the list would otherwise compile every handler again, a third of a second each time.
    /// </summary>
    public static void SealEndpoints(this IEndpointRouteBuilder app)
    {
        var endpoints = app.DataSources.SelectMany(source => source.Endpoints).ToList();
        var missing = endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText?.TrimStart('/') is ['v', ..] or ['o', 'd', 'a', 't', 'a', ..] && endpoint.Metadata.GetMetadata<EndpointRule>() is null)
            .Select(endpoint => endpoint.DisplayName)
            .ToList();
        if (missing.Count > 0)
        {
            throw new InvalidOperationException("Endpoints without role and limits: " + string.Join(", ", missing));
        }

        app.DataSources.Clear();
        app.DataSources.Add(new DefaultEndpointDataSource(endpoints));
    }
}
