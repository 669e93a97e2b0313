using System.Globalization;
using System.Text.Json.Nodes;
using KpiApi.Access;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace KpiApi.Http;

/// <summary>The answers of an operation: what success says, its headers, and the problems that the endpoint may answer, which are a closed list.</summary>
internal static class OpenApiAnswers
{
    public const string ProblemName = "Problem";

    private const string NotModified = "Not modified: If-None-Match names the ETag of the answer.";

    /// <summary>Headers of answers: what they say, and of which form they are.</summary>
    public static readonly IReadOnlyDictionary<string, (string Description, JsonSchemaType Type)> Headers = new Dictionary<string, (string, JsonSchemaType)>(StringComparer.Ordinal)
    {
        ["ETag"] = ("The version of the answer: strong for one resource, weak (W/) for lists, figures and feeds.", JsonSchemaType.String),
        ["Content-Language"] = ("The language of the sentences: fr or en.", JsonSchemaType.String),
        ["Location"] = ("The address of what was created.", JsonSchemaType.String),
        ["Link"] = ("rel=\"next\": the next page of an NDJSON or CSV answer. rel=\"deprecation\" and rel=\"successor-version\": see Deprecation.", JsonSchemaType.String),
        ["Retry-After"] = ("Seconds to wait before the request is sent again.", JsonSchemaType.Integer),
        ["RateLimit"] = ("r: requests left in this moment; t: seconds to wait when there is none.", JsonSchemaType.String),
        ["RateLimit-Policy"] = ("q: requests of the credential at once; w: seconds in which they come back.", JsonSchemaType.String),
        ["WWW-Authenticate"] = ("The ways to send a credential, but for the header X-Api-Key. Not there when no other is taken, as over plain HTTP from another machine.", JsonSchemaType.String),
        ["Deprecation"] = ("Since when the operation is deprecated: @ and seconds since 1970 (RFC 9745).", JsonSchemaType.String),
        ["Sunset"] = ("From when on the operation may be gone (RFC 8594).", JsonSchemaType.String),
        ["api-supported-versions"] = ("The versions that are served.", JsonSchemaType.String),
    };

    public static void Apply(OpenApiOperation operation, OperationFilterContext context, EndpointRule rule)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        var isGet = HttpMethods.IsGet(context.ApiDescription.HttpMethod!);
        var conditional = isGet && ETags.AreGivenBy(metadata);
        var tagged = conditional || ETags.AreGivenByChange(context.ApiDescription.HttpMethod!);
        operation.Responses ??= [];
        foreach (var (status, response) in operation.Responses.ToList())
        {
            if (response is OpenApiResponse success)
            {
                success.Description = Meaning(status, success, context);
                success.Headers = HeadersOf(context, metadata, [.. Names(status, tagged, isGet && AnswerLanguage.IsOf(metadata))], success.Headers);
            }
        }

        if (conditional)
        {
            operation.Responses["304"] = new OpenApiResponse { Description = NotModified, Headers = HeadersOf(context, metadata, ["ETag"]) };
        }

