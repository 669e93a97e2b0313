using KpiApi.Tests.Support;

namespace KpiApi.Tests.Views;

/// <summary>Alerts, row by row. S = Monday 2025-06-02, B = 30, H = 90; the line climbs from 40 to 100 in 60 days. Each week has one fact, on its Wednesday.</summary>
public class AlertsTests
{
    private static async Task<ViewDb> Given(string asOf, string actuals, string project = "ProjectId\n1", string kpi = "GraceDays\n14", string lag = "", string? today = null)
    {
        var db = await ViewDb.Fresh(asOf, today);
        var projectCells = project.Split('\n');
        var kpiCells = kpi.Split('\n');
        await db.Given("Project", $"Code | StartDay | LaunchedAtUtc | ReviewCadenceDays | {projectCells[0]}\nsite | 2025-06-02 | x | 365 | {projectCells[1]}");
        await db.Given("Kpi", $"Code | LagDays\nrate | {lag}");
        await db.Given("ProjectKpi", $"ProjectKpiId | LaunchedAtUtc | BaselineValue | TargetValue | Tolerance | {kpiCells[0]}\n1 | x | 40 | 100 | 0.1 | {kpiCells[1]}");
        var wednesday = new DateOnly(2025, 6, 4);
        foreach (var actual in actuals.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (actual != "-")
            {
                await db.Given("KpiDayTotal", $"SeriesId | Day | Numerator | Denominator\n1 | {wednesday:yyyy-MM-dd} | {actual} | 1");
            }

            wednesday = wednesday.AddDays(7);
        }

        return db;
    }

    private const string Behind = "SELECT Date, Week, Drift FROM Alerts WHERE AlertKind = 'status-behind' ORDER BY Day";

    [Theory]
    [InlineData("43 20 20", "2025-06-22", "2025-06-15 | 2025-W24 | -0.6")] // day 14 ends W24: the first week that is judged
    [InlineData("20 50 20", "2025-06-22", "2025-06-22 | 2025-W25 | -0.649122807")] // W23 is too early
    [InlineData("43 20 20", "2025-06-14", "")] // W24 is not over
    [InlineData("43 20 57 20 20", "2025-07-06", "2025-06-15 | 2025-W24 | -0.6\n2025-06-29 | 2025-W26 | -0.6875")] // behind twice
    [InlineData("43 20 - 20", "2025-06-29", "2025-06-15 | 2025-W24 | -0.6\n2025-06-29 | 2025-W26 | -0.6875")] // from no_data to behind is a change
    [InlineData("43 48 55 60", "2025-06-29", "")] // at risk is not behind
    public async Task A_status_that_turns_to_behind_is_told_once(string actuals, string asOf, string rows)
    {
        await using var db = await Given(asOf, actuals);
        await db.Expect(Behind, rows);
    }

    [Theory]
    [InlineData("2025-06-15", "2025-06-15", "")] // today, which is not over
    [InlineData("2025-06-15", "2025-06-16", "2025-06-15 | 2025-W24 | -0.6")]
    public async Task A_week_is_judged_when_its_last_day_is_over(string asOf, string today, string rows)
    {
        await using var db = await Given(asOf, "43 20", today: today);
        await db.Expect(Behind, rows);
    }

    [Theory]
    [InlineData("2025-06-19", "")]
    [InlineData("2025-06-20", "2025-06-20 | 2025-W24 | -0.6")]
    public async Task The_lag_is_waited_for(string asOf, string rows)
    {
        await using var db = await Given(asOf, "43 20", lag: "5");
        await db.Expect(Behind, rows);
    }

    [Fact]
    public async Task The_last_week_of_a_closed_project_is_judged_on_its_last_day()
    {
        await using var db = await Given("2025-06-30", "43 50 20", project: "ClosedOnDay\n2025-06-18");
        await db.Expect(Behind, "2025-06-18 | 2025-W25 | -0.649122807");
    }

    [Theory]
    [InlineData(30, "2025-06-30", "")]
    [InlineData(30, "2025-07-06", "2025-07-06 | 2025-W27 | -0.718309859")] // day 35 ends the first judged week
    [InlineData(0, "2025-06-08", "2025-06-08 | 2025-W23 | -0.534883721")]
    public async Task Nothing_is_told_in_the_grace_days(int grace, string asOf, string rows)
    {
        await using var db = await Given(asOf, "20 20 20 20 20 20", kpi: $"GraceDays\n{grace}");
        await db.Expect(Behind, rows);
    }

