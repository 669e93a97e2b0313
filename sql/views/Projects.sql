-- One row per project. EndsOn is the last day of its horizon; ProjectStatus is as of asOf.
CREATE VIEW Projects AS
SELECT
    p.ProjectId,
    p.Code AS ProjectCode,
    p.Name AS ProjectName,
    p.ActivityId,
    p.Objective,
    p.Template,
    starts.Date AS StartsOn,
    ends.Date AS EndsOn,
    closes.Date AS ClosedOn,
    CASE
        WHEN p.LaunchedAtUtc IS NULL THEN 'draft'
        WHEN c.ClosedOnDay IS NULL THEN 'running'
        ELSE 'closed'
    END AS ProjectStatus,
    p.Currency,
    p.BaselineDays,
    p.HorizonDays,
    p.RoiThreshold,
    p.ReviewCadenceDays,
    p.LaunchedAtUtc,
    p.UpdatedAtUtc
FROM ProjectClock c
JOIN Project p ON p.ProjectId = c.ProjectId
JOIN Calendar starts ON starts.Day = c.StartDay
JOIN Calendar ends ON ends.Day = c.HorizonDay
LEFT JOIN Calendar closes ON closes.Day = c.ClosedOnDay;
