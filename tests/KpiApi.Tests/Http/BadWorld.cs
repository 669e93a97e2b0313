using KpiApi.Tests.Support;

namespace KpiApi.Tests.Http;

/// <summary>One organisation on 2 February 2026 with a project in every state, shared by tests that must not change it.</summary>
public sealed class BadWorld : IAsyncLifetime
{
    internal KpiApp App { get; private set; } = null!;

    internal KpiClient Client { get; private set; } = null!;

    internal long MeasurementId { get; private set; }

    internal long LedgerEntryId { get; private set; }

    internal long ReviewId { get; private set; }

    public async Task InitializeAsync()
    {
        App = await KpiApp.Start("2026-02-02");
        Client = await App.Organisation();
        await Fill(Client);
        MeasurementId = (long)(await Client.Get("/v1/measurements?project=running&limit=1"))["items"]![0]!["id"]!;
        LedgerEntryId = (long)(await Client.Get("/v1/projects/running/ledger"))["items"]![0]!["id"]!;
        ReviewId = (long)(await Client.Get("/v1/projects/running/reviews"))["items"]![0]!["id"]!;
    }

    public async Task DisposeAsync() => await App.DisposeAsync();

    internal static async Task Fill(KpiClient client)
    {
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await client.Post("/v1/activities", new { code = "web", name = "Web" });
        await Kpi(client, "rate", "ratio", "increase", 0.1);
        await Kpi(client, "spare", "ratio", "increase", 0.1);
        await Kpi(client, "orders", "sum", "increase", 0.1, perDays: 30);
        await Kpi(client, "tickets", "last", "decrease", -0.1);
        await client.Put("/v1/activities/shop/north-star", new { kpi = "rate", purpose = "Grow" });

        await Project(client, "draft", "2026-01-10", "rate", "orders", "project-roi");
        await Project(client, "room", "2026-01-10", "project-roi", "tickets");
        await Project(client, "bare", "2026-01-15", "rate", "orders");
        await Project(client, "zero", "2026-01-10", "tickets");
        await Project(client, "running", "2026-01-01", "rate", "orders", "project-roi");
        await Project(client, "closed", "2026-01-01", "rate", "orders");
        await Project(client, "late", "2026-02-01");
        await client.Post("/v1/projects/late/kpis", new { kpi = "rate", purpose = "p", lagDays = 5 });
        await client.Post("/v1/projects/late/kpis", new { kpi = "orders", purpose = "p", lagDays = 3 });
        await Project(client, "future", "2026-03-01");
        await client.Post("/v1/projects/future/kpis", new { kpi = "rate", purpose = "p", declaredBaseline = new { value = 0.2, note = "a guess" } });

        foreach (var project in new[] { "draft", "running", "closed", "late" })
        {
            await client.Post("/v1/measurements", new[] { "2025-12-20", "2025-12-30", "2026-01-05" }.SelectMany(date => new object[]
            {
                new { project, kpi = "rate", date, numerator = 3, denominator = 10 },
                new { project, kpi = "orders", date, value = 7 },
            }));
        }

        await client.Post("/v1/measurements", new { project = "zero", kpi = "tickets", date = "2026-01-05", value = 0 });
        await client.Post("/v1/measurements", new { activity = "shop", kpi = "rate", date = "2026-01-05", numerator = 1, denominator = 4 });
        await client.Post("/v1/projects/running/ledger", new { kind = "cost", category = "licence", amount = 100, date = "2026-01-02", externalId = "c1" });
        await client.Post("/v1/projects/running/launch", null);
        await client.Post("/v1/projects/running/reviews", new { reviewedOn = "2026-01-25", kind = "weekly", decision = "adjust", actions = new[] { new { text = "Call them back", owner = "Nadia", dueOn = "2026-01-30" } } });
        await client.Post("/v1/projects/closed/launch", null);
        await client.Post("/v1/projects/closed/close", new { closedOn = "2026-01-20" });
    }

    internal static Task Kpi(KpiClient client, string code, string aggregation, string direction, double threshold, int? perDays = null) => client.Post(
        "/v1/kpis",
        new { code, name = new { fr = code }, domain = "sales", unit = "count", direction, aggregation, perDays, threshold = new { kind = "relative", value = threshold } });

    internal static async Task Project(KpiClient client, string code, string startsOn, params string[] kpis)
    {
        await client.Post("/v1/projects", new { code, name = code, activity = "shop", startsOn, currency = "EUR" });
        foreach (var kpi in kpis)
        {
            await client.Post($"/v1/projects/{code}/kpis", new { kpi, purpose = "because" });
        }
    }
}
