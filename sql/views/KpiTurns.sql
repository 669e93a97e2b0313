-- One row per project KPI and week whose status is behind while that of the week before is another. Internal.
-- Only weeks behind are looked at: each stands for itself, and once more for the week after it.
CREATE VIEW KpiTurns AS
SELECT
    g.ProjectKpiId,
    g.ProjectId,
    g.KpiId,
    g.WeekStartDay,
    g.Drift
FROM (
    SELECT
        x.ProjectKpiId,
        x.ProjectId,
        x.KpiId,
        x.WeekStartDay,
        MAX(x.IsBehind) AS IsBehind,
        MAX(x.WasBehind) AS WasBehind,
        MAX(x.Drift) AS Drift
    FROM (
        SELECT
            w.ProjectKpiId,
            w.ProjectId,
            w.KpiId,
            w.WeekStartDay + n.Shift AS WeekStartDay,
            CASE WHEN n.Shift = 0 THEN 1 ELSE 0 END AS IsBehind,
            CASE WHEN n.Shift = 7 THEN 1 ELSE 0 END AS WasBehind,
            CASE WHEN n.Shift = 0 THEN w.Drift END AS Drift
        FROM KpiWeeks w
        CROSS JOIN (
            SELECT 0 AS Shift
            UNION ALL
            SELECT 7 AS Shift
        ) n
        WHERE w.Status = 'behind'
    ) x
    GROUP BY x.ProjectKpiId, x.ProjectId, x.KpiId, x.WeekStartDay
) g
WHERE g.IsBehind = 1 AND g.WasBehind = 0;
