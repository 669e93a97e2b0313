using KpiApi.Http;
using KpiApi.Storage;
using KpiApi.Texts;

namespace KpiApi.Steering;

/// <summary>Reads steering figures. All of them are computed by the views in sql/views; nothing is calculated here.</summary>
internal sealed class SteeringStore(Database database)
{
    private const string SelectProject = """
        SELECT p.ProjectId, p.ProjectStatus AS Status, f.Recommendation, f.RoiRatio, f.RoiThreshold, f.Currency, r.RoiRatioAtHorizon
        FROM Projects p
        JOIN Portfolio f ON f.ProjectId = p.ProjectId
        JOIN ProjectRoi r ON r.ProjectId = p.ProjectId
        WHERE p.ProjectId = @ProjectId AND f.ProjectId = @ProjectId AND r.ProjectId = @ProjectId
        """;

    private const string SelectProjectId = "SELECT ProjectId FROM Project WHERE OrganisationId = @OrganisationId AND Code = @project";
    private const string SelectReasons = "SELECT ReasonCode AS Code, KpiCode AS Kpi, ReasonValue AS Value FROM RecommendationReasons WHERE ProjectId = @ProjectId ORDER BY Position";

    private const string SelectKpis = """
        SELECT
            v.ProjectKpiId, k.Code AS Kpi, k.NameFr, k.NameEn, k.Unit, k.Direction, k.Aggregation, v.Purpose, v.BaselineValue, v.RestatedBaselineValue, v.CoverageDays, v.IsDeclared, v.TargetValue,
            v.TargetAlreadyMet, v.Tolerance, v.SmallestDetectableChange, v.Detectable, n.BaselineFirstDay, n.BaselineLastDay, n.EvaluationFirstDay, n.EvaluationLastDay, n.TargetChange, n.MonthlyVolume, n.VolumeLabel
        FROM ProjectKpis v
        JOIN ProjectKpiPeriods n ON n.ProjectKpiId = v.ProjectKpiId
        JOIN Kpi k ON k.KpiId = v.KpiId
        WHERE v.ProjectId = @ProjectId AND n.ProjectId = @ProjectId
        ORDER BY v.ProjectKpiId
        """;

    private const string SelectWeeks = """
        SELECT ProjectKpiId, Week, WeekStart, DayNumber, Actual, Expected, Gap, Noise, Drift, TargetDrift, Progress, IsProvisional, Status
        FROM KpiWeeks
        WHERE ProjectId = @ProjectId
        ORDER BY ProjectKpiId, WeekStart
        """;

    private const string SelectStatus = "SELECT ProjectId, ProjectKpiId, KpiCode, Status, Drift, Noise FROM KpiStatus WHERE ProjectId = @ProjectId ORDER BY ProjectKpiId";
    private const string SelectOutcomes = "SELECT ProjectKpiId, Outcome, FinalValue, Change, ChangePct, ChangeLow, ChangeHigh, Evidence FROM KpiOutcomes WHERE ProjectId = @ProjectId";

    private const string SelectCurve = """
        SELECT v.ProjectKpiId, k.Unit, v.BaselineValue, v.TargetValue
        FROM ProjectKpis v
        JOIN Kpi k ON k.KpiId = v.KpiId
        WHERE v.ProjectId = @ProjectId AND k.Code = @kpi
        """;

    private const string SelectPoints = """
        SELECT CASE s.Grain WHEN 'day' THEN c.Date WHEN 'week' THEN w.Week ELSE c.MonthKey END AS Period, c.Date, s.Numerator, s.Denominator, s.Value, s.Expected
        FROM KpiSeries s
        JOIN Calendar c ON c.Day = s.PeriodDay
        JOIN CalendarWeek w ON w.WeekStartDay = c.WeekStartDay
        WHERE s.ProjectKpiId = @ProjectKpiId
            AND s.Grain = @grain
            AND (@from IS NULL OR (s.Grain = 'day' AND s.PeriodDay >= @from) OR (s.Grain = 'week' AND s.PeriodDay + 6 >= @from) OR (s.Grain = 'month' AND c.MonthEndDay >= @from))
            AND (@to IS NULL OR s.PeriodDay <= @to)
        ORDER BY s.PeriodDay
        """;

