using static KpiApi.Feeds.Column;

namespace KpiApi.Feeds;

/// <summary>Feeds that the views compute from facts: days, weeks, outcomes, returns.</summary>
internal static class FigureFeeds
{
    private static readonly Column Week = Text("Week", "iso-week", "The ISO week, such as 2025-W10.");
    private static readonly Column WeekStart = Date("WeekStart", "Monday of the week.");
    private static readonly Column WeekDateKey = DateKey("Monday of the week as yyyymmdd.");
    private static readonly Column DayNumber = Integer("DayNumber", "days", "Day of the project on which the week's last counted day falls; the first day is 1.");

    public static readonly Feed KpiDays = new(
        "kpi-days",
        "KpiDays",
        "project KPI and measured day; for sum also every day of the project's window with nothing measured",
        "Daily sums for curves. Over any days, Σ Numerator / Σ Denominator is the KPI's value, except for last, whose rows are not summable.",
        ["ProjectKpiId", "DateKey"],
        "DateKey",
        [
            Key("ProjectKpiId", "The KPI of the project."),
            ForeignKey("ProjectId", "The project."),
            ForeignKey("KpiId", "The KPI definition."),
            DateKey("The day as yyyymmdd.", ColumnRole.Key),
            Date("Date", "The day."),
            Number("Numerator", "number", "Sum of the day's numerators in natural units; for last the day's last value."),
            Number("Denominator", "number", "Sum of the day's denominators in natural units; for sum 1 / PerDays, for last 1."),
            Number("Value", "unit-value", "The day's value in Unit; empty when the denominator is 0.").OrNull,
            Integer("FactCount", "count", "Facts of the day; a group of days in which they add up to 0 has no value to show.", ColumnRole.Metric),
            Text("Unit", "unit", "Unit of Value."),
            Text("Currency", "currency-code", "Currency of Value when Unit is currency (ISO 4217).").OrNull,
            Instant("UpdatedAtUtc", "Last change of the row."),
        ])
    { DayColumn = "Day", IsIncremental = true };

    public static readonly Feed KpiWeeks = new(
        "kpi-weeks",
        "KpiWeeks",
        "project KPI and ISO week of the project's life",
        "Weekly steering: actual against the line from baseline to target, with drift and status. Weeks without facts have rows too.",
        ["ProjectKpiId", "DateKey"],
        "DateKey",
        Steering(Week, WeekStart, WeekDateKey with { Role = ColumnRole.Key }, DayNumber));

    public static readonly Feed KpiStatus = new(
        "kpi-status",
        "KpiStatus",
        "project KPI of a launched project",
        "Where each KPI stands now: its latest week that is not provisional. Before the first such week the figures are empty and the status is provisional.",
        ["ProjectKpiId"],
        "DateKey",
        Steering(Week.OrNull, WeekStart.OrNull, WeekDateKey.OrNull, DayNumber.OrNull));

    public static readonly Feed KpiOutcomes = new(
        "kpi-outcomes",
        "KpiOutcomes",
        "project KPI of a launched project",
        "Whether each KPI reached its target at the horizon, and the evidence that something changed at all.",
        ["ProjectKpiId"],
        null,
        [
            Key("ProjectKpiId", "The KPI of the project."),
            ForeignKey("ProjectId", "The project."),
            Text("ProjectCode", "code", "Code of the project."),
            ForeignKey("KpiId", "The KPI definition."),
            Text("KpiCode", "code", "Code of the KPI."),
            Text("Unit", "unit", "Unit of the values and of the change."),
            Text("Currency", "currency-code", "Currency of the values when Unit is currency (ISO 4217).").OrNull,
            Date("HorizonOn", "Last day of the horizon, on which the outcome is decided."),
            Text("Outcome", "category", "achieved, missed, pending or not_measurable."),
            Number("FinalValue", "unit-value", "Value over the evaluation window, in Unit; empty while pending.").OrNull,
            Number("Change", "unit-value", "Final value minus baseline, in Unit.").OrNull,
            Number("ChangePct", "percent", "Change as a fraction of the baseline's size.").OrNull,
            Number("ChangeLow", "unit-value", "Lower end of the interval in which the change lies, in Unit.").OrNull,
            Number("ChangeHigh", "unit-value", "Upper end of the interval in which the change lies, in Unit.").OrNull,
            Text("Evidence", "category", "Evidence of a favourable change, whatever its cause: clear, unclear or insufficient.").OrNull,
        ]);

