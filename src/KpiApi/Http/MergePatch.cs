using System.Buffers;
using System.Text.Json;

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
            var merged = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(merged))
            {
                Merge(writer, JsonSerializer.SerializeToElement(current, StrictJson.Options), patch);
            }

            return JsonSerializer.Deserialize<T>(merged.WrittenSpan, StrictJson.Options)!;
        }
        catch (JsonException exception)
        {
            throw ProblemWriter.Unreadable(exception);
        }
        catch (InvalidOperationException)
        {
            // Thrown for the name of a member that is no Unicode.
            throw new ProblemException(ProblemType.Malformed, "The body is not valid Unicode text.");
        }
    }

    // Values are copied as they were written, so that the strict reading judges what was sent. A null stays in the merged body, so that it
    // is refused where a value is needed.
    private static void Merge(Utf8JsonWriter writer, JsonElement current, JsonElement patch)
    {
        writer.WriteStartObject();
        foreach (var member in current.EnumerateObject())
        {
            writer.WritePropertyName(member.Name);
            if (!patch.TryGetProperty(member.Name, out var change))
            {
                writer.WriteRawValue(member.Value.GetRawText());
            }
            else if (change.ValueKind == JsonValueKind.Object && member.Value.ValueKind == JsonValueKind.Object)
            {
                Merge(writer, member.Value, change);
            }
            else
            {
                writer.WriteRawValue(change.GetRawText());
            }
        }

        foreach (var member in patch.EnumerateObject().Where(member => !current.TryGetProperty(member.Name, out _)))
        {
            writer.WritePropertyName(member.Name);
            writer.WriteRawValue(member.Value.GetRawText());
        }

        writer.WriteEndObject();
    }
}
