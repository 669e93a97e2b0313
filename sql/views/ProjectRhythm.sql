-- One row per project: its latest review up to asOf, when the next is due (null unless running), and its actions that are open or overdue. Internal.
CREATE VIEW ProjectRhythm AS
SELECT
    u.ProjectId,
    u.LastReviewDay,
    CASE WHEN u.IsLaunched = 1 AND u.ClosedOnDay IS NULL THEN COALESCE(u.LastReviewDay, u.StartDay) + u.ReviewCadenceDays END AS NextReviewDay,
    u.OpenActions,
    u.OverdueActions,
    u.AsOfDay
FROM (
    SELECT
        x.ProjectId,
        x.StartDay,
        x.ClosedOnDay,
        x.IsLaunched,
        x.ReviewCadenceDays,
        x.AsOfDay,
        MAX(x.ReviewedDay) AS LastReviewDay,
        SUM(x.IsOpen) AS OpenActions,
        SUM(x.IsOverdue) AS OverdueActions
    FROM (
        SELECT c.ProjectId, c.StartDay, c.ClosedOnDay, c.IsLaunched, c.ReviewCadenceDays, c.AsOfDay, CAST(NULL AS INTEGER) AS ReviewedDay, 0 AS IsOpen, 0 AS IsOverdue
        FROM ProjectClock c
        UNION ALL
        SELECT c.ProjectId, c.StartDay, c.ClosedOnDay, c.IsLaunched, c.ReviewCadenceDays, c.AsOfDay, r.ReviewedDay, 0 AS IsOpen, 0 AS IsOverdue
        FROM ProjectClock c
        JOIN Review r ON r.ProjectId = c.ProjectId AND r.ReviewedDay <= c.AsOfDay
        UNION ALL
        SELECT
            c.ProjectId,
            c.StartDay,
            c.ClosedOnDay,
            c.IsLaunched,
            c.ReviewCadenceDays,
            c.AsOfDay,
            NULL AS ReviewedDay,
            1 AS IsOpen,
            CASE WHEN a.DueDay < c.AsOfDay THEN 1 ELSE 0 END AS IsOverdue
        FROM ProjectClock c
        JOIN ReviewAction a ON a.ProjectId = c.ProjectId AND a.ReviewedDay <= c.AsOfDay
        WHERE a.DoneDay IS NULL OR a.DoneDay > c.AsOfDay
    ) x
    GROUP BY x.ProjectId, x.StartDay, x.ClosedOnDay, x.IsLaunched, x.ReviewCadenceDays, x.AsOfDay
) u;
