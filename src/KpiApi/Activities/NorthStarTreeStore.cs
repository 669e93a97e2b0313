using KpiApi.Http;
using KpiApi.Storage;
using KpiApi.Texts;

namespace KpiApi.Activities;

/// <summary>Reads activities from their North Stars down. All figures are of the views in sql/views; here they are only put under each other.</summary>
internal sealed class NorthStarTreeStore(Database database)
{
    private const string SelectActivities = "SELECT ActivityId, Code, Name FROM Activity WHERE OrganisationId = @OrganisationId AND Code > @after ORDER BY Code";
    private const string SelectActivity = "SELECT ActivityId, Code, Name FROM Activity WHERE OrganisationId = @OrganisationId AND Code = @code";

    private const string SelectNorthStars = """
        SELECT n.NorthStarId, n.ActivityId, k.Code AS Kpi, k.NameFr, k.NameEn, k.Unit, k.Direction, n.Purpose
        FROM NorthStar n
        JOIN Activity a ON a.ActivityId = n.ActivityId
        JOIN Kpi k ON k.KpiId = n.KpiId
        WHERE n.OrganisationId = @OrganisationId AND a.Code >= @first AND a.Code <= @last AND n.IsCurrent = 1
        """;

    private const string SelectMonths = """
        SELECT s.NorthStarId, s.Month, s.Value, s.Change, s.ChangePct, s.IsProvisional
        FROM NorthStars s
        JOIN Activity a ON a.ActivityId = s.ActivityId
        WHERE a.Code >= @first AND a.Code <= @last
        ORDER BY s.NorthStarId, s.Month
        """;

    private const string SelectProjects = """
        SELECT ProjectId, ActivityId, ProjectCode, ProjectName, ProjectStatus, Recommendation, RoiRatio
        FROM Portfolio
        WHERE ActivityCode >= @first AND ActivityCode <= @last
        ORDER BY ProjectCode
        """;

    private const string SelectKpis = """
        SELECT v.ProjectKpiId, v.ProjectId, k.Code AS Kpi, k.NameFr, k.NameEn, k.Unit, k.Direction, v.Purpose, v.BaselineValue, v.TargetValue
        FROM ProjectKpis v
        JOIN Project p ON p.ProjectId = v.ProjectId
        JOIN Activity a ON a.ActivityId = p.ActivityId
        JOIN Kpi k ON k.KpiId = v.KpiId
        WHERE v.ServesNorthStar = 1 AND a.Code >= @first AND a.Code <= @last
        ORDER BY v.ProjectKpiId
        """;

    private const string SelectStatus = """
        SELECT s.ProjectKpiId, s.Week, s.Actual, s.Drift, s.Progress, s.Status
        FROM KpiStatus s
        JOIN Project p ON p.ProjectId = s.ProjectId
        JOIN Activity a ON a.ActivityId = p.ActivityId
        WHERE a.Code >= @first AND a.Code <= @last
        """;

    private const string SelectOutcomes = """
        SELECT o.ProjectKpiId, o.Outcome
        FROM KpiOutcomes o
        JOIN Project p ON p.ProjectId = o.ProjectId
        JOIN Activity a ON a.ActivityId = p.ActivityId
        WHERE a.Code >= @first AND a.Code <= @last
        """;

    public Task<NorthStarTree> Tree(Scope scope, string activity, Sentences sentences, CancellationToken cancellation) => database.Read(
        scope,
        async session =>
        {
            var row = await session.Single<ActivityRow>(SelectActivity, new { session.OrganisationId, code = activity }) ?? throw ProblemException.NotFound("activity");
            return (await Grow(session, [row], sentences))[0];
        },
        cancellation);

    public Task<NorthStarForest> Trees(Scope scope, int limit, string? cursor, Sentences sentences, CancellationToken cancellation) => database.Read(
        scope,
        async session =>
        {
            var rows = await session.Page<ActivityRow>(SelectActivities, new { session.OrganisationId, after = Paging.CodeAfter("north-stars", cursor), limit = limit + 1 });
            var page = Paging.ByCode("north-stars", rows, limit, row => row.Code);
            return new NorthStarForest { AsOf = Days.Date(scope.AsOfDay), Items = await Grow(session, page.Items, sentences), NextCursor = page.NextCursor };
        },
        cancellation);

