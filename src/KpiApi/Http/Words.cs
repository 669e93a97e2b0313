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