    public static readonly Feed ProjectRoi = new(
        "project-roi",
        "ProjectRoi",
        "project",
        "What each project gained and cost over its ledger up to asOf, in its own currency, excluding VAT.",
        ["ProjectId"],
        null,
        [
            Key("ProjectId", "The project."),
            Text("ProjectCode", "code", "Code of the project."),
            Text("Currency", "currency-code", "Currency of the amounts (ISO 4217)."),
            Number("Gain", "currency", "All gains, in Currency."),
            Number("Cost", "currency", "All costs, in Currency."),
            Number("Net", "currency", "Gain minus cost, in Currency."),
            Number("RoiRatio", "ratio", "Gain / cost; empty without costs.").OrNull,
            Number("RoiReturn", "percent", "(Gain − cost) / cost as a fraction; empty without costs.").OrNull,
            Number("RoiThreshold", "ratio", "Gain / cost from which the project counts as profitable."),
            Flag("RoiReached", "Whether the ratio is at least the threshold."),
            Date("PaybackOn", "First day from which cumulative gain covers cumulative cost and goes on to; empty before that.").OrNull,
            Number("RoiRatioAtHorizon", "ratio", "Gain / cost up to the last day of the horizon; empty before that day.").OrNull,
            Number("GainInvoiced", "currency", "Gains proven by invoices, in Currency."),
            Number("GainMeasured", "currency", "Gains that were measured, in Currency."),
            Number("GainEstimated", "currency", "Gains that were estimated, in Currency."),
            Number("CostInvoiced", "currency", "Costs proven by invoices, in Currency."),
            Number("CostMeasured", "currency", "Costs that were measured, in Currency."),
            Number("CostEstimated", "currency", "Costs that were estimated, in Currency."),
        ]);

    public static readonly Feed RoiMonths = new(
        "roi-months",
        "RoiMonths",
        "project and month with ledger entries",
        "Gains and costs by month with their running totals, in the project's currency, excluding VAT.",
        ["ProjectId", "DateKey"],
        "DateKey",
        [
            Key("ProjectId", "The project."),
            Text("ProjectCode", "code", "Code of the project."),
            Text("Month", "month", "The month as YYYY-MM."),
            DateKey("First day of the month as yyyymmdd.", ColumnRole.Key),
            Text("Currency", "currency-code", "Currency of the amounts (ISO 4217)."),
            Number("Gain", "currency", "Gains of the month, in Currency."),
            Number("Cost", "currency", "Costs of the month, in Currency."),
            Number("CumulativeGain", "currency", "Gains from the beginning to the end of the month, in Currency; not to be added up over months."),
            Number("CumulativeCost", "currency", "Costs from the beginning to the end of the month, in Currency; not to be added up over months."),
            Number("RoiRatio", "ratio", "Cumulative gain / cumulative cost; empty without costs.").OrNull,
        ]);

    public static readonly Feed NorthStars = new(
        "north-stars",
        "NorthStars",
        "activity, North Star KPI and month with facts",
        "The figure that each activity follows above its projects, by calendar month. Months of a replaced North Star stay.",
        ["ActivityId", "KpiId", "DateKey"],
        "DateKey",
        [
            Key("ActivityId", "The activity."),
            Key("KpiId", "The KPI definition."),
            Text("Month", "month", "The month as YYYY-MM."),
            DateKey("First day of the month as yyyymmdd.", ColumnRole.Key),
            Text("Unit", "unit", "Unit of Value and Change."),
            Text("Currency", "currency-code", "Currency of Value when Unit is currency (ISO 4217).").OrNull,
            Number("Value", "unit-value", "The month's value in Unit.").OrNull,
            Number("Change", "unit-value", "Value minus that of the previous calendar month, in Unit; empty while provisional.").OrNull,
            Number("ChangePct", "percent", "Change as a fraction of the previous month's size.").OrNull,
            Flag("IsProvisional", "Whether facts of the month may still be missing."),
        ]);

