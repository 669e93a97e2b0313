using KpiApi.Tests.Support;

namespace KpiApi.Tests.Steering;

/// <summary>Random worlds of every aggregation, threshold and direction against the oracle.</summary>
public class RandomWorldTests
{
    // The long run takes many more; see .ci/long.
    private static readonly int Worlds = int.TryParse(Environment.GetEnvironmentVariable("KPI_LONG_WORLDS"), out var worlds) ? worlds : 30;

    [Fact]
    public async Task Random_worlds_give_the_figures_of_the_oracle()
    {
        await using var app = await KpiApp.Start("2026-02-02");
        var differences = new List<string>();
        for (var seed = 0; seed < Worlds; seed++)
        {
            var scenario = RandomScenario.Create(seed);
            var client = await app.Organisation($"world-{seed}");
            await ScenarioHttp.Load(client, scenario);
            differences.AddRange(Compare.Differences(Oracle.Compute(scenario, new DateOnly(2026, 2, 2)), await ScenarioHttp.Figures(client, scenario), 1e-9).Select(difference => $"seed {seed}: {difference}"));
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences.Take(40)));
    }

    [Fact]
    public async Task A_moving_today_gives_the_figures_of_the_oracle()
    {
        // asOf today: the current day is not over, so the running week is provisional.
        var differences = new List<string>();
        for (var seed = 1000; seed < 1012; seed++)
        {
            var scenario = RandomScenario.Create(seed);
            if (scenario.Projects.Any(project => project.StartsOn > scenario.AsOf || project.ClosedOn > scenario.AsOf)
                || scenario.Measurements.Concat(scenario.AfterLaunch ?? []).Any(fact => (fact.Date ?? DateOnly.FromDateTime(fact.Timestamp!.Value.UtcDateTime.AddHours(3))) > scenario.AsOf)
                || scenario.Ledger.Any(entry => entry.Date > scenario.AsOf))
            {
                continue;
            }

            await using var app = await KpiApp.Start(scenario.AsOf.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) + "T21:30:00Z");
            var client = await app.Organisation();
            await ScenarioHttp.Load(client, scenario);
            differences.AddRange(Compare.Differences(Oracle.Compute(scenario, scenario.AsOf), await ScenarioHttp.Figures(client, scenario), 1e-9).Select(difference => $"seed {seed}: {difference}"));
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences.Take(40)));
    }
}
