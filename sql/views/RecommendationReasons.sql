-- One row per reason behind a project's recommendation: a code, the KPI it is about if any, and the figure behind it. Internal.
-- While the horizon runs: each KPI's current status with its drift. Once over: each outcome with the final value, and the ROI ratio.
CREATE VIEW RecommendationReasons AS
SELECT
    k.ProjectId,
    k.KpiCode,
    k.ProjectKpiId AS Position,
    k.Status AS ReasonCode,
    k.Drift AS ReasonValue
FROM KpiStatus k
JOIN ProjectPhases p ON p.ProjectId = k.ProjectId
WHERE p.Phase = 'running'
UNION ALL
SELECT
    o.ProjectId,
    o.KpiCode,
    o.ProjectKpiId AS Position,
    o.Outcome AS ReasonCode,
    o.FinalValue AS ReasonValue
FROM KpiOutcomes o
JOIN ProjectPhases p ON p.ProjectId = o.ProjectId
WHERE p.Phase = 'over'
UNION ALL
SELECT
    r.ProjectId,
    NULL AS KpiCode,
    0 AS Position,
    CASE
        WHEN r.RoiRatio IS NULL THEN 'roi-unknown'
        WHEN r.RoiReached = 1 THEN 'roi-reached'
        WHEN r.RoiRatio < 1 THEN 'roi-below-one'
        ELSE 'roi-below-threshold'
    END AS ReasonCode,
    r.RoiRatio AS ReasonValue
FROM ProjectRoi r
JOIN ProjectPhases p ON p.ProjectId = r.ProjectId
WHERE p.Phase = 'over'
UNION ALL
SELECT
    p.ProjectId,
    NULL AS KpiCode,
    0 AS Position,
    'closed-early' AS ReasonCode,
    CAST(NULL AS FLOAT) AS ReasonValue
FROM ProjectPhases p
WHERE p.Phase = 'closed-early';
