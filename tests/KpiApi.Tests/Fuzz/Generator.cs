using System.Globalization;
using System.Text;
using System.Text.Json;

namespace KpiApi.Tests.Fuzz;

/// <summary>Makes the request of a number: always the same one in the same world.</summary>
internal sealed class Generator(Grammar grammar, FuzzWorld world, IReadOnlyList<string> foreign, Random random, int number)
{
    // What the document does not say about a text; a name that is not here gets any text.
    private static readonly Dictionary<string, string[]> Hints = new(StringComparer.Ordinal)
    {
        ["kind"] = ["gain", "cost"],
        ["evidence"] = ["invoiced", "measured", "estimated"],
        ["source"] = ["erp", "crm", "api"],
        ["timestamp"] = ["2026-01-05T10:00:00Z", "2026-01-20T23:30:00+02:00", "2025-12-30T00:00:00.123Z"],
        ["feed"] = ["kpi-days", "ledger", "portfolio", "alerts"],
        ["dateColumn"] = ["", "Date"],
        ["asOf"] = ["", "2026-01-20"],
        ["startDate"] = ["2025-12-01", "20260101"],
        ["endDate"] = ["2026-01-31", "20260202"],
        ["fieldName"] = ["ProjectCode", "Date"],
        ["operator"] = ["EQUALS", "CONTAINS", "IN_LIST", "IS_NULL", "BETWEEN"],
        ["type"] = ["INCLUDE", "EXCLUDE"],
        ["category"] = ["licence", "labour", "sales"],
        ["currency"] = ["EUR", "USD", "JPY"],
        ["timeZone"] = ["Europe/Paris", "UTC", "America/New_York"],
        ["language"] = ["fr", "en"],
        ["role"] = ["reader", "writer", "manager", "admin"],
        ["template"] = ["ecommerce", "crm", "support"],
        ["select"] = ["ProjectId", "Date,DateKey", "ProjectCode,ProjectName", "KpiId", "ActivityCode"],
        ["note"] = ["a correction"],
        ["month"] = ["2026-01", "2025-12"],
        ["q"] = ["ru", "a", "%", "_"],
    };

    private static readonly string[] ReportFields = ["ProjectCode", "ProjectName", "KpiName", "Date", "Currency", "RowCount"];

    public Wire Valid(Operation operation)
    {
        var wire = new Wire { Number = number, Operation = operation, Method = operation.Method, Path = Address(operation) };
        foreach (var parameter in operation.Parameters.Where(parameter => parameter.In == "query" && (parameter.Required || Chance(0.3))))
        {
            wire.Query.Add((parameter.Name, Uri.EscapeDataString(Plain(parameter.Name, parameter.Schema))));
        }

        foreach (var parameter in operation.Parameters.Where(parameter => parameter.In == "header" && (parameter.Required || Chance(0.2))))
        {
            wire.Headers.Add((parameter.Name, parameter.Name is "If-Match" or "If-None-Match" ? Chance(0.6) || world.ETags.Count == 0 ? "*" : Pick(world.ETags) : $"key-{number}-{random.Next(3)}"));
        }

        wire.Role = Chance(0.8) ? "admin" : Pick(["reader", "writer", "manager", "admin"]);
        wire.Headers.Add(("X-Api-Key", world.Keys[wire.Role]));
        return wire;
    }

    public Node? Body(Wire wire)
    {
        if (wire.Operation.Bodies.Count == 0)
        {
            return null;
        }

        var (mediaType, schema) = Pick(wire.Operation.Bodies);
        wire.Headers.Add(("Content-Type", mediaType));
        return mediaType.Contains("json", StringComparison.Ordinal) ? Value("", schema, 0) : Node.Leaf(Plain("", schema));
    }

    public T Pick<T>(IReadOnlyList<T> list) => list[random.Next(list.Count)];

    public bool Chance(double probability) => random.NextDouble() < probability;

    private string Address(Operation operation)
    {
        var path = new StringBuilder();
        foreach (var segment in operation.Path.Split('/').Skip(1))
        {
            var text = segment;
            if (segment.StartsWith('{'))
            {
                // Deletions use up what there is: mostly not of what all others need.
                var pool = world.Pools.GetValueOrDefault(path.ToString());
                text = pool is { Count: > 0 } && Chance(0.95) ? pool.Count > 8 && Chance(0.5) ? pool[^random.Next(1, 5)] : Pick(pool) : Pick(["1", "nothing", .. foreign]);
            }

            path.Append('/').Append(Uri.EscapeDataString(text));
        }

        return path.ToString();
    }

