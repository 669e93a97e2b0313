using KpiApi.Http;

namespace KpiApi.Reviews;

/// <summary>A review as it is posted: what people decided on a day, and who does what until when.</summary>
public sealed record ReviewBody
{
    /// <summary>The day of the review: from the project's first day to today.</summary>
    [Needed, Day]
    public string ReviewedOn { get; init; } = null!;

    /// <summary>weekly, biweekly or monthly. One review of each kind on a day.</summary>
    [Needed, ReviewKind]
    public string Kind { get; init; } = null!;

    /// <summary>continue, adjust or stop. The product recommends; this is what people decided.</summary>
    [Needed, Decision]
    public string Decision { get; init; } = null!;

    /// <summary>Why it was decided so.</summary>
    [Text(2000)]
    public string? Note { get; init; }

    /// <summary>What is to be done, at most 50.</summary>
    public IReadOnlyList<ReviewActionBody>? Actions { get; init; }
}

/// <summary>An action as it is posted.</summary>
public sealed record ReviewActionBody
{
    /// <summary>What is to be done.</summary>
    [Needed, Text(1000)]
    public string Text { get; init; } = null!;

    /// <summary>Who does it.</summary>
    [Text(200)]
    public string? Owner { get; init; }

    /// <summary>The day by which it is to be done, not before the review.</summary>
    [Day]
    public string? DueOn { get; init; }
}

/// <summary>What may change of a review: the day on which an action was done.</summary>
public sealed record ActionDoneBody
{
    /// <summary>From the day of the review to today; null while the action is open.</summary>
    [Day]
    public string? DoneOn { get; init; }
}

/// <summary>A review: the decision, its actions, and the figures that were known.</summary>
public sealed record ReviewResource
{
    /// <summary>Identifies the review.</summary>
    public required long Id { get; init; }

    /// <summary>The code of the project.</summary>
    public required string Project { get; init; }

    /// <summary>The day of the review.</summary>
    [Day]
    public required string ReviewedOn { get; init; }

    /// <summary>weekly, biweekly or monthly.</summary>
    [ReviewKind]
    public required string Kind { get; init; }

    /// <summary>continue, adjust or stop.</summary>
    [Decision]
    public required string Decision { get; init; }

    /// <summary>Why it was decided so.</summary>
    public required string? Note { get; init; }

    /// <summary>What is to be done, in the order in which it was posted.</summary>
    public required IReadOnlyList<ReviewActionResource> Actions { get; init; }

    /// <summary>Then: the figures as of the day of the review, as they were when it was posted. Frozen: nothing changes them.</summary>
    public required ReviewFigures Snapshot { get; init; }

    /// <summary>Now: the figures as of the same day, with the facts of today. Null in lists and in the answer to a new review, whose figures are its snapshot.</summary>
    public required ReviewFigures? Now { get; init; }

    /// <summary>Of a decision to adjust: whether it worked, for each KPI, as of today. Empty for other decisions.</summary>
    public required IReadOnlyList<ReviewEffect> Effects { get; init; }

    /// <summary>When it was posted (UTC).</summary>
    [Instant]
    public required string CreatedAt { get; init; }
}

/// <summary>An action of a review.</summary>
public sealed record ReviewActionResource
{
    /// <summary>Its number within the review, from 1.</summary>
    public int Number { get; init; }

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

    /// <summary>Open, and due before today.</summary>
    public bool Overdue { get; init; }
}

/// <summary>What an adjustment did to a KPI: drift in the week before the review's week, and in the latest judged week since, up to the next adjustment.</summary>
public sealed record ReviewEffect
{
    /// <summary>The code of the KPI.</summary>
    public string Kpi { get; init; } = "";

    /// <summary>The ISO week before that of the review; null when the project had none, or it is not judged yet.</summary>
    [Week]
    public string? WeekBefore { get; init; }

    /// <summary>The status of that week.</summary>
    [KpiStatus]
    public string? StatusBefore { get; init; }

    /// <summary>The drift of that week, a fraction; above 0 is favourable.</summary>
    public double? DriftBefore { get; init; }

    /// <summary>The latest judged ISO week since; null while there is none.</summary>
    [Week]
    public string? WeekSince { get; init; }

    /// <summary>The status of that week.</summary>
    [KpiStatus]
    public string? StatusSince { get; init; }

    /// <summary>The drift of that week, a fraction; above 0 is favourable.</summary>
    public double? DriftSince { get; init; }

    /// <summary>driftSince − driftBefore, a fraction; above 0 is favourable.</summary>
    public double? DriftChange { get; init; }

    /// <summary>better, worse, unclear (within what chance does to two weeks), pending (no judged week yet) or unknown (a week without drift).</summary>
    [OneOf("better", "worse", "unclear", "pending", "unknown")]
    public string Effect { get; init; } = "";
}

/// <summary>The figures of a project as of the day of a review. The members have the meaning that they have in steering and roi.</summary>
public sealed record ReviewFigures
{
    /// <summary>The last day that counts: that of the review.</summary>
    [Day]
    public string AsOf { get; init; } = "";

    /// <summary>running or closed, as of that day.</summary>
    [ProjectStatus]
    public string Status { get; init; } = "";

