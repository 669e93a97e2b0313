-- One row per warning of the portfolio: an activity without a North Star, more than 15 KPIs in running projects (steering page 8), overdue reviews or actions (page 9). Internal.
-- WarningCount is how many of what the code names.
CREATE VIEW PortfolioWarnings AS
SELECT
    'no-north-star' AS WarningCode,
    a.Code AS ActivityCode,
    a.Name AS ActivityName,
    NULL AS WarningCount
FROM Scope s
JOIN Activity a ON a.OrganisationId = s.OrganisationId
LEFT JOIN NorthStar n ON n.ActivityId = a.ActivityId AND n.IsCurrent = 1
WHERE n.NorthStarId IS NULL
UNION ALL
SELECT
    'too-many-kpis' AS WarningCode,
    NULL AS ActivityCode,
    NULL AS ActivityName,
    g.KpiCount AS WarningCount
FROM (
    SELECT COUNT(pk.ProjectKpiId) AS KpiCount
    FROM ProjectClock c
    JOIN ProjectKpi pk ON pk.ProjectId = c.ProjectId
    WHERE c.IsLaunched = 1 AND c.ClosedOnDay IS NULL
) g
WHERE g.KpiCount > 15
UNION ALL
SELECT
    'overdue-reviews' AS WarningCode,
    NULL AS ActivityCode,
    NULL AS ActivityName,
    g.ProjectCount AS WarningCount
FROM (
    SELECT COUNT(y.ProjectId) AS ProjectCount
    FROM ProjectRhythm y
    WHERE y.NextReviewDay < y.AsOfDay
) g
WHERE g.ProjectCount > 0
UNION ALL
SELECT
    'overdue-actions' AS WarningCode,
    NULL AS ActivityCode,
    NULL AS ActivityName,
    g.ActionCount AS WarningCount
FROM (
    SELECT SUM(y.OverdueActions) AS ActionCount
    FROM ProjectRhythm y
) g
WHERE g.ActionCount > 0;
