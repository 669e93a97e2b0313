-- One row: the organisation, the day as of which figures are asked, the last day that is over, and the one project that is asked about (null: all).
-- Null organisation: no rows anywhere.
-- It reads a table so that SQLite can merge it into the views that join it, and keep the order of their indexes.
-- The functions are registered on every connection by the program; their values are fixed before a statement runs.
CREATE VIEW Scope AS
SELECT
    o.OrganisationId,
    scope_as_of_day()    AS AsOfDay,
    scope_closed_day()   AS ClosedDay,
    scope_project()      AS ProjectId
FROM Organisation o
WHERE o.OrganisationId = scope_organisation();
