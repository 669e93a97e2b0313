using KpiApi.Http;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace KpiApi.Tests.Access;

/// <summary>One method of one route of the running program.</summary>
internal sealed record RoutedEndpoint(string Method, string Path, EndpointRule? Rule)
{
    public string Name => $"{Method} {Path}";

    /// <summary>All that the program routes, as METHOD /v1/path/{parameter}.</summary>
    public static IReadOnlyList<RoutedEndpoint> All(KpiApp app) => All(app.Services);

    public static IReadOnlyList<RoutedEndpoint> All(IServiceProvider services) => services.GetServices<EndpointDataSource>()
        .SelectMany(source => source.Endpoints)
        .OfType<RouteEndpoint>()
        .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["ANY"])
            .Select(method => new RoutedEndpoint(
                method,
                "/" + endpoint.RoutePattern.RawText!.Replace("v{version:apiVersion}", "v1", StringComparison.Ordinal).Trim('/'),
                endpoint.Metadata.GetMetadata<EndpointRule>())))
        .DistinctBy(endpoint => endpoint.Name)
        .OrderBy(endpoint => endpoint.Path, StringComparer.Ordinal)
        .ThenBy(endpoint => endpoint.Method, StringComparer.Ordinal)
        .ToList();
}
