using System.Diagnostics;
using System.Globalization;
using System.Net;
using KpiApi.Tests.Http;
using KpiApi.Tests.Operations;
using Xunit.Abstractions;

namespace KpiApi.Tests.Durability;

/// <summary>
/// A full disk is told as 507, stores whole batches or nothing, leaves reading alone, and is over when there is room again (50-reliability U10).
/// KPI_LONG_FILLS sets how often it happens.
/// </summary>
public class DiskFullTests(ITestOutputHelper output)
{
    private static readonly int Fills = int.TryParse(Environment.GetEnvironmentVariable("KPI_LONG_FILLS"), CultureInfo.InvariantCulture, out var fills) ? fills : 6;

    [Fact]
    public async Task A_post_that_finds_no_room_is_507_and_stored_when_there_is_room_again()
    {
        await using var app = await DiskApp.Start();
        using var before = await app.Http.GetAsync("/v1/feeds/measurements?format=csv");
        app.Disk.Room = app.Disk.Size;
        var rows = string.Join(',', Enumerable.Range(0, 5000).Select(row => $$"""{"project":"p","kpi":"quote-to-order-rate","date":"2025-02-05","numerator":1,"denominator":4,"externalId":"{{row}}"}"""));
        using (var full = await app.Http.PostAsync("/v1/measurements", ServedProject.Json($"[{rows}]")))
        {
            await Problems.Of(full, 507, "storage-full");
            Assert.True(full.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        }

        using (var after = await app.Http.GetAsync("/v1/feeds/measurements?format=csv"))
        {
            Assert.Equal(HttpStatusCode.OK, after.StatusCode);
            Assert.Equal(await before.Content.ReadAsStringAsync(), await after.Content.ReadAsStringAsync());
        }

        app.Disk.Room = long.MaxValue;
        await ServedProject.Post(app.Http, "/v1/measurements", $"[{rows}]");
        Assert.Equal(5000, (await ServedProject.Facts(app.Http)).Count);
    }

    [Fact]
    public async Task Whatever_meets_a_full_disk_is_whole_or_absent_and_goes_on_when_there_is_room()
    {
        var random = new Random(1);
        await using var app = await DiskApp.Start();
        using var crowd = new Crowd(app.Http, DiskApp.Project, DiskApp.Kpi, 1) { AbandonsOneIn = 2 };
        crowd.Start(8);
        for (var fill = 0; fill < Fills; fill++)
        {
            await crowd.NextAcknowledgement();
            var refusals = crowd.Refusals;
            app.Disk.Room = app.Disk.Size + random.Next(200_000);
            for (var watch = Stopwatch.StartNew(); crowd.Refusals < refusals + 20; await Task.Delay(5))
            {
                Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), "the disk was never full");
            }

            using (var read = await app.Http.GetAsync("/v1/measurements?limit=1"))
            {
                Assert.Equal(HttpStatusCode.OK, read.StatusCode);
            }

            app.Disk.Room = long.MaxValue;
        }

        await crowd.NextAcknowledgement();
        await crowd.Stop();
        var verdict = await Verdict.Of(app.DatabaseFile, crowd.Notes(), crowd, app.Http);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"full {Fills} times, {crowd.Refusals} refusals: {verdict}"));
        Assert.True(verdict.IsClean, verdict.ToString());
    }
}
