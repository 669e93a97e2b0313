using System.Globalization;
using System.Text.Json.Nodes;
using KpiApi.Access;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Builder;

namespace KpiApi.Tests.Feeds.OData;

/// <summary>A company with a ratio KPI, a sum KPI, facts of some weeks and a ledger, and a reader of it.</summary>
internal sealed class ODataWorld : IAsyncDisposable
{
    private ODataWorld(KpiApp app, KpiClient admin, KpiClient reader, int facts) => (App, Admin, Reader, Facts) = (app, admin, reader, facts);

    public KpiApp App { get; }

    public KpiClient Admin { get; }

    public KpiClient Reader { get; }

    /// <summary>Facts that were posted.</summary>
    public int Facts { get; }

    public static async Task<ODataWorld> Make(Action<WebApplicationBuilder>? customise = null, params string[] settings)
    {
        var app = await KpiApp.Start(customise ?? (_ => { }), "2025-06-02", settings);
        var admin = await app.Organisation();
        await admin.Post("/v1/activities", new { code = "sales", name = "Ventes; \"Nantes\"" });
        await admin.Post("/v1/kpis", Kpi("rate", "ratio"));
        await admin.Post("/v1/kpis", Kpi("volume", "sum"));
        await admin.Post("/v1/projects", new { code = "crm", name = "CRM", activity = "sales", startsOn = "2025-03-03", currency = "EUR" });
        foreach (var kpi in (string[])["rate", "volume"])
        {
            await admin.Post("/v1/projects/crm/kpis", new { kpi, purpose = "Follow up" });
        }

        var facts = new JsonArray();
        for (var day = new DateOnly(2025, 2, 1); day < new DateOnly(2025, 5, 20); day = day.AddDays(1))
        {
            var date = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            if (day.DayNumber % 7 != 3)
            {
                facts.Add(new JsonObject { ["project"] = "crm", ["kpi"] = "rate", ["date"] = date, ["numerator"] = 5 + day.DayNumber % 9, ["denominator"] = 20 + day.DayNumber % 5 });
                facts.Add(new JsonObject { ["project"] = "crm", ["kpi"] = "volume", ["date"] = date, ["value"] = 3.5 + day.DayNumber % 4 });
            }
        }

        await admin.Post("/v1/measurements", facts);
        await admin.Post("/v1/projects/crm/launch", new { });
        await admin.Post("/v1/projects/crm/ledger", JsonNode.Parse("""
            [{"kind":"cost","category":"licences","amount":1200,"date":"2025-03-03","externalId":"c1"},
             {"kind":"gain","category":"margin","amount":2100.5,"date":"2025-04-04","externalId":"g1"}]
            """));
        return new ODataWorld(app, admin, await app.Client(admin.OrganisationId, Role.Reader), facts.Count);
    }

    public ValueTask DisposeAsync() => App.DisposeAsync();

    private static object Kpi(string code, string aggregation) => new
    {
        code,
        name = new { fr = code, en = code },
        domain = "sales",
        unit = "count",
        direction = "increase",
        aggregation,
        perDays = aggregation == "sum" ? 30 : (int?)null,
        threshold = new { kind = "relative", value = 0.1 },
    };
}
