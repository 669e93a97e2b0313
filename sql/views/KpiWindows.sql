-- One row per project KPI and window: its value and the standard error of that value (steering page 2 and 6). Internal.
-- DayCount is n of the steering page: measured days, or every calendar day of the window for `sum`.
CREATE VIEW KpiWindows AS
SELECT
    y.ProjectKpiId,
    y.ProjectId,
    y.WindowName,
    y.MeasuredDays,
    y.DayCount,
    y.SumX,
    y.SumY,
    CASE y.Aggregation
        WHEN 'last' THEN CAST(d.LastNumerator AS FLOAT) / 1000000
        WHEN 'sum' THEN CASE WHEN y.MeasuredDays > 0 THEN y.SumX / NULLIF(y.SumY, 0) END
        ELSE y.SumX / NULLIF(y.SumY, 0)
    END AS WindowValue,
    CASE
        WHEN y.MeasuredDays < 7 OR y.Aggregation = 'last' OR y.Aggregation = 'ledger' THEN NULL
        ELSE
            SQRT(
                CASE
                    WHEN y.SumXX - 2 * (y.SumX / NULLIF(y.SumY, 0)) * y.SumXY + (y.SumX / NULLIF(y.SumY, 0)) * (y.SumX / NULLIF(y.SumY, 0)) * y.SumYY < 0.000000000001 * y.SumXX THEN 0
                    ELSE y.SumXX - 2 * (y.SumX / NULLIF(y.SumY, 0)) * y.SumXY + (y.SumX / NULLIF(y.SumY, 0)) * (y.SumX / NULLIF(y.SumY, 0)) * y.SumYY
                END / NULLIF(y.DayCount - 1, 0) / y.DayCount
            ) * y.DayCount / ABS(NULLIF(y.SumY, 0))
    END AS StandardError
FROM (
    SELECT
        w.ProjectKpiId,
        w.ProjectId,
        w.WindowName,
        k.Aggregation,
        w.MeasuredDays,
        w.LastMeasuredDay,
        CASE WHEN k.Aggregation = 'sum' THEN CAST(w.LastDay - w.FirstDay + 1 AS FLOAT) ELSE CAST(w.MeasuredDays AS FLOAT) END AS DayCount,
        COALESCE(w.SumX, CAST(0 AS FLOAT)) AS SumX,
        CASE WHEN k.Aggregation = 'sum' THEN (w.LastDay - w.FirstDay + 1) * 1000000 / CAST(k.PerDays AS FLOAT) ELSE COALESCE(w.SumY, CAST(0 AS FLOAT)) END AS SumY,
        w.SumXX,
        CASE WHEN k.Aggregation = 'sum' THEN w.SumX * 1000000 / CAST(k.PerDays AS FLOAT) ELSE w.SumXY END AS SumXY,
        CASE WHEN k.Aggregation = 'sum' THEN (w.LastDay - w.FirstDay + 1) * (1000000 / CAST(k.PerDays AS FLOAT)) * (1000000 / CAST(k.PerDays AS FLOAT)) ELSE w.SumYY END AS SumYY
    FROM KpiWindowSums w
    JOIN ProjectKpi pk ON pk.ProjectKpiId = w.ProjectKpiId
    JOIN Kpi k ON k.KpiId = pk.KpiId
) y
LEFT JOIN KpiDayTotal d ON d.SeriesId = y.ProjectKpiId AND d.Day = y.LastMeasuredDay;
