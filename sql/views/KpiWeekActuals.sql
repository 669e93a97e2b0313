-- One row per project KPI and week: actual, expected and noise (steering page 4). Internal.
CREATE VIEW KpiWeekActuals AS
SELECT
    e.ProjectKpiId,
    e.ProjectId,
    e.KpiId,
    e.WeekStartDay,
    e.Week,
    e.WeekStart,
    e.DateKey,
    e.IsCurrent,
    e.DayNumber,
    e.Actual,
    CASE
        WHEN ABS(e.Expected) < 0.000000000001 * ABS(e.BaselineValue) OR ABS(e.Expected) < 0.000000000001 * ABS(e.TargetValue) THEN CAST(0 AS FLOAT)
        ELSE e.Expected
    END AS Expected,
    CASE WHEN e.Actual IS NOT NULL THEN 1.64 * e.BaselineStandardError * SQRT(e.BaselineDayCount / NULLIF(e.DayCount, 0)) END AS Noise,
    e.IsProvisional
FROM (
    SELECT
        r.ProjectKpiId,
        r.ProjectId,
        r.KpiId,
        r.WeekStartDay,
        r.Week,
        r.WeekStart,
        r.DateKey,
        r.IsCurrent,
        r.DayNumber,
        r.DayCount,
        r.BaselineValue,
        r.BaselineStandardError,
        r.BaselineDayCount,
        r.TargetValue,
        CASE r.Aggregation
            WHEN 'sum' THEN CASE WHEN r.MeasuredDays > 0 THEN r.PerDays * r.Numerator / 1000000 / r.DayCount END
            WHEN 'last' THEN CAST(d.LastNumerator AS FLOAT) / 1000000
            ELSE r.Numerator / NULLIF(r.Denominator, 0)
        END AS Actual,
        r.BaselineValue + (r.TargetValue - r.BaselineValue) * CASE
            WHEN r.Aggregation = 'ledger' THEN r.HorizonShare
            WHEN r.Aggregation = 'ratio' AND r.Denominator <> 0 THEN r.RampSum / r.Denominator / r.RampDays
            WHEN r.Aggregation = 'last' AND r.LastMeasuredDay - r.StartDay + 1 < r.RampDays THEN (r.LastMeasuredDay - r.StartDay + 1) / r.RampDays
            WHEN r.Aggregation = 'last' AND r.LastMeasuredDay IS NOT NULL THEN 1
            ELSE r.MeanRamp
        END AS Expected,
        r.IsProvisional
    FROM (
        SELECT
            g.ProjectKpiId,
            g.ProjectId,
            g.KpiId,
            g.WeekStartDay,
            g.Week,
            g.WeekStart,
            g.DateKey,
            g.IsCurrent,
            l.Aggregation,
            l.StartDay,
            CAST(l.PerDays AS FLOAT) AS PerDays,
            CAST(l.RampDays AS FLOAT) AS RampDays,
            l.BaselineValue,
            l.BaselineStandardError,
            CAST(l.BaselineDayCount AS FLOAT) AS BaselineDayCount,
            l.TargetValue,
            g.MeasuredDays,
            g.LastMeasuredDay,
            g.Numerator,
            g.Denominator,
            g.RampSum,
            g.CutDay - l.StartDay + 1 AS DayNumber,
            CASE WHEN l.Aggregation = 'sum' THEN CAST(g.CutDay - g.FirstDay + 1 AS FLOAT) ELSE CAST(g.MeasuredDays AS FLOAT) END AS DayCount,
            CASE
                WHEN g.CutDay - l.StartDay + 1 >= l.HorizonDays THEN 1
                ELSE CAST(g.CutDay - l.StartDay + 1 AS FLOAT) / l.HorizonDays
            END AS HorizonShare,
            -- mean of min(1, i / R) over the days from i1 to i2: an arithmetic series up to R, then ones
            CASE
                WHEN g.FirstDay - l.StartDay + 1 >= l.RampDays THEN 1
                WHEN g.CutDay - l.StartDay + 1 <= l.RampDays THEN CAST(g.FirstDay - l.StartDay + 1 + g.CutDay - l.StartDay + 1 AS FLOAT) / 2 / l.RampDays
                ELSE (
                    CAST(g.FirstDay - l.StartDay + 1 + l.RampDays AS FLOAT) * (l.RampDays - (g.FirstDay - l.StartDay)) / 2
                    + CAST(g.CutDay - l.StartDay + 1 - l.RampDays AS FLOAT) * l.RampDays
                ) / (g.CutDay - g.FirstDay + 1) / l.RampDays
            END AS MeanRamp,
            CASE
                WHEN CASE WHEN g.WeekStartDay + 6 < l.EndDay THEN g.WeekStartDay + 6 ELSE l.EndDay END + l.LagDays > l.ClosedDay THEN 1
                ELSE 0
            END AS IsProvisional
        FROM KpiWeekSums g
        JOIN ProjectKpiLine l ON l.ProjectKpiId = g.ProjectKpiId
    ) r
    LEFT JOIN KpiDayTotal d ON d.SeriesId = r.ProjectKpiId AND d.Day = r.LastMeasuredDay AND r.Aggregation = 'last'
) e;
