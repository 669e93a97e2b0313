using KpiApi.Tests.Support;

namespace KpiApi.Tests.Views;

/// <summary>Steering pages 5, 7, 8 and 9, row by row. S = 2025-06-02, B = 7, H = 14: the horizon ends on 2025-06-15.</summary>
public class PortfolioTests
{
    private static async Task<ViewDb> Given(string asOf, string actuals, string gain = "", string cost = "", string project = "ProjectId\n1")
    {
        var db = await ViewDb.Fresh(asOf);
        await db.Given("Activity", "Code | Name\nactivity | Activity");
        var heading = project.Split('\n');
        await db.Given("Project", $"StartDay | LaunchedAtUtc | BaselineDays | HorizonDays | {heading[0]}\n2025-06-02 | x | 7 | 14 | {heading[1]}");
        var series = 0;
        foreach (var actual in actuals.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            // Baseline 40, target 50, a week of facts in the evaluation window; "-" has no facts.
            series++;
            await db.Given("Kpi", $"KpiId | Code\n{series} | kpi-{series}");
            await db.Given("ProjectKpi", $"ProjectKpiId | KpiId | LaunchedAtUtc | BaselineValue | TargetValue | Tolerance | GraceDays\n{series} | {series} | x | 40 | 50 | 0.1 | 0");
            if (actual != "-")
            {
                await db.Given("KpiDayTotal", $"SeriesId | Day | Numerator | Denominator\n{series} | 2025-06-03 | {actual} | 1\n{series} | 2025-06-10 | {actual} | 1");
            }
        }

        if (cost.Length > 0)
        {
            await db.Given("LedgerDayTotal", $"ProjectId | Day | GainMeasured | CostInvoiced | CumulativeGain | CumulativeCost\n1 | 2025-06-10 | {gain} | {cost} | {gain} | {cost}");
        }

        return db;
    }

    [Theory]
    [InlineData("2025-06-08", "50 50", "continue")]
    [InlineData("2025-06-08", "50 20", "adjust")] // one behind
    [InlineData("2025-06-08", "41 50", "continue")] // at risk is not behind
    [InlineData("2025-06-08", "- -", "insufficient_data")]
    [InlineData("2025-06-08", "- 50", "continue")]
    [InlineData("2025-06-07", "50", "insufficient_data")] // nothing but a provisional week
    [InlineData("2025-06-08", "", "insufficient_data")] // no KPI at all
    public async Task While_the_horizon_runs_the_current_statuses_decide(string asOf, string actuals, string recommendation)
    {
        await using var db = await Given(asOf, actuals);
        await db.Expect("SELECT Recommendation FROM Portfolio", recommendation);
    }

    [Theory]
    [InlineData("- -", "", "", "insufficient_data")]
    [InlineData("-", "", "10", "stop")] // not measurable, and no gain: ratio 0
    [InlineData("45", "", "", "stop")] // none achieved, no ROI
    [InlineData("45", "9.9999", "10", "stop")]
    [InlineData("45", "10", "10", "adjust")] // ratio exactly 1 is not below 1
    [InlineData("45", "30", "10", "adjust")] // profitable, but no KPI achieved
    [InlineData("50", "", "", "continue")]
    [InlineData("50 50", "15", "10", "continue")] // ratio exactly the threshold
    [InlineData("50 50", "14.9999", "10", "adjust")]
    [InlineData("50 -", "15", "10", "continue")] // what cannot be measured does not count
    [InlineData("50 45", "30", "10", "adjust")]
    [InlineData("-", "30", "10", "adjust")] // nothing measurable, but a return
    public async Task Once_it_is_over_outcomes_and_return_decide(string actuals, string gain, string cost, string recommendation)
    {
        await using var db = await Given("2025-06-15", actuals, gain.Length == 0 ? "0" : gain, cost);
        await db.Expect("SELECT Recommendation FROM Portfolio", recommendation);
    }

