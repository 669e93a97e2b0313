using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KpiApi.Tests.Support;

/// <summary>Loads a scenario through the API and reads its figures back, from the resources and from the feeds.</summary>
internal static class ScenarioHttp
{
    public static async Task Load(KpiClient client, Scenario scenario)
    {
        foreach (var activity in scenario.Activities)
        {
            await client.Post("/v1/activities", activity);
        }

        foreach (var kpi in scenario.Kpis)
        {
            await client.Post("/v1/kpis", kpi);
        }

        foreach (var project in scenario.Projects)
        {
            var body = JsonSerializer.SerializeToNode(project, Scenario.Json)!.AsObject();
            body.Remove("kpis");
            body.Remove("closedOn");
            await client.Post("/v1/projects", body);
            foreach (var kpi in project.Kpis)
            {
                await client.Post($"/v1/projects/{project.Code}/kpis", kpi);
            }
        }

        foreach (var star in scenario.NorthStars ?? [])
        {
            await client.Put($"/v1/activities/{star.Activity}/north-star", new { star.Kpi, star.Purpose });
        }

        await Post(client, scenario.Measurements);
        foreach (var ledger in scenario.Ledger.GroupBy(entry => entry.Project))
        {
            var body = new JsonArray(ledger.Select(entry =>
            {
                var row = JsonSerializer.SerializeToNode(entry, Scenario.Json)!.AsObject();
                row.Remove("project");
                return (JsonNode)row;
            }).ToArray());
            await client.Post($"/v1/projects/{ledger.Key}/ledger", body, idempotencyKey: Guid.NewGuid().ToString());
        }

        foreach (var project in scenario.Projects)
        {
            await client.Post($"/v1/projects/{project.Code}/launch", new { allowMissingBaseline = true, allowImmatureBaseline = true });
        }

        await Post(client, scenario.AfterLaunch ?? []);
        foreach (var fact in scenario.Deletes ?? [])
        {
            var owner = fact.Project is null ? $"activity={fact.Activity}" : $"project={fact.Project}";
            var found = await client.Get($"/v1/measurements?{owner}&kpi={fact.Kpi}&source={fact.Source ?? ScenarioMeasurement.DefaultSource}&externalId={Uri.EscapeDataString(fact.ExternalId)}");
            await client.Delete($"/v1/measurements/{Assert.Single(found["items"]!.AsArray())!["id"]}");
        }

        foreach (var project in scenario.Projects.Where(project => project.ClosedOn is not null))
        {
            await client.Post($"/v1/projects/{project.Code}/close", new { project.ClosedOn });
        }
    }

    /// <summary>The figures as steering and roi give them.</summary>
    public static async Task<Expected> Figures(KpiClient client, Scenario scenario)
    {
        var projects = new Dictionary<string, ExpectedProject>();
        foreach (var project in scenario.Projects)
        {
            var steering = await client.Get($"/v1/projects/{project.Code}/steering?asOf={Day(scenario.AsOf)}");
            var roi = await client.Get($"/v1/projects/{project.Code}/roi?asOf={Day(scenario.AsOf)}");
            projects[project.Code] = new ExpectedProject
            {
                Weeks = steering["kpis"]!.AsArray().SelectMany(kpi => kpi!["weeks"]!.AsArray().Select(week => Week((string)kpi["kpi"]!, week!))).ToList(),
                Kpis = steering["kpis"]!.AsArray().Select(kpi => new ExpectedKpi
                {
                    Kpi = (string)kpi!["kpi"]!,
                    Baseline = (double?)kpi["baseline"],
                    RestatedBaseline = (double?)kpi["restatedBaseline"],
                    CoverageDays = (int)kpi["coverageDays"]!,
                    Target = (double?)kpi["target"],
                    Tolerance = (double?)kpi["tolerance"],
                    SmallestDetectableChange = (double?)kpi["smallestDetectableChange"],
                    Detectable = (bool?)kpi["detectable"],
                    CurrentStatus = (string?)kpi["currentStatus"],
                    Final = (double?)kpi["final"],
                    Change = (double?)kpi["change"],
                    ChangePct = (double?)kpi["changePct"],
                    ChangeLow = (double?)kpi["changeLow"],
                    ChangeHigh = (double?)kpi["changeHigh"],
                    Evidence = (string?)kpi["evidence"],
                    Outcome = (string?)kpi["outcome"],
                }).ToList(),
                Roi = roi.Deserialize<ExpectedRoi>(Lenient)!,
                Recommendation = (string?)steering["recommendation"],
            };
        }

        return new Expected { Projects = projects, NorthStars = scenario.NorthStars is null ? null : await NorthStars(client, scenario) };
    }