    private const string SelectPortfolio = """
        SELECT
            ProjectId, ProjectCode, ProjectName, ActivityCode, ProjectStatus, StartsOn, EndsOn, Recommendation, Currency, Gain, Cost, Net, RoiRatio, RoiThreshold, RoiReached, PaybackOn,
            LastReviewOn, NextReviewOn, ReviewIsOverdue, OpenActions, OverdueActions
        FROM Portfolio
        WHERE ProjectCode > @after
        ORDER BY ProjectCode
        """;

    private const string SelectAllStatus = "SELECT ProjectId, ProjectKpiId, KpiCode, Status, Drift FROM KpiStatus WHERE ProjectCode >= @first AND ProjectCode <= @last ORDER BY ProjectKpiId";
    private const string SelectTotals = "SELECT Currency, ProjectCount AS Projects, Gain, Cost, Net, RoiRatio AS Ratio, RoiReturn AS [Return] FROM PortfolioTotals ORDER BY Currency";
    private const string SelectWarnings = "SELECT WarningCode, ActivityCode, ActivityName, WarningCount FROM PortfolioWarnings ORDER BY WarningCode, ActivityCode";

    public Task<SteeringResource> Steering(Scope scope, string project, Sentences sentences, CancellationToken cancellation) => database.Read(
        scope,
        async session =>
        {
            var owner = new { ProjectId = await ProjectId(session, project) };
            var head = (await session.Single<ProjectRow>(SelectProject, owner))!;
            var weeks = (await session.Query<WeekRow>(SelectWeeks, owner)).ToLookup(week => week.ProjectKpiId);
            var status = (await session.Query<StatusRow>(SelectStatus, owner)).ToDictionary(row => row.ProjectKpiId);
            var noises = status.Values.ToDictionary(row => row.KpiCode, row => row.Noise);
            var outcomes = (await session.Query<OutcomeRow>(SelectOutcomes, owner)).ToDictionary(row => row.ProjectKpiId);
            var kpis = await session.Query<KpiRow>(SelectKpis, owner);
            var named = kpis.ToDictionary(kpi => kpi.Kpi, kpi => kpi.Named(sentences.Language, head.Currency));
            return new SteeringResource
            {
                Project = project,
                AsOf = Days.Date(scope.AsOfDay),
                Status = head.Status,
                Recommendation = head.Recommendation,
                RecommendationText = sentences.Recommendation(head.Recommendation),
                Reasons = (await session.Query<ReasonResource>(SelectReasons, owner))
                    .Select(reason => reason with { Text = sentences.Reason(reason.Code, reason.Kpi, reason.Value, named, noises, head.RoiThreshold) })
                    .ToList(),
                RoiRatio = head.RoiRatio,
                RoiRatioAtHorizon = head.RoiRatioAtHorizon,
                Kpis = kpis
                    .Select(kpi => kpi.Steering(sentences, named[kpi.Kpi], status.GetValueOrDefault(kpi.ProjectKpiId), outcomes.GetValueOrDefault(kpi.ProjectKpiId), weeks[kpi.ProjectKpiId]))
                    .ToList(),
            };
        },
        cancellation);

    public Task<SeriesResource> Series(Scope scope, string project, string kpi, string grain, DateOnly? from, DateOnly? to, CancellationToken cancellation) => database.Read(
        scope,
        async session =>
        {
            var projectId = await ProjectId(session, project);
            var curve = await session.Single<KpiRow>(SelectCurve, new { ProjectId = projectId, kpi }) ?? throw ProblemException.NotFound("KPI of this project");
            return new SeriesResource
            {
                Project = project,
                Kpi = kpi,
                Unit = curve.Unit,
                Grain = grain,
                AsOf = Days.Date(scope.AsOfDay),
                Baseline = curve.BaselineValue,
                Target = curve.TargetValue,
                Points = await session.Query<SeriesPoint>(SelectPoints, new
                {
                    curve.ProjectKpiId,
                    grain,
                    from = from is { } first ? Days.Number(first) : (int?)null,
                    to = to is { } last ? Days.Number(last) : (int?)null,
                }),
            };
        },
        cancellation);