    public static readonly Feed ReviewAdjustments = new(
        "review-adjustments",
        "ReviewAdjustments",
        "review that decided to adjust, and KPI of its project",
        "Did the adjustment work? Drift of each KPI in the week before the review's week, and in the latest judged week since, up to the next adjustment.",
        ["ReviewId", "ProjectKpiId"],
        "DateKey",
        [
            Key("ReviewId", "Identifies the review."),
            Key("ProjectKpiId", "The KPI of the project."),
            ForeignKey("ProjectId", "The project."),
            Text("ProjectCode", "code", "Code of the project."),
            ForeignKey("KpiId", "The KPI definition."),
            Text("KpiCode", "code", "Code of the KPI."),
            Date("ReviewedOn", "Day of the review."),
            DateKey("Day of the review as yyyymmdd."),
            Text("WeekBefore", "iso-week", "The ISO week before that of the review; empty when the project had none, or it is not judged yet.").OrNull,
            Text("StatusBefore", "category", "Status of that week.").OrNull,
            Number("DriftBefore", "percent", "Drift of that week: gap as a fraction of the expected value's size; above 0 is favourable.").OrNull,
            Text("WeekSince", "iso-week", "The latest judged ISO week after that of the review and before the next adjustment; empty while there is none.").OrNull,
            Text("StatusSince", "category", "Status of that week.").OrNull,
            Number("DriftSince", "percent", "Drift of that week, a fraction.").OrNull,
            Number("DriftChange", "percent", "DriftSince minus DriftBefore, a fraction; above 0 is favourable.").OrNull,
            Text("Effect", "category", "better, worse, unclear (within what chance does to two weeks), pending (no judged week yet) or unknown (a week without drift)."),
        ]);

    public static readonly Feed Alerts = new(
        "alerts",
        "Alerts",
        "alert",
        "What needs a look: KPIs that turned to behind, overdue reviews and actions, silent sources, decided outcomes.",
        ["AlertId"],
        "DateKey",
        [
            Key("AlertId", "Identifies the alert; it follows from what the alert is about, and is the same on every day."),
            Text("AlertKind", "category", "status-behind, review-overdue, action-overdue, source-silent or outcome-decided."),
            DateKey("First day as of which it holds, as yyyymmdd."),
            Date("Date", "First day as of which it holds."),
            ForeignKey("ProjectId", "The project."),
            Text("ProjectCode", "code", "Code of the project."),
            ForeignKey("ProjectKpiId", "The KPI of the project; empty for reviews and actions.").OrNull,
            ForeignKey("KpiId", "The KPI definition; empty for reviews and actions.").OrNull,
            Text("KpiCode", "code", "Code of the KPI; empty for reviews and actions.").OrNull,
            ForeignKey("ReviewActionId", "Identifies the overdue action; empty for other kinds.").OrNull,
            Text("Week", "iso-week", "ISO week that turned to behind; empty for other kinds.").OrNull,
            Text("Source", "code", "System that fell silent; empty for other kinds.").OrNull,
            Text("Outcome", "category", "achieved, missed or not_measurable, of a decided outcome; empty for other kinds.").OrNull,
            Number("Drift", "percent", "Drift of the week that turned to behind, a fraction.").OrNull,
            Number("UsualIntervalDays", "days", "Mean days between two days with facts of the silent source.").OrNull,
            Flag("IsAcknowledged", "Whether somebody acknowledged it."),
            Instant("AcknowledgedAtUtc", "When it was acknowledged first.").OrNull,
        ])
    { DayColumn = "Day" };

