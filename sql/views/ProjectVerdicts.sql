-- One row per project: how many of its KPIs have which current status and outcome, and its latest review. Internal.
-- Counts are added from arms that each give rows, so that no computing view is on the outer side of a join.
CREATE VIEW ProjectVerdicts AS
SELECT
    u.ProjectId,
    SUM(u.KpiCount) AS KpiCount,
    SUM(u.OnTrack) AS KpisOnTrack,
    SUM(u.AtRisk) AS KpisAtRisk,
    SUM(u.Behind) AS KpisBehind,
    SUM(u.Achieved) AS KpisAchieved,
    SUM(u.Missed) AS KpisMissed,
    MAX(u.ReviewedDay) AS LastReviewDay
FROM (
    SELECT
        c.ProjectId,
        0 AS KpiCount,
        0 AS OnTrack,
        0 AS AtRisk,
        0 AS Behind,
        0 AS Achieved,
        0 AS Missed,
        CAST(NULL AS INTEGER) AS ReviewedDay
    FROM ProjectClock c
    UNION ALL
    SELECT
        k.ProjectId,
        1 AS KpiCount,
        CASE WHEN k.Status = 'on_track' THEN 1 ELSE 0 END AS OnTrack,
        CASE WHEN k.Status = 'at_risk' THEN 1 ELSE 0 END AS AtRisk,
        CASE WHEN k.Status = 'behind' THEN 1 ELSE 0 END AS Behind,
        0 AS Achieved,
        0 AS Missed,
        NULL AS ReviewedDay
    FROM KpiStatus k
    UNION ALL
    SELECT
        o.ProjectId,
        0 AS KpiCount,
        0 AS OnTrack,
        0 AS AtRisk,
        0 AS Behind,
        CASE WHEN o.Outcome = 'achieved' THEN 1 ELSE 0 END AS Achieved,
        CASE WHEN o.Outcome = 'missed' THEN 1 ELSE 0 END AS Missed,
        NULL AS ReviewedDay
    FROM KpiOutcomes o
    UNION ALL
    SELECT
        c.ProjectId,
        0 AS KpiCount,
        0 AS OnTrack,
        0 AS AtRisk,
        0 AS Behind,
        0 AS Achieved,
        0 AS Missed,
        r.ReviewedDay
    FROM ProjectClock c
    JOIN Review r ON r.ProjectId = c.ProjectId AND r.ReviewedDay <= c.AsOfDay
) u
GROUP BY u.ProjectId;
