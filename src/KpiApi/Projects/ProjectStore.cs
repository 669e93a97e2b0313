using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Projects;

/// <summary>Projects: from draft over launch to close.</summary>
internal sealed class ProjectStore(Database database)
{
    private const string Columns = """
        SELECT
            p.ProjectId, p.ProjectCode AS Code, p.ProjectName AS Name, a.Code AS Activity, p.ProjectStatus AS Status, p.StartsOn, p.EndsOn, p.ClosedOn, p.Currency,
            p.Objective, p.Template, p.BaselineDays, p.HorizonDays, p.RoiThreshold, p.ReviewCadenceDays, p.LaunchedAtUtc AS LaunchedAt
        FROM Projects p
        JOIN Activity a ON a.ActivityId = p.ActivityId

        """;

    // What contains a text changes when it is taken out. LIKE would want its signs escaped, which not every engine does alike.
    private const string Filters = """
        WHERE (@status IS NULL OR p.ProjectStatus = @status)
            AND (@activity IS NULL OR a.Code = @activity)
            AND (@q IS NULL OR REPLACE(p.ProjectName, @q, '') <> p.ProjectName OR REPLACE(LOWER(p.ProjectName), LOWER(@q), '') <> LOWER(p.ProjectName) OR REPLACE(p.ProjectCode, LOWER(@q), '') <> p.ProjectCode)
            AND
        """;

    private const string SelectByCode = Columns + Filters + " p.ProjectCode > @afterCode ORDER BY p.ProjectCode";

    private const string SelectByName = Columns + Filters
        + " (p.ProjectName > @afterValue OR (p.ProjectName = @afterValue AND p.ProjectCode > @afterCode)) ORDER BY p.ProjectName, p.ProjectCode";

    private const string SelectByStart = Columns + Filters
        + " (p.StartsOn > @afterValue OR (p.StartsOn = @afterValue AND p.ProjectCode > @afterCode)) ORDER BY p.StartsOn, p.ProjectCode";

    private const string SelectByStartDescending = Columns + Filters
        + " (@afterValue = '' OR p.StartsOn < @afterValue OR (p.StartsOn = @afterValue AND p.ProjectCode > @afterCode)) ORDER BY p.StartsOn DESC, p.ProjectCode";

    private const string SelectOne = Columns + "WHERE p.ProjectCode = @code";
    private const string SelectActivityId = "SELECT ActivityId FROM Activity WHERE OrganisationId = @OrganisationId AND Code = @code";
    private const string CountTemplate = "SELECT COUNT(*) FROM Template WHERE Code = @code";

    private const string Insert = """
        INSERT INTO Project (OrganisationId, ActivityId, Code, Name, Objective, Template, StartDay, Currency, BaselineDays, HorizonDays, RoiThreshold, ReviewCadenceDays, Version, CreatedAtUtc, UpdatedAtUtc)
        VALUES (@OrganisationId, @ActivityId, @Code, @Name, @Objective, @Template, @StartDay, @Currency, @BaselineDays, @HorizonDays, @RoiThreshold, @ReviewCadenceDays, 1, @Now, @Now)
        """;

    private const string Update = """
        UPDATE Project
        SET ActivityId = @ActivityId, Name = @Name, Objective = @Objective, StartDay = @StartDay, Currency = @Currency, BaselineDays = @BaselineDays, HorizonDays = @HorizonDays,
            RoiThreshold = @RoiThreshold, ReviewCadenceDays = @ReviewCadenceDays, Version = Version + 1, UpdatedAtUtc = @Now
        WHERE OrganisationId = @OrganisationId AND ProjectId = @ProjectId
        """;

    private const string MoveSeries = "UPDATE Series SET ActivityId = @ActivityId WHERE OrganisationId = @OrganisationId AND ProjectId = @ProjectId";

    private const string CountMeasurements = """
        SELECT COUNT(*) FROM Series s JOIN KpiDayTotal d ON d.SeriesId = s.SeriesId WHERE s.OrganisationId = @OrganisationId AND s.ProjectId = @ProjectId AND d.FactCount > 0
        """;

    private const string CountLedgerDays = "SELECT COUNT(*) FROM LedgerDayTotal WHERE ProjectId = @ProjectId AND EntryCount > 0";

