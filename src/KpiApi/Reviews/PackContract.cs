using KpiApi.Http;

namespace KpiApi.Reviews;

/// <summary>What a committee needs of a project once a month: where it stands, what it brought, what was decided, and what is to be decided.</summary>
public sealed record PackResource
{
    /// <summary>The code of the project.</summary>
    public required string Project { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The code of its activity.</summary>
    public required string Activity { get; init; }

    /// <summary>The name of its activity.</summary>
    public required string ActivityName { get; init; }

    /// <summary>What the project is to achieve.</summary>
    public required string? Objective { get; init; }

    /// <summary>running or closed, as of asOf.</summary>
    [ProjectStatus]
    public required string Status { get; init; }

    /// <summary>The status in a word of the answer's language.</summary>
    public required string StatusText { get; init; }

    /// <summary>The month that it is about, YYYY-MM.</summary>
    [Month]
    public required string Month { get; init; }

    /// <summary>The month's first day: decisions from it on are new since the pack before.</summary>
    public required DateOnly Since { get; init; }

    /// <summary>The last day that counts: the month's last, or today.</summary>
    public required DateOnly AsOf { get; init; }

    /// <summary>The project's first day.</summary>
    [Day]
    public required string StartsOn { get; init; }

    /// <summary>The last day of its horizon.</summary>
    [Day]
    public required string EndsOn { get; init; }

    /// <summary>Its last day, once it is closed.</summary>
    [Day]
    public required string? ClosedOn { get; init; }

    /// <summary>Day of the project, 1 on its first, at most that of its end.</summary>
    public required int DayNumber { get; init; }

    /// <summary>Length of the horizon in days.</summary>
    public required int HorizonDays { get; init; }

    /// <summary>continue, adjust, stop or insufficient_data; null for a project closed before its horizon.</summary>
    [Recommendation]
    public required string? Recommendation { get; init; }

    /// <summary>The recommendation in a word of the answer's language.</summary>
    public required string? RecommendationText { get; init; }

    /// <summary>The codes and figures behind the recommendation.</summary>
    public required IReadOnlyList<PackReason> Reasons { get; init; }

    /// <summary>What the committee is to decide or to see to, most important first.</summary>
    public required IReadOnlyList<PackMatter> ToDecide { get; init; }

    /// <summary>One per KPI.</summary>
    public required IReadOnlyList<PackKpi> Kpis { get; init; }

    /// <summary>Gain, cost and return.</summary>
    public required PackRoi Roi { get; init; }

    /// <summary>When the next review is due; null unless running.</summary>
    [Day]
    public required string? NextReviewOn { get; init; }

    /// <summary>Reviews of the month, oldest first.</summary>
    public required IReadOnlyList<PackReview> Reviews { get; init; }

    /// <summary>Actions that are open, or were decided or done in the month; in the order in which they are due.</summary>
    public required IReadOnlyList<PackAction> Actions { get; init; }
}

/// <summary>A reason of the recommendation.</summary>
public sealed record PackReason
{
    /// <summary>A status, an outcome, roi-unknown, roi-below-one, roi-below-threshold, roi-reached or closed-early.</summary>
    [Reason]
    public string Code { get; init; } = "";

    /// <summary>The KPI that it is about, if any.</summary>
    public string? Kpi { get; init; }

    /// <summary>The figure behind it: drift (a fraction) for a status, the final value in the KPI's unit for an outcome, the ratio for ROI.</summary>
    public double? Value { get; init; }

    /// <summary>The reason as a sentence in the answer's language.</summary>
    public string Text { get; init; } = "";
}

/// <summary>Something that the committee is to decide or to see to.</summary>
public sealed record PackMatter
{
    /// <summary>recommendation, horizon-over, review-overdue, action-overdue or no-data.</summary>
    [Matter]
    public required string Code { get; init; }

    /// <summary>The KPI that it is about, if any.</summary>
    public string? Kpi { get; init; }

    /// <summary>The day on which it was due, if it is overdue.</summary>
    [Day]
    public string? DueOn { get; init; }

