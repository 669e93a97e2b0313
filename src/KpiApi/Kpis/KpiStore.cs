using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Kpis;

/// <summary>KPI definitions, the catalogue and the templates.</summary>
internal sealed class KpiStore(Database database)
{
    private const string Columns = """
        SELECT KpiId, Code, NameFr, NameEn, Domain, Unit, Direction, Aggregation, PerDays, LagDays, NumeratorLabel, DenominatorLabel, ThresholdKind, ThresholdValue, IsCatalog
        FROM Kpi

        """;

    private const string SelectAfter = Columns + "WHERE OrganisationId = @OrganisationId AND Code > @after ORDER BY Code";
    private const string SelectCatalogue = Columns + "WHERE OrganisationId = @OrganisationId AND IsCatalog = 1 ORDER BY KpiId";
    private const string SelectOne = Columns + "WHERE OrganisationId = @OrganisationId AND Code = @code";

    private const string Insert = """
        INSERT INTO Kpi (OrganisationId, Code, NameFr, NameEn, Domain, Unit, Direction, Aggregation, PerDays, LagDays, NumeratorLabel, DenominatorLabel, ThresholdKind, ThresholdValue, IsCatalog, Version, CreatedAtUtc, UpdatedAtUtc)
        VALUES (@OrganisationId, @Code, @NameFr, @NameEn, @Domain, @Unit, @Direction, @Aggregation, @PerDays, @LagDays, @NumeratorLabel, @DenominatorLabel, @ThresholdKind, @ThresholdValue, 0, 1, @Now, @Now)
        """;

    private const string Update = """
        UPDATE Kpi
        SET NameFr = @NameFr, NameEn = @NameEn, Domain = @Domain, Unit = @Unit, Direction = @Direction, Aggregation = @Aggregation, PerDays = @PerDays, LagDays = @LagDays,
            NumeratorLabel = @NumeratorLabel, DenominatorLabel = @DenominatorLabel, ThresholdKind = @ThresholdKind, ThresholdValue = @ThresholdValue, Version = Version + 1, UpdatedAtUtc = @Now
        WHERE OrganisationId = @OrganisationId AND Code = @Code
        """;

    // Project KPIs of drafts that did not choose a threshold of their own follow the definition until launch.
    private const string UpdateDrafts = """
        UPDATE ProjectKpi
        SET ThresholdKind = @ThresholdKind, ThresholdValue = @ThresholdValue, Version = Version + 1, UpdatedAtUtc = @Now
        WHERE OrganisationId = @OrganisationId AND KpiId = @KpiId AND HasOwnThreshold = 0 AND LaunchedAtUtc IS NULL
        """;

    private const string Delete = "DELETE FROM Kpi WHERE OrganisationId = @OrganisationId AND KpiId = @KpiId";
    private const string CountUses = "SELECT COUNT(*) FROM Series WHERE OrganisationId = @OrganisationId AND KpiId = @KpiId";

    private const string SelectTemplates = """
        SELECT t.Code, t.NameFr, t.NameEn, tk.KpiCode, tk.PurposeFr, tk.PurposeEn, tk.WhyFr, tk.WhyEn, k.ThresholdKind, k.ThresholdValue
        FROM Template t
        JOIN TemplateKpi tk ON tk.TemplateCode = t.Code
        JOIN CatalogKpi k ON k.Code = tk.KpiCode
        ORDER BY t.Position, tk.Position
        """;

    public Task<Page<KpiResource>> List(Scope scope, int limit, string? cursor, CancellationToken cancellation) => database.Read(
        scope,
        async session =>
        {
            var rows = await session.Page<Row>(SelectAfter, new { session.OrganisationId, after = Paging.CodeAfter("kpis", cursor), limit = limit + 1 });
            return Paging.ByCode("kpis", rows.Select(row => row.Resource()).ToList(), limit, kpi => kpi.Code);
        },
        cancellation);

