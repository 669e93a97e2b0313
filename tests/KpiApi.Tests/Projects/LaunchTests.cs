using System.Text.Json.Nodes;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Projects;

/// <summary>What a launch seals, and what no later fact changes.</summary>
public class LaunchTests
{
    private static readonly DateOnly Start = new(2026, 1, 10);

    // Numerators and denominators of the thirty days before the start, without pattern enough to be constant.
    private static readonly (DateOnly Day, double X, double Y)[] Window = Enumerable.Range(1, 30).Select(back => (Start.AddDays(-back), 40.0 + back * 7 % 11, 100.0 + back * 13 % 17)).ToArray();

    [Fact]
    public async Task A_ratio_is_sealed_with_its_coverage_target_tolerance_and_what_it_can_show()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app, ("rate", null));
        await Rates(client, Window);
        var kpi = Launched(await client.Post("/v1/projects/site/launch", null), "rate");

        var (sumX, sumY) = (Window.Sum(day => day.X), Window.Sum(day => day.Y));
        var b = sumX / sumY;
        var t = b + 0.1 * b;
        var n = Window.Length;
        var q = Window.Sum(day => day.X * day.X) - 2 * b * Window.Sum(day => day.X * day.Y) + b * b * Window.Sum(day => day.Y * day.Y);
        var smallest = 3.42 * Math.Sqrt(2) * (Math.Sqrt(q / (n - 1) / n) / (sumY / n));
        Near(b, kpi["baseline"]);
        Near(t, kpi["target"]);
        Near(0.5 * (t - b) / t, kpi["tolerance"]);
        Near(smallest, kpi["smallestDetectableChange"], 1e-7);
        Assert.Equal(30, (int)kpi["coverageDays"]!);
        Assert.Equal(0, (int)kpi["immatureDays"]!);
        Assert.False((bool)kpi["targetAlreadyMet"]!);
        Assert.Equal(t - b >= smallest, (bool)kpi["detectable"]!);
    }

    [Fact]
    public async Task A_sum_counts_every_day_of_the_window()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app, ("orders", null));
        var measured = Window.Take(8).ToArray();
        await client.Post("/v1/measurements", measured.Select(day => new { project = "site", kpi = "orders", date = day.Day, value = day.X }));
        var kpi = Launched(await client.Post("/v1/projects/site/launch", null), "orders");

        var y = 1.0 / 30;
        var b = 30 * measured.Sum(day => day.X) / 30;
        var r = measured.Sum(day => day.X) / (30 * y);
        var q = measured.Sum(day => day.X * day.X) - 2 * r * measured.Sum(day => day.X) * y + r * r * 30 * y * y;
        Near(b, kpi["baseline"]);
        Near(3.42 * Math.Sqrt(2) * Math.Sqrt(q / 29 / 30) / y, kpi["smallestDetectableChange"], 1e-7);
        Assert.Equal(8, (int)kpi["coverageDays"]!);
    }

    [Fact]
    public async Task With_fewer_than_seven_measured_days_nothing_is_said_about_detection()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app, ("rate", null));
        await Rates(client, Window[..6]);
        var kpi = Launched(await client.Post("/v1/projects/site/launch", null), "rate");
        Assert.Equal(6, (int)kpi["coverageDays"]!);
        Assert.NotNull(kpi["baseline"]);
        Assert.Null(kpi["smallestDetectableChange"]);
        Assert.Null(kpi["detectable"]);
    }

    [Fact]
    public async Task A_last_value_a_declared_baseline_and_a_ledger_KPI_say_nothing_about_detection_either()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app, ("tickets", null), ("project-roi", null), ("rate", """{"declaredBaseline":{"value":0.5,"note":"last year's report"}}"""));
        await client.Post("/v1/measurements", Window.Select(day => new { project = "site", kpi = "tickets", date = day.Day, value = day.X }));
        await Rates(client, Window[..10]);
        var launch = await client.Post("/v1/projects/site/launch", null);

        var tickets = Launched(launch, "tickets");
        Near(Window.MaxBy(day => day.Day).X, tickets["baseline"]);
        var roi = Launched(launch, "project-roi");
        Assert.Equal((0.0, 0, 1.5), ((double)roi["baseline"]!, (int)roi["coverageDays"]!, (double)roi["target"]!));
        var rate = Launched(launch, "rate");
        Near(0.5, rate["baseline"]);
        Near(0.55, rate["target"]);
        Assert.All(new[] { tickets, roi, rate }, kpi => Assert.Null(kpi["smallestDetectableChange"]));
        Assert.All(new[] { tickets, roi, rate }, kpi => Assert.Null(kpi["detectable"]));
    }

    [Theory]
    [InlineData("increase", 0.4, true)]
    [InlineData("increase", 0.5, true)]
    [InlineData("increase", 0.6, false)]
    [InlineData("decrease", 0.6, true)]
    [InlineData("decrease", 0.4, false)]
    public async Task A_target_that_is_met_already_is_allowed_and_said(string direction, double target, bool met)
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "own", "ratio", direction, direction == "increase" ? 0.1 : -0.1);
        await BadWorld.Project(client, "site", "2026-01-10");
        await client.Post("/v1/projects/site/kpis", new { kpi = "own", purpose = "p", target = new { kind = "absolute", value = target } });
        await client.Post("/v1/measurements", new { project = "site", kpi = "own", date = "2026-01-05", numerator = 1, denominator = 2 });
        Assert.Equal(met, (bool)Launched(await client.Post("/v1/projects/site/launch", null), "own")["targetAlreadyMet"]!);
    }

    [Fact]
    public async Task The_ceiling_of_the_tolerance_is_a_tenth_and_a_chosen_one_wins()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app, ("rate", """{"target":{"kind":"relative","value":9}}"""), ("orders", """{"tolerance":0.33}"""));
        await Rates(client, Window);
        await client.Post("/v1/measurements", new { project = "site", kpi = "orders", date = "2026-01-05", value = 3 });
        var launch = await client.Post("/v1/projects/site/launch", null);
        Near(0.10, Launched(launch, "rate")["tolerance"]);
        Near(0.33, Launched(launch, "orders")["tolerance"]);
    }

    [Fact]
    public async Task A_late_fact_restates_the_baseline_and_leaves_the_seal()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app, ("rate", null));
        await Rates(client, Window[..10]);
        var draft = await client.Get("/v1/projects/site/baseline");
        Assert.False((bool)draft["sealed"]!);
        Assert.Equal(("2025-12-11", "2026-01-09"), ((string)draft["from"]!, (string)draft["to"]!));
        await Rates(client, Window[10..20]);
        var live = Launched(await client.Get("/v1/projects/site/baseline"), "rate");
        Near(Window[..20].Sum(day => day.X) / Window[..20].Sum(day => day.Y), live["baseline"]);

        await client.Post("/v1/projects/site/launch", null);
        var atLaunch = Launched(await client.Get("/v1/projects/site/baseline"), "rate");
        Near((double)atLaunch["baseline"]!, atLaunch["restatedBaseline"]);
        await Rates(client, Window[20..]);
        // The day before the window and the first day of the project belong to neither.
        await Rates(client, [(Start.AddDays(-31), 500, 1), (Start, 500, 1)]);
        var after = await client.Get("/v1/projects/site/baseline");
        Assert.True((bool)after["sealed"]!);
        var kpi = Launched(after, "rate");
        foreach (var member in new[] { "baseline", "target", "tolerance", "smallestDetectableChange", "coverageDays" })
        {
            Assert.Equal(atLaunch[member]!.ToJsonString(), kpi[member]!.ToJsonString());
        }

        Near(Window.Sum(day => day.X) / Window.Sum(day => day.Y), kpi["restatedBaseline"]);
    }

    [Fact]
    public async Task A_project_is_closed_today_unless_told_otherwise_and_facts_up_to_that_day_are_still_taken()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app, ("rate", null));
        await Rates(client, Window);
        await client.Post("/v1/projects/site/launch", null);
        var closed = await client.Post("/v1/projects/site/close", null);
        Assert.Equal(("closed", "2026-02-02"), ((string)closed["status"]!, (string)closed["closedOn"]!));
        await client.Post("/v1/measurements", new { project = "site", kpi = "rate", date = "2026-02-02", numerator = 1, denominator = 2 });
        app.Time.Advance(TimeSpan.FromDays(2));
        await client.Post("/v1/measurements", new { project = "site", kpi = "rate", date = "2026-02-02", numerator = 2, denominator = 2 });
        await Problems.Of(await client.Send(HttpMethod.Post, "/v1/measurements", new { project = "site", kpi = "rate", date = "2026-02-03", numerator = 1, denominator = 2 }), 422, "invalid", "/date");
    }

    [Fact]
    public async Task Two_launches_at_the_same_moment_are_one()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app, ("rate", null));
        await Rates(client, Window);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => client.Send(HttpMethod.Post, "/v1/projects/site/launch", null))));
        Assert.Single(answers, answer => (int)answer.StatusCode == 200);
        Assert.Equal(7, answers.Count(answer => (int)answer.StatusCode == 409));
    }

    private static void Near(double expected, JsonNode? actual, double tolerance = 1e-9) =>
        Assert.True(actual is not null && Math.Abs(expected - (double)actual) <= tolerance * Math.Max(Math.Abs(expected), 1e-3), $"{actual} instead of {expected}");

    private static JsonNode Launched(JsonNode answer, string kpi) => answer["kpis"]!.AsArray().Single(row => (string)row!["kpi"]! == kpi)!;

    private static Task<JsonNode> Rates(KpiClient client, IEnumerable<(DateOnly Day, double X, double Y)> days) =>
        client.Post("/v1/measurements", days.Select(day => new { project = "site", kpi = "rate", date = day.Day, numerator = day.X, denominator = day.Y }));

    private static async Task<KpiClient> Site(KpiApp app, params (string Kpi, string? Members)[] kpis)
    {
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "rate", "ratio", "increase", 0.1);
        await BadWorld.Kpi(client, "orders", "sum", "increase", 0.1, perDays: 30);
        await BadWorld.Kpi(client, "tickets", "last", "decrease", -0.1);
        await BadWorld.Project(client, "site", "2026-01-10");
        foreach (var (kpi, members) in kpis)
        {
            var body = JsonNode.Parse(members ?? "{}")!.AsObject();
            body["kpi"] = kpi;
            body["purpose"] = "because";
            await client.Post("/v1/projects/site/kpis", body.ToJsonString());
        }

        return client;
    }
}
