-- One row per project KPI and measured day, and for `sum` KPIs also every day of the project's window with nothing measured.
-- Sums of Numerator and Denominator over any days divide to the value of those days; `last` rows are not summable.
CREATE VIEW KpiDays AS
SELECT
    pk.ProjectKpiId,
    pk.ProjectId,
    pk.KpiId,
    cal.DateKey,
    cal.Date,
    CASE WHEN k.Aggregation = 'last' THEN CAST(d.LastNumerator AS FLOAT) ELSE CAST(d.Numerator AS FLOAT) END / 1000000 AS Numerator,
    CASE k.Aggregation
        WHEN 'ratio' THEN CAST(d.Denominator AS FLOAT) / 1000000
        WHEN 'sum' THEN 1 / CAST(k.PerDays AS FLOAT)
        ELSE CAST(1 AS FLOAT)
    END AS Denominator,
    CASE k.Aggregation
        WHEN 'ratio' THEN CAST(d.Numerator AS FLOAT) / NULLIF(CAST(d.Denominator AS FLOAT), 0)
        WHEN 'sum' THEN CAST(d.Numerator AS FLOAT) / 1000000 * k.PerDays
        ELSE CAST(d.LastNumerator AS FLOAT) / 1000000
    END AS Value,
    d.FactCount,
    k.Unit,
    CASE WHEN k.Unit = 'currency' THEN c.Currency END AS Currency,
    d.UpdatedAtUtc,
    d.Day
FROM ProjectClock c
JOIN ProjectKpi pk ON pk.ProjectId = c.ProjectId
JOIN Kpi k ON k.KpiId = pk.KpiId
JOIN KpiDayTotal d ON d.SeriesId = pk.ProjectKpiId AND d.Day <= c.AsOfDay AND d.FactCount > 0
JOIN Calendar cal ON cal.Day = d.Day
UNION ALL
SELECT
    pk.ProjectKpiId,
    pk.ProjectId,
    pk.KpiId,
    cal.DateKey,
    cal.Date,
    CAST(0 AS FLOAT) AS Numerator,
    1 / CAST(k.PerDays AS FLOAT) AS Denominator,
    CAST(0 AS FLOAT) AS Value,
    0 AS FactCount,
    k.Unit,
    CASE WHEN k.Unit = 'currency' THEN c.Currency END AS Currency,
    -- such a row appears with its day, moves with the project's dates, or is left behind by a deletion: the latest of the three
    CASE
        WHEN d.UpdatedAtUtc > c.UpdatedAtUtc AND d.UpdatedAtUtc > CONCAT(cal.Date, 'T00:00:00.000Z') THEN d.UpdatedAtUtc
        WHEN c.UpdatedAtUtc > CONCAT(cal.Date, 'T00:00:00.000Z') THEN c.UpdatedAtUtc
        ELSE CONCAT(cal.Date, 'T00:00:00.000Z')
    END AS UpdatedAtUtc,
    cal.Day
FROM ProjectClock c
JOIN ProjectKpi pk ON pk.ProjectId = c.ProjectId
JOIN Kpi k ON k.KpiId = pk.KpiId AND k.Aggregation = 'sum'
JOIN Calendar cal
    ON cal.Day >= c.BaselineFirstDay
    AND cal.Day <= CASE WHEN c.EndDay < c.AsOfDay THEN c.EndDay ELSE c.AsOfDay END
LEFT JOIN KpiDayTotal d ON d.SeriesId = pk.ProjectKpiId AND d.Day = cal.Day
WHERE d.FactCount IS NULL OR d.FactCount = 0;