    /// <summary>What it is, as a sentence in the answer's language.</summary>
    public required string Text { get; init; }
}

/// <summary>Where a KPI stands at the end of the month. The figures are those of its latest week that is not provisional.</summary>
public sealed record PackKpi
{
    /// <summary>The code of the KPI.</summary>
    public required string Kpi { get; init; }

    /// <summary>Its name in the answer's language.</summary>
    public required string Name { get; init; }

    /// <summary>The unit of all values. A percent is a fraction.</summary>
    [Unit]
    public required string Unit { get; init; }

    /// <summary>Which way is better.</summary>
    [Direction]
    public required string Direction { get; init; }

    /// <summary>The business goal that it serves.</summary>
    public required string Purpose { get; init; }

    /// <summary>b, in the KPI's unit, as sealed at launch.</summary>
    public required double? Baseline { get; init; }

    /// <summary>t, in the KPI's unit.</summary>
    public required double? Target { get; init; }

    /// <summary>Days in which the line climbs from baseline to target; then it holds.</summary>
    public required int RampDays { get; init; }

    /// <summary>A fraction: drift below −tolerance is behind.</summary>
    public required double? Tolerance { get; init; }

    /// <summary>Whether the target can be seen, as a sentence in the answer's language.</summary>
    public required string? DetectableText { get; init; }

    /// <summary>The week of the figures, such as 2025-W10; null before the first that is not provisional.</summary>
    [Week]
    public required string? Week { get; init; }

    /// <summary>The value over that week, in the KPI's unit.</summary>
    public required double? Actual { get; init; }

    /// <summary>The line over the same days, in the KPI's unit.</summary>
    public required double? Expected { get; init; }

    /// <summary>Distance to the line, in the KPI's unit; above 0 is favourable.</summary>
    public required double? Gap { get; init; }

    /// <summary>gap / |expected|, a fraction.</summary>
    public required double? Drift { get; init; }

    /// <summary>Fraction of the way from baseline to target, never clamped.</summary>
    public required double? Progress { get; init; }

    /// <summary>The current status.</summary>
    [KpiStatus]
    public required string Status { get; init; }

    /// <summary>The status in a word of the answer's language.</summary>
    public required string StatusText { get; init; }

    /// <summary>pending, achieved, missed or not_measurable.</summary>
    [Outcome]
    public required string Outcome { get; init; }

    /// <summary>The outcome in a word of the answer's language.</summary>
    public required string OutcomeText { get; init; }

    /// <summary>The value over the evaluation window, in the KPI's unit.</summary>
    public required double? Final { get; init; }

    /// <summary>final − baseline, in the KPI's unit.</summary>
    public required double? Change { get; init; }

    /// <summary>Lower end of the 99 % interval of the change, in the KPI's unit.</summary>
    public required double? ChangeLow { get; init; }

    /// <summary>Upper end of the 99 % interval of the change, in the KPI's unit.</summary>
    public required double? ChangeHigh { get; init; }

    /// <summary>clear, unclear or insufficient: whether something changed, not why.</summary>
    [Evidence]
    public required string? Evidence { get; init; }

    /// <summary>The evidence as a sentence in the answer's language: both periods, the change, and that it can also be the season.</summary>
    public required string? EvidenceText { get; init; }

    /// <summary>One per ISO week of the project's life up to asOf, oldest first: the curve to draw.</summary>
    public required IReadOnlyList<PackWeek> Weeks { get; init; }
}

/// <summary>A point of a KPI's curve.</summary>
public sealed record PackWeek
{
    /// <summary>ISO week, such as 2025-W10.</summary>
    [Week]
    public string Week { get; init; } = "";

    /// <summary>Day of the project on which the week ends, 1 on its first.</summary>
    public int DayNumber { get; init; }

    /// <summary>The value over the week's days, in the KPI's unit.</summary>
    public double? Actual { get; init; }

    /// <summary>The line over the same days, in the KPI's unit.</summary>
    public double? Expected { get; init; }

