using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Golden;

/// <summary>
/// The oracle against the golden files, and against limits worked out by hand from the steering page.
/// Unless a test says otherwise its project starts on a Monday, with 28 baseline days and a horizon of 56: four weeks on the way, then four at the target.
/// </summary>
public partial class OracleTests
{
    private static readonly DateOnly Start = new(2025, 3, 3);
    private static readonly DateOnly Eve = Start.AddDays(-1);
    private static readonly DateOnly BaselineFirst = Start.AddDays(-28);
    private static readonly DateOnly EvaluationFirst = Start.AddDays(28);
    private static readonly DateOnly LastDay = Start.AddDays(55);

    // ---- Golden files ----

    public static TheoryData<string> GoldenFiles { get; } =
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Golden"), "*.json").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(GoldenFiles))]
    public void A_golden_scenario_gives_its_expected_figures(string name) => Assert.Empty(GoldenDifferences(name, 1e-6));

    [Theory]
    [MemberData(nameof(GoldenFiles))]
    public void A_golden_scenario_agrees_to_nine_digits_too(string name) => Assert.Empty(GoldenDifferences(name, 1e-9));

    [Fact]
    public void No_golden_file_got_lost_on_the_way_to_the_output() => Assert.True(GoldenFiles.Count >= 8);

    // ---- Target and tolerance (§2, §3) ----

    [Theory]
    [InlineData("increase", "relative", "0.5", 100, 150)]
    [InlineData("increase", "relative", "0.5", -100, -50)]
    [InlineData("decrease", "relative", "-0.5", -100, -150)]
    [InlineData("increase", "points", "0.5", -100, -99.5)]
    [InlineData("decrease", "absolute", "-7", 100, -7)]
    public void A_threshold_resolves_from_the_baseline(string direction, string kind, string value, int baseline, double target)
    {
        var kpi = OneKpi(Last(direction, kind, value), [Value(Eve, baseline)]);

        Assert.Equal(target, kpi.Target);
    }

    [Theory]
    [InlineData("150", 0.1)]
    [InlineData("110", 5.0 / 110)]
    [InlineData("100", 0)]
    [InlineData("0", 0.1)]
    public void The_default_tolerance_is_half_the_way_to_the_target_and_at_most_a_tenth(string target, double tolerance)
    {
        var kpi = OneKpi(Last("increase", "absolute", target), [Value(Eve, 100)]);

        Assert.Equal(tolerance, kpi.Tolerance!.Value, 15);
    }

    [Fact]
    public void Without_a_baseline_an_absolute_target_stands_and_a_relative_one_does_not()
    {
        var absolute = OneKpi(Last("increase", "absolute", "10"), []);
        var relative = OneKpi(Last("increase", "relative", "0.1"), []);

        Assert.Equal((null, 10.0, 0.1), (absolute.Baseline, absolute.Target, absolute.Tolerance));
        Assert.Equal((null, null, 0.1), (relative.Baseline, relative.Target, relative.Tolerance));
    }

    [Fact]
    public void Without_a_baseline_a_week_still_has_its_distance_to_an_absolute_target()
    {
        var week = OneWeek(Last("increase", "absolute", "10"), [Value(Start, 9)], Start.AddDays(6));

        Assert.Equal("no_baseline", week.Status);
        Assert.Equal(-0.1, week.TargetDrift!.Value, 12);
        Assert.Null(week.Expected);
        Assert.Null(week.Gap);
        Assert.Null(week.Progress);
    }

    [Fact]
    public void A_declared_baseline_counts_as_its_own_restatement_and_has_no_error()
    {
        var declared = new ScenarioDeclaredBaseline { Value = 1.5m, Note = "Accounts" };
        var s = One(Ratio("increase", "absolute", "2"), [.. Daily(EvaluationFirst, LastDay, _ => (2, 1))], LastDay, tracking => tracking with { DeclaredBaseline = declared });
        var kpi = Kpi(s with { AfterLaunch = [.. Daily(BaselineFirst, Eve, _ => (9, 1))] });

        Assert.Equal((1.5, 1.5, 0), (kpi.Baseline, kpi.RestatedBaseline, kpi.CoverageDays));
        Assert.Null(kpi.SmallestDetectableChange);
        Assert.Equal("insufficient", kpi.Evidence);
        Assert.Equal("achieved", kpi.Outcome);
    }

    // ---- Status (§4) ----

    [Theory]
    [InlineData("100", "on_track")]
    [InlineData("99.99996", "on_track")]
    [InlineData("99.9999", "at_risk")]
    [InlineData("90", "at_risk")]
    [InlineData("89.99996", "at_risk")]
    [InlineData("89.9999", "behind")]
    public void Drift_is_rounded_to_six_decimals_and_exactly_minus_the_tolerance_is_at_risk(string actual, string status)
    {
        var s = One(Last("increase", "absolute", "100"), [Value(Eve, 50), Value(LastDay, Number(actual))], LastDay, tracking => tracking with { Tolerance = 0.1m });

        Assert.Equal(status, Weeks(s)[^1].Status);
    }

    [Theory]
    [InlineData("582", "at_risk")]
    [InlineData("582.01", "behind")]
    public void A_gap_of_exactly_the_noise_is_not_behind_yet(string actual, string status)
    {
        // Σ of the squared deviations = 28 × 27 × 25², so SE = 25; √(28/7) = 2; noise = 1.64 × 25 × 2 = 82.
        int[] deviations = [475, -475, 100, -100, 25, -25];
        var history = Daily(BaselineFirst, Eve, i => (1000 + (i < deviations.Length ? deviations[i] : 0), 1));
        var s = One(Ratio("decrease", "absolute", "500"), [.. history, .. Daily(LastDay.AddDays(-6), LastDay, _ => (Number(actual), 1))], LastDay);
        var week = Weeks(s)[^1];

        Assert.Equal(82.0, week.Noise);
        Assert.True(week.Drift < -0.1);
        Assert.Equal(status, week.Status);
    }

    [Fact]
    public void Noise_needs_seven_measured_days_of_history_and_a_value_in_the_week()
    {
        double? Noise(int days, params ScenarioMeasurement[] week) =>
            OneWeek(Ratio("increase", "absolute", "2"), [.. Daily(Start.AddDays(-days), Eve, i => (i % 2, 1)), .. week], Start.AddDays(6)).Noise;

        Assert.Null(Noise(6, Sides(Start, 1, 1)));
        Assert.NotNull(Noise(7, Sides(Start, 1, 1)));
        Assert.Null(Noise(7));
        Assert.Null(Noise(7, Sides(Start, 1, 0)));
    }

    [Fact]
    public void A_drift_without_a_line_to_divide_by_is_judged_by_the_sign_of_the_gap_alone()
    {
        // From −14 to 14 in 28 steps: the line is 0 on day 14, the Sunday of the second week.
        ExpectedWeek Second(string value) => Weeks(One(
            Last("increase", "absolute", "14"), [Value(Eve, -14), Value(Start.AddDays(13), Number(value))], Start.AddDays(13), tracking => tracking with { GraceDays = 14 }))[1];

        Assert.Equal(0, Second("0").Expected);
        Assert.Null(Second("0").Drift);
        Assert.Equal("on_track", Second("0").Status);
        Assert.Equal("behind", Second("-0.000001").Status);
    }