    [Theory]
    [InlineData("2025-06-16", "", "")] // due on the 16th
    [InlineData("2025-06-17", "", "2025-06-17")]
    [InlineData("2025-06-30", "1 | 2025-06-16", "")] // just in time; the next is due on the 30th
    [InlineData("2025-07-01", "1 | 2025-06-16", "2025-07-01")]
    [InlineData("2025-07-01", "1 | 2025-06-20", "2025-06-17")] // held late: it stays told; the next is due on 4 July
    [InlineData("2025-07-01", "1 | 2025-06-02\n2 | 2025-06-16\n3 | 2025-06-16", "2025-07-01")] // two of different kinds on a day
    [InlineData("2025-06-19", "1 | 2025-06-20", "2025-06-17")] // not held yet
    public async Task A_review_that_is_not_held_in_time_is_told(string asOf, string reviews, string dates)
    {
        await using var db = await Given(asOf, "", project: "OrganisationId\n1");
        await db.Given("Project", "ProjectId | Code | StartDay | LaunchedAtUtc | ReviewCadenceDays\n2 | web | 2025-06-02 | x | 14");
        var kind = new[] { "weekly", "biweekly", "monthly" };
        foreach (var (review, index) in reviews.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select((review, index) => (review, index)))
        {
            await db.Given("Review", $"ProjectId | ReviewId | ReviewedDay | ReviewKind\n2 | {review} | {kind[index]}");
            await db.Given("ReviewSnapshot", $"ReviewId | ReviewCadenceDays\n{review.Split(' ')[0]} | 14");
        }

        await db.Expect("SELECT Date FROM Alerts WHERE AlertKind = 'review-overdue' AND ProjectCode = 'web' ORDER BY Day", dates);
    }

    [Fact]
    public async Task A_shorter_cadence_makes_no_past_review_late()
    {
        await using var db = await Given("2025-06-18", "", project: "OrganisationId\n1");
        await db.Given("Project", "ProjectId | Code | StartDay | LaunchedAtUtc | ReviewCadenceDays\n2 | web | 2025-06-02 | x | 1");
        await db.Given("Review", "ProjectId | ReviewId | ReviewedDay\n2 | 1 | 2025-06-16");
        await db.Given("ReviewSnapshot", "ReviewId | ReviewCadenceDays\n1 | 14");
        await db.Expect("SELECT Date FROM Alerts WHERE AlertKind = 'review-overdue' AND ProjectCode = 'web'", "2025-06-18");
    }

    [Theory]
    [InlineData("2025-06-16", "")] // closed on the day on which it was due
    [InlineData("2025-06-17", "2025-06-17")]
    public async Task A_closed_project_owes_no_review(string closedOn, string dates)
    {
        await using var db = await Given("2025-07-30", "", project: "OrganisationId\n1");
        await db.Given("Project", $"ProjectId | Code | StartDay | LaunchedAtUtc | ReviewCadenceDays | ClosedOnDay\n2 | web | 2025-06-02 | x | 14 | {closedOn}");
        await db.Expect("SELECT Date FROM Alerts WHERE AlertKind = 'review-overdue' AND ProjectCode = 'web'", dates);
    }

    [Theory]
    [InlineData("2025-06-25", "")]
    [InlineData("2025-06-26", "1 | 2025-06-26\n2 | 2025-06-26")]
    [InlineData("2025-07-30", "1 | 2025-06-26\n2 | 2025-06-26")] // done late: it stays told
    public async Task An_action_that_is_not_done_in_time_is_told(string asOf, string rows)
    {
        await using var db = await Given(asOf, "");
        await db.Given("Review", "ReviewId | ReviewedDay\n1 | 2025-06-18");
        await db.Given("ReviewAction", """
            ReviewActionId | ActionNumber | ReviewedDay | DueDay     | DoneDay
            1              | 1            | 2025-06-18  | 2025-06-25 |
            2              | 2            | 2025-06-18  | 2025-06-25 | 2025-06-26
            3              | 3            | 2025-06-18  | 2025-06-25 | 2025-06-25
            4              | 4            | 2025-06-18  |            |
            """);
        await db.Expect("SELECT ReviewActionId, Date FROM Alerts WHERE AlertKind = 'action-overdue' ORDER BY ReviewActionId", rows);
    }

    [Theory]
    [InlineData("2025-08-29", "")]
    [InlineData("2025-08-30", "2025-08-30 | missed")]
    public async Task An_outcome_is_told_when_it_is_decided(string asOf, string rows)
    {
        await using var db = await Given(asOf, "43 50 57 64 71 78 85 92 99 60 60 60 60");
        await db.Expect("SELECT Date, Outcome FROM Alerts WHERE AlertKind = 'outcome-decided'", rows);
    }

