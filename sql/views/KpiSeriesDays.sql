-- One row per project KPI (not `ledger`) and day that is measured or inside the project's window: what a point of a chart adds up. Internal.
-- Ramp is min(day number, RampDays) on the days that steering judges, null elsewhere. Sums are in 1/1,000,000 units.
CREATE VIEW KpiSeriesDays AS
SELECT
    pk.ProjectKpiId,
    pk.ProjectId,
    d.Day,
    1 AS IsMeasured,
    CASE WHEN k.Aggregation = 'last' THEN CAST(d.LastNumerator AS FLOAT) ELSE CAST(d.Numerator AS FLOAT) END AS Numerator,
    CASE k.Aggregation
        WHEN 'ratio' THEN CAST(d.Denominator AS FLOAT)
        WHEN 'sum' THEN 1000000 / CAST(k.PerDays AS FLOAT)
        ELSE CAST(1000000 AS FLOAT)
    END AS Denominator,
    CASE
        WHEN c.IsLaunched = 0 OR d.Day < c.StartDay OR d.Day > c.EndDay THEN NULL
        WHEN c.HorizonDays - c.BaselineDays <= 1 THEN 1
        WHEN d.Day - c.StartDay + 1 < c.HorizonDays - c.BaselineDays THEN d.Day - c.StartDay + 1
        ELSE c.HorizonDays - c.BaselineDays
    END AS Ramp
FROM ProjectClock c
JOIN ProjectKpi pk ON pk.ProjectId = c.ProjectId
JOIN Kpi k ON k.KpiId = pk.KpiId AND k.Aggregation <> 'ledger'
JOIN KpiDayTotal d ON d.SeriesId = pk.ProjectKpiId AND d.Day <= c.AsOfDay AND d.FactCount > 0
UNION ALL
SELECT
    pk.ProjectKpiId,
    pk.ProjectId,
    cal.Day,
    0 AS IsMeasured,
    CAST(0 AS FLOAT) AS Numerator,
    CASE WHEN k.Aggregation = 'sum' THEN 1000000 / CAST(k.PerDays AS FLOAT) ELSE CAST(0 AS FLOAT) END AS Denominator,
    CASE
        WHEN c.IsLaunched = 0 OR cal.Day < c.StartDay THEN NULL
        WHEN c.HorizonDays - c.BaselineDays <= 1 THEN 1
        WHEN cal.Day - c.StartDay + 1 < c.HorizonDays - c.BaselineDays THEN cal.Day - c.StartDay + 1
        ELSE c.HorizonDays - c.BaselineDays
    END AS Ramp
FROM ProjectClock c
JOIN ProjectKpi pk ON pk.ProjectId = c.ProjectId
JOIN Kpi k ON k.KpiId = pk.KpiId AND k.Aggregation <> 'ledger'
JOIN Calendar cal
    ON cal.Day >= c.BaselineFirstDay
    AND cal.Day <= CASE WHEN c.EndDay < c.AsOfDay THEN c.EndDay ELSE c.AsOfDay END
LEFT JOIN KpiDayTotal d ON d.SeriesId = pk.ProjectKpiId AND d.Day = cal.Day
WHERE d.FactCount IS NULL OR d.FactCount = 0;
