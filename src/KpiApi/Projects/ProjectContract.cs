using KpiApi.Http;

namespace KpiApi.Projects;

/// <summary>A project as it is created or changed.</summary>
public sealed record ProjectBody
{
    /// <summary>Identifies the project for ever.</summary>
    [Needed, Code]
    public string Code { get; init; } = null!;

    /// <summary>What people call it.</summary>
    [Needed, Text(200)]
    public string Name { get; init; } = null!;

    /// <summary>The code of its activity.</summary>
    [Needed]
    public string Activity { get; init; } = null!;

    /// <summary>Its first day, S. The baseline window ends the day before.</summary>
    [Needed, Day]
    public string StartsOn { get; init; } = null!;

    /// <summary>The currency of its ledger (ISO 4217).</summary>
    [Needed, Currency]
    public string Currency { get; init; } = null!;

    /// <summary>What the project is to achieve.</summary>
    [Text(2000)]
    public string? Objective { get; init; }

    /// <summary>Creates the project with the KPIs of a template. Only when the project is created.</summary>
    [Text(64)]
    public string? Template { get; init; }

    /// <summary>B, length of the baseline window in days. Default 30.</summary>
    [Between(7, 90)]
    public int? BaselineDays { get; init; }

    /// <summary>H, length of the horizon in days, at least baselineDays. Default 90.</summary>
    [Between(14, 365)]
    public int? HorizonDays { get; init; }

    /// <summary>Gain / cost from which the project counts as profitable. Default 1.5.</summary>
    [Between(0.000001, 1000)]
    public double? RoiThreshold { get; init; }

    /// <summary>Days between reviews. Default 14.</summary>
    [Between(1, 365)]
    public int? ReviewCadenceDays { get; init; }
}

/// <summary>A project.</summary>
public sealed record ProjectResource
{
    /// <summary>Identifies the project for ever.</summary>
    public required string Code { get; init; }

    /// <summary>What people call it.</summary>
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

    /// <summary>The last day that counts, once closed.</summary>
    [Day]
    public required string? ClosedOn { get; init; }

    /// <summary>The currency of its ledger.</summary>
    [Currency]
    public required string Currency { get; init; }

    /// <summary>What the project is to achieve.</summary>
    public required string? Objective { get; init; }

    /// <summary>The template that it was created from.</summary>
    public required string? Template { get; init; }

    /// <summary>Length of the baseline window in days.</summary>
    public required int BaselineDays { get; init; }

    /// <summary>Length of the horizon in days.</summary>
    public required int HorizonDays { get; init; }

    /// <summary>Gain / cost from which the project counts as profitable.</summary>
    public required double RoiThreshold { get; init; }

    /// <summary>Days between reviews.</summary>
    public required int ReviewCadenceDays { get; init; }

    /// <summary>When the baseline was sealed (UTC).</summary>
    [Instant]
    public required string? LaunchedAt { get; init; }
}

/// <summary>A KPI of a project as it is created or changed.</summary>
public sealed record ProjectKpiBody
{
    /// <summary>The code of a KPI definition.</summary>
    [Needed]
    public string Kpi { get; init; } = null!;

    /// <summary>The business goal that it serves. A KPI without one is refused.</summary>
    [Needed, Text(1000)]
    public string Purpose { get; init; } = null!;

    /// <summary>The success threshold; the KPI's own when left out.</summary>
    public ThresholdBody? Target { get; init; }

    /// <summary>A fraction: drift below −tolerance is behind. Default: min(0.10, ½·|t−b|/|t|).</summary>
    [Between(0.0, 1.0)]
    public double? Tolerance { get; init; }

    /// <summary>Days during which nothing is judged. Default 14.</summary>
    [Between(0, 365)]
    public int? GraceDays { get; init; }

    /// <summary>Days until the facts of a day are complete; the KPI's own when left out.</summary>
    [Between(0, 365)]
    public int? LagDays { get; init; }

    /// <summary>A baseline for a KPI without history.</summary>
    public DeclaredBaselineBody? DeclaredBaseline { get; init; }

    /// <summary>Whether it serves the North Star of the activity. Default true.</summary>
    public bool? ServesNorthStar { get; init; }
}

/// <summary>A baseline that somebody vouches for.</summary>
public sealed record DeclaredBaselineBody
{
    /// <summary>In the KPI's unit.</summary>
    [Needed, Between(-1e9, 1e9)]
    public double Value { get; init; } = double.NaN;

    /// <summary>Where it comes from.</summary>
    [Needed, Text(2000)]
    public string Note { get; init; } = null!;
}

/// <summary>A KPI of a project: its settings. Figures are under steering and baseline.</summary>
public sealed record ProjectKpiResource
{
    /// <summary>The code of the project.</summary>
    public required string Project { get; init; }

    /// <summary>The code of the KPI.</summary>
    public required string Kpi { get; init; }

    /// <summary>The name of the KPI.</summary>
    public required NameBody Name { get; init; }

    /// <summary>The business goal that it serves.</summary>
    public required string Purpose { get; init; }

    /// <summary>The success threshold in force.</summary>
    public required ThresholdBody Target { get; init; }

    /// <summary>The chosen tolerance, a fraction; null: the default rule.</summary>
    public required double? Tolerance { get; init; }

