-- One row per source of a project KPI that has fallen silent: no fact for twice its usual interval, on days of the project that are over. Internal.
-- The usual interval is the mean distance between its days with facts, of which there are at least four in the 90 days up to the last.
-- Sources with a fact on one of the last two days are left out first: that is nearly all of them, and costs one seek each.
-- SilentDay is the first day at whose end it was silent, the KPI's lag and the project's grace days included.
CREATE VIEW SourceSilences AS
SELECT
    t.SeriesSourceId,
    t.ProjectKpiId,
    t.ProjectId,
    t.KpiId,
    t.LastDay,
    CASE
        WHEN t.LastDay + t.SilentDays + t.LagDays > t.StartDay + t.GraceDays - 1 THEN t.LastDay + t.SilentDays + t.LagDays
        ELSE t.StartDay + t.GraceDays - 1
    END AS SilentDay,
    t.UsualIntervalDays
FROM (
    SELECT
        u.SeriesSourceId,
        u.ProjectKpiId,
        u.ProjectId,
        u.KpiId,
        u.LastDay,
        u.StartDay,
        u.EndDay,
        u.ClosedDay,
        u.LagDays,
        u.GraceDays,
        CAST(u.SpanDays AS FLOAT) / NULLIF(u.Intervals, 0) AS UsualIntervalDays,
        -- twice the interval in whole days, rounded up
        CAST(CAST(2 * u.SpanDays + u.Intervals - 1 - (2 * u.SpanDays + u.Intervals - 1) % NULLIF(u.Intervals, 0) AS FLOAT) / NULLIF(u.Intervals, 0) AS INTEGER) AS SilentDays
    FROM (
        SELECT
            q.SeriesSourceId,
            q.ProjectKpiId,
            q.ProjectId,
            q.KpiId,
            q.LastDay,
            q.StartDay,
            q.EndDay,
            q.ClosedDay,
            q.LagDays,
            q.GraceDays,
            q.LastDay - MIN(d.Day) AS SpanDays,
            COUNT(d.Day) - 1 AS Intervals
        FROM (
            SELECT
                c.SeriesSourceId,
                c.ProjectKpiId,
                c.ProjectId,
                c.KpiId,
                c.StartDay,
                c.EndDay,
                c.ClosedDay,
                c.LagDays,
                c.GraceDays,
                MAX(d.Day) AS LastDay
            FROM (
                SELECT
                    ss.SeriesSourceId,
                    l.ProjectKpiId,
                    l.ProjectId,
                    l.KpiId,
                    l.StartDay,
                    l.EndDay,
                    l.ClosedDay,
                    l.LagDays,
                    l.GraceDays,
                    l.AsOfDay,
                    COUNT(d.Day) AS RecentDays
                FROM ProjectKpiLine l
                JOIN SeriesSource ss ON ss.SeriesId = l.ProjectKpiId
                LEFT JOIN SourceDayTotal d
                    ON d.SeriesSourceId = ss.SeriesSourceId
                    AND d.Day > CASE WHEN l.EndDay < l.ClosedDay - l.LagDays THEN l.EndDay ELSE l.ClosedDay - l.LagDays END - 2
                    AND d.Day <= l.AsOfDay
                    AND d.FactCount > 0
                GROUP BY ss.SeriesSourceId, l.ProjectKpiId, l.ProjectId, l.KpiId, l.StartDay, l.EndDay, l.ClosedDay, l.LagDays, l.GraceDays, l.AsOfDay
            ) c
            JOIN SourceDayTotal d ON d.SeriesSourceId = c.SeriesSourceId AND d.Day >= c.StartDay AND d.Day <= c.AsOfDay AND d.FactCount > 0
            WHERE c.RecentDays = 0
            GROUP BY c.SeriesSourceId, c.ProjectKpiId, c.ProjectId, c.KpiId, c.StartDay, c.EndDay, c.ClosedDay, c.LagDays, c.GraceDays
        ) q
        JOIN SourceDayTotal d ON d.SeriesSourceId = q.SeriesSourceId AND d.Day > q.LastDay - 90 AND d.Day <= q.LastDay AND d.FactCount > 0
        GROUP BY q.SeriesSourceId, q.ProjectKpiId, q.ProjectId, q.KpiId, q.LastDay, q.StartDay, q.EndDay, q.ClosedDay, q.LagDays, q.GraceDays
    ) u
    WHERE u.Intervals >= 3
) t
WHERE t.LastDay + t.SilentDays <= t.EndDay
    AND t.LastDay + t.SilentDays + t.LagDays <= t.ClosedDay
    AND t.StartDay + t.GraceDays - 1 <= t.ClosedDay;
