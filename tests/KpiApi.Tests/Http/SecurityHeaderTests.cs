using System.Net;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Http;

/// <summary>Headers of every answer, and which browsers may call.</summary>
public class SecurityHeaderTests
{
    [Theory]
    [InlineData("/v1/kpis", 200)]
    [InlineData("/v1/kpis/none", 404)]
    [InlineData("/v1/kpis?limit=0", 400)]
    [InlineData("/v1/feeds/kpis?format=csv", 200)]
    [InlineData("/nothing", 404)]
    [InlineData("/health/live", 200)]
    public async Task Every_answer_forbids_to_guess_its_type_or_to_frame_it(string path, int status)
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        using var response = await client.Http.GetAsync(path);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
        Assert.Contains("default-src 'none'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("", "https://app.example.com", false)]
    [InlineData("https://app.example.com", "https://app.example.com", true)]
    [InlineData("https://app.example.com", "https://evil.example.com", false)]
    [InlineData("https://app.example.com", "http://app.example.com", false)]
    [InlineData("https://a.example.com,https://app.example.com", "https://app.example.com", true)]
    public async Task A_browser_may_call_from_allowed_origins_only(string allowed, string origin, bool mayCall)
    {
        await using var app = await KpiApp.Start(settings: ["--Cors:Origins=" + allowed]);
        using var request = new HttpRequestMessage(HttpMethod.Options, "/v1/kpis");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "GET");
        request.Headers.Add("Access-Control-Request-Headers", "X-Api-Key");
        using var response = await app.Anonymous().SendAsync(request);
        Assert.Equal(mayCall, response.Headers.TryGetValues("Access-Control-Allow-Origin", out var origins));
        Assert.True(!mayCall || origins!.Single() == origin);
        Assert.False(response.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task Trace_is_refused()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        using var request = new HttpRequestMessage(HttpMethod.Trace, "/v1/kpis");
        using var response = await client.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }
}
