using System.Globalization;
using System.Text;
using System.Text.Json;
using KpiApi.Storage;

namespace KpiApi.Feeds.Looker;

/// <summary>
/// A filter of the report tool as a condition. It is true or false, never unknown: what is excluded leaves the empty cells in. An empty text and a missing one are the
/// same, because the tool shows both as "". What cannot be said exactly so is not said at all, and the tool then filters by itself.
/// </summary>
internal static class LookerFilter
{
    /// <summary>Values of one question. More of them would be more than some engine takes as parameters.</summary>
    private const int MostValues = 1000;

    /// <summary>Conditions of one question. One engine nests no deeper than 1,000, and each of them is one level at most.</summary>
    private const int MostConditions = 200;

    /// <summary>Characters of a value that is compared with text.</summary>
    private const int MostText = 1000;

    /// <summary>The conditions of all filters with their parameters; null when one of them cannot be applied as it is meant.</summary>
    /// <param name="filters">All of the outer list hold, and of each inner one at least one.</param>
    /// <param name="fields">The fields of the feed.</param>
    /// <param name="column">What stands for a dimension in a statement.</param>
    /// <param name="engine">How the engine spells conditions on text.</param>
    /// <param name="parameters">Where the values go.</param>
    public static IReadOnlyList<string>? Conditions(
        IReadOnlyList<IReadOnlyList<LookerFilterBody>> filters, IReadOnlyList<LookerField> fields, Func<LookerField, string> column, TextSql engine, Dictionary<string, object> parameters)
    {
        var values = new Values(parameters);
        var all = new List<string>();
        foreach (var alternatives in filters.Where(alternatives => alternatives.Count > 0))
        {
            var any = new List<string>();
            foreach (var filter in alternatives)
            {
                var field = fields.FirstOrDefault(field => field.Name == filter.FieldName && !field.IsMetric);
                if (field is null || filter.More is { Count: > 0 } || Condition(filter, field.Column, column(field), engine, values) is not { } condition)
                {
                    return null;
                }

                switch (filter.Type)
                {
                    case "INCLUDE":
                        any.Add(condition);
                        break;
                    case "EXCLUDE":
                        any.Add($"NOT ({condition})");
                        break;
                    default:
                        return null;
                }
            }

            all.Add(any.Count == 1 ? any[0] : "(" + string.Join(" OR ", any) + ")");
        }

        return values.Count > MostValues || values.Conditions > MostConditions ? null : all;
    }

    private static string? Condition(LookerFilterBody filter, Column column, string sql, TextSql engine, Values values)
    {
        values.Conditions++;
        if (filter.Operator == "IS_NULL")
        {
            return IsWord(column) ? engine.Equal(Word(sql), values.Add("")) : $"{sql} IS NULL";
        }

        if (filter.Values is not { Count: > 0 } given || given.Select(Text).ToList() is not { } texts || texts.Contains(null))
        {
            return null;
        }

        var isOne = texts.Count == 1;
        return filter.Operator switch
        {
            "EQUALS" when isOne => OneOf(column, sql, texts, engine, values),
            "IN_LIST" => OneOf(column, sql, texts, engine, values),
            "CONTAINS" when isOne && IsWord(column) && texts[0]!.Length <= MostText => engine.Contains(Word(sql), values.Add(texts[0]!)),
            "REGEXP_PARTIAL_MATCH" when isOne && IsWord(column) => Matches(Word(sql), texts[0]!, isWhole: false, engine, values),
            "REGEXP_EXACT_MATCH" when isOne && IsWord(column) => Matches(Word(sql), texts[0]!, isWhole: true, engine, values),
            "BETWEEN" when texts.Count == 2 => Compared(column, sql, ">=", texts[0]!, values) is { } from && Compared(column, sql, "<=", texts[1]!, values) is { } to ? $"({from} AND {to})" : null,
            "NUMERIC_GREATER_THAN" when isOne => Compared(column, sql, ">", texts[0]!, values),
            "NUMERIC_GREATER_THAN_OR_EQUAL" when isOne => Compared(column, sql, ">=", texts[0]!, values),
            "NUMERIC_LESS_THAN" when isOne => Compared(column, sql, "<", texts[0]!, values),
            "NUMERIC_LESS_THAN_OR_EQUAL" when isOne => Compared(column, sql, "<=", texts[0]!, values),
            _ => null,
        };
    }

    private static string? OneOf(Column column, string sql, IReadOnlyList<string?> texts, TextSql engine, Values values)
    {
        if (IsWord(column))
        {
            return texts.Any(text => text!.Length > MostText) ? null : engine.OneOf(Word(sql), [.. texts.Select(text => values.Add(text!))]);
        }

        // An empty cell that is not a text has no value to be equal to.
        var stored = texts.Select(text => LookerCells.Stored(column, text!)).ToList();
        return stored.Contains(null) ? null : $"({sql} IS NOT NULL AND {sql} IN ({string.Join(", ", stored.Select(value => values.Add(value!)))}))";
    }

