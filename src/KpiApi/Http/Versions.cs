using Asp.Versioning;

namespace KpiApi.Http;

/// <summary>Versions of the API: one in the path, named in the header api-supported-versions.</summary>
internal static class Versions
{
    public static IServiceCollection AddVersions(this IServiceCollection services)
    {
        services.AddApiVersioning(options =>
        {
            options.ReportApiVersions = true;
            options.ApiVersionReader = new UrlSegmentApiVersionReader();
        }).AddApiExplorer(options =>
        {
            options.GroupNameFormat = "'v'VVV";
            options.SubstituteApiVersionInUrl = true;
        });
        return services;
    }

    public static RouteGroupBuilder MapVersion1(this IEndpointRouteBuilder app) => app.MapVersion(new ApiVersion(1, 0));

    /// <summary>
    /// A version: its own path and document. A preview is <c>new ApiVersion(2, 0, "beta")</c>, at /v2-beta. No status with a v in it:
    /// the path would not be found.
    /// </summary>
    public static RouteGroupBuilder MapVersion(this IEndpointRouteBuilder app, ApiVersion version) =>
        app.NewVersionedApi("KpiApi").MapGroup("/v{version:apiVersion}").HasApiVersion(version).TakesNamedQueryOnly().WithAnswerLanguage().WithETags();
}
