using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KpiApi.Access;
using KpiApi.Commands;
using KpiApi.Storage;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Builder;

namespace KpiApi.Tests.Commands;

/// <summary>What the demo promises, on any day that somebody may run it.</summary>
public sealed partial class DemoTests(ReadDemo world) : IClassFixture<ReadDemo>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kpiapi-demo-");

    /// <summary>A leap day, the ends of a year of 53 weeks, and the changes of the clocks. KPI_LONG_DAYS adds that many days in a row.</summary>
    public static TheoryData<string> Todays =>
    [
        "2024-02-29", // Thursday, leap day
        "2026-12-31", // Thursday of 2026-W53
        "2027-01-03", // Sunday, still 2026-W53
        "2026-03-30", // Monday after the clocks went forward
        "2025-10-26", // Sunday, clocks back
        .. Enumerable.Range(0, int.TryParse(Environment.GetEnvironmentVariable("KPI_LONG_DAYS"), out var days) ? days : 0)
            .Select(day => new DateOnly(2027, 1, 4).AddDays(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
    ];

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [MemberData(nameof(Todays))]
    public async Task The_demo_keeps_its_promises_on(string today)
    {
        await using var app = await KpiApp.Start(today);
        var client = await Seeded(app, today);

        await Finished(client, today);
        await Running(client, "refonte-site", "continue", ("session-duration", "on_track"), ("quote-to-order-rate", "on_track"), ("project-roi", "on_track"));
        await Running(client, "deploiement-crm", "continue", ("quote-to-order-rate", "on_track"), ("processing-time", "at_risk"), ("project-roi", "on_track"));
        await Running(client, "campagne-sea", "adjust", ("cost-per-lead", "behind"), ("quote-to-order-rate", "at_risk"), ("project-roi", "behind"));

        var portfolio = await client.Get("/v1/portfolio");
        Assert.Equal(5, portfolio["items"]!.AsArray().Count);
        Assert.Equal(["no-north-star atelier ", "overdue-actions  1", "overdue-reviews  1"], portfolio["warnings"]!.AsArray().Select(warning => $"{warning!["code"]} {warning["activity"]} {warning["count"]}"));
        Assert.Equal(["campagne-sea"], portfolio["items"]!.AsArray().Where(item => (bool)item!["reviewOverdue"]!).Select(item => (string)item!["project"]!));
        var alerts = (await client.Get("/v1/alerts?limit=1000"))["items"]!.AsArray();
        string[] promised =
        [
            "action-overdue campagne-sea",
            "outcome-decided paiement-en-ligne average-order-value",
            "outcome-decided paiement-en-ligne instant-payment-rate",
            "outcome-decided paiement-en-ligne reminder-calls-per-invoice",
            "review-overdue campagne-sea",
            "source-silent deploiement-crm quote-to-order-rate",
            "status-behind campagne-sea cost-per-lead",
            "status-behind campagne-sea project-roi",
            "status-behind deploiement-crm quote-to-order-rate",
        ];
        Assert.Empty(promised.Except(alerts.Select(alert => $"{alert!["kind"]} {alert["project"]} {alert["kpi"]}".TrimEnd())));
        Assert.DoesNotContain(alerts, alert => (string)alert!["project"]! == "refonte-site");
        Assert.All(alerts.Where(alert => (string)alert!["kind"]! == "review-overdue"), alert => Assert.Equal("campagne-sea", (string)alert!["project"]!));
        Assert.Equal("better", await Effect(client, "deploiement-crm", "quote-to-order-rate"));
        Assert.NotEqual("better", await Effect(client, "campagne-sea", "cost-per-lead"));
    }

    [Fact]
    public async Task Each_running_project_has_120_days_of_facts_of_each_KPI()
    {
        var client = world.Client;
        foreach (var (project, kpi) in new[] { ("refonte-site", "session-duration"), ("refonte-site", "quote-to-order-rate"), ("deploiement-crm", "processing-time"), ("campagne-sea", "cost-per-lead") })
        {
            var facts = (await client.Get($"/v1/measurements?project={project}&kpi={kpi}&limit=1000"))["items"]!.AsArray();
            Assert.Equal(120, facts.Count);
            Assert.Equal("2025-10-05 2026-02-01", $"{facts.Min(fact => (string)fact!["date"]!)} {facts.Max(fact => (string)fact!["date"]!)}");
        }
    }

    [Fact]
    public async Task The_North_Stars_have_months_of_facts()
    {
        var client = world.Client;
        foreach (var activity in new[] { "vente-en-ligne", "negoce-b2b" })
        {
            var star = await client.Get($"/v1/activities/{activity}/north-star");
            var months = star["months"]!.AsArray().Where(month => !(bool)month!["provisional"]!).ToList();
            Assert.Equal(["2025-08", "2025-09", "2025-10", "2025-11", "2025-12", "2026-01"], months.Select(month => (string)month!["month"]!));
            Assert.All(months, month => Assert.NotNull(month!["value"]));
            Assert.NotEmpty(star["servedBy"]!.AsArray());
        }
    }

    [Fact]
    public async Task A_correction_keeps_what_was_there_before()
    {
        var client = world.Client;
        var facts = (await client.Get("/v1/measurements?project=paiement-en-ligne&kpi=average-order-value&limit=1000"))["items"]!.AsArray();
        var corrected = Assert.Single(facts, fact => fact!["note"] is not null);
        var history = (await client.Get($"/v1/measurements/{corrected!["id"]}/history"))["items"]!.AsArray();
        Assert.Equal("corrected", (string)Assert.Single(history)!["change"]!);

        // After launch a correction shows beside the sealed baseline, not in it.
        var times = Kpi(await client.Get("/v1/projects/deploiement-crm/steering"), "processing-time");
        Assert.True((double)times["restatedBaseline"]! < (double)times["baseline"]!);
    }

    [Fact]
    public async Task Its_French_sentences_count_in_French()
    {
        var volumes = new HashSet<string>();
        foreach (var project in new[] { "paiement-en-ligne", "refonte-site", "deploiement-crm", "campagne-sea" })
        {
            var kpis = (await world.Client.Get($"/v1/projects/{project}/steering?lang=fr"))["kpis"]!.AsArray();
            volumes.UnionWith(kpis.Select(kpi => Volume().Match((string)kpi!["detectableText"]!).Groups[1].Value));
        }

        Assert.Equal(["", "commandes", "devis", "dossiers", "factures", "paiements", "prospects", "sessions"], volumes.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("steering")]
    [InlineData("pack")]
    public async Task Its_reasons_name_chance_where_it_is_reckoned(string answer)
    {
        var reasons = (await world.Client.Get($"/v1/projects/campagne-sea/{answer}?lang=en"))["reasons"]!.AsArray().ToDictionary(reason => (string)reason!["kpi"]!, reason => (string)reason!["text"]!);
        Assert.EndsWith(", beyond the tolerance and beyond chance.", reasons["cost-per-lead"], StringComparison.Ordinal);
        Assert.EndsWith(", beyond the tolerance.", reasons["project-roi"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_warning_calls_the_activity_by_name() =>
        Assert.Contains(
            "L'activité « Atelier et réparation » n'a pas d'étoile polaire.",
            (await world.Client.Get("/v1/portfolio?lang=fr"))["warnings"]!.AsArray().Select(warning => (string)warning!["message"]!));

    [Fact]
    public async Task The_same_day_gives_the_same_facts()
    {
        await using var app = await KpiApp.Start(ReadDemo.Today);
        var again = await Seeded(app, ReadDemo.Today);
        Assert.Equal(await world.Client.GetText("/v1/portfolio"), await again.GetText("/v1/portfolio"));
    }

    [Fact]
    public async Task A_second_start_keeps_the_data_and_replaces_the_keys()
    {
        var (first, output) = await Run(fresh: false);
        var reader = Keys(output)[0];
        Assert.Equal(HttpStatusCode.OK, await Status(first, reader, "/v1/portfolio"));
        Assert.Equal(HttpStatusCode.OK, await Status(first, Keys(output)[1], "/v1/measurements"));
        Assert.Equal(HttpStatusCode.Forbidden, await Status(first, Keys(output)[1], "/v1/portfolio"));
        await Post(first, Keys(output)[2], """{"code":"kept","name":"Kept"}""");
        await End(first);

        var (second, again) = await Run(fresh: false);
        await using (second)
        {
            Assert.Empty(Keys(output).Intersect(Keys(again)));
            Assert.All(await Task.WhenAll(Keys(output).Select(key => Status(second, key, "/v1/activities"))), status => Assert.Equal(HttpStatusCode.Unauthorized, status));
            Assert.Equal(HttpStatusCode.OK, await Status(second, Keys(again)[0], "/v1/activities/kept"));
        }
    }

    [Fact]
    public async Task Fresh_makes_it_anew()
    {
        var (first, output) = await Run(fresh: false);
        await Post(first, Keys(output)[2], """{"code":"kept","name":"Kept"}""");
        await End(first);

        var (second, again) = await Run(fresh: true);
        await using (second)
        {
            Assert.Equal(HttpStatusCode.NotFound, await Status(second, Keys(again)[0], "/v1/activities/kept"));
            Assert.Equal(HttpStatusCode.OK, await Status(second, Keys(again)[0], "/v1/projects/paiement-en-ligne/steering"));
        }
    }

    [Fact]
    public async Task It_prints_the_reader_key_first_and_leaves_only_the_database()
    {
        var (app, output) = await Run(fresh: false);
        await using (app)
        {
            Assert.Equal(["reader", "writer", "manager", "admin"], KeyLine().Matches(output).Select(match => match.Groups[1].Value));
            Assert.Contains("/swagger", output, StringComparison.Ordinal);
            Assert.DoesNotContain(_folder.GetFiles(), file => file.Name.Contains("mak", StringComparison.Ordinal) || file.Name.Contains("made", StringComparison.Ordinal));
        }
    }

    [BashFact]
    public async Task Its_import_commands_can_be_copied_and_fill_the_project_that_waits()
    {
        var (app, output) = await Run(fresh: false);
        await using (app)
        {
            var commands = output.Split('\n').Where(line => line.Contains(" import ", StringComparison.Ordinal)).Select(line => line.TrimEnd()).ToList();
            Assert.Equal(2, commands.Count);
            using var folder = new ProgramFolder();
            async Task<(int Code, string Output, string Error)> Paste(string command) => await folder.StartOther("bash", "-c", $"dotnet() {{ \"$KPIAPI_HOST\" \"$@\"; }}; {command}").End();

            var orders = await Paste(commands[0]);
            Assert.True(orders.Code == FileImport.SomeRefused, orders.Output + orders.Error);
            Assert.Contains(" 0 corrected, 0 unchanged, 1 refused.", orders.Output, StringComparison.Ordinal);
            Assert.Matches(@"line 22, column 5: numerator must be a number in the form of the profile: 1 234,5\.\r?\n    CMD-4120;\d\d/\d\d/\d{4};.*;à confirmer", orders.Output);
            Assert.Contains("0 new, 0 corrected", (await Paste(commands[0])).Output, StringComparison.Ordinal);
            var entries = await Paste(commands[1]);
            Assert.True(entries.Code == 0, entries.Output + entries.Error);
            Assert.Contains("4 rows of demo-fec.txt: 4 new", entries.Output, StringComparison.Ordinal);

            using var http = Client(app, Keys(output)[0]);
            var baseline = JsonNode.Parse(await http.GetStringAsync($"/v1/projects/{DemoFiles.Project}/baseline"))!.ToJsonString();
            Assert.Contains("\"coverageDays\":30", baseline, StringComparison.Ordinal);
            var roi = JsonNode.Parse(await http.GetStringAsync($"/v1/projects/{DemoFiles.Project}/roi"))!;
            Assert.Equal((600.0, 2970.5), ((double)roi["gain"]!, (double)roi["cost"]!));
            var facts = JsonNode.Parse(await http.GetStringAsync($"/v1/measurements?project={DemoFiles.Project}&kpi=average-order-value&limit=1"))!["items"]![0]!;
            // Accents came through.
            Assert.Matches("^(Société Dupré|Ateliers de l’Été|Café Noël|Garage Lefèvre|Hôtel du Châtelet)$", (string)facts["note"]!);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_database_with_other_organisations_is_left_alone(bool fresh)
    {
        await using (var app = await Server.Deployed(Settings, CancellationToken.None))
        {
            await app.Services.GetOrganisations().Create("acme", "Acme", "Europe/Paris", CancellationToken.None);
        }

        var refusal = await Assert.ThrowsAsync<ConfigurationException>(() => Run(fresh));
        Assert.Contains("ConnectionStrings:Kpi", refusal.Message, StringComparison.Ordinal);
        await using var after = await Server.Deployed(Settings, CancellationToken.None);
        Assert.NotNull(await after.Services.GetOrganisations().IdOf("acme", CancellationToken.None));
        Assert.Null(await after.Services.GetOrganisations().IdOf(DemoData.OrganisationCode, CancellationToken.None));
    }

    [Fact]
    public async Task Seeding_that_fails_says_why_and_leaves_no_file()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Demo.Start(Settings, fresh: false, TextWriter.Null, stop.Token));
        Assert.Empty(_folder.GetFiles());

        await using var app = await KpiApp.Start("2026-02-02");
        var reader = await app.Organisation("demo", Role.Reader);
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => DemoData.Seed(reader.Http, new DateOnly(2026, 2, 2), CancellationToken.None));
        Assert.Contains("403", failure.Message, StringComparison.Ordinal);
    }

    private string[] Settings => [$"--ConnectionStrings:Kpi=Data Source={Path.Combine(_folder.FullName, "demo.db")}", "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=None"];

    internal static async Task<KpiClient> Seeded(KpiApp app, string today)
    {
        var client = await app.Organisation(DemoData.OrganisationCode, Role.Manager, DemoData.TimeZone);
        await DemoData.Seed(client.Http, DateOnly.ParseExact(today, "yyyy-MM-dd", CultureInfo.InvariantCulture), CancellationToken.None);
        return client;
    }

    /// <summary>The method's example: AOV +12 %, reminder calls 3 → 1.2 per invoice, ROI 2.4 : 1, continue.</summary>
    private static async Task Finished(KpiClient client, string today)
    {
        var project = await client.Get("/v1/projects/paiement-en-ligne");
        Assert.Equal("closed", (string)project["status"]!);
        Assert.True(string.CompareOrdinal((string)project["endsOn"]!, today) < 0);

        var steering = await client.Get("/v1/projects/paiement-en-ligne/steering");
        Assert.Equal("continue", (string)steering["recommendation"]!);
        Assert.Equal(["instant-payment-rate", "average-order-value", "reminder-calls-per-invoice"], steering["kpis"]!.AsArray().Select(kpi => (string)kpi!["kpi"]!));
        Assert.All(steering["kpis"]!.AsArray(), kpi =>
        {
            Assert.Equal("achieved", (string)kpi!["outcome"]!);
            Assert.Equal("clear", (string)kpi["evidence"]!);
            Assert.Equal("on_track", (string)kpi["currentStatus"]!);
            Assert.Equal(30, (int)kpi["coverageDays"]!);
        });
        Assert.Equal(0.12, (double)Kpi(steering, "average-order-value")["changePct"]!, 1e-9);
        Assert.Equal(3.0, (double)Kpi(steering, "reminder-calls-per-invoice")["baseline"]!, 1e-9);
        Assert.Equal(1.2, (double)Kpi(steering, "reminder-calls-per-invoice")["final"]!, 1e-9);

        var roi = await client.Get("/v1/projects/paiement-en-ligne/roi");
        Assert.Equal(2.4, (double)roi["ratio"]!, 1e-9);
        Assert.True((bool)roi["reached"]!);
        Assert.Equal(5000, (double)roi["byEvidence"]!["invoiced"]!["cost"]!);
        Assert.Equal(12000, (double)roi["byEvidence"]!["measured"]!["gain"]! + (double)roi["byEvidence"]!["estimated"]!["gain"]!);
    }

    private static async Task Running(KpiClient client, string project, string recommendation, params (string Kpi, string Status)[] statuses)
    {
        var steering = await client.Get($"/v1/projects/{project}/steering");
        Assert.Equal("running", (string)steering["status"]!);
        Assert.Equal(recommendation, (string)steering["recommendation"]!);
        Assert.Equal(statuses, steering["kpis"]!.AsArray().Select(kpi => ((string)kpi!["kpi"]!, (string)kpi["currentStatus"]!)));
        // A status near its limit would be another one on another day: half a percent is kept clear on both sides.
        foreach (var kpi in steering["kpis"]!.AsArray())
        {
            var judged = kpi!["weeks"]!.AsArray().Last(week => !(bool)week!["provisional"]!);
            var drift = (double)judged!["drift"]!;
            Assert.True(Math.Abs(drift) > 0.005 && Math.Abs(drift + (double)kpi["tolerance"]!) > 0.005, $"{project} {kpi["kpi"]}: drift {drift}");
        }
    }

    private static async Task<string> Effect(KpiClient client, string project, string kpi)
    {
        var adjusted = (await client.Get($"/v1/projects/{project}/reviews"))["items"]!.AsArray().First(review => (string)review!["decision"]! == "adjust")!;
        return (string)adjusted["effects"]!.AsArray().Single(effect => (string)effect!["kpi"]! == kpi)!["effect"]!;
    }

    private static JsonNode Kpi(JsonNode steering, string kpi) => steering["kpis"]!.AsArray().Single(item => (string)item!["kpi"]! == kpi)!;

    private static string[] Keys(string output) => [.. KeyLine().Matches(output).Select(match => match.Groups[2].Value)];

    private async Task<(WebApplication App, string Output)> Run(bool fresh)
    {
        using var output = new StringWriter();
        var app = await Demo.Start(Settings, fresh, output, CancellationToken.None);
        return (app, output.ToString());
    }

    // As a process that ends: it takes its pooled connections with it.
    private static async Task End(WebApplication app)
    {
        await app.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }

    private static async Task<HttpStatusCode> Status(WebApplication app, string key, string path)
    {
        using var http = Client(app, key);
        using var response = await http.GetAsync(path);
        return response.StatusCode;
    }

    private static async Task Post(WebApplication app, string key, string activity)
    {
        using var http = Client(app, key);
        using var body = new StringContent(activity, System.Text.Encoding.UTF8, "application/json");
        using var response = await http.PostAsync("/v1/activities", body);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    private static HttpClient Client(WebApplication app, string key)
    {
        var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        http.DefaultRequestHeaders.Add(ApiKeyAuthentication.HeaderName, key);
        return http;
    }

    [GeneratedRegex(@"^  (reader|writer|manager|admin) +(kpi_\w+)", RegexOptions.Multiline)]
    private static partial Regex KeyLine();

    [GeneratedRegex(@" (\w+) par mois")]
    private static partial Regex Volume();
}

file static class Services
{
    public static OrganisationStore GetOrganisations(this IServiceProvider services) => (OrganisationStore)services.GetService(typeof(OrganisationStore))!;
}

/// <summary>A demo that is only read.</summary>
public sealed class ReadDemo : IAsyncLifetime
{
    public const string Today = "2026-02-02";

    private KpiApp? _app;

    internal KpiClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _app = await KpiApp.Start(Today);
        Client = await DemoTests.Seeded(_app, Today);
    }

    public async Task DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }
}
