using KpiApi.Http;

namespace KpiApi.Alerts;

/// <summary>Something that needs a look. It is computed from what is known, and has the same id on every day.</summary>
public sealed record AlertResource
{
    /// <summary>Identifies the alert; it follows from what the alert is about.</summary>
    public required long Id { get; init; }

    /// <summary>status-behind: a KPI turned to behind; review-overdue; action-overdue; source-silent: no fact for twice the usual interval; outcome-decided.</summary>
    [AlertKind]
    public required string Kind { get; init; }

    /// <summary>The first day as of which it holds: weeks, sources and outcomes are judged at the end of a day, reviews and actions are overdue on the day after they were due.</summary>
    [Day]
    public required string Date { get; init; }

    /// <summary>The code of the project.</summary>
    public required string Project { get; init; }

    /// <summary>The code of the KPI; null for reviews and actions.</summary>
    public required string? Kpi { get; init; }

    /// <summary>The ISO week that turned to behind; null for other kinds.</summary>
    [Week]
    public required string? Week { get; init; }

    /// <summary>The drift of that week, a fraction; above 0 is favourable. Null for other kinds.</summary>
    public required double? Drift { get; init; }

    /// <summary>What is to be done, of an overdue action; null for other kinds.</summary>
    public required string? Action { get; init; }

    /// <summary>The system that fell silent; null for other kinds.</summary>
    public required string? Source { get; init; }

    /// <summary>Mean days between two of its days with facts; null for other kinds.</summary>
    public required double? UsualIntervalDays { get; init; }

    /// <summary>achieved, missed or not_measurable, of a decided outcome; null for other kinds.</summary>
    [Outcome]
    public required string? Outcome { get; init; }

    /// <summary>Whether somebody acknowledged it.</summary>
    public required bool Acknowledged { get; init; }

    /// <summary>When it was acknowledged first (UTC).</summary>
    [Instant]
    public required string? AcknowledgedAt { get; init; }

    /// <summary>The public part of the key, or the subject of the token, that acknowledged it.</summary>
    public required string? AcknowledgedBy { get; init; }
}

[AttributeUsage(AttributeTargets.Property)]
internal sealed class AlertKindAttribute() : OneOfAttribute("status-behind", "review-overdue", "action-overdue", "source-silent", "outcome-decided");

/// <summary>The query of the list of alerts.</summary>
internal sealed record AlertFilter(string? Project, string? Kpi, string? Kind, bool? Acknowledged, DateOnly? From, DateOnly? To)
{
    public static AlertFilter Read(string? project, string? kpi, string? kind, string? acknowledged, string? from, string? to) => new(
        project,
        kpi,
        new AlertKindAttribute().IsValid(kind) ? kind : throw ProblemException.Query("kind", "must be one of: " + string.Join(", ", new AlertKindAttribute().Words) + "."),
        acknowledged switch { null => null, "true" => true, "false" => false, _ => throw ProblemException.Query("acknowledged", "must be true or false.") },
        QueryValues.Day("from", from),
        QueryValues.Day("to", to));
}