    public static readonly Feed Portfolio = new(
        "portfolio",
        "Portfolio",
        "project",
        "Every project on one flat row: status, recommendation, KPIs, return, next review and open actions.",
        ["ProjectId"],
        null,
        [
            Key("ProjectId", "The project."),
            Text("ProjectCode", "code", "Code of the project."),
            Text("ProjectName", "name", "Name of the project."),
            ForeignKey("ActivityId", "The activity that the project belongs to."),
            Text("ActivityCode", "code", "Code of the activity."),
            Text("ActivityName", "name", "Name of the activity."),
            Text("ProjectStatus", "category", "draft, running or closed, as of asOf."),
            Date("StartsOn", "First day of the project."),
            Date("EndsOn", "Last day of the horizon."),
            Text("Recommendation", "category", "continue, adjust, stop or insufficient_data; empty for a draft and for a project closed early.").OrNull,
            Integer("KpiCount", "count", "KPIs of the project, once launched.", ColumnRole.Metric),
            Integer("KpisOnTrack", "count", "KPIs whose current status is on_track.", ColumnRole.Metric),
            Integer("KpisAtRisk", "count", "KPIs whose current status is at_risk.", ColumnRole.Metric),
            Integer("KpisBehind", "count", "KPIs whose current status is behind.", ColumnRole.Metric),
            Integer("KpisAchieved", "count", "KPIs that reached their target at the horizon.", ColumnRole.Metric),
            Integer("KpisMissed", "count", "KPIs that missed their target at the horizon.", ColumnRole.Metric),
            Text("Currency", "currency-code", "Currency of the amounts (ISO 4217)."),
            Number("Gain", "currency", "All gains up to asOf, in Currency, excluding VAT."),
            Number("Cost", "currency", "All costs up to asOf, in Currency, excluding VAT."),
            Number("Net", "currency", "Gain minus cost, in Currency."),
            Number("RoiRatio", "ratio", "Gain / cost; empty without costs.").OrNull,
            Number("RoiReturn", "percent", "(Gain − cost) / cost as a fraction; empty without costs.").OrNull,
            Number("RoiThreshold", "ratio", "Gain / cost from which the project counts as profitable."),
            Flag("RoiReached", "Whether the ratio is at least the threshold."),
            Date("PaybackOn", "First day from which cumulative gain covers cumulative cost and goes on to; empty before that.").OrNull,
            Date("LastReviewOn", "Day of the latest review.").OrNull,
            Date("NextReviewOn", "Day on which the next review is due; empty unless the project is running.").OrNull,
            Flag("ReviewIsOverdue", "Whether that day has passed."),
            Integer("OpenActions", "count", "Number of actions of the project's reviews that are not done.", ColumnRole.Metric),
            Integer("OverdueActions", "count", "Number of those that were due before asOf.", ColumnRole.Metric),
        ]);

    /// <summary>The steering figures of one week. Their feeds differ only in whether there always is a week.</summary>
    private static IReadOnlyList<Column> Steering(Column week, Column weekStart, Column dateKey, Column dayNumber) =>
    [
        Key("ProjectKpiId", "The KPI of the project."),
        ForeignKey("ProjectId", "The project."),
        Text("ProjectCode", "code", "Code of the project."),
        ForeignKey("KpiId", "The KPI definition."),
        Text("KpiCode", "code", "Code of the KPI."),
        week,
        weekStart,
        dateKey,
        dayNumber,
        Text("Unit", "unit", "Unit of the values."),
        Text("Currency", "currency-code", "Currency of the values when Unit is currency (ISO 4217).").OrNull,
        Number("Actual", "unit-value", "Value measured in the week, in Unit; empty without facts.").OrNull,
        Number("Expected", "unit-value", "Value on the line from baseline to target, in Unit.").OrNull,
        Number("Gap", "unit-value", "Distance from the line in Unit, counted so that more than 0 is favourable.").OrNull,
        Number("Noise", "unit-value", "What chance alone does to one week, in Unit.").OrNull,
        Number("Drift", "percent", "Gap as a fraction of the expected value's size.").OrNull,
        Number("TargetDrift", "percent", "Distance from the target as a fraction of the target's size, counted so that more than 0 is favourable.").OrNull,
        Number("Progress", "percent", "Part of the way from baseline to target, as a fraction that may leave the span from 0 to 1.").OrNull,
        Flag("IsProvisional", "Whether the week is not over, or its facts may still be missing."),
        Text("Status", "category", "on_track, at_risk, behind, too_early, no_data, no_baseline or provisional."),
    ];
}
