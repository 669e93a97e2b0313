-- Optional. A third wall between organisations, in the tables themselves: a session sees and changes rows of its organisation only, whatever a statement forgets.
-- The program sets `organisation` of each session from the credential of the request and seals it. A session of the program without one is between
-- requests: it looks up keys and keeps house, so it sees all, as an administrator does. A login that may not read the tables, such as a member of
-- KpiReader, sees the organisation that it is mapped to, whatever it says of itself.
-- Not for Babelfish. Apply by hand as an owner of the database, again after each upgrade that adds tables; it may be applied any number of times.
-- To take it away: the first four statements.
DROP SECURITY POLICY IF EXISTS dbo.OrganisationWalls;
GO
DROP FUNCTION IF EXISTS dbo.LoginWall, dbo.SeriesWall, dbo.SourceWall, dbo.ProjectWall;
GO
DROP FUNCTION IF EXISTS dbo.OrganisationWall;
GO
CREATE FUNCTION dbo.OrganisationWall (@OrganisationId BIGINT)
RETURNS TABLE
WITH SCHEMABINDING
AS
RETURN
    SELECT 1 AS IsOpen
    WHERE (HAS_PERMS_BY_NAME(N'dbo.Organisation', N'OBJECT', N'SELECT') = 1
            AND (SESSION_CONTEXT(N'organisation') IS NULL OR CAST(SESSION_CONTEXT(N'organisation') AS BIGINT) = @OrganisationId))
        OR EXISTS (
            SELECT 1
            FROM dbo.LoginOrganisation l
            WHERE l.LoginName = ORIGINAL_LOGIN()
                AND l.OrganisationId = @OrganisationId
        );
GO
CREATE FUNCTION dbo.SeriesWall (@SeriesId BIGINT)
RETURNS TABLE
WITH SCHEMABINDING
AS
RETURN
    SELECT 1 AS IsOpen
    FROM dbo.Series s
    CROSS APPLY dbo.OrganisationWall(s.OrganisationId) w
    WHERE s.SeriesId = @SeriesId;
GO
CREATE FUNCTION dbo.SourceWall (@SeriesSourceId BIGINT)
RETURNS TABLE
WITH SCHEMABINDING
AS
RETURN
    SELECT 1 AS IsOpen
    FROM dbo.SeriesSource s
    CROSS APPLY dbo.OrganisationWall(s.OrganisationId) w
    WHERE s.SeriesSourceId = @SeriesSourceId;
GO
CREATE FUNCTION dbo.ProjectWall (@ProjectId BIGINT)
RETURNS TABLE
WITH SCHEMABINDING
AS
RETURN
    SELECT 1 AS IsOpen
    FROM dbo.Project p
    CROSS APPLY dbo.OrganisationWall(p.OrganisationId) w
    WHERE p.ProjectId = @ProjectId;
GO
-- Of the map itself: read by the wall above, so it asks nothing but the session.
CREATE FUNCTION dbo.LoginWall (@LoginName NVARCHAR(128), @OrganisationId BIGINT)
RETURNS TABLE
WITH SCHEMABINDING
AS
RETURN
    SELECT 1 AS IsOpen
    WHERE @LoginName = ORIGINAL_LOGIN()
        OR (HAS_PERMS_BY_NAME(N'dbo.LoginOrganisation', N'OBJECT', N'SELECT') = 1
            AND (SESSION_CONTEXT(N'organisation') IS NULL OR CAST(SESSION_CONTEXT(N'organisation') AS BIGINT) = @OrganisationId));
GO
CREATE SECURITY POLICY dbo.OrganisationWalls
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.Organisation,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.Organisation,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.ApiKey,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.ApiKey,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.IdempotencyRecord,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.IdempotencyRecord,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.Activity,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.Activity,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.Kpi,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.Kpi,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.Project,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.Project,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.Series,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.Series,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.ProjectKpi,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.ProjectKpi,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.NorthStar,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.NorthStar,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.Measurement,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.Measurement,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.MeasurementStaging,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.MeasurementStaging,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.MeasurementHistory,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.MeasurementHistory,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.Deletion,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.Deletion,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.LedgerEntry,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.LedgerEntry,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.LedgerStaging,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.LedgerStaging,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.LedgerEntryHistory,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.LedgerEntryHistory,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.Review,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.Review,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.ReviewAction,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.ReviewAction,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.ReviewSnapshot,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.ReviewSnapshot,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.Upload,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.Upload,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.UploadFault,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.UploadFault,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.ImportProfile,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.ImportProfile,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.SeriesSource,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.SeriesSource,
    ADD FILTER PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.AlertAcknowledgement,
    ADD BLOCK PREDICATE dbo.OrganisationWall(OrganisationId) ON dbo.AlertAcknowledgement,
    ADD FILTER PREDICATE dbo.SeriesWall(SeriesId) ON dbo.KpiDayTotal,
    ADD BLOCK PREDICATE dbo.SeriesWall(SeriesId) ON dbo.KpiDayTotal,
    ADD FILTER PREDICATE dbo.SourceWall(SeriesSourceId) ON dbo.SourceDayTotal,
    ADD BLOCK PREDICATE dbo.SourceWall(SeriesSourceId) ON dbo.SourceDayTotal,
    ADD FILTER PREDICATE dbo.ProjectWall(ProjectId) ON dbo.LedgerDayTotal,
    ADD BLOCK PREDICATE dbo.ProjectWall(ProjectId) ON dbo.LedgerDayTotal,
    ADD FILTER PREDICATE dbo.ProjectWall(ProjectId) ON dbo.LedgerCategoryTotal,
    ADD BLOCK PREDICATE dbo.ProjectWall(ProjectId) ON dbo.LedgerCategoryTotal,
    ADD FILTER PREDICATE dbo.LoginWall(LoginName, OrganisationId) ON dbo.LoginOrganisation,
    ADD BLOCK PREDICATE dbo.LoginWall(LoginName, OrganisationId) ON dbo.LoginOrganisation
    WITH (STATE = ON);