    /// <summary>Days during which nothing is judged.</summary>
    public required int GraceDays { get; init; }

    /// <summary>Days until the facts of a day are complete; null: the KPI's own.</summary>
    public required int? LagDays { get; init; }

    /// <summary>The declared baseline, if any.</summary>
    public required DeclaredBaselineBody? DeclaredBaseline { get; init; }

    /// <summary>Whether it serves the North Star of the activity.</summary>
    public required bool ServesNorthStar { get; init; }

    /// <summary>When its baseline was sealed (UTC).</summary>
    [Instant]
    public required string? LaunchedAt { get; init; }
}

/// <summary>What a launch may overlook.</summary>
public sealed record LaunchBody
{
    /// <summary>Launch although a KPI has no baseline; it stays no_baseline.</summary>
    public bool AllowMissingBaseline { get; init; }

    /// <summary>Launch although the last days of a baseline are not complete yet.</summary>
    public bool AllowImmatureBaseline { get; init; }
}

/// <summary>A launched project.</summary>
public sealed record LaunchAnswer
{
    /// <summary>The code of the project.</summary>
    public required string Project { get; init; }

    /// <summary>running.</summary>
    [OneOf("running")]
    public required string Status { get; init; }

    /// <summary>What was sealed for each KPI.</summary>
    public required IReadOnlyList<LaunchedKpi> Kpis { get; init; }
}

/// <summary>What a launch sealed for one KPI.</summary>
public sealed record LaunchedKpi
{
    /// <summary>The code of the KPI.</summary>
    public required string Kpi { get; init; }

    /// <summary>b, in the KPI's unit.</summary>
    public required double? Baseline { get; init; }

    /// <summary>Measured days of the baseline window.</summary>
    public required int CoverageDays { get; init; }

    /// <summary>Days of the baseline window whose facts may not all be there yet.</summary>
    public required int ImmatureDays { get; init; }

    /// <summary>t, in the KPI's unit.</summary>
    public required double? Target { get; init; }

    /// <summary>A fraction: drift below −tolerance is behind.</summary>
    public required double? Tolerance { get; init; }

    /// <summary>The target is met by the baseline itself.</summary>
    public required bool? TargetAlreadyMet { get; init; }

    /// <summary>The smallest change that the evaluation can show (80 % power, 1 % two-sided), in the KPI's unit.</summary>
    public required double? SmallestDetectableChange { get; init; }

    /// <summary>Whether |t − b| is at least that.</summary>
    public required bool? Detectable { get; init; }

    /// <summary>Whether the target can be seen, as a sentence; null without a target or baseline.</summary>
    public required string? DetectableText { get; init; }
}

/// <summary>When a project ends.</summary>
public sealed record CloseBody
{
    /// <summary>The last day that counts. Default today.</summary>
    [Day]
    public string? ClosedOn { get; init; }
}

/// <summary>Sealed and restated baselines, side by side.</summary>
public sealed record BaselineResource
{
    /// <summary>The code of the project.</summary>
    public required string Project { get; init; }

    /// <summary>False in a draft: the baseline is live.</summary>
    public required bool Sealed { get; init; }

    /// <summary>The last day that counts.</summary>
    public required DateOnly AsOf { get; init; }

    /// <summary>First day of the baseline window.</summary>
    public required DateOnly From { get; init; }

    /// <summary>Last day of the baseline window.</summary>
    public required DateOnly To { get; init; }

    /// <summary>One per KPI.</summary>
    public required IReadOnlyList<BaselineKpi> Kpis { get; init; }
}

/// <summary>The baseline of one KPI.</summary>
public sealed record BaselineKpi
{
    /// <summary>The code of the KPI.</summary>
    public string Kpi { get; init; } = "";

    /// <summary>The unit of the values.</summary>
    [Unit]
    public string Unit { get; init; } = "";

    /// <summary>Sealed at launch, live in a draft; in the KPI's unit.</summary>
    public double? Baseline { get; init; }

    /// <summary>What the facts give now, in the KPI's unit.</summary>
    public double? RestatedBaseline { get; init; }

    /// <summary>Measured days when sealed; live in a draft.</summary>
    public int CoverageDays { get; init; }

    /// <summary>Measured days now.</summary>
    public int RestatedCoverageDays { get; init; }

    /// <summary>Somebody declared it.</summary>
    public bool Declared { get; init; }

    /// <summary>Where a declared baseline comes from.</summary>
    public string? Note { get; init; }

    /// <summary>Days of the window whose facts may not all be there yet.</summary>
    public int ImmatureDays { get; init; }

    /// <summary>t, in the KPI's unit.</summary>
    public double? Target { get; init; }

    /// <summary>A fraction: drift below −tolerance is behind.</summary>
    public double? Tolerance { get; init; }

    /// <summary>The target is met by the baseline itself.</summary>
    public bool? TargetAlreadyMet { get; init; }

    /// <summary>The smallest change that the evaluation can show, in the KPI's unit.</summary>
    public double? SmallestDetectableChange { get; init; }

    /// <summary>Whether |t − b| is at least that.</summary>
    public bool? Detectable { get; init; }

    /// <summary>Whether the target can be seen, as a sentence in the answer's language; null without a target or baseline.</summary>
    public string? DetectableText { get; init; }
}