    private static string? Compared(Column column, string sql, string comparison, string text, Values values) =>
        !IsWord(column) && column.Type != ColumnType.Flag && LookerCells.Stored(column, text) is { } value ? $"({sql} IS NOT NULL AND {sql} {comparison} {values.Add(value)})" : null;

    /// <summary>
    /// A regular expression (RE2) that is nothing but texts with | between them, each perhaps after ^ and before $. A class, a repetition or a flag means what RE2 says
    /// it means, and no engine here says the same.
    /// </summary>
    private static string? Matches(string word, string pattern, bool isWhole, TextSql engine, Values values)
    {
        var conditions = new List<string>();
        foreach (var (text, atStart, atEnd) in Alternatives(pattern) ?? [])
        {
            if (text.Length > MostText)
            {
                return null;
            }

            var value = values.Add(text);
            values.Conditions++;
            conditions.Add((isWhole || atStart, isWhole || atEnd) switch
            {
                (true, true) => engine.Equal(word, value),
                (true, false) => engine.StartsWith(word, value),
                (false, true) => engine.EndsWith(word, value),
                _ => engine.Contains(word, value),
            });
        }

        return conditions.Count == 0 ? null : $"({string.Join(" OR ", conditions)})";
    }

    private static List<(string Text, bool AtStart, bool AtEnd)>? Alternatives(string pattern)
    {
        var parts = new List<(string, bool, bool)>();
        var text = new StringBuilder();
        var (atStart, atEnd) = (false, false);
        for (var index = 0; index <= pattern.Length; index++)
        {
            var letter = index < pattern.Length ? pattern[index] : '|';
            switch (letter)
            {
                case '|':
                    parts.Add((text.ToString(), atStart, atEnd));
                    text.Clear();
                    (atStart, atEnd) = (false, false);
                    break;
                case '^' when text.Length == 0 && !atStart && !atEnd:
                    atStart = true;
                    break;
                case '$' when !atEnd:
                    atEnd = true;
                    break;
                case '\\' when !atEnd && index + 1 < pattern.Length && char.IsAscii(pattern[index + 1]) && !char.IsAsciiLetterOrDigit(pattern[index + 1]):
                    text.Append(pattern[++index]);
                    break;
                case '\\' or '^' or '$' or '.' or '*' or '+' or '?' or '(' or ')' or '[' or ']' or '{' or '}':
                    return null;
                default:
                    if (atEnd)
                    {
                        return null;
                    }

                    text.Append(letter);
                    break;
            }
        }

        return parts;
    }

    private static string Word(string sql) => $"COALESCE({sql}, '')";

    /// <summary>Whether the tool shows the column as text: weeks and months are times to it.</summary>
    private static bool IsWord(Column column) => column.Type == ColumnType.Text && column.Semantic is not ("iso-week" or "month");

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Unicode(value) is { } text && !text.Contains('\0', StringComparison.Ordinal) ? text : null,
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => null,
    };

    /// <summary>Null for half of a surrogate pair, which is no text.</summary>
    private static string? Unicode(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Values of the request, each under a name of its own.</summary>
    private sealed class Values(Dictionary<string, object> parameters)
    {
        public int Count { get; private set; }

        public int Conditions { get; set; }

        /// <summary>How the statement calls the value.</summary>
        public string Add(object value)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"value{Count++}");
            if (Count <= MostValues)
            {
                parameters.Add(name, value);
            }

            return "@" + name;
        }
    }
}

/// <summary>Cells as the report tool writes them.</summary>
internal static class LookerCells
{
    /// <summary>The stored form of what the tool writes; null when it is none of that column.</summary>
    public static object? Stored(Column column, string text) => column.Type switch
    {
        ColumnType.Key => Whole(text, long.MaxValue),
        ColumnType.Integer => Whole(text, int.MaxValue) is { } number ? (int)number : null,
        ColumnType.DateKey => Day(text) is { } day ? Days.Key(day) : null,
        ColumnType.Date => Day(text)?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        ColumnType.Number => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null,
        ColumnType.Flag => text switch { "true" => 1, "false" => 0, _ => null },
        ColumnType.Text when column.Semantic == "iso-week" => text.Length == 6 && text.All(char.IsAsciiDigit) ? $"{text[..4]}-W{text[4..]}" : null,
        ColumnType.Text when column.Semantic == "month" => text.Length == 6 && text.All(char.IsAsciiDigit) ? $"{text[..4]}-{text[4..]}" : null,
        // Instants are stored more finely than they are shown.
        _ => null,
    };

    private static long? Whole(string text, long most) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && decimal.Truncate(number) == number && Math.Abs(number) <= most
            ? (long)number
            : null;

    private static DateOnly? Day(string text) => DateOnly.TryParseExact(text, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
}
