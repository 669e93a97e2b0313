-- One row per project KPI: what a sentence about its target and its outcome names beside the figures. Internal.
-- The two periods compared, the change that the target asks for, and what a month of the baseline counted: Σ denominator in 30 days, of a measured ratio.
CREATE VIEW ProjectKpiPeriods AS
SELECT
    b.ProjectKpiId,
    b.ProjectId,
    c.BaselineFirstDay,
    c.BaselineLastDay,
    c.HorizonDay - c.BaselineDays + 1 AS EvaluationFirstDay,
    c.HorizonDay AS EvaluationLastDay,
    CASE WHEN pk.LaunchedAtUtc IS NULL THEN b.TargetValue - b.BaselineValue ELSE pk.TargetValue - pk.BaselineValue END AS TargetChange,
    CASE
        WHEN k.Aggregation <> 'ratio' OR pk.DeclaredBaseline IS NOT NULL THEN NULL
        WHEN pk.LaunchedAtUtc IS NULL THEN b.BaselineDenominator * 30 / 1000000 / NULLIF(c.BaselineDays, 0)
        ELSE pk.BaselineDenominator * 30 / 1000000 / NULLIF(c.BaselineDays, 0)
    END AS MonthlyVolume,
    k.DenominatorLabel AS VolumeLabel
FROM ProjectKpiBaselines b
JOIN ProjectKpi pk ON pk.ProjectKpiId = b.ProjectKpiId
JOIN Kpi k ON k.KpiId = pk.KpiId
JOIN ProjectClock c ON c.ProjectId = b.ProjectId;
