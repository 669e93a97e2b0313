-- One row per action that a review up to asOf decided: who does what until when, and when it was done, if that was by asOf.
-- DateKey is the day of the review.
CREATE VIEW ReviewActions AS
SELECT
    a.ReviewActionId,
    a.ReviewId,
    a.ProjectId,
    reviewed.Date AS ReviewedOn,
    reviewed.DateKey,
    a.ActionNumber,
    a.ActionText,
    a.Owner,
    due.Date AS DueOn,
    done.Date AS DoneOn,
    CASE WHEN a.DueDay < s.AsOfDay AND done.Day IS NULL THEN 1 ELSE 0 END AS IsOverdue,
    a.UpdatedAtUtc
FROM Scope s
JOIN ReviewAction a ON a.OrganisationId = s.OrganisationId AND a.ReviewedDay <= s.AsOfDay AND (s.ProjectId IS NULL OR a.ProjectId = s.ProjectId)
JOIN Calendar reviewed ON reviewed.Day = a.ReviewedDay
LEFT JOIN Calendar due ON due.Day = a.DueDay
LEFT JOIN Calendar done ON done.Day = a.DoneDay AND done.Day <= s.AsOfDay;
