using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace KpiApi.Http;

/// <summary>What the annotations say beyond what the generator reads of them by itself.</summary>
internal sealed class OpenApiSchemas : ISchemaFilter
{
    private static readonly NullabilityInfoContext Nullability = new();

    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is not OpenApiSchema concrete)
        {
            return;
        }

        if (context.MemberInfo?.GetCustomAttribute<OneOfAttribute>() is { } words)
        {
            concrete.Enum = words.Words.Select(word => (JsonNode)word).ToList();
            if (concrete.Type?.HasFlag(JsonSchemaType.Null) == true)
            {
                // An enum without it would forbid the null that the type allows.
                concrete.Enum.Add(JsonNullSentinel.JsonNull);
            }
        }

        if (concrete.Properties is null || context.Type.Namespace?.StartsWith(nameof(KpiApi), StringComparison.Ordinal) != true)
        {
            return;
        }

        if (context.Type.GetCustomAttribute<JsonUnmappedMemberHandlingAttribute>() is { UnmappedMemberHandling: JsonUnmappedMemberHandling.Skip })
        {
            concrete.AdditionalPropertiesAllowed = true;
        }

        var isBody = context.Type.Name.EndsWith("Body", StringComparison.Ordinal);
        foreach (var property in context.Type.GetProperties())
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            if (property.GetCustomAttribute<JsonIgnoreAttribute>() is not null)
            {
                // Left out of an answer instead of null.
                concrete.Required?.Remove(name);
            }
            else if (!isBody && concrete.Properties.ContainsKey(name))
            {
                // An answer writes every member, null or not.
                (concrete.Required ??= new HashSet<string>()).Add(name);
            }
            else if (property.PropertyType.IsValueType && property.GetCustomAttribute<NeededAttribute>() is null)
            {
                // A body may leave out what has a default.
                concrete.Required?.Remove(name);
            }

            if (concrete.Properties.TryGetValue(name, out var bounded) && bounded is OpenApiSchema { MinLength: 0 } text)
            {
                text.MinLength = property.GetCustomAttribute<NeededAttribute>() is null ? null : 1;
            }

            // The generator forgets that a reference may be null.
            if (concrete.Properties.TryGetValue(name, out var value) && value is OpenApiSchemaReference reference && IsNullable(property))
            {
                concrete.Properties[name] = new OpenApiSchema { OneOf = [reference, new OpenApiSchema { Type = JsonSchemaType.Null }], Description = reference.Description };
            }
        }
    }

    private static bool IsNullable(PropertyInfo property)
    {
        // The context keeps what it read, and is not made for several threads.
        lock (Nullability)
        {
            return Nullability.Create(property).ReadState == NullabilityState.Nullable;
        }
    }
}