    [Fact]
    public void What_the_division_leaves_of_a_line_at_zero_is_zero()
    {
        // −0.3 + 0.4 × 21/28 is 5.6e-17 in FLOAT.
        var week = Weeks(One(Last("increase", "absolute", "0.1"), [Value(Eve, -0.3m), Value(Start.AddDays(20), -1)], Start.AddDays(20)))[2];

        Assert.Equal(0, week.Expected);
        Assert.Null(week.Drift);
        Assert.Equal((-1, "behind"), (week.Gap, week.Status));
    }

    [Fact]
    public void A_target_equal_to_the_baseline_leaves_no_progress_and_a_target_of_zero_no_distance()
    {
        var onTheBaseline = OneWeek(Last("increase", "absolute", "50"), [Value(Eve, 50), Value(Start, 60)], Start);
        var onZero = OneWeek(Last("decrease", "absolute", "0"), [Value(Eve, 50), Value(Start, 60)], Start);

        Assert.Equal((null, 0.2), (onTheBaseline.Progress, onTheBaseline.TargetDrift));
        Assert.Equal((-0.2, null), (onZero.Progress, onZero.TargetDrift));
    }

    [Theory]
    [InlineData(14, "on_track")]
    [InlineData(15, "too_early")]
    public void Grace_ends_on_its_own_day_number(int graceDays, string status)
    {
        var s = One(Last("increase", "absolute", "100"), [Value(Eve, 100), Value(Start.AddDays(13), 100)], Start.AddDays(13), tracking => tracking with { GraceDays = graceDays });

        Assert.Equal((14, status), (Weeks(s)[1].DayNumber, Weeks(s)[1].Status));
    }

    [Theory]
    [InlineData(6, 0, false)]
    [InlineData(5, 0, true)]
    [InlineData(9, 3, false)]
    [InlineData(8, 3, true)]
    public void A_week_is_provisional_until_it_and_the_lag_are_over(int asOfDay, int lagDays, bool provisional)
    {
        var s = One(Last("increase", "absolute", "100"), [Value(Eve, 100), Value(Start, 100)], Start.AddDays(asOfDay), tracking => tracking with { LagDays = lagDays });

        Assert.Equal(provisional, Weeks(s)[0].Provisional);
        Assert.Equal(provisional ? "provisional" : "too_early", Weeks(s)[0].Status);
    }

    [Fact]
    public void Today_is_not_over_so_a_week_that_ends_today_is_provisional()
    {
        var s = One(Last("increase", "absolute", "100"), [Value(Eve, 100), Value(Start, 100)], Start.AddDays(6));

        Assert.True(Weeks(s, today: Start.AddDays(6))[0].Provisional);
        Assert.False(Weeks(s, today: Start.AddDays(7))[0].Provisional);
    }

    [Fact]
    public void The_current_status_is_that_of_the_latest_week_that_is_not_provisional_whatever_it_is()
    {
        var facts = (ScenarioMeasurement[])[Value(Eve, 100), Value(Start.AddDays(14), 100)];

        Assert.Equal("provisional", OneKpi(Last("increase", "absolute", "100"), facts, Start.AddDays(5)).CurrentStatus);
        Assert.Equal("no_data", OneKpi(Last("increase", "absolute", "100"), facts, Start.AddDays(6)).CurrentStatus);
        Assert.Equal("no_data", OneKpi(Last("increase", "absolute", "100"), facts, Start.AddDays(19)).CurrentStatus);
        Assert.Equal("on_track", OneKpi(Last("increase", "absolute", "100"), facts, Start.AddDays(20)).CurrentStatus);
        Assert.Equal("no_baseline", OneKpi(Last("increase", "absolute", "100"), [], Start.AddDays(6)).CurrentStatus);
        Assert.Equal("provisional", OneKpi(Last("increase", "absolute", "100"), [], Start.AddDays(5)).CurrentStatus);
    }

    [Fact]
    public void Before_the_start_there_are_no_weeks_and_nothing_to_recommend()
    {
        var project = Project(One(Last("increase", "absolute", "100"), [Value(Eve, 90), Value(Start, 95)], Eve));

        Assert.Empty(project.Weeks);
        Assert.Equal((90, "provisional", "pending"), (project.Kpis[0].Baseline!.Value, project.Kpis[0].CurrentStatus, project.Kpis[0].Outcome));
        Assert.Equal("insufficient_data", project.Recommendation);
    }

    [Fact]
    public void The_days_before_a_start_in_the_middle_of_a_week_have_no_week_either()
    {
        var s = One(Last("increase", "absolute", "100"), [Value(Eve, 90)], Start.AddDays(1));

        Assert.Empty(Weeks(s with { Projects = [s.Projects[0] with { StartsOn = Start.AddDays(2) }] }));
        Assert.Single(Weeks(s with { Projects = [s.Projects[0] with { StartsOn = Start.AddDays(1) }] }));
    }

    [Fact]
    public void Weeks_are_cut_by_the_start_and_the_end_of_the_horizon()
    {
        // Wednesday to Tuesday.
        var s = One(Sum("increase", "absolute", "1"), [.. Daily(Start.AddDays(-26), Start.AddDays(70), _ => 1)], Start.AddDays(70));
        var weeks = Weeks(s with { Projects = [s.Projects[0] with { StartsOn = Start.AddDays(2), BaselineDays = 28, HorizonDays = 56 }] });

        Assert.Equal(9, weeks.Count);
        Assert.Equal(("2025-W10", Start, 5), (weeks[0].Week, weeks[0].WeekStart, weeks[0].DayNumber));
        Assert.Equal(("2025-W18", 56), (weeks[^1].Week, weeks[^1].DayNumber));
        Assert.All(weeks, week => Assert.Equal(1, week.Actual));
    }

    [Fact]
    public void A_week_of_two_years_belongs_to_the_iso_year()
    {
        var s = One(Last("increase", "absolute", "1"), [], new DateOnly(2021, 1, 5));
        var weeks = Weeks(s with { Projects = [s.Projects[0] with { StartsOn = new DateOnly(2020, 12, 30) }] });

        Assert.Equal(["2020-W53", "2021-W01"], weeks.Select(week => week.Week));
    }

    [Fact]
    public void Nothing_dated_after_asOf_counts()
    {
        var facts = Daily(BaselineFirst, LastDay, i => i < 28 ? 1 : i).Concat([Value(Start.AddDays(2), 500)]);
        var week = OneWeek(Sum("increase", "absolute", "100"), [.. facts], Start.AddDays(1));

        Assert.Equal((28 + 29) / 2.0, week.Actual);
        Assert.Equal(2, week.DayNumber);
    }

    // ---- The line (§4) ----

    [Theory]
    [InlineData("ratio")]
    [InlineData("sum")]
    [InlineData("last")]
    public void On_the_line_every_day_is_on_track_every_week_and_achieved(string aggregation)
    {
        var kpi = Own(aggregation, "increase", "relative", 0.4m, aggregation == "sum" ? 7 : null);
        decimal Line(int day) => 70 + (Math.Clamp(day - 27, 0, 28) * 1m);
        var facts = Enumerable.Range(0, 84).Select(i => aggregation switch
        {
            "ratio" => Sides(BaselineFirst.AddDays(i), Line(i) * (1 + (i % 5)), 1 + (i % 5)),
            "sum" => Value(BaselineFirst.AddDays(i), Line(i) / 7),
            _ => Value(BaselineFirst.AddDays(i), Line(i)),
        });
        var project = Project(One(kpi, [.. facts], LastDay));

        Assert.Equal(["too_early", "on_track"], project.Weeks.Select(week => week.Status).Distinct());
        Assert.Equal(7, project.Weeks.Count(week => week.Status == "on_track"));
        Assert.Equal(98, project.Weeks[^1].Expected!.Value, 12);
        Assert.Equal(("achieved", "continue"), (project.Kpis[0].Outcome, project.Recommendation));
    }