    [Theory]
    [InlineData("2025-07-04", "running")]
    [InlineData("2025-07-05", "over")]
    public async Task A_horizon_is_over_when_the_longest_lag_is_over(string asOf, string phase)
    {
        await using var db = await Given(asOf, "50");
        await db.Given("Kpi", "KpiId | Code | LagDays\n9 | slow | 20");
        await db.Given("ProjectKpi", "ProjectKpiId | KpiId | LaunchedAtUtc | BaselineValue | TargetValue | Tolerance\n9 | 9 | x | 40 | 50 | 0.1");
        await db.Expect("SELECT Phase FROM Portfolio", phase);
    }

    [Theory]
    [InlineData("2025-06-14", "closed | closed-early | ")]
    [InlineData("2025-06-15", "closed | over | continue")]
    [InlineData("2025-06-16", "running | over | continue")] // closed after asOf: ignored
    public async Task A_project_closed_before_its_horizon_has_no_recommendation(string closedOn, string row)
    {
        await using var db = await Given("2025-06-15", "50", project: $"ClosedOnDay\n{closedOn}");
        await db.Expect("SELECT ProjectStatus, Phase, Recommendation FROM Portfolio", row);
    }

    [Fact]
    public async Task A_project_closed_early_says_why()
    {
        await using var db = await Given("2025-06-30", "50", project: "ClosedOnDay\n2025-06-10");
        await db.Expect("SELECT ReasonCode, KpiCode, ReasonValue FROM RecommendationReasons", "closed-early | |");
    }

    [Fact]
    public async Task Reasons_name_the_kpi_and_its_figure()
    {
        await using var db = await Given("2025-06-15", "50 45", "12", "10");
        await db.Expect(
            "SELECT ReasonCode, KpiCode, ReasonValue FROM RecommendationReasons ORDER BY Position",
            """
            roi-below-threshold | | 1.2
            achieved | kpi-1 | 50
            missed | kpi-2 | 45
            """);
    }

    [Theory]
    [InlineData("2025-06-15", "2025-06-16 | 0")]
    [InlineData("2025-06-16", "2025-06-16 | 0")]
    [InlineData("2025-06-17", "2025-06-16 | 1")]
    public async Task A_review_is_due_every_fortnight_from_the_start(string asOf, string row)
    {
        await using var db = await Given(asOf, "50");
        await db.Expect("SELECT NextReviewOn, ReviewIsOverdue FROM Portfolio", row);
    }

    [Fact]
    public async Task The_next_review_counts_from_the_last_one_known()
    {
        await using var db = await Given("2025-06-20", "50");
        await db.Given("Review", "ReviewId | ReviewedDay\n1 | 2025-06-10\n2 | 2025-06-18\n3 | 2025-06-21");
        await db.Expect("SELECT LastReviewOn, NextReviewOn FROM Portfolio", "2025-06-18 | 2025-07-02");
    }

    [Theory]
    [InlineData("2025-06-19", "3 | 1", "overdue-actions | 1")]
    [InlineData("2025-06-21", "2 | 1", "overdue-actions | 1")] // one done in the meantime, one not due, one without a day
    [InlineData("2025-06-22", "1 | 0", "")]
    [InlineData("2025-06-09", "0 | 0", "")] // before the review
    public async Task Actions_that_are_open_or_overdue_are_counted(string asOf, string row, string warning)
    {
        await using var db = await Given(asOf, "50");
        await db.Given("NorthStar", "NorthStarId\n100");
        await db.Given("Review", "ReviewId | ReviewedDay\n1 | 2025-06-10");
        await db.Given("ReviewAction", """
            ReviewActionId | ActionNumber | ReviewedDay | DueDay     | DoneDay
            1              | 1            | 2025-06-10  | 2025-06-18 | 2025-06-20
            2              | 2            | 2025-06-10  | 2025-06-20 | 2025-06-22
            3              | 3            | 2025-06-10  |            |
            4              | 4            | 2025-06-10  | 2025-06-11 | 2025-06-11
            """);
        await db.Expect("SELECT OpenActions, OverdueActions FROM Portfolio", row);
        await db.Expect("SELECT WarningCode, WarningCount FROM PortfolioWarnings", warning);
    }

