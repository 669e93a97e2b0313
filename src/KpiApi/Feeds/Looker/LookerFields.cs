using System.Collections.Concurrent;

namespace KpiApi.Feeds.Looker;

/// <summary>The fields that a feed has in the report tool. It knows no relations, so what a key leads to stands beside the key.</summary>
internal static class LookerFields
{
    /// <summary>Labels that a key brings along.</summary>
    private static readonly (Feed Lender, string[] Columns)[] Labels =
    [
        (DimensionFeeds.Projects, ["ProjectCode", "ProjectName", "ProjectStatus"]),
        (DimensionFeeds.Kpis, ["KpiCode", KpiName, "Domain", "Unit", "Direction", "Aggregation"]),
        (DimensionFeeds.Activities, ["ActivityCode", "ActivityName"]),
    ];

    private const string KpiName = "KpiName";
    private static readonly ConcurrentDictionary<(Feed Feed, bool IsFrench), IReadOnlyList<LookerField>> Known = new();

    public static IReadOnlyList<LookerField> Of(Feed feed, bool isFrench) =>
        Known.GetOrAdd((feed, isFrench), key => [.. key.Feed.Columns.Select(column => Own(key.Feed, column)), .. Derived(key.Feed), .. Lent(key.Feed, key.IsFrench), RowCount(key.Feed)]);

    /// <summary>The days that a date range may apply to.</summary>
    public static IEnumerable<Column> Dates(Feed feed) => feed.Columns.Where(column => column.Type is ColumnType.Date or ColumnType.DateKey);

    /// <summary>The day of a row, where each has one; null: rows stand for what is now, and a range of days would hide some.</summary>
    public static Column? DefaultDate(Feed feed) => feed.DateColumn is { } name && feed.Find(name) is { IsNullable: false } column ? column : null;

    private static LookerField Own(Feed feed, Column column) => (feed.View, column.Name) switch
    {
        ("KpiDays", "Value") => Quotient(
            column with { Description = "Σ numerator / Σ denominator of one KPI in Unit, right at any grouping. Empty without facts, and for a KPI that keeps the last value." }, "Numerator", "Denominator", "FactCount"),
        // Facts of one KPI add up in one currency, unless it keeps the last value.
        ("KpiDays", "Numerator" or "Denominator") =>
            Sum(column with { Description = $"Sum of the {column.Name.ToLowerInvariant()}s of one KPI in natural units. Empty for a KPI that keeps the last value, which does not add up." }, "KpiId", "Currency")
                with
            { Where = new(DimensionFeeds.Kpis, "Aggregation", "last", IsWanted: false) },
        ("ProjectRoi" or "Portfolio", "RoiRatio") => Quotient(column, "Gain", "Cost"),
        ("ProjectRoi" or "Portfolio", "RoiReturn") => Quotient(column, "Net", "Cost"),
        ("Ledger", "Amount") => Sum(column with { Description = column.Description + " Gains and costs are not added to each other." }, "Currency", "Kind"),
        (_, "CumulativeGain" or "CumulativeCost") => new(column.Name, column, Grouping.Only),
        _ when column.Role != ColumnRole.Metric => new(column.Name, column, Grouping.Dimension),
        _ when column.Semantic == "currency" => Sum(column, "Currency"),
        _ when column.Semantic == "count" => Sum(column),
        _ => new(column.Name, column, Grouping.Only),
    };

    /// <summary>Fields that are no column: the same amounts told apart, and what is only right as a quotient.</summary>
    private static IEnumerable<LookerField> Derived(Feed feed) => feed.View switch
    {
        "KpiDays" => [new("DayValue", Column.Number("DayValue", "unit-value", "The value of a project KPI on a day, also of a KPI that keeps the last value.").OrNull, Grouping.Only) { Stored = "Value" }],
        "Ledger" => [Booked("Gain", "gain"), Booked("Cost", "cost"), Quotient(Column.Number("RoiRatio", "ratio", "Σ gain / Σ cost; empty without costs.").OrNull, "Gain", "Cost")],
        "RoiMonths" => [Quotient(Column.Number("MonthRoi", "ratio", "Σ gain / Σ cost of the chosen months; empty without costs.").OrNull, "Gain", "Cost")],
        _ => [],
    };

    private static IEnumerable<LookerField> Lent(Feed feed, bool isFrench) =>
        from label in Labels
        where label.Lender != feed && feed.Find(label.Lender.Key[0]) is { IsNullable: false }
        from name in label.Columns
        where feed.Find(name) is null
        let stored = name == KpiName ? isFrench ? "NameFr" : "NameEn" : name
        select new LookerField(name, label.Lender.Find(stored)! with { Name = name, Role = ColumnRole.Dimension }, Grouping.Dimension) { Lender = label.Lender, Stored = stored };

    private static LookerField RowCount(Feed feed) =>
        new("RowCount", Column.Integer("RowCount", "count", $"Number of rows; a row stands for one {feed.Grain}.", ColumnRole.Metric), Grouping.Rows);

    private static LookerField Booked(string name, string kind) =>
        Sum(Column.Number(name, "currency", $"Sum of the {kind}s in Currency, excluding VAT."), "Currency") with { Stored = "Amount", Where = new(null, "Kind", kind, IsWanted: true) };

    private static LookerField Sum(Column column, params string[] alike) => new(column.Name, column, Grouping.Sum) { Alike = alike };

    private static LookerField Quotient(Column column, string numerator, string denominator, string? present = null) =>
        new(column.Name, column, Grouping.Quotient) { Quotient = new(numerator, denominator, present) };
}
