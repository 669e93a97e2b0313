using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Measurements;

/// <summary>Files of facts: every row is stored once or its line is named, and whatever cannot be read to its end says so.</summary>
public class BulkTests
{
    private const string Bulk = "/v1/measurements/bulk";

    [Fact]
    public async Task The_rows_of_a_file_are_stored_and_the_bad_lines_named()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var file = Encoding.UTF8.GetBytes("\uFEFF" + """
            {"project":"site","kpi":"orders","date":"2026-01-01","value":5}

            {"project":"site","kpi":"orders","date":"2026-01-02","value":}
            {"project":"site","kpi":"unknown","date":"2026-01-02","value":5}
            [1]
            {"project":"site","kpi":"orders","date":"2026-01-02","value":5,"color":1}
            {"project":"site","kpi":"orders","date":"2026-01-03","value":1e12}
            """ + "\r\n{\"project\":\"site\",\"kpi\":\"orders\",\"date\":\"2026-01-04\",\"value\":7}");
        var receipt = await client.Upload(Bulk, file);
        Assert.Equal("7 2 0 0 5 0", receipt.Counts());
        Assert.Equal(
            ["1 3 62 /value", "2 4 - /kpi", "3 5 1 ", "4 6 72 /color", "5 7 - /value"],
            receipt["errors"]!.AsArray().Select(error => $"{error!["index"]} {error["line"]} {error["column"]?.ToJsonString() ?? "-"} {error["errors"]!.AsObject().Single().Key}"));
        Assert.Equal("completed", (string?)receipt["status"]);

