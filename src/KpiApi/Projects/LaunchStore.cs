using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Storage;
using KpiApi.Texts;

namespace KpiApi.Projects;

/// <summary>Launch, close and baseline: the moments that decide what a project is measured against.</summary>
internal sealed class LaunchStore(Database database)
{
    private const string SelectBaselines = """
        SELECT
            b.ProjectKpiId, k.Code AS Kpi, pk.ThresholdKind, b.BaselineValue, b.BaselineNumerator, b.BaselineDenominator, b.MeasuredDays, b.DayCount, b.StandardError,
            b.ImmatureDays, b.TargetValue, b.Tolerance
        FROM ProjectKpiBaselines b
        JOIN ProjectKpi pk ON pk.ProjectKpiId = b.ProjectKpiId
        JOIN Kpi k ON k.KpiId = pk.KpiId
        WHERE b.ProjectId = @ProjectId
        ORDER BY b.ProjectKpiId
        """;

    private const string Seal = """
        UPDATE ProjectKpi
        SET LaunchedAtUtc = @Now, BaselineValue = @BaselineValue, BaselineNumerator = @BaselineNumerator, BaselineDenominator = @BaselineDenominator, BaselineMeasuredDays = @MeasuredDays,
            BaselineDayCount = @DayCount, BaselineStandardError = @StandardError, TargetValue = @TargetValue, Tolerance = @Tolerance, Version = Version + 1, UpdatedAtUtc = @Now
        WHERE OrganisationId = @OrganisationId AND ProjectKpiId = @ProjectKpiId
        """;

    private const string MarkLaunched = "UPDATE Project SET LaunchedAtUtc = @Now, Version = Version + 1, UpdatedAtUtc = @Now WHERE OrganisationId = @OrganisationId AND ProjectId = @ProjectId";
    private const string MarkClosed = "UPDATE Project SET ClosedOnDay = @Day, Version = Version + 1, UpdatedAtUtc = @Now WHERE OrganisationId = @OrganisationId AND ProjectId = @ProjectId";

    private const string SelectKpis = """
        SELECT
            k.Code AS Kpi, k.Unit, v.BaselineValue AS Baseline, v.RestatedBaselineValue AS RestatedBaseline, v.CoverageDays, b.MeasuredDays AS RestatedCoverageDays, v.IsDeclared AS Declared,
            pk.DeclaredBaselineNote AS Note, v.ImmatureDays, v.TargetValue AS Target, v.Tolerance, v.TargetAlreadyMet, v.SmallestDetectableChange, v.Detectable,
            k.NameFr, k.NameEn, p.Currency, n.TargetChange, n.MonthlyVolume, n.VolumeLabel
        FROM ProjectKpis v
        JOIN ProjectKpiBaselines b ON b.ProjectKpiId = v.ProjectKpiId
        JOIN ProjectKpi pk ON pk.ProjectKpiId = v.ProjectKpiId
        JOIN Kpi k ON k.KpiId = v.KpiId
        JOIN Project p ON p.ProjectId = v.ProjectId
        JOIN ProjectKpiPeriods n ON n.ProjectKpiId = v.ProjectKpiId
        WHERE v.ProjectId = @ProjectId AND b.ProjectId = @ProjectId AND n.ProjectId = @ProjectId
        ORDER BY v.ProjectKpiId
        """;