    /// <summary>The week, or the KPI's lag, is not over.</summary>
    public bool Provisional { get; init; }

    /// <summary>The status of the week.</summary>
    [KpiStatus]
    public string Status { get; init; } = "";
}

/// <summary>The return of the project, and what the month added to it.</summary>
public sealed record PackRoi
{
    /// <summary>The currency of all amounts.</summary>
    [Currency]
    public required string Currency { get; init; }

    /// <summary>Σ gain, in the project's currency, excluding VAT.</summary>
    public required double Gain { get; init; }

    /// <summary>Σ cost, in the project's currency, excluding VAT.</summary>
    public required double Cost { get; init; }

    /// <summary>gain − cost, in the project's currency, excluding VAT.</summary>
    public required double Net { get; init; }

    /// <summary>gain / cost; null when the cost is 0.</summary>
    public required double? Ratio { get; init; }

    /// <summary>net / cost, a fraction; null when the cost is 0.</summary>
    public required double? Return { get; init; }

    /// <summary>The project's threshold for the ratio.</summary>
    public required double Threshold { get; init; }

    /// <summary>ratio ≥ threshold; false when the ratio is null.</summary>
    public required bool Reached { get; init; }

    /// <summary>First day on which cumulative gain covers a positive cumulative cost, and stays so.</summary>
    [Day]
    public required string? PaybackOn { get; init; }

    /// <summary>The ratio at the last day of the horizon; null before.</summary>
    public required double? RatioAtHorizon { get; init; }

    /// <summary>Σ gain of the month, in the project's currency, excluding VAT.</summary>
    public required double MonthGain { get; init; }

    /// <summary>Σ cost of the month, in the project's currency, excluding VAT.</summary>
    public required double MonthCost { get; init; }

    /// <summary>The return as a sentence in the answer's language.</summary>
    public required string Text { get; init; }

    /// <summary>One per day with entries, oldest first: the curve to draw.</summary>
    public required IReadOnlyList<PackLedgerDay> Days { get; init; }
}

/// <summary>A day of the ledger's curve.</summary>
public sealed record PackLedgerDay
{
    /// <summary>The business day.</summary>
    [Day]
    public string Date { get; init; } = "";

    /// <summary>Σ gain up to that day, in the project's currency, excluding VAT.</summary>
    public double CumulativeGain { get; init; }

    /// <summary>Σ cost up to that day, in the project's currency, excluding VAT.</summary>
    public double CumulativeCost { get; init; }
}

/// <summary>A review of the month.</summary>
public sealed record PackReview
{
    /// <summary>The day of the review.</summary>
    [Day]
    public string ReviewedOn { get; init; } = "";

    /// <summary>weekly, biweekly or monthly.</summary>
    [ReviewKind]
    public string Kind { get; init; } = "";

    /// <summary>continue, adjust or stop.</summary>
    [Decision]
    public string Decision { get; init; } = "";

    /// <summary>The decision in a word of the answer's language.</summary>
    public string DecisionText { get; init; } = "";

    /// <summary>Why it was decided so.</summary>
    public string? Note { get; init; }
}

/// <summary>An action that a review decided.</summary>
public sealed record PackAction
{
    /// <summary>The day of the review.</summary>
    [Day]
    public string ReviewedOn { get; init; } = "";

    /// <summary>What is to be done.</summary>
    public string Text { get; init; } = "";

    /// <summary>Who does it.</summary>
    public string? Owner { get; init; }

    /// <summary>The day by which it is to be done.</summary>
    [Day]
    public string? DueOn { get; init; }

    /// <summary>The day on which it was done; null while it is open.</summary>
    [Day]
    public string? DoneOn { get; init; }

    /// <summary>Open, and due before asOf.</summary>
    public bool Overdue { get; init; }
}

[AttributeUsage(AttributeTargets.Property)]
internal sealed class MatterAttribute() : OneOfAttribute("recommendation", "horizon-over", "review-overdue", "action-overdue", "no-data");
