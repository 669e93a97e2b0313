-- One row per project KPI and window ('baseline', or 'evaluation' once launched): sums over its measured days. Internal.
-- x is the day's numerator and y its denominator, both in 1/1,000,000 units; squares are taken of day sums, not of single facts.
-- For `sum` KPIs y is a constant that the next view supplies. For `ledger` KPIs the evaluation holds all entries up to the horizon.
CREATE VIEW KpiWindowSums AS
SELECT
    pk.ProjectKpiId,
    pk.ProjectId,
    'baseline' AS WindowName,
    c.BaselineFirstDay AS FirstDay,
    CASE WHEN c.BaselineLastDay <= c.AsOfDay THEN c.BaselineLastDay ELSE c.AsOfDay END AS LastDay,
    COUNT(d.Day) AS MeasuredDays,
    MAX(d.Day) AS LastMeasuredDay,
    SUM(CAST(d.Numerator AS FLOAT)) AS SumX,
    SUM(CAST(d.Denominator AS FLOAT)) AS SumY,
    SUM(CAST(d.Numerator AS FLOAT) * CAST(d.Numerator AS FLOAT)) AS SumXX,
    SUM(CAST(d.Numerator AS FLOAT) * CAST(d.Denominator AS FLOAT)) AS SumXY,
    SUM(CAST(d.Denominator AS FLOAT) * CAST(d.Denominator AS FLOAT)) AS SumYY
FROM ProjectClock c
JOIN ProjectKpi pk ON pk.ProjectId = c.ProjectId
LEFT JOIN KpiDayTotal d
    ON d.SeriesId = pk.ProjectKpiId
    AND d.Day >= c.BaselineFirstDay
    AND d.Day <= CASE WHEN c.BaselineLastDay <= c.AsOfDay THEN c.BaselineLastDay ELSE c.AsOfDay END
    AND d.FactCount > 0
GROUP BY pk.ProjectKpiId, pk.ProjectId, c.BaselineFirstDay, c.BaselineLastDay, c.AsOfDay
UNION ALL
SELECT
    l.ProjectKpiId,
    l.ProjectId,
    'evaluation' AS WindowName,
    l.HorizonDay - c.BaselineDays + 1 AS FirstDay,
    l.HorizonDay AS LastDay,
    COUNT(d.Day) AS MeasuredDays,
    MAX(d.Day) AS LastMeasuredDay,
    SUM(CAST(d.Numerator AS FLOAT)) AS SumX,
    SUM(CAST(d.Denominator AS FLOAT)) AS SumY,
    SUM(CAST(d.Numerator AS FLOAT) * CAST(d.Numerator AS FLOAT)) AS SumXX,
    SUM(CAST(d.Numerator AS FLOAT) * CAST(d.Denominator AS FLOAT)) AS SumXY,
    SUM(CAST(d.Denominator AS FLOAT) * CAST(d.Denominator AS FLOAT)) AS SumYY
FROM ProjectKpiLine l
JOIN ProjectClock c ON c.ProjectId = l.ProjectId
LEFT JOIN KpiDayTotal d
    ON d.SeriesId = l.ProjectKpiId
    AND d.Day >= l.HorizonDay - c.BaselineDays + 1
    AND d.Day <= l.LastDay
    AND d.FactCount > 0
WHERE l.Aggregation <> 'ledger'
GROUP BY l.ProjectKpiId, l.ProjectId, l.HorizonDay, c.BaselineDays
UNION ALL
SELECT
    l.ProjectKpiId,
    l.ProjectId,
    'evaluation' AS WindowName,
    l.HorizonDay AS FirstDay,
    l.HorizonDay AS LastDay,
    COUNT(d.Day) AS MeasuredDays,
    MAX(d.Day) AS LastMeasuredDay,
    SUM(CAST(d.GainInvoiced AS FLOAT) + CAST(d.GainMeasured AS FLOAT) + CAST(d.GainEstimated AS FLOAT)) AS SumX,
    SUM(CAST(d.CostInvoiced AS FLOAT) + CAST(d.CostMeasured AS FLOAT) + CAST(d.CostEstimated AS FLOAT)) AS SumY,
    CAST(NULL AS FLOAT) AS SumXX,
    CAST(NULL AS FLOAT) AS SumXY,
    CAST(NULL AS FLOAT) AS SumYY
FROM ProjectKpiLine l
LEFT JOIN LedgerDayTotal d
    ON d.ProjectId = l.ProjectId
    AND d.Day <= l.HorizonDay
    AND d.Day <= l.LastDay
WHERE l.Aggregation = 'ledger'
GROUP BY l.ProjectKpiId, l.ProjectId, l.HorizonDay;
