using KpiApi.Http;

namespace KpiApi.Steering;

/// <summary>Where a project stands: per KPI its baseline, target, weeks and outcome, and what the method recommends.</summary>
public sealed record SteeringResource
{
    /// <summary>The code of the project.</summary>
    public required string Project { get; init; }

    /// <summary>The last day that counts.</summary>
    public required DateOnly AsOf { get; init; }

    /// <summary>draft, running or closed, as of asOf.</summary>
    [ProjectStatus]
    public required string Status { get; init; }

    /// <summary>continue, adjust, stop or insufficient_data; null for a draft and for a project closed before its horizon. The product recommends; the review records what people decided.</summary>
    [Recommendation]
    public required string? Recommendation { get; init; }

    /// <summary>The recommendation in a word of the answer's language.</summary>
    public required string? RecommendationText { get; init; }

    /// <summary>The codes and figures behind the recommendation.</summary>
    public required IReadOnlyList<ReasonResource> Reasons { get; init; }

    /// <summary>Gain / cost up to asOf.</summary>
    public required double? RoiRatio { get; init; }

    /// <summary>Gain / cost at the last day of the horizon; null before.</summary>
    public required double? RoiRatioAtHorizon { get; init; }

    /// <summary>One per KPI.</summary>
    public required IReadOnlyList<SteeringKpi> Kpis { get; init; }
}

/// <summary>A reason of a recommendation.</summary>
public sealed record ReasonResource
{
    /// <summary>A status, an outcome, roi-unknown, roi-below-one, roi-below-threshold, roi-reached or closed-early.</summary>
    [Reason]
    public string Code { get; init; } = "";

    /// <summary>The KPI that it is about, if any.</summary>
    public string? Kpi { get; init; }

    /// <summary>The figure behind it: drift for a status, the final value for an outcome, the ratio for ROI.</summary>
    public double? Value { get; init; }

    /// <summary>The reason as a sentence in the answer's language.</summary>
    public string Text { get; init; } = "";
}

/// <summary>The steering of one KPI.</summary>
public sealed record SteeringKpi
{
    /// <summary>The code of the KPI.</summary>
    public required string Kpi { get; init; }

    /// <summary>The name of the KPI.</summary>
    public required NameBody Name { get; init; }

    /// <summary>The unit of all values. A percent is a fraction.</summary>
    [Unit]
    public required string Unit { get; init; }

    /// <summary>Which way is better.</summary>
    [Direction]
    public required string Direction { get; init; }

    /// <summary>ratio, sum, last or ledger.</summary>
    [Aggregation]
    public required string Aggregation { get; init; }

    /// <summary>The business goal that it serves.</summary>
    public required string Purpose { get; init; }

    /// <summary>b, in the KPI's unit: sealed at launch, live in a draft.</summary>
    public required double? Baseline { get; init; }

    /// <summary>What the facts of the baseline window give now, in the KPI's unit.</summary>
    public required double? RestatedBaseline { get; init; }

    /// <summary>Measured days of the baseline window.</summary>
    public required int CoverageDays { get; init; }

    /// <summary>t, in the KPI's unit.</summary>
    public required double? Target { get; init; }

    /// <summary>A fraction: drift below −tolerance is behind.</summary>
    public required double? Tolerance { get; init; }

    /// <summary>The smallest change that the evaluation can show (80 % power, 1 % two-sided), in the KPI's unit.</summary>
    public required double? SmallestDetectableChange { get; init; }

    /// <summary>Whether |t − b| is at least that.</summary>
    public required bool? Detectable { get; init; }

    /// <summary>Whether the target can be seen, as a sentence in the answer's language; null without a target or baseline.</summary>
    public required string? DetectableText { get; init; }

    /// <summary>The status of the latest week that is not provisional; null in a draft.</summary>
    [KpiStatus]
    public required string? CurrentStatus { get; init; }

    /// <summary>The current status in a word of the answer's language.</summary>
    public required string? CurrentStatusText { get; init; }

    /// <summary>pending, achieved, missed or not_measurable; null in a draft.</summary>
    [Outcome]
    public required string? Outcome { get; init; }

    /// <summary>The outcome in a word of the answer's language.</summary>
    public required string? OutcomeText { get; init; }

    /// <summary>The value over the evaluation window, in the KPI's unit.</summary>
    public required double? Final { get; init; }

    /// <summary>final − baseline, in the KPI's unit.</summary>
    public required double? Change { get; init; }

    /// <summary>change / |baseline|, a fraction.</summary>
    public required double? ChangePct { get; init; }

