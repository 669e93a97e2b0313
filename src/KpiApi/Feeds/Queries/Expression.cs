using System.Globalization;

namespace KpiApi.Feeds.Queries;

/// <summary>
/// What is asked of a row: a value, or a condition when <see cref="Type"/> is <see cref="ColumnType.Flag"/>. Made from the text of a request, or by C#;
/// <see cref="ExpressionSql"/> says it in SQL. Nulls are those of OData: comparisons are true or false, also of null; everything else that meets a null is null.
/// </summary>
internal abstract record Expression(ColumnType Type)
{
    /// <summary>Whether it may be null.</summary>
    public abstract bool IsNullable { get; }

    public bool IsNumeric => Type is ColumnType.Key or ColumnType.Integer or ColumnType.DateKey or ColumnType.Number;

    public static Expression? And(params IEnumerable<Expression?> parts)
    {
        var given = parts.OfType<Expression>().ToList();
        return given.Count switch { 0 => null, 1 => given[0], _ => new Junction(IsAnd: true, given) };
    }
}

/// <summary>The cell of a column.</summary>
internal sealed record Cell(Column Column) : Expression(Column.Type)
{
    public override bool IsNullable => Column.IsNullable;
}

/// <summary>A value of the request. It becomes a parameter.</summary>
/// <param name="Value">A long, a finite double, a string (text, or a day as YYYY-MM-DD), a <see cref="DateTimeOffset"/>, a bool or null.</param>
/// <param name="Type">What it is compared as.</param>
internal sealed record Literal(object? Value, ColumnType Type) : Expression(Type)
{
    public override bool IsNullable => Value is null;

    public static Literal Of(long value) => new(value, ColumnType.Key);

    public static Literal Of(double value) => double.IsFinite(value) ? new(value, ColumnType.Number) : throw new ArgumentOutOfRangeException(nameof(value));

    public static Literal Of(string value) => new(value, ColumnType.Text);

    public static Literal Of(DateOnly value) => new(value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), ColumnType.Date);

    public static Literal Of(DateTimeOffset value) => new(value, ColumnType.Instant);

    public static Literal Of(bool value) => new(value, ColumnType.Flag);
}

internal enum Operation
{
    Add,
    Subtract,
    Multiply,

    /// <summary>Of two whole numbers: without what is left. By 0: null.</summary>
    Divide,

    /// <summary>What is left of whole numbers. By 0: null.</summary>
    Modulo,
}

/// <summary>Arithmetic, in doubles.</summary>
internal sealed record Calculation(Operation Operation, Expression Left, Expression Right)
    : Expression(Operation is Operation.Divide or Operation.Modulo && Left.Type != ColumnType.Number && Right.Type != ColumnType.Number ? ColumnType.Key : ColumnType.Number)
{
    public override bool IsNullable => Operation is Operation.Divide or Operation.Modulo || Left.IsNullable || Right.IsNullable;
}

internal enum Rounding
{
    Down,
    Up,

    /// <summary>Halves away from zero.</summary>
    Nearest,
}

/// <summary>A number without its fraction.</summary>
internal sealed record Rounded(Rounding Rounding, Expression Number) : Expression(ColumnType.Number)
{
    public override bool IsNullable => Number.IsNullable;
}

internal enum TimePart
{
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

/// <summary>A part of a day, or of an instant in UTC.</summary>
internal sealed record PartOf(TimePart Part, Expression Time) : Expression(ColumnType.Integer)
{
    public override bool IsNullable => Time.IsNullable;
}

/// <summary>The day of an instant, in UTC.</summary>
internal sealed record DayOf(Expression Instant) : Expression(ColumnType.Date)
{
    public override bool IsNullable => Instant.IsNullable;
}

/// <summary>The first instant of a day, in UTC.</summary>
internal sealed record StartOf(Expression Day) : Expression(ColumnType.Instant)
{
    public override bool IsNullable => Day.IsNullable;
}

internal enum Relating
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>Two values of one kind. Null is equal to null and to nothing else, and neither less nor greater than anything.</summary>
internal sealed record Comparison(Relating Relating, Expression Left, Expression Right) : Expression(ColumnType.Flag)
{
    public override bool IsNullable => false;
}

/// <summary>Whether a value is one of a list.</summary>
internal sealed record OneOf(Expression Value, IReadOnlyList<Literal> List) : Expression(ColumnType.Flag)
{
    public override bool IsNullable => false;
}

internal enum Place
{
    Anywhere,
    Start,
    End,
}

/// <summary>Whether a text holds another one. Case counts, and no character is a pattern.</summary>
internal sealed record Holds(Place Place, Expression Text, Expression Part) : Expression(ColumnType.Flag)
{
    public override bool IsNullable => Text.IsNullable || Part.IsNullable;
}

/// <summary>All of them, or one of them at least.</summary>
internal sealed record Junction(bool IsAnd, IReadOnlyList<Expression> Parts) : Expression(ColumnType.Flag)
{
    public override bool IsNullable => Parts.Any(part => part.IsNullable);
}

internal sealed record Not(Expression Condition) : Expression(ColumnType.Flag)
{
    public override bool IsNullable => Condition.IsNullable;
}
