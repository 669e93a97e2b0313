using System.Text;
using System.Text.Json;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Fuzz;

/// <summary>What is true of every answer, whatever was asked.</summary>
internal static class Judge
{
    // What any address may answer, whatever operation was meant.
    private static readonly HashSet<int> Refusals = [400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 429];

    /// <summary>Addresses without a credential.</summary>
    private static readonly string[] Open = ["/openapi", "/swagger", "/health", "/connect"];

    /// <summary>The first thing that is wrong with the answer; null if nothing is.</summary>
    public static async Task<string?> Fault(Wire wire, Answer answer)
    {
        var isRefusal = Refusals.Contains(answer.Status);
        var isBusy = answer.Status is 503 or 507;
        if (!(isRefusal || isBusy || answer.Status is 200 or 201 or 204 or 304 or 206 || (answer.Status == 501 && answer.Text.Contains("\"code\":\"not-offered\"", StringComparison.Ordinal))))
        {
            return $"status {answer.Status} is not planned";
        }

        if (!wire.IsElsewhere && !wire.Operation.Statuses.Contains(answer.Status) && answer.Status != 405)
        {
            return $"status {answer.Status} is not in the document";
        }

        if ((isBusy || answer.Status == 429) && !answer.Headers.ContainsKey("Retry-After"))
        {
            return $"status {answer.Status} without Retry-After";
        }

        var sent = wire.Body is null ? "" : Encoding.UTF8.GetString(wire.Body);
        var said = string.Join('\n', answer.Headers.Select(header => header.Value)) + answer.Text;
        if (said.Contains(FuzzWorld.Canary, StringComparison.OrdinalIgnoreCase))
        {
            return "a text of another organisation";
        }

        if (said.Contains(FuzzWorld.ForeignCode, StringComparison.OrdinalIgnoreCase) && !(wire.Path + wire.QueryString + sent).Contains(FuzzWorld.ForeignCode, StringComparison.OrdinalIgnoreCase) && answer.Status >= 400)
        {
            return "a code of another organisation";
        }

        if (answer.Status < 400 && !wire.IsElsewhere && !wire.IsCredentialOpen && wire.Operation.Roles is { } roles && (wire.Role is null || !roles.Contains(wire.Role)))
        {
            return $"{answer.Status} for {wire.Role ?? "nobody"}, which is not among the roles {string.Join(", ", roles)}";
        }

        if (wire.Method == "HEAD" || answer.Status is 204 or 304)
        {
            return answer.Body.Length > 0 && wire.Method != "HEAD" ? $"{answer.Status} with a body" : null;
        }

        var fault = answer.Status >= 400 ? await Problem(wire, answer) : Success(wire, answer);
        return fault is null && !wire.IsElsewhere
            ? (await Contract.OfTheApi).Fault(wire.Method, wire.Path, wire.QueryString, answer.Status, answer.MediaType, answer.Headers.ContainsKey, answer.Body)
            : fault;
    }

    private static async Task<string?> Problem(Wire wire, Answer answer)
    {
        try
        {
            using var message = answer.AsMessage(wire);
            await Problems.Of(message, answer.Status);
            return null;
        }
        catch (Exception exception) when (exception is Xunit.Sdk.XunitException or JsonException or InvalidOperationException or FormatException or NullReferenceException or KeyNotFoundException)
        {
            return "no valid problem: " + Wire.Short(exception.Message, 400);
        }
    }

    private static string? Success(Wire wire, Answer answer)
    {
        if (wire.IsElsewhere && Open.Any(path => wire.Path.StartsWith(path, StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        if (answer.MediaType == "application/vnd.apache.parquet")
        {
            return answer.Body.AsSpan().StartsWith("PAR1"u8) && answer.Body.AsSpan().EndsWith("PAR1"u8) ? null : "no Parquet file";
        }

        try
        {
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(answer.Body);
            if (answer.MediaType == "application/json")
            {
                using var document = JsonDocument.Parse(answer.Body);
                return Deviations(document.RootElement);
            }

            if (answer.MediaType == "application/x-ndjson")
            {
                foreach (var line in answer.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    using var document = JsonDocument.Parse(line);
                }

                return null;
            }

            // The page of a pack, for who accepts it: that it is offered is for the document to say.
            if (answer.MediaType == "text/html")
            {
                return answer.Text.StartsWith("<!DOCTYPE html>", StringComparison.Ordinal) ? null : "no page";
            }

            return answer.MediaType == "text/csv" ? answer.Text.Contains("NaN", StringComparison.Ordinal) || answer.Text.Contains('\0', StringComparison.Ordinal) ? "NaN or U+0000 in CSV" : null : $"a success of type '{answer.MediaType}'";
        }
        catch (Exception exception) when (exception is JsonException or DecoderFallbackException or ArgumentException)
        {
            return "an unreadable success: " + exception.Message;
        }
    }

    // A number that is none, or text that no text can hold. Where a number belongs, the document allows no text.
    private static string? Deviations(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().Select(member => Deviations(member.Value)).FirstOrDefault(fault => fault is not null),
        JsonValueKind.Array => element.EnumerateArray().Select(Deviations).FirstOrDefault(fault => fault is not null),
        JsonValueKind.Number => element.TryGetDouble(out var number) && double.IsFinite(number) ? null : "a number that is no double: " + element.GetRawText(),
        JsonValueKind.String => element.GetString()!.Contains('\0', StringComparison.Ordinal) ? "U+0000" : null,
        _ => null,
    };
}