        Assert.Equal(receipt.ToJsonString(), (await client.Get($"/v1/receipts/{receipt["id"]}")).ToJsonString());
        Assert.Equal((string?)receipt["id"], (string?)Assert.Single((await client.Get("/v1/receipts"))["items"]!.AsArray())!["id"]);
        Assert.Equal("7 0 0 2 5 0", (await client.Upload(Bulk, file)).Counts());
        Assert.Equal(12, await Total(client));
    }

    [Fact]
    public async Task More_than_a_chunk_is_stored_and_only_the_first_thousand_bad_lines_are_described()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var rows = Enumerable.Range(0, 4_321).Select(row => row % 3 == 0 ? (object)"{" : Fact(row, 1)).ToList();
        var receipt = await client.Upload(Bulk, Files.Gzip(Files.Lines(rows)), encoding: "gzip");
        Assert.Equal("4321 2880 0 0 1441 0", receipt.Counts());
        Assert.Equal((1000, 441), (receipt["errors"]!.AsArray().Count, (int)receipt["errorsOmitted"]!));
        Assert.Equal(Enumerable.Range(0, 1000).Select(row => row * 3 + 1), receipt["errors"]!.AsArray().Select(error => (int)error!["line"]!));
        var again = await client.Get($"/v1/receipts/{receipt["id"]}");
        Assert.Equal(receipt.ToJsonString(), again.ToJsonString());
        Assert.Equal(2880, await Total(client));
    }

    [Fact]
    public async Task A_day_that_a_file_states_twice_is_refused_the_second_time_and_the_same_again_when_it_is_sent_again()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        // The pairs are in different chunks, so that no memory of the request can tell.
        var file = Files.Lines(new[] { 3, 4 }.SelectMany(value => Enumerable.Range(0, 1_500).Select(row => (object)new { project = "site", kpi = "orders", date = Day(row), value = row == 7 ? value : 1 }))
            .Append(new { project = "site", kpi = "orders", date = Day(9), value = 8, externalId = Day(9) })
            .Append(new { project = "site", kpi = "orders", date = Day(9), value = 1 }));
        foreach (var counts in new[] { "3002 1500 1 1499 2 0", "3002 0 1 2999 2 0" })
        {
            var receipt = await client.Upload(Bulk, file);
            Assert.Equal(counts.Split(' ')[0], receipt.Counts().Split(' ')[0]);
            Assert.Equal([1508, 3002], receipt["errors"]!.AsArray().Select(error => (int)error!["line"]!));
            Assert.All(receipt["errors"]!.AsArray(), error => Assert.StartsWith("ambiguous-identity", (string?)error!["errors"]![""]![0], StringComparison.Ordinal));
            Assert.Equal((3, 8), (await Value(client, Day(7)), await Value(client, Day(9))));
        }
    }

    [Fact]
    public async Task With_an_external_id_the_later_row_wins()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var file = Files.Lines([Fact(1, 5), Fact(1, 6)]);
        Assert.Equal("2 1 1 0 0 0", (await client.Upload(Bulk, file)).Counts());
        Assert.Equal("2 0 2 0 0 0", (await client.Upload(Bulk, file)).Counts());
        Assert.Equal(6, await Total(client));
    }

    [Fact]
    public async Task Atomic_stores_all_rows_or_none_and_a_dry_run_none()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var before = await Tables.Dump(app);
        var good = Enumerable.Range(0, 2_500).Select(row => Fact(row, 1)).ToList();
        using var refused = await Files.Send(client.Http, Bulk + "?mode=atomic", Files.Lines([.. good, "{", Fact(9999, 1e12)]));
        var problem = await Problems.Of(refused, 422, "invalid", "/2500 /2501/value");
        Assert.Equal([2501, 2502], problem["rows"]!.AsArray().Select(row => (int)row!["line"]!));
        var trial = await client.Upload(Bulk + "?dryRun=true", Files.Lines([.. good, "{"]));
        Assert.Equal("2501 2500 0 0 1 0", trial.Counts());
        Assert.Null(trial["id"]);
        Assert.True((bool)trial["dryRun"]!);
        Tables.AssertSame(before, await Tables.Dump(app), "an atomic file with a bad row, or a dry run, stored something");

        Assert.Equal("2500 2500 0 0 0 0", (await client.Upload(Bulk + "?mode=atomic", Files.Lines(good))).Counts());
        Assert.Equal("2501 0 0 2500 1 0", (await client.Upload(Bulk + "?dryRun=true", Files.Lines([.. good, "{"]))).Counts());
    }

    [Theory]
    [InlineData("mode=some", Files.Ndjson, null, 400)]
    [InlineData("dryRun=yes", Files.Ndjson, null, 400)]
    [InlineData("", "application/json", null, 415)]
    [InlineData("", "application/x-ndjson; charset=utf-16", null, 415)]
    [InlineData("", "application/x-ndjson; charset=iso-8859-1", null, 415)]
    [InlineData("", "application/x-ndjson; charset=klingon", null, 415)]
    [InlineData("", Files.Ndjson, "br", 415)]
    [InlineData("", Files.Ndjson, "deflate", 415)]
    [InlineData("", Files.Ndjson, "gzip, gzip", 415)]
    [InlineData("", Files.Ndjson, "klingon", 415)]
    [InlineData("", Files.Ndjson, "gzip", 400)]
    public async Task What_is_no_such_file_is_refused(string query, string contentType, string? encoding, int status)
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var before = await Tables.Dump(app);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{Bulk}?{query}") { Content = new ByteArrayContent(Files.Lines([Fact(1, 1)])) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        if (encoding is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        }

        using var response = await client.Http.SendAsync(request);
        await Problems.Of(response, status);
        Tables.AssertSame(before, await Tables.Dump(app), "a refused file stored something");
    }

    [Fact]
    public async Task An_Idempotency_Key_is_refused()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        using var request = new HttpRequestMessage(HttpMethod.Post, Bulk) { Content = new StringContent("{}", Encoding.UTF8, Files.Ndjson), Headers = { { "Idempotency-Key", "k" } } };
        using var response = await client.Http.SendAsync(request);
        await Problems.Of(response, 400, "malformed-request");
    }

    [Fact]
    public async Task A_file_that_cannot_be_unzipped_to_its_end_is_400_and_leaves_nothing()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var before = await Tables.Dump(app);
        var zipped = Files.Gzip(Files.Lines(Enumerable.Range(0, 500).Select(row => Fact(row, row))));
        var broken = zipped.ToArray();
        broken[zipped.Length / 2] ^= 0xFF;
        foreach (var file in new[] { zipped[..^20], zipped[..(zipped.Length / 2)], broken, zipped[1..], Encoding.UTF8.GetBytes("no gzip at all") })
        {
            using var response = await Files.Send(client.Http, Bulk, file, encoding: "gzip");
            Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{response.StatusCode} for {file.Length} of {zipped.Length} bytes: {await response.Content.ReadAsStringAsync()}");
            await Problems.Of(response, 400, "malformed-request");
        }

        Tables.AssertSame(before, await Tables.Dump(app), "a broken file stored something");
    }

    [Fact]
    public async Task A_line_has_at_most_64_KB_and_what_came_before_it_stays()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var before = await Tables.Dump(app);
        string Line(int bytes) => $$"""{"project":"site","kpi":"orders","date":"2026-01-01","value":1}{{new string(' ', bytes - 63)}}""";
        foreach (var bytes in new[] { 65_537, 1_000_000, 20_000_000 })
        {
            using var response = await Files.Send(client.Http, Bulk, Files.Lines([Fact(1, 1), Line(bytes)]));
            await Problems.Of(response, 413, "too-large");
        }

        Tables.AssertSame(before, await Tables.Dump(app), "a file with too long a line in its first chunk stored something");
        Assert.Equal("1 1 0 0 0 0", (await client.Upload(Bulk, Files.Lines([Line(65_536)]))).Counts());

        var rows = Enumerable.Range(0, 1_500).Select(row => Fact(row, 1)).ToList();
        using var late = await Files.Send(client.Http, Bulk, Files.Lines([.. rows, Line(65_537)]));
        var problem = await Problems.Of(late, 413, "too-large");
        var receipt = await client.Get($"/v1/receipts/{problem["receipt"]}");
        Assert.Equal(("failed", "1000 1000 0 0 0 0"), ((string)receipt["status"]!, receipt.Counts()));
        Assert.Equal("1500 500 0 1000 0 0", (await client.Upload(Bulk, Files.Lines(rows))).Counts());
    }

    [Fact]
    public async Task A_gzip_bomb_is_refused()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var before = await Tables.Dump(app);
        foreach (var line in new[] { " \n", "{}\n", "\0" })
        {
            var bomb = Files.Gzip(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(line, 40_000_000 / line.Length))), CompressionLevel.SmallestSize);
            using var response = await Files.Send(client.Http, Bulk + "?mode=atomic", bomb, encoding: "gzip");
            await Problems.Of(response, 413, "too-large");
        }

        Tables.AssertSame(before, await Tables.Dump(app), "a bomb stored something");
    }

    [Theory]
    [InlineData("BulkBodyBytes", "")]
    [InlineData("BulkAtomicBytes", "?mode=atomic")]
    [InlineData("BulkAtomicBytes", "?dryRun=true")]
    public async Task The_bytes_of_a_file_are_counted_after_decompression(string limit, string query)
    {
        var file = Files.Lines(Enumerable.Range(0, 100).Select(row => Fact(row, 1)));
        foreach (var most in new[] { file.Length, file.Length - 1 })
        {
            await using var app = await KpiApp.Start("2026-02-02", $"--Limits:{limit}={most}");
            var client = await Shop(app);
            foreach (var encoding in new[] { "gzip", null })
            {
                using var response = await Files.Send(client.Http, Bulk + query, encoding is null ? file : Files.Gzip(file), encoding: encoding);
                if (most == file.Length)
                {
                    Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                }
                else
                {
                    await Problems.Of(response, 413, "too-large");
                }
            }
        }
    }

    [Theory]
    [InlineData("mode=atomic")]
    [InlineData("dryRun=true")]
    public async Task The_lines_of_one_transaction_are_limited(string query)
    {
        await using var app = await KpiApp.Start("2026-02-02", "--Limits:BulkAtomicLines=50");
        var client = await Shop(app);
        Assert.Equal("50 50 0 0 0 0", (await client.Upload($"{Bulk}?{query}", Files.Lines(Enumerable.Range(0, 50).Select(row => Fact(row, 1))))).Counts());
        using var response = await Files.Send(client.Http, $"{Bulk}?{query}", Files.Lines(Enumerable.Range(0, 51).Select(row => Fact(row, 1))));
        await Problems.Of(response, 413, "too-large");
    }

    [Fact]
    public async Task Invalid_UTF_8_refuses_its_line_only()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var bad = Encoding.Latin1.GetBytes("{\"project\":\"site\",\"kpi\":\"orders\",\"date\":\"2026-01-01\",\"value\":1,\"note\":\"caf\u00e9\"}\n");
        var receipt = await client.Upload(Bulk, [.. bad, .. Files.Lines([Fact(1, 1)])]);
        Assert.Equal("2 1 0 0 1 0", receipt.Counts());
        Assert.Equal((1, 75), ((int)receipt["errors"]![0]!["line"]!, (int)receipt["errors"]![0]!["column"]!));
    }

    [Fact]
    public async Task A_receipt_on_which_nothing_happens_any_more_is_interrupted()
    {
        await using var app = await KpiApp.Start();
        var client = await Shop(app);
        var reader = await client.Http.GetAsync("/v1/receipts/0123456789abcdef0123");
        await Problems.Of(reader, 404, "not-found");
        using var content = new SlowFile(Files.Lines(Enumerable.Range(0, 1_500).Select(row => Fact(row, 1))), beforeEnd: async () =>
        {
            // The first thousand are stored while the rest comes.
            JsonNode? receipt;
            for (var watch = Stopwatch.StartNew(); (receipt = (await client.Get("/v1/receipts"))["items"]!.AsArray().FirstOrDefault()) is null; await Task.Delay(20))
            {
                Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), "no receipt");
            }

            Assert.Equal(("running", "1000 1000 0 0 0 0"), ((string)receipt["status"]!, receipt.Counts()));
            app.Time.Advance(TimeSpan.FromMinutes(16));
            Assert.Equal("interrupted", (string?)(await client.Get($"/v1/receipts/{receipt["id"]}"))["status"]);
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, Bulk) { Content = content };
        using var response = await client.Http.SendAsync(request);
        Assert.Equal("completed", (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["status"]);
    }

    private static async Task<KpiClient> Shop(KpiApp app)
    {
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await client.Post("/v1/kpis", new { code = "orders", name = new { en = "Orders" }, domain = "sales", unit = "count", direction = "increase", aggregation = "sum", threshold = new { kind = "relative", value = 0.1 } });
        await client.Post("/v1/projects", new { code = "site", name = "Site", activity = "shop", startsOn = "2026-01-10", currency = "EUR" });
        await client.Post("/v1/projects/site/kpis", new { kpi = "orders", purpose = "Sell" });
        return client;
    }

    private static object Fact(int row, double value) => new { project = "site", kpi = "orders", date = Day(row), value, externalId = $"o-{row}" };

    private static string Day(int row) => new DateOnly(2021, 1, 1).AddDays(row % 1_500).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static async Task<double> Total(KpiClient client)
    {
        var rows = JsonNode.Parse(await client.GetText("/v1/feeds/kpi-days"))!.AsArray();
        return rows.Sum(row => (double)row!["Numerator"]!);
    }

    private static async Task<double> Value(KpiClient client, string day) => (double)Assert.Single((await client.Get($"/v1/measurements?from={day}&to={day}"))["items"]!.AsArray())!["value"]!;

    /// <summary>A file whose last byte waits for something.</summary>
    private sealed class SlowFile : HttpContent
    {
        private readonly byte[] _file;
        private readonly Func<Task> _beforeEnd;

        public SlowFile(byte[] file, Func<Task> beforeEnd)
        {
            (_file, _beforeEnd) = (file, beforeEnd);
            Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue(Files.Ndjson);
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(_file.AsMemory(0, _file.Length - 1));
            await stream.FlushAsync();
            await Task.Delay(TimeSpan.FromSeconds(1));
            await _beforeEnd();
            await stream.WriteAsync(_file.AsMemory(_file.Length - 1));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
