using System.Net;
using KpiApi.Access;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Http;

/// <summary>A correction keeps what was there: when, who, why, and the old day.</summary>
public class MeasurementHistoryTests
{
    [Fact]
    public async Task History_tells_what_was_there_when_who_changed_it_and_why()
    {
        await using var app = await KpiApp.Start("2026-02-02T10:00:00Z");
        var admin = await Site(app);
        var writer = await app.Client(admin.OrganisationId, Role.Writer);
        await admin.Post("/v1/measurements", new { project = "site", kpi = "rate", date = "2026-01-10", numerator = 1, denominator = 4, source = "erp", externalId = "x", note = "first" });
        var fact = Assert.Single((await admin.Get("/v1/measurements"))["items"]!.AsArray())!;
        Assert.Empty((await admin.Get($"/v1/measurements/{fact["id"]}/history"))["items"]!.AsArray());

        app.Time.Advance(TimeSpan.FromHours(1));
        var receipt = await writer.Post("/v1/measurements", new { project = "site", kpi = "rate", date = "2026-01-12", numerator = 2, denominator = 4, source = "erp", externalId = "x", note = "late invoice" });
        Assert.Equal((0, 1), ((int)receipt["inserted"]!, (int)receipt["corrected"]!));

        var corrected = Assert.Single((await admin.Get("/v1/measurements"))["items"]!.AsArray())!;
        Assert.Equal((fact["id"]!.ToJsonString(), "2026-01-12", 2.0), (corrected["id"]!.ToJsonString(), (string)corrected["date"]!, (double)corrected["numerator"]!));
        var state = Assert.Single((await writer.Get($"/v1/measurements/{fact["id"]}/history"))["items"]!.AsArray())!;
        Assert.Equal(("corrected", "2026-01-10", 1.0, 4.0, "first"), ((string)state["change"]!, (string)state["date"]!, (double)state["numerator"]!, (double)state["denominator"]!, (string)state["note"]!));
        Assert.Equal("late invoice", (string)state["reason"]!);
        Assert.Equal(("2026-02-02T10:00:00.000Z", "2026-02-02T11:00:00.000Z"), ((string)state["recordedAtUtc"]!, (string)state["changedAtUtc"]!));
        Assert.Equal((KeyId(admin), KeyId(writer)), ((string)state["recordedBy"]!, (string)state["changedBy"]!));
        // The secret of a key is nowhere.
        Assert.DoesNotContain(writer.Http.DefaultRequestHeaders.GetValues("X-Api-Key").Single(), state.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_fact_again_is_no_correction()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        var body = new { project = "site", kpi = "rate", date = "2026-01-10", numerator = 1.5, denominator = 4 };
        await client.Post("/v1/measurements", body);
        var before = await client.GetText("/v1/measurements");
        app.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, (int)(await client.Post("/v1/measurements", body))["unchanged"]!);
        // Written otherwise, rounded to the same.
        Assert.Equal(1, (int)(await client.Post("/v1/measurements", """{"project":"site","kpi":"rate","date":"2026-01-10","numerator":15.0000004e-1,"denominator":0.4E1}"""))["unchanged"]!);
        Assert.Equal(before, await client.GetText("/v1/measurements"));
        Assert.Equal(0, await Tables.Count(app, "MeasurementHistory"));
    }

    [Fact]
    public async Task The_history_of_a_deleted_fact_stays_and_the_fact_posted_again_is_a_new_one()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        var body = new { project = "site", kpi = "rate", date = "2026-01-10", numerator = 1, denominator = 4, externalId = "x" };
        await client.Post("/v1/measurements", body);
        var id = Assert.Single((await client.Get("/v1/measurements"))["items"]!.AsArray())!["id"]!.ToJsonString();
        app.Time.Advance(TimeSpan.FromHours(1));
        await client.Delete($"/v1/measurements/{id}");
        await client.Get($"/v1/measurements/{id}", HttpStatusCode.NotFound);
        await Problems.Of(await client.Http.DeleteAsync($"/v1/measurements/{id}"), 404, "not-found");
        var state = Assert.Single((await client.Get($"/v1/measurements/{id}/history"))["items"]!.AsArray())!;
        Assert.Equal(("deleted", "2026-01-10", 1.0, KeyId(client)), ((string)state["change"]!, (string)state["date"]!, (double)state["numerator"]!, (string)state["changedBy"]!));

