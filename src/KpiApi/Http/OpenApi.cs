using System.Text.Json.Nodes;
using KpiApi.Access;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace KpiApi.Http;

/// <summary>The OpenAPI document, generated from the running code, and Swagger UI.</summary>
internal static class OpenApi
{
    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services) => services.AddEndpointsApiExplorer().AddSwaggerGen(options =>
    {
        options.SwaggerDoc("v1", new OpenApiInfo
        {
            Title = "KpiApi",
            Version = "v1",
            Description = "Turns facts posted by an ERP or CRM into baselines, targets, weekly drift, ROI and decisions for digital projects.",
            License = new OpenApiLicense { Name = "Proprietary", Identifier = "LicenseRef-Proprietary" },
        });
        options.IncludeXmlComments(Path.Combine(AppContext.BaseDirectory, "KpiApi.xml"));
        options.SupportNonNullableReferenceTypes();
        options.NonNullableReferenceTypesAsRequired();
        options.MapType<ExactNumber>(() => new OpenApiSchema { Type = JsonSchemaType.Number });
        options.MapType<ExactNumber?>(() => new OpenApiSchema { Type = JsonSchemaType.Number | JsonSchemaType.Null });
        options.CustomSchemaIds(SchemaId);
        options.SchemaFilter<OneOfFilter>();
        options.OperationFilter<OpenApiContract>();
        options.DocumentFilter<TagDescriptions>();
        options.AddCredentialSchemes();
        options.AddServer(new OpenApiServer { Url = "http://localhost:5080", Description = "The default address." });
    });

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
            options.SwaggerEndpoint("/openapi/v1.json", "KpiApi v1");
            options.DocumentTitle = "KpiApi";
        });
    }

    // Page<KpiResource> becomes KpiPage, KpiBody stays.
    private static string SchemaId(Type type) => type.IsGenericType
        ? string.Concat(type.GetGenericArguments().Select(argument => SchemaId(argument).Replace("Resource", "", StringComparison.Ordinal))) + type.Name[..type.Name.IndexOf('`')]
        : type.Name;

    private sealed class OneOfFilter : ISchemaFilter
    {
        public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
        {
            if (schema is OpenApiSchema concrete && context.MemberInfo?.GetCustomAttributes(typeof(OneOfAttribute), false).FirstOrDefault() is OneOfAttribute words)
            {
                concrete.Enum = words.Words.Select(word => (JsonNode)word).ToList();
            }
        }
    }

    private sealed class TagDescriptions : IDocumentFilter
    {
        private static readonly Dictionary<string, string> Texts = new(StringComparer.Ordinal)
        {
            ["API keys"] = "Keys of programs: made, listed and revoked by an administrator.",
            ["Activities"] = "Lines of business, and the North Star of each.",
            ["Catalogue"] = "The priority KPIs that every organisation has, and templates of projects.",
            ["Feeds"] = "Tables for BI tools and exports.",
            ["Figures"] = "What the SQL views compute: steering, series, baseline, return, portfolio.",
            ["KPIs"] = "Definitions of KPIs.",
            ["Ledger"] = "Gains and costs of a project.",
            ["Limits"] = "The limits in force.",
            ["Measurements"] = "Facts: a numerator and a denominator, or a value, on a business day.",
            ["Organisation"] = "The organisation of the credential.",
            ["Project KPIs"] = "The KPIs that a project tracks, at most three.",
            ["Projects"] = "Digital initiatives of an activity, from draft to closed.",
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
