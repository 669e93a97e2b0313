-- One row: the organisation, the day as of which figures are asked, the last day that is over, and the one project that is asked about
-- (null: all). No organisation: no row.
-- First arm: the program, which sets organisation, as_of_day and closed_day with sp_set_session_context. Any session can set those
-- keys, so they count only for one that may read the tables anyway: a login that was given nothing but the views cannot borrow a tenant.
-- Second arm: a database login mapped to one organisation, on that organisation's current day. DATEDIFF counts days between instants
-- in UTC, hence the cast to a local date first.
CREATE VIEW Scope AS
SELECT
    CAST(SESSION_CONTEXT(N'organisation') AS BIGINT) AS OrganisationId,
    CAST(SESSION_CONTEXT(N'as_of_day') AS INT)       AS AsOfDay,
    CAST(SESSION_CONTEXT(N'closed_day') AS INT)      AS ClosedDay,
    CAST(SESSION_CONTEXT(N'project') AS BIGINT)      AS ProjectId
WHERE SESSION_CONTEXT(N'organisation') IS NOT NULL
    AND HAS_PERMS_BY_NAME(N'Organisation', N'OBJECT', N'SELECT') = 1
UNION ALL
SELECT
    t.OrganisationId,
    t.Today AS AsOfDay,
    t.Today - 1 AS ClosedDay,
    CAST(NULL AS BIGINT) AS ProjectId
FROM (
    SELECT
        o.OrganisationId,
        DATEDIFF(day, CAST('1970-01-01' AS DATE), CAST(SYSUTCDATETIME() AT TIME ZONE 'UTC' AT TIME ZONE o.WindowsTimeZone AS DATE)) AS Today
    FROM LoginOrganisation l
    JOIN Organisation o ON o.OrganisationId = l.OrganisationId
    WHERE l.LoginName = ORIGINAL_LOGIN()
) t
WHERE t.Today IS NOT NULL
    AND (SESSION_CONTEXT(N'organisation') IS NULL OR HAS_PERMS_BY_NAME(N'Organisation', N'OBJECT', N'SELECT') = 0);