    [Fact]
    public void No_effect_at_all_is_behind_before_the_horizon_ends()
    {
        var kpi = OneKpi(Ratio("increase", "relative", "0.04"), [.. Daily(BaselineFirst, LastDay, i => (100 + (i % 2), 2))], LastDay);

        Assert.Equal(("behind", "missed"), (kpi.CurrentStatus, kpi.Outcome));
    }

    [Fact]
    public void The_line_of_a_ratio_weighs_each_day_by_its_denominator_and_without_any_it_is_the_mean()
    {
        // b = 10, t = 38: the line gains 1 a day.
        double? Expected(params ScenarioMeasurement[] week) => OneWeek(Ratio("increase", "points", "28"), [Sides(Eve, 10, 1), .. week], Start.AddDays(6)).Expected;

        Assert.Equal(10 + (((1 * 3) + (7 * 1)) / 4.0), Expected(Sides(Start, 1, 3), Sides(Start.AddDays(6), 1, 1)));
        Assert.Equal(14, Expected());
        Assert.Equal(14, Expected(Sides(Start, 5, 0)));
    }

    [Fact]
    public void The_line_of_a_last_value_is_read_on_its_day()
    {
        var week = OneWeek(Last("increase", "points", "28"), [Value(Eve, 10), Value(Start.AddDays(2), 99)], Start.AddDays(6));

        Assert.Equal(13, week.Expected);
    }

    [Fact]
    public void The_target_is_reached_when_the_evaluation_window_begins_and_held_even_when_that_is_the_first_day()
    {
        var s = One(Last("increase", "absolute", "20"), [Value(Eve, 10), Value(Start, 20)], Start.AddDays(6));
        var weeks = Weeks(s with { Projects = [s.Projects[0] with { BaselineDays = 28, HorizonDays = 28 }] });

        Assert.Equal(20, weeks[0].Expected);
    }

    // ---- Aggregations (§2) ----

    [Fact]
    public void A_sum_counts_days_without_facts_but_nothing_measured_is_null()
    {
        double? Actual(params ScenarioMeasurement[] week) => OneWeek(Sum("increase", "absolute", "1", perDays: 30), [Value(Eve, 1), .. week], Start.AddDays(6)).Actual;

        Assert.Equal(30 * 14 / 7.0, Actual(Value(Start, 14)));
        Assert.Equal(0, Actual(Value(Start, 0)));
        Assert.Null(Actual());
    }

    [Fact]
    public void A_ratio_adds_both_sides_before_it_divides_and_is_null_on_a_sum_of_zero()
    {
        double? Actual(params ScenarioMeasurement[] week) => OneWeek(Ratio("increase", "absolute", "1"), [Sides(Eve, 1, 1), .. week], Start.AddDays(6)).Actual;

        Assert.Equal(0.4, Actual(Sides(Start, 4, 0), Sides(Start, 0, 10) with { Source = "erp" }));
        Assert.Null(Actual(Sides(Start, 4, 0)));
    }

    [Fact]
    public void The_last_value_is_that_of_the_latest_instant_then_the_greatest_source_then_the_greatest_externalId()
    {
        var noon = new DateTimeOffset(2025, 3, 5, 12, 0, 0, TimeSpan.Zero);
        var facts = new List<ScenarioMeasurement> { Value(Eve, 1), Value(Start, 2) };
        double? Actual() => OneWeek(Last("increase", "absolute", "1"), [.. facts], Start.AddDays(6)).Actual;
        Assert.Equal(2, Actual());

        facts.Add(Value(Start.AddDays(2), 3) with { Source = "zzz", ExternalId = "zzz" });
        Assert.Equal(3, Actual());
        facts.Add(At(noon.AddHours(-11), 4) with { Source = "B" });
        Assert.Equal(4, Actual());
        facts.Add(At(noon, 5) with { Source = "B", ExternalId = "z" });
        Assert.Equal(5, Actual());
        facts.Add(At(noon, 6) with { Source = "a", ExternalId = "B" });
        Assert.Equal(6, Actual());
        facts.Add(At(noon, 7) with { Source = "a", ExternalId = "a" });
        Assert.Equal(7, Actual());
        facts.Add(At(noon, 8) with { Source = "a", ExternalId = "Z" });
        Assert.Equal(7, Actual());
    }

    // ---- Facts (§10, API §5) ----

    [Theory]
    [InlineData("0.0000005", 0.000001)]
    [InlineData("-0.0000005", -0.000001)]
    [InlineData("0.00000049999", 0)]
    [InlineData("2.5000025", 2.500003)]
    public void A_fact_is_rounded_half_away_from_zero_at_six_decimals(string posted, double stored)
    {
        Assert.Equal(stored, OneKpi(Last("increase", "absolute", "1"), [Value(Eve, Number(posted))]).Baseline);
    }

    [Fact]
    public void A_fact_is_rounded_before_it_is_added()
    {
        var facts = Enumerable.Range(0, 4).Select(i => Value(Eve, 0.0000004m) with { ExternalId = $"x{i}" });

        Assert.Equal(0, OneKpi(Sum("increase", "absolute", "1"), [.. facts]).Baseline);
    }

    [Fact]
    public void The_same_identity_is_the_same_fact_and_the_later_row_wins_its_day_included()
    {
        var named = Value(Start, 1) with { ExternalId = "x" };
        var week = Weeks(One(Sum("increase", "absolute", "1"), [named, named with { Value = 5, Date = Start.AddDays(7) }], Start.AddDays(13)));

        Assert.Null(week[0].Actual);
        Assert.Equal(5 / 7.0, week[1].Actual);
    }

    [Fact]
    public void Without_an_externalId_the_date_is_the_identity_so_sources_and_series_stay_apart()
    {
        var s = One(Sum("increase", "absolute", "1"), [Value(Start, 1), Value(Start, 2) with { Source = "crm" }, Value(Start, 4) with { Project = null, Activity = "a" }], Start.AddDays(6));

        Assert.Equal(3 / 7.0, Weeks(s)[0].Actual);
        Assert.Equal(9 / 7.0, Weeks(s with { AfterLaunch = [Value(Start, 7) with { Source = "api" }] })[0].Actual);
    }

    [Fact]
    public void The_same_instant_in_another_offset_is_the_same_fact()
    {
        var at = new DateTimeOffset(2025, 3, 5, 23, 0, 0, TimeSpan.FromHours(2));
        var s = One(Sum("increase", "absolute", "1"), [At(at, 1)], Start.AddDays(6)) with { AfterLaunch = [At(at.ToOffset(TimeSpan.Zero), 7)] };

        Assert.Equal(1, Weeks(s)[0].Actual);
    }

    [Theory]
    [InlineData("2025-03-02T22:59:59Z", false)]
    [InlineData("2025-03-02T23:00:00Z", true)]
    [InlineData("2025-03-03T00:30:00+01:00", true)]
    [InlineData("2025-03-09T22:59:59Z", true)]
    [InlineData("2025-03-09T23:00:00Z", false)]
    [InlineData("2025-03-30T21:59:59Z", false)]
    public void A_timestamp_falls_on_the_business_day_of_the_organisations_time_zone(string instant, bool inTheFirstWeek)
    {
        var s = One(Sum("increase", "absolute", "1"), [At(DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture), 7)], LastDay);

