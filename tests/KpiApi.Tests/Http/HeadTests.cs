using System.Net;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Http;

/// <summary>HEAD tells what GET would, without it (RFC 9110, 9.3.2): monitors ask so.</summary>
public class HeadTests
{
    [Fact]
    public async Task Head_has_the_status_and_headers_of_get_and_no_body()
    {
        await using var server = await LiveServer.Start();
        await server.Site();
        foreach (var path in new[] { "/health/live", "/health/ready", "/v1/projects/site", "/v1/projects", "/v1/feeds/dates?from=2026-01-01&to=2026-01-31", "/v1/feeds/projects?format=parquet", "/odata/v1/Projects", "/odata/v1/$metadata", "/connect", "/v1/projects/absent", "/v1/projects?limit=0" })
        {
            using var got = await server.Client.Http.GetAsync(path);
            using var request = new HttpRequestMessage(HttpMethod.Head, path);
            using var head = await server.Client.Http.SendAsync(request);
            Assert.Equal((path, got.StatusCode, got.Headers.ETag, got.Content.Headers.ContentType?.MediaType), (path, head.StatusCode, head.Headers.ETag, head.Content.Headers.ContentType?.MediaType));
            Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        }

        // The connection goes on: nothing of a body stood behind the headers.
        using var post = new HttpRequestMessage(HttpMethod.Head, "/v1/looker/data");
        using var refused = await server.Client.Http.SendAsync(post);
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "POST"), (refused.StatusCode, string.Join(',', refused.Content.Headers.Allow)));
        Assert.NotNull(await server.Client.Get("/v1/projects/site"));
    }
}
