-- One row per activity.
CREATE VIEW Activities AS
SELECT
    a.ActivityId,
    a.Code AS ActivityCode,
    a.Name AS ActivityName,
    a.UpdatedAtUtc
FROM Scope s
JOIN Activity a ON a.OrganisationId = s.OrganisationId;
