using KpiApi.Tests.Support;

namespace KpiApi.Tests.Views;

/// <summary>Steering page 4, limit by limit: given rollups, expect weeks.</summary>
public class KpiWeeksTests
{
    // 2025-06-02 is a Monday. B = 30, H = 90, so the line climbs over R = 60 days; baseline 50, target 110: expected is 50 + day number.
    private const string Project = """
        ProjectId | StartDay   | LaunchedAtUtc
        1         | 2025-06-02 | 2025-06-02T08:00:00.000Z
        """;

    private static async Task<ViewDb> Given(string asOf, string kpi, string projectKpi, string days, string? today = null, string project = Project)
    {
        var db = await ViewDb.Fresh(asOf, today);
        await db.Given("Project", project);
        await db.Given("Kpi", "KpiId | " + kpi);
        await db.Given("ProjectKpi", "ProjectKpiId | LaunchedAtUtc | " + projectKpi);
        await db.Given("KpiDayTotal", "SeriesId | Day | " + days);
        return db;
    }

    [Fact]
    public async Task A_falling_kpi_that_rises_is_behind()
    {
        await using var db = await Given(
            "2025-06-22",
            "Direction\n1 | decrease",
            "BaselineValue | TargetValue | Tolerance\n1 | x | 50 | 45 | 0.05",
            "Numerator | Denominator\n1 | 2025-06-16 | 560 | 10");
        await db.Expect("SELECT Week, Status FROM KpiWeeks WHERE Week = '2025-W25'", "2025-W25 | behind");
    }

    [Theory]
    [InlineData("50.4", "at_risk")] // drift exactly −0.1 = −tolerance
    [InlineData("50.39", "behind")]
    [InlineData("50.40002", "at_risk")]
    [InlineData("50.3999999", "at_risk")] // −0.1000000018 rounds to −0.1
    [InlineData("56", "on_track")] // drift exactly 0
    [InlineData("55.99998", "on_track")] // −3.6e-7 rounds to 0
    [InlineData("55.9999", "at_risk")]
    public async Task Drift_is_rounded_to_six_decimals_and_compared_with_the_tolerance(string actual, string status)
    {
        // A flat line at 56, so that every day expects the same.
        await using var db = await Given(
            "2025-06-22",
            "Aggregation\n1 | ratio",
            "BaselineValue | TargetValue | Tolerance\n1 | x | 56 | 56 | 0.1",
            $"Numerator | Denominator\n1 | 2025-06-16 | {actual} | 1");
        await db.Expect("SELECT Status FROM KpiWeeks WHERE Week = '2025-W25'", status);
    }

    [Theory]
    [InlineData("30", "at_risk")] // inside what chance alone does
    [InlineData("25", "at_risk")] // 1.64 × 25 = 41 = −gap: exactly noise
    [InlineData("24.999", "behind")]
    [InlineData("", "behind")] // no standard error: noise is null
    public async Task A_gap_within_the_noise_is_not_behind(string standardError, string status)
    {
        // One measured day of the week against one baseline day: noise = 1.64 × SE.
        await using var db = await Given(
            "2025-06-22",
            "Aggregation\n1 | ratio",
            $"BaselineValue | TargetValue | Tolerance | BaselineStandardError | BaselineDayCount\n1 | x | 100 | 100 | 0.01 | {standardError} | 1",
            "Numerator | Denominator\n1 | 2025-06-16 | 59 | 1");
        await db.Expect("SELECT Status FROM KpiWeeks WHERE Week = '2025-W25'", status);
    }

    [Theory]
    [InlineData("0", "on_track")]
    [InlineData("3", "on_track")]
    [InlineData("-0.000001", "behind")]
    public async Task Where_nothing_is_expected_the_gap_decides(string actual, string status)
    {
        await using var db = await Given(
            "2025-06-22",
            "Aggregation\n1 | ratio",
            "BaselineValue | TargetValue | Tolerance\n1 | x | 0 | 0 | 0.1",
            $"Numerator | Denominator\n1 | 2025-06-16 | {actual} | 1");
        await db.Expect("SELECT Drift, TargetDrift, Progress, Status FROM KpiWeeks WHERE Week = '2025-W25'", $" | | | {status}");
    }

