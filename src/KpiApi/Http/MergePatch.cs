using System.Text.Json;
using System.Text.Json.Nodes;

namespace KpiApi.Http;

/// <summary>JSON merge patch (RFC 7396) over the body that a POST takes, so that a change is checked like a creation.</summary>
internal static class MergePatch
{
    /// <summary>The body with the patch applied. A null clears an optional member.</summary>
    /// <exception cref="ProblemException">400: the patch is no object, has unknown members, or a null where a value is needed.</exception>
    public static T Apply<T>(T current, JsonElement patch)
        where T : class
    {
        if (patch.ValueKind != JsonValueKind.Object)
        {
            throw new ProblemException(ProblemType.Malformed, "A merge patch is a JSON object.");
        }

        try
        {
            var merged = JsonSerializer.SerializeToNode(current, StrictJson.Options)!.AsObject();
            Merge(merged, patch);
            return merged.Deserialize<T>(StrictJson.Options)!;
        }
        catch (JsonException exception)
        {
            throw ProblemWriter.Unreadable(exception);
        }
    }

    // A null stays in the merged body, so that the strict reading refuses it where a value is needed.
    private static void Merge(JsonObject target, JsonElement patch)
    {
        foreach (var member in patch.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Object && target[member.Name] is JsonObject inner)
            {
                Merge(inner, member.Value);
            }
            else
            {
                target[member.Name] = member.Value.ValueKind == JsonValueKind.Null ? null : JsonNode.Parse(member.Value.GetRawText());
            }
        }
    }
}