        Assert.Equal(1, (int)(await client.Post("/v1/measurements", body))["inserted"]!);
        var again = Assert.Single((await client.Get("/v1/measurements"))["items"]!.AsArray())!["id"]!.ToJsonString();
        Assert.NotEqual(id, again);
        Assert.Empty((await client.Get($"/v1/measurements/{again}/history"))["items"]!.AsArray());
        Assert.Single((await client.Get($"/v1/measurements/{id}/history"))["items"]!.AsArray());
    }

    [Fact]
    public async Task Source_and_externalId_are_the_identity_and_the_day_or_instant_stands_for_a_missing_one()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        object[] facts =
        [
            new { project = "site", kpi = "rate", date = "2026-01-10", numerator = 1, denominator = 4 },
            new { project = "site", kpi = "rate", date = "2026-01-10", numerator = 2, denominator = 4, source = "crm" },
            new { project = "site", kpi = "rate", date = "2026-01-10", numerator = 3, denominator = 4, externalId = "x" },
            new { project = "site", kpi = "rate", date = "2026-01-11", numerator = 4, denominator = 4 },
            new { project = "site", kpi = "rate", timestamp = "2026-01-10T08:00:00Z", numerator = 5, denominator = 4 },
            new { project = "site", kpi = "rate", timestamp = "2026-01-10T09:00:00Z", numerator = 6, denominator = 4 },
        ];
        Assert.Equal(6, (int)(await client.Post("/v1/measurements", facts))["inserted"]!);
        Assert.Equal(6, (int)(await client.Post("/v1/measurements", facts))["unchanged"]!);
        // The default of externalId is the date; the same instant in another offset is the same fact.
        Assert.Equal(1, (int)(await client.Post("/v1/measurements", new { project = "site", kpi = "rate", date = "2026-01-10", numerator = 7, denominator = 4, source = "api", externalId = "2026-01-10" }))["corrected"]!);
        Assert.Equal(1, (int)(await client.Post("/v1/measurements", new { project = "site", kpi = "rate", timestamp = "2026-01-10T09:00:00+01:00", numerator = 5, denominator = 4 }))["unchanged"]!);
        Assert.Equal(6, await Tables.Count(app, "Measurement"));
    }

    [Fact]
    public async Task The_list_is_filtered_by_what_the_contract_names()
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        await client.Put("/v1/activities/shop/north-star", new { kpi = "rate", purpose = "p" });
        await client.Post("/v1/measurements", new object[]
        {
            new { project = "site", kpi = "rate", date = "2026-01-10", numerator = 1, denominator = 4, externalId = "a" },
            new { project = "site", kpi = "rate", date = "2026-01-11", numerator = 1, denominator = 4, externalId = "b", source = "crm" },
            new { project = "site", kpi = "orders", date = "2026-01-12", value = 1, externalId = "a" },
            new { activity = "shop", kpi = "rate", date = "2026-01-13", numerator = 1, denominator = 4, externalId = "a" },
        });
        foreach (var (query, days) in new[]
        {
            ("", "10 11 12 13"), ("project=site", "10 11 12"), ("activity=shop", "13"), ("kpi=rate", "10 11 13"), ("project=site&kpi=orders", "12"), ("from=2026-01-11", "11 12 13"), ("to=2026-01-11", "10 11"),
            ("from=2026-01-11&to=2026-01-12", "11 12"), ("source=crm", "11"), ("externalId=a", "10 12 13"), ("source=api&externalId=a&project=site", "10 12"), ("source=api&externalId=a&from=2026-01-11", "12 13"), ("project=absent", ""),
        })
        {
            var listed = (await client.Get("/v1/measurements?" + query))["items"]!.AsArray().Select(fact => ((string)fact!["date"]!)[8..]);
            Assert.True(days == string.Join(' ', listed), $"{query}: {string.Join(' ', listed)}");
        }
    }

    private static string KeyId(KpiClient client) => client.Http.DefaultRequestHeaders.GetValues("X-Api-Key").Single().Split('_')[1];

    private static async Task<KpiClient> Site(KpiApp app)
    {
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "rate", "ratio", "increase", 0.1);
        await BadWorld.Kpi(client, "orders", "sum", "increase", 0.1, perDays: 30);
        await BadWorld.Project(client, "site", "2026-01-10", "rate", "orders");
        return client;
    }
}
