using System.Globalization;
using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Storage;
using KpiApi.Texts;

namespace KpiApi.Reviews;

/// <summary>Reads monthly packs. All figures are those of the views that feeds and resources show; nothing is calculated here.</summary>
internal sealed class PackStore(Database database)
{
    private const string SelectProject = "SELECT ProjectId, StartDay, LaunchedAtUtc FROM Project WHERE OrganisationId = @OrganisationId AND Code = @project";

    private const string SelectHead = """
        SELECT
            f.ProjectName, f.ActivityCode, f.ActivityName, p.Objective, f.ProjectStatus, f.Phase, f.StartsOn, f.EndsOn, closed.Date AS ClosedOn, c.HorizonDays,
            CASE WHEN c.AsOfDay < c.EndDay THEN c.AsOfDay ELSE c.EndDay END - c.StartDay + 1 AS DayNumber, f.Recommendation, f.NextReviewOn, f.ReviewIsOverdue,
            r.Currency, r.Gain, r.Cost, r.Net, r.RoiRatio, r.RoiReturn, r.RoiThreshold, r.RoiReached, r.PaybackOn, r.RoiRatioAtHorizon
        FROM Portfolio f
        JOIN ProjectRoi r ON r.ProjectId = f.ProjectId
        JOIN ProjectClock c ON c.ProjectId = f.ProjectId
        JOIN Project p ON p.ProjectId = f.ProjectId
        LEFT JOIN Calendar closed ON closed.Day = c.ClosedOnDay
        WHERE f.ProjectId = @ProjectId AND r.ProjectId = @ProjectId AND c.ProjectId = @ProjectId
        """;

    private const string SelectKpis = """
        SELECT
            v.ProjectKpiId, k.Code AS Kpi, k.NameFr, k.NameEn, k.Unit, k.Direction, k.Aggregation, v.Purpose, v.BaselineValue, v.IsDeclared, v.TargetValue, v.TargetAlreadyMet, v.Tolerance, v.CoverageDays, v.SmallestDetectableChange, v.Detectable,
            n.BaselineFirstDay, n.BaselineLastDay, n.EvaluationFirstDay, n.EvaluationLastDay, n.TargetChange, n.MonthlyVolume, n.VolumeLabel,
            CASE WHEN k.Aggregation = 'ledger' THEN l.HorizonDays ELSE l.RampDays END AS RampDays
        FROM ProjectKpis v
        JOIN ProjectKpiPeriods n ON n.ProjectKpiId = v.ProjectKpiId
        JOIN ProjectKpiLine l ON l.ProjectKpiId = v.ProjectKpiId
        JOIN Kpi k ON k.KpiId = v.KpiId
        WHERE v.ProjectId = @ProjectId AND n.ProjectId = @ProjectId AND l.ProjectId = @ProjectId
        ORDER BY v.ProjectKpiId
        """;

    private const string SelectStatus = """
        SELECT ProjectKpiId, Week, Actual, Expected, Gap, Noise, Drift, Progress, Status
        FROM KpiStatus
        WHERE ProjectId = @ProjectId
        """;

    private const string SelectWeeks = """
        SELECT ProjectKpiId, Week, DayNumber, Actual, Expected, IsProvisional, Status
        FROM KpiWeeks
        WHERE ProjectId = @ProjectId
        ORDER BY ProjectKpiId, WeekStart
        """;

    private const string SelectMonth = "SELECT Gain, Cost FROM RoiMonths WHERE ProjectId = @ProjectId AND Month = @month";
    private const string SelectLedgerDays = "SELECT Date, CumulativeGain, CumulativeCost FROM RoiDays WHERE ProjectId = @ProjectId ORDER BY Day";
    private const string SelectReviews = "SELECT ReviewedOn, ReviewKind AS Kind, Decision, Note FROM Reviews WHERE ProjectId = @ProjectId AND ReviewedOn >= @since ORDER BY ReviewedOn, ReviewId";