    [Theory]
    [InlineData(14, "on_track")] // k = 14 at the end of the second week: not before grace
    [InlineData(15, "too_early")]
    public async Task Nothing_is_judged_before_the_grace_days(int graceDays, string status)
    {
        await using var db = await Given(
            "2025-06-15",
            "Aggregation\n1 | ratio",
            $"BaselineValue | TargetValue | Tolerance | GraceDays\n1 | x | 50 | 110 | 0.1 | {graceDays}",
            "Numerator | Denominator\n1 | 2025-06-09 | 90 | 1");
        await db.Expect("SELECT DayNumber, Status FROM KpiWeeks WHERE Week = '2025-W24'", $"14 | {status}");
    }

    [Theory]
    [InlineData("2025-06-22", null, 0, "on_track")] // Sunday is over
    [InlineData("2025-06-22", "2025-06-22", 0, "provisional")] // Sunday is today
    [InlineData("2025-06-21", null, 0, "provisional")]
    [InlineData("2025-06-24", null, 2, "on_track")] // lastDay + lag = closed
    [InlineData("2025-06-23", null, 2, "provisional")]
    public async Task A_week_is_provisional_until_its_last_day_and_the_lag_are_over(string asOf, string? today, int lagDays, string status)
    {
        await using var db = await Given(
            asOf,
            $"LagDays\n1 | {lagDays}",
            "BaselineValue | TargetValue | Tolerance\n1 | x | 50 | 110 | 0.1",
            "Numerator | Denominator\n1 | 2025-06-16 | 90 | 1",
            today);
        await db.Expect("SELECT Status FROM KpiWeeks WHERE Week = '2025-W25'", status);
    }

    [Fact]
    public async Task The_lag_of_the_project_kpi_wins_over_that_of_the_kpi()
    {
        await using var db = await Given(
            "2025-06-22",
            "LagDays\n1 | 5",
            "LagDays | BaselineValue | TargetValue | Tolerance\n1 | x | 0 | 50 | 110 | 0.1",
            "Numerator | Denominator\n1 | 2025-06-16 | 90 | 1");
        await db.Expect("SELECT Status FROM KpiWeeks WHERE Week = '2025-W25'", "on_track");
    }

    [Fact]
    public async Task A_week_without_facts_has_a_row_and_says_so()
    {
        await using var db = await Given(
            "2025-06-22",
            "Aggregation\n1 | ratio",
            "BaselineValue | TargetValue | Tolerance\n1 | x | 50 | 110 | 0.1",
            "Numerator | Denominator\n1 | 2025-06-02 | 90 | 1");
        // Without facts the line is averaged over the days: days 15 to 21, mean 18.
        await db.Expect("SELECT Week, Actual, Expected, Gap, Status FROM KpiWeeks WHERE Week = '2025-W25'", "2025-W25 | | 68 | | no_data");
    }

    [Fact]
    public async Task A_measured_week_whose_denominators_are_zero_has_no_value()
    {
        await using var db = await Given(
            "2025-06-22",
            "Aggregation\n1 | ratio",
            "BaselineValue | TargetValue | Tolerance\n1 | x | 50 | 110 | 0.1",
            "Numerator | Denominator\n1 | 2025-06-16 | 5 | 0\n1 | 2025-06-17 | 5 | 0");
        await db.Expect("SELECT Actual, Expected, Status FROM KpiWeeks WHERE Week = '2025-W25'", "| 68 | no_data");
    }

    [Fact]
    public async Task Without_a_baseline_only_the_target_can_be_compared()
    {
        await using var db = await Given(
            "2025-06-22",
            "Aggregation\n1 | ratio",
            "TargetValue | Tolerance\n1 | x | 100 | 0.1",
            "Numerator | Denominator\n1 | 2025-06-16 | 90 | 1");
        await db.Expect("SELECT Actual, Expected, Gap, Drift, TargetDrift, Progress, Status FROM KpiWeeks WHERE Week = '2025-W25'", "90 | | | | -0.1 | | no_baseline");
    }

    [Fact]
    public async Task The_expected_ratio_weighs_days_as_their_denominators_do()
    {
        // Day 15 with weight 3 and day 21 with weight 1: (3 × 65 + 71) / 4.
        await using var db = await Given(
            "2025-06-22",
            "Aggregation\n1 | ratio",
            "BaselineValue | TargetValue | Tolerance\n1 | x | 50 | 110 | 0.1",
            "Numerator | Denominator\n1 | 2025-06-16 | 195 | 3\n1 | 2025-06-22 | 71 | 1");
        await db.Expect("SELECT Actual, Expected, Gap, Status FROM KpiWeeks WHERE Week = '2025-W25'", "66.5 | 66.5 | 0 | on_track");
    }

