namespace KpiApi.Feeds;

/// <summary>Every feed there is.</summary>
internal static class FeedCatalogue
{
    public static readonly IReadOnlyList<Feed> All =
    [
        DimensionFeeds.Dates,
        DimensionFeeds.Activities,
        DimensionFeeds.Projects,
        DimensionFeeds.Kpis,
        DimensionFeeds.ProjectKpis,
        FactFeeds.Measurements,
        FigureFeeds.KpiDays,
        FigureFeeds.KpiWeeks,
        FigureFeeds.KpiStatus,
        FigureFeeds.KpiOutcomes,
        FactFeeds.Ledger,
        FigureFeeds.ProjectRoi,
        FigureFeeds.RoiMonths,
        FigureFeeds.NorthStars,
        FactFeeds.Reviews,
        FactFeeds.ReviewActions,
        FigureFeeds.ReviewAdjustments,
        FigureFeeds.Alerts,
        FigureFeeds.Portfolio,
        FactFeeds.Deletions,
    ];

    // What others relate to. A column with the name of such a key leads there.
    private static readonly IReadOnlyList<(string Name, Feed Feed)> Dimensions =
    [
        ("Calendar", DimensionFeeds.Dates),
        ("Activity", DimensionFeeds.Activities),
        ("Project", DimensionFeeds.Projects),
        ("Kpi", DimensionFeeds.Kpis),
        ("ProjectKpi", DimensionFeeds.ProjectKpis),
    ];

    public static Feed? Find(string url) => All.FirstOrDefault(feed => feed.Url == url);

    /// <summary>The feed that reads this view.</summary>
    public static Feed? FindView(string view) => All.FirstOrDefault(feed => feed.View == view);

    /// <summary>The rows of other feeds that a row leads to, one each at most.</summary>
    public static IReadOnlyList<Reference> ReferencesOf(Feed feed) =>
    [
        .. from column in feed.Columns
           from dimension in Dimensions
           where dimension.Feed != feed && dimension.Feed.Key.Single() == column.Name
           select new Reference(dimension.Name, column, dimension.Feed),
    ];
}

/// <summary>A column that leads to a row of another feed, whose key has the column's name.</summary>
/// <param name="Name">What the row is called, seen from here.</param>
/// <param name="Column">The column.</param>
/// <param name="Target">The other feed.</param>
internal sealed record Reference(string Name, Column Column, Feed Target);