    private const string SelectActions = """
        SELECT ReviewedOn, ActionText AS Text, Owner, DueOn, DoneOn, IsOverdue
        FROM ReviewActions
        WHERE ProjectId = @ProjectId AND (DoneOn IS NULL OR DoneOn >= @since OR ReviewedOn >= @since)
        ORDER BY CASE WHEN DoneOn IS NULL THEN 0 ELSE 1 END, CASE WHEN DueOn IS NULL THEN 1 ELSE 0 END, DueOn, ReviewActionId
        """;

    /// <summary>The pack of a month.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="project">The code of the project.</param>
    /// <param name="month">YYYY-MM; null: the last month that is over, or that in which the project started if it is later.</param>
    /// <param name="asOf">The last day that counts, YYYY-MM-DD; null: today.</param>
    /// <param name="sentences">Say it in a language.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="ProblemException">400: no month of the project, or no day; 404: no such project; 409: a draft.</exception>
    public async Task<PackResource> Pack(Caller caller, string project, string? month, string? asOf, Sentences sentences, CancellationToken cancellation)
    {
        var scope = caller.Scope(asOf);
        var row = await database.Read(scope, session => session.Single<ProjectRow>(SelectProject, new { session.OrganisationId, project }), cancellation) ?? throw ProblemException.NotFound("project");
        if (row.LaunchedAtUtc is null)
        {
            throw new ProblemException(ProblemType.NotLaunched, "A draft has no pack. Launch it first.");
        }

        var today = Days.Date(scope.AsOfDay);
        var first = Month(month, Days.Date(row.StartDay), today);
        var last = first.AddMonths(1).AddDays(-1);
        return await database.Read(
            caller.Scope(Days.Text(Days.Number(last < today ? last : today))),
            async session =>
            {
                await session.Narrow(row.ProjectId);
                return await Read(session, row.ProjectId, project, first, sentences);
            },
            cancellation);
    }

    /// <summary>The first day of the month that is asked for.</summary>
    private static DateOnly Month(string? month, DateOnly start, DateOnly today)
    {
        var (earliest, latest) = (FirstOf(start), FirstOf(today));
        if (month is null)
        {
            var over = latest.AddMonths(-1);
            return over < earliest ? earliest : over;
        }

        if (!DateOnly.TryParseExact(month, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var first))
        {
            throw ProblemException.Query("month", "must be a month as YYYY-MM.");
        }

        return first >= earliest && first <= latest
            ? first
            : throw ProblemException.Query("month", string.Create(CultureInfo.InvariantCulture, $"must be from {earliest:yyyy-MM}, the project's first month, to {latest:yyyy-MM}, that of asOf."));
    }

    private static DateOnly FirstOf(DateOnly day) => new(day.Year, day.Month, 1);