    // Children first. What is left here of a draft without facts: empty day rows and the history of facts that were deleted.
    private static readonly string[] Deletes =
    [
        "DELETE FROM MeasurementHistory WHERE SeriesId IN (SELECT SeriesId FROM Series WHERE OrganisationId = @OrganisationId AND ProjectId = @ProjectId)",
        "DELETE FROM SourceDayTotal WHERE SeriesSourceId IN (SELECT o.SeriesSourceId FROM SeriesSource o JOIN Series s ON s.SeriesId = o.SeriesId WHERE s.OrganisationId = @OrganisationId AND s.ProjectId = @ProjectId)",
        "DELETE FROM SeriesSource WHERE SeriesId IN (SELECT SeriesId FROM Series WHERE OrganisationId = @OrganisationId AND ProjectId = @ProjectId)",
        "DELETE FROM KpiDayTotal WHERE SeriesId IN (SELECT SeriesId FROM Series WHERE OrganisationId = @OrganisationId AND ProjectId = @ProjectId)",
        "DELETE FROM LedgerEntryHistory WHERE OrganisationId = @OrganisationId AND ProjectId = @ProjectId",
        "DELETE FROM LedgerDayTotal WHERE ProjectId = @ProjectId",
        "DELETE FROM LedgerCategoryTotal WHERE ProjectId = @ProjectId",
        "DELETE FROM ProjectKpi WHERE OrganisationId = @OrganisationId AND ProjectId = @ProjectId",
        "DELETE FROM Series WHERE OrganisationId = @OrganisationId AND ProjectId = @ProjectId",
        "DELETE FROM Project WHERE OrganisationId = @OrganisationId AND ProjectId = @ProjectId",
    ];

    public Task<Page<ProjectResource>> List(Scope scope, ProjectFilter filter, int limit, string? cursor, CancellationToken cancellation)
    {
        var list = "projects:" + filter.Sort;
        var key = Paging.Key(list, cursor, System.Text.Json.JsonValueKind.String, System.Text.Json.JsonValueKind.String);
        var (select, value) = filter.Sort switch
        {
            "code" => (SelectByCode, (Func<Row, string>)(_ => "")),
            "name" => (SelectByName, row => row.Name),
            "startsOn" => (SelectByStart, row => row.StartsOn),
            _ => (SelectByStartDescending, row => row.StartsOn),
        };
        return database.Read(
            scope,
            async session =>
            {
                var rows = await session.Page<Row>(select, new
                {
                    status = filter.Status,
                    activity = filter.Activity,
                    q = string.IsNullOrEmpty(filter.Query) ? null : filter.Query,
                    afterValue = key?[0].GetString() ?? "",
                    afterCode = key?[1].GetString() ?? "",
                    limit = limit + 1,
                });
                var page = Paging.Cut(rows, limit, row => Paging.Cursor(list, value(row), row.Code));
                return new Page<ProjectResource> { Items = page.Items.Select(row => row.Resource()).ToList(), NextCursor = page.NextCursor };
            },
            cancellation);
    }

    public Task<ProjectResource> Get(Scope scope, string code, CancellationToken cancellation) =>
        database.Read(scope, async session => (await Find(session, code)).Resource(), cancellation);

    public Task<ProjectResource> Create(Caller caller, ProjectBody body, CancellationToken cancellation)
    {
        Check(body);
        return database.Write(
            caller.Scope(),
            session => session.Once(caller.Once, async () =>
            {
                if (await session.Single<Row>(SelectOne, new { code = body.Code }) is not null)
                {
                    throw new ProblemException(ProblemType.AlreadyExists, $"A project '{body.Code}' exists already.");
                }

                if (body.Template is not null && await session.Single<long>(CountTemplate, new { code = body.Template }) == 0)
                {
                    throw ProblemException.Invalid("/template", $"'{body.Template}' is not a template.");
                }

                var projectId = await session.Insert(Insert, await Parameters(session, body, 0));
                if (body.Template is not null)
                {
                    await ProjectKpiStore.AddTemplate(session, projectId, body.Template);
                }

                return (await Find(session, body.Code)).Resource();
            }),
            cancellation);
    }

    public Task<ProjectResource> Change(Scope scope, string code, string? ifMatch, Func<ProjectBody, ProjectBody> change, CancellationToken cancellation) => database.Write(
        scope,
        async session =>
        {
            var row = await Find(session, code);
            ETags.Require(ifMatch, row.Resource());
            var before = row.Body();
            var after = change(before);
            Check(after);
            if (after.Code != code)
            {
                throw ProblemException.Invalid("/code", "never changes.");
            }

            if (after.Template != before.Template)
            {
                throw ProblemException.Invalid("/template", "is used once, when the project is created.");
            }

            after = after with { BaselineDays = after.BaselineDays ?? 30, HorizonDays = after.HorizonDays ?? 90, RoiThreshold = after.RoiThreshold ?? 1.5, ReviewCadenceDays = after.ReviewCadenceDays ?? Limits.ReviewCadenceDays };
            if (row.LaunchedAt is not null && after with { Name = before.Name, Objective = before.Objective, ReviewCadenceDays = before.ReviewCadenceDays } != before)
            {
                throw new ProblemException(ProblemType.Sealed, "After launch only name, objective, purposes and the review cadence change.");
            }

            var parameters = await Parameters(session, after, row.ProjectId);
            var facts = new { session.OrganisationId, row.ProjectId };
            if ((after.Currency != before.Currency || after.Activity != before.Activity) && await session.Single<long>(CountMeasurements, facts) + await session.Single<long>(CountLedgerDays, facts) > 0)
            {
                throw new ProblemException(ProblemType.InUse, "Currency and activity are fixed once the project has facts or ledger entries.");
            }

            await EmptyDays.Around(session, row.ProjectId, () => session.Execute(Update, parameters));
            await session.Execute(MoveSeries, parameters);
            return (await Find(session, code)).Resource();
        },
        cancellation);

