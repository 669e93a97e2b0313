-- One row per project and ledger category up to asOf, in the project's currency. Internal.
CREATE VIEW RoiCategories AS
SELECT
    c.ProjectId,
    t.Category,
    SUM(CAST(t.Gain AS FLOAT)) / 10000 AS Gain,
    SUM(CAST(t.Cost AS FLOAT)) / 10000 AS Cost
FROM ProjectClock c
JOIN LedgerCategoryTotal t ON t.ProjectId = c.ProjectId AND t.Day <= c.AsOfDay AND t.EntryCount > 0
GROUP BY c.ProjectId, t.Category;