    private static async Task<PackResource> Read(Session session, long projectId, string project, DateOnly first, Sentences sentences)
    {
        var owner = new { ProjectId = projectId };
        var recent = new { ProjectId = projectId, since = Days.Text(Days.Number(first)) };
        var month = first.ToString("yyyy-MM", CultureInfo.InvariantCulture);
        var head = (await session.Single<HeadRow>(SelectHead, owner))!;
        var rows = await session.Query<KpiRow>(SelectKpis, owner);
        var named = rows.ToDictionary(kpi => kpi.Kpi, kpi => kpi.Named(sentences.Language, head.Currency));
        var status = (await session.Query<StatusRow>(SelectStatus, owner)).ToDictionary(one => one.ProjectKpiId);
        var noises = rows.ToDictionary(kpi => kpi.Kpi, kpi => status[kpi.ProjectKpiId].Noise);
        var outcomes = (await session.Query<OutcomeRow>(ReviewRows.SelectOutcomes, owner)).ToDictionary(one => one.ProjectKpiId);
        var weeks = (await session.Query<WeekRow>(SelectWeeks, owner)).ToLookup(one => one.ProjectKpiId);
        var kpis = rows.Select(kpi => kpi.Pack(sentences, named[kpi.Kpi], status[kpi.ProjectKpiId], outcomes[kpi.ProjectKpiId], weeks[kpi.ProjectKpiId])).ToList();
        var actions = (await session.Query<ActionRow>(SelectActions, recent)).Select(action => action.Pack()).ToList();
        return new PackResource
        {
            Project = project,
            Name = head.ProjectName,
            Activity = head.ActivityCode,
            ActivityName = head.ActivityName,
            Objective = head.Objective,
            Status = head.ProjectStatus,
            StatusText = sentences.ProjectStatus(head.ProjectStatus),
            Month = month,
            Since = first,
            AsOf = Days.Date(session.Scope.AsOfDay),
            StartsOn = head.StartsOn,
            EndsOn = head.EndsOn,
            ClosedOn = head.ClosedOn,
            DayNumber = head.DayNumber,
            HorizonDays = head.HorizonDays,
            Recommendation = head.Recommendation,
            RecommendationText = sentences.Recommendation(head.Recommendation),
            Reasons = (await session.Query<PackReason>(ReviewRows.SelectReasons, owner))
                .Select(reason => reason with { Text = sentences.Reason(reason.Code, reason.Kpi, reason.Value, named, noises, head.RoiThreshold) })
                .ToList(),
            ToDecide = [.. Matters(head, kpis, actions, sentences)],
            Kpis = kpis,
            Roi = head.Roi(
                sentences,
                await session.Single<MonthRow>(SelectMonth, new { ProjectId = projectId, month }) ?? new MonthRow(),
                await session.Query<PackLedgerDay>(SelectLedgerDays, owner)),
            NextReviewOn = head.NextReviewOn,
            Reviews = (await session.Query<PackReview>(SelectReviews, recent)).Select(review => review with { DecisionText = sentences.Recommendation(review.Decision)! }).ToList(),
            Actions = actions,
        };
    }

    private static IEnumerable<PackMatter> Matters(HeadRow head, IReadOnlyList<PackKpi> kpis, IReadOnlyList<PackAction> actions, Sentences sentences)
    {
        if (head.Recommendation is not null && head.ProjectStatus == "running")
        {
            yield return new PackMatter { Code = "recommendation", Text = sentences.Advice(head.Recommendation) };
        }

        if (head.Phase == "over" && head.ProjectStatus == "running")
        {
            yield return new PackMatter { Code = "horizon-over", Text = sentences.Matter("horizon-over", sentences.Figures.Day(Days.Parse(head.EndsOn))) };
        }

        foreach (var kpi in kpis.Where(kpi => kpi.Status == "no_data" && head.ProjectStatus == "running"))
        {
            yield return new PackMatter { Code = "no-data", Kpi = kpi.Kpi, Text = sentences.Matter("no-data", kpi.Name) };
        }

        if (head.ReviewIsOverdue == 1)
        {
            yield return new PackMatter { Code = "review-overdue", DueOn = head.NextReviewOn, Text = sentences.Matter("review-overdue", sentences.Figures.Day(Days.Parse(head.NextReviewOn!))) };
        }

        foreach (var action in actions.Where(action => action.Overdue))
        {
            yield return new PackMatter { Code = "action-overdue", DueOn = action.DueOn, Text = sentences.Matter("action-overdue", sentences.Figures.Day(Days.Parse(action.DueOn!)), action.Text) };
        }
    }

    private sealed record ProjectRow
    {
        public long ProjectId { get; init; }

        public int StartDay { get; init; }

        public string? LaunchedAtUtc { get; init; }
    }

    private sealed record HeadRow : RoiRow
    {
        public string ProjectName { get; init; } = "";

        public string ActivityCode { get; init; } = "";

        public string ActivityName { get; init; } = "";

        public string? Objective { get; init; }

        public string ProjectStatus { get; init; } = "";

        public string Phase { get; init; } = "";

        public string StartsOn { get; init; } = "";

        public string EndsOn { get; init; } = "";

        public string? ClosedOn { get; init; }

        public int HorizonDays { get; init; }

        public int DayNumber { get; init; }

        public string? Recommendation { get; init; }