        foreach (var types in PossibleProblems(operation, context, rule).GroupBy(type => type.Status))
        {
            operation.Responses[types.Key.ToString(CultureInfo.InvariantCulture)] = Refusal(context, metadata, [.. types]);
        }
    }

    /// <summary>A problem of one of these kinds, as every operation and every version tells it.</summary>
    public static OpenApiResponse Response(OpenApiDocument document, params ProblemType[] types) => new()
    {
        Description = string.Join(" · ", types.Select(problem => $"{problem.Code}: {problem.Title}")),
        Headers = types[0].Status switch
        {
            401 => References(document, "WWW-Authenticate"),
            429 or 503 or 507 => References(document, "Retry-After"),
            // Of several kinds, only this one says when to come back.
            409 when types.Contains(ProblemType.KeyInFlight) => new Dictionary<string, IOpenApiHeader>
            {
                ["Retry-After"] = new OpenApiHeader { Description = $"{ProblemType.KeyInFlight.Code}: {Headers["Retry-After"].Description}", Schema = new OpenApiSchema { Type = Headers["Retry-After"].Type } },
            },
            _ => null,
        },
        Content = new Dictionary<string, IOpenApiMediaType>
        {
            ["application/problem+json"] = new OpenApiMediaType
            {
                Schema = new OpenApiSchema
                {
                    AllOf =
                    [
                        new OpenApiSchemaReference(ProblemName, document),
                        new OpenApiSchema { Type = JsonSchemaType.Object, Properties = new Dictionary<string, IOpenApiSchema> { ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = types.Select(type => (JsonNode)type.Code).ToList() } } },
                    ],
                },
                Examples = types.ToDictionary(type => type.Code, IOpenApiExample (type) => new OpenApiExampleReference(type.Code, document)),
            },
        },
    };

    public static OpenApiSchema Problem() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "An error (RFC 9457).",
        Required = new HashSet<string> { "type", "title", "status", "detail", "code", "traceId" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Identifies the kind of error for ever.", Enum = ProblemType.All.Select(type => (JsonNode)type.Uri).ToList() },
            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "The kind of error in words." },
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "The HTTP status.", Enum = ProblemType.All.Select(type => type.Status).Distinct().Order().Select(status => (JsonNode)status).ToList() },
            ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "What is wrong with this request." },
            ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "The last part of type.", Enum = ProblemType.All.Select(type => (JsonNode)type.Code).ToList() },
            ["traceId"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Names this request in our logs." },
            ["receipt"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Identifies the receipt of an upload that ended early: it tells what of the file is durable." },
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "JSON pointer into the body → messages.",
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
            },
        },
    };

    private static IEnumerable<ProblemType> PossibleProblems(OpenApiOperation operation, OperationFilterContext context, EndpointRule rule)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        var method = context.ApiDescription.HttpMethod!;
        var hasBody = operation.RequestBody is not null;
        var parameters = operation.Parameters ?? [];
        HashSet<ProblemType> possible =
        [
            ProblemType.Malformed, ProblemType.Unauthorized, ProblemType.TooManyRequests, ProblemType.Internal, ProblemType.Unavailable,
            .. metadata.OfType<Failures>().SelectMany(failures => failures.Types),
        ];
        void Add(bool isPossible, params ReadOnlySpan<ProblemType> types)
        {
            foreach (var type in isPossible ? types : [])
            {
                possible.Add(type);
            }
        }

        Add(Permissions.Of(rule.Permission).Count < Enum.GetValues<Role>().Length, ProblemType.Forbidden);
        Add(parameters.Any(parameter => parameter.In == ParameterLocation.Path), ProblemType.NotFound);
        Add(parameters.Any(parameter => parameter.Name == "If-Match"), ProblemType.Stale);
        Add(hasBody, ProblemType.TooLarge, ProblemType.UnsupportedMediaType, ProblemType.Invalid);
        Add(HttpMethods.IsPost(method) && !metadata.Any(mark => mark is UploadMark or ReadMark), ProblemType.KeyReused, ProblemType.KeyInFlight);
        Add(!HttpMethods.IsGet(method) && !metadata.OfType<ReadMark>().Any(), ProblemType.StorageFull);
        return ProblemType.All.Where(possible.Contains);
    }

    private static IOpenApiResponse Refusal(OperationFilterContext context, IList<object> metadata, ProblemType[] types)
    {
        // One kind is told once for all operations, unless this one has headers of its own to add.
        if (types.Length == 1 && !metadata.OfType<Deprecation>().Any())
        {
            return new OpenApiResponseReference(types[0].Code, context.Document);
        }

        var response = Response(context.Document, types);
        response.Headers = HeadersOf(context, metadata, [], response.Headers);
        return response;
    }

    private static IEnumerable<string> Names(string status, bool tagged, bool hasSentences)
    {
        if (hasSentences)
        {
            yield return "Content-Language";
        }

        if (tagged)
        {
            yield return "ETag";
        }

        if (status == "201")
        {
            yield return "Location";
        }

        yield return "RateLimit";
        yield return "RateLimit-Policy";
        yield return "api-supported-versions";
    }

    private static Dictionary<string, IOpenApiHeader> HeadersOf(OperationFilterContext context, IList<object> metadata, string[] names, IDictionary<string, IOpenApiHeader>? more = null)
    {
        string[] deprecated = metadata.OfType<Deprecation>().Any() ? ["Deprecation", "Sunset", "Link"] : [];
        var headers = References(context.Document, [.. names.Concat(deprecated)]);
        foreach (var (name, header) in more ?? new Dictionary<string, IOpenApiHeader>())
        {
            headers.TryAdd(name, header);
        }

        return headers;
    }

    public static Dictionary<string, IOpenApiHeader> References(OpenApiDocument document, params string[] names) =>
        names.Distinct().ToDictionary(name => name, IOpenApiHeader (name) => new OpenApiHeaderReference(name, document));

    /// <summary>What a success says, in the words of the type that it answers with.</summary>
    private static string Meaning(string status, OpenApiResponse success, OperationFilterContext context)
    {
        var schema = success.Content?.Values.FirstOrDefault()?.Schema as OpenApiSchemaReference;
        var answer = schema?.Reference.Id is { } id && context.SchemaRepository.Schemas.TryGetValue(id, out var named) ? named : null;
        var said = answer?.Description ?? "";
        if (answer?.Properties?.TryGetValue("items", out var items) == true && items.Items is OpenApiSchemaReference { Reference.Id: { } of } && context.SchemaRepository.Schemas.TryGetValue(of, out var item))
        {
            said = $"{said} Each row: {item.Description}";
        }

        return status switch
        {
            "201" => "Created. " + said,
            "204" => "Done; there is nothing to say.",
            _ when said.Length > 0 => said,
            _ => success.Description ?? "",
        };
    }
}

