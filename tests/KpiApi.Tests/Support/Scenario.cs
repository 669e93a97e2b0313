using System.Text.Json;
using System.Text.Json.Serialization;

namespace KpiApi.Tests.Support;

/// <summary>A world to load through the API, in the shape of the golden files: what was known, in the order in which it became known.</summary>
internal sealed record Scenario
{
    /// <summary>Reads and writes the golden files' camelCase; absent members stay absent, and a member nobody here knows is an error rather than a silent hole.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.Strict,
        PropertyNameCaseInsensitive = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>The six KPIs that every organisation has; a scenario uses them without creating them.</summary>
    public static IReadOnlyList<ScenarioKpi> Catalogue { get; } =
    [
        Priority("cost-per-lead", "acquisition", "currency", "decrease", "ratio", "relative", -0.10m),
        Priority("quote-to-order-rate", "conversion", "percent", "increase", "ratio", "points", 0.05m),
        Priority("session-duration", "engagement", "seconds", "increase", "ratio", "relative", 0.20m),
        Priority("average-order-value", "e-commerce", "currency", "increase", "ratio", "relative", 0.08m),
        Priority("processing-time", "productivity", "minutes", "decrease", "ratio", "relative", -0.15m),
        Priority("project-roi", "finance", "ratio", "increase", "ledger", "absolute", 1.5m),
    ];

    /// <summary>The last day that counts when the figures are read.</summary>
    public required DateOnly AsOf { get; init; }

    public IReadOnlyList<ScenarioActivity> Activities { get; init; } = [];

    /// <summary>The organisation's own KPIs; the catalogue is there anyway.</summary>
    public IReadOnlyList<ScenarioKpi> Kpis { get; init; } = [];

    public IReadOnlyList<ScenarioProject> Projects { get; init; } = [];

    public IReadOnlyList<ScenarioNorthStar>? NorthStars { get; init; }

    /// <summary>Facts known when the projects are launched.</summary>
    public IReadOnlyList<ScenarioMeasurement> Measurements { get; init; } = [];

    public IReadOnlyList<ScenarioLedgerEntry> Ledger { get; init; } = [];

    /// <summary>Facts and corrections posted once the baselines are sealed.</summary>
    public IReadOnlyList<ScenarioMeasurement>? AfterLaunch { get; init; }

    /// <summary>Facts removed at the very end.</summary>
    public IReadOnlyList<ScenarioDelete>? Deletes { get; init; }

    public static Scenario Load(string path) => GoldenFile.Load(path).Scenario;

    public ScenarioKpi KpiOf(string code) =>
        Kpis.Concat(Catalogue).FirstOrDefault(kpi => kpi.Code == code) ?? throw new InvalidOperationException($"The scenario knows no KPI '{code}'.");

    private static ScenarioKpi Priority(string code, string domain, string unit, string direction, string aggregation, string kind, decimal value) =>
        new() { Code = code, Domain = domain, Unit = unit, Direction = direction, Aggregation = aggregation, Threshold = new() { Kind = kind, Value = value } };
}

internal sealed record GoldenFile
{
    public required Scenario Scenario { get; init; }

    public required Expected Expected { get; init; }

    public static GoldenFile Load(string path) =>
        JsonSerializer.Deserialize<GoldenFile>(File.ReadAllBytes(path), Scenario.Json) ?? throw new InvalidDataException($"{path} is empty.");
}

internal sealed record ScenarioActivity
{
    public required string Code { get; init; }

    public required string Name { get; init; }
}

internal sealed record ScenarioName
{
    public required string Fr { get; init; }

    public required string En { get; init; }
}

internal sealed record ScenarioThreshold
{
    /// <summary><c>relative</c>, <c>points</c> or <c>absolute</c>.</summary>
    public required string Kind { get; init; }

    public required decimal Value { get; init; }
}

internal sealed record ScenarioKpi
{
    public required string Code { get; init; }

    /// <summary>Null for the catalogue, which nobody posts.</summary>
    public ScenarioName? Name { get; init; }

    public required string Domain { get; init; }

    public required string Unit { get; init; }

    public required string Direction { get; init; }

    public required string Aggregation { get; init; }

    public int? PerDays { get; init; }

    public int? LagDays { get; init; }

    public required ScenarioThreshold Threshold { get; init; }
}

internal sealed record ScenarioProject
{
    public const int DefaultBaselineDays = 30;
    public const int DefaultHorizonDays = 90;
    public const decimal DefaultRoiThreshold = 1.5m;

    public required string Code { get; init; }

    public required string Name { get; init; }

    public required string Activity { get; init; }

    public required DateOnly StartsOn { get; init; }

    public required string Currency { get; init; }

    public int? BaselineDays { get; init; }

    public int? HorizonDays { get; init; }

    public decimal? RoiThreshold { get; init; }

    /// <summary>Not a member of the project's body: the day to give to its <c>close</c>, after everything else is loaded.</summary>
    public DateOnly? ClosedOn { get; init; }

    public IReadOnlyList<ScenarioProjectKpi> Kpis { get; init; } = [];
}

internal sealed record ScenarioProjectKpi
{
    public const int DefaultGraceDays = 14;

