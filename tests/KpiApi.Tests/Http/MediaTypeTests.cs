using System.Net;

namespace KpiApi.Tests.Http;

/// <summary>Only JSON in UTF-8 that is not encoded is read.</summary>
public class MediaTypeTests(BadWorld world) : IClassFixture<BadWorld>
{
    public static TheoryData<string, string> Writes => UnreadableBodyTests.Writes;

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task Another_media_type_charset_or_encoding_is_415(string method, string path)
    {
        var body = UnreadableBodyTests.Endpoints.Single(endpoint => endpoint.Method == method && endpoint.Path == path).Body;
        var faults = new List<string>();
        var before = await Tables.Dump(world.App);
        foreach (var (type, encoding) in new (string, string?)[]
        {
            ("text/plain", null), ("application/xml", null), ("application/x-www-form-urlencoded", null), ("application/jsonx", null), ("multipart/form-data; boundary=x", null),
            ("application/json; charset=utf-16", null), ("application/json; charset=iso-8859-1", null), ("application/json; charset=bogus", null), ("application/json; charset=", null), ("application/json; charset=utf-8; charset=utf-16", null),
            ("application/json", "gzip"), ("application/json", "br"), ("application/json", "bogus"),
        })
        {
            using var response = await Problems.Send(world.Client.Http, method, path, body, type, encoding);
            var after = await Tables.Dump(world.App);
            if (response.StatusCode != HttpStatusCode.UnsupportedMediaType || !before.SequenceEqual(after))
            {
                faults.Add($"{(int)response.StatusCode} instead of 415 for {type} {encoding}{(before.SequenceEqual(after) ? "" : ", and something was stored")}");
                before = after;
                continue;
            }

            await Problems.Of(response, 415, "unsupported-media-type");
        }

        Assert.True(faults.Count == 0, $"{method} {path}\n{string.Join('\n', faults)}");
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/json; charset=\"UTF-8\"")]
    [InlineData("Application/JSON")]
    public async Task JSON_in_UTF_8_is_read_however_it_is_named(string type)
    {
        using var response = await Problems.Send(world.Client.Http, "POST", "/v1/measurements?dryRun=true", """{"project":"draft","kpi":"orders","date":"2026-01-15","value":1}""", type);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task The_encoding_identity_is_no_encoding()
    {
        using var response = await Problems.Send(world.Client.Http, "POST", "/v1/measurements?dryRun=true", """{"project":"draft","kpi":"orders","date":"2026-01-15","value":1}""", encoding: "identity");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
