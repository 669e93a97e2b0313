-- One row per project: the days that bound its figures. Internal.
-- A closing dated after asOf is not known yet, so it is null here.
CREATE VIEW ProjectClock AS
SELECT
    p.ProjectId,
    p.StartDay,
    p.BaselineDays,
    p.HorizonDays,
    p.StartDay - p.BaselineDays AS BaselineFirstDay,
    p.StartDay - 1 AS BaselineLastDay,
    p.StartDay + p.HorizonDays - 1 AS HorizonDay,
    CASE WHEN p.ClosedOnDay <= s.AsOfDay THEN p.ClosedOnDay END AS ClosedOnDay,
    CASE
        WHEN p.ClosedOnDay <= s.AsOfDay AND p.ClosedOnDay < p.StartDay + p.HorizonDays - 1 THEN p.ClosedOnDay
        ELSE p.StartDay + p.HorizonDays - 1
    END AS EndDay,
    p.ReviewCadenceDays,
    p.RoiThreshold,
    p.Currency,
    p.Code AS ProjectCode,
    p.UpdatedAtUtc,
    CASE WHEN p.LaunchedAtUtc IS NULL THEN 0 ELSE 1 END AS IsLaunched,
    s.AsOfDay,
    s.ClosedDay
FROM Scope s
JOIN Project p ON p.OrganisationId = s.OrganisationId AND (s.ProjectId IS NULL OR p.ProjectId = s.ProjectId);