        public string? NextReviewOn { get; init; }

        public int ReviewIsOverdue { get; init; }

        public double? RoiRatioAtHorizon { get; init; }

        public PackRoi Roi(Sentences sentences, MonthRow month, IReadOnlyList<PackLedgerDay> days) => new()
        {
            Currency = Currency,
            Gain = Gain,
            Cost = Cost,
            Net = Net,
            Ratio = RoiRatio,
            Return = RoiReturn,
            Threshold = RoiThreshold,
            Reached = RoiReached == 1,
            PaybackOn = PaybackOn,
            RatioAtHorizon = RoiRatioAtHorizon,
            MonthGain = month.Gain,
            MonthCost = month.Cost,
            Text = sentences.Return(RoiRatio, RoiThreshold, RoiReached == 1, PaybackOn is null ? null : KpiApi.Storage.Days.Parse(PaybackOn)),
            Days = days,
        };
    }

    private sealed record MonthRow
    {
        public double Gain { get; init; }

        public double Cost { get; init; }
    }

    private sealed record KpiRow : WordedKpi
    {
        public long ProjectKpiId { get; init; }

        public string Kpi { get; init; } = "";

        public string Direction { get; init; } = "";

        public string Purpose { get; init; } = "";

        public double? BaselineValue { get; init; }

        public double? Tolerance { get; init; }

        public int RampDays { get; init; }

        public PackKpi Pack(Sentences sentences, NamedKpi named, StatusRow status, OutcomeRow outcome, IEnumerable<WeekRow> weeks) => new()
        {
            Kpi = Kpi,
            Name = named.Name,
            Unit = Unit,
            Direction = Direction,
            Purpose = Purpose,
            Baseline = BaselineValue,
            Target = TargetValue,
            RampDays = RampDays,
            Tolerance = Tolerance,
            DetectableText = Detectability(sentences, named),
            Week = status.Week,
            Actual = status.Actual,
            Expected = status.Expected,
            Gap = status.Gap,
            Drift = status.Drift,
            Progress = status.Progress,
            Status = status.Status,
            StatusText = sentences.Status(status.Status)!,
            Outcome = outcome.Outcome,
            OutcomeText = sentences.Outcome(outcome.Outcome)!,
            Final = outcome.FinalValue,
            Change = outcome.Change,
            ChangeLow = outcome.ChangeLow,
            ChangeHigh = outcome.ChangeHigh,
            Evidence = outcome.Evidence,
            EvidenceText = Evidence(sentences, named, outcome.Evidence, outcome.Change, outcome.ChangeLow, outcome.ChangeHigh),
            Weeks = weeks.Select(week => week.Pack()).ToList(),
        };
    }

    private sealed record StatusRow
    {
        public long ProjectKpiId { get; init; }

        public string? Week { get; init; }

        public double? Actual { get; init; }

        public double? Expected { get; init; }

        public double? Gap { get; init; }

        public double? Noise { get; init; }

        public double? Drift { get; init; }

        public double? Progress { get; init; }

        public string Status { get; init; } = "";
    }

    private sealed record WeekRow
    {
        public long ProjectKpiId { get; init; }

        public string Week { get; init; } = "";

        public int DayNumber { get; init; }

        public double? Actual { get; init; }

        public double? Expected { get; init; }

        public int IsProvisional { get; init; }

        public string Status { get; init; } = "";

        public PackWeek Pack() => new() { Week = Week, DayNumber = DayNumber, Actual = Actual, Expected = Expected, Provisional = IsProvisional == 1, Status = Status };
    }

    private sealed record ActionRow
    {
        public string ReviewedOn { get; init; } = "";

        public string Text { get; init; } = "";

        public string? Owner { get; init; }

        public string? DueOn { get; init; }

        public string? DoneOn { get; init; }

        public int IsOverdue { get; init; }

        public PackAction Pack() => new() { ReviewedOn = ReviewedOn, Text = Text, Owner = Owner, DueOn = DueOn, DoneOn = DoneOn, Overdue = IsOverdue == 1 };
    }
}