    /// <summary>Seals baseline, target and tolerance of every KPI. No later fact changes them.</summary>
    public Task<LaunchAnswer> Launch(Caller caller, string project, LaunchBody body, Sentences sentences, CancellationToken cancellation) => database.Write(
        caller.Scope(),
        session => session.Once(caller.Once, async () =>
        {
            var row = await ProjectStore.Find(session, project);
            await session.Narrow(row.ProjectId);
            if (row.LaunchedAt is not null)
            {
                throw new ProblemException(ProblemType.Sealed, $"The project was launched at {row.LaunchedAt}.");
            }

            if (string.CompareOrdinal(row.StartsOn, Days.Text(session.Scope.AsOfDay)) > 0)
            {
                throw new ProblemException(ProblemType.NotStarted, $"The project starts on {row.StartsOn}; it can be launched from that day on.");
            }

            var baselines = await session.Query<Baseline>(SelectBaselines, new { row.ProjectId });
            Refuse(
                ProblemType.TargetNeedsBaseline,
                baselines.Where(kpi => kpi.ThresholdKind == "relative" && kpi.BaselineValue == 0),
                _ => "has a relative target, but its baseline is 0. Choose points or absolute.");
            if (!body.AllowMissingBaseline)
            {
                Refuse(ProblemType.MissingBaseline, baselines.Where(kpi => kpi.BaselineValue is null), _ => "has neither history in the baseline window nor a declared baseline.");
            }

            if (!body.AllowImmatureBaseline)
            {
                Refuse(ProblemType.ImmatureBaseline, baselines.Where(kpi => kpi.ImmatureDays > 0), kpi => $"has {kpi.ImmatureDays} baseline days whose facts may not all be there yet.");
            }

            foreach (var kpi in baselines)
            {
                await session.Execute(Seal, new
                {
                    session.OrganisationId,
                    kpi.ProjectKpiId,
                    kpi.BaselineValue,
                    kpi.BaselineNumerator,
                    kpi.BaselineDenominator,
                    kpi.MeasuredDays,
                    DayCount = (int)kpi.DayCount,
                    kpi.StandardError,
                    kpi.TargetValue,
                    kpi.Tolerance,
                    Now = session.NowUtc,
                });
            }

            await session.Execute(MarkLaunched, new { session.OrganisationId, row.ProjectId, Now = session.NowUtc });
            return new LaunchAnswer
            {
                Project = project,
                Status = "running",
                Kpis = (await session.Query<KpiRow>(SelectKpis, new { row.ProjectId })).Select(kpi => new LaunchedKpi
                {
                    Kpi = kpi.Kpi,
                    Baseline = kpi.Baseline,
                    CoverageDays = kpi.CoverageDays,
                    ImmatureDays = kpi.ImmatureDays,
                    Target = kpi.Target,
                    Tolerance = kpi.Tolerance,
                    TargetAlreadyMet = kpi.TargetAlreadyMet,
                    SmallestDetectableChange = kpi.SmallestDetectableChange,
                    Detectable = kpi.Detectable,
                    DetectableText = kpi.Sentence(sentences),
                }).ToList(),
            };
        }),
        cancellation);

    /// <summary>Ends the project's weeks on a day.</summary>
    public Task<ProjectResource> Close(Caller caller, string project, CloseBody body, CancellationToken cancellation)
    {
        Annotations.Check(body).ThrowIfAny();
        return database.Write(
            caller.Scope(),
            session => session.Once(caller.Once, async () =>
            {
                var row = await ProjectStore.Find(session, project);
                if (row.LaunchedAt is null)
                {
                    throw new ProblemException(ProblemType.NotLaunched, "A draft cannot be closed. Launch it, or delete it.");
                }

                if (row.ClosedOn is not null)
                {
                    throw new ProblemException(ProblemType.AlreadyClosed, $"The project was closed on {row.ClosedOn}.");
                }

                var closedOn = body.ClosedOn ?? Days.Text(session.Scope.AsOfDay);
                if (string.CompareOrdinal(closedOn, row.StartsOn) < 0 || string.CompareOrdinal(closedOn, Days.Text(session.Scope.AsOfDay)) > 0)
                {
                    throw ProblemException.Invalid("/closedOn", $"must be from {row.StartsOn} to today, {Days.Text(session.Scope.AsOfDay)}.");
                }

                await EmptyDays.Around(session, row.ProjectId, () => session.Execute(MarkClosed, new { session.OrganisationId, row.ProjectId, Day = Days.Number(Days.Parse(closedOn)), Now = session.NowUtc }));
                return (await ProjectStore.Find(session, project)).Resource();
            }),
            cancellation);
    }

