using static KpiApi.Feeds.Column;

namespace KpiApi.Feeds;

/// <summary>Feeds that figures are filtered and grouped by.</summary>
internal static class DimensionFeeds
{
    public static readonly Feed Dates = new(
        "dates",
        "Dates",
        "calendar day",
        "The calendar from 2015 to 2049. Relate it to the DateKey of other feeds.",
        ["DateKey"],
        "DateKey",
        [
            DateKey("The day as yyyymmdd.", ColumnRole.Key),
            Date("Date", "The day."),
            Integer("Year", "year", "Calendar year."),
            Integer("Quarter", "quarter", "Calendar quarter, 1 to 4."),
            Integer("Month", "month-of-year", "Calendar month, 1 to 12."),
            Text("MonthNameFr", "name", "Name of the month in French."),
            Text("MonthNameEn", "name", "Name of the month in English."),
            Integer("IsoYear", "year", "Year of the ISO week, which differs from Year on some days around New Year."),
            Integer("IsoWeek", "week-of-year", "Number of the ISO week, 1 to 53."),
            Text("Week", "iso-week", "The ISO week, such as 2025-W10."),
            Date("WeekStart", "Monday of the ISO week."),
            Integer("MonthNumber", "month-index", "Months counted without a break over the years, to compare a month with the one before."),
            Date("MonthStart", "First day of the month."),
            Integer("FiscalYear", "year", "Fiscal year of the organisation, named after the calendar year it ends in."),
        ])
    { DayColumn = "Day" };

    public static readonly Feed Activities = new(
        "activities",
        "Activities",
        "activity",
        "The lines of business that projects and North Stars belong to.",
        ["ActivityId"],
        null,
        [
            Key("ActivityId", "Identifies the activity."),
            Text("ActivityCode", "code", "Code of the activity; it never changes."),
            Text("ActivityName", "name", "Name of the activity."),
            Instant("UpdatedAtUtc", "Last write to the activity."),
        ]);

    public static readonly Feed Projects = new(
        "projects",
        "Projects",
        "project",
        "The digital projects that are steered, drafts included.",
        ["ProjectId"],
        null,
        [
            Key("ProjectId", "Identifies the project."),
            Text("ProjectCode", "code", "Code of the project; it never changes."),
            Text("ProjectName", "name", "Name of the project."),
            ForeignKey("ActivityId", "The activity that the project belongs to."),
            Text("Objective", "text", "What the project is to achieve.").OrNull,
            Text("Template", "code", "Code of the template that the project was made from.").OrNull,
            Date("StartsOn", "First day of the project; the baseline window ends the day before."),
            Date("EndsOn", "Last day of the horizon."),
            Date("ClosedOn", "Last day that counts, once the project is closed.").OrNull,
            Text("ProjectStatus", "category", "draft, running or closed, as of asOf."),
            Text("Currency", "currency-code", "Currency of the project's amounts (ISO 4217)."),
            Integer("BaselineDays", "days", "Length of the baseline window in days."),
            Integer("HorizonDays", "days", "Length of the horizon in days."),
            Number("RoiThreshold", "ratio", "Gain / cost from which the project counts as profitable.", ColumnRole.Dimension),
            Integer("ReviewCadenceDays", "days", "Days between two reviews."),
            Instant("LaunchedAtUtc", "When the project was launched and its baselines sealed; empty in a draft.").OrNull,
            Instant("UpdatedAtUtc", "Last write to the project."),
        ]);

    public static readonly Feed Kpis = new(
        "kpis",
        "Kpis",
        "KPI definition",
        "What is measured, in which unit, and which way is better. Projects share these definitions.",
        ["KpiId"],
        null,
        [
            Key("KpiId", "Identifies the KPI definition."),
            Text("KpiCode", "code", "Code of the KPI; it never changes."),
            Text("NameFr", "name", "Name of the KPI in French."),
            Text("NameEn", "name", "Name of the KPI in English."),
            Text("Domain", "text", "Business domain, such as acquisition or finance."),
            Text("Unit", "unit", "Unit of the KPI's values: currency, percent (a fraction: 0.25 is 25 %), seconds, minutes, hours, days, count or ratio."),
            Text("Direction", "category", "Which way is better: increase or decrease."),
            Text("Aggregation", "category", "How facts add up: ratio (Σ numerator / Σ denominator), sum (per PerDays days), last (latest value) or ledger (gain / cost)."),
            Integer("PerDays", "days", "For sum: the number of days that a value stands for.").OrNull,
            Text("NumeratorLabel", "name", "What the numerator counts.").OrNull,
            Text("DenominatorLabel", "name", "What the denominator counts.").OrNull,
            Flag("IsCatalog", "Whether the KPI is one of the method's catalogue, which is read-only."),
            Instant("UpdatedAtUtc", "Last write to the definition."),
        ]);

    public static readonly Feed ProjectKpis = new(
        "project-kpis",
        "ProjectKpis",
        "project KPI",
        "The KPIs of each project with purpose, baseline, target and what change could be told from chance. Baseline and target are sealed at launch and live before it.",
        ["ProjectKpiId"],
        null,
        [
            Key("ProjectKpiId", "Identifies the KPI of the project."),
            ForeignKey("ProjectId", "The project."),
            ForeignKey("KpiId", "The KPI definition, which gives the unit of the values."),
            Text("Purpose", "text", "The business goal that the KPI serves in this project."),
            Flag("ServesNorthStar", "Whether the KPI serves the North Star of the project's activity."),
            Text("ThresholdKind", "category", "How the success threshold is meant: relative (a fraction of the baseline), points (added to the baseline) or absolute."),
            Number("ThresholdValue", "number", "The success threshold: a fraction when relative, otherwise in the KPI's unit.", ColumnRole.Dimension),
            Number("BaselineValue", "unit-value", "Value before the project, in the KPI's unit.").OrNull,
            Number("RestatedBaselineValue", "unit-value", "The baseline that the facts known by now would give, in the KPI's unit.").OrNull,
            Integer("CoverageDays", "days", "Days of the baseline window that have facts.", ColumnRole.Metric).OrNull,
            Integer("ImmatureDays", "days", "Days of the baseline window whose facts are not complete yet.", ColumnRole.Metric),
            Number("TargetValue", "unit-value", "Value to be reached, in the KPI's unit.").OrNull,
            Number("Tolerance", "percent", "Drift below minus this fraction is behind.").OrNull,
            Integer("GraceDays", "days", "First days of the project during which nothing is judged."),
            Integer("LagDays", "days", "Days until the facts of a day are complete."),
            Number("SmallestDetectableChange", "unit-value", "Smallest change that the evaluation could tell from chance, in the KPI's unit.").OrNull,
            Flag("Detectable", "Whether the change from baseline to target is at least the smallest detectable one.").OrNull,
            Flag("TargetAlreadyMet", "Whether the baseline reached the target before the project began.").OrNull,
            Flag("IsDeclared", "Whether the baseline was declared by a person instead of measured."),
            Instant("LaunchedAtUtc", "When baseline and target were sealed; empty in a draft.").OrNull,
            Instant("UpdatedAtUtc", "Last write to the project KPI."),
        ]);
}
