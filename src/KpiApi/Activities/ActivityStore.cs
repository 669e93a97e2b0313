using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Activities;

/// <summary>Activities and their North Stars.</summary>
internal sealed class ActivityStore(Database database)
{
    private const string SelectAfter = "SELECT Code, Name FROM Activity WHERE OrganisationId = @OrganisationId AND Code > @after ORDER BY Code";
    private const string SelectOne = "SELECT ActivityId, Code, Name FROM Activity WHERE OrganisationId = @OrganisationId AND Code = @code";

    private const string Insert = """
        INSERT INTO Activity (OrganisationId, Code, Name, Version, CreatedAtUtc, UpdatedAtUtc)
        VALUES (@OrganisationId, @Code, @Name, 1, @Now, @Now)
        """;

    private const string Update = "UPDATE Activity SET Name = @Name, Version = Version + 1, UpdatedAtUtc = @Now WHERE OrganisationId = @OrganisationId AND Code = @Code";
    private const string Delete = "DELETE FROM Activity WHERE OrganisationId = @OrganisationId AND ActivityId = @ActivityId";

    private const string CountUses = """
        SELECT (SELECT COUNT(*) FROM Project WHERE ActivityId = @ActivityId) + (SELECT COUNT(*) FROM Series WHERE ActivityId = @ActivityId)
        """;

    private const string SelectKpi = "SELECT KpiId, Aggregation FROM Kpi WHERE OrganisationId = @OrganisationId AND Code = @code";

    private const string SelectNorthStar = """
        SELECT n.NorthStarId, n.KpiId, k.Code AS Kpi, k.NameFr, k.NameEn, k.Unit, k.Direction, n.Purpose
        FROM NorthStar n
        JOIN Kpi k ON k.KpiId = n.KpiId
        WHERE n.OrganisationId = @OrganisationId AND n.ActivityId = @ActivityId AND n.IsCurrent = 1
        """;

    private const string SelectMonths = """
        SELECT Month, Value, Change, ChangePct, IsProvisional AS Provisional
        FROM NorthStars
        WHERE NorthStarId = @NorthStarId
        ORDER BY Month
        """;

    private const string SelectServing = """
        SELECT p.Code AS Project, k.Code AS Kpi, pk.Purpose
        FROM ProjectKpi pk
        JOIN Project p ON p.ProjectId = pk.ProjectId
        JOIN Kpi k ON k.KpiId = pk.KpiId
        WHERE p.OrganisationId = @OrganisationId AND p.ActivityId = @ActivityId AND pk.ServesNorthStar = 1
        ORDER BY p.Code, k.Code
        """;

    private const string EndCurrent = """
        UPDATE NorthStar SET IsCurrent = 0, Version = Version + 1, UpdatedAtUtc = @Now WHERE OrganisationId = @OrganisationId AND ActivityId = @ActivityId AND IsCurrent = 1
        """;

    private const string Resume = """
        UPDATE NorthStar SET IsCurrent = 1, Purpose = @Purpose, Version = Version + 1, UpdatedAtUtc = @Now WHERE OrganisationId = @OrganisationId AND ActivityId = @ActivityId AND KpiId = @KpiId
        """;

    private const string InsertSeries = "INSERT INTO Series (OrganisationId, KpiId, ActivityId) VALUES (@OrganisationId, @KpiId, @ActivityId)";

    private const string InsertNorthStar = """
        INSERT INTO NorthStar (NorthStarId, OrganisationId, ActivityId, KpiId, Purpose, IsCurrent, Version, CreatedAtUtc, UpdatedAtUtc)
        VALUES (@SeriesId, @OrganisationId, @ActivityId, @KpiId, @Purpose, 1, 1, @Now, @Now)
        """;

    // What never had a fact has no months to keep, and must not hold on to its KPI.
    private static readonly string[] Forget =
    [
        """
        DELETE FROM NorthStar
        WHERE OrganisationId = @OrganisationId AND ActivityId = @ActivityId AND IsCurrent = 0
            AND NOT EXISTS (SELECT d.Day FROM KpiDayTotal d WHERE d.SeriesId = NorthStarId)
            AND NOT EXISTS (SELECT h.SeriesId FROM MeasurementHistory h WHERE h.SeriesId = NorthStarId)
        """,
        """
        DELETE FROM Series
        WHERE OrganisationId = @OrganisationId AND ActivityId = @ActivityId AND ProjectId IS NULL
            AND NOT EXISTS (SELECT n.NorthStarId FROM NorthStar n WHERE n.NorthStarId = SeriesId)
        """,
    ];

    public Task<Page<ActivityBody>> List(Scope scope, int limit, string? cursor, CancellationToken cancellation) => database.Read(
        scope,
        async session => Paging.ByCode(
            "activities",
            await session.Page<ActivityBody>(SelectAfter, new { session.OrganisationId, after = Paging.CodeAfter("activities", cursor), limit = limit + 1 }),
            limit,
            activity => activity.Code),
        cancellation);

    public Task<ActivityBody> Get(Scope scope, string code, CancellationToken cancellation) =>
        database.Read(scope, async session => (await Find(session, code)).Body(), cancellation);

    public Task<ActivityBody> Create(Caller caller, ActivityBody body, CancellationToken cancellation)
    {
        Annotations.Check(body).ThrowIfAny();
        return database.Write(
            caller.Scope(),
            session => session.Once(caller.Once, async () =>
            {
                if (await session.Single<Row>(SelectOne, new { session.OrganisationId, code = body.Code }) is not null)
                {
                    throw new ProblemException(ProblemType.AlreadyExists, $"An activity '{body.Code}' exists already.");
                }

                await session.Execute(Insert, new { session.OrganisationId, body.Code, body.Name, Now = session.NowUtc });
                return body;
            }),
            cancellation);
    }

