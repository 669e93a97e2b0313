-- One row per project KPI: its purpose, the baseline (sealed at launch, live before) beside the restated one, its target and whether that can be seen.
-- SmallestDetectableChange: 80 % power at 1 % two-sided, hence 3.42.
CREATE VIEW ProjectKpis AS
SELECT
    v.ProjectKpiId,
    v.ProjectId,
    v.KpiId,
    v.Purpose,
    v.ServesNorthStar,
    v.ThresholdKind,
    v.ThresholdValue,
    v.BaselineValue,
    v.RestatedBaselineValue,
    v.CoverageDays,
    v.ImmatureDays,
    v.TargetValue,
    v.Tolerance,
    v.GraceDays,
    v.LagDays,
    3.42 * SQRT(2) * v.StandardError AS SmallestDetectableChange,
    CASE
        WHEN v.StandardError IS NULL OR v.TargetValue IS NULL THEN NULL
        WHEN ABS(v.TargetValue - v.BaselineValue) >= 3.42 * SQRT(2) * v.StandardError THEN 1
        ELSE 0
    END AS Detectable,
    CASE
        WHEN v.BaselineValue IS NULL OR v.TargetValue IS NULL THEN NULL
        WHEN v.Sign * (v.BaselineValue - v.TargetValue) >= 0 THEN 1
        ELSE 0
    END AS TargetAlreadyMet,
    v.IsDeclared,
    v.LaunchedAtUtc,
    v.UpdatedAtUtc
FROM (
    SELECT
        b.ProjectKpiId,
        b.ProjectId,
        pk.KpiId,
        pk.Purpose,
        pk.ServesNorthStar,
        pk.ThresholdKind,
        pk.ThresholdValue,
        CASE WHEN pk.LaunchedAtUtc IS NULL THEN b.BaselineValue ELSE pk.BaselineValue END AS BaselineValue,
        b.BaselineValue AS RestatedBaselineValue,
        CASE WHEN pk.LaunchedAtUtc IS NULL THEN b.MeasuredDays ELSE pk.BaselineMeasuredDays END AS CoverageDays,
        b.ImmatureDays,
        CASE WHEN pk.LaunchedAtUtc IS NULL THEN b.TargetValue ELSE pk.TargetValue END AS TargetValue,
        CASE WHEN pk.LaunchedAtUtc IS NULL THEN b.Tolerance ELSE pk.Tolerance END AS Tolerance,
        CASE WHEN pk.LaunchedAtUtc IS NULL THEN b.StandardError ELSE pk.BaselineStandardError END AS StandardError,
        pk.GraceDays,
        COALESCE(pk.LagDays, k.LagDays, 0) AS LagDays,
        CASE WHEN k.Direction = 'decrease' THEN -1 ELSE 1 END AS Sign,
        CASE WHEN pk.DeclaredBaseline IS NULL THEN 0 ELSE 1 END AS IsDeclared,
        pk.LaunchedAtUtc,
        pk.UpdatedAtUtc
    FROM ProjectKpiBaselines b
    JOIN ProjectKpi pk ON pk.ProjectKpiId = b.ProjectKpiId
    JOIN Kpi k ON k.KpiId = pk.KpiId
) v;
