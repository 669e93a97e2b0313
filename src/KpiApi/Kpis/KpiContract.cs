using KpiApi.Http;

namespace KpiApi.Kpis;

/// <summary>A KPI definition as it is created or changed.</summary>
public sealed record KpiBody
{
    /// <summary>Identifies the KPI for ever.</summary>
    [Needed, Code]
    public string Code { get; init; } = null!;

    /// <summary>The name in French and English; a missing one takes the other.</summary>
    [Needed]
    public NameBody Name { get; init; } = null!;

    /// <summary>The business domain, free text: acquisition, conversion, finance …</summary>
    [Needed, Text(100)]
    public string Domain { get; init; } = null!;

    /// <summary>The unit of the value. A percent is a fraction: 0.25 is 25 %.</summary>
    [Needed, Unit]
    public string Unit { get; init; } = null!;

    /// <summary>Which way is better.</summary>
    [Needed, Direction]
    public string Direction { get; init; } = null!;

    /// <summary>How facts add up: ratio (Σ numerator / Σ denominator), sum (per a number of days), last (latest value), ledger (gain / cost of the project).</summary>
    [Needed, Aggregation]
    public string Aggregation { get; init; } = null!;

    /// <summary>For sum: the number of days that the published value stands for (30: per 30 days). Default 1.</summary>
    [Between(1, 366)]
    public int? PerDays { get; init; }

    /// <summary>Days until the facts of a day are complete.</summary>
    [Between(0, 365)]
    public int? LagDays { get; init; }

    /// <summary>What the numerator counts.</summary>
    [Text(200)]
    public string? NumeratorLabel { get; init; }

    /// <summary>What the denominator counts.</summary>
    [Text(200)]
    public string? DenominatorLabel { get; init; }

    /// <summary>The default success threshold.</summary>
    [Needed]
    public ThresholdBody Threshold { get; init; } = null!;
}

/// <summary>A KPI definition.</summary>
public sealed record KpiResource
{
    /// <summary>Identifies the KPI for ever.</summary>
    [Code]
    public required string Code { get; init; }

    /// <summary>The name in French and English.</summary>
    public required NameBody Name { get; init; }

    /// <summary>The business domain.</summary>
    public required string Domain { get; init; }

    /// <summary>The unit of the value. A percent is a fraction: 0.25 is 25 %.</summary>
    [Unit]
    public required string Unit { get; init; }

    /// <summary>Which way is better.</summary>
    [Direction]
    public required string Direction { get; init; }

    /// <summary>How facts add up.</summary>
    [Aggregation]
    public required string Aggregation { get; init; }

    /// <summary>For sum: the number of days that the published value stands for.</summary>
    [Between(1, 366)]
    public required int? PerDays { get; init; }

    /// <summary>Days until the facts of a day are complete.</summary>
    [Between(0, 365)]
    public required int? LagDays { get; init; }

    /// <summary>What the numerator counts.</summary>
    public required string? NumeratorLabel { get; init; }

    /// <summary>What the denominator counts.</summary>
    public required string? DenominatorLabel { get; init; }

    /// <summary>The default success threshold.</summary>
    public required ThresholdBody Threshold { get; init; }

    /// <summary>True for the method's catalogue, which is read-only.</summary>
    public required bool Catalog { get; init; }
}

/// <summary>A template: the KPIs proposed for a kind of project.</summary>
public sealed record TemplateResource
{
    /// <summary>Send it as the template of a new project.</summary>
    [Code]
    public required string Code { get; init; }

    /// <summary>The name in French and English.</summary>
    public required NameBody Name { get; init; }

    /// <summary>Days between reviews that a new project starts with.</summary>
    public required int ReviewCadenceDays { get; init; }

    /// <summary>At most three KPIs.</summary>
    public required IReadOnlyList<TemplateKpiResource> Kpis { get; init; }
}

/// <summary>A KPI of a template.</summary>
public sealed record TemplateKpiResource
{
    /// <summary>The code of a catalogue KPI.</summary>
    public required string Kpi { get; init; }

    /// <summary>The purpose that a new project starts with, to be edited.</summary>
    public required NameBody Purpose { get; init; }

    /// <summary>Why this KPI was chosen.</summary>
    public required NameBody Why { get; init; }

    /// <summary>Its success threshold.</summary>
    public required ThresholdBody Threshold { get; init; }
}
