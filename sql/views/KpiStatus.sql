-- One row per project KPI of a launched project: its current week, the latest that is not provisional (steering page 4).
-- Before the first such week the figures are null and the status is provisional.
CREATE VIEW KpiStatus AS
SELECT
    w.ProjectKpiId,
    w.ProjectId,
    w.ProjectCode,
    w.KpiId,
    w.KpiCode,
    w.Week,
    w.WeekStart,
    w.DateKey,
    w.DayNumber,
    w.Unit,
    w.Currency,
    w.Actual,
    w.Expected,
    w.Gap,
    w.Noise,
    w.Drift,
    w.TargetDrift,
    w.Progress,
    w.IsProvisional,
    w.Status
FROM KpiWeeks w
WHERE w.IsCurrent = 1
UNION ALL
SELECT
    l.ProjectKpiId,
    l.ProjectId,
    p.Code AS ProjectCode,
    l.KpiId,
    k.Code AS KpiCode,
    NULL AS Week,
    NULL AS WeekStart,
    NULL AS DateKey,
    NULL AS DayNumber,
    k.Unit,
    CASE WHEN k.Unit = 'currency' THEN p.Currency END AS Currency,
    CAST(NULL AS FLOAT) AS Actual,
    CAST(NULL AS FLOAT) AS Expected,
    CAST(NULL AS FLOAT) AS Gap,
    CAST(NULL AS FLOAT) AS Noise,
    CAST(NULL AS FLOAT) AS Drift,
    CAST(NULL AS FLOAT) AS TargetDrift,
    CAST(NULL AS FLOAT) AS Progress,
    1 AS IsProvisional,
    'provisional' AS Status
FROM ProjectKpiLine l
JOIN Project p ON p.ProjectId = l.ProjectId
JOIN Kpi k ON k.KpiId = l.KpiId
WHERE l.CurrentWeekDay IS NULL;
