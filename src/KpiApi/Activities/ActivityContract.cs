using KpiApi.Http;

namespace KpiApi.Activities;

/// <summary>A line of business, as it is created, changed and shown.</summary>
public sealed record ActivityBody
{
    /// <summary>Identifies the activity for ever.</summary>
    [Needed, Code]
    public string Code { get; init; } = null!;

    /// <summary>What people call it.</summary>
    [Needed, Text(200)]
    public string Name { get; init; } = null!;
}

/// <summary>The North Star of an activity as it is set.</summary>
public sealed record NorthStarBody
{
    /// <summary>The code of a KPI, not a ledger one.</summary>
    [Needed]
    public string Kpi { get; init; } = null!;

    /// <summary>The business goal that it stands for.</summary>
    [Needed, Text(1000)]
    public string Purpose { get; init; } = null!;
}

/// <summary>The North Star of an activity: its months, and the project KPIs that serve it.</summary>
public sealed record NorthStarResource
{
    /// <summary>The code of the activity.</summary>
    public required string Activity { get; init; }

    /// <summary>The code of the KPI.</summary>
    public required string Kpi { get; init; }

    /// <summary>The name of the KPI.</summary>
    public required NameBody Name { get; init; }

    /// <summary>The business goal that it stands for.</summary>
    public required string Purpose { get; init; }

    /// <summary>The unit of the values.</summary>
    [Unit]
    public required string Unit { get; init; }

    /// <summary>Which way is better.</summary>
    [Direction]
    public required string Direction { get; init; }

    /// <summary>The last day that counts.</summary>
    public required DateOnly AsOf { get; init; }

    /// <summary>Calendar months with facts, oldest first.</summary>
    public required IReadOnlyList<NorthStarMonth> Months { get; init; }

    /// <summary>KPIs of the activity's projects that serve it.</summary>
    public required IReadOnlyList<ServingKpi> ServedBy { get; init; }
}

/// <summary>One calendar month of a North Star.</summary>
public sealed record NorthStarMonth
{
    /// <summary>YYYY-MM.</summary>
    [Month]
    public string Month { get; init; } = "";

    /// <summary>The month's value in the KPI's unit; null when it cannot be divided.</summary>
    public double? Value { get; init; }

    /// <summary>Against the previous calendar month, in the KPI's unit; null without one or while provisional.</summary>
    public double? Change { get; init; }

    /// <summary>change / |value of the previous month|, a fraction.</summary>
    public double? ChangePct { get; init; }

    /// <summary>The month, or the KPI's lag, is not over.</summary>
    public bool Provisional { get; init; }
}

/// <summary>An activity from its North Star down: the projects that serve it, and where each of their KPIs stands.</summary>
public sealed record NorthStarTree
{
    /// <summary>The code of the activity.</summary>
    public required string Activity { get; init; }

    /// <summary>What people call it.</summary>
    public required string ActivityName { get; init; }

    /// <summary>The last day that counts.</summary>
    public required DateOnly AsOf { get; init; }

    /// <summary>The North Star with its months; null when the activity has none, which the method objects to.</summary>
    public required NorthStarTrunk? NorthStar { get; init; }

    /// <summary>The activity's projects with KPIs that serve it, in the order of their codes.</summary>
    public required IReadOnlyList<ServingProject> Projects { get; init; }
}

/// <summary>All activities from their North Stars down.</summary>
public sealed record NorthStarForest
{
    /// <summary>The last day that counts.</summary>
    public required DateOnly AsOf { get; init; }

    /// <summary>One per activity, in the order of their codes.</summary>
    public required IReadOnlyList<NorthStarTree> Items { get; init; }

    /// <summary>Send it as <c>?cursor=</c> to get what follows; null on the last page.</summary>
    public required string? NextCursor { get; init; }
}

/// <summary>The North Star at the top of a tree.</summary>
public sealed record NorthStarTrunk
{
    /// <summary>The code of the KPI.</summary>
    public required string Kpi { get; init; }

    /// <summary>The name of the KPI.</summary>
    public required NameBody Name { get; init; }

    /// <summary>The business goal that it stands for.</summary>
    public required string Purpose { get; init; }

    /// <summary>The unit of the values.</summary>
    [Unit]
    public required string Unit { get; init; }

    /// <summary>Which way is better.</summary>
    [Direction]
    public required string Direction { get; init; }

    /// <summary>Calendar months with facts, oldest first.</summary>
    public required IReadOnlyList<NorthStarMonth> Months { get; init; }
}

/// <summary>A project below a North Star.</summary>
public sealed record ServingProject
{
    /// <summary>The code of the project.</summary>
    public required string Project { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>draft, running or closed, as of asOf.</summary>
    [ProjectStatus]
    public required string Status { get; init; }

    /// <summary>The status in a word of the answer's language.</summary>
    public required string StatusText { get; init; }

    /// <summary>continue, adjust, stop or insufficient_data; null for a draft and for a project closed before its horizon.</summary>
    [Recommendation]
    public required string? Recommendation { get; init; }

    /// <summary>The recommendation in a word of the answer's language.</summary>
    public required string? RecommendationText { get; init; }

    /// <summary>Gain / cost up to asOf.</summary>
    public required double? RoiRatio { get; init; }

    /// <summary>Its KPIs that serve the North Star.</summary>
    public required IReadOnlyList<ServingProjectKpi> Kpis { get; init; }
}

/// <summary>Where a KPI stands that serves a North Star.</summary>
public sealed record ServingProjectKpi
{
    /// <summary>The code of the KPI.</summary>
    public required string Kpi { get; init; }

    /// <summary>The name of the KPI.</summary>
    public required NameBody Name { get; init; }

    /// <summary>Why the project tracks it.</summary>
    public required string Purpose { get; init; }

    /// <summary>The unit of all values. A percent is a fraction.</summary>
    [Unit]
    public required string Unit { get; init; }

    /// <summary>Which way is better.</summary>
    [Direction]
    public required string Direction { get; init; }

    /// <summary>b, in the KPI's unit: sealed at launch, live in a draft.</summary>
    public required double? Baseline { get; init; }

    /// <summary>t, in the KPI's unit.</summary>
    public required double? Target { get; init; }

    /// <summary>The status of the latest week that is not provisional; null in a draft.</summary>
    [KpiStatus]
    public required string? CurrentStatus { get; init; }

    /// <summary>The current status in a word of the answer's language.</summary>
    public required string? CurrentStatusText { get; init; }

    /// <summary>That week, such as 2025-W10; null before the first.</summary>
    [Week]
    public required string? Week { get; init; }

    /// <summary>The value over that week, in the KPI's unit.</summary>
    public required double? Actual { get; init; }

    /// <summary>gap / |expected| of that week, a fraction; above 0 is favourable.</summary>
    public required double? Drift { get; init; }

    /// <summary>Fraction of the way from baseline to target in that week, never clamped.</summary>
    public required double? Progress { get; init; }

    /// <summary>pending, achieved, missed or not_measurable; null in a draft.</summary>
    [Outcome]
    public required string? Outcome { get; init; }

    /// <summary>The outcome in a word of the answer's language.</summary>
    public required string? OutcomeText { get; init; }
}

/// <summary>A project KPI that serves a North Star.</summary>
public sealed record ServingKpi
{
    /// <summary>The code of the project.</summary>
    public string Project { get; init; } = "";

    /// <summary>The code of the KPI.</summary>
    public string Kpi { get; init; } = "";

    /// <summary>Why the project tracks it.</summary>
    public string Purpose { get; init; } = "";
}