    public Task<IReadOnlyList<KpiResource>> Catalogue(Scope scope, CancellationToken cancellation) => database.Read<IReadOnlyList<KpiResource>>(
        scope,
        async session => (await session.Query<Row>(SelectCatalogue, new { session.OrganisationId })).Select(row => row.Resource()).ToList(),
        cancellation);

    public Task<IReadOnlyList<TemplateResource>> Templates(CancellationToken cancellation) => database.Read<IReadOnlyList<TemplateResource>>(
        Scope.None,
        async session => (await session.Query<TemplateRow>(SelectTemplates)).GroupBy(row => row.Code).Select(template => new TemplateResource
        {
            Code = template.Key,
            Name = new NameBody { Fr = template.First().NameFr, En = template.First().NameEn },
            ReviewCadenceDays = Limits.ReviewCadenceDays,
            Kpis = template.Select(row => new TemplateKpiResource
            {
                Kpi = row.KpiCode,
                Purpose = new NameBody { Fr = row.PurposeFr, En = row.PurposeEn },
                Why = new NameBody { Fr = row.WhyFr, En = row.WhyEn },
                Threshold = new ThresholdBody { Kind = row.ThresholdKind, Value = row.ThresholdValue },
            }).ToList(),
        }).ToList(),
        cancellation);

    public Task<KpiResource> Get(Scope scope, string code, CancellationToken cancellation) =>
        database.Read(scope, async session => (await Find(session, code)).Resource(), cancellation);

    public Task<KpiResource> Create(Caller caller, KpiBody body, CancellationToken cancellation)
    {
        Check(body);
        return database.Write(
            caller.Scope(),
            session => session.Once(caller.Once, async () =>
            {
                if (await session.Single<Row>(SelectOne, new { session.OrganisationId, code = body.Code }) is not null)
                {
                    throw new ProblemException(ProblemType.AlreadyExists, $"A KPI '{body.Code}' exists already.");
                }

                await session.Execute(Insert, Parameters(session, body));
                return (await Find(session, body.Code)).Resource();
            }),
            cancellation);
    }

    public Task<KpiResource> Change(Scope scope, string code, string? ifMatch, Func<KpiBody, KpiBody> change, CancellationToken cancellation) => database.Write(
        scope,
        async session =>
        {
            var row = await Find(session, code);
            ETags.Require(ifMatch, row.Resource());
            RefuseCatalogue(row);
            var before = row.Body();
            var after = change(before);
            Check(after);
            if (after.Code != code)
            {
                throw ProblemException.Invalid("/code", "never changes.");
            }

            var redefined = before.Direction != after.Direction || before.Aggregation != after.Aggregation || before.Unit != after.Unit || before.PerDays != after.PerDays;
            if (redefined && await session.Single<long>(CountUses, new { session.OrganisationId, row.KpiId }) > 0)
            {
                throw new ProblemException(ProblemType.InUse, "Direction, aggregation, unit and perDays are fixed once a project or an activity uses the KPI.");
            }

            await session.Execute(Update, Parameters(session, after));
            await session.Execute(UpdateDrafts, new { session.OrganisationId, row.KpiId, ThresholdKind = after.Threshold.Kind, ThresholdValue = after.Threshold.Value, Now = session.NowUtc });
            return (await Find(session, code)).Resource();
        },
        cancellation);

    public Task Remove(Scope scope, string code, string? ifMatch, CancellationToken cancellation) => database.Write(
        scope,
        async session =>
        {
            var row = await Find(session, code);
            ETags.Require(ifMatch, row.Resource());
            RefuseCatalogue(row);
            if (await session.Single<long>(CountUses, new { session.OrganisationId, row.KpiId }) > 0)
            {
                throw new ProblemException(ProblemType.InUse, $"The KPI '{code}' is used by a project or an activity.");
            }

            return await session.Execute(Delete, new { session.OrganisationId, row.KpiId });
        },
        cancellation);

    private static async Task<Row> Find(Session session, string code) =>
        await session.Single<Row>(SelectOne, new { session.OrganisationId, code }) ?? throw ProblemException.NotFound("KPI");

