namespace KpiApi.Http;

/// <summary>A text in French and English.</summary>
public sealed record NameBody
{
    /// <summary>French.</summary>
    [Text(200)]
    public string? Fr { get; init; }

    /// <summary>English.</summary>
    [Text(200)]
    public string? En { get; init; }
}

/// <summary>A success threshold. Resolved to a target t from the baseline b: relative t = b + v·|b|, points t = b + v, absolute t = v.</summary>
public sealed record ThresholdBody
{
    /// <summary>relative, points or absolute.</summary>
    [Needed, OneOf("relative", "points", "absolute")]
    public string Kind { get; init; } = null!;

    /// <summary>v: a fraction of the baseline (relative) or the KPI's unit (points, absolute).</summary>
    [Needed, Between(-1e9, 1e9)]
    public double Value { get; init; } = double.NaN;

    /// <summary>What is wrong with this threshold for a KPI of that direction and aggregation, or null (steering page 2).</summary>
    internal string? Fault(string direction, string aggregation) => Kind switch
    {
        not "absolute" when aggregation == "ledger" => "must be absolute for a ledger KPI.",
        "absolute" => null,
        _ when Value == 0 => "must not be 0 for a relative or points threshold.",
        _ when Value > 0 != (direction == "increase") => $"must be {(direction == "increase" ? "above" : "below")} 0: the KPI is to {direction}.",
        _ => null,
    };
}