    [Fact]
    public async Task A_project_closed_early_has_no_outcome_to_tell()
    {
        await using var db = await Given("2025-12-30", "43 50 57", project: "ClosedOnDay\n2025-06-25");
        await db.Expect("SELECT Date, Outcome FROM Alerts WHERE AlertKind = 'outcome-decided'", "");
    }

    // Days with facts, relative to S (0).
    [Theory]
    [InlineData("10 11 12 13 14 15", "2025-06-18", "")] // day 16 is over
    [InlineData("10 11 12 13 14 15", "2025-06-19", "2025-06-19 | 1")] // and day 17
    [InlineData("0 7 14 21", "2025-07-06", "")] // each Monday: 13 days without
    [InlineData("0 7 14 21", "2025-07-07", "2025-07-07 | 7")]
    [InlineData("7 8 9 10 11 14 15 16 17 18 21 22 23 24 25", "2025-06-30", "2025-06-30 | 1.285714286")] // workdays up to Friday the 27th: twice 1.29 days is 3
    [InlineData("10 11 12", "2025-07-30", "")] // three days say nothing about what is usual
    [InlineData("-9 -8 -7 -6 -5", "2025-07-30", "")] // an import of history that never came again
    [InlineData("-5 -4 -3 -2 0", "2025-06-14", "")] // not in the grace days
    [InlineData("-5 -4 -3 -2 0", "2025-06-15", "2025-06-15 | 1.25")] // whose last is the 15th
    [InlineData("60 70 80 85", "2025-12-30", "")] // twice 8.3 days lie beyond the last day of the horizon
    [InlineData("84 85 86 87", "2025-12-30", "2025-08-30 | 1")]
    public async Task A_source_without_facts_for_twice_its_usual_interval_is_told(string days, string asOf, string rows)
    {
        await using var db = await Given(asOf, "");
        await Sources(db, days);
        await db.Expect("SELECT Date, UsualIntervalDays FROM Alerts WHERE AlertKind = 'source-silent'", rows);
    }

    [Theory]
    [InlineData("2025-06-23", "")]
    [InlineData("2025-06-24", "2025-06-24")]
    public async Task A_silent_source_is_given_the_lag(string asOf, string date)
    {
        await using var db = await Given(asOf, "", lag: "5");
        await Sources(db, "10 11 12 13 14 15");
        await db.Expect("SELECT Date FROM Alerts WHERE AlertKind = 'source-silent'", date);
    }

    [Fact]
    public async Task Each_source_of_a_KPI_is_heard_alone_and_a_deleted_fact_is_none()
    {
        await using var db = await Given("2025-06-30", "");
        await Sources(db, "10 11 12 13 14 15");
        await Sources(db, "10 12 14 16 18 20 22 24 26 27", id: 2, source: "erp");
        await db.Given("SourceDayTotal", "SeriesSourceId | Day | FactCount\n1 | 2025-06-29 | 0");
        await db.Expect("SELECT Source, Date, KpiCode FROM Alerts WHERE AlertKind = 'source-silent'", "crm | 2025-06-19 | rate");
    }

    [Fact]
    public async Task An_id_says_what_the_alert_is_about_and_an_acknowledgement_stays_with_it()
    {
        await using var db = await Given("2025-07-30", "43 20 57 20 20");
        await db.Given("AlertAcknowledgement", "AlertId | AcknowledgedAtUtc\n1202481 | 2025-06-17T08:00:00.000Z");
        // Monday 2025-06-09 is day 20248.
        await db.Expect(
            "SELECT AlertId, Week, IsAcknowledged, AcknowledgedAtUtc FROM Alerts WHERE AlertKind = 'status-behind' ORDER BY Day",
            """
            1202481 | 2025-W24 | 1 | 2025-06-17T08:00:00.000Z
            1202621 | 2025-W26 | 0 |
            """);
    }

    private static async Task Sources(ViewDb db, string days, int id = 1, string source = "crm")
    {
        await db.Given("SeriesSource", $"SeriesSourceId | SeriesId | Source\n{id} | 1 | {source}");
        await db.Given("SourceDayTotal", "SeriesSourceId | Day\n" + string.Join('\n', days.Split(' ').Select(day => $"{id} | {new DateOnly(2025, 6, 2).AddDays(int.Parse(day, System.Globalization.CultureInfo.InvariantCulture)):yyyy-MM-dd}")));
    }
}