    /// <summary>Lower end of the 99 % interval of the change, in the KPI's unit.</summary>
    public required double? ChangeLow { get; init; }

    /// <summary>Upper end of the 99 % interval of the change, in the KPI's unit.</summary>
    public required double? ChangeHigh { get; init; }

    /// <summary>clear, unclear or insufficient: whether something changed, not why.</summary>
    [Evidence]
    public required string? Evidence { get; init; }

    /// <summary>The evidence as a sentence in the answer's language: both periods, the change, and that it can also be the season.</summary>
    public required string? EvidenceText { get; init; }

    /// <summary>One per ISO week of the project's life up to asOf, oldest first.</summary>
    public required IReadOnlyList<SteeringWeek> Weeks { get; init; }
}

/// <summary>One week of one KPI.</summary>
public sealed record SteeringWeek
{
    /// <summary>ISO week, such as 2025-W10.</summary>
    [Week]
    public string Week { get; init; } = "";

    /// <summary>Its Monday.</summary>
    [Day]
    public string WeekStart { get; init; } = "";

    /// <summary>Day of the project on which the row ends, 1 on its first.</summary>
    public int DayNumber { get; init; }

    /// <summary>The value over the week's days, in the KPI's unit.</summary>
    public double? Actual { get; init; }

    /// <summary>The line from baseline to target over the same days, in the KPI's unit.</summary>
    public double? Expected { get; init; }

    /// <summary>Distance to the line, in the KPI's unit; above 0 is favourable.</summary>
    public double? Gap { get; init; }

    /// <summary>What chance alone does to one week, in the KPI's unit.</summary>
    public double? Noise { get; init; }

    /// <summary>gap / |expected|, a fraction.</summary>
    public double? Drift { get; init; }

    /// <summary>Distance to the target as a fraction of it; above 0 is favourable.</summary>
    public double? TargetDrift { get; init; }

    /// <summary>Fraction of the way from baseline to target, never clamped.</summary>
    public double? Progress { get; init; }

    /// <summary>The week, or the KPI's lag, is not over.</summary>
    public bool Provisional { get; init; }

    /// <summary>no_baseline, provisional, no_data, too_early, on_track, at_risk or behind.</summary>
    [KpiStatus]
    public string Status { get; init; } = "";
}

/// <summary>A curve ready to draw.</summary>
public sealed record SeriesResource
{
    /// <summary>The code of the project.</summary>
    public required string Project { get; init; }

    /// <summary>The code of the KPI.</summary>
    public required string Kpi { get; init; }

    /// <summary>The unit of value and expected.</summary>
    [Unit]
    public required string Unit { get; init; }

    /// <summary>day, week or month.</summary>
    [Grain]
    public required string Grain { get; init; }

    /// <summary>The last day that counts.</summary>
    public required DateOnly AsOf { get; init; }

    /// <summary>b, in the KPI's unit.</summary>
    public required double? Baseline { get; init; }

    /// <summary>t, in the KPI's unit.</summary>
    public required double? Target { get; init; }

    /// <summary>Oldest first; whole periods that meet from … to.</summary>
    public required IReadOnlyList<SeriesPoint> Points { get; init; }
}

/// <summary>One point of a curve.</summary>
public sealed record SeriesPoint
{
    /// <summary>YYYY-MM-DD, YYYY-Www or YYYY-MM.</summary>
    public string Period { get; init; } = "";

    /// <summary>First day of the period.</summary>
    [Day]
    public string Date { get; init; } = "";

    /// <summary>What is divided, in its own unit; null without facts.</summary>
    public double? Numerator { get; init; }

    /// <summary>What it is divided by, in its own unit; null without facts.</summary>
    public double? Denominator { get; init; }

    /// <summary>The KPI over the period, in its unit.</summary>
    public double? Value { get; init; }

    /// <summary>The line over the period's judged days; null outside the project's life.</summary>
    public double? Expected { get; init; }
}

/// <summary>All projects at a glance.</summary>
public sealed record PortfolioResource
{
    /// <summary>The last day that counts.</summary>
    public required DateOnly AsOf { get; init; }

    /// <summary>One per project.</summary>
    public required IReadOnlyList<PortfolioItem> Items { get; init; }

    /// <summary>One per currency, over all projects.</summary>
    public required IReadOnlyList<PortfolioTotal> Totals { get; init; }

    /// <summary>What the method would object to.</summary>
    public required IReadOnlyList<PortfolioWarning> Warnings { get; init; }

    /// <summary>Send it as <c>?cursor=</c> to get what follows; null on the last page.</summary>
    public required string? NextCursor { get; init; }
}