    private Node Value(string name, JsonElement schema, int depth)
    {
        schema = grammar.Resolve(schema, random);
        var type = Type(schema);
        if (type == "object" && schema.TryGetProperty("properties", out var properties))
        {
            var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(item => item.GetString()!).ToHashSet() : [];
            var node = new Node { Schema = schema, Members = [] };
            foreach (var property in properties.EnumerateObject().Where(property => required.Contains(property.Name) || (depth < 5 && Chance(required.Count == 0 ? 0.3 : 0.45))))
            {
                node.Members.Add((property.Name, Value(property.Name, property.Value, depth + 1)));
            }

            Reconcile(node, properties);
            return node;
        }

        return type switch
        {
            "array" when schema.TryGetProperty("items", out var items) => new Node { Schema = schema, Items = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Value(name, items, depth + 1)).ToList() },
            "array" => new Node { Schema = schema, Items = [] },
            "object" => new Node { Schema = schema, Members = [] },
            "integer" or "number" or "boolean" => Node.Leaf(Plain(name, schema), schema),
            _ => Node.Text(Plain(name, schema), schema),
        };
    }

    /// <summary>A report asks for fields by name. A fact belongs to a project or to an activity, has a date or an instant, and its KPI says which numbers it takes.</summary>
    private void Reconcile(Node node, JsonElement properties)
    {
        if (properties.TryGetProperty("forFilterOnly", out _))
        {
            node["name"]?.Become(JsonSerializer.Serialize(Pick(ReportFields)));
            return;
        }

        if (!properties.TryGetProperty("numerator", out _) || !properties.TryGetProperty("timestamp", out _))
        {
            return;
        }

        void Keep(string one, string other)
        {
            node.Members!.RemoveAll(member => member.Name == other);
            if (node[one] is null)
            {
                node.Members.Add((one, Value(one, properties.GetProperty(one), 9)));
            }
        }

        Keep("project", "activity");
        Keep(Chance(0.7) ? "date" : "timestamp", Chance(0.7) ? "timestamp" : "date");
        if (node["date"] is null && node["timestamp"] is null)
        {
            Keep("date", "timestamp");
        }

        var project = node["project"]!.Raw!.Trim('"');
        if (world.Pools.GetValueOrDefault($"/v1/projects/{project}/kpis") is { Count: > 0 } kpis)
        {
            node["kpi"]!.Become(JsonSerializer.Serialize(Pick(kpis)));
        }

        if (world.Aggregations.GetValueOrDefault(node["kpi"]!.Raw!.Trim('"')) == "ratio")
        {
            Keep("numerator", "value");
            Keep("denominator", "value");
        }
        else
        {
            Keep("value", "numerator");
            Keep("value", "denominator");
        }
    }

    private static string Type(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("type", out var type))
        {
            return schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out _) ? "object" : "string";
        }

        return type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(item => item.GetString()!).First(item => item != "null") : type.GetString()!;
    }

    /// <summary>A value of a parameter or a leaf, without quotes.</summary>
    private string Plain(string name, JsonElement schema)
    {
        schema = grammar.Resolve(schema, random);
        switch (Type(schema))
        {
            case "boolean":
                return Chance(0.5) ? "true" : "false";
            case "integer":
            case "number":
                return Number(schema);
        }

        if (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("enum", out var words))
        {
            return Pick(words.EnumerateArray().Where(word => word.ValueKind == JsonValueKind.String).ToList()).ToString();
        }

        if (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("example", out var example) && Chance(0.4))
        {
            return example.ToString();
        }

        var format = schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("format", out var text) ? text.GetString() : null;
        if (format == "date" || name is "date" or "from" or "to")
        {
            return Pick(["2025-12-20", "2025-12-30", "2026-01-05", "2026-01-19", "2026-01-31", "2026-02-01", "2026-02-02", $"2026-01-{random.Next(1, 32):D2}"]);
        }

        if (format == "date-time")
        {
            return Hints.TryGetValue(name, out var instants) ? Pick(instants) : "2027-01-05T10:00:00Z";
        }

        if (name == "cursor")
        {
            return world.Cursors.Count > 0 ? Pick(world.Cursors) : "";
        }

        // A member that is called as a parameter of an address takes one of the list above it.
        var suffix = "/{" + name + "}";
        if (grammar.Operations.FirstOrDefault(operation => operation.Path.EndsWith(suffix, StringComparison.Ordinal) && operation.Path.Count(letter => letter == '{') == 1) is { } one
            && world.Pools.GetValueOrDefault(one.Path[..^suffix.Length]) is { Count: > 0 } pool)
        {
            return Pick(pool);
        }

        if (Hints.TryGetValue(name, out var hints))
        {
            return Pick(hints);
        }

        return name == "code" ? $"c{number}-{random.Next(100)}" : $"Text {random.Next(40)}";
    }

    private string Number(JsonElement schema)
    {
        var least = Bound(schema, "minimum") ?? 0;
        var most = Bound(schema, "maximum") ?? 1000;
        var value = Chance(0.15) ? least : Chance(0.15) ? most : Math.Max(least, -50) + random.NextDouble() * Math.Min(most - least, 100);
        return Type(schema) == "integer"
            ? Math.Clamp((long)Math.Ceiling(value), (long)least, (long)most).ToString(CultureInfo.InvariantCulture)
            : Math.Clamp(Math.Round(value, 4), least, most).ToString("0.######", CultureInfo.InvariantCulture);
    }

    public static double? Bound(JsonElement schema, string name) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty(name, out var bound) && double.TryParse(bound.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
}
