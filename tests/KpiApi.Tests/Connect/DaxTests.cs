using System.Globalization;
using System.Text.Json.Nodes;
using KpiApi.Feeds;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Connect;

/// <summary>The measures of the kit, computed over rows that the running API serves, are the figures that it publishes.</summary>
public class DaxTests
{
    private const string Today = "2025-06-30";

    [Fact]
    public async Task Measures_give_the_published_figures_for_every_grouping()
    {
        await using var app = await KpiApp.Start(Today);
        var client = await World(app);
        var rows = new Dictionary<string, List<Dictionary<string, object?>>>();
        foreach (var feed in FeedCatalogue.All)
        {
            // Enough of the calendar, which goes on to 2049.
            var span = feed.View == "Dates" ? "?from=2025-01-01&to=2030-12-31" : "";
            rows[feed.View] = [.. (await client.Get($"/v1/feeds/{feed.Url}{span}")).AsArray().Select(row => row!.AsObject().ToDictionary(cell => cell.Key, cell => Cell(cell.Value)))];
        }

        var kit = Kit.Made();
        var dax = new Dax(rows, kit.Relationships.Where(relationship => relationship.Property("isActive") != "false").Select(Kit.Ends), kit.Measures.Select(measure => KeyValuePair.Create(measure.Key, measure.Value.Node.Value)), "Dates");
        var all = new Dax.Filters();
        var kpis = rows["Kpis"].ToDictionary(row => (string)row["KpiCode"]!);
        double Id(string kpi) => (double)kpis[kpi]["KpiId"]!;
        var projects = rows["Projects"];
        var projectKpis = rows["ProjectKpis"];

        // Months and weeks of each project KPI, as the resources publish them.
        var compared = 0;
        foreach (var projectKpi in projectKpis)
        {
            var project = projects.Single(row => row["ProjectId"]!.Equals(projectKpi["ProjectId"]));
            var kpi = kpis.Values.Single(row => row["KpiId"]!.Equals(projectKpi["KpiId"]));
            var one = all.With("ProjectKpis", "ProjectKpiId", projectKpi["ProjectKpiId"]!);
            foreach (var grain in kpi["Aggregation"] is "ledger" ? (string[])[] : ["month", "week"])
            {
                foreach (var point in (await client.Get($"/v1/projects/{project["ProjectCode"]}/kpis/{kpi["KpiCode"]}/series?grain={grain}"))["points"]!.AsArray())
                {
                    Near((double?)point!["value"], dax.Measure("KPI value", one.With("Dates", grain == "month" ? "MonthStart" : "WeekStart", (string)point["date"]!)), $"{project["ProjectCode"]} {kpi["KpiCode"]} {point["period"]}");
                    compared++;
                }
            }

            var weeks = rows["KpiWeeks"].Where(row => row["ProjectKpiId"]!.Equals(projectKpi["ProjectKpiId"])).ToList();
            foreach (var week in weeks)
            {
                // The project's days of the week, up to today.
                var inWeek = one.With("Dates", "Date", rows["Dates"].Where(row => row["WeekStart"]!.Equals(week["WeekStart"]) && string.CompareOrdinal((string)row["Date"]!, (string)project["StartsOn"]!) >= 0
                    && string.CompareOrdinal((string)row["Date"]!, (string)project["EndsOn"]!) <= 0 && string.CompareOrdinal((string)row["Date"]!, Today) <= 0).Select(row => row["Date"]!));
                if ((string)kpi["Aggregation"]! != "ledger")
                {
                    Near((double?)week["Actual"], dax.Measure("KPI value", inWeek), $"{project["ProjectCode"]} {kpi["KpiCode"]} {week["Week"]}");
                }

                var shown = one.With("KpiWeeks", "WeekStart", week["WeekStart"]!);
                Near((double?)week["Actual"], dax.Measure("Weekly actual", shown), "actual");
                Near((double?)week["Expected"], dax.Measure("Weekly expected", shown), "expected");
                Near((double?)week["Drift"], dax.Measure("Weekly drift", shown), "drift");
            }

            if (weeks.Count > 1)
            {
                Assert.Null(dax.Measure("Weekly actual", one));
            }
        }

        Assert.InRange(compared, 100, 1000);

        // Any days of any projects: the sums of the facts themselves, divided.
        var random = new Random(5);
        var facts = rows["Measurements"].Where(row => row["ProjectKpiId"] is not null).ToList();
        for (var round = 0; round < 200; round++)
        {
            var kpi = random.Next(2) == 0 ? "rate" : "cost";
            var chosenProjects = projects.Where(_ => random.Next(3) > 0).Select(row => row["ProjectId"]!).ToHashSet();
            var chosenDays = rows["Dates"].Where(row => string.CompareOrdinal((string)row["Date"]!, "2025-03") > 0 && string.CompareOrdinal((string)row["Date"]!, "2025-07") < 0 && random.Next(4) == 0).Select(row => row["DateKey"]!).ToHashSet();
            var chosen = facts.Where(row => row["KpiId"]!.Equals(Id(kpi)) && chosenProjects.Contains(row["ProjectId"]!) && chosenDays.Contains(row["DateKey"]!)).ToList();
            var currencies = kpi == "cost" ? chosen.Select(row => projects.Single(project => project["ProjectId"]!.Equals(row["ProjectId"]))["Currency"]).Distinct().Count() : 1;
            var bottom = chosen.Sum(row => (double)row["Denominator"]!);
            var expected = bottom == 0 || currencies > 1 ? (double?)null : chosen.Sum(row => (double)row["Numerator"]!) / bottom;
            Near(expected, dax.Measure("KPI value", all.With("Kpis", "KpiCode", kpi).With("Projects", "ProjectId", chosenProjects).With("Dates", "DateKey", chosenDays)), $"round {round}");
        }

        // The whole windows are what baseline and outcome are made of.
        foreach (var projectKpi in projectKpis.Where(row => kpis.Values.Single(kpi => kpi["KpiId"]!.Equals(row["KpiId"]))["Aggregation"] is "ratio" or "sum"))
        {
            var project = projects.Single(row => row["ProjectId"]!.Equals(projectKpi["ProjectId"]));
            var start = DateOnly.Parse((string)project["StartsOn"]!, CultureInfo.InvariantCulture);
            Near((double?)projectKpi["RestatedBaselineValue"], dax.Measure("KPI value", all.With("ProjectKpis", "ProjectKpiId", projectKpi["ProjectKpiId"]!).With("Dates", "Date", Days(start.AddDays(-30), start.AddDays(-1)))), "baseline");
            var outcome = rows["KpiOutcomes"].Single(row => row["ProjectKpiId"]!.Equals(projectKpi["ProjectKpiId"]));
            if (outcome["FinalValue"] is double final)
            {
                Near(final, dax.Measure("KPI value", all.With("ProjectKpis", "ProjectKpiId", projectKpi["ProjectKpiId"]!).With("Dates", "Date", Days(start.AddDays(30), start.AddDays(59)))), "outcome");
            }
        }

        Assert.Contains(rows["KpiOutcomes"], row => row["FinalValue"] is not null);

        // Values of two KPIs, or amounts of two currencies, are no sum of anything.
        Assert.Null(dax.Measure("KPI value", all));
        Assert.Null(dax.Measure("KPI value", all.With("Kpis", "KpiCode", "rate", "orders")));
        Assert.Null(dax.Measure("KPI value", all.With("Kpis", "KpiCode", "cost")));
        Assert.Null(dax.Measure("Gain", all));
        Assert.Null(dax.Measure("ROI", all));

        // Against the month before: of one month, also over all projects; of several months nothing.
        var april = (double)rows["Dates"].First(row => (string)row["Date"]! == "2025-04-01")["MonthNumber"]!;
        var rate = all.With("Kpis", "KpiCode", "rate");
        foreach (var filters in projects.Select(project => rate.With("Projects", "ProjectId", project["ProjectId"]!)).Append(rate))
        {
            var now = dax.Measure("KPI value", filters.With("Dates", "MonthNumber", april + 1));
            var before = dax.Measure("KPI value", filters.With("Dates", "MonthNumber", april));
            Near(before, dax.Measure("KPI value, month before", filters.With("Dates", "MonthNumber", april + 1)), "month before");
            Near((now - before) / before, dax.Measure("KPI change on month before", filters.With("Dates", "MonthNumber", april + 1)), "change");
            Assert.NotNull(now);
            Assert.NotNull(before);
            Assert.Null(dax.Measure("KPI change on month before", filters.With("Dates", "MonthNumber", april, april + 1)));
            Assert.Null(dax.Measure("KPI change on month before", filters.With("Dates", "Year", 2025.0)));
        }

        // The total is no sum and no mean of its parts.
        var parts = projects.Select(project => dax.Measure("KPI change on month before", rate.With("Projects", "ProjectId", project["ProjectId"]!).With("Dates", "MonthNumber", april + 1))!.Value).ToList();
        var total = dax.Measure("KPI change on month before", rate.With("Dates", "MonthNumber", april + 1))!.Value;
        Assert.True(Math.Abs(total - parts.Sum()) > 1e-6 && Math.Abs(total - parts.Average()) > 1e-6);

        // Money.
        foreach (var roi in rows["ProjectRoi"])
        {
            var one = all.With("Projects", "ProjectId", roi["ProjectId"]!);
            var isBooked = rows["Ledger"].Any(row => row["ProjectId"]!.Equals(roi["ProjectId"]));
            foreach (var (measure, column) in ((string, string)[])[("Gain", "Gain"), ("Cost", "Cost"), ("Net gain", "Net"), ("ROI", "RoiRatio"), ("Return on cost", "RoiReturn")])
            {
                Near(isBooked ? (double?)roi[column] : null, dax.Measure(measure, one), $"{measure} of {roi["ProjectCode"]}");
            }

            foreach (var month in rows["RoiMonths"].Where(row => row["ProjectId"]!.Equals(roi["ProjectId"])))
            {
                var number = rows["Dates"].Single(row => row["DateKey"]!.Equals(month["DateKey"]))["MonthNumber"]!;
                foreach (var (measure, column) in ((string, string)[])[("Gain", "Gain"), ("Cost", "Cost"), ("Cumulative gain", "CumulativeGain"), ("Cumulative cost", "CumulativeCost")])
                {
                    Near((double?)month[column], dax.Measure(measure, one.With("Dates", "MonthNumber", number)), $"{measure} of {roi["ProjectCode"]} in {month["Month"]}");
                }
            }

            // No line to the end of the calendar.
            Assert.Null(dax.Measure("Cumulative gain", one.With("Dates", "Year", 2030.0)));
        }

        // Statuses by project, and North Stars by month.
        foreach (var row in rows["Portfolio"])
        {
            var one = all.With("Projects", "ProjectId", row["ProjectId"]!);
            Near((double?)row["KpisOnTrack"], dax.Measure("KPIs on track", one), "on track");
            Near((double?)row["KpisAtRisk"], dax.Measure("KPIs at risk", one), "at risk");
            Near((double?)row["KpisBehind"], dax.Measure("KPIs behind", one), "behind");
        }

        foreach (var row in rows["NorthStars"])
        {
            var one = all.With("Activities", "ActivityId", row["ActivityId"]!).With("Dates", "DateKey", row["DateKey"]!);
            Near((double?)row["Value"], dax.Measure("North Star value", one), "North Star");
            Near((double?)row["ChangePct"], dax.Measure("North Star change", one), "North Star change");
        }

        Assert.NotEmpty(rows["NorthStars"]);
        Assert.Contains(rows["Portfolio"], row => row["KpisBehind"] is > 0.0);
    }