    public Task<PortfolioResource> Portfolio(Scope scope, int limit, string? cursor, Sentences sentences, CancellationToken cancellation) => database.Read(
        scope,
        async session =>
        {
            var rows = await session.Page<PortfolioRow>(SelectPortfolio, new { after = Paging.CodeAfter("portfolio", cursor), limit = limit + 1 });
            var page = Paging.ByCode("portfolio", rows, limit, row => row.ProjectCode);
            var status = page.Items.Count == 0
                ? Array.Empty<StatusRow>().ToLookup(row => row.ProjectId)
                : (await session.Query<StatusRow>(SelectAllStatus, new { first = page.Items[0].ProjectCode, last = page.Items[^1].ProjectCode })).ToLookup(row => row.ProjectId);
            return new PortfolioResource
            {
                AsOf = Days.Date(scope.AsOfDay),
                Items = page.Items.Select(row => row.Item(sentences, status[row.ProjectId])).ToList(),
                Totals = await session.Query<PortfolioTotal>(SelectTotals),
                Warnings = (await session.Query<WarningRow>(SelectWarnings)).Select(row => row.Warning(sentences)).ToList(),
                NextCursor = page.NextCursor,
            };
        },
        cancellation);

    private static async Task<long> ProjectId(Session session, string project)
    {
        var projectId = await session.Single<long?>(SelectProjectId, new { session.OrganisationId, project }) ?? throw ProblemException.NotFound("project");
        await session.Narrow(projectId);
        return projectId;
    }

    private sealed record ProjectRow
    {
        public string Status { get; init; } = "";

        public string? Recommendation { get; init; }

        public string Currency { get; init; } = "";

        public double RoiThreshold { get; init; }

        public double? RoiRatio { get; init; }

        public double? RoiRatioAtHorizon { get; init; }
    }

    private sealed record WeekRow
    {
        public long ProjectKpiId { get; init; }

        public string Week { get; init; } = "";

        public string WeekStart { get; init; } = "";

        public int DayNumber { get; init; }

        public double? Actual { get; init; }

        public double? Expected { get; init; }

        public double? Gap { get; init; }

        public double? Noise { get; init; }

        public double? Drift { get; init; }

        public double? TargetDrift { get; init; }

        public double? Progress { get; init; }

        public int IsProvisional { get; init; }

        public string Status { get; init; } = "";

        public SteeringWeek Shown() => new()
        {
            Week = Week,
            WeekStart = WeekStart,
            DayNumber = DayNumber,
            Actual = Actual,
            Expected = Expected,
            Gap = Gap,
            Noise = Noise,
            Drift = Drift,
            TargetDrift = TargetDrift,
            Progress = Progress,
            Provisional = IsProvisional == 1,
            Status = Status,
        };
    }

    private sealed record StatusRow
    {
        public long ProjectId { get; init; }

        public long ProjectKpiId { get; init; }

        public string KpiCode { get; init; } = "";

        public string Status { get; init; } = "";

        public double? Drift { get; init; }

        public double? Noise { get; init; }
    }

    private sealed record OutcomeRow
    {
        public long ProjectKpiId { get; init; }

        public string Outcome { get; init; } = "";

        public double? FinalValue { get; init; }

        public double? Change { get; init; }

        public double? ChangePct { get; init; }

        public double? ChangeLow { get; init; }

        public double? ChangeHigh { get; init; }

        public string? Evidence { get; init; }
    }

    private sealed record KpiRow : WordedKpi
    {
        public long ProjectKpiId { get; init; }

        public string Kpi { get; init; } = "";

        public string Direction { get; init; } = "";

        public string Purpose { get; init; } = "";

        public double? BaselineValue { get; init; }

        public double? RestatedBaselineValue { get; init; }

