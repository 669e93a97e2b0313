using System.Globalization;
using System.Text;
using System.Text.Json;

namespace KpiApi.Tests.Fuzz;

/// <summary>The operations of our own OpenAPI document, as the app under test serves it. A new operation is picked up without a change here.</summary>
internal sealed class Grammar
{
    private static readonly string[] Methods = ["get", "put", "post", "patch", "delete", "head", "options"];
    private readonly JsonElement root;

    private Grammar(JsonElement root)
    {
        this.root = root;
        foreach (var path in root.GetProperty("paths").EnumerateObject())
        {
            foreach (var item in path.Value.EnumerateObject().Where(item => Methods.Contains(item.Name)))
            {
                Operations.Add(new Operation(this, path.Name, item.Name.ToUpperInvariant(), item.Value));
            }
        }
    }

    public List<Operation> Operations { get; } = [];

    public static async Task<Grammar> Of(HttpClient http)
    {
        using var document = JsonDocument.Parse(await http.GetByteArrayAsync(new Uri("/openapi/v1.json", UriKind.Relative)));
        return new Grammar(document.RootElement.Clone());
    }

    /// <summary>The schema behind references; of several possible ones, one at random.</summary>
    public JsonElement Resolve(JsonElement schema, Random random)
    {
        while (schema.ValueKind == JsonValueKind.Object)
        {
            if (schema.TryGetProperty("$ref", out var reference))
            {
                schema = Pointer(reference.GetString()!);
            }
            else if (Alternatives(schema) is { Count: > 0 } alternatives)
            {
                schema = alternatives[random.Next(alternatives.Count)];
            }
            else
            {
                break;
            }
        }

        return schema;
    }

    public JsonElement Pointer(string reference) =>
        reference.Split('/').Skip(1).Aggregate(root, (element, part) => element.GetProperty(part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)));

    // What may be null has a better alternative; null is a mutation.
    private static List<JsonElement>? Alternatives(JsonElement schema)
    {
        foreach (var name in new[] { "oneOf", "anyOf", "allOf" })
        {
            if (schema.TryGetProperty(name, out var found) && found.GetArrayLength() > 0)
            {
                return found.EnumerateArray().Where(one => !one.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String || type.GetString() != "null").ToList();
            }
        }

        return null;
    }
}

internal sealed record Parameter(string Name, string In, bool Required, JsonElement Schema);

internal sealed class Operation
{
    public Operation(Grammar grammar, string path, string method, JsonElement description)
    {
        Path = path;
        Method = method;
        foreach (var item in description.TryGetProperty("parameters", out var parameters) ? parameters.EnumerateArray() : [])
        {
            var parameter = item.TryGetProperty("$ref", out var reference) ? grammar.Pointer(reference.GetString()!) : item;
            Parameters.Add(new Parameter(
                parameter.GetProperty("name").GetString()!,
                parameter.GetProperty("in").GetString()!,
                parameter.TryGetProperty("required", out var required) && required.GetBoolean(),
                parameter.TryGetProperty("schema", out var schema) ? schema : default));
        }

        foreach (var content in description.TryGetProperty("requestBody", out var body) ? body.GetProperty("content").EnumerateObject() : default)
        {
            Bodies.Add((content.Name, content.Value.TryGetProperty("schema", out var schema) ? schema : default));
        }

        foreach (var response in description.GetProperty("responses").EnumerateObject())
        {
            if (int.TryParse(response.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var status))
            {
                Statuses.Add(status);
            }
        }

        Roles = description.TryGetProperty("x-roles", out var roles) ? roles.EnumerateArray().Select(role => role.GetString()!).ToHashSet() : null;
    }

    public string Path { get; }

    public string Method { get; }

    public List<Parameter> Parameters { get; } = [];

    public List<(string MediaType, JsonElement Schema)> Bodies { get; } = [];

    public HashSet<int> Statuses { get; } = [];

    /// <summary>Who may; null when the document does not say.</summary>
    public HashSet<string>? Roles { get; }

    public override string ToString() => $"{Method} {Path}";
}

/// <summary>JSON as it is written: a leaf is any text, so that it can be wrong, and a member may stand twice.</summary>
internal sealed class Node
{
    public JsonElement Schema { get; init; }

    public string? Raw { get; set; }

    public List<(string Name, Node Value)>? Members { get; set; }

    public List<Node>? Items { get; set; }

    public static Node Leaf(string raw, JsonElement schema = default) => new() { Raw = raw, Schema = schema };

    public static Node Text(string text, JsonElement schema = default) => Leaf(JsonSerializer.Serialize(text), schema);

    public void Become(string raw)
    {
        Raw = raw;
        Members = null;
        Items = null;
    }

    public Node? this[string name] => Members?.FirstOrDefault(member => member.Name == name).Value;

    public override string ToString()
    {
        var text = new StringBuilder();
        Write(text);
        return text.ToString();
    }

    /// <summary>This node and all below it.</summary>
    public IEnumerable<Node> All() => new[] { this }.Concat((Members?.Select(member => member.Value) ?? Items ?? []).SelectMany(child => child.All()));

    private void Write(StringBuilder text)
    {
        if (Members is not null)
        {
            text.Append('{');
            for (var index = 0; index < Members.Count; index++)
            {
                text.Append(index == 0 ? "\"" : ",\"").Append(Members[index].Name).Append("\":");
                Members[index].Value.Write(text);
            }

            text.Append('}');
        }
        else if (Items is not null)
        {
            text.Append('[');
            for (var index = 0; index < Items.Count; index++)
            {
                text.Append(index == 0 ? "" : ",");
                Items[index].Write(text);
            }

            text.Append(']');
        }
        else
        {
            text.Append(Raw);
        }
    }
}
