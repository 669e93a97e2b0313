using KpiApi.Http;
using KpiApi.Imports;

namespace KpiApi.Ledger;

/// <summary>One gain or one cost as it is posted, in the project's currency, excluding VAT.</summary>
/// <remarks>Rows are checked by hand, so that one bad row does not stop the others: the annotations tell the contract, and the store holds to them.</remarks>
internal sealed record LedgerEntryBody
{
    /// <summary>gain (additional margin or saved cost, not revenue) or cost.</summary>
    [Needed, LedgerKind]
    public string Kind { get; init; } = null!;

    /// <summary>What it is for, free text.</summary>
    [Needed, Text(200)]
    public string Category { get; init; } = null!;

    /// <summary>In the project's currency, excluding VAT. Not 0, rounded to 4 decimals, at most 1e11 in size; a negative amount is a credit note of its kind.</summary>
    [Needed, Between(-Limits.AmountSize, (double)Limits.AmountSize)]
    public ExactNumber Amount { get; init; }

    /// <summary>The business day, YYYY-MM-DD.</summary>
    [Needed, Day]
    public string Date { get; init; } = null!;

    /// <summary>invoiced, measured or estimated. Default estimated.</summary>
    [LedgerEvidence]
    public string? Evidence { get; init; }

    /// <summary>What a reader should see.</summary>
    [Text(200)]
    public string? Label { get; init; }

    /// <summary>Which system says so. Default api.</summary>
    [Text(100, MinimumLength = 1)]
    public string? Source { get; init; }

    /// <summary>The entry's identity in that system; posted again, it corrects the entry. Without one the request needs an Idempotency-Key.</summary>
    [Text(200, MinimumLength = 1)]
    public string? ExternalId { get; init; }

    /// <summary>An entry from the cells of a file.</summary>
    internal static LedgerEntryBody From(RowMembers row) => new()
    {
        Kind = row["kind"]!,
        Category = row["category"]!,
        Amount = row.Number("amount") ?? default,
        Date = row["date"]!,
        Evidence = row["evidence"],
        Label = row["label"],
        Source = row["source"],
        ExternalId = row["externalId"],
    };
}

/// <summary>A stored ledger entry.</summary>
public sealed record LedgerEntryResource
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>gain or cost.</summary>
    [LedgerKind]
    public required string Kind { get; init; }

    /// <summary>What it is for.</summary>
    public required string Category { get; init; }

    /// <summary>In the project's currency, excluding VAT.</summary>
    public required double Amount { get; init; }

    /// <summary>ISO 4217.</summary>
    [Currency]
    public required string Currency { get; init; }

    /// <summary>The business day.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>invoiced, measured or estimated.</summary>
    [LedgerEvidence]
    public required string Evidence { get; init; }

    /// <summary>What a reader should see.</summary>
    public required string? Label { get; init; }

    /// <summary>Which system says so.</summary>
    public required string Source { get; init; }

    /// <summary>The entry's identity in that system.</summary>
    public required string? ExternalId { get; init; }

    /// <summary>When it was last written (UTC).</summary>
    [Instant]
    public required string UpdatedAtUtc { get; init; }
}

/// <summary>Gain, cost and return of a project.</summary>
public sealed record RoiResource
{
    /// <summary>The code of the project.</summary>
    public required string Project { get; init; }

    /// <summary>The last day that counts.</summary>
    public required DateOnly AsOf { get; init; }

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
    public required DateOnly? PaybackOn { get; init; }

    /// <summary>The ratio at the last day of the horizon; null before.</summary>
    public required double? RatioAtHorizon { get; init; }

    /// <summary>invoiced, measured, estimated.</summary>
    public required IReadOnlyDictionary<string, GainAndCost> ByEvidence { get; init; }

    /// <summary>By category.</summary>
    public required IReadOnlyDictionary<string, GainAndCost> ByCategory { get; init; }

    /// <summary>Months with entries, oldest first.</summary>
    public required IReadOnlyList<RoiMonth> Months { get; init; }
}

/// <summary>A gain and a cost.</summary>
public sealed record GainAndCost
{
    /// <summary>Σ gain, in the project's currency, excluding VAT.</summary>
    public double Gain { get; init; }

    /// <summary>Σ cost, in the project's currency, excluding VAT.</summary>
    public double Cost { get; init; }
}

/// <summary>The ledger of one month.</summary>
public sealed record RoiMonth
{
    /// <summary>YYYY-MM.</summary>
    [Month]
    public string Month { get; init; } = "";

    /// <summary>Σ gain of the month, in the project's currency, excluding VAT.</summary>
    public double Gain { get; init; }

    /// <summary>Σ cost of the month, in the project's currency, excluding VAT.</summary>
    public double Cost { get; init; }

    /// <summary>Σ gain up to the month's last entry, in the project's currency, excluding VAT.</summary>
    public double CumulativeGain { get; init; }

    /// <summary>Σ cost up to the month's last entry, in the project's currency, excluding VAT.</summary>
    public double CumulativeCost { get; init; }

    /// <summary>cumulativeGain / cumulativeCost, a ratio; null when the cost is 0.</summary>
    public double? Ratio { get; init; }
}

[AttributeUsage(AttributeTargets.Property)]
internal sealed class LedgerKindAttribute() : OneOfAttribute("gain", "cost");

[AttributeUsage(AttributeTargets.Property)]
internal sealed class LedgerEvidenceAttribute() : OneOfAttribute("invoiced", "measured", "estimated");