        public double? Tolerance { get; init; }

        public SteeringKpi Steering(Sentences sentences, NamedKpi named, StatusRow? status, OutcomeRow? outcome, IEnumerable<WeekRow> weeks) => new()
        {
            Kpi = Kpi,
            Name = new NameBody { Fr = NameFr, En = NameEn },
            Unit = Unit,
            Direction = Direction,
            Aggregation = Aggregation,
            Purpose = Purpose,
            Baseline = BaselineValue,
            RestatedBaseline = RestatedBaselineValue,
            CoverageDays = CoverageDays,
            Target = TargetValue,
            Tolerance = Tolerance,
            SmallestDetectableChange = SmallestDetectableChange,
            Detectable = IsDetectable,
            DetectableText = Detectability(sentences, named),
            CurrentStatus = status?.Status,
            CurrentStatusText = sentences.Status(status?.Status),
            Outcome = outcome?.Outcome,
            OutcomeText = sentences.Outcome(outcome?.Outcome),
            Final = outcome?.FinalValue,
            Change = outcome?.Change,
            ChangePct = outcome?.ChangePct,
            ChangeLow = outcome?.ChangeLow,
            ChangeHigh = outcome?.ChangeHigh,
            Evidence = outcome?.Evidence,
            EvidenceText = Evidence(sentences, named, outcome?.Evidence, outcome?.Change, outcome?.ChangeLow, outcome?.ChangeHigh),
            Weeks = weeks.Select(week => week.Shown()).ToList(),
        };
    }

    private sealed record PortfolioRow
    {
        public long ProjectId { get; init; }

        public string ProjectCode { get; init; } = "";

        public string ProjectName { get; init; } = "";

        public string ActivityCode { get; init; } = "";

        public string ProjectStatus { get; init; } = "";

        public string StartsOn { get; init; } = "";

        public string EndsOn { get; init; } = "";

        public string? Recommendation { get; init; }

        public string Currency { get; init; } = "";

        public double Gain { get; init; }

        public double Cost { get; init; }

        public double Net { get; init; }

        public double? RoiRatio { get; init; }

        public double RoiThreshold { get; init; }

        public int RoiReached { get; init; }

        public string? PaybackOn { get; init; }

        public string? LastReviewOn { get; init; }

        public string? NextReviewOn { get; init; }

        public int ReviewIsOverdue { get; init; }

        public int OpenActions { get; init; }

        public int OverdueActions { get; init; }

        public PortfolioItem Item(Sentences sentences, IEnumerable<StatusRow> status) => new()
        {
            Project = ProjectCode,
            Name = ProjectName,
            Activity = ActivityCode,
            Status = ProjectStatus,
            StartsOn = StartsOn,
            EndsOn = EndsOn,
            Recommendation = Recommendation,
            RecommendationText = sentences.Recommendation(Recommendation),
            Kpis = status.Select(row => new PortfolioKpi { Kpi = row.KpiCode, Status = row.Status, StatusText = sentences.Status(row.Status)!, Drift = row.Drift }).ToList(),
            Roi = new PortfolioRoi { Currency = Currency, Gain = Gain, Cost = Cost, Net = Net, Ratio = RoiRatio, Threshold = RoiThreshold, Reached = RoiReached == 1, PaybackOn = PaybackOn },
            LastReviewOn = LastReviewOn,
            NextReviewOn = NextReviewOn,
            ReviewOverdue = ReviewIsOverdue == 1,
            OpenActions = OpenActions,
            OverdueActions = OverdueActions,
        };
    }

    private sealed record WarningRow
    {
        public string WarningCode { get; init; } = "";

        public string? ActivityCode { get; init; }

        public string? ActivityName { get; init; }

        public long? WarningCount { get; init; }

        public PortfolioWarning Warning(Sentences sentences) => new()
        {
            Code = WarningCode,
            Activity = ActivityCode,
            Count = WarningCount,
            Message = sentences.Warning(WarningCode, ActivityName, WarningCount, Limits.FocusedKpis),
        };
    }
}
