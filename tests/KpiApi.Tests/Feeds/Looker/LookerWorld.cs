using System.Globalization;
using System.Text.Json.Nodes;
using KpiApi.Feeds;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Feeds.Looker;

/// <summary>One organisation on 2 February 2026 with every kind of KPI, two currencies, and names that are awkward to compare. Tests do not change it.</summary>
public sealed class LookerWorld : IAsyncLifetime
{
    private readonly Dictionary<string, IReadOnlyList<JsonObject>> _rows = [];

    internal KpiApp App { get; private set; } = null!;

    internal KpiClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        App = await KpiApp.Start("2026-02-02", "--Limits:RequestsPerSecond=100000", "--Limits:RequestBurst=100000");
        Client = await App.Organisation();
        var random = new Random(20260202);
        await Client.Post("/v1/activities", new { code = "shop", name = "Épicerie & Cie" });
        await Client.Post("/v1/activities", new { code = "b2b", name = "B2B | 100 %" });
        foreach (var (code, aggregation, direction, unit, threshold) in new[]
        {
            ("rate", "ratio", "increase", "percent", 0.1), ("basket", "ratio", "increase", "currency", 0.1), ("orders", "sum", "increase", "count", 0.2), ("tickets", "last", "decrease", "count", -0.2),
        })
        {
            await Client.Post("/v1/kpis", new
            {
                code,
                name = new { fr = "Le " + code, en = "The " + code },
                domain = code == "rate" ? "Sales_%" : "sales",
                unit,
                direction,
                aggregation,
                perDays = aggregation == "sum" ? 7 : (int?)null,
                threshold = new { kind = "relative", value = threshold },
            });
        }

        foreach (var (code, name, activity, startsOn, currency, kpis) in new (string, string, string, string, string, string[])[]
        {
            ("alpha", "Alpha", "shop", "2025-11-12", "EUR", ["rate", "orders", "tickets"]),
            ("beta", "Bêta | beta", "b2b", "2025-11-24", "USD", ["rate", "basket", "orders"]),
            ("gamma", "100 %_ Gamma", "shop", "2025-12-01", "EUR", ["basket", "project-roi"]),
            ("delta", "alpha", "b2b", "2026-03-02", "EUR", ["orders"]),
        })
        {
            await Client.Post("/v1/projects", new { code, name, activity, startsOn, currency, objective = code == "beta" ? null : "More\nof it." });
            foreach (var kpi in kpis)
            {
                await Client.Post($"/v1/projects/{code}/kpis", new { kpi, purpose = "Because of " + kpi });
            }

            await Client.Post("/v1/measurements", kpis.Where(kpi => kpi != "project-roi").SelectMany(kpi => Facts(random, code, kpi)).ToList());
            for (var entry = 0; entry < (code == "delta" ? 0 : 25); entry++)
            {
                await Client.Post($"/v1/projects/{code}/ledger", new
                {
                    kind = random.Next(3) == 0 ? "cost" : "gain",
                    category = random.Next(2) == 0 ? "licence" : "Licence",
                    amount = random.Next(-200, 2000) + 0.25,
                    date = Day(random.Next(110)),
                    evidence = new[] { "invoiced", "measured", "estimated" }[random.Next(3)],
                    label = random.Next(2) == 0 ? null : "a.b|c" + random.Next(3),
                    externalId = $"{code}-{entry}",
                });
            }

            if (code != "delta")
            {
                await Client.Post($"/v1/projects/{code}/launch", new { allowMissingBaseline = true, allowImmatureBaseline = true });
            }
        }

        await Client.Put("/v1/activities/shop/north-star", new { kpi = "rate", purpose = "Grow" });
        await Client.Post("/v1/measurements", Enumerable.Range(0, 40).Select(day => new { activity = "shop", kpi = "rate", date = Day(2 * day), numerator = random.Next(5), denominator = 10 }).ToList());
    }

    public async Task DisposeAsync() => await App.DisposeAsync();

    /// <summary>All rows of a feed as GET gives them.</summary>
    internal async Task<IReadOnlyList<JsonObject>> Rows(Feed feed)
    {
        if (!_rows.TryGetValue(feed.Url, out var rows))
        {
            _rows[feed.Url] = rows = (await Client.Get($"/v1/feeds/{feed.Url}")).AsArray().Select(row => row!.AsObject()).ToList();
        }

        return rows;
    }

    private static IEnumerable<object> Facts(Random random, string project, string kpi)
    {
        for (var day = 0; day < 120; day++)
        {
            if (random.Next(4) == 0)
            {
                continue;
            }

            yield return kpi is "orders" or "tickets"
                ? new { project, kpi, date = Day(day), value = random.Next(20) }
                : new { project, kpi, date = Day(day), numerator = random.Next(10) + 0.125, denominator = random.Next(9) };
        }
    }

    private static string Day(int number) => new DateOnly(2025, 10, 5).AddDays(number).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
