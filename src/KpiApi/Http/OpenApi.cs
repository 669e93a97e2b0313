using System.Globalization;
using System.Text;
using Asp.Versioning.ApiExplorer;
using KpiApi.Access;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace KpiApi.Http;

/// <summary>The OpenAPI document of each version, generated from the running code, and Swagger UI. How to document an endpoint: docs/decisions/0007.</summary>
internal static class OpenApi
{
    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services)
    {
        services.AddEndpointsApiExplorer().AddSwaggerGen(options =>
        {
            options.IncludeXmlComments(Path.Combine(AppContext.BaseDirectory, "KpiApi.xml"));
            options.SupportNonNullableReferenceTypes();
            options.NonNullableReferenceTypesAsRequired();
            options.MapType<ExactNumber>(() => new OpenApiSchema { Type = JsonSchemaType.Number });
            options.MapType<ExactNumber?>(() => new OpenApiSchema { Type = JsonSchemaType.Number | JsonSchemaType.Null });
            options.CustomSchemaIds(SchemaId);
            options.SchemaFilter<OpenApiSchemas>();
            options.OperationFilter<OpenApiContract>();
            options.OperationFilter<OpenApiExamples>();
            options.DocumentFilter<TagDescriptions>();
            options.DocumentFilter<OpenApiComponents>();
            options.AddCredentialSchemes();
            options.AddServer(new OpenApiServer { Url = "http://localhost:5080", Description = "The default address." });
        });
        services.AddOptions<SwaggerGenOptions>().Configure<IApiVersionDescriptionProvider, Limits>((options, versions, limits) =>
        {
            foreach (var version in versions.ApiVersionDescriptions)
            {
                options.SwaggerDoc(version.GroupName, new OpenApiInfo
                {
                    Title = "KpiApi",
                    Version = version.GroupName,
                    Description = Introduction(limits),
                    License = new OpenApiLicense { Name = "Proprietary", Identifier = "LicenseRef-Proprietary" },
                });
            }
        });
        return services;
    }

    public static void UseOpenApiDocument(this WebApplication app)
    {
        app.UseSwagger(options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.RouteTemplate = "openapi/{documentName}.{extension:regex(^(json|ya?ml)$)}";
        });
        app.MapGet("/", () => TypedResults.Redirect("/swagger")).ExcludeFromDescription();
        app.UseSwaggerUI(options =>
        {
            options.ConfigObject.Urls = Documents(app);
            options.DocumentTitle = "KpiApi";
            options.EnablePersistAuthorization();
            options.EnableTryItOutByDefault();
            options.DisplayRequestDuration();
        });
    }

    // Read when the page is: versions are mapped after this.
    private static IEnumerable<UrlDescriptor> Documents(WebApplication app)
    {
        foreach (var version in app.DescribeApiVersions())
        {
            yield return new UrlDescriptor { Name = "KpiApi " + version.GroupName, Url = $"/openapi/{version.GroupName}.json" };
        }
    }

    private static string Introduction(Limits limits)
    {
        var text = new StringBuilder("""
            Turns facts posted by an ERP or CRM into baselines, targets, weekly drift, ROI and decisions for digital projects.

            ## Roles

            A credential belongs to one organisation and has one role. Every operation names the roles that may call it (`x-roles`).


            """.ReplaceLineEndings("\n"));
        var roles = Enum.GetValues<Role>();
        text.Append(CultureInfo.InvariantCulture, $"| | {string.Join(" | ", roles.Select(role => role.Word()))} |\n|---|{string.Concat(roles.Select(_ => "---|"))}\n");
        foreach (var permission in Enum.GetValues<Permission>())
        {
            text.Append(CultureInfo.InvariantCulture, $"| {permission.Text()} | {string.Join(" | ", roles.Select(role => role.Allows(permission) ? "yes" : "–"))} |\n");
        }

        text.Append("\n## Limits\n\nThose in force are at `GET /v1/limits`; an operation names its own (`x-limits`).\n\n| limit | value |\n|---|---|\n");
        foreach (var (name, value) in new (string, long)[]
        {
            ("bytes of a JSON body", limits.JsonBodyBytes), ("levels of a JSON body", Limits.JsonDepth), ("rows of a request", Limits.BatchRows), ("rows of a page", Limits.ListMax),
            ("requests per second of a credential", limits.RequestsPerSecond), ("requests of a credential at once", limits.RequestBurst), ("seconds of a request other than a feed", limits.RequestSeconds),
            ("hours for which an Idempotency-Key is kept", limits.IdempotencyHours), ("failed credentials a minute per address and key", limits.FailedCredentialsPerMinute),
        })
        {
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {value} |\n");
        }

        return text.Append("\n## Errors\n\nEvery error is a `Problem` (RFC 9457) whose `code` is one of a closed list; each operation lists those that it may answer. A method that an address does not take is 405 `method-not-allowed`.\n").ToString();
    }

    // Page<KpiResource> becomes KpiPage, KpiBody stays.
    private static string SchemaId(Type type) => type.IsGenericType
        ? string.Concat(type.GetGenericArguments().Select(argument => SchemaId(argument).Replace("Resource", "", StringComparison.Ordinal))) + type.Name[..type.Name.IndexOf('`')]
        : type.Name;

    private sealed class TagDescriptions : IDocumentFilter
    {
        private static readonly Dictionary<string, string> Texts = new(StringComparer.Ordinal)
        {
            ["API keys"] = "Keys of programs: made, listed and revoked by an administrator.",
            ["Activities"] = "Lines of business, and the North Star of each.",
            ["Alerts"] = "What changed and needs a look.",
            ["Catalogue"] = "The priority KPIs that every organisation has, and templates of projects.",
            ["Feeds"] = "Tables for BI tools and exports.",
            ["Figures"] = "What the SQL views compute: steering, series, baseline, return, portfolio.",
            ["Import profiles"] = "How files that programs export are to be read.",
            ["KPIs"] = "Definitions of KPIs.",
            ["Ledger"] = "Gains and costs of a project.",
            ["Limits"] = "The limits in force.",
            ["Looker Studio"] = "What the connector of Looker Studio asks, in Looker Studio's own forms.",
            ["Measurements"] = "Facts: a numerator and a denominator, or a value, on a business day.",
            ["Organisation"] = "The organisation of the credential.",
            ["Project KPIs"] = "The KPIs that a project tracks, at most three.",
            ["Projects"] = "Digital initiatives of an activity, from draft to closed.",
            ["Receipts"] = "What became of uploaded files.",
            ["Reviews"] = "Decisions of a committee, with their actions and what was known then.",
        };

        public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
        {
            foreach (var tag in swaggerDoc.Tags ?? new HashSet<OpenApiTag>())
            {
                tag.Description = Texts.GetValueOrDefault(tag.Name!);
            }
        }
    }
}
