-- One row per project KPI and ISO week that meets the project's life up to asOf: the days of it that count, FirstDay to CutDay. Internal.
CREATE VIEW ProjectKpiWeeks AS
SELECT
    l.ProjectKpiId,
    l.ProjectId,
    l.KpiId,
    l.Aggregation,
    l.StartDay,
    l.RampDays,
    cw.WeekStartDay,
    cw.Week,
    cw.WeekStart,
    cw.DateKey,
    CASE WHEN cw.WeekStartDay = l.CurrentWeekDay THEN 1 ELSE 0 END AS IsCurrent,
    CASE WHEN cw.WeekStartDay < l.StartDay THEN l.StartDay ELSE cw.WeekStartDay END AS FirstDay,
    CASE WHEN cw.WeekStartDay + 6 < l.LastDay THEN cw.WeekStartDay + 6 ELSE l.LastDay END AS CutDay
FROM ProjectKpiLine l
JOIN CalendarWeek cw ON cw.WeekStartDay >= l.FirstWeekDay AND cw.WeekStartDay <= l.LastDay
WHERE l.LastDay >= l.StartDay;
