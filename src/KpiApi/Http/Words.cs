using System.ComponentModel.DataAnnotations;

namespace KpiApi.Http;

// Words that several nouns share: the list stands once, for the check of a body and for the contract.

[AttributeUsage(AttributeTargets.Property)]
internal sealed class UnitAttribute() : OneOfAttribute("currency", "percent", "seconds", "minutes", "hours", "days", "count", "ratio");

[AttributeUsage(AttributeTargets.Property)]
internal sealed class DirectionAttribute() : OneOfAttribute("increase", "decrease");

[AttributeUsage(AttributeTargets.Property)]
internal sealed class AggregationAttribute() : OneOfAttribute("ratio", "sum", "last", "ledger");

[AttributeUsage(AttributeTargets.Property)]
internal sealed class ProjectStatusAttribute() : OneOfAttribute("draft", "running", "closed");

/// <summary>An instant in UTC, ISO 8601. Of answers: what is asked for is checked where it is read.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class InstantAttribute() : DataTypeAttribute(DataType.DateTime)
{
    public override bool IsValid(object? value) => true;
}

/// <summary>A calendar month of an answer, YYYY-MM.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MonthAttribute() : RegularExpressionAttribute(@"^\d{4}-\d{2}$");

/// <summary>An ISO week of an answer, such as 2025-W10.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WeekAttribute() : RegularExpressionAttribute(@"^\d{4}-W\d{2}$");

[AttributeUsage(AttributeTargets.Property)]
internal sealed class KpiStatusAttribute() : OneOfAttribute("no_baseline", "provisional", "no_data", "too_early", "on_track", "at_risk", "behind");

[AttributeUsage(AttributeTargets.Property)]
internal sealed class RecommendationAttribute() : OneOfAttribute("continue", "adjust", "stop", "insufficient_data");

[AttributeUsage(AttributeTargets.Property)]
internal sealed class OutcomeAttribute() : OneOfAttribute("pending", "achieved", "missed", "not_measurable");

[AttributeUsage(AttributeTargets.Property)]
internal sealed class EvidenceAttribute() : OneOfAttribute("clear", "unclear", "insufficient");

/// <summary>A reason of a recommendation: a status, an outcome, or what the return or the project says.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ReasonAttribute() : OneOfAttribute(
    [.. new KpiStatusAttribute().Words, .. new OutcomeAttribute().Words, "roi-unknown", "roi-below-one", "roi-below-threshold", "roi-reached", "closed-early"]);
