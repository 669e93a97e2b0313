-- One row per alert up to asOf: a status that turned to behind, an overdue review or action, a silent source, a decided outcome.
-- AlertId follows from what the alert is about, so the same alert has the same id on every day and after every correction.
CREATE VIEW Alerts AS
SELECT
    ev.EntityId * 1000000 + ev.IdentityDay * 10 + ev.KindNumber AS AlertId,
    ev.AlertKind,
    c.DateKey,
    c.Date,
    ev.ProjectId,
    p.Code AS ProjectCode,
    ev.ProjectKpiId,
    ev.KpiId,
    k.Code AS KpiCode,
    ev.ReviewActionId,
    w.Week,
    s.Source,
    ev.Outcome,
    ev.Drift,
    ev.UsualIntervalDays,
    CASE WHEN x.AlertId IS NULL THEN 0 ELSE 1 END AS IsAcknowledged,
    x.AcknowledgedAtUtc,
    ev.Day
FROM AlertEvents ev
JOIN Project p ON p.ProjectId = ev.ProjectId
JOIN Calendar c ON c.Day = ev.Day
LEFT JOIN Kpi k ON k.KpiId = ev.KpiId
LEFT JOIN CalendarWeek w ON w.WeekStartDay = ev.WeekStartDay
LEFT JOIN SeriesSource s ON s.SeriesSourceId = ev.SeriesSourceId
LEFT JOIN AlertAcknowledgement x ON x.OrganisationId = p.OrganisationId AND x.AlertId = ev.EntityId * 1000000 + ev.IdentityDay * 10 + ev.KindNumber;