    /// <summary>The trees of activities that follow each other by code.</summary>
    private static async Task<IReadOnlyList<NorthStarTree>> Grow(Session session, IReadOnlyList<ActivityRow> activities, Sentences sentences)
    {
        if (activities.Count == 0)
        {
            return [];
        }

        var range = new { session.OrganisationId, first = activities[0].Code, last = activities[^1].Code };
        var stars = (await session.Query<NorthStarRow>(SelectNorthStars, range)).ToDictionary(star => star.ActivityId);
        var months = (await session.Query<MonthRow>(SelectMonths, range)).ToLookup(month => month.NorthStarId);
        var projects = (await session.Query<ProjectRow>(SelectProjects, range)).ToLookup(project => project.ActivityId);
        var kpis = (await session.Query<KpiRow>(SelectKpis, range)).ToLookup(kpi => kpi.ProjectId);
        var status = (await session.Query<StatusRow>(SelectStatus, range)).ToDictionary(row => row.ProjectKpiId);
        var outcomes = (await session.Query<OutcomeRow>(SelectOutcomes, range)).ToDictionary(row => row.ProjectKpiId, row => row.Outcome);
        return activities.Select(activity => new NorthStarTree
        {
            Activity = activity.Code,
            ActivityName = activity.Name,
            AsOf = Days.Date(session.Scope.AsOfDay),
            NorthStar = stars.TryGetValue(activity.ActivityId, out var star) ? star.Trunk(months[star.NorthStarId]) : null,
            Projects = projects[activity.ActivityId]
                .Where(project => kpis.Contains(project.ProjectId))
                .Select(project => project.Serving(sentences, kpis[project.ProjectId].Select(kpi => kpi.Serving(sentences, status.GetValueOrDefault(kpi.ProjectKpiId), outcomes.GetValueOrDefault(kpi.ProjectKpiId)))))
                .ToList(),
        }).ToList();
    }

    private sealed record ActivityRow
    {
        public long ActivityId { get; init; }

        public string Code { get; init; } = "";

        public string Name { get; init; } = "";
    }

    private sealed record NorthStarRow
    {
        public long NorthStarId { get; init; }

        public long ActivityId { get; init; }

        public string Kpi { get; init; } = "";

        public string? NameFr { get; init; }

        public string? NameEn { get; init; }

        public string Unit { get; init; } = "";

        public string Direction { get; init; } = "";

        public string Purpose { get; init; } = "";

        public NorthStarTrunk Trunk(IEnumerable<MonthRow> months) => new()
        {
            Kpi = Kpi,
            Name = new NameBody { Fr = NameFr, En = NameEn },
            Purpose = Purpose,
            Unit = Unit,
            Direction = Direction,
            Months = months.Select(month => new NorthStarMonth { Month = month.Month, Value = month.Value, Change = month.Change, ChangePct = month.ChangePct, Provisional = month.IsProvisional == 1 }).ToList(),
        };
    }

    private sealed record MonthRow
    {
        public long NorthStarId { get; init; }

        public string Month { get; init; } = "";

        public double? Value { get; init; }

        public double? Change { get; init; }

        public double? ChangePct { get; init; }

        public int IsProvisional { get; init; }
    }

    private sealed record ProjectRow
    {
        public long ProjectId { get; init; }

        public long ActivityId { get; init; }

        public string ProjectCode { get; init; } = "";

        public string ProjectName { get; init; } = "";

        public string ProjectStatus { get; init; } = "";

        public string? Recommendation { get; init; }

        public double? RoiRatio { get; init; }

        public ServingProject Serving(Sentences sentences, IEnumerable<ServingProjectKpi> kpis) => new()
        {
            Project = ProjectCode,
            Name = ProjectName,
            Status = ProjectStatus,
            StatusText = sentences.ProjectStatus(ProjectStatus),
            Recommendation = Recommendation,
            RecommendationText = sentences.Recommendation(Recommendation),
            RoiRatio = RoiRatio,
            Kpis = kpis.ToList(),
        };
    }

    private sealed record KpiRow
    {
        public long ProjectKpiId { get; init; }

        public long ProjectId { get; init; }

        public string Kpi { get; init; } = "";

        public string? NameFr { get; init; }

        public string? NameEn { get; init; }

        public string Unit { get; init; } = "";

        public string Direction { get; init; } = "";

        public string Purpose { get; init; } = "";

        public double? BaselineValue { get; init; }

        public double? TargetValue { get; init; }

        public ServingProjectKpi Serving(Sentences sentences, StatusRow? status, string? outcome) => new()
        {
            Kpi = Kpi,
            Name = new NameBody { Fr = NameFr, En = NameEn },
            Purpose = Purpose,
            Unit = Unit,
            Direction = Direction,
            Baseline = BaselineValue,
            Target = TargetValue,
            CurrentStatus = status?.Status,
            CurrentStatusText = sentences.Status(status?.Status),
            Week = status?.Week,
            Actual = status?.Actual,
            Drift = status?.Drift,
            Progress = status?.Progress,
            Outcome = outcome,
            OutcomeText = sentences.Outcome(outcome),
        };
    }

    private sealed record StatusRow
    {
        public long ProjectKpiId { get; init; }

        public string? Week { get; init; }

        public double? Actual { get; init; }

        public double? Drift { get; init; }

        public double? Progress { get; init; }

        public string Status { get; init; } = "";
    }

    private sealed record OutcomeRow
    {
        public long ProjectKpiId { get; init; }

        public string Outcome { get; init; } = "";
    }
}
