using KpiApi.Access;

namespace KpiApi.Http;

/// <summary>What every endpoint of the API declares: who may call it and how large a body it takes.</summary>
internal sealed record EndpointRule(Permission Permission, long MaxBodyBytes);

internal static class EndpointRules
{
    public static TBuilder Requires<TBuilder>(this TBuilder builder, Permission permission, long maxBodyBytes = Limits.JsonBodyBytes)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.RequireAuthorization(permission.ToString());
        return builder.WithMetadata(new EndpointRule(permission, maxBodyBytes));
    }

    /// <summary>Refuses to start with an endpoint that declares no rule.</summary>
    public static void CheckEndpointRules(this IEndpointRouteBuilder app)
    {
        var missing = app.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText?.TrimStart('/').StartsWith('v') == true && endpoint.Metadata.GetMetadata<EndpointRule>() is null)
            .Select(endpoint => endpoint.DisplayName)
            .ToList();
        if (missing.Count > 0)
        {
            throw new InvalidOperationException("Endpoints without role and limits: " + string.Join(", ", missing));
        }
    }

    /// <summary>Holds the body size that the endpoint declares.</summary>
    public static void UseBodyLimits(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<EndpointRule>() is { } rule)
        {
            if (context.Request.ContentLength > rule.MaxBodyBytes)
            {
                throw new ProblemException(ProblemType.TooLarge, $"The body is larger than the {rule.MaxBodyBytes} bytes that this endpoint takes.");
            }

            if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            {
                size.MaxRequestBodySize = rule.MaxBodyBytes;
            }
        }

        return next(context);
    });
}