    [Theory]
    [InlineData("2025-06-16", "")]
    [InlineData("2025-06-17", "overdue-reviews | 1")]
    public async Task An_overdue_review_is_a_warning(string asOf, string row)
    {
        await using var db = await Given(asOf, "50");
        await db.Given("NorthStar", "NorthStarId\n100");
        await db.Expect("SELECT WarningCode, WarningCount FROM PortfolioWarnings", row);
    }

    [Theory]
    [InlineData("100 0; 0 100", "2025-06-02")] // gain exactly covers the cost on the second day
    [InlineData("100 0; 0 150; 60 0", "")] // paid back, and lost again
    [InlineData("100 0; 0 150; 60 0; 0 10", "2025-06-04")]
    [InlineData("0 50; 100 60", "2025-06-02")] // gains before any cost are no payback
    [InlineData("0 50", "")]
    [InlineData("100 150; -100 0", "")] // a credit note leaves no cost to pay back
    public async Task Payback_is_the_day_from_which_the_gain_covers_the_cost_for_good(string days, string paybackOn)
    {
        await using var db = await Given("2025-06-15", "");
        decimal gain = 0, cost = 0;
        foreach (var (day, index) in days.Split("; ").Select((day, index) => (day.Split(' '), index)))
        {
            cost += decimal.Parse(day[0], System.Globalization.CultureInfo.InvariantCulture);
            gain += decimal.Parse(day[1], System.Globalization.CultureInfo.InvariantCulture);
            await db.Given("LedgerDayTotal", $"ProjectId | Day | CostInvoiced | GainMeasured | CumulativeGain | CumulativeCost\n1 | 2025-06-0{index + 1} | {day[0]} | {day[1]} | {gain} | {cost}");
        }

        await db.Expect("SELECT PaybackOn FROM ProjectRoi", paybackOn);
    }

    [Fact]
    public async Task Amounts_of_different_currencies_are_never_added()
    {
        await using var db = await Given("2025-06-15", "", "12", "10");
        await db.Given("Project", "ProjectId | Code | StartDay | Currency\n2 | other | 2025-06-02 | CHF");
        await db.Given("LedgerDayTotal", "ProjectId | Day | GainMeasured | CostInvoiced\n2 | 2025-06-10 | 3 | 1");
        await db.Expect(
            "SELECT Currency, ProjectCount, Gain, Cost, RoiRatio FROM PortfolioTotals ORDER BY Currency",
            """
            CHF | 1 | 3 | 1 | 3
            EUR | 1 | 12 | 10 | 1.2
            """);
    }

    [Fact]
    public async Task Totals_are_added_before_they_are_divided()
    {
        await using var db = await Given("2025-06-15", "");
        await db.Given("Project", "ProjectId | Code | StartDay\n2 | other | 2025-06-02");
        await db.Given("LedgerDayTotal", "ProjectId | Day | GainMeasured\n1 | 2025-06-10 | 0.1\n2 | 2025-06-10 | 0.2");
        await db.Expect("SELECT CASE WHEN Gain = 0.3E0 THEN 1 ELSE 0 END AS IsExact, ProjectCount FROM PortfolioTotals", "1 | 2");
    }

    [Theory]
    [InlineData(15, "")]
    [InlineData(16, "too-many-kpis | 16")]
    public async Task More_than_fifteen_kpis_in_running_projects_are_a_warning(int kpis, string row)
    {
        await using var db = await Given("2025-06-15", string.Join(' ', Enumerable.Repeat("50", kpis)));
        await db.Given("NorthStar", "NorthStarId\n100");
        await db.Expect("SELECT WarningCode, WarningCount FROM PortfolioWarnings WHERE WarningCode <> 'overdue-reviews'", row);
    }

    [Fact]
    public async Task An_activity_without_a_north_star_is_a_warning()
    {
        await using var db = await Given("2025-06-15", "50");
        await db.Given("NorthStar", "NorthStarId | IsCurrent\n100 | 0");
        await db.Expect("SELECT WarningCode, ActivityCode, ActivityName FROM PortfolioWarnings WHERE WarningCode <> 'overdue-reviews'", "no-north-star | activity | Activity");
    }
}
