-- One row per project KPI, grain ('day', 'week', 'month') and period: a point ready to draw, up to asOf. Internal.
-- Numerator and Denominator divide to Value; expected follows steering page 4 over the period's judged days and is null elsewhere.
CREATE VIEW KpiSeries AS
SELECT
    g.ProjectKpiId,
    g.ProjectId,
    g.Grain,
    g.PeriodDay,
    g.LastDay,
    CASE WHEN g.MeasuredDays > 0 THEN CASE WHEN k.Aggregation = 'last' THEN CAST(d.LastNumerator AS FLOAT) ELSE g.Numerator END / 1000000 END AS Numerator,
    CASE WHEN g.MeasuredDays > 0 THEN CASE WHEN k.Aggregation = 'last' THEN CAST(1 AS FLOAT) ELSE g.Denominator / 1000000 END END AS Denominator,
    CASE
        WHEN g.MeasuredDays = 0 THEN NULL
        WHEN k.Aggregation = 'last' THEN CAST(d.LastNumerator AS FLOAT) / 1000000
        ELSE g.Numerator / NULLIF(g.Denominator, 0)
    END AS Value,
    CASE
        WHEN g.JudgedDays = 0 THEN NULL
        ELSE pk.BaselineValue + (pk.TargetValue - pk.BaselineValue) * CASE
            WHEN k.Aggregation = 'ratio' AND g.JudgedDenominator <> 0 THEN g.JudgedRampSum / g.JudgedDenominator
            WHEN k.Aggregation = 'last' AND g.LastJudgedRamp IS NOT NULL THEN g.LastJudgedRamp
            ELSE g.RampTotal / g.JudgedDays
        END / CASE WHEN p.HorizonDays - p.BaselineDays > 1 THEN CAST(p.HorizonDays - p.BaselineDays AS FLOAT) ELSE 1 END
    END AS Expected
FROM (
    SELECT
        x.ProjectKpiId,
        x.ProjectId,
        x.Grain,
        x.PeriodDay,
        MAX(x.Day) AS LastDay,
        SUM(x.IsMeasured) AS MeasuredDays,
        MAX(CASE WHEN x.IsMeasured = 1 THEN x.Day END) AS LastMeasuredDay,
        SUM(x.Numerator) AS Numerator,
        SUM(x.Denominator) AS Denominator,
        COUNT(x.Ramp) AS JudgedDays,
        CAST(SUM(x.Ramp) AS FLOAT) AS RampTotal,
        SUM(CASE WHEN x.Ramp IS NOT NULL THEN x.Denominator END) AS JudgedDenominator,
        SUM(x.Denominator * x.Ramp) AS JudgedRampSum,
        -- Ramp grows with the day, so the greatest measured one belongs to the latest measured day
        MAX(CASE WHEN x.IsMeasured = 1 THEN x.Ramp END) AS LastJudgedRamp
    FROM (
        SELECT sd.ProjectKpiId, sd.ProjectId, 'day' AS Grain, sd.Day AS PeriodDay, sd.Day, sd.IsMeasured, sd.Numerator, sd.Denominator, sd.Ramp
        FROM KpiSeriesDays sd
        UNION ALL
        SELECT sd.ProjectKpiId, sd.ProjectId, 'week' AS Grain, sd.Day - (sd.Day + 3) % 7 AS PeriodDay, sd.Day, sd.IsMeasured, sd.Numerator, sd.Denominator, sd.Ramp
        FROM KpiSeriesDays sd
        UNION ALL
        SELECT sd.ProjectKpiId, sd.ProjectId, 'month' AS Grain, cal.MonthStartDay AS PeriodDay, sd.Day, sd.IsMeasured, sd.Numerator, sd.Denominator, sd.Ramp
        FROM KpiSeriesDays sd
        JOIN Calendar cal ON cal.Day = sd.Day
    ) x
    GROUP BY x.ProjectKpiId, x.ProjectId, x.Grain, x.PeriodDay
) g
JOIN ProjectKpi pk ON pk.ProjectKpiId = g.ProjectKpiId
JOIN Project p ON p.ProjectId = g.ProjectId
JOIN Kpi k ON k.KpiId = pk.KpiId
LEFT JOIN KpiDayTotal d ON d.SeriesId = g.ProjectKpiId AND d.Day = g.LastMeasuredDay
UNION ALL
SELECT
    g.ProjectKpiId,
    g.ProjectId,
    g.Grain,
    g.PeriodDay,
    g.LastDay,
    SUM(CAST(t.GainInvoiced AS FLOAT) + CAST(t.GainMeasured AS FLOAT) + CAST(t.GainEstimated AS FLOAT)) / 10000 AS Numerator,
    SUM(CAST(t.CostInvoiced AS FLOAT) + CAST(t.CostMeasured AS FLOAT) + CAST(t.CostEstimated AS FLOAT)) / 10000 AS Denominator,
    SUM(CAST(t.GainInvoiced AS FLOAT) + CAST(t.GainMeasured AS FLOAT) + CAST(t.GainEstimated AS FLOAT)) / NULLIF(SUM(CAST(t.CostInvoiced AS FLOAT) + CAST(t.CostMeasured AS FLOAT) + CAST(t.CostEstimated AS FLOAT)), 0) AS Value,
    CASE
        WHEN g.IsLaunched = 0 OR g.LastDay < g.StartDay THEN NULL
        ELSE g.TargetValue * CAST(g.LastDay - g.StartDay + 1 AS FLOAT) / g.HorizonDays
    END AS Expected
