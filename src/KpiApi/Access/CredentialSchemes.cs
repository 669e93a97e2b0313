using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace KpiApi.Access;

/// <summary>The ways in, as OpenAPI tells them.</summary>
internal static class CredentialSchemes
{
    private const string Key = "apiKey";
    private const string Basic = "basic";
    private const string Bearer = "bearer";
    private const string QueryKey = "apiKeyInQuery";
    private static readonly string[] Everywhere = [Key, Basic, Bearer];

    public static void AddCredentialSchemes(this SwaggerGenOptions options)
    {
        options.AddSecurityDefinition(Key, new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = ApiKeyAuthentication.HeaderName, Description = "A key of the organisation: kpi_<id>_<secret>." });
        options.AddSecurityDefinition(Basic, new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "basic", Description = "Any user name, and a key as the password. Over HTTPS only, unless from the same machine." });
        options.AddSecurityDefinition(Bearer, new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT", Description = "An access token of the identity provider that the operator configured (Auth:Authority), with the organisation and the role." });
        options.AddSecurityDefinition(QueryKey, new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Query, Name = Credential.QueryName, Description = "The key of a reader, on feeds only, for tools that can send it in no other way. Over HTTPS only, unless from the same machine." });
        options.OperationFilter<SchemesOfOperation>();
    }

    private sealed class SchemesOfOperation : IOperationFilter
    {
        public void Apply(OpenApiOperation operation, OperationFilterContext context)
        {
            var takesQueryKey = context.ApiDescription.ActionDescriptor.EndpointMetadata.OfType<QueryKeys.QueryKeyMark>().Any();
            operation.Security = [.. Everywhere.Concat(takesQueryKey ? [QueryKey] : []).Select(scheme => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [] })];
        }
    }
}
