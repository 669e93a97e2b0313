using System.Net;
using System.Text.Json.Nodes;
using Asp.Versioning;
using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace KpiApi.Tests.Http;

/// <summary>Two versions side by side, and how one is told to go (docs/api-policy.md).</summary>
public class VersionTests
{
    private static readonly Deprecation Going = new(
        new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero), "https://example.com/changes", "/v2-beta/limits");

    [Fact]
    public async Task A_preview_lives_beside_v1_and_changes_nothing_of_it()
    {
        await using var alone = await KpiApp.Start();
        var before = await alone.Anonymous().GetStringAsync("/openapi/v1.json");
        await using var app = await KpiApp.StartWith(app => MapPreview(app));
        var client = await app.Organisation();

        using var first = await client.Http.GetAsync("/v1/limits");
        Assert.Equal("1.0", Assert.Single(first.Headers.GetValues("api-supported-versions")));
        Assert.NotNull((await client.Get("/v1/limits"))["listMax"]);
        using var second = await client.Http.GetAsync("/v2-beta/limits");
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal("2.0-beta", Assert.Single(second.Headers.GetValues("api-supported-versions")));
        Assert.Equal(7, (int)JsonNode.Parse(await second.Content.ReadAsStringAsync())!["pageRows"]!);
        Assert.Equal(HttpStatusCode.NotFound, (await client.Http.GetAsync("/v2-beta/kpis")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.Http.GetAsync("/v3/limits")).StatusCode);

        // Same keys, same roles, same problems.
        Assert.Equal(HttpStatusCode.Unauthorized, (await app.Anonymous().GetAsync("/v2-beta/limits")).StatusCode);
        await Problems.Of(await (await app.Client(client.OrganisationId, Role.Writer)).Http.GetAsync("/v2-beta/limits"), 403, "forbidden");

        Assert.Equal(before, await app.Anonymous().GetStringAsync("/openapi/v1.json"));
        var preview = JsonNode.Parse(await app.Anonymous().GetStringAsync("/openapi/v2-beta.json"))!;
        Assert.Equal(["/v2-beta/limits"], preview["paths"]!.AsObject().Select(path => path.Key));
        Assert.Equal("v2-beta", (string)preview["info"]!["version"]!);
        Assert.Contains("/openapi/v2-beta.json", await app.Anonymous().GetStringAsync("/swagger/index.js"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("admin", 200)]
    [InlineData("writer", 403)]
    [InlineData(null, 401)]
    public async Task What_is_deprecated_says_so_in_every_answer(string? role, int status)
    {
        await using var app = await KpiApp.StartWith(app => MapPreview(app, Going));
        var client = await app.Organisation();
        var http = role is null ? app.Anonymous() : (await app.Client(client.OrganisationId, Enum.Parse<Role>(role, ignoreCase: true))).Http;
        using var answer = await http.GetAsync("/v2-beta/limits");
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("@1767225600", Assert.Single(answer.Headers.GetValues("Deprecation")));
        Assert.Equal("Fri, 01 Jan 2027 00:00:00 GMT", Assert.Single(answer.Headers.GetValues("Sunset")));
        Assert.Equal(["<https://example.com/changes>; rel=\"deprecation\"", "</v2-beta/limits>; rel=\"successor-version\""], answer.Headers.GetValues("Link"));
        using var other = await client.Http.GetAsync("/v1/limits");
        Assert.False(other.Headers.Contains("Deprecation"));
        Assert.False(other.Headers.Contains("Sunset"));
    }

    [Fact]
    public async Task The_document_tells_what_is_deprecated()
    {
        await using var app = await KpiApp.StartWith(app => MapPreview(app, Going));
        var operation = JsonNode.Parse(await app.Anonymous().GetStringAsync("/openapi/v2-beta.json"))!["paths"]!["/v2-beta/limits"]!["get"]!;
        Assert.True((bool)operation["deprecated"]!);
        Assert.Contains("gone from 2027-01-01 on", (string)operation["description"]!, StringComparison.Ordinal);
        Assert.All((string[])["200", "401", "403"], status => Assert.NotNull(operation["responses"]![status]!["headers"]!["Sunset"]));
    }

    [Fact]
    public void A_year_lies_between_deprecation_and_sunset() =>
        Assert.Throws<InvalidOperationException>(() => WebApplication.CreateBuilder().Build().MapGroup("/x").Deprecated(Going with { Sunset = Going.Since.AddMonths(11) }));

    private static void MapPreview(WebApplication app, Deprecation? going = null)
    {
        var preview = app.MapVersion(new ApiVersion(2, 0, "beta"));
        if (going is not null)
        {
            preview.Deprecated(going);
        }

        preview.MapGet("/limits", () => TypedResults.Ok(new PreviewLimits { PageRows = 7 })).Requires(Permission.ReadFigures).WithTags("Limits").WithName("PreviewLimits").WithSummary("Limits, told otherwise.");
        app.SealEndpoints();
    }

    private sealed record PreviewLimits
    {
        /// <summary>Rows of a page at most.</summary>
        public required int PageRows { get; init; }
    }
}
