using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Json.Schema;
using KpiApi.Feeds;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace KpiApi.Tests.Support;

/// <summary>
/// The OpenAPI document as a judge of answers: their status, media type and headers are declared for the operation, and their body has the schema.
/// Every answer that a test gets through <see cref="KpiApp"/> comes before it.
/// </summary>
internal sealed class Contract
{
    // Rows of a long list that are looked at; the others are made by the same code.
    private const int MostRows = 100;
    private static readonly EvaluationOptions Quick = new() { OutputFormat = OutputFormat.Flag, RequireFormatValidation = true };
    private static readonly EvaluationOptions Telling = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };
    private static readonly Lazy<Task<Contract>> Served = new(Serve);

    private readonly JsonNode _document;
    private readonly List<(string[] Path, JsonObject Methods)> _paths;
    private readonly ConcurrentDictionary<string, JsonSchema> _schemas = new();

    public Contract(JsonNode document)
    {
        _document = document;
        // An address that is spelled out comes before one with a parameter at its place.
        _paths = [.. document["paths"]!.AsObject().Select(path => (path.Key.Split('/'), path.Value!.AsObject())).OrderBy(path => path.Item1.Count(part => part.StartsWith('{')))];
    }

    /// <summary>The document of v1 as the program serves it.</summary>
    public static Task<Contract> OfTheApi => Served.Value;

    public JsonNode Document => _document;

    public IEnumerable<(string Method, string Path, JsonObject Definition)> Operations =>
        _document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(method => (method.Key.ToUpperInvariant(), path.Key, method.Value!.AsObject())));

    /// <summary>The operation that answers there; null when there is none.</summary>
    public JsonObject? Find(string method, string path)
    {
        var parts = path.TrimEnd('/').Split('/');
        var match = _paths.FirstOrDefault(known => known.Path.Length == parts.Length
            && known.Path.Zip(parts).All(pair => pair.First.StartsWith('{') ? pair.Second.Length > 0 : pair.First.Equals(Uri.UnescapeDataString(pair.Second), StringComparison.OrdinalIgnoreCase)));
        return match.Methods?[method.ToLowerInvariant()]?.AsObject();
    }

    /// <summary>What is wrong with the answer; null if nothing is.</summary>
    public async Task<string?> Fault(HttpRequestMessage request, HttpResponseMessage response)
    {
        var address = request.RequestUri!;
        var fault = Fault(
            request.Method.Method,
            address.AbsolutePath,
            address.Query,
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.MediaType,
            name => response.Headers.NonValidated.Contains(name) || response.Content.Headers.NonValidated.Contains(name),
            await response.Content.ReadAsByteArrayAsync());
        return fault is null ? null : $"{request.Method} {address.PathAndQuery}: {(int)response.StatusCode} is not as documented: {fault}";
    }

    public string? Fault(string method, string path, string query, int status, string? mediaType, Func<string, bool> hasHeader, byte[] body)
    {
        if (Find(method, path) is not { } operation)
        {
            return path.StartsWith("/v1/", StringComparison.Ordinal) && status < 400 && method is not ("HEAD" or "OPTIONS") ? "no such operation" : null;
        }

        if (operation["responses"]![status.ToString(CultureInfo.InvariantCulture)] is not { } declared)
        {
            return "the status is not declared";
        }

        var response = Resolve(declared);
        var missing = response["headers"]?.AsObject().Where(header => (bool?)Resolve(header.Value!)["required"] == true && !hasHeader(header.Key)).Select(header => header.Key).ToList() ?? [];
        if (missing.Count > 0)
        {
            return "without the header " + string.Join(", ", missing);
        }

        if (response["content"] is not { } content)
        {
            return body.Length == 0 ? null : "a body where none is declared";
        }

        if (mediaType is null || content[mediaType] is not { } media)
        {
            return $"the media type {mediaType} is not declared";
        }

        if (!mediaType.EndsWith("json", StringComparison.Ordinal) || mediaType.EndsWith("ndjson", StringComparison.Ordinal))
        {
            return null;
        }

        var (key, schema) = SchemaOf((string)operation["operationId"]!, status, path, query, media["schema"]!);
        return Fault(key, schema, Cut(JsonNode.Parse(body)));
    }

    /// <summary>What keeps the value from having the schema; null if nothing does.</summary>
    public string? Fault(string key, JsonNode schema, JsonNode? value)
    {
        var parsed = _schemas.GetOrAdd(key, _ => Parse(schema));
        if (parsed.Evaluate(value, Quick).IsValid)
        {
            return null;
        }

        var errors = parsed.Evaluate(value, Telling).Details
            .Where(detail => detail.HasErrors)
            .SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation} {error.Value} ({detail.EvaluationPath})"));
        return string.Join("; ", errors.Distinct().Take(5));
    }

    public JsonNode Resolve(JsonNode node) =>
        (string?)node["$ref"] is { } reference ? Resolve(reference.Split('/').Skip(1).Aggregate(_document, (at, part) => at[part.Replace("~1", "/", StringComparison.Ordinal)]!)) : node;

    // Which feed it is, the address says; then the row is known, and without select no column of it may be missing.
    private (string Key, JsonNode Schema) SchemaOf(string operation, int status, string path, string query, JsonNode schema)
    {
        if (operation != "GetFeed" || status != 200 || FeedCatalogue.Find(path.TrimEnd('/').Split('/')[^1]) is not { } feed)
        {
            return ($"{operation} {status}", schema);
        }

        var row = Resolve(_document["components"]!["schemas"]![FeedDocument.SchemaName(feed)]!).DeepClone();
        var isWhole = !query.Contains("select=", StringComparison.OrdinalIgnoreCase);
        if (isWhole)
        {
            row["required"] = new JsonArray([.. feed.Columns.Select(column => (JsonNode)column.Name)]);
        }

        var narrowed = schema.DeepClone();
        narrowed["oneOf"]![0]!["items"] = row;
        narrowed["oneOf"]![1]!["properties"]!["items"]!["items"] = row.DeepClone();
        return ($"{feed.Url} {isWhole}", narrowed);
    }

    private JsonSchema Parse(JsonNode schema)
    {
        // The definitions that it needs travel with each schema: a registry for all would be shared between documents, and all of them take a second to read.
        var definitions = new JsonObject();
        Collect(schema, definitions);
        return JsonSchema.FromText(new JsonObject { ["allOf"] = new JsonArray(schema.DeepClone()), ["components"] = new JsonObject { ["schemas"] = definitions } }.ToJsonString());
    }

    private void Collect(JsonNode? node, JsonObject definitions)
    {
        switch (node)
        {
            case JsonObject members:
                if (members["$ref"] is { } reference && (string)reference! is var address && address.Split('/')[^1] is var name && !definitions.ContainsKey(name))
                {
                    var definition = Resolve(members);
                    definitions[name] = definition.DeepClone();
                    Collect(definition, definitions);
                }

                foreach (var (_, member) in members)
                {
                    Collect(member, definitions);
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    Collect(item, definitions);
                }

                break;
        }
    }

    private static JsonNode? Cut(JsonNode? node)
    {
        switch (node)
        {
            case JsonArray array:
                while (array.Count > MostRows)
                {
                    array.RemoveAt(array.Count - 1);
                }

                foreach (var item in array)
                {
                    Cut(item);
                }

                break;
            case JsonObject members:
                foreach (var (_, member) in members)
                {
                    Cut(member);
                }

                break;
        }

        return node;
    }

    private static async Task<Contract> Serve()
    {
        // The same whatever the engine, and a file is there at once: whoever comes first waits for it.
        await using var app = await KpiApp.StartOnFile();
        using var http = ((TestServer)app.Services.GetRequiredService<IServer>()).CreateClient();
        return new Contract(JsonNode.Parse(await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)))!);
    }
}

/// <summary>Fails a test on an answer that the document does not tell.</summary>
internal sealed class ContractHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        // A stream that a test reads while it is written has no end to wait for.
        await response.Content.LoadIntoBufferAsync(cancellationToken);
        Assert.Null(await (await Contract.OfTheApi).Fault(request, response));
        return response;
    }
}
