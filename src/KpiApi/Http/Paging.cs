using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace KpiApi.Http;

/// <summary>One page of a list.</summary>
public sealed record Page<T>
{
    /// <summary>The rows of this page.</summary>
    public required IReadOnlyList<T> Items { get; init; }

    /// <summary>Send it as <c>?cursor=</c> to get what follows; null on the last page.</summary>
    public required string? NextCursor { get; init; }
}

/// <summary>Keyset paging: a page starts after the last row of the one before, whatever was inserted or deleted in between.</summary>
internal static class Paging
{
    /// <summary>The value of <c>?limit=</c>.</summary>
    public static int Limit(string? limit, int? most = Limits.ListMax)
    {
        if (limit is null)
        {
            return Limits.ListDefault;
        }

        return int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var rows) && rows >= 1 && (most is null || rows <= most)
            ? rows
            : throw ProblemException.Query("limit", most is null ? "must be a whole number from 1." : $"must be a whole number from 1 to {most}.");
    }

    public static string Cursor(string list, params ReadOnlySpan<object?> key) =>
        Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new object?[] { list }.Concat(key.ToArray())));

    /// <summary>The key values inside a cursor of this list, or null at the start.</summary>
    /// <exception cref="ProblemException">400: not a cursor of this list.</exception>
    public static IReadOnlyList<JsonElement>? Key(string list, string? cursor, params JsonValueKind[] kinds)
    {
        if (cursor is null)
        {
            return null;
        }

        var parts = Parts(list, cursor);
        return parts.Select(part => part.ValueKind).SequenceEqual(kinds) && parts.All(part => part.ValueKind != JsonValueKind.Number || part.TryGetInt64(out _)) ? parts : throw NotOfThisList();
    }

    /// <summary>The values inside a cursor of this list, whatever they are.</summary>
    /// <exception cref="ProblemException">400: not a cursor of this list.</exception>
    public static IReadOnlyList<JsonElement> Parts(string list, string cursor)
    {
        try
        {
            var parts = JsonSerializer.Deserialize<JsonElement[]>(Base64Url.DecodeFromChars(cursor));
            if (parts?.Length > 0 && parts[0].ValueKind == JsonValueKind.String && parts[0].GetString() == list)
            {
                // A text that is no Unicode shows itself only when it is read.
                foreach (var text in parts.Where(part => part.ValueKind == JsonValueKind.String))
                {
                    _ = text.GetString();
                }

                return parts[1..];
            }
        }
        catch (Exception exception) when (exception is FormatException or JsonException or DecoderFallbackException or InvalidOperationException)
        {
            // Answered below, like a cursor of another list.
        }

        throw NotOfThisList();
    }

    public static ProblemException NotOfThisList() => ProblemException.Query("cursor", "is not a cursor that this list gave.");

    /// <summary>A list ordered by its text code.</summary>
    public static Page<T> ByCode<T>(string list, IReadOnlyList<T> rows, int limit, Func<T, string> code) => Cut(rows, limit, row => Cursor(list, code(row)));

    /// <summary>A page from one row more than the limit, which tells whether anything follows.</summary>
    public static Page<T> Cut<T>(IReadOnlyList<T> rows, int limit, Func<T, string> cursor) =>
        rows.Count > limit ? new Page<T> { Items = rows.Take(limit).ToList(), NextCursor = cursor(rows[limit - 1]) } : new Page<T> { Items = rows, NextCursor = null };

    public static string CodeAfter(string list, string? cursor) => Key(list, cursor, JsonValueKind.String)?[0].GetString() ?? "";

    public static long IdAfter(string list, string? cursor) => Key(list, cursor, JsonValueKind.Number)?[0].GetInt64() ?? 0;
}

/// <summary>A list that is never paged.</summary>
public sealed record Listing<T>
{
    /// <summary>All rows.</summary>
    public required IReadOnlyList<T> Items { get; init; }

    /// <summary>Always null: everything is on this page.</summary>
    public string? NextCursor { get; init; }
}
