using KpiApi.Tests.Support;

namespace KpiApi.Tests.Golden;

/// <summary>Independently calculated worlds, loaded and read through HTTP.</summary>
public class GoldenTests
{
    public static TheoryData<string> Files => [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Golden"), "*.json").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_golden_scenario_gives_its_figures_through_the_resources(string file)
    {
        var golden = GoldenFile.Load(Path.Combine(AppContext.BaseDirectory, "Golden", file));
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await ScenarioHttp.Load(client, golden.Scenario);
        Assert.Empty(Compare.Differences(golden.Expected, await ScenarioHttp.Figures(client, golden.Scenario), 1e-9));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_golden_scenario_gives_the_same_figures_through_the_feeds(string file)
    {
        var golden = GoldenFile.Load(Path.Combine(AppContext.BaseDirectory, "Golden", file));
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await ScenarioHttp.Load(client, golden.Scenario);
        Assert.Empty(Compare.Differences(golden.Expected, await ScenarioHttp.Feeds(client, golden.Scenario), 1e-9));
    }
}
