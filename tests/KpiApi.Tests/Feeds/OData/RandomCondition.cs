using System.Globalization;
using System.Text.Json;

namespace KpiApi.Tests.Feeds.OData;

/// <summary>A random question in the words of OData, and what it is true of by the rules of OData, worked out in memory.</summary>
/// <param name="Text">The question.</param>
/// <param name="Value">Its value for a row: a double, a string, a <see cref="DateOnly"/>, a <see cref="DateTimeOffset"/>, a bool or null.</param>
internal sealed record Question(string Text, Func<JsonElement, object?> Value);

internal sealed class RandomCondition(Random random)
{
    private static readonly string[] Numbers = ["Numerator", "Denominator", "MeasurementId", "ProjectKpiId", "ProjectId", "KpiId", "DateKey"];
    private static readonly string[] Wholes = ["MeasurementId", "ProjectKpiId", "KpiId", "DateKey"];
    private static readonly string[] Texts = ["Source", "ExternalId", "Note"];
    private static readonly string[] Instants = ["TimestampUtc", "UpdatedAtUtc"];

    /// <summary>Pieces of text that engines like to treat as something else.</summary>
    public static readonly string[] Words = ["erp", "ERP", "erp ", "", "é", "É", "e", "%", "_", "a_b", "axb", "it's", "a", "[a]", "-1", "zz"];

    public static readonly DateOnly FirstDay = new(2025, 5, 25);

    /// <summary>A condition of at most so many levels.</summary>
    public Question Condition(int levels) => random.Next(levels > 0 ? 12 : 8) switch
    {
        0 or 1 or 2 => Compared(levels),
        3 => Held(),
        4 => Listed(),
        5 => ComparedWithNull(),
        6 => ComparedParts(),
        7 => ComparedInstants(),
        8 => Negated(levels),
        9 => ComparedWithTruth(levels),
        _ => Joined(levels),
    };

    /// <summary>An order of up to three terms.</summary>
    public (string Text, Func<JsonElement, object?>[] By, bool[] IsDescending) Order()
    {
        var names = Numbers.Concat(Texts).Concat(Instants).Append("Date").OrderBy(_ => random.Next()).Take(random.Next(1, 4)).ToList();
        var descending = names.ConvertAll(_ => random.Next(2) == 0);
        return (
            string.Join(',', names.Zip(descending, (name, isDescending) => name + (isDescending ? " desc" : random.Next(2) == 0 ? " asc" : ""))),
            [.. names.Select(name => (Func<JsonElement, object?>)(row => Cell(row, name)))],
            [.. descending]);
    }

    public string GroupKey() => Pick("Source", "Note", "ProjectKpiId", "KpiId", "DateKey", "Date", "TimestampUtc");

    private T Pick<T>(params T[] items) => items[random.Next(items.Length)];

    private Question Compared(int levels)
    {
        switch (random.Next(4))
        {
            case 0:
                return Compare(Text(), random.Next(3) == 0 ? Text() : TextLiteral(), ["eq", "ne", "lt", "le", "gt", "ge"]);
            case 1:
                return Compare(Column("Date"), DayLiteral(), ["eq", "ne", "lt", "le", "gt", "ge"]);
            default:
                var other = random.Next(3) == 0 ? Number(levels) : NumberLiteral();
                return random.Next(6) == 0 ? Compare(other, Number(levels), ["eq", "lt", "ge"]) : Compare(Number(levels), other, ["eq", "ne", "lt", "le", "gt", "ge"]);
        }
    }

