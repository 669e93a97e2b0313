-- One row per project KPI: the baseline that the facts give now, and the target and tolerance that follow from it. Internal.
-- Launching copies this row onto the project KPI; afterwards it is the restated baseline.
CREATE VIEW ProjectKpiBaselines AS
SELECT
    t.ProjectKpiId,
    t.ProjectId,
    t.BaselineValue,
    t.BaselineNumerator,
    t.BaselineDenominator,
    t.MeasuredDays,
    t.DayCount,
    t.StandardError,
    t.ImmatureDays,
    t.TargetValue,
    CASE
        WHEN t.ChosenTolerance IS NOT NULL THEN t.ChosenTolerance
        WHEN t.BaselineValue IS NULL OR t.TargetValue IS NULL OR t.TargetValue = 0 THEN 0.1
        WHEN ABS(t.TargetValue - t.BaselineValue) / ABS(t.TargetValue) / 2 < 0.1 THEN ABS(t.TargetValue - t.BaselineValue) / ABS(t.TargetValue) / 2
        ELSE 0.1
    END AS Tolerance
FROM (
    SELECT
        b.ProjectKpiId,
        b.ProjectId,
        b.BaselineValue,
        b.BaselineNumerator,
        b.BaselineDenominator,
        b.MeasuredDays,
        b.DayCount,
        b.StandardError,
        b.ImmatureDays,
        b.ChosenTolerance,
        CASE b.ThresholdKind
            WHEN 'absolute' THEN b.ThresholdValue
            WHEN 'points' THEN b.BaselineValue + b.ThresholdValue
            ELSE b.BaselineValue + b.ThresholdValue * ABS(b.BaselineValue)
        END AS TargetValue
    FROM (
        SELECT
            w.ProjectKpiId,
            w.ProjectId,
            CASE
                WHEN k.Aggregation = 'ledger' THEN CAST(0 AS FLOAT)
                WHEN pk.DeclaredBaseline IS NOT NULL THEN pk.DeclaredBaseline
                ELSE w.WindowValue
            END AS BaselineValue,
            w.SumX AS BaselineNumerator,
            w.SumY AS BaselineDenominator,
            w.MeasuredDays,
            w.DayCount,
            CASE WHEN pk.DeclaredBaseline IS NULL THEN w.StandardError END AS StandardError,
            CASE
                WHEN k.Aggregation = 'ledger' OR pk.DeclaredBaseline IS NOT NULL THEN 0
                WHEN c.BaselineLastDay <= c.ClosedDay - COALESCE(pk.LagDays, k.LagDays, 0) THEN 0
                WHEN c.BaselineFirstDay > c.ClosedDay - COALESCE(pk.LagDays, k.LagDays, 0) THEN c.BaselineDays
                ELSE c.BaselineLastDay - (c.ClosedDay - COALESCE(pk.LagDays, k.LagDays, 0))
            END AS ImmatureDays,
            pk.ChosenTolerance,
            pk.ThresholdKind,
            pk.ThresholdValue
        FROM KpiWindows w
        JOIN ProjectKpi pk ON pk.ProjectKpiId = w.ProjectKpiId
        JOIN Kpi k ON k.KpiId = pk.KpiId
        JOIN ProjectClock c ON c.ProjectId = pk.ProjectId
        WHERE w.WindowName = 'baseline'
    ) b
) t;
