using KpiApi.Http;
using KpiApi.Imports;

namespace KpiApi.Measurements;

/// <summary>A fact as it is posted: what was measured for a KPI of a project, or for the North Star of an activity, on a business day.</summary>
/// <remarks>Rows are checked by hand, so that one bad row does not stop the others: the annotations tell the contract, and the store holds to them.</remarks>
internal sealed record MeasurementBody
{
    /// <summary>The code of the project. Either this or activity.</summary>
    public string? Project { get; init; }

    /// <summary>The code of the activity, for facts of its North Star.</summary>
    public string? Activity { get; init; }

    /// <summary>The code of the KPI.</summary>
    [Needed]
    public string Kpi { get; init; } = null!;

    /// <summary>The business day, YYYY-MM-DD. Either this or timestamp.</summary>
    [Day]
    public string? Date { get; init; }

    /// <summary>The instant, ISO 8601 with offset; its day is taken in the organisation's time zone. Decimals of the second beyond the seventh are cut off.</summary>
    [Instant]
    public string? Timestamp { get; init; }

    /// <summary>For ratio KPIs: what is divided, in its own unit (euros, orders, minutes …). Rounded to 6 decimals, at most 1e9 in size.</summary>
    [Between(-Limits.FactSize, (double)Limits.FactSize)]
    public ExactNumber? Numerator { get; init; }

    /// <summary>For ratio KPIs: what it is divided by, in its own unit (leads, quotes, cases …). Rounded to 6 decimals, at most 1e9 in size.</summary>
    [Between(-Limits.FactSize, (double)Limits.FactSize)]
    public ExactNumber? Denominator { get; init; }

    /// <summary>For sum and last KPIs, in the KPI's unit. Rounded to 6 decimals, at most 1e9 in size.</summary>
    [Between(-Limits.FactSize, (double)Limits.FactSize)]
    public ExactNumber? Value { get; init; }

    /// <summary>Which system says so. Default api.</summary>
    [Text(100, MinimumLength = 1)]
    public string? Source { get; init; }

    /// <summary>The fact's identity in that system. Default: the date, or the instant. The same identity posted again corrects the fact.</summary>
    [Text(200, MinimumLength = 1)]
    public string? ExternalId { get; init; }

    /// <summary>Why it was corrected, or what to know about it.</summary>
    [Text(Limits.NoteCharacters)]
    public string? Note { get; init; }

    /// <summary>A fact from the cells of a file.</summary>
    internal static MeasurementBody From(RowMembers row) => new()
    {
        Project = row["project"],
        Activity = row["activity"],
        Kpi = row["kpi"]!,
        Date = row["date"],
        Timestamp = row["timestamp"],
        Numerator = row.Number("numerator"),
        Denominator = row.Number("denominator"),
        Value = row.Number("value"),
        Source = row["source"],
        ExternalId = row["externalId"],
        Note = row["note"],
    };
}

/// <summary>A stored fact.</summary>
public sealed record MeasurementResource
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>The code of the project; null for a North Star.</summary>
    public required string? Project { get; init; }

    /// <summary>The code of the activity, for facts of its North Star; else null.</summary>
    public required string? Activity { get; init; }

    /// <summary>The code of the KPI.</summary>
    public required string Kpi { get; init; }

    /// <summary>The business day.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>The instant in UTC, if one was given.</summary>
    [Instant]
    public required string? Timestamp { get; init; }

    /// <summary>For ratio KPIs: what is divided, in its own unit.</summary>
    public required double? Numerator { get; init; }

    /// <summary>For ratio KPIs: what it is divided by, in its own unit.</summary>
    public required double? Denominator { get; init; }

    /// <summary>For sum and last KPIs, in the KPI's unit.</summary>
    public required double? Value { get; init; }

    /// <summary>Which system says so.</summary>
    public required string Source { get; init; }

    /// <summary>The fact's identity in that system.</summary>
    public required string ExternalId { get; init; }

    /// <summary>What to know about it.</summary>
    public required string? Note { get; init; }

    /// <summary>When it was last written (UTC).</summary>
    [Instant]
    public required string UpdatedAtUtc { get; init; }
}

/// <summary>An earlier state of a fact.</summary>
public sealed record MeasurementHistoryResource
{
    /// <summary>corrected or deleted.</summary>
    [OneOf("corrected", "deleted")]
    public required string Change { get; init; }

    /// <summary>The business day it had.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>The instant it had.</summary>
    [Instant]
    public required string? Timestamp { get; init; }

    /// <summary>The numerator it had, in the numerator's own unit.</summary>
    public required double? Numerator { get; init; }

    /// <summary>The denominator it had, in the denominator's own unit.</summary>
    public required double? Denominator { get; init; }

    /// <summary>The value it had, in the KPI's unit.</summary>
    public required double? Value { get; init; }

    /// <summary>The note it had.</summary>
    public required string? Note { get; init; }

    /// <summary>When that state was written (UTC).</summary>
    [Instant]
    public required string RecordedAtUtc { get; init; }

    /// <summary>The id of the key that wrote it.</summary>
    public required string RecordedBy { get; init; }

    /// <summary>When it was replaced or deleted (UTC).</summary>
    [Instant]
    public required string ChangedAtUtc { get; init; }

    /// <summary>The id of the key that did it.</summary>
    public required string ChangedBy { get; init; }

    /// <summary>Why: the note of the correction.</summary>
    public required string? Reason { get; init; }
}