    public Task<ActivityBody> Change(Scope scope, string code, string? ifMatch, Func<ActivityBody, ActivityBody> change, CancellationToken cancellation) => database.Write(
        scope,
        async session =>
        {
            var before = (await Find(session, code)).Body();
            ETags.Require(ifMatch, before);
            var after = change(before);
            Annotations.Check(after).ThrowIfAny();
            if (after.Code != code)
            {
                throw ProblemException.Invalid("/code", "never changes.");
            }

            await session.Execute(Update, new { session.OrganisationId, after.Code, after.Name, Now = session.NowUtc });
            return after;
        },
        cancellation);

    public Task Remove(Scope scope, string code, string? ifMatch, CancellationToken cancellation) => database.Write(
        scope,
        async session =>
        {
            var row = await Find(session, code);
            ETags.Require(ifMatch, row.Body());
            return await session.Single<long>(CountUses, new { row.ActivityId }) > 0
                ? throw new ProblemException(ProblemType.InUse, $"The activity '{code}' has projects or a North Star.")
                : await session.Execute(Delete, new { session.OrganisationId, row.ActivityId });
        },
        cancellation);

    public Task<NorthStarResource> NorthStar(Scope scope, string activity, CancellationToken cancellation) =>
        database.Read(scope, async session => await NorthStar(session, await Find(session, activity)) ?? throw ProblemException.NotFound("North Star"), cancellation);

    /// <summary>Sets the North Star. The months of the one before stay, and come back with it.</summary>
    public Task<(NorthStarResource NorthStar, bool IsNew)> SetNorthStar(Scope scope, string activity, string? ifMatch, NorthStarBody body, CancellationToken cancellation)
    {
        Annotations.Check(body).ThrowIfAny();
        return database.Write(
            scope,
            async session =>
            {
                var row = await Find(session, activity);
                await RequireMatch(session, row, ifMatch);
                var kpi = await session.Single<KpiRow>(SelectKpi, new { session.OrganisationId, code = body.Kpi }) ?? throw ProblemException.Invalid("/kpi", $"'{body.Kpi}' is not a KPI of this organisation.");
                if (kpi.Aggregation == "ledger")
                {
                    throw ProblemException.Invalid("/kpi", "must not be a ledger KPI: a North Star has facts of its own.");
                }

                var replaced = await session.Execute(EndCurrent, new { session.OrganisationId, row.ActivityId, Now = session.NowUtc });
                var parameters = new { session.OrganisationId, row.ActivityId, kpi.KpiId, body.Purpose, Now = session.NowUtc };
                if (await session.Execute(Resume, parameters) == 0)
                {
                    var seriesId = await session.Insert(InsertSeries, parameters);
                    await session.Execute(InsertNorthStar, new { SeriesId = seriesId, session.OrganisationId, row.ActivityId, kpi.KpiId, body.Purpose, Now = session.NowUtc });
                }

                await ForgetUnused(session, row);
                return ((await NorthStar(session, row))!, replaced == 0);
            },
            cancellation);
    }

    public Task EndNorthStar(Scope scope, string activity, string? ifMatch, CancellationToken cancellation) => database.Write(
        scope,
        async session =>
        {
            var row = await Find(session, activity);
            await RequireMatch(session, row, ifMatch);
            var ended = await session.Execute(EndCurrent, new { session.OrganisationId, row.ActivityId, Now = session.NowUtc });
            await ForgetUnused(session, row);
            return ended == 0 ? throw ProblemException.NotFound("North Star") : ended;
        },
        cancellation);

    private static async Task<Row> Find(Session session, string code) =>
        await session.Single<Row>(SelectOne, new { session.OrganisationId, code }) ?? throw ProblemException.NotFound("activity");

    private static async Task ForgetUnused(Session session, Row activity)
    {
        foreach (var delete in Forget)
        {
            await session.Execute(delete, new { session.OrganisationId, activity.ActivityId });
        }
    }

    private static async Task RequireMatch(Session session, Row activity, string? ifMatch)
    {
        if (ifMatch is not null)
        {
            ETags.Require(ifMatch, await NorthStar(session, activity) ?? throw new ProblemException(ProblemType.Stale, "The activity has no North Star."));
        }
    }

    private static async Task<NorthStarResource?> NorthStar(Session session, Row activity)
    {
        var star = await session.Single<NorthStarRow>(SelectNorthStar, new { session.OrganisationId, activity.ActivityId });
        return star is null ? null : new NorthStarResource
        {
            Activity = activity.Code,
            Kpi = star.Kpi,
            Name = new NameBody { Fr = star.NameFr, En = star.NameEn },
            Purpose = star.Purpose,
            Unit = star.Unit,
            Direction = star.Direction,
            AsOf = Days.Date(session.Scope.AsOfDay),
            Months = await session.Query<NorthStarMonth>(SelectMonths, new { star.NorthStarId }),
            ServedBy = await session.Query<ServingKpi>(SelectServing, new { session.OrganisationId, activity.ActivityId }),
        };
    }

    private sealed record Row
    {
        public long ActivityId { get; init; }

        public string Code { get; init; } = "";

        public string Name { get; init; } = "";

        public ActivityBody Body() => new() { Code = Code, Name = Name };
    }

    private sealed record KpiRow
    {
        public long KpiId { get; init; }

        public string Aggregation { get; init; } = "";
    }

    private sealed record NorthStarRow
    {
        public long NorthStarId { get; init; }

        public string Kpi { get; init; } = "";

        public string NameFr { get; init; } = "";

        public string NameEn { get; init; } = "";

        public string Unit { get; init; } = "";

        public string Direction { get; init; } = "";

        public string Purpose { get; init; } = "";
    }
}
