-- One row per warning of the portfolio: an activity without a North Star, or more than 15 KPIs in running projects (steering page 8). Internal.
CREATE VIEW PortfolioWarnings AS
SELECT
    'no-north-star' AS WarningCode,
    a.Code AS ActivityCode,
    NULL AS KpiCount
FROM Scope s
JOIN Activity a ON a.OrganisationId = s.OrganisationId
LEFT JOIN NorthStar n ON n.ActivityId = a.ActivityId AND n.IsCurrent = 1
WHERE n.NorthStarId IS NULL
UNION ALL
SELECT
    'too-many-kpis' AS WarningCode,
    NULL AS ActivityCode,
    g.KpiCount
FROM (
    SELECT COUNT(pk.ProjectKpiId) AS KpiCount
    FROM ProjectClock c
    JOIN ProjectKpi pk ON pk.ProjectId = c.ProjectId
    WHERE c.IsLaunched = 1 AND c.ClosedOnDay IS NULL
) g
WHERE g.KpiCount > 15;
