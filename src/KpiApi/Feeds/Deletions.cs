using KpiApi.Storage;

namespace KpiApi.Feeds;

/// <summary>Tells readers that load only what changed which rows are gone from a feed, or from that day of it.</summary>
internal static class Deletions
{
    private const string Insert = """
        INSERT INTO Deletion (OrganisationId, Feed, RowKey, DateKey, DeletedAtUtc)
        VALUES (@OrganisationId, @Feed, @RowKey, @DateKey, @Now)
        """;

    /// <param name="session">The transaction that removes the row.</param>
    /// <param name="feed">The feed's view.</param>
    /// <param name="key">The row's key as text.</param>
    /// <param name="dateKey">The day that the row stood on, yyyymmdd.</param>
    public static Task Record(Session session, string feed, string key, int dateKey) =>
        session.Execute(Insert, new { session.OrganisationId, Feed = feed, RowKey = key, DateKey = dateKey, Now = session.NowUtc });

    /// <summary>The key of a row of KpiDays, which has two parts.</summary>
    public static string KpiDayKey(long projectKpiId, int dateKey) => $"{projectKpiId}-{dateKey}";
}
