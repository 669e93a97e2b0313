-- One row per project: where it stands on its horizon. Internal.
-- Phase is draft, running, closed-early (closed before the horizon's last day) or over (steering page 7: horizon over).
CREATE VIEW ProjectPhases AS
SELECT
    g.ProjectId,
    CASE
        WHEN g.IsLaunched = 0 THEN 'draft'
        WHEN g.ClosedOnDay < g.HorizonDay THEN 'closed-early'
        WHEN g.HorizonDay + COALESCE(g.LongestLagDays, 0) <= g.ClosedDay THEN 'over'
        ELSE 'running'
    END AS Phase
FROM (
    SELECT
        c.ProjectId,
        c.IsLaunched,
        c.ClosedOnDay,
        c.HorizonDay,
        c.ClosedDay,
        MAX(COALESCE(pk.LagDays, k.LagDays, 0)) AS LongestLagDays
    FROM ProjectClock c
    LEFT JOIN ProjectKpi pk ON pk.ProjectId = c.ProjectId
    LEFT JOIN Kpi k ON k.KpiId = pk.KpiId
    GROUP BY c.ProjectId, c.IsLaunched, c.ClosedOnDay, c.HorizonDay, c.ClosedDay
) g;