    [Fact]
    public async Task A_sum_counts_the_days_without_facts()
    {
        // 7 in a week of which five days are silent: 1 a day, 30 per 30 days.
        await using var db = await Given(
            "2025-06-22",
            "Aggregation | PerDays\n1 | sum | 30",
            "BaselineValue | TargetValue | Tolerance\n1 | x | 50 | 110 | 0.1",
            "Numerator\n1 | 2025-06-16 | 3\n1 | 2025-06-20 | 4");
        await db.Expect("SELECT Actual, Expected FROM KpiWeeks WHERE Week = '2025-W25'", "30 | 68");
    }

    [Fact]
    public async Task A_last_value_is_judged_on_its_own_day()
    {
        // Measured on Tuesday, day 16: expected 66, though the week goes on to day 21.
        await using var db = await Given(
            "2025-06-22",
            "Aggregation\n1 | last",
            "BaselineValue | TargetValue | Tolerance\n1 | x | 50 | 110 | 0.1",
            "LastNumerator\n1 | 2025-06-16 | 10\n1 | 2025-06-17 | 66");
        await db.Expect("SELECT Actual, Expected, Drift FROM KpiWeeks WHERE Week = '2025-W25'", "66 | 66 | 0");
    }

    [Fact]
    public async Task Past_the_ramp_the_line_holds_the_target()
    {
        await using var db = await Given(
            "2025-08-31",
            "Aggregation\n1 | ratio",
            "BaselineValue | TargetValue | Tolerance\n1 | x | 50 | 110 | 0.1",
            "Numerator | Denominator\n1 | 2025-08-11 | 110 | 1");
        // Days 57 to 63 without facts: (57 + 58 + 59 + 4 × 60) / 7 above 50; then days 71 to 77.
        await db.Expect(
            "SELECT Week, Expected FROM KpiWeeks WHERE Week IN ('2025-W31', '2025-W33') ORDER BY Week",
            """
            2025-W31 | 109.142857143
            2025-W33 | 110
            """);
    }

    [Fact]
    public async Task The_first_and_the_last_week_are_cut_at_the_project()
    {
        // Starts on a Thursday, 14 days: ends on the Wednesday two weeks later. Monday's fact belongs to no week.
        await using var db = await Given(
            "2025-06-30",
            "Aggregation | PerDays\n1 | sum | 1",
            "BaselineValue | TargetValue | Tolerance | GraceDays\n1 | x | 10 | 10 | 0.1 | 0",
            "Numerator\n1 | 2025-06-02 | 1000\n1 | 2025-06-05 | 40\n1 | 2025-06-18 | 30\n1 | 2025-06-19 | 1000",
            project: """
                ProjectId | StartDay   | LaunchedAtUtc | BaselineDays | HorizonDays
                1         | 2025-06-05 | x             | 7            | 14
                """);
        await db.Expect(
            "SELECT Week, DayNumber, Actual FROM KpiWeeks ORDER BY Week",
            """
            2025-W23 | 4  | 10
            2025-W24 | 11 |
            2025-W25 | 14 | 10
            """);
    }

    [Theory]
    [InlineData("2025-06-18", "2025-06-30", 17, "on_track")] // closed on Wednesday: the week ends there and is over
    [InlineData("2025-07-05", "2025-06-18", 17, "provisional")] // closed after asOf: not known yet
    public async Task Weeks_end_on_the_day_of_closing_once_it_is_known(string closedOn, string asOf, int dayNumber, string status)
    {
        await using var db = await Given(
            asOf,
            "Aggregation\n1 | ratio",
            "BaselineValue | TargetValue | Tolerance\n1 | x | 50 | 110 | 0.1",
            "Numerator | Denominator\n1 | 2025-06-16 | 90 | 1\n1 | 2025-06-20 | 1 | 1",
            project: $"""
                ProjectId | StartDay   | LaunchedAtUtc | ClosedOnDay
                1         | 2025-06-02 | x             | {closedOn}
                """);
        await db.Expect("SELECT DayNumber, Actual, Status FROM KpiWeeks WHERE Week = (SELECT MAX(w.Week) FROM KpiWeeks w)", $"{dayNumber} | 90 | {status}");
    }

