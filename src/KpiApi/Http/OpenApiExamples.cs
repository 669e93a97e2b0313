using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace KpiApi.Http;

/// <summary>
/// Examples of the document. They are no inventions: a test plays the requests of KpiApi.http, and one request for each kind of problem, and writes
/// down what was asked and answered (examples.json). Long lists are cut.
/// </summary>
internal sealed class OpenApiExamples : IOperationFilter
{
    private static readonly Lazy<JsonNode> Recorded = new(() => JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Http", "examples.json")))!);

    /// <summary>A problem of that kind as it was answered.</summary>
    public static JsonNode? Problem(ProblemType type) => Recorded.Value["problems"]?[type.Code]?.DeepClone();

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        foreach (var exchange in Recorded.Value["operations"]?[operation.OperationId ?? ""]?.AsArray() ?? [])
        {
            var title = (string)exchange!["title"]!;
            foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>())
            {
                parameter.Example ??= exchange["parameters"]?[parameter.Name!]?.DeepClone();
            }

            // What is JSON may be called so in several ways.
            foreach (var (_, media) in operation.RequestBody?.Content?.Where(content => content.Key == (string?)exchange["bodyType"] || IsJson(content.Key) && IsJson((string?)exchange["bodyType"])) ?? [])
            {
                Add((OpenApiMediaType)media, title, exchange["body"]);
            }

            var contents = operation.Responses?.TryGetValue((string)exchange["status"]!, out var response) == true ? response.Content : null;
            if (contents?.TryGetValue((string?)exchange["type"] ?? "", out var answer) == true)
            {
                Add((OpenApiMediaType)answer, title, exchange["answer"]);
            }
        }
    }

    private static bool IsJson(string? type) => type?.EndsWith("json", StringComparison.Ordinal) == true && type != "application/x-ndjson";

    private static void Add(OpenApiMediaType media, string title, JsonNode? value)
    {
        if (value is not null)
        {
            var name = title.Replace(' ', '-').ToLowerInvariant();
            (media.Examples ??= new Dictionary<string, IOpenApiExample>())[string.Concat(name.Where(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-'))] = new OpenApiExample { Summary = title, Value = value.DeepClone() };
        }
    }
}
