-- One row per activity, North Star KPI and calendar month with facts up to asOf: the month's value (steering page 8). Internal.
CREATE VIEW NorthStarMonths AS
SELECT
    g.NorthStarId,
    g.ActivityId,
    g.KpiId,
    g.MonthNumber,
    g.MonthKey,
    g.MonthStartDay,
    CASE k.Aggregation
        WHEN 'ratio' THEN g.Numerator / NULLIF(g.Denominator, 0)
        WHEN 'sum' THEN g.Numerator / 1000000
        ELSE CAST(d.LastNumerator AS FLOAT) / 1000000
    END AS Value,
    CASE WHEN g.MonthEndDay + COALESCE(k.LagDays, 0) > g.ClosedDay THEN 1 ELSE 0 END AS IsProvisional,
    k.Unit
FROM (
    SELECT
        n.NorthStarId,
        n.ActivityId,
        n.KpiId,
        s.ClosedDay,
        cal.MonthNumber,
        cal.MonthKey,
        cal.MonthStartDay,
        cal.MonthEndDay,
        SUM(CAST(d.Numerator AS FLOAT)) AS Numerator,
        SUM(CAST(d.Denominator AS FLOAT)) AS Denominator,
        MAX(d.Day) AS LastMeasuredDay
    FROM Scope s
    JOIN NorthStar n ON n.OrganisationId = s.OrganisationId
    JOIN KpiDayTotal d ON d.SeriesId = n.NorthStarId AND d.Day <= s.AsOfDay AND d.FactCount > 0
    JOIN Calendar cal ON cal.Day = d.Day
    GROUP BY n.NorthStarId, n.ActivityId, n.KpiId, s.ClosedDay, cal.MonthNumber, cal.MonthKey, cal.MonthStartDay, cal.MonthEndDay
) g
JOIN Kpi k ON k.KpiId = g.KpiId
JOIN KpiDayTotal d ON d.SeriesId = g.NorthStarId AND d.Day = g.LastMeasuredDay;
