using System.Text.Json;
using System.Text.Json.Serialization;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Reviews;

/// <summary>The figures of a project as of the session's day, read from the views, and their frozen form.</summary>
internal static class ReviewFiguresReader
{
    /// <summary>The shape of what is frozen now. A snapshot keeps the number of its own; members are added, never renamed, so that every one stays readable.</summary>
    public const int SchemaVersion = 1;

    private const string SelectHead = """
        SELECT ProjectStatus AS Status, Recommendation, Currency, Gain, Cost, Net, RoiRatio, RoiReturn, RoiThreshold, RoiReached, PaybackOn
        FROM Portfolio
        WHERE ProjectId = @ProjectId
        """;

    private const string SelectKpis = """
        SELECT v.ProjectKpiId, k.Code AS Kpi, k.NameFr, k.NameEn, k.Unit, k.Direction, v.Purpose, v.BaselineValue, v.RestatedBaselineValue, v.CoverageDays, v.TargetValue, v.Tolerance
        FROM ProjectKpis v
        JOIN Kpi k ON k.KpiId = v.KpiId
        WHERE v.ProjectId = @ProjectId
        ORDER BY v.ProjectKpiId
        """;

    private const string SelectStatus = "SELECT ProjectKpiId, Status FROM KpiStatus WHERE ProjectId = @ProjectId";

    private const string SelectWeeks = """
        SELECT ProjectKpiId, Week, Actual, Expected, Gap, Drift, Progress, Status
        FROM KpiWeeks
        WHERE ProjectId = @ProjectId
        ORDER BY ProjectKpiId, WeekStart
        """;

    // Nulls are left out, so that a year of weeks stays small.
    private static readonly JsonSerializerOptions Frozen = new(StrictJson.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip };

    /// <summary>The figures of a launched project. The session sees that project only.</summary>
    public static async Task<ReviewFigures> Read(Session session, long projectId)
    {
        var owner = new { ProjectId = projectId };
        var head = (await session.Single<HeadRow>(SelectHead, owner))!;
        var status = (await session.Query<StatusRow>(SelectStatus, owner)).ToDictionary(row => row.ProjectKpiId);
        var outcomes = (await session.Query<OutcomeRow>(ReviewRows.SelectOutcomes, owner)).ToDictionary(row => row.ProjectKpiId);
        var weeks = (await session.Query<WeekRow>(SelectWeeks, owner)).ToLookup(row => row.ProjectKpiId);
        return new ReviewFigures
        {
            AsOf = Days.Text(session.Scope.AsOfDay),
            Status = head.Status,
            Recommendation = head.Recommendation,
            Reasons = await session.Query<ReviewReason>(ReviewRows.SelectReasons, owner),
            Roi = new ReviewRoi
            {
                Currency = head.Currency,
                Gain = head.Gain,
                Cost = head.Cost,
                Net = head.Net,
                Ratio = head.RoiRatio,
                Return = head.RoiReturn,
                Threshold = head.RoiThreshold,
                Reached = head.RoiReached == 1,
                PaybackOn = head.PaybackOn,
            },
            Kpis = (await session.Query<KpiRow>(SelectKpis, owner)).Select(kpi => kpi.Shown(status[kpi.ProjectKpiId], outcomes[kpi.ProjectKpiId], weeks[kpi.ProjectKpiId])).ToList(),
        };
    }

    public static string Freeze(ReviewFigures figures) => JsonSerializer.Serialize(figures, Frozen);

    public static ReviewFigures Thaw(string frozen) => JsonSerializer.Deserialize<ReviewFigures>(frozen, Frozen)!;

    private sealed record HeadRow : RoiRow
    {
        public string Status { get; init; } = "";

        public string? Recommendation { get; init; }
    }

    private sealed record StatusRow
    {
        public long ProjectKpiId { get; init; }

        public string Status { get; init; } = "";
    }

    private sealed record WeekRow
    {
        public long ProjectKpiId { get; init; }

        public string Week { get; init; } = "";

        public double? Actual { get; init; }

        public double? Expected { get; init; }

        public double? Gap { get; init; }

        public double? Drift { get; init; }

        public double? Progress { get; init; }

        public string Status { get; init; } = "";

        public ReviewWeek Shown() => new() { Week = Week, Actual = Actual, Expected = Expected, Gap = Gap, Drift = Drift, Progress = Progress, Status = Status };
    }

    private sealed record KpiRow
    {
        public long ProjectKpiId { get; init; }

        public string Kpi { get; init; } = "";

        public string NameFr { get; init; } = "";

        public string NameEn { get; init; } = "";

        public string Unit { get; init; } = "";

        public string Direction { get; init; } = "";

        public string Purpose { get; init; } = "";

        public double? BaselineValue { get; init; }

        public double? RestatedBaselineValue { get; init; }

        public int CoverageDays { get; init; }

        public double? TargetValue { get; init; }

        public double? Tolerance { get; init; }

        public ReviewKpi Shown(StatusRow status, OutcomeRow outcome, IEnumerable<WeekRow> weeks) => new()
        {
            Kpi = Kpi,
            Name = new NameBody { Fr = NameFr, En = NameEn },
            Unit = Unit,
            Direction = Direction,
            Purpose = Purpose,
            Baseline = BaselineValue,
            RestatedBaseline = RestatedBaselineValue,
            CoverageDays = CoverageDays,
            Target = TargetValue,
            Tolerance = Tolerance,
            CurrentStatus = status.Status,
            Outcome = outcome.Outcome,
            Final = outcome.FinalValue,
            Change = outcome.Change,
            ChangePct = outcome.ChangePct,
            ChangeLow = outcome.ChangeLow,
            ChangeHigh = outcome.ChangeHigh,
            Evidence = outcome.Evidence,
            Weeks = weeks.Select(week => week.Shown()).ToList(),
        };
    }
}
