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
        FigureFeeds.Portfolio,
        FactFeeds.Deletions,
    ];

    public static Feed? Find(string url) => All.FirstOrDefault(feed => feed.Url == url);
}
