namespace KpiApi.Feeds;

/// <summary>What a cell holds, and so how it is read and written. The same on every engine, in every format.</summary>
internal enum ColumnType
{
    /// <summary>A 64-bit integer that identifies something.</summary>
    Key,

    /// <summary>A 32-bit integer.</summary>
    Integer,

    /// <summary>A day as a 32-bit integer, yyyymmdd.</summary>
    DateKey,

    /// <summary>Text.</summary>
    Text,

    /// <summary>A double in natural units.</summary>
    Number,

    /// <summary>A day, stored and sent as YYYY-MM-DD.</summary>
    Date,

    /// <summary>A UTC instant, stored and sent as ISO 8601 with Z.</summary>
    Instant,

    /// <summary>0 or 1 in the view, true or false for readers.</summary>
    Flag,
}

/// <summary>What a column is for.</summary>
internal enum ColumnRole
{
    /// <summary>Identifies the row, alone or with others.</summary>
    Key,

    /// <summary>Leads to a row of another feed.</summary>
    ForeignKey,

    /// <summary>Something to filter and group by.</summary>
    Dimension,

    /// <summary>A figure.</summary>
    Metric,

    /// <summary>Where a row comes from and when it was written.</summary>
    Audit,
}

/// <summary>One column of a feed. Its name is the one in the SQL view and never changes; neither does its type.</summary>
/// <param name="Name">PascalCase, from table to report.</param>
/// <param name="Type">What a cell holds.</param>
/// <param name="Role">What the column is for.</param>
/// <param name="Description">Meaning and unit in one sentence.</param>
/// <param name="Semantic">
/// A word for tools: <c>currency</c> is an amount in the currency of the column Currency, <c>unit-value</c> a value in the unit of the column Unit,
/// <c>percent</c> a fraction (0.25 is 25 %), <c>ratio</c> a quotient that is not added up. The closed list is in the tests.
/// </param>
/// <param name="IsNullable">Whether a cell may be empty.</param>
internal sealed record Column(string Name, ColumnType Type, ColumnRole Role, string Description, string Semantic, bool IsNullable = false)
{
    /// <summary>The name in SQL, where the other one comes from a request; null: the same.</summary>
    public string? Sql { get; init; }

    /// <summary>Digits of a second that an instant is stored with.</summary>
    public int Precision { get; init; } = 3;

    /// <summary>The same column with cells that may be empty.</summary>
    public Column OrNull => this with { IsNullable = true };

    public static Column Key(string name, string description) => new(name, ColumnType.Key, ColumnRole.Key, description, "id");

    public static Column ForeignKey(string name, string description) => new(name, ColumnType.Key, ColumnRole.ForeignKey, description, "id");

    /// <summary>The day that relates the row to the feed of dates.</summary>
    public static Column DateKey(string description, ColumnRole role = ColumnRole.ForeignKey) => new("DateKey", ColumnType.DateKey, role, description, "date-key");

    public static Column Date(string name, string description) => new(name, ColumnType.Date, ColumnRole.Dimension, description, "date");

    public static Column Text(string name, string semantic, string description, ColumnRole role = ColumnRole.Dimension) => new(name, ColumnType.Text, role, description, semantic);

    public static Column Integer(string name, string semantic, string description, ColumnRole role = ColumnRole.Dimension) => new(name, ColumnType.Integer, role, description, semantic);

    public static Column Number(string name, string semantic, string description, ColumnRole role = ColumnRole.Metric) => new(name, ColumnType.Number, role, description, semantic);

    public static Column Flag(string name, string description) => new(name, ColumnType.Flag, ColumnRole.Dimension, description, "flag");

    public static Column Instant(string name, string description) => new(name, ColumnType.Instant, ColumnRole.Audit, description, "instant");
}
