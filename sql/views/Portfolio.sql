-- One row per project, everything on one flat row: status, recommendation (steering page 7), KPI counts, ROI, the next review and open actions.
CREATE VIEW Portfolio AS
SELECT
    f.ProjectId,
    f.ProjectCode,
    f.ProjectName,
    f.ActivityId,
    f.ActivityCode,
    f.ActivityName,
    f.ProjectStatus,
    f.StartsOn,
    f.EndsOn,
    f.Phase,
    CASE
        WHEN f.Phase = 'draft' OR f.Phase = 'closed-early' THEN NULL
        WHEN f.Phase = 'running' AND f.KpisOnTrack + f.KpisAtRisk + f.KpisBehind = 0 THEN 'insufficient_data'
        WHEN f.Phase = 'running' AND f.KpisBehind > 0 THEN 'adjust'
        WHEN f.Phase = 'running' THEN 'continue'
        WHEN f.KpisAchieved + f.KpisMissed = 0 AND f.RoiRatio IS NULL THEN 'insufficient_data'
        WHEN f.KpisAchieved = 0 AND (f.RoiRatio IS NULL OR f.RoiRatio < 1) THEN 'stop'
        WHEN f.KpisAchieved > 0 AND f.KpisMissed = 0 AND (f.RoiRatio IS NULL OR f.RoiRatio >= f.RoiThreshold) THEN 'continue'
        ELSE 'adjust'
    END AS Recommendation,
    f.KpiCount,
    f.KpisOnTrack,
    f.KpisAtRisk,
    f.KpisBehind,
    f.KpisAchieved,
    f.KpisMissed,
    f.Currency,
    f.Gain,
    f.Cost,
    f.Net,
    f.RoiRatio,
    f.RoiReturn,
    f.RoiThreshold,
    f.RoiReached,
    f.PaybackOn,
    latest.Date AS LastReviewOn,
    due.Date AS NextReviewOn,
    CASE WHEN f.NextReviewDay < f.AsOfDay THEN 1 ELSE 0 END AS ReviewIsOverdue,
    f.OpenActions,
    f.OverdueActions
FROM (
    SELECT
        p.ProjectId,
        p.ProjectCode,
        p.ProjectName,
        p.ActivityId,
        a.Code AS ActivityCode,
        a.Name AS ActivityName,
        p.ProjectStatus,
        p.StartsOn,
        p.EndsOn,
        ph.Phase,
        v.KpiCount,
        v.KpisOnTrack,
        v.KpisAtRisk,
        v.KpisBehind,
        v.KpisAchieved,
        v.KpisMissed,
        r.Currency,
        r.Gain,
        r.Cost,
        r.Net,
        r.RoiRatio,
        r.RoiReturn,
        r.RoiThreshold,
        r.RoiReached,
        r.PaybackOn,
        y.LastReviewDay,
        y.NextReviewDay,
        y.OpenActions,
        y.OverdueActions,
        y.AsOfDay
    FROM Projects p
    JOIN ProjectPhases ph ON ph.ProjectId = p.ProjectId
    JOIN ProjectVerdicts v ON v.ProjectId = p.ProjectId
    JOIN ProjectRoi r ON r.ProjectId = p.ProjectId
    JOIN ProjectRhythm y ON y.ProjectId = p.ProjectId
    JOIN Activity a ON a.ActivityId = p.ActivityId
) f
LEFT JOIN Calendar latest ON latest.Day = f.LastReviewDay
LEFT JOIN Calendar due ON due.Day = f.NextReviewDay;