FROM (
    SELECT
        l.ProjectKpiId,
        l.ProjectId,
        l.Grain,
        l.PeriodDay,
        l.IsLaunched,
        l.StartDay,
        l.HorizonDays,
        l.TargetValue,
        MAX(l.Day) AS LastDay
    FROM (
        SELECT pk.ProjectKpiId, pk.ProjectId, 'day' AS Grain, cal.Day AS PeriodDay, cal.Day, c.IsLaunched, c.StartDay, c.HorizonDays, pk.TargetValue
        FROM ProjectClock c
        JOIN ProjectKpi pk ON pk.ProjectId = c.ProjectId
        JOIN Kpi k ON k.KpiId = pk.KpiId AND k.Aggregation = 'ledger'
        JOIN Calendar cal ON cal.Day >= c.BaselineFirstDay AND cal.Day <= CASE WHEN c.EndDay < c.AsOfDay THEN c.EndDay ELSE c.AsOfDay END
        UNION ALL
        SELECT pk.ProjectKpiId, pk.ProjectId, 'week' AS Grain, cal.WeekStartDay AS PeriodDay, cal.Day, c.IsLaunched, c.StartDay, c.HorizonDays, pk.TargetValue
        FROM ProjectClock c
        JOIN ProjectKpi pk ON pk.ProjectId = c.ProjectId
        JOIN Kpi k ON k.KpiId = pk.KpiId AND k.Aggregation = 'ledger'
        JOIN Calendar cal ON cal.Day >= c.BaselineFirstDay AND cal.Day <= CASE WHEN c.EndDay < c.AsOfDay THEN c.EndDay ELSE c.AsOfDay END
        UNION ALL
        SELECT pk.ProjectKpiId, pk.ProjectId, 'month' AS Grain, cal.MonthStartDay AS PeriodDay, cal.Day, c.IsLaunched, c.StartDay, c.HorizonDays, pk.TargetValue
        FROM ProjectClock c
        JOIN ProjectKpi pk ON pk.ProjectId = c.ProjectId
        JOIN Kpi k ON k.KpiId = pk.KpiId AND k.Aggregation = 'ledger'
        JOIN Calendar cal ON cal.Day >= c.BaselineFirstDay AND cal.Day <= CASE WHEN c.EndDay < c.AsOfDay THEN c.EndDay ELSE c.AsOfDay END
    ) l
    GROUP BY l.ProjectKpiId, l.ProjectId, l.Grain, l.PeriodDay, l.IsLaunched, l.StartDay, l.HorizonDays, l.TargetValue
) g
LEFT JOIN LedgerDayTotal t ON t.ProjectId = g.ProjectId AND t.Day <= g.LastDay
GROUP BY g.ProjectKpiId, g.ProjectId, g.Grain, g.PeriodDay, g.LastDay, g.IsLaunched, g.StartDay, g.HorizonDays, g.TargetValue;
