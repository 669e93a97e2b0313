using System.Globalization;
using System.Net;
using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace KpiApi.Tests.Http;

/// <summary>So many requests a second for each credential, and not one more.</summary>
public class RateLimitTests
{
    private static readonly Limits Small = new() { RequestsPerSecond = 10, RequestBurst = 50 };

    [Fact]
    public void The_burst_and_then_the_rate_are_admitted_exactly()
    {
        var time = new FakeTimeProvider();
        var rate = new RateLimit(Small, time);
        Assert.Equal(50, Admitted(rate, 1000));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(10, Admitted(rate, 1000));
        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(1, Admitted(rate, 1000));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(50, Admitted(rate, 1000));
    }

    [Fact]
    public void A_thousand_threads_are_admitted_no_more_than_one()
    {
        var rate = new RateLimit(Small, new FakeTimeProvider());
        var admitted = 0;
        Parallel.For(0, 1000, _ => Interlocked.Add(ref admitted, rate.Take("key").IsAdmitted ? 1 : 0));
        Assert.Equal(50, admitted);
    }

    [Fact]
    public void One_credential_does_not_use_up_the_limit_of_another()
    {
        var rate = new RateLimit(Small, new FakeTimeProvider());
        Assert.Equal(50, Admitted(rate, 100));
        Assert.True(rate.Take("other").IsAdmitted);
    }

    [Fact]
    public async Task Beyond_the_limit_the_answer_says_when_to_come_back()
    {
        await using var app = await KpiApp.Start(settings: ["--Limits:RequestsPerSecond=1", "--Limits:RequestBurst=3"]);
        var client = await app.Organisation();
        for (var left = 2; left >= 0; left--)
        {
            using var fine = await client.Http.GetAsync("/v1/kpis");
            Assert.Equal(HttpStatusCode.OK, fine.StatusCode);
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"r={left}"), Assert.Single(fine.Headers.GetValues("RateLimit")), StringComparison.Ordinal);
            Assert.Contains("q=3", Assert.Single(fine.Headers.GetValues("RateLimit-Policy")), StringComparison.Ordinal);
        }

        using var refused = await client.Http.GetAsync("/v1/kpis");
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
        await Problems.Of(refused, 429, "too-many-requests");
        var other = await app.Client(client.OrganisationId, Role.Reader);
        await other.Get("/v1/kpis");
        app.Time.Advance(TimeSpan.FromSeconds(1));
        await client.Get("/v1/kpis");
    }

    [Fact]
    public async Task The_limits_in_force_are_published()
    {
        await using var app = await KpiApp.Start(settings: ["--Limits:JsonBodyBytes=1000"]);
        var client = await app.Organisation();
        Assert.Equal(1000, (long)(await client.Get("/v1/limits"))["jsonBodyBytes"]!);
        await client.Post("/v1/activities", new { code = "a", name = new string('x', 100) }, HttpStatusCode.Created);
        await Problems.Of(await client.Send(HttpMethod.Post, "/v1/activities", new { code = "b", name = new string('x', 1000) }), 413, "too-large");
    }

    private static int Admitted(RateLimit rate, int requests) => Enumerable.Range(0, requests).Count(_ => rate.Take("key").IsAdmitted);
}