    /// <summary>continue, adjust, stop or insufficient_data; null for a project closed before its horizon.</summary>
    [Recommendation]
    public string? Recommendation { get; init; }

    /// <summary>The codes and figures behind the recommendation.</summary>
    public IReadOnlyList<ReviewReason> Reasons { get; init; } = [];

    /// <summary>Gain, cost and return.</summary>
    public ReviewRoi Roi { get; init; } = new();

    /// <summary>One per KPI.</summary>
    public IReadOnlyList<ReviewKpi> Kpis { get; init; } = [];
}

/// <summary>A reason of a recommendation.</summary>
public sealed record ReviewReason
{
    /// <summary>A status, an outcome, roi-unknown, roi-below-one, roi-below-threshold, roi-reached or closed-early.</summary>
    [Reason]
    public string Code { get; init; } = "";

    /// <summary>The KPI that it is about, if any.</summary>
    public string? Kpi { get; init; }

    /// <summary>The figure behind it: drift (a fraction) for a status, the final value in the KPI's unit for an outcome, the ratio for ROI.</summary>
    public double? Value { get; init; }
}

/// <summary>The return of the project as of the day of a review.</summary>
public sealed record ReviewRoi
{
    /// <summary>The currency of the amounts.</summary>
    [Currency]
    public string Currency { get; init; } = "";

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

    /// <summary>The ratio from which the project counts as profitable.</summary>
    public double Threshold { get; init; }

    /// <summary>ratio ≥ threshold.</summary>
    public bool Reached { get; init; }

    /// <summary>The day of payback.</summary>
    [Day]
    public string? PaybackOn { get; init; }
}

/// <summary>A KPI of the project as of the day of a review.</summary>
public sealed record ReviewKpi
{
    /// <summary>The code of the KPI.</summary>
    public string Kpi { get; init; } = "";

    /// <summary>The name of the KPI.</summary>
    public NameBody Name { get; init; } = new();

    /// <summary>The unit of all values. A percent is a fraction.</summary>
    [Unit]
    public string Unit { get; init; } = "";

    /// <summary>Which way is better.</summary>
    [Direction]
    public string Direction { get; init; } = "";

    /// <summary>The business goal that it serves.</summary>
    public string Purpose { get; init; } = "";

    /// <summary>b, in the KPI's unit, sealed at launch.</summary>
    public double? Baseline { get; init; }

    /// <summary>What the facts of the baseline window gave, in the KPI's unit.</summary>
    public double? RestatedBaseline { get; init; }

    /// <summary>Measured days of the baseline window.</summary>
    public int CoverageDays { get; init; }

    /// <summary>t, in the KPI's unit.</summary>
    public double? Target { get; init; }

    /// <summary>A fraction: drift below −tolerance is behind.</summary>
    public double? Tolerance { get; init; }

    /// <summary>The status of the latest week that is not provisional.</summary>
    [KpiStatus]
    public string CurrentStatus { get; init; } = "";

    /// <summary>pending, achieved, missed or not_measurable.</summary>
    [Outcome]
    public string Outcome { get; init; } = "";

    /// <summary>The value over the evaluation window, in the KPI's unit.</summary>
    public double? Final { get; init; }

    /// <summary>final − baseline, in the KPI's unit.</summary>
    public double? Change { get; init; }

    /// <summary>change / |baseline|, a fraction.</summary>
    public double? ChangePct { get; init; }

    /// <summary>Lower end of the 99 % interval of the change, in the KPI's unit.</summary>
    public double? ChangeLow { get; init; }

    /// <summary>Upper end of the 99 % interval of the change, in the KPI's unit.</summary>
    public double? ChangeHigh { get; init; }

    /// <summary>clear, unclear or insufficient: whether something changed, not why.</summary>
    [Evidence]
    public string? Evidence { get; init; }

    /// <summary>One per ISO week of the project's life up to the day of the review, oldest first.</summary>
    public IReadOnlyList<ReviewWeek> Weeks { get; init; } = [];
}

/// <summary>One week of one KPI as of the day of a review.</summary>
public sealed record ReviewWeek
{
    /// <summary>ISO week, such as 2025-W10.</summary>
    [Week]
    public string Week { get; init; } = "";

    /// <summary>The value over the week's days, in the KPI's unit.</summary>
    public double? Actual { get; init; }

    /// <summary>The line from baseline to target over the same days, in the KPI's unit.</summary>
    public double? Expected { get; init; }

    /// <summary>Distance to the line, in the KPI's unit; above 0 is favourable.</summary>
    public double? Gap { get; init; }

    /// <summary>gap / |expected|, a fraction.</summary>
    public double? Drift { get; init; }

    /// <summary>Fraction of the way from baseline to target, never clamped.</summary>
    public double? Progress { get; init; }

    /// <summary>no_baseline, provisional, no_data, too_early, on_track, at_risk or behind.</summary>
    [KpiStatus]
    public string Status { get; init; } = "";
}

[AttributeUsage(AttributeTargets.Property)]
internal sealed class ReviewKindAttribute() : OneOfAttribute("weekly", "biweekly", "monthly");

[AttributeUsage(AttributeTargets.Property)]
internal sealed class DecisionAttribute() : OneOfAttribute("continue", "adjust", "stop");
