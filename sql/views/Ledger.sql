-- One row per ledger entry up to asOf. Amount is in the project's currency, excluding VAT; a negative amount is a credit note of its kind.
CREATE VIEW Ledger AS
SELECT
    e.LedgerEntryId,
    e.ProjectId,
    e.DateKey,
    c.Date,
    e.Kind,
    e.Category,
    CAST(e.Amount AS FLOAT) / 10000 AS Amount,
    p.Currency,
    e.Evidence,
    e.Label,
    e.Source,
    e.ExternalId,
    e.UpdatedAtUtc
FROM Scope s
JOIN LedgerEntry e ON e.OrganisationId = s.OrganisationId AND e.Day <= s.AsOfDay
JOIN Project p ON p.ProjectId = e.ProjectId
JOIN Calendar c ON c.Day = e.Day;
