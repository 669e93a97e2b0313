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
FROM (
    SELECT
        l.ProjectKpiId,
        l.ProjectId,
        l.KpiId,
        l.StartDay,
        l.RampDays,
        cw.WeekStartDay,
        cw.Week,
        cw.WeekStart,
        cw.DateKey,
        CASE WHEN cw.WeekStartDay = l.CurrentWeekDay THEN 1 ELSE 0 END AS IsCurrent,
        CASE WHEN cw.WeekStartDay < l.StartDay THEN l.StartDay ELSE cw.WeekStartDay END AS FirstDay,
        CASE WHEN cw.WeekStartDay + 6 < l.LastDay THEN cw.WeekStartDay + 6 ELSE l.LastDay END AS CutDay
    FROM ProjectKpiLine l
    JOIN CalendarWeek cw ON cw.WeekStartDay >= l.FirstWeekDay AND cw.WeekStartDay <= l.LastDay
    WHERE l.Aggregation <> 'ledger' AND l.LastDay >= l.StartDay
) w
LEFT JOIN KpiDayTotal d
    ON d.SeriesId = w.ProjectKpiId
    AND d.Day >= w.FirstDay
    AND d.Day <= w.CutDay
    AND d.FactCount > 0
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
    SUM(CAST(d.GainInvoiced + d.GainMeasured + d.GainEstimated AS FLOAT)) AS Numerator,
    SUM(CAST(d.CostInvoiced + d.CostMeasured + d.CostEstimated AS FLOAT)) AS Denominator,
    CAST(NULL AS FLOAT) AS RampSum
FROM (
    SELECT
        l.ProjectKpiId,
        l.ProjectId,
        l.KpiId,
        cw.WeekStartDay,
        cw.Week,
        cw.WeekStart,
        cw.DateKey,
        CASE WHEN cw.WeekStartDay = l.CurrentWeekDay THEN 1 ELSE 0 END AS IsCurrent,
        CASE WHEN cw.WeekStartDay < l.StartDay THEN l.StartDay ELSE cw.WeekStartDay END AS FirstDay,
        CASE WHEN cw.WeekStartDay + 6 < l.LastDay THEN cw.WeekStartDay + 6 ELSE l.LastDay END AS CutDay
    FROM ProjectKpiLine l
    JOIN CalendarWeek cw ON cw.WeekStartDay >= l.FirstWeekDay AND cw.WeekStartDay <= l.LastDay
    WHERE l.Aggregation = 'ledger' AND l.LastDay >= l.StartDay
) w
LEFT JOIN LedgerDayTotal d ON d.ProjectId = w.ProjectId AND d.Day <= w.CutDay
GROUP BY w.ProjectKpiId, w.ProjectId, w.KpiId, w.WeekStartDay, w.Week, w.WeekStart, w.DateKey, w.IsCurrent, w.FirstDay, w.CutDay;