    public Task<BaselineResource> Baselines(Scope scope, string project, Sentences sentences, CancellationToken cancellation) => database.Read(
        scope,
        async session =>
        {
            var row = await ProjectStore.Find(session, project);
            await session.Narrow(row.ProjectId);
            var start = Days.Parse(row.StartsOn);
            return new BaselineResource
            {
                Project = project,
                Sealed = row.LaunchedAt is not null,
                AsOf = Days.Date(scope.AsOfDay),
                From = start.AddDays(-row.BaselineDays),
                To = start.AddDays(-1),
                Kpis = (await session.Query<KpiRow>(SelectKpis, new { row.ProjectId })).Select(kpi => kpi.Baselines(sentences)).ToList(),
            };
        },
        cancellation);

    private static void Refuse(ProblemType type, IEnumerable<Baseline> kpis, Func<Baseline, string> why)
    {
        var errors = new Errors();
        foreach (var kpi in kpis)
        {
            errors.Add("/kpis/" + kpi.Kpi, why(kpi), type);
        }

        if (errors.Count > 0)
        {
            throw new ProblemException(type, string.Join(" ", errors.ByPointer().Select(pair => $"{pair.Key["/kpis/".Length..]} {pair.Value[0]}")), errors);
        }
    }

    private sealed record KpiRow
    {
        public string Kpi { get; init; } = "";

        public string Unit { get; init; } = "";

        public double? Baseline { get; init; }

        public double? RestatedBaseline { get; init; }

        public int CoverageDays { get; init; }

        public int RestatedCoverageDays { get; init; }

        public bool Declared { get; init; }

        public string? Note { get; init; }

        public int ImmatureDays { get; init; }

        public double? Target { get; init; }

        public double? Tolerance { get; init; }

        public bool? TargetAlreadyMet { get; init; }

        public double? SmallestDetectableChange { get; init; }

        public bool? Detectable { get; init; }

        public string? NameFr { get; init; }

        public string? NameEn { get; init; }

        public string Currency { get; init; } = "";

        public double? TargetChange { get; init; }

        public double? MonthlyVolume { get; init; }

        public string? VolumeLabel { get; init; }

        public string? Sentence(Sentences sentences) => sentences.Detectability(
            new NamedKpi(sentences.Language.Pick(NameFr, NameEn), Unit, Currency, Target), TargetAlreadyMet, Detectable, TargetChange, SmallestDetectableChange, MonthlyVolume, VolumeLabel, CoverageDays);

        public BaselineKpi Baselines(Sentences sentences) => new()
        {
            Kpi = Kpi,
            Unit = Unit,
            Baseline = Baseline,
            RestatedBaseline = RestatedBaseline,
            CoverageDays = CoverageDays,
            RestatedCoverageDays = RestatedCoverageDays,
            Declared = Declared,
            Note = Note,
            ImmatureDays = ImmatureDays,
            Target = Target,
            Tolerance = Tolerance,
            TargetAlreadyMet = TargetAlreadyMet,
            SmallestDetectableChange = SmallestDetectableChange,
            Detectable = Detectable,
            DetectableText = Sentence(sentences),
        };
    }

    private sealed record Baseline
    {
        public long ProjectKpiId { get; init; }

        public string Kpi { get; init; } = "";

        public string ThresholdKind { get; init; } = "";

        public double? BaselineValue { get; init; }

        public double? BaselineNumerator { get; init; }

        public double? BaselineDenominator { get; init; }

        public int MeasuredDays { get; init; }

        public double DayCount { get; init; }

        public double? StandardError { get; init; }

        public int ImmatureDays { get; init; }

        public double? TargetValue { get; init; }

        public double? Tolerance { get; init; }
    }
}