/// <summary>Adds what operations refer to: the headers of answers, and each kind of problem with an example of it.</summary>
internal sealed class OpenApiComponents : IDocumentFilter
{
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        var components = swaggerDoc.Components ??= new Microsoft.OpenApi.OpenApiComponents();
        (components.Schemas ??= new Dictionary<string, IOpenApiSchema>())[OpenApiAnswers.ProblemName] = OpenApiAnswers.Problem();
        // Only what something refers to, as a lint asks for.
        var operations = swaggerDoc.Paths.Values.SelectMany(path => path.Operations?.Values ?? Enumerable.Empty<OpenApiOperation>()).ToList();
        var responses = operations.SelectMany(operation => operation.Responses?.Values ?? Enumerable.Empty<IOpenApiResponse>()).ToList();
        var shared = responses.OfType<OpenApiResponseReference>().Select(response => response.Reference.Id).ToHashSet();
        var told = shared.Concat(responses.OfType<OpenApiResponse>().SelectMany(response => response.Content?.Values ?? Enumerable.Empty<IOpenApiMediaType>()).SelectMany(media => media.Examples?.Keys ?? Enumerable.Empty<string>())).ToHashSet();
        components.Responses = ProblemType.All.Where(type => shared.Contains(type.Code)).ToDictionary(type => type.Code, IOpenApiResponse (type) => OpenApiAnswers.Response(swaggerDoc, type));
        components.Examples = ProblemType.All.Where(type => told.Contains(type.Code) && OpenApiExamples.Problem(type) is not null)
            .ToDictionary(type => type.Code, IOpenApiExample (type) => new OpenApiExample { Summary = type.Title, Value = OpenApiExamples.Problem(type) });
        var headers = responses.OfType<OpenApiResponse>().Concat(components.Responses.Values).SelectMany(response => response.Headers?.Keys ?? Enumerable.Empty<string>()).ToHashSet();
        components.Headers = OpenApiAnswers.Headers.Where(header => headers.Contains(header.Key)).ToDictionary(
            header => header.Key,
            IOpenApiHeader (header) => new OpenApiHeader { Description = header.Value.Description, Required = header.Key is not ("Link" or "WWW-Authenticate"), Schema = new OpenApiSchema { Type = header.Value.Type } });
    }
}
