-- One row per project KPI and ISO week that meets the project's life up to asOf: actual against the line, drift and status (steering page 4).
CREATE VIEW KpiWeeks AS
SELECT
    f.ProjectKpiId,
    f.ProjectId,
    f.ProjectCode,
    f.KpiId,
    f.KpiCode,
    f.Week,
    f.WeekStart,
    f.DateKey,
    f.WeekStartDay,
    f.DayNumber,
    f.Unit,
    f.Currency,
    f.Actual,
    f.Expected,
    f.Gap,
    f.Noise,
    f.Drift,
    f.TargetDrift,
    f.Progress,
    f.IsProvisional,
    f.IsCurrent,
    CASE
        WHEN f.BaselineValue IS NULL THEN 'no_baseline'
        WHEN f.IsProvisional = 1 THEN 'provisional'
        WHEN f.Actual IS NULL THEN 'no_data'
        WHEN f.DayNumber < f.GraceDays THEN 'too_early'
        WHEN ROUND(f.Drift, 6) >= 0 THEN 'on_track'
        WHEN f.Drift IS NULL AND f.Gap >= 0 THEN 'on_track'
        WHEN f.Drift IS NULL THEN 'behind'
        WHEN ROUND(f.Drift, 6) < -f.Tolerance AND (f.Noise IS NULL OR -f.Gap > f.Noise) THEN 'behind'
        ELSE 'at_risk'
    END AS Status
FROM (
    SELECT
        a.ProjectKpiId,
        a.ProjectId,
        p.Code AS ProjectCode,
        a.KpiId,
        k.Code AS KpiCode,
        a.Week,
        a.WeekStart,
        a.DateKey,
        a.WeekStartDay,
        a.DayNumber,
        k.Unit,
        CASE WHEN k.Unit = 'currency' THEN p.Currency END AS Currency,
        a.Actual,
        a.Expected,
        a.Noise,
        CASE WHEN k.Direction = 'decrease' THEN a.Expected - a.Actual ELSE a.Actual - a.Expected END AS Gap,
        CASE WHEN k.Direction = 'decrease' THEN a.Expected - a.Actual ELSE a.Actual - a.Expected END / NULLIF(ABS(a.Expected), 0) AS Drift,
        CASE WHEN k.Direction = 'decrease' THEN pk.TargetValue - a.Actual ELSE a.Actual - pk.TargetValue END / NULLIF(ABS(pk.TargetValue), 0) AS TargetDrift,
        (a.Actual - pk.BaselineValue) / NULLIF(pk.TargetValue - pk.BaselineValue, 0) AS Progress,
        a.IsProvisional,
        a.IsCurrent,
        pk.BaselineValue,
        pk.Tolerance,
        pk.GraceDays
    FROM KpiWeekActuals a
    JOIN ProjectKpi pk ON pk.ProjectKpiId = a.ProjectKpiId
    JOIN Project p ON p.ProjectId = a.ProjectId
    JOIN Kpi k ON k.KpiId = a.KpiId
) f;
