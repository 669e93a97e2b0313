using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using KpiApi.Access;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Http;

/// <summary>
/// What the web framework does when nobody tells it otherwise, and this program must not do: each trap once, by name, over a real connection. How every
/// operation answers to each is in UnreadableBodyTests and MediaTypeTests; hostile tokens are in TokenTests.
/// </summary>
public sealed class TrapTests(TrapTests.Server server) : IClassFixture<TrapTests.Server>
{
    private const string Fact = """{"project":"site","kpi":"orders","date":"2026-01-15","value":1}""";

    [Fact]
    public async Task Malformed_gzip_is_no_500()
    {
        await Refused(415, "application/json", "gzip", "no gzip"u8.ToArray());
        await Refused(400, Files.Ndjson, "gzip", "no gzip"u8.ToArray());
        await Refused(400, Files.Ndjson, "gzip", Files.Gzip(Encoding.UTF8.GetBytes(Fact))[..^3]);
    }

    [Theory]
    [InlineData("bogus")]
    [InlineData("utf-7")]
    [InlineData("utf-16")]
    [InlineData("")]
    public async Task A_bogus_charset_is_no_500(string charset)
    {
        await Refused(415, $"application/json; charset={charset}", null, Encoding.UTF8.GetBytes(Fact));
        if (charset.Length > 0)
        {
            await Refused(415, $"{Files.Ndjson}; charset={charset}", null, Encoding.UTF8.GetBytes(Fact));
        }
    }

    [Theory]
    [InlineData("klingon")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("gzip, gzip")]
    public async Task An_unknown_encoding_is_not_read_as_plain_text(string encoding)
    {
        await Refused(415, "application/json", encoding, Encoding.UTF8.GetBytes(Fact));
        await Refused(415, Files.Ndjson, encoding, Encoding.UTF8.GetBytes(Fact));
    }

    [Theory]
    [InlineData("[null]")]
    [InlineData("null")]
    [InlineData("{\"project\":\"site\",\"kpi\":\"orders\",\"date\":\"2026-01-15\",\"value\":1,\"note\":\"a\\u0000b\"}")]
    [InlineData("{\"project\":\"site\",\"kpi\":\"orders\",\"date\":\"2026-01-15\",\"value\":1,\"note\":\"a\\ud800b\"}")]
    [InlineData("{\"project\":\"site\",\"kpi\":\"orders\",\"date\":\"2026-01-15\",\"value\":1,\"value\":2}")]
    [InlineData("{\"project\":\"site\",\"kpi\":\"orders\",\"date\":\"2026-01-15\",\"value\":1,\"colour\":2}")]
    [InlineData("{\"project\":\"site\",\"kpi\":\"orders\",\"date\":\"2026-01-15\",\"Value\":1}")]
    [InlineData("{\"project\":\"site\",\"kpi\":\"orders\",\"date\":\"2026-01-15\",\"value\":\"1\"}")]
    [InlineData("{\"project\":\"site\",\"kpi\":null,\"date\":\"2026-01-15\",\"value\":1}")]
    [InlineData("{\"project\":\"site\",\"kpi\":\"orders\",\"date\":\"2026-01-15\",\"value\":NaN}")]
    [InlineData("{\"project\":\"site\",\"kpi\":\"orders\",\"date\":\"2026-01-15\",\"value\":1,}")]
    public async Task What_lenient_JSON_would_take_is_400(string body)
    {
        await Refused(400, "application/json", null, Encoding.UTF8.GetBytes(body));
        // In a file the same row is refused alone.
        var receipt = await server.Client.Upload("/v1/measurements/bulk?dryRun=true", Encoding.UTF8.GetBytes(body + "\n" + Fact), Files.Ndjson);
        Assert.Equal("2 1 0 0 1 0", receipt.Counts());
    }

    [Fact]
    public async Task Forty_digits_are_rounded_once_and_not_through_a_double()
    {
        // As a double it would be 0.1234565 and round up; as a decimal of 28 digits it would be exactly 0.1234565.
        const string digits = "0.1234564999999999999999999999999999999999";
        await server.Client.Post("/v1/measurements", Fact.Replace("1}", digits + ",\"externalId\":\"forty\"}", StringComparison.Ordinal));
        Assert.Equal(0.123456, (double)(await server.Client.Get("/v1/measurements?source=api&externalId=forty"))["items"]![0]!["value"]!);
    }

