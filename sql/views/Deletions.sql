-- One row per removed or re-dated row of a fact feed. DateKey is the day that the row stood on.
CREATE VIEW Deletions AS
SELECT
    d.DeletionId,
    d.Feed,
    d.RowKey AS [Key],
    d.DateKey,
    d.DeletedAtUtc
FROM Scope s
JOIN Deletion d ON d.OrganisationId = s.OrganisationId;
