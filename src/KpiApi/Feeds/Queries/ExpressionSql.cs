using System.Globalization;
using KpiApi.Storage;

namespace KpiApi.Feeds.Queries;

/// <summary>
/// Says expressions in SQL. Names are those of the feed's definition and every value becomes a parameter, so nothing of a request is in the text.
/// A condition is written so that it is true in SQL when it is true, or when it is false, as asked: never by NOT over something that may be unknown.
/// </summary>
internal sealed class ExpressionSql(TextSql text)
{
    private const string Never = "1 = 0";
    private const string Always = "1 = 1";
    private readonly Dictionary<string, object> _parameters = [];

    // The feed whose rows are asked, when a number of its own stands for their day.
    private Feed? _days;

    public IReadOnlyDictionary<string, object> Parameters => _parameters;

    // Some names are words of SQL, such as Key.
    public static string Quoted(string name) => $"[{name}]";

    public static string Quoted(Column column) => Quoted(column.Sql ?? column.Name);

    /// <summary>Adds a value.</summary>
    /// <returns>Its parameter.</returns>
    public string Parameter(object value)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"p{_parameters.Count}");
        _parameters.Add(name, value);
        return "@" + name;
    }

    /// <summary>Adds a value under a name of its own.</summary>
    public string Parameter(string name, object value)
    {
        _parameters.Add(name, value);
        return "@" + name;
    }

    /// <summary>What is true of the rows of a relation for which the condition is true.</summary>
    public string Condition(Expression condition, Relation of)
    {
        _days = (of as FeedTable)?.Feed is { DayColumn: not null } feed ? feed : null;
        return Condition(condition, isTrue: true);
    }

    public string Value(Expression value) => value switch
    {
        Cell cell => Quoted(cell.Column),
        Literal literal => Parameter(Plain(literal)),
        Calculation calculation => Value(calculation),
        Rounded rounded => $"{(rounded.Rounding switch { Rounding.Down => "FLOOR", Rounding.Up => "CEILING", _ => "ROUND" })}({Float(rounded.Number)}{(rounded.Rounding == Rounding.Nearest ? ", 0" : "")})",
        PartOf part => $"CAST({Cut(Value(part.Time), Span(part.Part))} AS INTEGER)",
        DayOf day => Cut(Value(day.Instant), (1, 10)),
        StartOf start => $"CONCAT({Value(start.Day)}, 'T00:00:00.000Z')",
        { Type: ColumnType.Flag } => throw new InvalidOperationException("A condition is no value."),
        _ => throw new InvalidOperationException(value.GetType().Name),
    };

    /// <summary>A term of ORDER BY.</summary>
    public string Order(Expression by, bool isDescending) =>
        by.Type == ColumnType.Text ? text.Order(Value(by), isDescending) : isDescending ? Value(by) + " DESC" : Value(by);

    /// <summary>A term of GROUP BY.</summary>
    public string Group(Column column) => column.Type == ColumnType.Text ? text.Group(Quoted(column)) : Quoted(column);

    /// <summary>
    /// What is true of the rows that come after the row with this value, in the order of the term: those beyond it, or also those with the same value that
    /// <paramref name="next"/> is true of. Null comes first, and last in a descending order.
    /// </summary>
    public string After(Expression by, bool isDescending, object? value, string name, string? next)
    {
        var sql = Value(by);
        if (value is null)
        {
            return isDescending
                ? $"{sql} IS NULL AND ({next ?? Never})"
                : next is null ? $"{sql} IS NOT NULL" : $"({sql} IS NOT NULL OR ({next}))";
        }

        var parameter = Parameter(name, value);
        var (beyond, beyondOrSame) = (by.Type, isDescending) switch
        {
            (ColumnType.Text, false) => (text.Less(parameter, sql), $"NOT {text.Less(sql, parameter)}"),
            (ColumnType.Text, true) => (text.Less(sql, parameter), $"NOT {text.Less(parameter, sql)}"),
            (_, false) => ($"{sql} > {parameter}", $"{sql} >= {parameter}"),
            (_, true) => ($"{sql} < {parameter}", $"{sql} <= {parameter}"),
        };
        if (by.IsNullable && isDescending)
        {
            (beyond, beyondOrSame) = ($"{beyond} OR {sql} IS NULL", $"({beyondOrSame} OR {sql} IS NULL)");
        }

        // The first comparison alone lets an index begin at the right place.
        return next is null ? by.IsNullable && isDescending ? $"({beyond})" : beyond : $"{beyondOrSame} AND ({beyond} OR ({next}))";
    }

    private string Condition(Expression condition, bool isTrue) => condition switch
    {
        Junction junction => "(" + string.Join(junction.IsAnd == isTrue ? " AND " : " OR ", junction.Parts.Select(part => Condition(part, isTrue))) + ")",
        Not not => Condition(not.Condition, !isTrue),
        Comparison comparison => Compared(comparison, isTrue),
        OneOf oneOf => isTrue ? Listed(oneOf) : Not(Listed(oneOf)),
        Holds holds => isTrue ? Held(holds) : $"NOT ({Held(holds)})",
        Literal literal => Equals(literal.Value, isTrue) ? Always : Never,
        Cell cell => $"{Quoted(cell.Column)} = {(isTrue ? "1" : "0")}",
        _ => throw new InvalidOperationException(condition.GetType().Name),
    };

    /// <summary>The opposite of a condition that is never null: true wherever the SQL is not.</summary>
    private static string Not(string sql) => $"CASE WHEN {sql} THEN 1 ELSE 0 END = 0";

    private string Compared(Comparison comparison, bool isTrue)
    {
        var (relating, left, right) = comparison;
        if (relating is Relating.Equal or Relating.NotEqual)
        {
            // Each is the other where it is not.
            return relating == Relating.Equal == isTrue ? Same(left, right) : Different(left, right);
        }

        var sql = Ordered(relating, left, right);
        return isTrue ? sql : Not(sql);
    }

    private string Ordered(Relating relating, Expression left, Expression right)
    {
        var isOrSame = relating is Relating.LessOrEqual or Relating.GreaterOrEqual;
        if (left is Literal { Value: null } || right is Literal { Value: null })
        {
            return isOrSame ? Same(left, right) : Never;
        }

        var sql = Related(relating, left, right);
        return isOrSame && left.IsNullable && right.IsNullable ? $"({sql} OR ({Value(left)} IS NULL AND {Value(right)} IS NULL))" : sql;
    }

    private string Same(Expression left, Expression right)
    {
        if (left.Type == ColumnType.Flag)
        {
            return SameFlag(left, right);
        }

        if (left is Literal { Value: null } || right is Literal { Value: null })
        {
            var other = left is Literal { Value: null } ? right : left;
            return other is Literal { Value: null } ? Always : other.IsNullable ? $"{Value(other)} IS NULL" : Never;
        }

        var sql = Related(Relating.Equal, left, right);
        return left.IsNullable && right.IsNullable ? $"({sql} OR ({Value(left)} IS NULL AND {Value(right)} IS NULL))" : sql;
    }

    private string Different(Expression left, Expression right)
    {
        if (left.Type == ColumnType.Flag || left is Literal { Value: null } || right is Literal { Value: null } || (left.IsNullable && right.IsNullable))
        {
            return Not(Same(left, right));
        }

        var sql = Related(Relating.NotEqual, left, right);
        return left.IsNullable ? $"({sql} OR {Value(left)} IS NULL)" : right.IsNullable ? $"({sql} OR {Value(right)} IS NULL)" : sql;
    }

    /// <summary>Two truths, of which one at least is a constant or a column: anything else would be written twice at every level.</summary>
    private string SameFlag(Expression left, Expression right)
    {
        if (right is Literal literal)
        {
            return literal.Value switch
            {
                null => left.IsNullable ? Unknown(left) : Never,
                bool truth => Condition(left, truth),
                _ => throw new InvalidOperationException("No truth."),
            };
        }

        if (left is Literal)
        {
            return SameFlag(right, left);
        }

        var (one, other) = (Quoted(((Cell)left).Column), Quoted(((Cell)right).Column));
        return left.IsNullable && right.IsNullable ? $"({one} = {other} OR ({one} IS NULL AND {other} IS NULL))" : $"{one} = {other}";
    }

    private static string Unknown(Expression flag) => flag is Cell cell ? $"{Quoted(cell.Column)} IS NULL" : throw new InvalidOperationException("Only a column is compared with null.");

    private string Listed(OneOf oneOf)
    {
        var values = oneOf.List.Where(value => value.Value is not null).ToList();
        var sql = values.Count == 0 ? Never
            : oneOf.Value.Type is ColumnType.Flag ? "(" + string.Join(" OR ", values.Select(value => Condition(oneOf.Value, Equals(value.Value, true)))) + ")"
            : oneOf.Value.Type is ColumnType.Text ? text.OneOf(Value(oneOf.Value), values.ConvertAll(Value))
            : $"{Value(oneOf.Value)} IN ({string.Join(", ", values.Select(value => Parameter(As(value, oneOf.Value))))})";
        return values.Count < oneOf.List.Count && oneOf.Value.IsNullable ? $"({sql} OR {Value(oneOf.Value)} IS NULL)" : sql;
    }

    private string Held(Holds holds)
    {
        var (whole, part) = (Value(holds.Text), Value(holds.Part));
        return holds.Place switch
        {
            Place.Start => text.StartsWith(whole, part),
            Place.End => text.EndsWith(whole, part),
            _ => text.Contains(whole, part),
        };
    }

    /// <summary>A comparison of two values that are there; unknown when one is not.</summary>
    private string Related(Relating relating, Expression left, Expression right)
    {
        if (left.Type == ColumnType.Text)
        {
            var (first, second) = (Value(left), Value(right));
            return relating switch
            {
                Relating.Equal => text.Equal(first, second),
                Relating.NotEqual => $"NOT {text.Equal(first, second)}",
                Relating.Less => text.Less(first, second),
                Relating.LessOrEqual => $"NOT {text.Less(second, first)}",
                Relating.Greater => text.Less(second, first),
                _ => $"NOT {text.Less(first, second)}",
            };
        }

        var sign = relating switch
        {
            Relating.Equal => "=",
            Relating.NotEqual => "<>",
            Relating.Less => "<",
            Relating.LessOrEqual => "<=",
            Relating.Greater => ">",
            _ => ">=",
        };
        return Day(left, right) is { } day ? $"{Quoted(_days!.DayColumn!)} {sign} {Parameter(day)}"
            : Day(right, left) is { } other ? $"{Parameter(other)} {sign} {Quoted(_days!.DayColumn!)}"
            : $"{Comparable(left, right)} {sign} {Comparable(right, left)}";
    }

    /// <summary>The day number of a literal that a day of the row is compared with, where an index serves that number.</summary>
    private int? Day(Expression cell, Expression literal) => (_days, cell, literal) switch
    {
        (not null, Cell { Column.Type: ColumnType.DateKey } column, Literal { Value: long key }) when column.Column.Name == _days.DateColumn && DayOfKey(key) is { } date => Days.Number(date),
        (not null, Cell { Column: { Type: ColumnType.Date, Name: "Date" } }, Literal { Value: string day }) when Days.TryParse(day, out var date) => Days.Number(date),
        _ => null,
    };

    private static DateOnly? DayOfKey(long key) =>
        key is >= 1_01_01 and <= 9999_12_31 && Days.TryParse(string.Create(CultureInfo.InvariantCulture, $"{key / 10000:0000}-{key / 100 % 100:00}-{key % 100:00}"), out var date) ? date : null;

    /// <summary>The value in the form in which it can be compared with the other one.</summary>
    private string Comparable(Expression value, Expression other) => value switch
    {
        Literal literal => Parameter(As(literal, other)),
        // Instants are texts, of the same length only when they have the same precision.
        { Type: ColumnType.Instant } when other is not Literal && Precision(value) < Precision(other) => $"CONCAT({Cut(Value(value), (1, 23))}, '0000Z')",
        _ => Value(value),
    };

    /// <summary>A literal as a parameter that is compared with that value.</summary>
    private static object As(Literal literal, Expression other) => literal.Value switch
    {
        DateTimeOffset instant when Precision(other) == 3 => Milliseconds(instant),
        long whole when other.Type == ColumnType.Number => (double)whole,
        _ => Plain(literal),
    };

    // What lies between two milliseconds is more than the first and less than the second.
    private static string Milliseconds(DateTimeOffset instant) => Instants.Text(instant) + (instant.UtcTicks % TimeSpan.TicksPerMillisecond == 0 ? "" : "~");

    private static object Plain(Literal literal) => literal.Value switch
    {
        DateTimeOffset instant => Instants.Precise(instant),
        bool truth => truth ? 1 : 0,
        { } value => value,
        null => throw new InvalidOperationException("Null is no parameter."),
    };

    private static int Precision(Expression instant) => instant switch { Cell cell => cell.Column.Precision, StartOf => 3, _ => 7 };

    private string Value(Calculation calculation)
    {
        var (operation, left, right) = calculation;
        return operation switch
        {
            Operation.Add => $"({Float(left)} + {Float(right)})",
            Operation.Subtract => $"({Float(left)} - {Float(right)})",
            Operation.Multiply => $"({Float(left)} * {Float(right)})",
            Operation.Divide when calculation.Type == ColumnType.Number => $"({Float(left)} / NULLIF({Float(right)}, 0))",
            Operation.Divide => $"CAST({Float(left)} / NULLIF({Float(right)}, 0) AS BIGINT)",
            _ => $"(CAST({Value(left)} AS BIGINT) % NULLIF(CAST({Value(right)} AS BIGINT), 0))",
        };
    }

    // Whole numbers of SQL would overflow, and divide to whole numbers.
    private string Float(Expression number) => $"CAST({Value(number)} AS FLOAT)";

    private static string Cut(string sql, (int From, int Length) span) => string.Create(CultureInfo.InvariantCulture, $"SUBSTRING({sql}, {span.From}, {span.Length})");

    private static (int From, int Length) Span(TimePart part) => part switch
    {
        TimePart.Year => (1, 4),
        TimePart.Month => (6, 2),
        TimePart.Day => (9, 2),
        TimePart.Hour => (12, 2),
        TimePart.Minute => (15, 2),
        _ => (18, 2),
    };
}
