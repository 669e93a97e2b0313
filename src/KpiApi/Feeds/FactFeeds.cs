using static KpiApi.Feeds.Column;

namespace KpiApi.Feeds;

/// <summary>Feeds with one row for each thing that was reported, booked, decided or removed.</summary>
internal static class FactFeeds
{
    public static readonly Feed Measurements = new(
        "measurements",
        "Measurements",
        "fact",
        "The facts as they were posted, up to asOf. For curves and totals read kpi-days, which adds them up.",
        ["MeasurementId"],
        "DateKey",
        [
            Key("MeasurementId", "Identifies the fact; a correction keeps it."),
            ForeignKey("ProjectKpiId", "The KPI of a project; empty for a fact of a North Star.").OrNull,
            ForeignKey("ProjectId", "The project; empty for a fact of a North Star.").OrNull,
            ForeignKey("ActivityId", "The activity, also that of the project."),
            ForeignKey("KpiId", "The KPI definition, which gives the unit."),
            DateKey("Business day of the fact as yyyymmdd."),
            Date("Date", "Business day of the fact."),
            Instant("TimestampUtc", "When the sender says it happened; empty when only a day was given.").OrNull with { Precision = 7 },
            Number("Numerator", "number", "Numerator of the fact in natural units; a plain value stands here, with denominator 1."),
            Number("Denominator", "number", "Denominator of the fact in natural units."),
            Text("Source", "code", "The system that sent the fact.", ColumnRole.Audit),
            Text("ExternalId", "code", "What the source calls the fact; unique for project KPI (or activity and KPI) and source.", ColumnRole.Audit),
            Text("Note", "text", "Remark of the sender.", ColumnRole.Audit).OrNull,
            Instant("UpdatedAtUtc", "Last write to the fact."),
        ]);

    public static readonly Feed Ledger = new(
        "ledger",
        "Ledger",
        "ledger entry",
        "The gains and costs of projects up to asOf, excluding VAT. Amounts of different currencies are not added up.",
        ["LedgerEntryId"],
        "DateKey",
        [
            Key("LedgerEntryId", "Identifies the entry; a correction keeps it."),
            ForeignKey("ProjectId", "The project."),
            DateKey("Day of the entry as yyyymmdd."),
            Date("Date", "Day of the entry."),
            Text("Kind", "category", "gain or cost."),
            Text("Category", "text", "What the money came from or went into, free text."),
            Number("Amount", "currency", "Amount in Currency, excluding VAT; a negative one is a credit note of its kind."),
            Text("Currency", "currency-code", "Currency of the project (ISO 4217)."),
            Text("Evidence", "category", "How well the amount is proven: invoiced, measured or estimated."),
            Text("Label", "text", "What the entry is called.").OrNull,
            Text("Source", "code", "The system that sent the entry.", ColumnRole.Audit),
            Text("ExternalId", "code", "What the source calls the entry; unique for project and source.", ColumnRole.Audit).OrNull,
            Instant("UpdatedAtUtc", "Last write to the entry."),
        ]);

    public static readonly Feed Reviews = new(
        "reviews",
        "Reviews",
        "review",
        "The dated decisions that people took on projects, up to asOf.",
        ["ReviewId"],
        "DateKey",
        [
            Key("ReviewId", "Identifies the review."),
            ForeignKey("ProjectId", "The project."),
            Date("ReviewedOn", "Day of the review."),
            DateKey("Day of the review as yyyymmdd."),
            Text("ReviewKind", "category", "weekly, biweekly or monthly."),
            Text("Decision", "category", "continue, adjust or stop."),
            Text("Note", "text", "Why it was decided so.").OrNull,
            Instant("UpdatedAtUtc", "Last write to the review."),
        ]);

    public static readonly Feed Deletions = new(
        "deletions",
        "Deletions",
        "removed or re-dated row of a fact feed",
        "What an incremental refresh has to drop: rows of fact feeds that were deleted, or moved to another day.",
        ["DeletionId"],
        "DateKey",
        [
            Key("DeletionId", "Identifies the deletion; later ones have greater ids."),
            Text("Feed", "code", "The table that the row was part of, such as Measurements or Ledger."),
            Text("Key", "code", "Key of the row in that table, as text."),
            DateKey("Day that the row stood on, as yyyymmdd."),
            Instant("DeletedAtUtc", "When it was removed or moved."),
        ]);
}
