-- One row per activity, North Star KPI and calendar month with facts; Change is against the previous calendar month (steering page 8).
-- Months of a replaced North Star stay. The previous month is found by adding its rows to the month after it, not by an outer join of a view.
CREATE VIEW NorthStars AS
SELECT
    g.NorthStarId,
    g.ActivityId,
    g.KpiId,
    c.MonthKey AS Month,
    c.DateKey,
    g.Unit,
    CASE WHEN g.Unit = 'currency' THEN o.Currency END AS Currency,
    g.Value,
    CASE WHEN g.IsProvisional = 0 THEN g.Value - g.PreviousValue END AS Change,
    CASE WHEN g.IsProvisional = 0 THEN (g.Value - g.PreviousValue) / NULLIF(ABS(g.PreviousValue), 0) END AS ChangePct,
    g.IsProvisional
FROM (
    SELECT
        u.NorthStarId,
        u.ActivityId,
        u.KpiId,
        u.Unit,
        u.MonthNumber,
        MAX(u.MonthStartDay) AS MonthStartDay,
        MAX(u.Value) AS Value,
        MAX(u.PreviousValue) AS PreviousValue,
        MAX(u.IsProvisional) AS IsProvisional
    FROM (
        SELECT
            m.NorthStarId,
            m.ActivityId,
            m.KpiId,
            m.Unit,
            m.MonthNumber,
            m.MonthStartDay,
            m.Value,
            CAST(NULL AS FLOAT) AS PreviousValue,
            m.IsProvisional
        FROM NorthStarMonths m
        UNION ALL
        SELECT
            m.NorthStarId,
            m.ActivityId,
            m.KpiId,
            m.Unit,
            m.MonthNumber + 1 AS MonthNumber,
            NULL AS MonthStartDay,
            CAST(NULL AS FLOAT) AS Value,
            m.Value AS PreviousValue,
            NULL AS IsProvisional
        FROM NorthStarMonths m
    ) u
    GROUP BY u.NorthStarId, u.ActivityId, u.KpiId, u.Unit, u.MonthNumber
) g
JOIN Calendar c ON c.Day = g.MonthStartDay
JOIN Scope s ON s.OrganisationId IS NOT NULL
JOIN Organisation o ON o.OrganisationId = s.OrganisationId;
