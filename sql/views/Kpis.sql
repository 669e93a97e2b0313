-- One row per KPI definition.
CREATE VIEW Kpis AS
SELECT
    k.KpiId,
    k.Code AS KpiCode,
    k.NameFr,
    k.NameEn,
    k.Domain,
    k.Unit,
    k.Direction,
    k.Aggregation,
    k.PerDays,
    k.NumeratorLabel,
    k.DenominatorLabel,
    k.IsCatalog,
    k.UpdatedAtUtc
FROM Scope s
JOIN Kpi k ON k.OrganisationId = s.OrganisationId;
