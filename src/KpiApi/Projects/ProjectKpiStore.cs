using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Projects;

/// <summary>The KPIs that a project tracks: at most three, each with a purpose.</summary>
internal sealed class ProjectKpiStore(Database database)
{
    private const string Columns = """
        SELECT
            pk.ProjectKpiId, pk.KpiId, k.Code AS Kpi, k.NameFr, k.NameEn, k.Direction, k.Aggregation, pk.Purpose, pk.ThresholdKind, pk.ThresholdValue, pk.HasOwnThreshold,
            pk.ChosenTolerance, pk.GraceDays, pk.LagDays, pk.DeclaredBaseline, pk.DeclaredBaselineNote, pk.ServesNorthStar, pk.LaunchedAtUtc
        FROM ProjectKpi pk
        JOIN Kpi k ON k.KpiId = pk.KpiId
        WHERE pk.OrganisationId = @OrganisationId AND pk.ProjectId = @ProjectId

        """;

    private const string SelectAll = Columns + "ORDER BY pk.ProjectKpiId";
    private const string SelectOne = Columns + "AND k.Code = @code";
    private const string SelectKpi = "SELECT KpiId, Direction, Aggregation, ThresholdKind, ThresholdValue FROM Kpi WHERE OrganisationId = @OrganisationId AND Code = @code";

    private const string InsertSeries = """
        INSERT INTO Series (OrganisationId, KpiId, ActivityId, ProjectId)
        SELECT @OrganisationId, @KpiId, ActivityId, ProjectId FROM Project WHERE OrganisationId = @OrganisationId AND ProjectId = @ProjectId
        """;

    private const string Insert = """
        INSERT INTO ProjectKpi (ProjectKpiId, OrganisationId, ProjectId, KpiId, Purpose, ThresholdKind, ThresholdValue, HasOwnThreshold, ChosenTolerance, GraceDays, LagDays, DeclaredBaseline, DeclaredBaselineNote, ServesNorthStar, Version, CreatedAtUtc, UpdatedAtUtc)
        VALUES (@ProjectKpiId, @OrganisationId, @ProjectId, @KpiId, @Purpose, @ThresholdKind, @ThresholdValue, @HasOwnThreshold, @ChosenTolerance, @GraceDays, @LagDays, @DeclaredBaseline, @DeclaredBaselineNote, @ServesNorthStar, 1, @Now, @Now)
        """;

    private const string Update = """
        UPDATE ProjectKpi
        SET Purpose = @Purpose, ThresholdKind = @ThresholdKind, ThresholdValue = @ThresholdValue, HasOwnThreshold = @HasOwnThreshold, ChosenTolerance = @ChosenTolerance, GraceDays = @GraceDays,
            LagDays = @LagDays, DeclaredBaseline = @DeclaredBaseline, DeclaredBaselineNote = @DeclaredBaselineNote, ServesNorthStar = @ServesNorthStar, Version = Version + 1, UpdatedAtUtc = @Now
        WHERE OrganisationId = @OrganisationId AND ProjectKpiId = @ProjectKpiId
        """;

    private const string UpdatePurpose = """
        UPDATE ProjectKpi SET Purpose = @Purpose, Version = Version + 1, UpdatedAtUtc = @Now WHERE OrganisationId = @OrganisationId AND ProjectKpiId = @ProjectKpiId
        """;

    private const string SelectTemplateKpis = """
        SELECT k.Code AS Kpi, CASE WHEN o.Language = 'fr' THEN tk.PurposeFr ELSE tk.PurposeEn END AS Purpose
        FROM TemplateKpi tk
        JOIN Organisation o ON o.OrganisationId = @OrganisationId
        JOIN Kpi k ON k.OrganisationId = o.OrganisationId AND k.Code = tk.KpiCode
        WHERE tk.TemplateCode = @template
        ORDER BY tk.Position
        """;

    private const string CountFacts = "SELECT COUNT(*) FROM KpiDayTotal WHERE SeriesId = @ProjectKpiId AND FactCount > 0";

    private static readonly string[] Deletes =
    [
        "DELETE FROM MeasurementHistory WHERE OrganisationId = @OrganisationId AND SeriesId = @ProjectKpiId",
        "DELETE FROM SourceDayTotal WHERE SeriesSourceId IN (SELECT SeriesSourceId FROM SeriesSource WHERE SeriesId = @ProjectKpiId)",
        "DELETE FROM SeriesSource WHERE OrganisationId = @OrganisationId AND SeriesId = @ProjectKpiId",
        "DELETE FROM KpiDayTotal WHERE SeriesId = @ProjectKpiId",
        "DELETE FROM ProjectKpi WHERE OrganisationId = @OrganisationId AND ProjectKpiId = @ProjectKpiId",
        "DELETE FROM Series WHERE OrganisationId = @OrganisationId AND SeriesId = @ProjectKpiId",
    ];

