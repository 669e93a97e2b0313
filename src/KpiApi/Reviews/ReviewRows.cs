namespace KpiApi.Reviews;

/// <summary>What snapshots and packs read alike of a project.</summary>
internal static class ReviewRows
{
    public const string SelectReasons = "SELECT ReasonCode AS Code, KpiCode AS Kpi, ReasonValue AS Value FROM RecommendationReasons WHERE ProjectId = @ProjectId ORDER BY Position";
    public const string SelectOutcomes = "SELECT ProjectKpiId, Outcome, FinalValue, Change, ChangePct, ChangeLow, ChangeHigh, Evidence FROM KpiOutcomes WHERE ProjectId = @ProjectId";
}

/// <summary>What became of a project KPI at the horizon.</summary>
internal sealed record OutcomeRow
{
    public long ProjectKpiId { get; init; }

    public string Outcome { get; init; } = "";

    public double? FinalValue { get; init; }

    public double? Change { get; init; }

    public double? ChangePct { get; init; }

    public double? ChangeLow { get; init; }

    public double? ChangeHigh { get; init; }

    public string? Evidence { get; init; }
}

/// <summary>Gain, cost and return of a project, by the columns of Portfolio and ProjectRoi.</summary>
internal abstract record RoiRow
{
    public string Currency { get; init; } = "";

    public double Gain { get; init; }

    public double Cost { get; init; }

    public double Net { get; init; }

    public double? RoiRatio { get; init; }

    public double? RoiReturn { get; init; }

    public double RoiThreshold { get; init; }

    public int RoiReached { get; init; }

    public string? PaybackOn { get; init; }
}
