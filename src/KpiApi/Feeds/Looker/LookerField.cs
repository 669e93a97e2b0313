namespace KpiApi.Feeds.Looker;

/// <summary>What becomes of a field when rows are put into groups.</summary>
internal enum Grouping
{
    /// <summary>It makes the groups.</summary>
    Dimension,

    /// <summary>It adds up, here and again in the report.</summary>
    Sum,

    /// <summary>It counts rows, and adds up.</summary>
    Rows,

    /// <summary>It does not add up: a group of one row shows it, and a group of several shows nothing.</summary>
    Only,

    /// <summary>A sum divided by a sum, at whatever grouping.</summary>
    Quotient,
}

/// <summary>
/// A field of the report tool, made of a column. Every piece of text that gets into a statement is one of this definition and none of a request.
/// </summary>
/// <param name="Name">Its id in reports, which is the column's name and never changes.</param>
/// <param name="Column">What it shows: type, meaning and unit.</param>
/// <param name="Grouping">What becomes of it in a group.</param>
internal sealed record LookerField(string Name, Column Column, Grouping Grouping)
{
    /// <summary>The feed that lends the column as a label, joined by its key; null: the feed's own column.</summary>
    public Feed? Lender { get; init; }

    /// <summary>The column that is read, where it is not called like the field.</summary>
    public string? Stored { get; init; }

    /// <summary>The rows that a sum adds up; null: all.</summary>
    public Condition? Where { get; init; }

    /// <summary>Columns of the feed in which the rows of a group must not differ, because what they name is never added together.</summary>
    public IReadOnlyList<string> Alike { get; init; } = [];

    /// <summary>Of a quotient: the fields whose sums are divided.</summary>
    public Parts? Quotient { get; init; }

    public bool IsMetric => Grouping != Grouping.Dimension;

    /// <summary>What the report tool computes itself, from fields that it asks for instead of this one. $ is how it marks a field.</summary>
    public string? Formula => Quotient is not { } parts
        ? null
        : parts.Present is null ? $"SUM(${parts.Numerator}) / SUM(${parts.Denominator})" : $"CASE WHEN SUM(${parts.Present}) > 0 THEN SUM(${parts.Numerator}) / SUM(${parts.Denominator}) END";

    /// <param name="Numerator">The field above the line.</param>
    /// <param name="Denominator">The field below the line.</param>
    /// <param name="Present">A field whose sum is 0 where there is nothing to show; null: none is asked.</param>
    internal sealed record Parts(string Numerator, string Denominator, string? Present = null);

    /// <param name="Lender">The feed that lends the column; null: the field's own feed.</param>
    /// <param name="Column">A column of words.</param>
    /// <param name="Word">One of its words, which is part of the definition.</param>
    /// <param name="IsWanted">Whether rows with that word are added up, or all others.</param>
    internal sealed record Condition(Feed? Lender, string Column, string Word, bool IsWanted);
}
