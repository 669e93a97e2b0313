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

    public static RouteGroupBuilder MapVersion1(this IEndpointRouteBuilder app) =>
        app.NewVersionedApi("KpiApi").MapGroup("/v{version:apiVersion}").HasApiVersion(new ApiVersion(1, 0)).WithETags();
}