    [Theory]
    [InlineData("/v1/measurements?limit=NaN")]
    [InlineData("/v1/measurements?limit=1e2")]
    [InlineData("/v1/measurements?from=NaN")]
    [InlineData("/v1/measurements?cursor=NaN")]
    [InlineData("/v1/portfolio?asOf=Infinity")]
    [InlineData("/v1/feeds/measurements?limit=NaN")]
    public async Task A_query_that_is_no_number_is_400(string path) => await Problems.Of(await server.Client.Http.GetAsync(path), 400, "malformed-request");

    [Theory]
    [InlineData("/v1/projects/%ff")]
    [InlineData("/v1/projects/%c0%af")]
    [InlineData("/v1/projects/%ed%a0%80")]
    [InlineData("/v1/import-profiles/%ff")]
    [InlineData("/v1/measurements/%ff")]
    public async Task Bytes_in_a_path_that_are_no_text_name_nothing(string path)
    {
        var (status, answer) = await Raw($"GET {path} HTTP/1.1\r\nHost: localhost\r\n{ApiKeyAuthentication.HeaderName}: {server.Key}\r\nConnection: close\r\n\r\n");
        Assert.True(status is 400 or 404, answer);
        Assert.Contains("application/problem+json", answer, StringComparison.Ordinal);
    }

    // These are answered before there is a request: without a problem, which docs/integrators.md says, and never with a 5xx or silence.
    [Theory]
    [InlineData("GET /v1/projects/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400)]
    [InlineData("GET /v1/projects HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /v1/projects HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400)]
    [InlineData("GET /v1/projects HTTP/9.9\r\nHost: localhost\r\n\r\n", 505)]
    [InlineData("POST /v1/measurements HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400)]
    [InlineData("nonsense\r\n\r\n", 400)]
    public async Task What_is_no_request_is_answered_by_the_server_itself(string request, int status) => Assert.Equal(status, (await Raw(request)).Status);

    [Fact]
    public async Task A_path_or_a_header_without_end_is_414_or_431()
    {
        Assert.Equal(414, (await Raw($"GET /{new string('a', 20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n")).Status);
        Assert.Equal(431, (await Raw($"GET / HTTP/1.1\r\nHost: localhost\r\nX: {new string('a', 40_000)}\r\n\r\n")).Status);
    }

    [Fact]
    public async Task A_gzip_bomb_of_50_MB_is_413()
    {
        var bomb = Files.Gzip(new byte[50_000_000], CompressionLevel.SmallestSize);
        Assert.True(bomb.Length < 100_000);
        await Refused(413, Files.Ndjson, "gzip", bomb);
        await Refused(413, Files.Csv, "gzip", bomb);
    }

    private async Task Refused(int status, string contentType, string? encoding, byte[] body)
    {
        var before = await server.Client.Get("/v1/measurements?limit=1000");
        var path = contentType.StartsWith("application/json", StringComparison.Ordinal) ? "/v1/measurements" : "/v1/measurements/bulk";
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        if (encoding is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        }

        using var answer = await server.Client.Http.SendAsync(request);
        await Problems.Of(answer, status);
        Assert.Equal(before.ToJsonString(), (await server.Client.Get("/v1/measurements?limit=1000")).ToJsonString());
    }

    private async Task<(int Status, string Answer)> Raw(string request)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(server.Url).Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var answer = new byte[16 * 1024];
        var read = await socket.ReceiveAsync(answer, SocketFlags.None, patience.Token);
        var text = Encoding.UTF8.GetString(answer, 0, read);
        Assert.StartsWith("HTTP/1.1 ", text, StringComparison.Ordinal);
        return (int.Parse(text[9..12], CultureInfo.InvariantCulture), text);
    }

    /// <summary>One server for all traps: they leave nothing behind.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private LiveServer _server = null!;

        public string Url => _server.Url;

        public string Key => _server.Key;

        internal KpiClient Client => _server.Client;

        public async Task InitializeAsync()
        {
            _server = await LiveServer.Start();
            await _server.Site();
        }

        public async Task DisposeAsync() => await _server.DisposeAsync();
    }
}
