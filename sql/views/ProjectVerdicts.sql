-- One row per project: how many of its KPIs have which current status and outcome. Internal.
-- Counts are added from arms that each give rows, so that no computing view is on the outer side of a join.
CREATE VIEW ProjectVerdicts AS
SELECT
    u.ProjectId,
    SUM(u.KpiCount) AS KpiCount,
    SUM(u.OnTrack) AS KpisOnTrack,
    SUM(u.AtRisk) AS KpisAtRisk,
    SUM(u.Behind) AS KpisBehind,
    SUM(u.Achieved) AS KpisAchieved,
    SUM(u.Missed) AS KpisMissed
FROM (
    SELECT
        c.ProjectId,
        0 AS KpiCount,
        0 AS OnTrack,
        0 AS AtRisk,
        0 AS Behind,
        0 AS Achieved,
        0 AS Missed
    FROM ProjectClock c
    UNION ALL
    SELECT
        k.ProjectId,
        1 AS KpiCount,
        CASE WHEN k.Status = 'on_track' THEN 1 ELSE 0 END AS OnTrack,
        CASE WHEN k.Status = 'at_risk' THEN 1 ELSE 0 END AS AtRisk,
        CASE WHEN k.Status = 'behind' THEN 1 ELSE 0 END AS Behind,
        0 AS Achieved,
        0 AS Missed
    FROM KpiStatus k
    UNION ALL
    SELECT
        o.ProjectId,
        0 AS KpiCount,
        0 AS OnTrack,
        0 AS AtRisk,
        0 AS Behind,
        CASE WHEN o.Outcome = 'achieved' THEN 1 ELSE 0 END AS Achieved,
        CASE WHEN o.Outcome = 'missed' THEN 1 ELSE 0 END AS Missed
    FROM KpiOutcomes o
) u
GROUP BY u.ProjectId;
