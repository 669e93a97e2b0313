-- One row per review up to asOf.
CREATE VIEW Reviews AS
SELECT
    r.ReviewId,
    r.ProjectId,
    c.Date AS ReviewedOn,
    c.DateKey,
    r.ReviewKind,
    r.Decision,
    r.Note,
    r.UpdatedAtUtc
FROM Scope s
JOIN Review r ON r.OrganisationId = s.OrganisationId AND r.ReviewedDay <= s.AsOfDay
JOIN Calendar c ON c.Day = r.ReviewedDay;