        Assert.Equal(inTheFirstWeek, Weeks(s)[0].Actual is not null);
    }

    [Fact]
    public void Summer_time_moves_midnight_by_an_hour()
    {
        var s = One(Sum("increase", "absolute", "1"), [At(new DateTimeOffset(2025, 3, 30, 22, 0, 0, TimeSpan.Zero), 7)], LastDay);

        Assert.Equal("2025-W14", Weeks(s).Single(week => week.Actual is not null).Week);
        Assert.Equal("2025-W13", Project(s, timeZone: "Europe/London").Weeks.Single(week => week.Actual is not null && week.Week == "2025-W13").Week);
    }

    [Fact]
    public void What_comes_after_the_launch_restates_the_baseline_and_never_the_sealed_one()
    {
        var s = One(Ratio("increase", "relative", "0.1"), [Sides(BaselineFirst, 10, 10) with { ExternalId = "a" }, Sides(Eve, 20, 10) with { ExternalId = "b" }], Eve) with
        {
            AfterLaunch = [Sides(BaselineFirst, 40, 10) with { ExternalId = "a" }, Sides(BaselineFirst.AddDays(1), 12, 2)],
            Deletes = [new ScenarioDelete { Project = "p", Kpi = "k", ExternalId = "b" }],
        };

        Assert.Equal((1.5, 52 / 12.0, 2), (Kpi(s).Baseline!.Value, Kpi(s).RestatedBaseline!.Value, Kpi(s).CoverageDays));
        Assert.Equal(1.65, Kpi(s).Target!.Value, 12);
    }

    [Fact]
    public void The_baseline_window_ends_the_day_before_the_start()
    {
        var kpi = OneKpi(Ratio("increase", "absolute", "9"), [Sides(BaselineFirst.AddDays(-1), 90, 1), Sides(BaselineFirst, 1, 1), Sides(Eve, 3, 1), Sides(Start, 90, 1)]);

        Assert.Equal((2.0, 2), (kpi.Baseline, kpi.CoverageDays));
    }

    [Fact]
    public void Deleting_a_fact_that_is_not_there_is_a_fault_of_the_scenario()
    {
        var s = One(Last("increase", "absolute", "1"), [], Start) with { Deletes = [new ScenarioDelete { Project = "p", Kpi = "k", ExternalId = "2025-03-01" }] };

        Assert.Throws<InvalidOperationException>(() => Oracle.Compute(s));
    }

    // ---- Evidence (§6) ----

    [Theory]
    [InlineData(450, true)]
    [InlineData(1800, false)]
    public void An_error_that_is_only_rounding_is_zero(int wobble, bool clamped)
    {
        // q / Σx² is the square of wobble / 900,000,000: 2.5e-13 or 4e-12.
        var facts = Daily(BaselineFirst, Eve, i => (900_000_000 + (i % 2 == 0 ? wobble : -wobble), 1));
        var kpi = OneKpi(Ratio("increase", "relative", "0.1"), [.. facts]);

        Assert.Equal(clamped, kpi.SmallestDetectableChange == 0);
        Assert.True(kpi.Detectable);
    }

    [Fact]
    public void A_ratio_that_is_the_same_every_day_has_no_error_whatever_the_days_weigh()
    {
        var kpi = OneKpi(Ratio("increase", "absolute", "0.3"), [.. Daily(BaselineFirst, Eve, i => (0.3m * (1 + (i * i)), 1 + (i * i)))]);

        Assert.Equal((0.3, 0.0, true), (kpi.Baseline, kpi.SmallestDetectableChange, kpi.Detectable));
    }

    [Fact]
    public void The_error_of_a_sum_counts_every_calendar_day_but_needs_seven_measured_ones()
    {
        double? Smallest(int days) => OneKpi(Sum("increase", "absolute", "99", perDays: 7), [.. Daily(BaselineFirst, BaselineFirst.AddDays(days - 1), _ => 4)]).SmallestDetectableChange;

        // 7 days of 4 and 21 of 0: r = 1 a day, q = 7 × 9 + 21 × 1 = 84, SE = 7 × √(84 / 27 / 28).
        Assert.Null(Smallest(6));
        Assert.Equal(3.42 * Math.Sqrt(2) * 7 * Math.Sqrt(84 / 27.0 / 28), Smallest(7)!.Value, 12);
    }

    [Fact]
    public void A_days_facts_are_added_before_they_are_squared()
    {
        var once = Daily(BaselineFirst, Eve, i => (2 * (i % 3), 2));
        var inHalves = Daily(BaselineFirst, Eve, i => (i % 3, 1)).SelectMany(fact => new[] { fact, fact with { Source = "crm" } });

        Assert.Equal(OneKpi(Ratio("increase", "absolute", "9"), [.. once]).SmallestDetectableChange, OneKpi(Ratio("increase", "absolute", "9"), [.. inHalves]).SmallestDetectableChange);
    }

    [Fact]
    public void Last_and_ledger_have_no_error()
    {
        var kpi = OneKpi(Last("increase", "absolute", "9"), [.. Daily(BaselineFirst, LastDay, i => i)], LastDay);

        Assert.Null(kpi.SmallestDetectableChange);
        Assert.Null(kpi.Detectable);
        Assert.Equal("insufficient", kpi.Evidence);
        Assert.Null(kpi.ChangeLow);
    }

    [Theory]
    [InlineData("increase", 1, "clear")]
    [InlineData("increase", 0, "unclear")]
    [InlineData("increase", -1, "unclear")]
    [InlineData("decrease", -1, "clear")]
    [InlineData("decrease", 0, "unclear")]
    [InlineData("decrease", 1, "unclear")]
    public void A_change_is_clear_when_its_whole_interval_lies_strictly_on_the_favourable_side(string direction, int change, string evidence)
    {
        // The same every day, so that the interval is the change itself.
        var kpi = OneKpi(Ratio(direction, "absolute", "3"), [.. Daily(BaselineFirst, LastDay, i => (i < 28 ? 3 : 3 + change, 1))], LastDay);

        Assert.Equal((change, change, evidence), (kpi.ChangeLow!.Value, kpi.ChangeHigh!.Value, kpi.Evidence));
    }

    // ---- Outcome (§6) ----

    [Theory]
    [InlineData("increase", "100", "100", "achieved")]
    [InlineData("increase", "100", "99.99996", "achieved")]
    [InlineData("increase", "100", "99.9999", "missed")]
    [InlineData("decrease", "100", "100.00004", "achieved")]
    [InlineData("decrease", "100", "100.0001", "missed")]
    [InlineData("increase", "-100", "-100.00004", "achieved")]
    [InlineData("increase", "-100", "-100.0001", "missed")]
    [InlineData("decrease", "0", "0", "achieved")]
    [InlineData("decrease", "0", "0.000001", "missed")]
    [InlineData("increase", "0", "-0.000001", "missed")]
    public void A_target_met_to_six_decimals_is_achieved(string direction, string target, string final, string outcome)
    {
        var kpi = OneKpi(Last(direction, "absolute", target), [Value(Eve, 50), Value(LastDay, Number(final))], LastDay);

        Assert.Equal(outcome, kpi.Outcome);
    }

    [Theory]
    [InlineData(-1, 0, "pending")]
    [InlineData(0, 0, "achieved")]
    [InlineData(2, 3, "pending")]
    [InlineData(3, 3, "achieved")]
    public void An_outcome_waits_for_the_horizon_and_the_lag(int daysAfterTheEnd, int lagDays, string outcome)
    {
        var s = One(Last("increase", "absolute", "50"), [Value(Eve, 50), Value(LastDay, 50)], LastDay.AddDays(daysAfterTheEnd), tracking => tracking with { LagDays = lagDays });

        Assert.Equal(outcome, Kpi(s).Outcome);
        Assert.Equal(outcome == "pending", Kpi(s).Final is null && Kpi(s).Evidence is null && Kpi(s).Change is null);
    }

    [Fact]
    public void The_evaluation_window_is_the_last_days_of_the_horizon_as_long_as_the_baseline()
    {
        var facts = (ScenarioMeasurement[])
        [
            Sides(Eve, 1, 1),
            Sides(EvaluationFirst.AddDays(-1), 90, 1),
            Sides(EvaluationFirst, 2, 1),
            Sides(LastDay, 4, 1),
            Sides(LastDay.AddDays(1), 90, 1),
        ];

        Assert.Equal(3, OneKpi(Ratio("increase", "absolute", "1"), facts, LastDay.AddDays(1)).Final);
    }

    [Fact]
    public void Without_a_baseline_the_final_value_is_shown_and_the_outcome_not_measurable()
    {
        var kpi = OneKpi(Ratio("increase", "absolute", "1"), [Sides(LastDay, 4, 2)], LastDay);

        Assert.Equal((2.0, null, "insufficient", "not_measurable"), (kpi.Final, kpi.Change, kpi.Evidence, kpi.Outcome));
    }

    [Fact]
    public void The_change_in_percent_is_of_the_size_of_the_baseline_and_null_on_zero()
    {
        Assert.Equal(0.5, OneKpi(Last("increase", "absolute", "1"), [Value(Eve, -10), Value(LastDay, -5)], LastDay).ChangePct);
        Assert.Null(OneKpi(Last("increase", "absolute", "1"), [Value(Eve, 0), Value(LastDay, -5)], LastDay).ChangePct);
    }

    // ---- Closing (§4, §7) ----

    [Fact]
    public void A_project_closed_early_ends_its_weeks_there_and_has_neither_outcome_nor_recommendation()
    {
        var closedOn = Start.AddDays(8);
        var project = Project(Closed(closedOn, asOf: LastDay.AddDays(9)));

        Assert.Equal([7, 9], project.Weeks.Select(week => week.DayNumber));
        Assert.Equal("not_measurable", project.Kpis[0].Outcome);
        Assert.Null(project.Kpis[0].Final);
        Assert.Null(project.Kpis[0].Evidence);
        Assert.Null(project.Recommendation);
    }

    [Fact]
    public void Closing_early_counts_from_its_own_day_on()
    {
        Assert.Null(Project(Closed(Start.AddDays(8), asOf: Start.AddDays(8))).Recommendation);
        Assert.NotNull(Project(Closed(Start.AddDays(8), asOf: Start.AddDays(7))).Recommendation);
        Assert.Equal("pending", Kpi(Closed(Start.AddDays(8), asOf: Start.AddDays(7))).Outcome);
    }

    [Fact]
    public void The_last_week_of_a_closed_project_matures_by_the_clock_and_not_by_its_closing()
    {
        ExpectedWeek LastWeek(int daysLater)
        {
            var s = Closed(Start.AddDays(8), asOf: Start.AddDays(8 + daysLater));
            return Weeks(s with { Projects = [s.Projects[0] with { Kpis = [s.Projects[0].Kpis[0] with { LagDays = 3 }] }] })[^1];
        }

        Assert.True(LastWeek(2).Provisional);
        Assert.False(LastWeek(3).Provisional);
        Assert.Equal(9, LastWeek(3).DayNumber);
    }

    [Theory]
    [InlineData(-1, "not_measurable")]
    [InlineData(0, "achieved")]
    [InlineData(1, "achieved")]
    public void Closed_on_the_last_day_of_the_horizon_is_not_early(int days, string outcome)
    {
        Assert.Equal(outcome, Kpi(Closed(LastDay.AddDays(days), asOf: LastDay.AddDays(5))).Outcome);
    }

    // ---- Ledger and ROI (§2, §5) ----

    [Fact]
    public void A_ledger_kpi_runs_from_zero_over_the_whole_horizon_with_entries_before_the_start()
    {
        var s = Roi(Start.AddDays(13), ("cost", -40, 100), ("gain", -1, 20), ("gain", 7, 30), ("gain", 14, 1000));
        var kpi = Kpi(s);
        var weeks = Weeks(s);

        Assert.Equal((0.0, 0.0, 0, 1.5), (kpi.Baseline, kpi.RestatedBaseline, kpi.CoverageDays, kpi.Target));
        Assert.Equal([0.2, 0.5], weeks.Select(week => week.Actual!.Value));
        Assert.Equal([1.5 * 7 / 56, 1.5 * 14 / 56], weeks.Select(week => week.Expected!.Value));
        Assert.Equal(0.5 / 1.5, weeks[1].Progress);
    }

    [Fact]
    public void A_ratio_without_cost_is_null_and_never_reached()
    {
        var s = Roi(LastDay, ("gain", 1, 100), ("cost", 2, 50), ("cost", 3, -50));

        Assert.Null(Project(s).Roi.Ratio);
        Assert.Null(Project(s).Roi.Return);
        Assert.False(Project(s).Roi.Reached);
        Assert.Equal(100, Project(s).Roi.Net);
        Assert.Null(Kpi(s).Final);
        Assert.Null(Project(s).Roi.PaybackOn);
    }

    [Fact]
    public void The_threshold_is_reached_when_met()
    {
        Assert.True(Project(Roi(LastDay, ("cost", 1, 100), ("gain", 1, 150))).Roi.Reached);
        Assert.False(Project(Roi(LastDay, ("cost", 1, 100), ("gain", 1, 149.9999m))).Roi.Reached);
    }

    [Fact]
    public void Payback_needs_a_cost_and_meets_it_on_the_day()
    {
        Assert.Equal(Start.AddDays(5), Payback(("gain", 1, 500), ("cost", 5, 100)));
        Assert.Equal(Start.AddDays(5), Payback(("cost", 1, 100), ("gain", 5, 100)));
        Assert.Equal(Start.AddDays(5), Payback(("gain", 5, 100), ("cost", 5, 100)));
        Assert.Null(Payback(("cost", 1, 100), ("gain", 5, 99.9999m)));
        Assert.Null(Payback(("gain", 1, 100)));
    }

    [Fact]
    public void A_payback_that_is_lost_again_starts_anew()
    {
        Assert.Equal(Start.AddDays(9), Payback(("cost", 1, 100), ("gain", 2, 100), ("cost", 5, 50), ("gain", 9, 50)));
        Assert.Equal(Start.AddDays(2), Payback(("cost", 1, 100), ("gain", 2, 200), ("cost", 5, 50), ("gain", 9, 50)));
        Assert.Null(Payback(("cost", 1, 100), ("gain", 2, 100), ("gain", 5, -1)));
        Assert.Null(Payback(("cost", 1, 100), ("gain", 2, 100), ("cost", 5, -100)));
        Assert.Equal(Start.AddDays(2), Payback(("cost", 1, 100), ("gain", 2, 100), ("cost", 57, 100)));
    }

    [Fact]
    public void Evidence_classes_add_up_and_estimated_is_the_default()
    {
        var s = Roi(LastDay, ("gain", 1, 10), ("cost", 1, 7));
        s = s with { Ledger = [.. s.Ledger, s.Ledger[0] with { Evidence = "invoiced", Amount = -3 }, s.Ledger[1] with { Evidence = "measured", Amount = 2 }] };
        var roi = Project(s).Roi;

        Assert.Equal((7, 9, -2), (roi.Gain, roi.Cost, roi.Net));
        Assert.Equal(new ExpectedEvidence { Gain = 10, Cost = 7 }, roi.ByEvidence["estimated"]);
        Assert.Equal(new ExpectedEvidence { Gain = -3, Cost = 0 }, roi.ByEvidence["invoiced"]);
        Assert.Equal(new ExpectedEvidence { Gain = 0, Cost = 2 }, roi.ByEvidence["measured"]);
    }

    // ---- Recommendation (§7) ----

    [Theory]
    [InlineData("achieved", null, "continue")]
    [InlineData("achieved", "1.5", "continue")]
    [InlineData("achieved", "1.4999", "adjust")]
    [InlineData("achieved", "0.5", "adjust")]
    [InlineData("achieved,missed", null, "adjust")]
    [InlineData("achieved,missed", "2", "adjust")]
    [InlineData("achieved,none", null, "continue")]
    [InlineData("missed", null, "stop")]
    [InlineData("missed", "0.9999", "stop")]
    [InlineData("missed", "1", "adjust")]
    [InlineData("none", null, "insufficient_data")]
    [InlineData("none", "0.5", "stop")]
    [InlineData("none", "1", "adjust")]
    [InlineData("none", "2", "adjust")]
    public void After_the_horizon_the_first_row_that_applies_is_recommended(string outcomes, string? roi, string recommendation)
    {
        var names = outcomes.Split(',');
        IEnumerable<ScenarioMeasurement> Facts(string name) => name == "none" ? [] : [Value(Eve, 50), Value(LastDay, name == "achieved" ? 100 : 99)];
        var s = One(Last("increase", "absolute", "100"), [], LastDay);
        s = s with
        {
            Kpis = [.. names.Select((_, i) => s.Kpis[0] with { Code = $"k{i}" })],
            Projects = [s.Projects[0] with { Kpis = [.. names.Select((_, i) => s.Projects[0].Kpis[0] with { Kpi = $"k{i}" })] }],
            Measurements = [.. names.SelectMany((name, i) => Facts(name).Select(fact => fact with { Kpi = $"k{i}" }))],
            Ledger = roi is null ? [] : Roi(LastDay, ("cost", 1, 1), ("gain", 1, Number(roi))).Ledger,
        };

        Assert.Equal(recommendation, Project(s).Recommendation);
    }

    [Theory]
    [InlineData("100", "continue")]
    [InlineData("95", "continue")]
    [InlineData("50", "adjust")]
    [InlineData(null, "insufficient_data")]
    public void Before_the_end_of_the_horizon_the_current_status_decides(string? value, string recommendation)
    {
        var s = One(Last("increase", "absolute", "100"), [Value(Eve, 50), .. value is null ? [] : new[] { Value(LastDay.AddDays(-7), Number(value)) }], LastDay.AddDays(-1));

        Assert.Equal(recommendation, Project(s).Recommendation);
    }

    [Fact]
    public void The_horizon_is_over_only_after_the_longest_lag_of_its_kpis()
    {
        string? Recommended(int daysLater)
        {
            var s = One(Last("increase", "absolute", "100"), [Value(Eve, 50), Value(LastDay, 60)], LastDay.AddDays(daysLater));
            s = s with { Projects = [s.Projects[0] with { Kpis = [s.Projects[0].Kpis[0], new ScenarioProjectKpi { Kpi = "project-roi", Purpose = "Pay", LagDays = 4 }] }] };
            return Project(s).Recommendation;
        }

        Assert.Equal("adjust", Recommended(3));
        Assert.Equal("stop", Recommended(4));
    }

    [Fact]
    public void A_lag_of_the_project_kpi_wins_over_the_kpis_own()
    {
        string? Outcome(int? own, int? projects) => Kpi(One(
            Last("increase", "absolute", "100") with { LagDays = own }, [Value(Eve, 50), Value(LastDay, 100)], LastDay, tracking => tracking with { LagDays = projects })).Outcome;

        Assert.Equal("pending", Outcome(1, null));
        Assert.Equal("achieved", Outcome(1, 0));
        Assert.Equal("pending", Outcome(null, 1));
    }

    // ---- North Star (§8) ----

    [Fact]
    public void A_north_star_is_published_by_calendar_month_with_facts()
    {
        var months = NorthStar(Sum("increase", "absolute", "1", perDays: 30), new DateOnly(2025, 6, 30), ("2025-01-31", 10), ("2025-02-01", 3), ("2025-02-28", 4), ("2025-04-30", 5), ("2025-05-01", -5), ("2025-06-30", 1));

        Assert.Equal(
            ["2025-01 10  ", "2025-02 7 -3 -0.3", "2025-04 5  ", "2025-05 -5 -10 -2", "2025-06 1 6 1.2"],
            months.Select(month => string.Create(CultureInfo.InvariantCulture, $"{month.Month} {month.Value} {month.Change} {month.ChangePct}")));
    }

    [Fact]
    public void A_month_is_provisional_until_its_last_day_and_the_lag_are_over()
    {
        ExpectedNorthStarMonth February(DateOnly asOf) => NorthStar(Last("increase", "absolute", "1") with { LagDays = 2 }, asOf, ("2025-01-31", 10), ("2025-02-01", 3), ("2025-03-01", 9))
            .Single(month => month.Month == "2025-02");

        Assert.Equal((true, null, 3.0), (February(new DateOnly(2025, 3, 1)).Provisional, February(new DateOnly(2025, 3, 1)).Change, February(new DateOnly(2025, 3, 1)).Value));
        Assert.Equal((false, -7.0), (February(new DateOnly(2025, 3, 2)).Provisional, February(new DateOnly(2025, 3, 2)).Change));
    }

    [Fact]
    public void A_month_follows_december_and_asOf_cuts_it()
    {
        var months = NorthStar(Sum("increase", "absolute", "1"), new DateOnly(2025, 1, 15), ("2024-12-05", 0), ("2025-01-15", 2), ("2025-01-16", 90));

        Assert.Equal((2.0, true), (months[1].Value, months[1].Provisional));
        var later = NorthStar(Sum("increase", "absolute", "1"), new DateOnly(2025, 1, 31), ("2024-12-05", 0), ("2025-01-15", 2));
        Assert.Equal((2.0, 2.0, null), (later[1].Value, later[1].Change, later[1].ChangePct));
    }

    // ---- Compare ----

    [Fact]
    public void Compare_names_the_project_the_kpi_the_week_and_the_field()
    {
        var s = One(Last("increase", "absolute", "100"), [Value(Eve, 50), Value(LastDay, 100)], LastDay);
        var figures = Oracle.Compute(s);
        var weeks = Project(s).Weeks;

        Assert.Empty(Compare.Differences(figures, figures, 0));
        Assert.Equal(["p k 2025-W17 drift: expected 0, got 0.1"], Changed(weeks[^1] with { Drift = 0.1 }));
        Assert.Equal(["p k 2025-W17 drift: expected 0, got null"], Changed(weeks[^1] with { Drift = null }));
        Assert.Equal(["p k 2025-W17 drift: expected 0, got NaN"], Changed(weeks[^1] with { Drift = double.NaN }));
        Assert.Equal(["p k 2025-W17 noise: expected null, got 0"], Changed(weeks[^1] with { Noise = 0 }));
        Assert.Equal(["p k 2025-W17 status: expected on_track, got behind"], Changed(weeks[^1] with { Status = "behind" }));
        Assert.Equal(["p k 2025-W17: expected a row, got none", "p x 2025-W17: expected no row, got one"], Changed(weeks[^1] with { Kpi = "x" }));

        IReadOnlyList<string> Changed(ExpectedWeek last) =>
            Compare.Differences(figures, figures with { Projects = new Dictionary<string, ExpectedProject> { ["p"] = Project(s) with { Weeks = [.. weeks.SkipLast(1), last] } } });
    }

    [Fact]
    public void Compare_measures_against_the_baseline_and_the_target_but_drifts_against_one()
    {
        var s = One(Last("increase", "absolute", "100"), [Value(Eve, 50), Value(LastDay, 100)], LastDay);
        var figures = Oracle.Compute(s);

        Assert.Empty(Changed(week => week with { Gap = 0.99e-4, Drift = 0.99e-6 }));
        Assert.Single(Changed(week => week with { Gap = 1.01e-4 }));
        Assert.Single(Changed(week => week with { Drift = 1.01e-6 }));

        IReadOnlyList<string> Changed(Func<ExpectedWeek, ExpectedWeek> change) => Compare.Differences(
            figures, figures with { Projects = new Dictionary<string, ExpectedProject> { ["p"] = Project(s) with { Weeks = [.. Weeks(s).SkipLast(1), change(Weeks(s)[^1])] } } });
    }

    [Fact]
    public void Compare_finds_what_is_missing_what_is_surplus_and_what_is_there_twice()
    {
        var s = One(Last("increase", "absolute", "100"), [Value(Eve, 50)], Start);
        var figures = Oracle.Compute(s);
        var project = Project(s);

        Assert.Equal(["p: expected a row, got none"], Compare.Differences(figures, With([])));
        Assert.Equal(["q: expected no row, got one"], Compare.Differences(figures, With(new() { ["p"] = project, ["q"] = project })));
        Assert.Equal(["p k: the row is there twice"], Compare.Differences(figures, With(new() { ["p"] = project with { Kpis = [.. project.Kpis, .. project.Kpis] } })));
        Assert.Equal(["p k: expected a row, got none"], Compare.Differences(figures, With(new() { ["p"] = project with { Kpis = [] } })));
        Assert.Equal(["p recommendation: expected insufficient_data, got null"], Compare.Differences(figures, With(new() { ["p"] = project with { Recommendation = null } })));

        Expected With(Dictionary<string, ExpectedProject> projects) => figures with { Projects = projects };
    }

    // ---- Random worlds ----

    private static readonly Lazy<Scenario[]> Worlds = new(() => [.. Enumerable.Range(0, 250).Select(RandomScenario.Create)]);

    private static Scenario[] RandomWorlds => Worlds.Value;

    [Fact]
    public void A_random_world_is_the_same_for_a_seed_and_survives_json()
    {
        foreach (var s in RandomWorlds.Take(25))
        {
            var seed = Array.IndexOf(RandomWorlds, s);
            var text = JsonSerializer.Serialize(s, Scenario.Json);
            Assert.Equal(text, JsonSerializer.Serialize(RandomScenario.Create(seed), Scenario.Json));
            Assert.Empty(Compare.Differences(Oracle.Compute(s), Oracle.Compute(JsonSerializer.Deserialize<Scenario>(text, Scenario.Json)!), 0));
        }
    }

    [Fact]
    public void A_random_world_is_one_that_the_api_accepts()
    {
        foreach (var s in RandomWorlds)
        {
            var figures = Oracle.Compute(s);
            var codes = s.Activities.Select(activity => activity.Code).Concat(s.Kpis.Select(kpi => kpi.Code)).Concat(s.Projects.Select(project => project.Code)).ToList();
            Assert.Equal(codes.Count, codes.Distinct().Count());
            Assert.All(codes, code => Assert.Matches(Code(), code));
            Assert.All(s.Kpis, kpi => AcceptableThreshold(kpi, kpi.Threshold));
            foreach (var project in s.Projects)
            {
                var (baselineDays, horizonDays) = (project.BaselineDays ?? 30, project.HorizonDays ?? 90);
                Assert.InRange(baselineDays, 7, 90);
                Assert.InRange(horizonDays, Math.Max(14, baselineDays), 365);
                Assert.InRange(project.Kpis.Count, 1, 3);
                Assert.Equal(project.Kpis.Count, project.Kpis.Select(tracking => tracking.Kpi).Distinct().Count());
                Assert.True(project.ClosedOn is not { } closedOn || closedOn >= project.StartsOn);
                foreach (var (tracking, row) in project.Kpis.Zip(figures.Projects[project.Code].Kpis))
                {
                    var kpi = s.KpiOf(tracking.Kpi);
                    AcceptableThreshold(kpi, tracking.Target ?? kpi.Threshold);
                    Assert.False((tracking.Target ?? kpi.Threshold).Kind == "relative" && row.Baseline == 0);
                    Assert.False(kpi.Aggregation == "ledger" && tracking.DeclaredBaseline is not null);
                }
            }

            AcceptableFacts(s, s.Measurements);
            AcceptableFacts(s, s.AfterLaunch ?? []);
            Assert.All(s.Ledger, entry => Assert.True(entry.Amount != 0 && entry.Date.Year is >= 2015 and <= 2025));
            Assert.Equal(s.Ledger.Count(entry => entry.ExternalId is not null), s.Ledger.Where(entry => entry.ExternalId is not null).DistinctBy(entry => (entry.Project, entry.Source, entry.ExternalId)).Count());
            Assert.All(s.NorthStars ?? [], star => Assert.NotEqual("ledger", s.KpiOf(star.Kpi).Aggregation));
            Assert.True(s.AsOf.Year is >= 2015 and <= 2025);
        }
    }

    [Fact]
    public void Random_worlds_meet_every_status_outcome_and_recommendation()
    {
        var projects = RandomWorlds.SelectMany(s => Oracle.Compute(s).Projects.Values).ToList();
        var kpis = projects.SelectMany(project => project.Kpis).ToList();
        var weeks = projects.SelectMany(project => project.Weeks).ToList();

        Assert.Equal(["at_risk", "behind", "no_baseline", "no_data", "on_track", "provisional", "too_early"], weeks.Select(week => week.Status).Distinct().Order());
        Assert.Equal(["achieved", "missed", "not_measurable", "pending"], kpis.Select(kpi => kpi.Outcome).Distinct().Order());
        Assert.Equal([null, "clear", "insufficient", "unclear"], kpis.Select(kpi => kpi.Evidence).Distinct().Order());
        Assert.Equal([null, "adjust", "continue", "insufficient_data", "stop"], projects.Select(project => project.Recommendation).Distinct().Order());
        Assert.Contains(weeks, week => week.Status == "at_risk" && -week.Gap <= week.Noise && week.Drift < -0.1);
        Assert.Contains(weeks, week => week.Noise == 0);
        Assert.Contains(kpis, kpi => kpi.Detectable == true);
        Assert.Contains(kpis, kpi => kpi.Detectable == false);
        Assert.Contains(kpis, kpi => kpi.RestatedBaseline != kpi.Baseline);
        Assert.Contains(projects, project => project.Weeks.Count == 0);
        Assert.Contains(projects, project => project.Roi.PaybackOn is not null);
        Assert.Contains(RandomWorlds, s => s.Deletes is not null);
        Assert.Contains(RandomWorlds.SelectMany(s => Oracle.Compute(s).NorthStars!), month => month.ChangePct is not null);
        Assert.Equal(5, RandomWorlds.SelectMany(s => s.Kpis).Select(kpi => kpi.Aggregation).Append("").Distinct().Count());
    }

    private static void AcceptableThreshold(ScenarioKpi kpi, ScenarioThreshold threshold)
    {
        if (kpi.Aggregation == "ledger")
        {
            Assert.Equal("absolute", threshold.Kind);
        }

        if (threshold.Kind != "absolute")
        {
            Assert.Equal(kpi.Direction == "increase" ? 1 : -1, Math.Sign(threshold.Value));
        }
    }

    private static void AcceptableFacts(Scenario s, IReadOnlyList<ScenarioMeasurement> request)
    {
        var paris = TimeZoneInfo.FindSystemTimeZoneById("Europe/Paris");
        foreach (var fact in request)
        {
            var isRatio = s.KpiOf(fact.Kpi).Aggregation == "ratio";
            Assert.NotEqual("ledger", s.KpiOf(fact.Kpi).Aggregation);
            Assert.Equal((isRatio, isRatio, !isRatio), (fact.Numerator.HasValue, fact.Denominator.HasValue, fact.Value.HasValue));
            Assert.NotEqual(fact.Project is null, fact.Activity is null);
            Assert.NotEqual(fact.Date is null, fact.Timestamp is null);
            Assert.True(Math.Abs(fact.Value ?? Math.Max(Math.Abs(fact.Numerator!.Value), Math.Abs(fact.Denominator!.Value))) <= 1_000_000_000);
            Assert.InRange(fact.Date?.Year ?? TimeZoneInfo.ConvertTime(fact.Timestamp!.Value, paris).Year, 2015, 2025);
        }

        var unnamed = request.Where(fact => fact.ExternalId is null).Select(fact => (fact.Project, fact.Activity, fact.Kpi, fact.Source, fact.Date, fact.Timestamp?.UtcDateTime)).ToList();
        Assert.Equal(unnamed.Count, unnamed.Distinct().Count());
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,63}$")]
    private static partial Regex Code();

    // ---- Scenarios of one KPI "k" in one project "p" ----

    private static IReadOnlyList<string> GoldenDifferences(string name, double tolerance)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Golden", name);
        return Compare.Differences(Expected.Load(path), Oracle.Compute(Scenario.Load(path)), tolerance);
    }

    private static Scenario One(ScenarioKpi kpi, IReadOnlyList<ScenarioMeasurement> facts, DateOnly asOf, Func<ScenarioProjectKpi, ScenarioProjectKpi>? tracking = null)
    {
        var tracked = new ScenarioProjectKpi { Kpi = kpi.Code, Purpose = "Test" };
        return new Scenario
        {
            AsOf = asOf,
            Activities = [new ScenarioActivity { Code = "a", Name = "A" }],
            Kpis = [kpi],
            Projects =
            [
                new ScenarioProject
                {
                    Code = "p",
                    Name = "P",
                    Activity = "a",
                    StartsOn = Start,
                    Currency = "EUR",
                    BaselineDays = 28,
                    HorizonDays = 56,
                    Kpis = [tracking is null ? tracked : tracking(tracked)],
                },
            ],
            Measurements = facts,
        };
    }

    private static Scenario Closed(DateOnly closedOn, DateOnly asOf)
    {
        var s = One(Last("increase", "absolute", "100"), [Value(Eve, 50), Value(LastDay, 100)], asOf);
        return s with { Projects = [s.Projects[0] with { ClosedOn = closedOn }] };
    }

    /// <summary>Entries by kind, days after the start, and amount.</summary>
    private static Scenario Roi(DateOnly asOf, params (string Kind, int Day, decimal Amount)[] entries)
    {
        var s = One(Own("ledger", "increase", "absolute", 1.5m), [], asOf);
        return s with
        {
            Ledger = [.. entries.Select(entry => new ScenarioLedgerEntry { Project = "p", Kind = entry.Kind, Category = "other", Amount = entry.Amount, Date = Start.AddDays(entry.Day) })],
        };
    }

    private static DateOnly? Payback(params (string Kind, int Day, decimal Amount)[] entries) => Project(Roi(LastDay, entries)).Roi.PaybackOn;

    private static IReadOnlyList<ExpectedNorthStarMonth> NorthStar(ScenarioKpi kpi, DateOnly asOf, params (string Date, decimal Value)[] facts)
    {
        var measurements = facts.Select(fact => Value(DateOnly.Parse(fact.Date, CultureInfo.InvariantCulture), fact.Value) with { Project = null, Activity = "a" });
        return Oracle.Compute(One(kpi, [.. measurements], asOf)).NorthStars!;
    }

    private static ScenarioKpi Ratio(string direction, string kind, string value) => Own("ratio", direction, kind, Number(value));

    private static ScenarioKpi Sum(string direction, string kind, string value, int perDays = 1) => Own("sum", direction, kind, Number(value), perDays);

    private static ScenarioKpi Last(string direction, string kind, string value) => Own("last", direction, kind, Number(value));

    private static ScenarioKpi Own(string aggregation, string direction, string kind, decimal value, int? perDays = null) => new()
    {
        Code = "k",
        Name = new ScenarioName { Fr = "K", En = "K" },
        Domain = "other",
        Unit = "count",
        Direction = direction,
        Aggregation = aggregation,
        PerDays = perDays,
        Threshold = new ScenarioThreshold { Kind = kind, Value = value },
    };

    private static ScenarioMeasurement Value(DateOnly date, decimal value) => new() { Project = "p", Kpi = "k", Date = date, Value = value };

    private static ScenarioMeasurement At(DateTimeOffset timestamp, decimal value) => new() { Project = "p", Kpi = "k", Timestamp = timestamp, Value = value };

    private static ScenarioMeasurement Sides(DateOnly date, decimal numerator, decimal denominator) => new() { Project = "p", Kpi = "k", Date = date, Numerator = numerator, Denominator = denominator };

    private static IEnumerable<ScenarioMeasurement> Daily(DateOnly first, DateOnly last, Func<int, decimal> value) =>
        Enumerable.Range(0, last.DayNumber - first.DayNumber + 1).Select(i => Value(first.AddDays(i), value(i)));

    private static IEnumerable<ScenarioMeasurement> Daily(DateOnly first, DateOnly last, Func<int, (decimal Numerator, decimal Denominator)> sides) =>
        Enumerable.Range(0, last.DayNumber - first.DayNumber + 1).Select(i => Sides(first.AddDays(i), sides(i).Numerator, sides(i).Denominator));

    private static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);

    private static ExpectedProject Project(Scenario s, DateOnly? today = null, string timeZone = "Europe/Paris") => Oracle.Compute(s, today, timeZone).Projects["p"];

    private static IReadOnlyList<ExpectedWeek> Weeks(Scenario s, DateOnly? today = null) => Project(s, today).Weeks;

    private static ExpectedKpi Kpi(Scenario s) => Project(s).Kpis[0];

    private static ExpectedKpi OneKpi(ScenarioKpi kpi, IReadOnlyList<ScenarioMeasurement> facts, DateOnly? asOf = null) => Kpi(One(kpi, facts, asOf ?? Eve));

    private static ExpectedWeek OneWeek(ScenarioKpi kpi, IReadOnlyList<ScenarioMeasurement> facts, DateOnly asOf) => Weeks(One(kpi, facts, asOf))[0];
}
