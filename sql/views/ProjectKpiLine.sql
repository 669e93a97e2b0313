-- One row per project KPI of a launched project: its sealed line from baseline to target, and its current week. Internal.
-- The line climbs for RampDays and then holds. CurrentWeekDay is the Monday of the latest week that is not provisional,
-- found by calendar arithmetic; null before the first such week.
CREATE VIEW ProjectKpiLine AS
SELECT
    x.ProjectKpiId,
    x.ProjectId,
    x.KpiId,
    x.Aggregation,
    x.Sign,
    x.PerDays,
    x.LagDays,
    x.GraceDays,
    x.BaselineValue,
    x.BaselineStandardError,
    x.BaselineDayCount,
    x.TargetValue,
    x.Tolerance,
    x.StartDay,
    x.RampDays,
    x.HorizonDays,
    x.HorizonDay,
    x.ClosedOnDay,
    x.EndDay,
    x.AsOfDay,
    x.ClosedDay,
    x.StartDay - (x.StartDay + 3) % 7 AS FirstWeekDay,
    CASE WHEN x.EndDay <= x.AsOfDay THEN x.EndDay ELSE x.AsOfDay END AS LastDay,
    CASE
        WHEN x.EndDay <= x.MatureDay THEN x.EndDay - (x.EndDay + 3) % 7
        WHEN x.MatureDay - (x.MatureDay + 4) % 7 >= x.StartDay THEN x.MatureDay - (x.MatureDay + 4) % 7 - 6
    END AS CurrentWeekDay
FROM (
    SELECT
        pk.ProjectKpiId,
        pk.ProjectId,
        pk.KpiId,
        k.Aggregation,
        CASE WHEN k.Direction = 'decrease' THEN -1 ELSE 1 END AS Sign,
        k.PerDays,
        COALESCE(pk.LagDays, k.LagDays, 0) AS LagDays,
        c.ClosedDay - COALESCE(pk.LagDays, k.LagDays, 0) AS MatureDay,
        pk.GraceDays,
        pk.BaselineValue,
        pk.BaselineStandardError,
        pk.BaselineDayCount,
        pk.TargetValue,
        pk.Tolerance,
        c.StartDay,
        CASE WHEN c.HorizonDays - c.BaselineDays > 1 THEN c.HorizonDays - c.BaselineDays ELSE 1 END AS RampDays,
        c.HorizonDays,
        c.HorizonDay,
        c.ClosedOnDay,
        c.EndDay,
        c.AsOfDay,
        c.ClosedDay
    FROM ProjectClock c
    JOIN ProjectKpi pk ON pk.ProjectId = c.ProjectId
    JOIN Kpi k ON k.KpiId = pk.KpiId
    WHERE c.IsLaunched = 1
) x;
