namespace KpiApi.Feeds;

/// <summary>A table for BI tools. The one definition behind SQL, JSON, CSV and whatever else offers these rows.</summary>
/// <param name="Url">Its name in addresses.</param>
/// <param name="View">The published SQL view it reads, which is also the name of its table elsewhere.</param>
/// <param name="Grain">What one row stands for.</param>
/// <param name="Description">What the feed is good for, in one or two sentences.</param>
/// <param name="Key">
/// The columns that identify a row, in the order of the rows. They are whole numbers and never null, so that every engine agrees on the order
/// and a page can start after any row.
/// </param>
/// <param name="DateColumn">The column that <c>from</c> and <c>to</c> apply to, a <see cref="ColumnType.DateKey"/>; null when rows have no day.</param>
/// <param name="Columns">All columns, in order.</param>
internal sealed record Feed(string Url, string View, string Grain, string Description, IReadOnlyList<string> Key, string? DateColumn, IReadOnlyList<Column> Columns)
{
    /// <summary>
    /// A helper column of the view with the same day as <see cref="DateColumn"/>, counted from 1970-01-01, where an index serves that one and not the date key.
    /// It is not published.
    /// </summary>
    public string? DayColumn { get; init; }

    /// <summary>
    /// Whether a reader may load only the rows that changed (by UpdatedAtUtc) and drop those that the feed of deletions lists. The others are small, and their figures change with
    /// facts that are not theirs: they are loaded whole.
    /// </summary>
    public bool IsIncremental { get; init; }

    public Column? Find(string name) => Columns.FirstOrDefault(column => column.Name == name);
}
