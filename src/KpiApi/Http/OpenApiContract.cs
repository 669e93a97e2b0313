using System.Globalization;
using System.Text.Json.Nodes;
using KpiApi.Access;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace KpiApi.Http;

/// <summary>Marks a PATCH whose body is a merge patch over <paramref name="Body"/>.</summary>
internal sealed record PatchOf(Type Body, bool IsOnlyPatched = false)
{
    public static PatchOf Of<T>() => new(typeof(T));

    /// <summary>The same of a body that no other operation takes or gives.</summary>
    public static PatchOf Only<T>() => new(typeof(T), IsOnlyPatched: true);
}

/// <summary>Marks a POST that takes one row or an array of rows.</summary>
internal sealed record BatchMark;

/// <summary>What only the noun itself can say about its operation in the document, such as the rows of feeds.</summary>
internal sealed record Documented(Action<OpenApiOperation, OperationFilterContext> Describe);

/// <summary>What operations share in the OpenAPI document: roles, limits, parameters, bodies of several shapes, and their answers.</summary>
internal sealed class OpenApiContract(Limits limits) : IOperationFilter
{
    private static readonly Dictionary<string, (string Description, Func<OpenApiSchema> Schema)> Parameters = new(StringComparer.Ordinal)
    {
        ["limit"] = ("Rows of a page.", () => new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = Text(Limits.ListMax), Default = Limits.ListDefault }),
        ["cursor"] = ("Where the page begins: the nextCursor of the page before.", Text),
        ["asOf"] = ("The last day that counts. Default: today in the organisation's time zone.", Day),
        ["from"] = ("The first day.", Day),
        ["to"] = ("The last day.", Day),
        ["mode"] = ("atomic: one bad row and nothing is stored. partial: the good rows are stored. Default: atomic.", () => Words("atomic", "partial")),
        ["dryRun"] = ("true: nothing is stored, and the answer says what would happen.", () => new OpenApiSchema { Type = JsonSchemaType.Boolean, Default = false }),
        ["grain"] = ("The length of a point. Default: day.", () => Words("day", "week", "month")),
        ["status"] = ("Only projects with this status.", () => Words([.. new ProjectStatusAttribute().Words])),
        ["sort"] = ("The order. Default: code.", () => Words("code", "name", "startsOn", "-startsOn")),
        ["q"] = ("Only projects whose name or code contains this text.", Text),
        ["format"] = ("The format; else Accept decides.", () => Words("json", "ndjson", "csv", "parquet")),
        ["locale"] = ("CSV only: fr-FR separates by semicolons, writes decimal commas and begins with a byte order mark. Default: en-US.", () => Words("en-US", "fr-FR")),
        ["select"] = ("The columns, separated by commas. Default: all.", Text),
        ["filter"] = ("Only the rows for which this is true, in the syntax of $filter of OData 4: Status eq 'behind' and Drift lt -0.1. Comparison, and, or, not, in, arithmetic, contains, startswith, endswith, year and other parts of a time, date, floor, ceiling, round. What OData has beyond that is 501.", Text),
        ["orderby"] = ("The order, in the syntax of $orderby of OData 4: Drift desc,Week. Rows that it does not tell apart come in the order of their key. Null comes first, in a descending order last.", Text),
        ["project"] = ("The code of a project.", Text),
        ["activity"] = ("The code of an activity.", Text),
        ["kpi"] = ("The code of a KPI.", Text),
        ["kind"] = ("Only alerts of this kind.", () => Words("status-behind", "review-overdue", "action-overdue", "source-silent", "outcome-decided")),
        ["acknowledged"] = ("Only alerts that were, or were not, acknowledged.", () => new OpenApiSchema { Type = JsonSchemaType.Boolean }),
        ["number"] = ("The number of an action within its review, from 1.", Text),
        ["feed"] = ("The name of a feed, as GET /v1/feeds lists them.", Text),
        ["id"] = ("The id that a list showed.", Text),
        ["source"] = ("Only what this system said.", Text),
        ["externalId"] = ("Only what has this identity in its system.", Text),
        ["profile"] = ("The import profile that reads a CSV file. Default: its first line names the members of a row.", Text),
        ["name"] = ("The name of an import profile: letters a to z, digits and hyphens.", Text),
        ["note"] = ("Why; kept in the history.", () => new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = Limits.NoteCharacters }),
        ["If-Match"] = ("The ETag of the resource as it was last read. 412 when it was changed since.", Text),
    };

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<EndpointRule>().SingleOrDefault() is not { } rule)
        {
            return;
        }

        foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>().Where(parameter => Parameters.ContainsKey(parameter.Name!)))
        {
            var (description, schema) = Parameters[parameter.Name!];
            parameter.Description ??= description;
            parameter.Schema = schema();
        }

        var method = context.ApiDescription.HttpMethod!;
        if (HttpMethods.IsPost(method) && !metadata.Any(mark => mark is UploadMark or ReadMark))
        {
            AddHeader(operation, Idempotency.HeaderName, "Makes a retry safe: the same key and body give the first answer again.", new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 200 });
        }
        else if (HttpMethods.IsGet(method) && ETags.AreGivenBy(metadata))
        {
            AddHeader(operation, "If-None-Match", "The ETag of the answer that you have. 304 when it is still the answer.", Text());
        }

        if (AnswerLanguage.IsOf(metadata))
        {
            (operation.Parameters ??= []).Add(new OpenApiParameter { Name = AnswerLanguage.QueryName, In = ParameterLocation.Query, Description = "The language of the sentences. Default: what Accept-Language prefers, else the organisation's.", Schema = Words("fr", "en") });
            AddHeader(operation, "Accept-Language", "The language of the sentences, French or English, when lang does not name it.", Text());
        }

        Body(operation, context, metadata.OfType<PatchOf>().SingleOrDefault(), metadata.OfType<BatchMark>().Any());
        if (metadata.OfType<UploadMark>().Any())
        {
            Upload(operation);
            AddHeader(operation, "Content-Encoding", "gzip, when the file is sent compressed; the limits are those of the file.", Words("gzip", "identity"));
        }

        Describe(operation, metadata, rule);
        foreach (var documented in metadata.OfType<Documented>())
        {
            documented.Describe(operation, context);
        }

        OpenApiAnswers.Apply(operation, context, rule);
    }

    private static void AddHeader(OpenApiOperation operation, string name, string description, OpenApiSchema schema) =>
        (operation.Parameters ??= []).Add(new OpenApiParameter { Name = name, In = ParameterLocation.Header, Description = description, Schema = schema });

    /// <summary>Who may call it, and how much of it.</summary>
    private void Describe(OpenApiOperation operation, IList<object> metadata, EndpointRule rule)
    {
        var roles = Permissions.Of(rule.Permission).Select(role => role.Word()).ToList();
        var bounds = new JsonObject { ["requestsPerSecond"] = limits.RequestsPerSecond, ["requestBurst"] = limits.RequestBurst };
        var words = new List<string>();
        if (operation.RequestBody is not null)
        {
            var isUpload = metadata.OfType<UploadMark>().Any();
            var bytes = rule.BodyBytes(limits, isUpload);
            bounds["bodyBytes"] = bytes;
            words.Add($"a body of {Text(bytes)} bytes");
            if (isUpload)
            {
                bounds["lineBytes"] = limits.BulkLineBytes;
                bounds["atomicLines"] = limits.BulkAtomicLines;
                bounds["atomicBytes"] = limits.BulkAtomicBytes;
                words.Add($"{Text(limits.BulkLineBytes)} bytes in a line, {Text(limits.BulkAtomicLines)} lines and {Text(limits.BulkAtomicBytes)} bytes with mode=atomic or dryRun=true");
            }
        }

        if (metadata.OfType<BatchMark>().Any())
        {
            bounds["rows"] = Limits.BatchRows;
            words.Add($"{Text(Limits.BatchRows)} rows");
        }

        if (!metadata.OfType<DisableRequestTimeoutAttribute>().Any())
        {
            bounds["seconds"] = limits.RequestSeconds;
            words.Add($"{Text(limits.RequestSeconds)} seconds");
        }

        operation.Extensions = new Dictionary<string, IOpenApiExtension>
        {
            ["x-roles"] = new JsonNodeExtension(new JsonArray([.. roles.Select(role => (JsonNode)role)])),
            ["x-limits"] = new JsonNodeExtension(bounds),
        };
        var own = string.IsNullOrEmpty(operation.Description) ? "" : operation.Description + "\n\n";
        operation.Description = $"{own}Roles: {string.Join(", ", roles)}.{(words.Count > 0 ? $" At most {string.Join(", ", words)}." : "")}";
        if (metadata.OfType<Deprecation>().LastOrDefault() is { } deprecation)
        {
            operation.Deprecated = true;
            operation.Description += $"\n\nDeprecated since {deprecation.Since:yyyy-MM-dd}, gone from {deprecation.Sunset:yyyy-MM-dd} on: {deprecation.Why}{(deprecation.Successor is { } successor ? $". Use {successor} instead." : "")}";
        }
    }

    private static void Body(OpenApiOperation operation, OperationFilterContext context, PatchOf? patch, bool isBatch)
    {
        if (patch is not null)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Description = "A JSON merge patch: members that are left out stay, null clears an optional one.",
                Content = new Dictionary<string, IOpenApiMediaType>
                {
                    ["application/merge-patch+json"] = new OpenApiMediaType { Schema = Patch(patch, context) },
                    ["application/json"] = new OpenApiMediaType { Schema = Patch(patch, context) },
                },
            };
        }
        else if (isBatch && operation.RequestBody?.Content is { } content)
        {
            foreach (var media in content.Values.OfType<OpenApiMediaType>())
            {
                var row = media.Schema!;
                media.Schema = new OpenApiSchema { OneOf = [row, new OpenApiSchema { Type = JsonSchemaType.Array, Items = row, MaxItems = Limits.BatchRows }] };
            }
        }
    }

    /// <summary>A file is no JSON value: its lines are.</summary>
    private static void Upload(OpenApiOperation operation)
    {
        foreach (var (type, media) in operation.RequestBody!.Content!)
        {
            var row = (media.Schema as OpenApiSchemaReference)?.Reference.Id;
            ((OpenApiMediaType)media).Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = type == "text/csv" ? $"A line that names the members of {row}, and a line for each row; an import profile reads any other table." : $"One {row} as JSON on each line.",
            };
        }

        operation.Parameters!.OfType<OpenApiParameter>().Single(parameter => parameter.Name == "mode").Description =
            "partial: the good rows are stored, a thousand at a time. atomic: one bad row and nothing is stored. Default: partial.";
    }

    /// <summary>The body's schema with nothing required, under the name …Patch.</summary>
    private static OpenApiSchemaReference Patch(PatchOf patch, OperationFilterContext context)
    {
        var body = patch.Body;
        var name = body.Name.Replace("Body", "Patch", StringComparison.Ordinal);
        if (!context.SchemaRepository.Schemas.ContainsKey(name))
        {
            context.SchemaGenerator.GenerateSchema(body, context.SchemaRepository);
            var whole = (OpenApiSchema)context.SchemaRepository.Schemas[body.Name];
            context.SchemaRepository.AddDefinition(name, new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = patch.IsOnlyPatched ? whole.Description : $"Members of {body.Name} to change.",
                Properties = whole.Properties,
                AdditionalPropertiesAllowed = false,
            });
            if (patch.IsOnlyPatched)
            {
                context.SchemaRepository.Schemas.Remove(body.Name);
            }
        }

        return new OpenApiSchemaReference(name, context.Document);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };

    private static OpenApiSchema Day() => new() { Type = JsonSchemaType.String, Format = "date" };

    private static OpenApiSchema Words(params string[] words) => new() { Type = JsonSchemaType.String, Enum = words.Select(word => (JsonNode)word).ToList() };
}