    [Fact]
    public async Task A_ledger_kpi_is_cumulative_and_judged_on_its_last_day()
    {
        await using var db = await ViewDb.Fresh("2025-06-22");
        await db.Given("Project", Project);
        await db.Given("Kpi", "KpiId | Aggregation\n1 | ledger");
        await db.Given("ProjectKpi", "ProjectKpiId | LaunchedAtUtc | BaselineValue | TargetValue | Tolerance\n1 | x | 0 | 1.8 | 0.1");
        await db.Given("LedgerDayTotal", """
            ProjectId | Day        | CostInvoiced | GainMeasured
            1         | 2025-05-01 | 100          | 0
            1         | 2025-06-17 | 0            | 42
            1         | 2025-06-23 | 0            | 500
            """);
        // k = 21 of 90 days: expected 1.8 × 21 / 90.
        await db.Expect("SELECT Actual, Expected, Gap, Noise, Status FROM KpiWeeks WHERE Week = '2025-W25'", "0.42 | 0.42 | 0 | | on_track");
    }

    [Fact]
    public async Task A_negative_baseline_climbs_towards_zero()
    {
        // From −60 to 0: expected −60 + i. Actual −45 on day 15: gap 0.
        await using var db = await Given(
            "2025-06-22",
            "Aggregation\n1 | last",
            "BaselineValue | TargetValue | Tolerance\n1 | x | -60 | 0 | 0.1",
            "LastNumerator\n1 | 2025-06-16 | -45");
        await db.Expect("SELECT Actual, Expected, Gap, Drift, TargetDrift, Progress FROM KpiWeeks WHERE Week = '2025-W25'", "-45 | -45 | 0 | 0 | | 0.25");
    }

    [Fact]
    public async Task Progress_is_never_clamped()
    {
        await using var db = await Given(
            "2025-06-22",
            "Aggregation\n1 | last",
            "BaselineValue | TargetValue | Tolerance\n1 | x | 100 | 110 | 0.1",
            "LastNumerator\n1 | 2025-06-16 | 80");
        await db.Expect("SELECT Progress FROM KpiWeeks WHERE Week = '2025-W25'", "-2");
    }

    [Fact]
    public async Task A_day_whose_facts_were_all_deleted_is_not_measured()
    {
        await using var db = await Given(
            "2025-06-22",
            "Aggregation\n1 | last",
            "BaselineValue | TargetValue | Tolerance\n1 | x | 50 | 110 | 0.1",
            "LastNumerator | FactCount\n1 | 2025-06-16 | 70 | 1\n1 | 2025-06-18 | | 0");
        await db.Expect("SELECT Actual, Expected FROM KpiWeeks WHERE Week = '2025-W25'", "70 | 65");
    }

    [Theory]
    [InlineData("2025-06-01", "")] // before the start
    [InlineData("2025-06-02", "2025-W23")]
    public async Task Weeks_begin_with_the_project(string asOf, string weeks)
    {
        await using var db = await Given(asOf, "Aggregation\n1 | ratio", "BaselineValue | TargetValue | Tolerance\n1 | x | 50 | 110 | 0.1", "Numerator | Denominator\n1 | 2025-06-02 | 90 | 1");
        await db.Expect("SELECT Week FROM KpiWeeks", weeks);
    }

    [Fact]
    public async Task The_current_week_is_the_latest_that_is_not_provisional_even_without_data()
    {
        await using var db = await Given(
            "2025-06-25",
            "Aggregation\n1 | ratio",
            "BaselineValue | TargetValue | Tolerance\n1 | x | 50 | 110 | 0.1",
            "Numerator | Denominator\n1 | 2025-06-10 | 90 | 1");
        await db.Expect("SELECT Week, Status FROM KpiStatus", "2025-W25 | no_data");
    }

    [Theory]
    [InlineData("2025-06-07", " | provisional")]
    [InlineData("2025-06-08", "2025-W23 | too_early")]
    [InlineData("2025-06-14", "2025-W23 | too_early")]
    [InlineData("2025-08-29", "2025-W34 | no_data")] // H = 90: the horizon ends on Saturday 30 August
    [InlineData("2025-08-30", "2025-W35 | no_data")]
    [InlineData("2025-12-30", "2025-W35 | no_data")]
    public async Task The_current_week_is_found_on_every_day(string asOf, string row)
    {
        await using var db = await Given(asOf, "Aggregation\n1 | ratio", "BaselineValue | TargetValue | Tolerance\n1 | x | 50 | 110 | 0.1", "Numerator | Denominator\n1 | 2025-06-03 | 90 | 1");
        await db.Expect("SELECT Week, Status FROM KpiStatus", row);
    }
}