    public Task<IReadOnlyList<ProjectKpiResource>> List(Scope scope, string project, CancellationToken cancellation) => database.Read<IReadOnlyList<ProjectKpiResource>>(
        scope,
        async session =>
        {
            var row = await ProjectStore.Find(session, project);
            return (await session.Query<Row>(SelectAll, new { session.OrganisationId, row.ProjectId })).Select(kpi => kpi.Resource(project)).ToList();
        },
        cancellation);

    public Task<ProjectKpiResource> Get(Scope scope, string project, string kpi, CancellationToken cancellation) =>
        database.Read(scope, async session => (await Find(session, (await ProjectStore.Find(session, project)).ProjectId, kpi)).Resource(project), cancellation);

    public Task<ProjectKpiResource> Add(Caller caller, string project, ProjectKpiBody body, CancellationToken cancellation)
    {
        Annotations.Check(body).ThrowIfAny();
        return database.Write(
            caller.Scope(),
            session => session.Once(caller.Once, async () =>
            {
                var row = await ProjectStore.Find(session, project);
                if (row.LaunchedAt is not null)
                {
                    throw new ProblemException(ProblemType.Sealed, "KPIs are chosen before launch.");
                }

                await Add(session, row.ProjectId, body);
                return (await Find(session, row.ProjectId, body.Kpi)).Resource(project);
            }),
            cancellation);
    }

    /// <summary>Gives a new project the KPIs of a template, with purposes in the organisation's language.</summary>
    public static async Task AddTemplate(Session session, long projectId, string template)
    {
        foreach (var kpi in await session.Query<TemplateRow>(SelectTemplateKpis, new { session.OrganisationId, template }))
        {
            await Add(session, projectId, new ProjectKpiBody { Kpi = kpi.Kpi, Purpose = kpi.Purpose });
        }
    }

    public Task<ProjectKpiResource> Change(Scope scope, string project, string kpi, string? ifMatch, Func<ProjectKpiBody, ProjectKpiBody> change, CancellationToken cancellation) => database.Write(
        scope,
        async session =>
        {
            var projectId = (await ProjectStore.Find(session, project)).ProjectId;
            var row = await Find(session, projectId, kpi);
            ETags.Require(ifMatch, row.Resource(project));
            var before = row.Body();
            var after = change(before);
            Annotations.Check(after).ThrowIfAny();
            if (after.Kpi != kpi)
            {
                throw ProblemException.Invalid("/kpi", "never changes.");
            }

            if (row.LaunchedAtUtc is not null && after with { Purpose = before.Purpose } != before)
            {
                throw new ProblemException(ProblemType.Sealed, "After launch only the purpose of a project KPI changes.");
            }

            // A launched KPI keeps every column but this one, also those that a change of the KPI definition would fill anew.
            await (row.LaunchedAtUtc is null
                ? session.Execute(Update, await Parameters(session, projectId, row.ProjectKpiId, after))
                : session.Execute(UpdatePurpose, new { session.OrganisationId, row.ProjectKpiId, after.Purpose, Now = session.NowUtc }));
            return (await Find(session, projectId, kpi)).Resource(project);
        },
        cancellation);

    public Task Remove(Scope scope, string project, string kpi, string? ifMatch, CancellationToken cancellation) => database.Write(
        scope,
        async session =>
        {
            var projectId = (await ProjectStore.Find(session, project)).ProjectId;
            var row = await Find(session, projectId, kpi);
            ETags.Require(ifMatch, row.Resource(project));
            if (row.LaunchedAtUtc is not null)
            {
                throw new ProblemException(ProblemType.Sealed, "The KPIs of a launched project stay.");
            }

            var parameters = new { session.OrganisationId, row.ProjectKpiId };
            if (await session.Single<long>(CountFacts, parameters) > 0)
            {
                throw new ProblemException(ProblemType.InUse, "The project KPI has facts. Delete them first.");
            }

            await EmptyDays.Around(session, projectId, async () =>
            {
                foreach (var delete in Deletes)
                {
                    await session.Execute(delete, parameters);
                }
            });
            return true;
        },
        cancellation);

    private static async Task Add(Session session, long projectId, ProjectKpiBody body)
    {
        var tracked = await session.Query<Row>(SelectAll, new { session.OrganisationId, ProjectId = projectId });
        if (tracked.Any(row => row.Kpi == body.Kpi))
        {
            throw new ProblemException(ProblemType.AlreadyExists, $"The project tracks '{body.Kpi}' already.");
        }

        if (tracked.Count >= Limits.KpisPerProject)
        {
            throw new ProblemException(ProblemType.TooManyKpis, $"The project tracks {string.Join(", ", tracked.Select(row => row.Kpi))}. Choose: at most {Limits.KpisPerProject} KPIs per project.");
        }

        // Looks the KPI up, and refuses an unknown one, before the series is made.
        var kpi = await Kpi(session, body);
        var seriesId = await session.Insert(InsertSeries, new { session.OrganisationId, kpi.KpiId, ProjectId = projectId });
        await session.Execute(Insert, await Parameters(session, projectId, seriesId, body));
    }

