using KpiApi.Feeds;
using KpiApi.Storage;

namespace KpiApi.Projects;

/// <summary>
/// The zeros that the feed KpiDays shows for `sum` KPIs on days without facts. They come and go with the project's dates,
/// and readers that load only what changed must be told which are gone.
/// </summary>
internal static class EmptyDays
{
    private const string Select = "SELECT ProjectKpiId, DateKey FROM KpiDays WHERE ProjectId = @projectId AND FactCount = 0";

    /// <summary>Makes a change and records the zeros that it removed.</summary>
    public static async Task Around(Session session, long projectId, Func<Task> change)
    {
        var before = await session.Query<Row>(Select, new { projectId });
        await change();
        var after = (await session.Query<Row>(Select, new { projectId })).ToHashSet();
        foreach (var gone in before.Where(row => !after.Contains(row)))
        {
            await Deletions.Record(session, "KpiDays", Deletions.KpiDayKey(gone.ProjectKpiId, gone.DateKey), gone.DateKey);
        }
    }

    private sealed record Row
    {
        public long ProjectKpiId { get; init; }

        public int DateKey { get; init; }
    }
}
