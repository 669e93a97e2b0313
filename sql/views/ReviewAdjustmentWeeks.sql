-- One row per review up to asOf that decided to adjust, and KPI of its project: the week before the review's and the latest judged week since. Internal.
-- The next adjustment ends what this one can answer for. IsOver: no later week will be looked at.
CREATE VIEW ReviewAdjustmentWeeks AS
SELECT
    a.ReviewId,
    a.ProjectId,
    l.ProjectKpiId,
    l.KpiId,
    a.ReviewedDay,
    a.WeekStartDay - 7 AS BeforeWeekDay,
    CASE
        WHEN a.NextWeekDay - 7 < l.CurrentWeekDay THEN CASE WHEN a.NextWeekDay - 7 > a.WeekStartDay THEN a.NextWeekDay - 7 END
        WHEN l.CurrentWeekDay > a.WeekStartDay THEN l.CurrentWeekDay
    END AS SinceWeekDay,
    CASE WHEN a.NextWeekDay - 7 <= l.CurrentWeekDay OR l.CurrentWeekDay + 6 >= l.EndDay THEN 1 ELSE 0 END AS IsOver
FROM (
    SELECT
        r.ReviewId,
        r.ProjectId,
        r.ReviewedDay,
        r.ReviewedDay - (r.ReviewedDay + 3) % 7 AS WeekStartDay,
        MIN(n.ReviewedDay - (n.ReviewedDay + 3) % 7) AS NextWeekDay
    FROM ProjectClock c
    JOIN Review r ON r.ProjectId = c.ProjectId AND r.Decision = 'adjust' AND r.ReviewedDay <= c.AsOfDay
    LEFT JOIN Review n ON n.ProjectId = r.ProjectId AND n.Decision = 'adjust' AND n.ReviewedDay > r.ReviewedDay AND n.ReviewedDay <= c.AsOfDay
    GROUP BY r.ReviewId, r.ProjectId, r.ReviewedDay
) a
JOIN ProjectKpiLine l ON l.ProjectId = a.ProjectId;
