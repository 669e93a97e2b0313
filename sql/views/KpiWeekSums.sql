-- One row per project KPI and ISO week of steering page 4: sums over the week's days that count, FirstDay to CutDay. Internal.
-- RampSum is the sum of denominator × min(day number, RampDays), so that the expected value needs no days any more.
CREATE VIEW KpiWeekSums AS
SELECT
    w.ProjectKpiId,
    w.ProjectId,
    w.KpiId,
    w.WeekStartDay,
    w.Week,
    w.WeekStart,
    w.DateKey,
    w.IsCurrent,
    w.FirstDay,
    w.CutDay,
    COUNT(d.Day) AS MeasuredDays,
    MAX(d.Day) AS LastMeasuredDay,
    SUM(CAST(d.Numerator AS FLOAT)) AS Numerator,
    SUM(CAST(d.Denominator AS FLOAT)) AS Denominator,
    SUM(CAST(d.Denominator AS FLOAT) * CASE WHEN d.Day - w.StartDay + 1 < w.RampDays THEN d.Day - w.StartDay + 1 ELSE w.RampDays END) AS RampSum
FROM ProjectKpiWeeks w
LEFT JOIN KpiDayTotal d
    ON d.SeriesId = w.ProjectKpiId
    AND d.Day >= w.FirstDay
    AND d.Day <= w.CutDay
    AND d.FactCount > 0
WHERE w.Aggregation <> 'ledger'
GROUP BY w.ProjectKpiId, w.ProjectId, w.KpiId, w.WeekStartDay, w.Week, w.WeekStart, w.DateKey, w.IsCurrent, w.FirstDay, w.CutDay
UNION ALL
SELECT
    w.ProjectKpiId,
    w.ProjectId,
    w.KpiId,
    w.WeekStartDay,
    w.Week,
    w.WeekStart,
    w.DateKey,
    w.IsCurrent,
    w.FirstDay,
    w.CutDay,
    COUNT(d.Day) AS MeasuredDays,
    MAX(d.Day) AS LastMeasuredDay,
    SUM(CAST(d.GainInvoiced AS FLOAT) + CAST(d.GainMeasured AS FLOAT) + CAST(d.GainEstimated AS FLOAT)) AS Numerator,
    SUM(CAST(d.CostInvoiced AS FLOAT) + CAST(d.CostMeasured AS FLOAT) + CAST(d.CostEstimated AS FLOAT)) AS Denominator,
    CAST(NULL AS FLOAT) AS RampSum
FROM ProjectKpiWeeks w
LEFT JOIN LedgerDayTotal d ON d.ProjectId = w.ProjectId AND d.Day <= w.CutDay
WHERE w.Aggregation = 'ledger'
GROUP BY w.ProjectKpiId, w.ProjectId, w.KpiId, w.WeekStartDay, w.Week, w.WeekStart, w.DateKey, w.IsCurrent, w.FirstDay, w.CutDay;