    public Task Remove(Scope scope, string code, string? ifMatch, CancellationToken cancellation) => database.Write(
        scope,
        async session =>
        {
            var row = await Find(session, code);
            ETags.Require(ifMatch, row.Resource());
            if (row.LaunchedAt is not null)
            {
                throw new ProblemException(ProblemType.Sealed, "A launched project stays. Close it instead.");
            }

            var parameters = new { session.OrganisationId, row.ProjectId };
            if (await session.Single<long>(CountMeasurements, parameters) + await session.Single<long>(CountLedgerDays, parameters) > 0)
            {
                throw new ProblemException(ProblemType.InUse, "The project has facts or ledger entries. Delete them first.");
            }

            await EmptyDays.Around(session, row.ProjectId, async () =>
            {
                foreach (var delete in Deletes)
                {
                    await session.Execute(delete, parameters);
                }
            });

            return true;
        },
        cancellation);

    internal static async Task<Row> Find(Session session, string code) =>
        await session.Single<Row>(SelectOne, new { code }) ?? throw ProblemException.NotFound("project");

    private static void Check(ProjectBody body)
    {
        var errors = Annotations.Check(body);
        if (errors.Count == 0)
        {
            var baseline = body.BaselineDays ?? 30;
            var horizon = body.HorizonDays ?? 90;
            var start = Days.Parse(body.StartsOn);
            if (horizon < baseline)
            {
                errors.Add("/horizonDays", "must be at least baselineDays.");
            }

            if (start < Days.First.AddDays(baseline) || start > Days.Last.AddDays(1 - horizon))
            {
                errors.Add("/startsOn", $"must leave room for baseline and horizon between {Days.First:yyyy-MM-dd} and {Days.Last:yyyy-MM-dd}.");
            }
        }

        errors.ThrowIfAny();
    }

    private static async Task<object> Parameters(Session session, ProjectBody body, long projectId)
    {
        return new
        {
            session.OrganisationId,
            ProjectId = projectId,
            ActivityId = await session.Single<long?>(SelectActivityId, new { session.OrganisationId, code = body.Activity }) ?? throw ProblemException.Invalid("/activity", $"'{body.Activity}' is not an activity of this organisation."),
            body.Code,
            body.Name,
            body.Objective,
            body.Template,
            StartDay = Days.Number(Days.Parse(body.StartsOn)),
            body.Currency,
            BaselineDays = body.BaselineDays ?? 30,
            HorizonDays = body.HorizonDays ?? 90,
            RoiThreshold = body.RoiThreshold ?? 1.5,
            ReviewCadenceDays = body.ReviewCadenceDays ?? Limits.ReviewCadenceDays,
            Now = session.NowUtc,
        };
    }

    internal sealed record Row
    {
        public long ProjectId { get; init; }

        public string Code { get; init; } = "";

        public string Name { get; init; } = "";

        public string Activity { get; init; } = "";

        public string Status { get; init; } = "";

        public string StartsOn { get; init; } = "";

        public string EndsOn { get; init; } = "";

        public string? ClosedOn { get; init; }

        public string Currency { get; init; } = "";

        public string? Objective { get; init; }

        public string? Template { get; init; }

        public int BaselineDays { get; init; }

        public int HorizonDays { get; init; }

        public double RoiThreshold { get; init; }

        public int ReviewCadenceDays { get; init; }

        public string? LaunchedAt { get; init; }

        public ProjectResource Resource() => new()
        {
            Code = Code,
            Name = Name,
            Activity = Activity,
            Status = Status,
            StartsOn = StartsOn,
            EndsOn = EndsOn,
            ClosedOn = ClosedOn,
            Currency = Currency,
            Objective = Objective,
            Template = Template,
            BaselineDays = BaselineDays,
            HorizonDays = HorizonDays,
            RoiThreshold = RoiThreshold,
            ReviewCadenceDays = ReviewCadenceDays,
            LaunchedAt = LaunchedAt,
        };

        public ProjectBody Body() => new()
        {
            Code = Code,
            Name = Name,
            Activity = Activity,
            StartsOn = StartsOn,
            Currency = Currency,
            Objective = Objective,
            Template = Template,
            BaselineDays = BaselineDays,
            HorizonDays = HorizonDays,
            RoiThreshold = RoiThreshold,
            ReviewCadenceDays = ReviewCadenceDays,
        };
    }
}

/// <summary>The query of a project list.</summary>
internal sealed record ProjectFilter(string? Status, string? Activity, string? Query, string Sort)
{
    public static ProjectFilter From(string? status, string? activity, string? q, string? sort)
    {
        if (status is not (null or "draft" or "running" or "closed"))
        {
            throw ProblemException.Query("status", "must be draft, running or closed.");
        }

        return sort is null or "code" or "name" or "startsOn" or "-startsOn"
            ? new ProjectFilter(status, activity, string.IsNullOrEmpty(q) ? null : q, sort ?? "code")
            : throw ProblemException.Query("sort", "must be code, name, startsOn or -startsOn.");
    }
}