/// <summary>One project of the portfolio.</summary>
public sealed record PortfolioItem
{
    /// <summary>The code of the project.</summary>
    public required string Project { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The code of its activity.</summary>
    public required string Activity { get; init; }

    /// <summary>draft, running or closed.</summary>
    [ProjectStatus]
    public required string Status { get; init; }

    /// <summary>Its first day.</summary>
    [Day]
    public required string StartsOn { get; init; }

    /// <summary>The last day of its horizon.</summary>
    [Day]
    public required string EndsOn { get; init; }

    /// <summary>continue, adjust, stop or insufficient_data.</summary>
    [Recommendation]
    public required string? Recommendation { get; init; }

    /// <summary>The recommendation in a word of the answer's language.</summary>
    public required string? RecommendationText { get; init; }

    /// <summary>Current status of each KPI; empty for a draft.</summary>
    public required IReadOnlyList<PortfolioKpi> Kpis { get; init; }

    /// <summary>Gain, cost and return.</summary>
    public required PortfolioRoi Roi { get; init; }

    /// <summary>The day of the last review.</summary>
    [Day]
    public required string? LastReviewOn { get; init; }

    /// <summary>When the next review is due; null unless running.</summary>
    [Day]
    public required string? NextReviewOn { get; init; }

    /// <summary>Due before asOf.</summary>
    public required bool ReviewOverdue { get; init; }

    /// <summary>Number of actions that are not done.</summary>
    public required int OpenActions { get; init; }

    /// <summary>Number of those that were due before asOf.</summary>
    public required int OverdueActions { get; init; }
}

/// <summary>The current status of a KPI.</summary>
public sealed record PortfolioKpi
{
    /// <summary>The code of the KPI.</summary>
    public required string Kpi { get; init; }

    /// <summary>Its current status.</summary>
    [KpiStatus]
    public required string Status { get; init; }

    /// <summary>The status in a word of the answer's language.</summary>
    public required string StatusText { get; init; }

    /// <summary>The drift behind it, a fraction.</summary>
    public required double? Drift { get; init; }
}

/// <summary>The return of a project.</summary>
public sealed record PortfolioRoi
{
    /// <summary>The currency of the amounts.</summary>
    [Currency]
    public required string Currency { get; init; }

    /// <summary>Σ gain, in that currency.</summary>
    public required double Gain { get; init; }

    /// <summary>Σ cost, in that currency.</summary>
    public required double Cost { get; init; }

    /// <summary>gain − cost, in that currency.</summary>
    public required double Net { get; init; }

    /// <summary>gain / cost.</summary>
    public required double? Ratio { get; init; }

    /// <summary>The project's threshold.</summary>
    public required double Threshold { get; init; }

    /// <summary>ratio ≥ threshold.</summary>
    public required bool Reached { get; init; }

    /// <summary>The day of payback.</summary>
    [Day]
    public required string? PaybackOn { get; init; }
}

/// <summary>Totals in one currency.</summary>
public sealed record PortfolioTotal
{
    /// <summary>ISO 4217.</summary>
    [Currency]
    public string Currency { get; init; } = "";

    /// <summary>Number of projects.</summary>
    public int Projects { get; init; }

    /// <summary>Σ gain, in that currency.</summary>
    public double Gain { get; init; }

    /// <summary>Σ cost, in that currency.</summary>
    public double Cost { get; init; }

    /// <summary>gain − cost, in that currency.</summary>
    public double Net { get; init; }

    /// <summary>gain / cost.</summary>
    public double? Ratio { get; init; }

    /// <summary>net / cost, a fraction.</summary>
    public double? Return { get; init; }
}

/// <summary>Something the method would object to.</summary>
public sealed record PortfolioWarning
{
    /// <summary>no-north-star, too-many-kpis, overdue-reviews or overdue-actions.</summary>
    [PortfolioWarningCode]
    public required string Code { get; init; }

    /// <summary>The activity that it is about.</summary>
    public required string? Activity { get; init; }

    /// <summary>Number of KPIs, projects with an overdue review, or overdue actions.</summary>
    public required long? Count { get; init; }

    /// <summary>What it says, in the answer's language.</summary>
    public required string Message { get; init; }
}

[AttributeUsage(AttributeTargets.Property)]
internal sealed class PortfolioWarningCodeAttribute() : OneOfAttribute("no-north-star", "too-many-kpis", "overdue-reviews", "overdue-actions");

[AttributeUsage(AttributeTargets.Property)]
internal sealed class GrainAttribute() : OneOfAttribute("day", "week", "month");