    private static async Task<Row> Find(Session session, long projectId, string kpi) =>
        await session.Single<Row>(SelectOne, new { session.OrganisationId, ProjectId = projectId, code = kpi }) ?? throw ProblemException.NotFound("KPI of this project");

    private static async Task<KpiRow> Kpi(Session session, ProjectKpiBody body) =>
        await session.Single<KpiRow>(SelectKpi, new { session.OrganisationId, code = body.Kpi }) ?? throw ProblemException.Invalid("/kpi", $"'{body.Kpi}' is not a KPI of this organisation.");

    private static async Task<object> Parameters(Session session, long projectId, long projectKpiId, ProjectKpiBody body)
    {
        var kpi = await Kpi(session, body);
        var errors = new Errors();
        if (body.Target?.Fault(kpi.Direction, kpi.Aggregation) is { } fault)
        {
            errors.Add(kpi.Aggregation == "ledger" ? "/target/kind" : "/target/value", fault);
        }

        if (body.DeclaredBaseline is not null && kpi.Aggregation == "ledger")
        {
            errors.Add("/declaredBaseline", "does not go with a ledger KPI: its baseline is 0.");
        }

        errors.ThrowIfAny();
        return new
        {
            session.OrganisationId,
            ProjectId = projectId,
            ProjectKpiId = projectKpiId,
            kpi.KpiId,
            body.Purpose,
            ThresholdKind = body.Target?.Kind ?? kpi.ThresholdKind,
            ThresholdValue = body.Target?.Value ?? kpi.ThresholdValue,
            HasOwnThreshold = body.Target is null ? 0 : 1,
            ChosenTolerance = body.Tolerance,
            GraceDays = body.GraceDays ?? 14,
            body.LagDays,
            DeclaredBaseline = body.DeclaredBaseline?.Value,
            DeclaredBaselineNote = body.DeclaredBaseline?.Note,
            ServesNorthStar = body.ServesNorthStar ?? true ? 1 : 0,
            Now = session.NowUtc,
        };
    }

    private sealed record KpiRow
    {
        public long KpiId { get; init; }

        public string Direction { get; init; } = "";

        public string Aggregation { get; init; } = "";

        public string ThresholdKind { get; init; } = "";

        public double ThresholdValue { get; init; }
    }

    private sealed record TemplateRow
    {
        public string Kpi { get; init; } = "";

        public string Purpose { get; init; } = "";
    }

    private sealed record Row
    {
        public long ProjectKpiId { get; init; }

        public string Kpi { get; init; } = "";

        public string NameFr { get; init; } = "";

        public string NameEn { get; init; } = "";

        public string Purpose { get; init; } = "";

        public string ThresholdKind { get; init; } = "";

        public double ThresholdValue { get; init; }

        public int HasOwnThreshold { get; init; }

        public double? ChosenTolerance { get; init; }

        public int GraceDays { get; init; }

        public int? LagDays { get; init; }

        public double? DeclaredBaseline { get; init; }

        public string? DeclaredBaselineNote { get; init; }

        public int ServesNorthStar { get; init; }

        public string? LaunchedAtUtc { get; init; }

        private ThresholdBody Threshold => new() { Kind = ThresholdKind, Value = ThresholdValue };

        private DeclaredBaselineBody? Declared => DeclaredBaseline is { } value ? new DeclaredBaselineBody { Value = value, Note = DeclaredBaselineNote! } : null;

        public ProjectKpiResource Resource(string project) => new()
        {
            Project = project,
            Kpi = Kpi,
            Name = new NameBody { Fr = NameFr, En = NameEn },
            Purpose = Purpose,
            Target = Threshold,
            Tolerance = ChosenTolerance,
            GraceDays = GraceDays,
            LagDays = LagDays,
            DeclaredBaseline = Declared,
            ServesNorthStar = ServesNorthStar == 1,
            LaunchedAt = LaunchedAtUtc,
        };

        public ProjectKpiBody Body() => new()
        {
            Kpi = Kpi,
            Purpose = Purpose,
            Target = HasOwnThreshold == 1 ? Threshold : null,
            Tolerance = ChosenTolerance,
            GraceDays = GraceDays,
            LagDays = LagDays,
            DeclaredBaseline = Declared,
            ServesNorthStar = ServesNorthStar == 1,
        };
    }
}
