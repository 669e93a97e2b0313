using KpiApi.Tests.Http;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Reviews;

/// <summary>Projects that a pack has to be made of: an ordinary one, and what nobody would think of.</summary>
internal static class PackWorld
{
    public const string Hostile = "<script>alert(1)</script>\"'&<b onclick=x>";

    /// <summary>Started on 3 March 2025, 90 days; launched; facts up to 31 May; paid back on 5 May.</summary>
    public static async Task Ordinary(KpiClient client)
    {
        await client.Post("/v1/activities", new { code = "sales", name = "Ventes" });
        await client.Post("/v1/projects", new { code = "crm", name = "Déploiement du CRM", activity = "sales", startsOn = "2025-03-03", currency = "EUR", objective = "Signer davantage de devis" });
        await client.Post("/v1/projects/crm/kpis", new { kpi = "quote-to-order-rate", purpose = "Relancer chaque devis" });
        await client.Post("/v1/projects/crm/kpis", new { kpi = "processing-time", purpose = "Répondre plus vite" });
        await client.Post("/v1/projects/crm/kpis", new { kpi = "project-roi", purpose = "Rentabiliser le CRM" });
        var first = new DateOnly(2025, 2, 1);
        await client.Post("/v1/measurements", Enumerable.Range(0, 120).SelectMany(day => new object[]
        {
            new { project = "crm", kpi = "quote-to-order-rate", date = first.AddDays(day), numerator = 5 + (day % 3) + (day / 40), denominator = 24 },
            new { project = "crm", kpi = "processing-time", date = first.AddDays(day), numerator = 600 - day + (7 * (day % 4)), denominator = 12 },
        }));
        await Ledger(client, "crm", ("cost", 1200, "2025-03-03"), ("gain", 400, "2025-03-31"), ("cost", 300, "2025-04-10"), ("gain", 600, "2025-04-30"), ("gain", 1400, "2025-05-05"), ("gain", 350.5, "2025-05-28"));
        await client.Post("/v1/projects/crm/launch", new { });
    }

    /// <summary>Everything as long, as large and as negative as the API takes it, over 14 months.</summary>
    public static async Task Extreme(KpiClient client)
    {
        await client.Post("/v1/activities", new { code = "extreme", name = Long(200, "W") });
        foreach (var (kpi, unit) in new[] { ("long-a", "currency"), ("long-b", "percent"), ("long-c", "hours") })
        {
            await client.Post("/v1/kpis", new { code = kpi, name = new { fr = Hostile + Long(150, "m"), en = Hostile + Long(150, "M") }, domain = "d", unit, direction = "decrease", aggregation = "ratio", denominatorLabel = Hostile, threshold = new { kind = "relative", value = -0.1 } });
        }

        await client.Post("/v1/projects", new { code = "extreme", name = (Hostile + Long(200, "W"))[..200], activity = "extreme", startsOn = "2024-01-15", currency = "XOF", objective = Long(2000, "objectif "), horizonDays = 365, reviewCadenceDays = 7 });
        foreach (var kpi in new[] { "long-a", "long-b", "long-c" })
        {
            await client.Post("/v1/projects/extreme/kpis", new { kpi, purpose = Hostile + Long(900, "p") });
        }

        var first = new DateOnly(2023, 12, 16);
        foreach (var part in Enumerable.Range(0, 390).Chunk(130))
        {
            await client.Post("/v1/measurements", part.SelectMany(day => new object[]
            {
                new { project = "extreme", kpi = "long-a", date = first.AddDays(day), numerator = -999_999_999.25 + (day * 1234.5), denominator = 0.001 },
                new { project = "extreme", kpi = "long-b", date = first.AddDays(day), numerator = day % 50 == 0 ? -1000 : 1, denominator = 3 },
                new { project = "extreme", kpi = "long-c", date = first.AddDays(day), numerator = day < 200 ? 0.000001 : 0.000003, denominator = 1 },
            }));
        }

        await Ledger(client, "extreme", ("cost", 98_765_432_100.25, "2024-01-20"), ("gain", -12_345_678_901.5, "2024-06-02"), ("gain", 45_678, "2024-12-30"));
        await client.Post("/v1/projects/extreme/launch", new { });
        foreach (var day in Enumerable.Range(1, 8))
        {
            await client.Post("/v1/projects/extreme/reviews", new
            {
                reviewedOn = new DateOnly(2024, 12, 2 * day),
                kind = "weekly",
                decision = day % 2 == 0 ? "adjust" : "stop",
                note = Hostile + Long(1900, "n"),
                actions = Enumerable.Range(1, 6).Select(action => new { text = Hostile + Long(900, "a"), owner = Hostile + Long(150, "o"), dueOn = new DateOnly(2024, 12, 18).AddDays(action) }),
            });
        }
    }

    /// <summary>Launched, and nothing else: no history, no fact, no entry.</summary>
    public static async Task Bare(KpiClient client)
    {
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Project(client, "bare", "2025-03-03", "quote-to-order-rate");
        await BadWorld.Project(client, "none", "2025-03-03");
        foreach (var project in new[] { "bare", "none" })
        {
            await client.Post($"/v1/projects/{project}/launch", new { allowMissingBaseline = true });
        }
    }

    public static Task Ledger(KpiClient client, string project, params (string Kind, double Amount, string Date)[] entries) => client.Post(
        $"/v1/projects/{project}/ledger",
        entries.Select((entry, index) => new { kind = entry.Kind, category = "c", amount = entry.Amount, date = entry.Date, externalId = $"{index}" }));

    private static string Long(int length, string what) => string.Concat(Enumerable.Repeat(what, (length / what.Length) + 1))[..length];
}
