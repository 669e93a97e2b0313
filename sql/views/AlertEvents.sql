-- One row per alert: what happened, to which thing (EntityId), and the day that tells it from another of its kind (IdentityDay). Internal.
-- Day is the first day as of which it holds: a week or source is judged at the end of a day, a review or action is overdue the day after it was due.
CREATE VIEW AlertEvents AS
SELECT
    1 AS KindNumber,
    'status-behind' AS AlertKind,
    t.ProjectKpiId AS EntityId,
    t.WeekStartDay AS IdentityDay,
    CASE WHEN t.WeekStartDay + 6 < l.EndDay THEN t.WeekStartDay + 6 ELSE l.EndDay END + l.LagDays AS Day,
    t.ProjectId,
    t.ProjectKpiId,
    t.KpiId,
    CAST(NULL AS BIGINT) AS ReviewActionId,
    CAST(NULL AS BIGINT) AS SeriesSourceId,
    t.WeekStartDay,
    NULL AS Outcome,
    t.Drift,
    CAST(NULL AS FLOAT) AS UsualIntervalDays
FROM KpiTurns t
JOIN ProjectKpiLine l ON l.ProjectKpiId = t.ProjectKpiId
UNION ALL
SELECT
    5 AS KindNumber,
    'outcome-decided' AS AlertKind,
    o.ProjectKpiId AS EntityId,
    l.HorizonDay AS IdentityDay,
    l.HorizonDay + l.LagDays AS Day,
    o.ProjectId,
    o.ProjectKpiId,
    o.KpiId,
    NULL AS ReviewActionId,
    NULL AS SeriesSourceId,
    CAST(NULL AS INTEGER) AS WeekStartDay,
    o.Outcome,
    CAST(NULL AS FLOAT) AS Drift,
    NULL AS UsualIntervalDays
FROM KpiOutcomes o
JOIN ProjectKpiLine l ON l.ProjectKpiId = o.ProjectKpiId
WHERE o.Evidence IS NOT NULL
UNION ALL
SELECT
    2 AS KindNumber,
    'review-overdue' AS AlertKind,
    i.ProjectId AS EntityId,
    i.FromDay AS IdentityDay,
    i.DueDay + 1 AS Day,
    i.ProjectId,
    NULL AS ProjectKpiId,
    NULL AS KpiId,
    NULL AS ReviewActionId,
    NULL AS SeriesSourceId,
    NULL AS WeekStartDay,
    NULL AS Outcome,
    NULL AS Drift,
    NULL AS UsualIntervalDays
FROM ReviewIntervals i
WHERE i.DueDay < i.AsOfDay
    AND (i.NextDay IS NULL OR i.DueDay < i.NextDay)
    AND (i.ClosedOnDay IS NULL OR i.DueDay < i.ClosedOnDay)
UNION ALL
SELECT
    3 AS KindNumber,
    'action-overdue' AS AlertKind,
    a.ReviewActionId AS EntityId,
    a.DueDay AS IdentityDay,
    a.DueDay + 1 AS Day,
    a.ProjectId,
    NULL AS ProjectKpiId,
    NULL AS KpiId,
    a.ReviewActionId,
    NULL AS SeriesSourceId,
    NULL AS WeekStartDay,
    NULL AS Outcome,
    NULL AS Drift,
    NULL AS UsualIntervalDays
FROM ProjectClock c
JOIN ReviewAction a ON a.ProjectId = c.ProjectId AND a.ReviewedDay <= c.AsOfDay AND a.DueDay < c.AsOfDay
WHERE a.DoneDay IS NULL OR a.DoneDay > a.DueDay
UNION ALL
SELECT
    4 AS KindNumber,
    'source-silent' AS AlertKind,
    s.SeriesSourceId AS EntityId,
    s.LastDay AS IdentityDay,
    s.SilentDay AS Day,
    s.ProjectId,
    s.ProjectKpiId,
    s.KpiId,
    NULL AS ReviewActionId,
    s.SeriesSourceId,
    NULL AS WeekStartDay,
    NULL AS Outcome,
    NULL AS Drift,
    s.UsualIntervalDays
FROM SourceSilences s;