    [Fact]
    public void What_is_not_understood_is_refused()
    {
        Assert.All((string[])["SUMX(Ledger, Ledger[Amount])", "1 +", "SUM(Ledger)", "Unknown", "IF(1 = 1)", "1 ; 2"], text => Assert.ThrowsAny<Exception>(() => Dax.References(text)));
    }

    private static void Near(double? expected, double? actual, string of) =>
        Assert.True(expected is null == actual is null && (expected is null || Math.Abs(expected.Value - actual!.Value) <= 1e-9 * Math.Max(1, Math.Abs(expected.Value))), $"{of}: {actual} instead of {expected}");

    private static IEnumerable<object> Days(DateOnly from, DateOnly to) =>
        Enumerable.Range(0, to.DayNumber - from.DayNumber + 1).Select(day => (object)from.AddDays(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    private static object? Cell(JsonNode? cell) => cell?.GetValueKind() switch
    {
        null => null,
        System.Text.Json.JsonValueKind.Number => cell.GetValue<double>(),
        System.Text.Json.JsonValueKind.String => cell.GetValue<string>(),
        _ => cell.GetValue<bool>(),
    };

    /// <summary>Three projects of two activities in two currencies, with a KPI of each kind; what was measured is random.</summary>
    private static async Task<KpiClient> World(KpiApp app)
    {
        var client = await app.Organisation();
        var random = new Random(3);
        foreach (var (kpi, unit, aggregation, perDays) in ((string, string, string, int?)[])[("rate", "percent", "ratio", null), ("cost", "currency", "ratio", null), ("orders", "count", "sum", 7), ("stock", "count", "last", null)])
        {
            await client.Post("/v1/kpis", new { code = kpi, name = new { en = kpi, fr = kpi }, domain = "d", unit, direction = "increase", aggregation, perDays, threshold = new { kind = "relative", value = 0.1 } });
        }

        foreach (var activity in (string[])["shop", "trade"])
        {
            await client.Post("/v1/activities", new { code = activity, name = activity });
            await client.Put($"/v1/activities/{activity}/north-star", new { kpi = "orders", purpose = "p" });
            await client.Post("/v1/measurements", Enumerable.Range(0, 60).Select(day => new { activity, kpi = "orders", date = new DateOnly(2025, 3, 20).AddDays(day), value = random.Next(9) }).ToList());
        }

        foreach (var (project, activity, currency, kpis) in ((string, string, string, string[])[])[("one", "shop", "EUR", ["rate", "cost", "orders"]), ("two", "shop", "EUR", ["rate", "orders", "stock"]), ("three", "trade", "CHF", ["rate", "cost", "project-roi"])])
        {
            await client.Post("/v1/projects", new { code = project, name = project, activity, startsOn = "2025-04-20", currency, horizonDays = 60 });
            foreach (var kpi in kpis)
            {
                await client.Post($"/v1/projects/{project}/kpis", kpi == "project-roi" ? new { kpi, purpose = "p", target = new { kind = "absolute", value = 1.5 } } : (object)new { kpi, purpose = "p" });
            }

            // Days without facts, days with a denominator of 0, and days outside of every window.
            var facts = kpis.Where(kpi => kpi != "project-roi").SelectMany(kpi => Enumerable.Range(0, 110).Where(_ => random.Next(5) > 0).Select(day => kpi is "rate" or "cost"
                ? (object)new { project, kpi, date = new DateOnly(2025, 3, 10).AddDays(day), numerator = random.Next(1, 40), denominator = random.Next(6) == 0 ? 0 : random.Next(1, 90) }
                : new { project, kpi, date = new DateOnly(2025, 3, 10).AddDays(day), value = random.Next(50) }));
            await client.Post("/v1/measurements", facts.ToList());
            await client.Post($"/v1/projects/{project}/launch", new { allowMissingBaseline = true, allowImmatureBaseline = true });
        }

        foreach (var project in (string[])["one", "three"])
        {
            await client.Post($"/v1/projects/{project}/ledger", Enumerable.Range(0, 12).Select(entry => new { kind = entry % 3 == 0 ? "cost" : "gain", category = "c", amount = random.Next(100, 900), date = new DateOnly(2025, 4, 20).AddDays(entry * 5), externalId = $"e{entry}" }).ToList());
        }

        return client;
    }
}
