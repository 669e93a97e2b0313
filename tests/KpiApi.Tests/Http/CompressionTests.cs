using System.IO.Compression;
using System.Net;
using System.Text;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace KpiApi.Tests.Http;

/// <summary>Tables go out as gzip when that is asked for, and only then.</summary>
public class CompressionTests
{
    [Theory]
    [InlineData("dates?format=json", "http")]
    [InlineData("dates?format=ndjson", "http")]
    [InlineData("dates?format=csv", "https")]
    public async Task Rows_are_the_same_inside(string feed, string scheme)
    {
        await using var app = await KpiApp.Start();
        using var client = await Client(app, scheme);
        using var plain = await Get(client, $"/v1/feeds/{feed}", null);
        using var packed = await Get(client, $"/v1/feeds/{feed}", "gzip, deflate");
        Assert.Empty(plain.Content.Headers.ContentEncoding);
        Assert.Equal(["gzip"], packed.Content.Headers.ContentEncoding);
        Assert.Equal(plain.Content.Headers.ContentType, packed.Content.Headers.ContentType);
        Assert.All([plain, packed], answer => Assert.Contains("Accept-Encoding", answer.Headers.Vary));
        // A weak tag names the rows, not the bytes.
        Assert.True(packed.Headers.ETag!.IsWeak);
        Assert.Equal(plain.Headers.ETag, packed.Headers.ETag);

        var bytes = await packed.Content.ReadAsByteArrayAsync();
        var text = await plain.Content.ReadAsStringAsync();
        await using var unpacked = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var reader = new StreamReader(unpacked, new UTF8Encoding(false, true));
        Assert.Equal(text, await reader.ReadToEndAsync());
        Assert.InRange(bytes.Length, 1, text.Length / 4);
    }

    [Theory]
    [InlineData("/v1/feeds/dates", null)]
    [InlineData("/v1/feeds/dates", "br")]
    [InlineData("/v1/feeds/dates", "deflate")]
    [InlineData("/v1/feeds/dates", "gzip;q=0")]
    [InlineData("/v1/feeds/dates", "identity;q=1, gzip;q=0.5")]
    [InlineData("/v1/feeds/dates?format=parquet", "gzip")]
    [InlineData("/v1/kpis", "gzip")]
    public async Task Anything_else_goes_out_as_it_is(string path, string? encoding)
    {
        await using var app = await KpiApp.Start();
        using var client = await Client(app, "http");
        using var answer = await Get(client, path, encoding);
        Assert.Empty(answer.Content.Headers.ContentEncoding);
        Assert.Equal(path.StartsWith("/v1/feeds", StringComparison.Ordinal), answer.Headers.Vary.Contains("Accept-Encoding"));
    }

    [Fact]
    public async Task What_is_known_is_not_sent_again_whichever_encoding_it_came_in()
    {
        await using var app = await KpiApp.Start();
        using var client = await Client(app, "http");
        using var first = await Get(client, "/v1/feeds/dates", "gzip");
        foreach (var encoding in (string?[])["gzip", null])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/feeds/dates");
            request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
            request.Headers.TryAddWithoutValidation("Accept-Encoding", encoding);
            using var again = await client.SendAsync(request);
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
            Assert.Empty(again.Content.Headers.ContentEncoding);
            Assert.Contains("Accept-Encoding", again.Headers.Vary);
            Assert.Empty(await again.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task A_refusal_can_be_read()
    {
        await using var app = await KpiApp.Start();
        using var client = await Client(app, "http");
        using var answer = await client.SendAsync(Asking("/v1/feeds/dates?select=Nothing", "gzip"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Empty(answer.Content.Headers.ContentEncoding);
        Assert.Contains("Nothing", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_in_an_address_is_not_in_the_link_to_the_next_page()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation(role: KpiApi.Access.Role.Reader);
        var key = client.Http.DefaultRequestHeaders.GetValues("X-Api-Key").Single();
        using var answer = await app.Anonymous().GetAsync(new Uri($"/v1/feeds/dates?format=csv&limit=2&api_key={key}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var link = Assert.Single(answer.Headers.GetValues("Link"));
        Assert.Contains("limit=2", link, StringComparison.Ordinal);
        Assert.DoesNotContain("api_key", link, StringComparison.Ordinal);
    }

    /// <summary>Nothing between it and the bytes.</summary>
    private static async Task<HttpClient> Client(KpiApp app, string scheme)
    {
        var organisation = await app.Organisation();
        var client = ((TestServer)app.Services.GetRequiredService<IServer>()).CreateClient();
        client.BaseAddress = new Uri($"{scheme}://localhost/");
        client.DefaultRequestHeaders.Add("X-Api-Key", organisation.Http.DefaultRequestHeaders.GetValues("X-Api-Key"));
        return client;
    }

    private static HttpRequestMessage Asking(string path, string? encoding)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (encoding is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept-Encoding", encoding);
        }

        return request;
    }

    private static async Task<HttpResponseMessage> Get(HttpClient client, string path, string? encoding)
    {
        var answer = await client.SendAsync(Asking(path, encoding));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer;
    }
}
