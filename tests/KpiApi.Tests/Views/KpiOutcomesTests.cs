using KpiApi.Tests.Support;

namespace KpiApi.Tests.Views;

/// <summary>Steering page 6, limit by limit. S = 2025-06-02, B = 7, H = 14: evaluated from 2025-06-09 to 2025-06-15.</summary>
public class KpiOutcomesTests
{
    private static async Task<ViewDb> Given(string asOf, string projectKpi, string days, string kpi = "Aggregation\n1 | ratio", string project = "ProjectId\n1", string? today = null)
    {
        var db = await ViewDb.Fresh(asOf, today);
        var heading = project.Split('\n');
        await db.Given("Project", $"StartDay | LaunchedAtUtc | BaselineDays | HorizonDays | {heading[0]}\n2025-06-02 | x | 7 | 14 | {heading[1]}");
        await db.Given("Kpi", "KpiId | " + kpi);
        await db.Given("ProjectKpi", "ProjectKpiId | LaunchedAtUtc | " + projectKpi);
        await db.Given("KpiDayTotal", "SeriesId | Day | " + days);
        return db;
    }

    [Theory]
    [InlineData("50", "achieved")]
    [InlineData("49.99998", "achieved")] // −4e-7 of the target rounds to 0
    [InlineData("49.9999", "missed")]
    public async Task The_target_is_met_to_six_decimals(string actual, string outcome)
    {
        await using var db = await Given("2025-06-15", "BaselineValue | TargetValue | Tolerance\n1 | x | 40 | 50 | 0.1", $"Numerator | Denominator\n1 | 2025-06-10 | {actual} | 1");
        await db.Expect("SELECT Outcome, FinalValue FROM KpiOutcomes", $"{outcome} | {actual}");
    }

    [Theory]
    [InlineData("0", "achieved")]
    [InlineData("0.0000004", "achieved")]
    [InlineData("0.000001", "missed")]
    public async Task A_target_of_zero_is_compared_as_it_stands(string actual, string outcome)
    {
        await using var db = await Given("2025-06-15", "BaselineValue | TargetValue | Tolerance\n1 | x | 40 | 0 | 0.1", $"Numerator | Denominator\n1 | 2025-06-10 | {actual} | 1", "Direction\n1 | decrease");
        await db.Expect("SELECT Outcome FROM KpiOutcomes", outcome);
    }

    [Theory]
    [InlineData("2025-06-15", null, 0, "achieved")]
    [InlineData("2025-06-15", "2025-06-15", 0, "pending")] // the last day of the horizon is today
    [InlineData("2025-06-14", null, 0, "pending")]
    [InlineData("2025-06-18", null, 3, "achieved")]
    [InlineData("2025-06-17", null, 3, "pending")]
    public async Task An_outcome_is_pending_until_the_horizon_and_the_lag_are_over(string asOf, string? today, int lagDays, string outcome)
    {
        await using var db = await Given(asOf, $"LagDays | BaselineValue | TargetValue | Tolerance\n1 | x | {lagDays} | 40 | 50 | 0.1", "Numerator | Denominator\n1 | 2025-06-10 | 60 | 1", today: today);
        await db.Expect("SELECT Outcome, FinalValue, Change, Evidence FROM KpiOutcomes", outcome == "pending" ? "pending | | |" : "achieved | 60 | 20 | insufficient");
    }

    [Theory]
    [InlineData("2025-06-15", "achieved")] // closed on the last day: nothing is missing
    [InlineData("2025-06-14", "not_measurable")]
    [InlineData("2025-07-01", "achieved")] // after asOf: not known yet
    public async Task A_project_closed_before_its_horizon_is_not_measurable(string closedOn, string outcome)
    {
        await using var db = await Given("2025-06-15", "BaselineValue | TargetValue | Tolerance\n1 | x | 40 | 50 | 0.1", "Numerator | Denominator\n1 | 2025-06-10 | 60 | 1", project: $"ClosedOnDay\n{closedOn}");
        await db.Expect("SELECT Outcome, FinalValue FROM KpiOutcomes", $"{outcome} | {(outcome == "achieved" ? "60" : "")}");
    }

