using KpiApi.Tests.Support;

namespace KpiApi.Tests.Views;

/// <summary>Did the adjustment work? S = Monday 2025-06-02, B = 30, H = 90; the line climbs from 40 to 100 in 60 days. Each week has one fact, on its Wednesday.</summary>
public class ReviewAdjustmentsTests
{
    private const string Select = "SELECT ReviewedOn, WeekBefore, StatusBefore, DriftBefore, WeekSince, StatusSince, DriftSince, Effect FROM ReviewAdjustments ORDER BY ReviewId";

    // Wednesdays are days 3, 10, 17, …: the line stands at 43, 50, 57, 64, 71 there.
    private static async Task<ViewDb> Given(string asOf, string reviews, string actuals, string errors = "", string lag = "", string closedOn = "")
    {
        var db = await ViewDb.Fresh(asOf);
        await db.Given("Project", $"StartDay | LaunchedAtUtc | ClosedOnDay\n2025-06-02 | x | {closedOn}");
        await db.Given("Kpi", $"Code | LagDays\nrate | {lag}");
        await db.Given("ProjectKpi", $"ProjectKpiId | LaunchedAtUtc | BaselineValue | BaselineStandardError | BaselineDayCount | TargetValue | Tolerance | GraceDays\n1 | x | 40 | {errors} | 4 | 100 | 0.1 | 0");
        var wednesday = new DateOnly(2025, 6, 4);
        foreach (var actual in actuals.Split(' '))
        {
            if (actual != "-")
            {
                await db.Given("KpiDayTotal", $"SeriesId | Day | Numerator | Denominator\n1 | {wednesday:yyyy-MM-dd} | {actual} | 1");
            }

            wednesday = wednesday.AddDays(7);
        }

        await db.Given("Review", "ReviewId | ReviewedDay | Decision\n" + reviews);
        return db;
    }

    [Theory]
    [InlineData("1 | 2025-06-18 | adjust", "2025-06-18 | 2025-W24 | behind | -0.2 | 2025-W27 | on_track | 0 | better")] // the week of the review, W25, counts for neither side
    [InlineData("1 | 2025-06-16 | adjust", "2025-06-16 | 2025-W24 | behind | -0.2 | 2025-W27 | on_track | 0 | better")] // its Monday is in W25
    [InlineData("1 | 2025-06-15 | adjust", "2025-06-15 | 2025-W23 | on_track | 0 | 2025-W27 | on_track | 0 | unclear")] // its Sunday is in W24
    [InlineData("1 | 2025-06-04 | adjust", "2025-06-04 | | | | 2025-W27 | on_track | 0 | unknown")] // in the project's first week
    [InlineData("1 | 2025-06-18 | continue", "")]
    [InlineData("1 | 2025-07-07 | adjust", "")] // after asOf
    [InlineData("1 | 2025-07-04 | adjust", "2025-07-04 | 2025-W26 | behind | -0.25 | | | | pending")]
    public async Task The_week_before_is_held_against_the_latest_since(string review, string row)
    {
        await using var db = await Given("2025-07-06", review, "43 40 20 48 71");
        await db.Expect(Select, row);
    }

    [Fact]
    public async Task The_next_adjustment_ends_what_one_can_answer_for()
    {
        await using var db = await Given("2025-07-06", "1 | 2025-06-11 | adjust\n2 | 2025-06-18 | continue\n3 | 2025-06-27 | adjust\n4 | 2025-07-01 | adjust", "43 40 45.6 48 71");
        await db.Expect(
            Select,
            """
            2025-06-11 | 2025-W23 | on_track | 0    | 2025-W25 | behind | -0.2 | worse
            2025-06-27 | 2025-W25 | behind   | -0.2 |          |        |      | unknown
            2025-07-01 | 2025-W26 | behind   | -0.25 |         |        |      | pending
            """);
    }

    [Theory]
    [InlineData("", "better")] // nothing is known about chance
    [InlineData("3.0", "better")] // 1.64 × 3 × √(4/1) = 9.84 for each week, 13.9 for two; the gap went from −10 to 7
    [InlineData("4.0", "unclear")] // 18.6 for two
    public async Task A_change_within_what_chance_does_is_unclear(string error, string effect)
    {
        await using var db = await Given("2025-06-29", "1 | 2025-06-18 | adjust", "43 40 57 71", error);
        await db.Expect("SELECT Effect FROM ReviewAdjustments", effect);
    }

    [Theory]
    [InlineData("43 - 57 64", "unknown")]
    [InlineData("43 40 57 -", "unknown")]
    [InlineData("43 40 57 51.2", "unclear")] // the same drift
    [InlineData("43 40 57 48", "worse")]
    public async Task A_week_without_drift_leaves_it_unknown(string actuals, string effect)
    {
        await using var db = await Given("2025-06-29", "1 | 2025-06-18 | adjust", actuals);
        await db.Expect("SELECT Effect FROM ReviewAdjustments", effect);
    }

    [Theory]
    [InlineData("2025-07-03", "2025-W26 | pending")] // with a lag of 5 days, W27 is judged on 12 July
    [InlineData("2025-07-04", "2025-W26 | pending")]
    public async Task A_provisional_week_is_no_week_since(string asOf, string row)
    {
        await using var db = await Given(asOf, "1 | 2025-06-24 | adjust", "43 40 57 64 71", lag: "5");
        await db.Expect("SELECT COALESCE(WeekSince, '2025-W26'), Effect FROM ReviewAdjustments", row);
    }

    [Fact]
    public async Task A_week_before_that_is_still_provisional_says_nothing_yet()
    {
        await using var db = await Given("2025-06-18", "1 | 2025-06-17 | adjust", "43 40", lag: "5");
        await db.Expect("SELECT WeekBefore, Effect FROM ReviewAdjustments", "| pending");
    }

    [Fact]
    public async Task A_project_that_ends_after_an_adjustment_leaves_it_unknown()
    {
        await using var db = await Given("2025-07-30", "1 | 2025-06-18 | adjust", "43 40 57", closedOn: "2025-06-20");
        await db.Expect("SELECT WeekSince, Effect FROM ReviewAdjustments", "| unknown");
    }

    [Theory]
    [InlineData("2025-06-17", "")]
    [InlineData("2025-06-18", "1 | 2025-06-18 | 2025-06-25 | | 0")]
    [InlineData("2025-06-25", "1 | 2025-06-18 | 2025-06-25 | | 0")]
    [InlineData("2025-06-26", "1 | 2025-06-18 | 2025-06-25 | | 1")]
    [InlineData("2025-06-27", "1 | 2025-06-18 | 2025-06-25 | 2025-06-27 | 0")]
    public async Task An_action_is_known_from_its_review_on_and_overdue_until_it_is_done(string asOf, string row)
    {
        await using var db = await Given(asOf, "1 | 2025-06-18 | adjust", "43");
        await db.Given("ReviewAction", "ReviewActionId | ReviewedDay | DueDay | DoneDay\n1 | 2025-06-18 | 2025-06-25 | 2025-06-27");
        await db.Expect("SELECT ActionNumber, ReviewedOn, DueOn, DoneOn, IsOverdue FROM ReviewActions", row);
    }
}