    private Question ComparedInstants()
    {
        var column = Column(Pick(Instants));
        if (random.Next(5) == 0)
        {
            return Compare(column, Column(Pick(Instants)), ["eq", "ne", "lt", "le", "gt", "ge"]);
        }

        // With parts of a millisecond, with an offset, and as seconds.
        var ticks = new DateTimeOffset(2025, 6, 2, 10, 0, 0, TimeSpan.Zero).AddMilliseconds(random.Next(-3, 4) * (random.Next(2) == 0 ? 1 : 3_600_000)).AddTicks(random.Next(3) == 0 ? 5000 : 0);
        var text = random.Next(2) == 0
            ? ticks.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture)
            : ticks.ToOffset(TimeSpan.FromHours(1)).ToString("yyyy-MM-dd'T'HH:mm:ss.fffffffzzz", CultureInfo.InvariantCulture);
        return Compare(column, new Question(text, _ => ticks), ["eq", "ne", "lt", "le", "gt", "ge"]);
    }

    private Question ComparedWithNull()
    {
        var column = Column(Pick([.. Numbers, .. Texts, .. Instants, "Date"]));
        return Compare(column, new Question("null", _ => null), ["eq", "ne", "eq", "ne", "lt", "le", "gt", "ge"]);
    }

    private Question ComparedParts()
    {
        var (name, part, of) = Pick<(string, Func<object, double>, string)>(
            ("year", time => Utc(time).Year, "Date"), ("month", time => Utc(time).Month, "Date"), ("day", time => Utc(time).Day, "Date"),
            ("year", time => Utc(time).Year, "TimestampUtc"), ("day", time => Utc(time).Day, "UpdatedAtUtc"),
            ("hour", time => Utc(time).Hour, "TimestampUtc"), ("minute", time => Utc(time).Minute, "TimestampUtc"), ("second", time => Utc(time).Second, "UpdatedAtUtc"));
        var value = new Question($"{name}({of})", row => Cell(row, of) is { } time ? part(time) : null);
        return Compare(value, new Question(Pick("2025", "6", "5", "10", "0", "2", "30") is var text ? text : "", _ => double.Parse(text, CultureInfo.InvariantCulture)), ["eq", "ne", "lt", "ge"]);
    }

    private static DateTime Utc(object time) => time is DateOnly day ? day.ToDateTime(default) : ((DateTimeOffset)time).UtcDateTime;

    private Question Held()
    {
        var (name, holds) = Pick<(string, Func<string, string, bool>)>(
            ("contains", (text, part) => text.Contains(part, StringComparison.Ordinal)),
            ("startswith", (text, part) => text.StartsWith(part, StringComparison.Ordinal)),
            ("endswith", (text, part) => text.EndsWith(part, StringComparison.Ordinal)));
        var (text, part) = (Text(), random.Next(5) == 0 ? Text() : TextLiteral());
        return new Question($"{name}({text.Text},{part.Text})", row => text.Value(row) is string whole && part.Value(row) is string piece ? holds(whole, piece) : null);
    }

    private Question Listed()
    {
        var (value, items) = random.Next(3) switch
        {
            0 => (Text(), Enumerable.Range(0, random.Next(1, 5)).Select(_ => TextLiteral()).ToList()),
            1 => (Column(Pick(Wholes)), Enumerable.Range(0, random.Next(1, 5)).Select(_ => WholeLiteral()).ToList()),
            _ => (Column(Pick("Numerator", "Denominator")), Enumerable.Range(0, random.Next(1, 5)).Select(_ => NumberLiteral()).ToList()),
        };
        if (random.Next(4) == 0)
        {
            items.Insert(random.Next(items.Count + 1), new Question("null", _ => null));
        }

        return new Question($"{value.Text} in ({string.Join(',', items.Select(item => item.Text))})", row => items.Any(item => Same(value.Value(row), item.Value(row))));
    }

    private Question Negated(int levels)
    {
        var inner = Condition(levels - 1);
        return new Question($"not ({inner.Text})", row => !(bool?)inner.Value(row));
    }

    private Question ComparedWithTruth(int levels)
    {
        var inner = Condition(levels - 1);
        var truth = random.Next(2) == 0;
        var isEqual = random.Next(2) == 0;
        return new Question($"({inner.Text}) {(isEqual ? "eq" : "ne")} {(truth ? "true" : "false")}", row => Equals(inner.Value(row), truth) == isEqual);
    }

    private Question Joined(int levels)
    {
        var parts = Enumerable.Range(0, random.Next(2, 4)).Select(_ => Condition(levels - 1)).ToList();
        return random.Next(2) == 0
            ? new Question(string.Join(" and ", parts.Select(part => $"({part.Text})")), row => parts.Select(part => (bool?)part.Value(row)).Aggregate((bool?)true, (one, other) => one & other))
            : new Question(string.Join(" or ", parts.Select(part => $"({part.Text})")), row => parts.Select(part => (bool?)part.Value(row)).Aggregate((bool?)false, (one, other) => one | other));
    }

    private static Question Compare(Question left, Question right, string sign) => new($"{left.Text} {sign} {right.Text}", row =>
    {
        var (one, other) = (left.Value(row), right.Value(row));
        var order = one is null || other is null ? (int?)null : Ordered(one, other);
        return sign switch
        {
            "eq" => Same(one, other),
            "ne" => !Same(one, other),
            "lt" => order < 0,
            "le" => order <= 0 || (one is null && other is null),
            "gt" => order > 0,
            _ => order >= 0 || (one is null && other is null),
        };
    });

    private Question Compare(Question left, Question right, string[] signs) => Compare(left, right, Pick(signs));

    private static bool Same(object? one, object? other) => one is null || other is null ? one is null && other is null : Ordered(one, other) == 0;

    public static int Ordered(object one, object other) => one is string text ? string.CompareOrdinal(text, (string)other) : ((IComparable)one).CompareTo(other);

    private Question Number(int levels)
    {
        if (levels <= 0 || random.Next(2) == 0)
        {
            return Column(Pick(Numbers));
        }

        if (random.Next(4) == 0)
        {
            var inner = Number(levels - 1);
            var (name, round) = Pick<(string, Func<double, double>)>(("floor", Math.Floor), ("ceiling", Math.Ceiling), ("round", number => Math.Round(number, MidpointRounding.AwayFromZero)));
            return new Question($"{name}({inner.Text})", row => inner.Value(row) is double number ? round(number) : null);
        }

        if (random.Next(3) == 0)
        {
            var (one, other) = (Column(Pick(Wholes)), WholeLiteral());
            var isRest = random.Next(2) == 0;
            return new Question($"({one.Text} {(isRest ? "mod" : "div")} {other.Text})", row =>
                one.Value(row) is double left && other.Value(row) is double right && right != 0 ? isRest ? left % right : Math.Truncate(left / right) : null);
        }

        var (first, second) = (Number(levels - 1), random.Next(2) == 0 ? Column(Pick("Numerator", "Denominator")) : RealLiteral());
        var (sign, calculate) = Pick<(string, Func<double, double, double?>)>(("add", (a, b) => a + b), ("sub", (a, b) => a - b), ("mul", (a, b) => a * b), ("div", (a, b) => b == 0 ? null : a / b));
        return new Question($"({first.Text} {sign} {second.Text})", row => first.Value(row) is double a && second.Value(row) is double b ? calculate(a, b) : null);
    }

    private Question Text() => Column(Pick(Texts));

    private Question TextLiteral()
    {
        var word = Pick(Words);
        return new Question("'" + word.Replace("'", "''", StringComparison.Ordinal) + "'", _ => word);
    }

    private Question NumberLiteral() => random.Next(2) == 0 ? RealLiteral() : WholeLiteral();

    private Question RealLiteral() => Constant(Pick("2.5", "0.1", "-7.25", "1e3", "0.0", "5.000001", "12.345678"));

    private Question WholeLiteral() => Constant(Pick("1", "2", "3", "0", "-1", "20250603", "100", "7"));

    private static Question Constant(string text) => new(text, _ => double.Parse(text, CultureInfo.InvariantCulture));

    private Question DayLiteral()
    {
        var day = FirstDay.AddDays(random.Next(-2, 20));
        return new Question(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), _ => day);
    }

    private static Question Column(string name) => new(name, row => Cell(row, name));

    public static object? Cell(JsonElement row, string name) => row.GetProperty(name) switch
    {
        { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.Number } number => number.GetDouble(),
        var text when name == "Date" => DateOnly.ParseExact(text.GetString()!, "yyyy-MM-dd", CultureInfo.InvariantCulture),
        var text when name.EndsWith("Utc", StringComparison.Ordinal) => DateTimeOffset.Parse(text.GetString()!, CultureInfo.InvariantCulture),
        var text => text.GetString(),
    };
}