    [Theory]
    [InlineData("| 50", "1", "not_measurable | 60 | ")] // no baseline
    [InlineData("40 |", "1", "not_measurable | 60 | 20")] // no target
    [InlineData("40 | 50", "0", "not_measurable | | ")] // no value
    public async Task Baseline_target_and_value_are_all_needed(string sealedFigures, string denominator, string row)
    {
        await using var db = await Given("2025-06-15", $"BaselineValue | TargetValue | Tolerance\n1 | x | {sealedFigures} | 0.1", $"Numerator | Denominator\n1 | 2025-06-10 | 60 | {denominator}");
        await db.Expect("SELECT Outcome, FinalValue, Change FROM KpiOutcomes", row);
    }

    [Fact]
    public async Task The_value_is_taken_over_the_last_baseline_days_of_the_horizon()
    {
        await using var db = await Given(
            "2025-06-30",
            "BaselineValue | TargetValue | Tolerance\n1 | x | 40 | 50 | 0.1",
            "Numerator | Denominator\n1 | 2025-06-08 | 1000 | 1\n1 | 2025-06-09 | 40 | 1\n1 | 2025-06-15 | 60 | 1\n1 | 2025-06-16 | 1000 | 1");
        await db.Expect("SELECT FinalValue, Change, ChangePct FROM KpiOutcomes", "50 | 10 | 0.25");
    }

    [Theory]
    [InlineData("increase", "7.7", "clear")]
    [InlineData("increase", "-7.7", "unclear")] // a clear change for the worse is not evidence of success
    [InlineData("decrease", "-7.7", "clear")]
    [InlineData("increase", "0.1", "unclear")]
    public async Task Evidence_is_clear_when_the_whole_interval_is_favourable(string direction, string change, string evidence)
    {
        // Seven days that differ by ±1 around the value: SE of the evaluation below 0.4; the baseline's is given.
        var value = 40 + decimal.Parse(change, System.Globalization.CultureInfo.InvariantCulture);
        var days = string.Join('\n', Enumerable.Range(9, 7).Select(day => $"1 | 2025-06-{day:D2} | {value + (day == 15 ? 0 : day % 2 == 0 ? 1 : -1)} | 1"));
        await using var db = await Given("2025-06-15", "BaselineValue | TargetValue | Tolerance | BaselineStandardError | BaselineDayCount\n1 | x | 40 | 50 | 0.1 | 1 | 7", "Numerator | Denominator\n" + days, $"Direction\n1 | {direction}");
        await db.Expect("SELECT Evidence FROM KpiOutcomes", evidence);
    }

    [Fact]
    public async Task The_interval_has_the_factor_of_99_percent()
    {
        // The evaluation's days are all alike: its SE is 0 and the interval is 2.58 × the baseline's.
        var days = string.Join('\n', Enumerable.Range(9, 7).Select(day => $"1 | 2025-06-{day:D2} | 45 | 1"));
        await using var db = await Given("2025-06-15", "BaselineValue | TargetValue | Tolerance | BaselineStandardError | BaselineDayCount\n1 | x | 40 | 50 | 0.1 | 2 | 7", "Numerator | Denominator\n" + days);
        await db.Expect("SELECT Change, ChangeLow, ChangeHigh, Evidence FROM KpiOutcomes", "5 | -0.16 | 10.16 | unclear");
    }

    [Fact]
    public async Task Six_measured_days_are_not_enough_for_evidence()
    {
        var days = string.Join('\n', Enumerable.Range(9, 6).Select(day => $"1 | 2025-06-{day:D2} | {day} | 1"));
        await using var db = await Given("2025-06-15", "BaselineValue | TargetValue | Tolerance | BaselineStandardError | BaselineDayCount\n1 | x | 40 | 50 | 0.1 | 2 | 7", "Numerator | Denominator\n" + days);
        await db.Expect("SELECT ChangeLow, Evidence FROM KpiOutcomes", "| insufficient");
    }
}
