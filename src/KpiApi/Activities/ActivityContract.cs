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
