using System.Net;
using System.Net.Http.Headers;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Http;

/// <summary>ETags: a strong one for a resource, a weak one for what is computed.</summary>
public class ConditionalRequestTests
{
    [Theory]
    [InlineData("/v1/activities/shop")]
    [InlineData("/v1/kpis/orders")]
    [InlineData("/v1/projects/site")]
    [InlineData("/v1/projects/site/kpis/orders")]
    [InlineData("/v1/measurements/{first}")]
    [InlineData("/v1/projects/site/ledger/{first}")]
    [InlineData("/v1/activities/shop/north-star")]
    public async Task A_resource_has_a_strong_tag_that_changes_with_it_alone(string path)
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        path = await Named(client, path);
        var tag = await Tag(client, path);
        Assert.False(tag.IsWeak);
        await client.Post("/v1/activities", new { code = "other", name = "Other" });
        app.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(path.EndsWith("north-star", StringComparison.Ordinal) ? HttpStatusCode.OK : HttpStatusCode.NotModified, await Status(client, path, tag));
    }

    [Theory]
    [InlineData("/v1/activities/shop", """{"name":"Shop 2"}""")]
    [InlineData("/v1/kpis/orders", """{"domain":"other"}""")]
    [InlineData("/v1/projects/site", """{"name":"Site 2"}""")]
    [InlineData("/v1/projects/site/kpis/orders", """{"purpose":"another"}""")]
    public async Task A_change_of_something_that_was_changed_meanwhile_is_412(string path, string patch)
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        var seen = await Tag(client, path);
        Assert.Equal(HttpStatusCode.OK, await Change(client, HttpMethod.Patch, path, patch, seen.Tag));
        var now = await Tag(client, path);
        Assert.NotEqual(seen, now);
        var before = await Tables.Dump(app);
        Assert.Equal(HttpStatusCode.PreconditionFailed, await Change(client, HttpMethod.Patch, path, patch, seen.Tag));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await Change(client, HttpMethod.Delete, path, null, seen.Tag));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await Change(client, HttpMethod.Patch, path, patch, "W/" + now.Tag));
        Tables.AssertSame(before, await Tables.Dump(app), "a stale change");
        Assert.Equal(HttpStatusCode.OK, await Change(client, HttpMethod.Patch, path, patch, $"\"other\", {now.Tag}"));
        Assert.Equal(HttpStatusCode.OK, await Change(client, HttpMethod.Patch, path, patch, "*"));
    }

    [Theory]
    [InlineData("PATCH /v1/activities/shop", """{"name":"Shop 2"}""")]
    [InlineData("PATCH /v1/kpis/orders", """{"domain":"other"}""")]
    [InlineData("PATCH /v1/projects/site", """{"name":"Site 2"}""")]
    [InlineData("PATCH /v1/projects/site/kpis/orders", """{"purpose":"another"}""")]
    [InlineData("PATCH /v1/organisation", """{"name":"Another"}""")]
    [InlineData("PUT /v1/activities/shop/north-star", """{"kpi":"orders","purpose":"Sell more"}""")]
    [InlineData("PUT /v1/import-profiles/t", """{"target":"measurements","rows":[{"project":{"constant":"site"},"kpi":{"constant":"orders"},"date":{"column":"D"},"value":{"column":"V"}}]}""")]
    public async Task A_change_answers_the_tag_of_what_it_made(string request, string body)
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        var (method, path) = (new HttpMethod(request.Split(' ')[0]), request.Split(' ')[1]);
        for (var round = 0; round < 2; round++)
        {
            using var changed = await Problems.Send(client.Http, method.Method, path, body);
            Assert.True(changed.IsSuccessStatusCode, await changed.Content.ReadAsStringAsync());
            Assert.Equal(await Tag(client, path), changed.Headers.ETag);
        }
    }

    [Theory]
    [InlineData("/v1/measurements/{first}")]
    [InlineData("/v1/projects/site/ledger/{first}")]
    public async Task A_deletion_of_something_that_was_changed_meanwhile_is_412(string path)
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        path = await Named(client, path);
        var tag = await Tag(client, path);
        Assert.Equal(HttpStatusCode.PreconditionFailed, await Change(client, HttpMethod.Delete, path, null, "\"other\""));
        Assert.Equal(HttpStatusCode.NoContent, await Change(client, HttpMethod.Delete, path, null, tag.Tag));
    }

    [Theory]
    [InlineData("/v1/kpis")]
    [InlineData("/v1/projects/site/steering")]
    [InlineData("/v1/portfolio")]
    [InlineData("/v1/feeds/kpi-weeks")]
    [InlineData("/v1/feeds/kpi-weeks?format=csv")]
    public async Task What_is_computed_is_not_computed_again_until_data_or_day_change(string path)
    {
        await using var app = await KpiApp.Start();
        var client = await Site(app);
        var tag = await Tag(client, path);
        Assert.True(tag.IsWeak);
        Assert.Equal(HttpStatusCode.NotModified, await Status(client, path, tag));
        Assert.Equal(HttpStatusCode.NotModified, await Status(client, path, new EntityTagHeaderValue(tag.Tag)));
        Assert.NotEqual(tag, await Tag(client, path + (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + (path.EndsWith("steering", StringComparison.Ordinal) ? "lang=en" : "limit=7")));
        app.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(HttpStatusCode.NotModified, await Status(client, path, tag));
        app.Time.Advance(TimeSpan.FromHours(12));
        Assert.Equal(HttpStatusCode.OK, await Status(client, path, tag));
        var next = await Tag(client, path);
        await client.Post("/v1/activities", new { code = "other", name = "Other" });
        Assert.Equal(HttpStatusCode.OK, await Status(client, path, next));
    }

    [Fact]
    public async Task Limits_that_were_configured_anew_have_another_tag()
    {
        async Task<string> Tag(params string[] settings)
        {
            await using var app = await KpiApp.StartOnFile("2026-02-02", settings);
            using var response = await (await app.Organisation()).Http.GetAsync("/v1/limits");
            return response.Headers.ETag!.ToString();
        }

        Assert.NotEqual(await Tag("--Limits:RequestBurst=50"), await Tag("--Limits:RequestBurst=60"));
        Assert.Equal(await Tag(), await Tag());
    }

    [Fact]
    public async Task Another_organisation_has_other_tags()
    {
        await using var app = await KpiApp.Start();
        var one = await app.Organisation("one");
        var two = await app.Organisation("two");
        Assert.NotEqual(await Tag(one, "/v1/activities"), await Tag(two, "/v1/activities"));
    }

    private static async Task<string> Named(KpiClient client, string path) => path.EndsWith("/{first}", StringComparison.Ordinal)
        ? path.Replace("{first}", (await client.Get(path[..^8]))["items"]![0]!["id"]!.ToString(), StringComparison.Ordinal)
        : path;

    private static async Task<EntityTagHeaderValue> Tag(KpiClient client, string path)
    {
        using var response = await client.Http.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response.Headers.ETag!;
    }

    private static async Task<HttpStatusCode> Status(KpiClient client, string path, EntityTagHeaderValue tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.IfNoneMatch.Add(tag);
        using var response = await client.Http.SendAsync(request);
        if (response.StatusCode == HttpStatusCode.NotModified)
        {
            Assert.Empty(await response.Content.ReadAsByteArrayAsync());
            Assert.NotNull(response.Headers.ETag);
        }

        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> Change(KpiClient client, HttpMethod method, string path, string? body, string ifMatch)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        request.Content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/merge-patch+json");
        using var response = await client.Http.SendAsync(request);
        return response.StatusCode;
    }

    private static async Task<KpiClient> Site(KpiApp app)
    {
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "orders", "sum", "increase", 0.1, perDays: 1);
        await BadWorld.Project(client, "site", "2026-02-01", "orders");
        await client.Put("/v1/activities/shop/north-star", new { kpi = "orders", purpose = "Sell" });
        await client.Post("/v1/measurements", new { project = "site", kpi = "orders", date = "2026-01-15", value = 4 });
        await client.Post("/v1/projects/site/ledger", new { kind = "cost", category = "c", amount = 10, date = "2026-01-15", externalId = "e" });
        return client;
    }
}
