using KpiApi.Tests.Support;

namespace KpiApi.Tests.Measurements;

/// <summary>Which day a fact belongs to, and which fact of a day is the last.</summary>
public class BusinessDayTests
{
    [Theory]
    [InlineData("Europe/Paris", "2025-03-29T22:59:59Z", "2025-03-29")]
    [InlineData("Europe/Paris", "2025-03-29T23:00:00Z", "2025-03-30")] // winter: UTC+1
    [InlineData("Europe/Paris", "2025-03-30T21:59:59Z", "2025-03-30")] // summer since 2 o'clock: UTC+2
    [InlineData("Europe/Paris", "2025-03-30T22:00:00Z", "2025-03-31")]
    [InlineData("Europe/Paris", "2025-10-26T22:30:00Z", "2025-10-26")] // winter again: a day of 25 hours
    [InlineData("Europe/Paris", "2025-10-26T23:00:00Z", "2025-10-27")]
    [InlineData("Europe/Paris", "2025-12-31T23:30:00Z", "2026-01-01")]
    [InlineData("America/Martinique", "2025-06-01T03:59:59Z", "2025-05-31")]
    [InlineData("Pacific/Noumea", "2025-06-01T13:00:00Z", "2025-06-02")]
    [InlineData("Europe/Paris", "2025-06-01T00:30:00+02:00", "2025-06-01")]
    [InlineData("Europe/Paris", "2025-06-01T00:30:00+14:00", "2025-05-31")]
    public async Task An_instant_belongs_to_the_day_of_the_organisation(string timeZone, string timestamp, string date)
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation(timeZone: timeZone);
        await Stock(client);
        await client.Post("/v1/measurements", new { project = "p", kpi = "stock", timestamp, value = 1 });
        Assert.Equal(date, (string?)(await client.Get("/v1/measurements"))["items"]![0]!["date"]);
    }

    [Theory]
    [InlineData("2025-06-01T21:59:59.99999999Z", "2025-06-01T21:59:59.9999999Z")] // eight decimals, a moment before midnight in Paris
    [InlineData("2025-06-01T23:59:59.999999999+02:00", "2025-06-01T21:59:59.9999999Z")]
    [InlineData("2025-06-01T10:00:00.123456789Z", "2025-06-01T10:00:00.1234567Z")]
    public async Task Decimals_of_a_second_beyond_the_seventh_are_cut_off_and_move_no_day(string timestamp, string stored)
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await Stock(client);
        await client.Post("/v1/measurements", new { project = "p", kpi = "stock", timestamp, value = 1 });
        var fact = (await client.Get("/v1/measurements"))["items"]![0]!;
        Assert.Equal(("2025-06-01", stored, stored), ((string)fact["date"]!, (string)fact["timestamp"]!, (string)fact["externalId"]!));
    }

    [Fact]
    public async Task The_last_fact_of_a_day_is_the_latest_instant_then_the_greatest_source_then_the_greatest_id()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await Stock(client);
        async Task<double> Post(double value, string? timestamp, string source, string? externalId)
        {
            await client.Post("/v1/measurements", new { project = "p", kpi = "stock", date = timestamp is null ? "2025-06-02" : null, timestamp, value, source, externalId });
            return (double)(await client.Get("/v1/projects/p/kpis/stock/series?from=2025-06-02&to=2025-06-02"))["points"]![0]!["value"]!;
        }

        Assert.Equal(1, await Post(1, null, "b", "m"));
        Assert.Equal(1, await Post(2, null, "a", "z")); // a smaller source
        Assert.Equal(3, await Post(3, null, "b", "n")); // a greater id
        Assert.Equal(3, await Post(4, null, "b", "Z")); // binary order: Z comes before m
        Assert.Equal(5, await Post(5, null, "c", "a"));
        Assert.Equal(6, await Post(6, "2025-06-02T00:00:00+02:00", "a", "x")); // any instant comes after a plain date
        Assert.Equal(7, await Post(7, "2025-06-02T08:00:00.0000001+02:00", "a", "y"));
        Assert.Equal(7, await Post(8, "2025-06-02T06:00:00Z", "z", "z")); // a tenth of a microsecond earlier
        Assert.Equal(9, await Post(9, "2025-06-02T06:00:00.0000001Z", "b", "a")); // the same instant, a greater source
    }

    [Fact]
    public async Task The_last_value_is_read_again_when_it_is_corrected_moved_or_deleted()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await Stock(client);
        async Task<(double? First, double? Second)> Values()
        {
            var points = (await client.Get("/v1/projects/p/kpis/stock/series?from=2025-06-02&to=2025-06-03"))["points"]!.AsArray();
            return ((double?)points[0]!["value"], (double?)points[1]!["value"]);
        }

        Task Post(double value, string date, string id) => client.Post("/v1/measurements", new { project = "p", kpi = "stock", date, value, externalId = id });
        await Post(1, "2025-06-02", "a");
        await Post(2, "2025-06-02", "b");
        Assert.Equal((2, null), await Values());
        await Post(3, "2025-06-02", "b");
        Assert.Equal((3, null), await Values());
        await Post(3, "2025-06-03", "b");
        Assert.Equal((1, 3), await Values());
        var id = (long)(await client.Get("/v1/measurements?project=p&kpi=stock&source=api&externalId=a"))["items"]![0]!["id"]!;
        await client.Delete($"/v1/measurements/{id}");
        Assert.Equal((null, 3), await Values());
    }

    [Fact]
    public async Task An_instant_is_one_identity_however_it_is_written()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await Stock(client);
        await client.Post("/v1/measurements", new { project = "p", kpi = "stock", timestamp = "2025-06-02T08:00:00+02:00", value = 1 });
        var receipt = await client.Post("/v1/measurements", new { project = "p", kpi = "stock", timestamp = "2025-06-02T06:00:00.000Z", value = 2 });
        Assert.Equal(1, (int)receipt["corrected"]!);
    }

    private static async Task Stock(KpiClient client)
    {
        await client.Post("/v1/activities", new { code = "a", name = "A" });
        await client.Post("/v1/kpis", new { code = "stock", name = new { en = "Stock" }, domain = "d", unit = "count", direction = "decrease", aggregation = "last", threshold = new { kind = "absolute", value = 5 } });
        await client.Post("/v1/projects", new { code = "p", name = "P", activity = "a", startsOn = "2025-06-20", currency = "EUR" });
        await client.Post("/v1/projects/p/kpis", new { kpi = "stock", purpose = "to measure" });
    }
}