    private static void RefuseCatalogue(Row row)
    {
        if (row.IsCatalog == 1)
        {
            throw new ProblemException(ProblemType.ReadOnly, "The KPIs of the catalogue are the same for everybody and cannot be changed. Create your own.");
        }
    }

    private static void Check(KpiBody body)
    {
        var errors = Annotations.Check(body);
        if (body.Name is { Fr: null, En: null })
        {
            errors.Add("/name", "needs fr or en.");
        }

        foreach (var (pointer, name) in new[] { ("/name/fr", body.Name?.Fr), ("/name/en", body.Name?.En) })
        {
            if (name is not null && string.IsNullOrWhiteSpace(name))
            {
                errors.Add(pointer, "must not be empty.");
            }
        }

        if (body is { PerDays: not null, Aggregation: "ratio" or "last" or "ledger" })
        {
            errors.Add("/perDays", "belongs to sum KPIs only.");
        }

        if (errors.Count == 0 && body.Threshold.Fault(body.Direction, body.Aggregation) is { } fault)
        {
            errors.Add("/threshold/" + (body.Aggregation == "ledger" && body.Threshold.Kind != "absolute" ? "kind" : "value"), fault);
        }

        errors.ThrowIfAny();
    }

    private static object Parameters(Session session, KpiBody body) => new
    {
        session.OrganisationId,
        body.Code,
        NameFr = body.Name.Fr ?? body.Name.En,
        NameEn = body.Name.En ?? body.Name.Fr,
        body.Domain,
        body.Unit,
        body.Direction,
        body.Aggregation,
        PerDays = body.Aggregation == "sum" ? body.PerDays ?? 1 : (int?)null,
        body.LagDays,
        body.NumeratorLabel,
        body.DenominatorLabel,
        ThresholdKind = body.Threshold.Kind,
        ThresholdValue = body.Threshold.Value,
        Now = session.NowUtc,
    };

    private sealed record Row
    {
        public long KpiId { get; init; }

        public string Code { get; init; } = "";

        public string NameFr { get; init; } = "";

        public string NameEn { get; init; } = "";

        public string Domain { get; init; } = "";

        public string Unit { get; init; } = "";

        public string Direction { get; init; } = "";

        public string Aggregation { get; init; } = "";

        public int? PerDays { get; init; }

        public int? LagDays { get; init; }

        public string? NumeratorLabel { get; init; }

        public string? DenominatorLabel { get; init; }

        public string ThresholdKind { get; init; } = "";

        public double ThresholdValue { get; init; }

        public int IsCatalog { get; init; }

        public KpiResource Resource() => new()
        {
            Code = Code,
            Name = new NameBody { Fr = NameFr, En = NameEn },
            Domain = Domain,
            Unit = Unit,
            Direction = Direction,
            Aggregation = Aggregation,
            PerDays = PerDays,
            LagDays = LagDays,
            NumeratorLabel = NumeratorLabel,
            DenominatorLabel = DenominatorLabel,
            Threshold = new ThresholdBody { Kind = ThresholdKind, Value = ThresholdValue },
            Catalog = IsCatalog == 1,
        };

        public KpiBody Body() => new()
        {
            Code = Code,
            Name = new NameBody { Fr = NameFr, En = NameEn },
            Domain = Domain,
            Unit = Unit,
            Direction = Direction,
            Aggregation = Aggregation,
            PerDays = PerDays,
            LagDays = LagDays,
            NumeratorLabel = NumeratorLabel,
            DenominatorLabel = DenominatorLabel,
            Threshold = new ThresholdBody { Kind = ThresholdKind, Value = ThresholdValue },
        };
    }

    private sealed record TemplateRow
    {
        public string Code { get; init; } = "";

        public string NameFr { get; init; } = "";

        public string NameEn { get; init; } = "";

        public string KpiCode { get; init; } = "";

        public string PurposeFr { get; init; } = "";

        public string PurposeEn { get; init; } = "";

        public string WhyFr { get; init; } = "";

        public string WhyEn { get; init; } = "";

        public string ThresholdKind { get; init; } = "";

        public double ThresholdValue { get; init; }
    }
}