    public required string Kpi { get; init; }

    public required string Purpose { get; init; }

    /// <summary>Null: the KPI's own threshold.</summary>
    public ScenarioThreshold? Target { get; init; }

    public decimal? Tolerance { get; init; }

    public int? GraceDays { get; init; }

    public int? LagDays { get; init; }

    public ScenarioDeclaredBaseline? DeclaredBaseline { get; init; }
}

internal sealed record ScenarioDeclaredBaseline
{
    public required decimal Value { get; init; }

    public required string Note { get; init; }
}

internal sealed record ScenarioNorthStar
{
    public required string Activity { get; init; }

    public required string Kpi { get; init; }

    public required string Purpose { get; init; }
}

/// <summary>A fact of a project's KPI, or of an activity's North Star; on a date or at an instant; with both sides of a ratio, or with a value.</summary>
internal sealed record ScenarioMeasurement
{
    public const string DefaultSource = "api";

    public string? Project { get; init; }

    public string? Activity { get; init; }

    public required string Kpi { get; init; }

    public DateOnly? Date { get; init; }

    public DateTimeOffset? Timestamp { get; init; }

    public decimal? Numerator { get; init; }

    public decimal? Denominator { get; init; }

    public decimal? Value { get; init; }

    public string? Source { get; init; }

    public string? ExternalId { get; init; }

    public string? Note { get; init; }
}

internal sealed record ScenarioDelete
{
    public string? Project { get; init; }

    public string? Activity { get; init; }

    public required string Kpi { get; init; }

    public string? Source { get; init; }

    /// <summary>The fact's externalId, the one it got by default (its date) included.</summary>
    public required string ExternalId { get; init; }
}

internal sealed record ScenarioLedgerEntry
{
    public required string Project { get; init; }

    /// <summary><c>gain</c> or <c>cost</c>.</summary>
    public required string Kind { get; init; }

    public required string Category { get; init; }

    public required decimal Amount { get; init; }

    public required DateOnly Date { get; init; }

    /// <summary>Null: <c>estimated</c>.</summary>
    public string? Evidence { get; init; }

    public string? Label { get; init; }

    public string? Source { get; init; }

    public string? ExternalId { get; init; }
}

/// <summary>The figures of a scenario on its <c>asOf</c>.</summary>
internal sealed record Expected
{
    public required IReadOnlyDictionary<string, ExpectedProject> Projects { get; init; }

    /// <summary>Null where nobody looked (the golden files); a list, empty or not, is compared.</summary>
    public IReadOnlyList<ExpectedNorthStarMonth>? NorthStars { get; init; }

    public static Expected Load(string path) => GoldenFile.Load(path).Expected;
}

internal sealed record ExpectedProject
{
    public required IReadOnlyList<ExpectedWeek> Weeks { get; init; }

    public required IReadOnlyList<ExpectedKpi> Kpis { get; init; }

    public required ExpectedRoi Roi { get; init; }

    public string? Recommendation { get; init; }
}

internal sealed record ExpectedWeek
{
    public required string Kpi { get; init; }

    public required string Week { get; init; }

    public required DateOnly WeekStart { get; init; }

    public required int DayNumber { get; init; }

    public double? Actual { get; init; }

    public double? Expected { get; init; }

    public double? Gap { get; init; }

    public double? Drift { get; init; }

    public double? Noise { get; init; }

    public double? TargetDrift { get; init; }

    public double? Progress { get; init; }

    public required bool Provisional { get; init; }

    public required string Status { get; init; }
}

internal sealed record ExpectedKpi
{
    public required string Kpi { get; init; }

    public double? Baseline { get; init; }

    public double? RestatedBaseline { get; init; }

    public required int CoverageDays { get; init; }

    public double? Target { get; init; }

    public double? Tolerance { get; init; }

    public double? SmallestDetectableChange { get; init; }

    public bool? Detectable { get; init; }

    public string? CurrentStatus { get; init; }

    public double? Final { get; init; }

    public double? Change { get; init; }

    public double? ChangePct { get; init; }

    public double? ChangeLow { get; init; }

    public double? ChangeHigh { get; init; }

    public string? Evidence { get; init; }

    public string? Outcome { get; init; }
}

internal sealed record ExpectedRoi
{
    public required double Gain { get; init; }

    public required double Cost { get; init; }

    public required double Net { get; init; }

    public double? Ratio { get; init; }

    public double? Return { get; init; }

    public required bool Reached { get; init; }

    public DateOnly? PaybackOn { get; init; }

    public required IReadOnlyDictionary<string, ExpectedEvidence> ByEvidence { get; init; }
}

internal sealed record ExpectedEvidence
{
    public required double Gain { get; init; }

    public required double Cost { get; init; }
}

internal sealed record ExpectedNorthStarMonth
{
    public required string Activity { get; init; }

    public required string Kpi { get; init; }

    /// <summary><c>YYYY-MM</c>.</summary>
    public required string Month { get; init; }

    public double? Value { get; init; }

    public double? Change { get; init; }

    public double? ChangePct { get; init; }

    public required bool Provisional { get; init; }
}
