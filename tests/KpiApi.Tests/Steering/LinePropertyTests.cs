using KpiApi.Tests.Support;

namespace KpiApi.Tests.Steering;

/// <summary>What the method promises whatever the numbers: on the line is on track and achieved, and no effect is noticed.</summary>
public class LinePropertyTests
{
    private static readonly string[] Aggregations = ["ratio", "sum", "last", "ledger"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task On_the_line_every_day_is_on_track_every_week_and_achieved(int seed)
    {
        foreach (var aggregation in Aggregations)
        {
            var world = World(seed, aggregation, effect: true);
            await using var app = await KpiApp.Start();
            var client = await app.Organisation();
            await ScenarioHttp.Load(client, world);
            var project = (await ScenarioHttp.Figures(client, world)).Projects["p"];
            var kpi = Assert.Single(project.Kpis);
            Assert.All(project.Weeks.Where(week => week.DayNumber >= 14), week => Assert.True(week.Status == "on_track", $"{aggregation} {week}"));
            Assert.Contains(project.Weeks, week => week.Status == "on_track");
            Assert.True(kpi.Outcome == "achieved", $"{aggregation} {kpi}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task No_effect_is_behind_before_the_horizon_ends_and_missed(int seed)
    {
        foreach (var aggregation in Aggregations)
        {
            var world = World(seed, aggregation, effect: false);
            await using var app = await KpiApp.Start();
            var client = await app.Organisation();
            await ScenarioHttp.Load(client, world);
            var project = (await ScenarioHttp.Figures(client, world)).Projects["p"];
            Assert.True(project.Weeks.Any(week => week.Status == "behind"), aggregation);
            Assert.Equal("behind", project.Kpis[0].CurrentStatus);
            Assert.Equal("missed", project.Kpis[0].Outcome);
        }
    }

    /// <summary>Every day from the first of the baseline to the last of the horizon has a fact: the baseline's value, then the line (or the baseline again).</summary>
    private static Scenario World(int seed, string aggregation, bool effect)
    {
        var random = new Random(seed * 31 + aggregation.Length);
        var rising = aggregation == "ledger" || random.Next(2) == 0;
        var baselineDays = random.Next(7, 31);
        var horizonDays = random.Next(60, 121);
        var ramp = Math.Max(1, horizonDays - baselineDays);
        var perDays = random.Next(1, 31);
        var b = aggregation == "ledger" ? 0m : random.Next(20_000, 90_000);
        var t = aggregation == "ledger" ? 1.5m : b * (rising ? 1.25m : 0.75m);
        var start = new DateOnly(2025, 3, random.Next(1, 28));
        var measurements = new List<ScenarioMeasurement>();
        var ledger = new List<ScenarioLedgerEntry>();
        if (aggregation == "ledger")
        {
            // One cost of 900 on the first day; each day's gain keeps cumulative gain / cost on the line, which climbs for the whole horizon.
            ledger.Add(new ScenarioLedgerEntry { Project = "p", Kind = "cost", Category = "c", Amount = 900 * horizonDays, Date = start });
            ledger.AddRange(Enumerable.Range(0, effect ? horizonDays : 0).Select(day => new ScenarioLedgerEntry { Project = "p", Kind = "gain", Category = "c", Amount = 1350, Date = start.AddDays(day) }));
        }
        else
        {
            for (var day = -baselineDays; day < horizonDays; day++)
            {
                var value = day < 0 || !effect ? b : b + (t - b) * Math.Min(1m, (day + 1m) / ramp);
                var denominator = random.Next(1, 60);
                measurements.Add(new ScenarioMeasurement
                {
                    Project = "p",
                    Kpi = "k",
                    Date = start.AddDays(day),
                    Numerator = aggregation == "ratio" ? Math.Round(value * denominator, 6) : null,
                    Denominator = aggregation == "ratio" ? denominator : null,
                    Value = aggregation == "ratio" ? null : Math.Round(aggregation == "sum" ? value / perDays : value, 6),
                });
            }
        }

        return new Scenario
        {
            AsOf = start.AddDays(horizonDays + 3),
            Activities = [new ScenarioActivity { Code = "a", Name = "A" }],
            Kpis =
            [
                new ScenarioKpi
                {
                    Code = "k",
                    Name = new ScenarioName { Fr = "k", En = "k" },
                    Domain = "d",
                    Unit = "count",
                    Direction = rising ? "increase" : "decrease",
                    Aggregation = aggregation,
                    PerDays = aggregation == "sum" ? perDays : null,
                    Threshold = new ScenarioThreshold { Kind = aggregation == "ledger" ? "absolute" : "relative", Value = aggregation == "ledger" ? 1.5m : rising ? 0.25m : -0.25m },
                },
            ],
            Projects =
            [
                new ScenarioProject
                {
                    Code = "p", Name = "P", Activity = "a", StartsOn = start, Currency = "EUR", BaselineDays = baselineDays, HorizonDays = horizonDays,
                    Kpis = [new ScenarioProjectKpi { Kpi = "k", Purpose = "to measure" }],
                },
            ],
            Measurements = measurements,
            Ledger = ledger,
        };
    }
}
