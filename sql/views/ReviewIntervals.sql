-- One row per launched project and day that a next review is counted from: its start and each review up to asOf. Internal.
-- DueDay: a review that was held had to come within the cadence of its time, one that is still to come within that of the project.
CREATE VIEW ReviewIntervals AS
SELECT
    g.ProjectId,
    g.FromDay,
    g.FromDay + COALESCE(MAX(s.ReviewCadenceDays), g.ReviewCadenceDays) AS DueDay,
    g.NextDay,
    g.ClosedOnDay,
    g.AsOfDay
FROM (
    SELECT
        b.ProjectId,
        b.FromDay,
        b.ReviewCadenceDays,
        b.ClosedOnDay,
        b.AsOfDay,
        MIN(n.ReviewedDay) AS NextDay
    FROM (
        SELECT c.ProjectId, c.StartDay AS FromDay, c.ReviewCadenceDays, c.ClosedOnDay, c.AsOfDay
        FROM ProjectClock c
        WHERE c.IsLaunched = 1
        UNION ALL
        SELECT c.ProjectId, r.ReviewedDay AS FromDay, c.ReviewCadenceDays, c.ClosedOnDay, c.AsOfDay
        FROM ProjectClock c
        JOIN Review r ON r.ProjectId = c.ProjectId AND r.ReviewedDay <= c.AsOfDay
    ) b
    LEFT JOIN Review n ON n.ProjectId = b.ProjectId AND n.ReviewedDay > b.FromDay AND n.ReviewedDay <= b.AsOfDay
    GROUP BY b.ProjectId, b.FromDay, b.ReviewCadenceDays, b.ClosedOnDay, b.AsOfDay
) g
LEFT JOIN Review n ON n.ProjectId = g.ProjectId AND n.ReviewedDay = g.NextDay
LEFT JOIN ReviewSnapshot s ON s.ReviewId = n.ReviewId
GROUP BY g.ProjectId, g.FromDay, g.ReviewCadenceDays, g.NextDay, g.ClosedOnDay, g.AsOfDay;