    /// <summary>The same figures as a BI tool joins them from the feeds.</summary>
    public static async Task<Expected> Feeds(KpiClient client, Scenario scenario)
    {
        async Task<List<JsonNode>> Feed(string name) => (await client.Get($"/v1/feeds/{name}?asOf={Day(scenario.AsOf)}")).AsArray().Select(row => row!).ToList();
        var kpis = (await Feed("kpis")).ToDictionary(row => (long)row["KpiId"]!, row => (string)row["KpiCode"]!);
        var projectIds = (await Feed("projects")).ToDictionary(row => (string)row["ProjectCode"]!, row => (long)row["ProjectId"]!);
        var projectKpis = (await Feed("project-kpis")).ToLookup(row => (long)row["ProjectId"]!);
        var weeks = (await Feed("kpi-weeks")).ToLookup(row => (long)row["ProjectId"]!);
        var status = (await Feed("kpi-status")).ToDictionary(row => (long)row["ProjectKpiId"]!);
        var outcomes = (await Feed("kpi-outcomes")).ToDictionary(row => (long)row["ProjectKpiId"]!);
        var rois = (await Feed("project-roi")).ToDictionary(row => (long)row["ProjectId"]!);
        var portfolio = (await Feed("portfolio")).ToDictionary(row => (long)row["ProjectId"]!);
        return new Expected
        {
            Projects = scenario.Projects.ToDictionary(project => project.Code, project =>
            {
                var id = projectIds[project.Code];
                var roi = rois[id];
                return new ExpectedProject
                {
                    Weeks = weeks[id].Select(row => new ExpectedWeek
                    {
                        Kpi = (string)row["KpiCode"]!,
                        Week = (string)row["Week"]!,
                        WeekStart = Date(row["WeekStart"])!.Value,
                        DayNumber = (int)row["DayNumber"]!,
                        Actual = (double?)row["Actual"],
                        Expected = (double?)row["Expected"],
                        Gap = (double?)row["Gap"],
                        Drift = (double?)row["Drift"],
                        Noise = (double?)row["Noise"],
                        TargetDrift = (double?)row["TargetDrift"],
                        Progress = (double?)row["Progress"],
                        Provisional = (bool)row["IsProvisional"]!,
                        Status = (string)row["Status"]!,
                    }).ToList(),
                    Kpis = projectKpis[id].Select(row =>
                    {
                        var key = (long)row["ProjectKpiId"]!;
                        var outcome = outcomes[key];
                        return new ExpectedKpi
                        {
                            Kpi = kpis[(long)row["KpiId"]!],
                            Baseline = (double?)row["BaselineValue"],
                            RestatedBaseline = (double?)row["RestatedBaselineValue"],
                            CoverageDays = (int)row["CoverageDays"]!,
                            Target = (double?)row["TargetValue"],
                            Tolerance = (double?)row["Tolerance"],
                            SmallestDetectableChange = (double?)row["SmallestDetectableChange"],
                            Detectable = (bool?)row["Detectable"],
                            CurrentStatus = (string?)status[key]["Status"],
                            Final = (double?)outcome["FinalValue"],
                            Change = (double?)outcome["Change"],
                            ChangePct = (double?)outcome["ChangePct"],
                            ChangeLow = (double?)outcome["ChangeLow"],
                            ChangeHigh = (double?)outcome["ChangeHigh"],
                            Evidence = (string?)outcome["Evidence"],
                            Outcome = (string?)outcome["Outcome"],
                        };
                    }).ToList(),
                    Roi = new ExpectedRoi
                    {
                        Gain = (double)roi["Gain"]!,
                        Cost = (double)roi["Cost"]!,
                        Net = (double)roi["Net"]!,
                        Ratio = (double?)roi["RoiRatio"],
                        Return = (double?)roi["RoiReturn"],
                        Reached = (bool)roi["RoiReached"]!,
                        PaybackOn = Date(roi["PaybackOn"]),
                        ByEvidence = new[] { "Invoiced", "Measured", "Estimated" }.ToDictionary(
                            name => name.ToLowerInvariant(),
                            name => new ExpectedEvidence { Gain = (double)roi["Gain" + name]!, Cost = (double)roi["Cost" + name]! }),
                    },
                    Recommendation = (string?)portfolio[id]["Recommendation"],
                };
            }),
        };
    }

    private static readonly JsonSerializerOptions Lenient = new(JsonSerializerDefaults.Web);

    private static async Task Post(KpiClient client, IReadOnlyList<ScenarioMeasurement> facts)
    {
        foreach (var batch in facts.Chunk(5000))
        {
            await client.Post("/v1/measurements", batch);
        }
    }

    private static async Task<IReadOnlyList<ExpectedNorthStarMonth>> NorthStars(KpiClient client, Scenario scenario)
    {
        var months = new List<ExpectedNorthStarMonth>();
        foreach (var star in scenario.NorthStars!)
        {
            var answer = await client.Get($"/v1/activities/{star.Activity}/north-star?asOf={Day(scenario.AsOf)}");
            months.AddRange(answer["months"]!.AsArray().Select(month => new ExpectedNorthStarMonth
            {
                Activity = star.Activity,
                Kpi = star.Kpi,
                Month = (string)month!["month"]!,
                Value = (double?)month["value"],
                Change = (double?)month["change"],
                ChangePct = (double?)month["changePct"],
                Provisional = (bool)month["provisional"]!,
            }));
        }

        return months;
    }

    private static ExpectedWeek Week(string kpi, JsonNode week)
    {
        var row = week.DeepClone().AsObject();
        row["kpi"] = kpi;
        return row.Deserialize<ExpectedWeek>(Lenient)!;
    }

    private static string Day(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static DateOnly? Date(JsonNode? text) => text is null ? null : DateOnly.ParseExact((string)text!, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
