-- One row per project KPI of a launched project: its dated outcome at the horizon and the evidence that something changed (steering page 6).
-- 2.58 is the 99 % factor: the days of one company are correlated, and the wider interval keeps false alarms near 5 %.
CREATE VIEW KpiOutcomes AS
SELECT
    o.ProjectKpiId,
    o.ProjectId,
    o.ProjectCode,
    o.KpiId,
    o.KpiCode,
    o.Unit,
    o.Currency,
    o.HorizonOn,
    CASE
        WHEN o.Standing = 'closed-early' THEN 'not_measurable'
        WHEN o.Standing = 'pending' THEN 'pending'
        WHEN o.BaselineValue IS NULL OR o.TargetValue IS NULL OR o.FinalValue IS NULL THEN 'not_measurable'
        WHEN ROUND(o.Sign * (o.FinalValue - o.TargetValue) / COALESCE(NULLIF(ABS(o.TargetValue), 0), 1), 6) >= 0 THEN 'achieved'
        ELSE 'missed'
    END AS Outcome,
    o.FinalValue,
    o.Change,
    o.Change / NULLIF(ABS(o.BaselineValue), 0) AS ChangePct,
    o.Change - o.HalfInterval AS ChangeLow,
    o.Change + o.HalfInterval AS ChangeHigh,
    CASE
        WHEN o.Standing <> 'decided' THEN NULL
        WHEN o.HalfInterval IS NULL OR o.Change IS NULL THEN 'insufficient'
        WHEN o.Sign = 1 AND o.Change - o.HalfInterval > 0 THEN 'clear'
        WHEN o.Sign = -1 AND o.Change + o.HalfInterval < 0 THEN 'clear'
        ELSE 'unclear'
    END AS Evidence
FROM (
    SELECT
        d.ProjectKpiId,
        d.ProjectId,
        p.Code AS ProjectCode,
        d.KpiId,
        k.Code AS KpiCode,
        k.Unit,
        CASE WHEN k.Unit = 'currency' THEN p.Currency END AS Currency,
        c.Date AS HorizonOn,
        d.Sign,
        d.Standing,
        d.BaselineValue,
        d.TargetValue,
        CASE WHEN d.Standing = 'decided' THEN d.WindowValue END AS FinalValue,
        CASE WHEN d.Standing = 'decided' THEN d.WindowValue - d.BaselineValue END AS Change,
        CASE WHEN d.Standing = 'decided' THEN 2.58 * SQRT(d.BaselineStandardError * d.BaselineStandardError + d.StandardError * d.StandardError) END AS HalfInterval
    FROM (
        SELECT
            w.ProjectKpiId,
            w.ProjectId,
            l.KpiId,
            l.Sign,
            l.HorizonDay,
            l.BaselineValue,
            l.BaselineStandardError,
            l.TargetValue,
            w.WindowValue,
            w.StandardError,
            CASE
                WHEN l.ClosedOnDay < l.HorizonDay THEN 'closed-early'
                WHEN l.HorizonDay + l.LagDays > l.ClosedDay THEN 'pending'
                ELSE 'decided'
            END AS Standing
        FROM ProjectKpiLine l
        JOIN KpiWindows w ON w.ProjectKpiId = l.ProjectKpiId
        WHERE w.WindowName = 'evaluation'
    ) d
    JOIN Project p ON p.ProjectId = d.ProjectId
    JOIN Kpi k ON k.KpiId = d.KpiId
    JOIN Calendar c ON c.Day = d.HorizonDay
) o;
