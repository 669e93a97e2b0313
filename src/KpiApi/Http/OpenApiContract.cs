using System.Globalization;
using System.Text.Json.Nodes;
using KpiApi.Access;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace KpiApi.Http;

/// <summary>Marks a PATCH whose body is a merge patch over <paramref name="Body"/>.</summary>
internal sealed record PatchOf(Type Body)
{
    public static PatchOf Of<T>() => new(typeof(T));
}

/// <summary>What operations share in the OpenAPI document: roles, parameters, bodies of several shapes, and the problems that they may answer.</summary>
internal sealed class OpenApiContract : IOperationFilter
{
    private const string ProblemName = "Problem";

    private static readonly Dictionary<string, (string Description, Func<OpenApiSchema> Schema)> Parameters = new(StringComparer.Ordinal)
    {
        ["limit"] = ("Rows of a page. Feeds: no upper bound, and all rows when left out.", () => new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = Limits.ListMax.ToString(CultureInfo.InvariantCulture), Default = Limits.ListDefault }),
        ["cursor"] = ("Where the page begins: the nextCursor of the page before.", Text),
        ["asOf"] = ("The last day that counts. Default: today in the organisation's time zone.", Day),
        ["from"] = ("The first day.", Day),
        ["to"] = ("The last day.", Day),
        ["mode"] = ("atomic: one bad row and nothing is stored. partial: the good rows are stored.", () => Words("atomic", "partial")),
        ["dryRun"] = ("true: nothing is stored, and the answer says what would happen.", () => new OpenApiSchema { Type = JsonSchemaType.Boolean, Default = false }),
        ["grain"] = ("The length of a point.", () => Words("day", "week", "month")),
        ["status"] = ("Only projects with this status.", () => Words("draft", "running", "closed")),
        ["sort"] = ("The order. Default: code.", () => Words("code", "name", "startsOn", "-startsOn")),
        ["q"] = ("Only projects whose name or code contains this text.", Text),
        ["format"] = ("The format; else Accept decides.", () => Words("json", "ndjson", "csv")),
        ["locale"] = ("CSV only: fr-FR separates by semicolons, writes decimal commas and begins with a byte order mark.", () => Words("en-US", "fr-FR")),
        ["select"] = ("The columns, separated by commas.", Text),
        ["project"] = ("The code of a project.", Text),
        ["activity"] = ("The code of an activity.", Text),
        ["kpi"] = ("The code of a KPI.", Text),
        ["feed"] = ("The name of a feed, as GET /v1/feeds lists them.", Text),
        ["id"] = ("The id that a list showed.", Text),
        ["source"] = ("Only what this system said.", Text),
        ["externalId"] = ("Only what has this identity in its system.", Text),
        ["note"] = ("Why; kept in the history.", Text),
        ["If-Match"] = ("The ETag of the resource as it was last read. 412 when it was changed since.", Text),
    };

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<EndpointRule>().SingleOrDefault() is not { } rule)
        {
            return;
        }

        operation.Description = $"Roles: {string.Join(", ", Permissions.Of(rule.Permission).Select(role => role.ToString().ToLowerInvariant()))}.";
        foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>().Where(parameter => Parameters.ContainsKey(parameter.Name!)))
        {
            var (description, schema) = Parameters[parameter.Name!];
            parameter.Description ??= description;
            parameter.Schema = schema();
        }

        Body(operation, context, metadata.OfType<PatchOf>().SingleOrDefault());
        var method = context.ApiDescription.HttpMethod!;
        if (HttpMethods.IsPost(method))
        {
            (operation.Parameters ??= []).Add(new OpenApiParameter
            {
                Name = Idempotency.HeaderName,
                In = ParameterLocation.Header,
                Description = "Makes a retry safe: the same key and body give the first answer again.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 200 },
            });
        }

        Problems(operation, context, HttpMethods.IsGet(method), operation.RequestBody is not null, operation.Parameters?.Any(parameter => parameter.Name == "If-Match") == true);
    }

    private static void Body(OpenApiOperation operation, OperationFilterContext context, PatchOf? patch)
    {
        if (patch is not null)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Description = "A JSON merge patch: members that are left out stay, null clears an optional one.",
                Content = new Dictionary<string, IOpenApiMediaType>
                {
                    ["application/merge-patch+json"] = new OpenApiMediaType { Schema = Patch(patch.Body, context) },
                    ["application/json"] = new OpenApiMediaType { Schema = Patch(patch.Body, context) },
                },
            };
        }
        else if (context.ApiDescription.ActionDescriptor.EndpointMetadata.OfType<BatchMark>().Any() && operation.RequestBody?.Content is { } content)
        {
            foreach (var media in content.Values.OfType<OpenApiMediaType>())
            {
                var row = media.Schema!;
                media.Schema = new OpenApiSchema { OneOf = [row, new OpenApiSchema { Type = JsonSchemaType.Array, Items = row, MaxItems = Limits.BatchRows }] };
            }
        }
    }

    /// <summary>The body's schema with nothing required, under the name …Patch.</summary>
    private static OpenApiSchemaReference Patch(Type body, OperationFilterContext context)
    {
        var name = body.Name.Replace("Body", "Patch", StringComparison.Ordinal);
        if (!context.SchemaRepository.Schemas.ContainsKey(name))
        {
            context.SchemaGenerator.GenerateSchema(body, context.SchemaRepository);
            var whole = (OpenApiSchema)context.SchemaRepository.Schemas[body.Name];
            context.SchemaRepository.AddDefinition(name, new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = $"Members of {body.Name} to change.",
                Properties = whole.Properties,
                AdditionalPropertiesAllowed = false,
            });
        }

        return new OpenApiSchemaReference(name, context.Document);
    }

    private static void Problems(OpenApiOperation operation, OperationFilterContext context, bool isGet, bool hasBody, bool isConditional)
    {
        operation.Responses ??= [];
        if (isGet)
        {
            operation.Responses.TryAdd("304", new OpenApiResponse { Description = "Not modified: If-None-Match names the ETag of the answer." });
        }

        var possible = ProblemType.All.Where(type => type.Status switch
        {
            405 or 500 => false,
            409 => !isGet,
            412 => isConditional,
            413 or 415 => hasBody,
            422 or 507 => !isGet,
            _ => true,
        });
        foreach (var types in possible.GroupBy(type => type.Status))
        {
            operation.Responses.TryAdd(types.Key.ToString(CultureInfo.InvariantCulture), new OpenApiResponse
            {
                Description = string.Join(" · ", types.Select(problem => $"{problem.Code}: {problem.Title}")),
                Content = new Dictionary<string, IOpenApiMediaType> { ["application/problem+json"] = new OpenApiMediaType { Schema = Problem(context) } },
            });
        }
    }

    private static OpenApiSchemaReference Problem(OperationFilterContext context)
    {
        if (!context.SchemaRepository.Schemas.ContainsKey(ProblemName))
        {
            context.SchemaRepository.AddDefinition(ProblemName, new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "An error (RFC 9457).",
                Required = new HashSet<string> { "type", "title", "status", "detail", "code", "traceId" },
                Properties = new Dictionary<string, IOpenApiSchema>
                {
                    ["type"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Identifies the kind of error for ever.", Enum = ProblemType.All.Select(type => (JsonNode)type.Uri).ToList() },
                    ["title"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "The kind of error in words." },
                    ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "The HTTP status." },
                    ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "What is wrong with this request." },
                    ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "The last part of type.", Enum = ProblemType.All.Select(type => (JsonNode)type.Code).ToList() },
                    ["traceId"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Names this request in our logs." },
                    ["errors"] = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Object,
                        Description = "JSON pointer into the body → messages.",
                        AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
                    },
                },
            });
        }

        return new OpenApiSchemaReference(ProblemName, context.Document);
    }

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };

    private static OpenApiSchema Day() => new() { Type = JsonSchemaType.String, Format = "date" };

    private static OpenApiSchema Words(params string[] words) => new() { Type = JsonSchemaType.String, Enum = words.Select(word => (JsonNode)word).ToList() };
}

/// <summary>Marks a POST that takes one row or an array of rows.</summary>
internal sealed record BatchMark;
