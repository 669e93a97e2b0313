using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using KpiApi.Tests.Commands;

namespace KpiApi.Tests.Operations;

/// <summary>SIGTERM ends the program without ending anybody's work.</summary>
public sealed class StopTests : IDisposable
{
    // .ci/long may ask for more of them.
    private static readonly int Stops = int.Parse(Environment.GetEnvironmentVariable("KPI_LONG_STOPS") ?? "2", CultureInfo.InvariantCulture);

    private readonly ProgramFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [BashFact]
    public async Task Nothing_acknowledged_is_lost_when_servers_take_over_from_each_other_under_load()
    {
        var url = $"http://127.0.0.1:{FreePort()}";
        var key = await ServedProject.Make(_folder.Database);
        var server = _folder.Start("serve", "--urls", url);
        await server.Url();
        var acknowledged = new ConcurrentBag<string>();
        var strange = new ConcurrentBag<string>();
        using var enough = new CancellationTokenSource();
        using var http = ServedProject.Client(url, key);
        var clients = Enumerable.Range(0, 16).Select(client => Task.Run(async () =>
        {
            for (var number = 0; !enough.IsCancellationRequested; number++)
            {
                await PostUntilAcknowledged(http, $"{client}-{number}", strange);
                acknowledged.Add($"{client}-{number}");
            }
        })).ToList();

        for (var stop = 0; stop < Stops; stop++)
        {
            var before = acknowledged.Count;
            await Until(() => acknowledged.Count > before + 100);
            await Terminate(server);
            server = _folder.Start("serve", "--urls", url);
            await server.Url();
        }

        var last = acknowledged.Count;
        await Until(() => acknowledged.Count > last + 100);
        await enough.CancelAsync();
        await Task.WhenAll(clients);

        Assert.Empty(strange);
        var stored = (await ServedProject.Facts(http)).Select(fact => (string)fact["externalId"]!).ToList();
        Assert.Equal(acknowledged.Order(StringComparer.Ordinal), stored.Order(StringComparer.Ordinal));
        await Terminate(server);
    }

    [BashFact]
    public async Task A_request_under_way_is_finished_and_answered()
    {
        var url = $"http://127.0.0.1:{FreePort()}";
        var key = await ServedProject.Make(_folder.Database);
        var server = _folder.Start("serve", "--urls", url);
        await server.Url();
        using var http = ServedProject.Client(url, key);
        using var begun = new SemaphoreSlim(0);
        using var rest = new SemaphoreSlim(0);
        var fact = Encoding.UTF8.GetBytes(Fact("slow"));
        var post = http.PostAsync("/v1/measurements", new PausedContent(fact, begun, rest));
        await begun.WaitAsync();
        await Task.Delay(300);
        var stopped = Terminate(server);

        // Longer than any default that would cut it off, and the door is shut meanwhile.
        await Task.Delay(2500);
        using var late = ServedProject.Client(url, key);
        await Assert.ThrowsAsync<HttpRequestException>(() => late.GetAsync("/health/live"));
        Assert.False(stopped.IsCompleted);
        rest.Release();
        using var answer = await post;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(1, (int)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["inserted"]!);
        await stopped;
    }

    private static string Fact(string id) => $$"""{"project":"p","kpi":"quote-to-order-rate","date":"2025-02-05","numerator":1,"denominator":4,"externalId":"{{id}}"}""";

    // What a good client does: no answer or 503 means again, with the same identity.
    private static async Task PostUntilAcknowledged(HttpClient http, string id, ConcurrentBag<string> strange)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(60); await Task.Delay(20))
        {
            try
            {
                using var answer = await http.PostAsync("/v1/measurements", ServedProject.Json(Fact(id)));
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }

                if (answer.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests))
                {
                    strange.Add($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // The server is away for a moment.
            }
        }

        strange.Add($"{id} was never acknowledged");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task Until(Func<bool> isTrue)
    {
        for (var watch = Stopwatch.StartNew(); !isTrue(); await Task.Delay(10))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60));
        }
    }

    private static async Task Terminate(ProgramProcess server)
    {
        var watch = Stopwatch.StartNew();
        using var kill = Process.Start("bash", ["-c", $"kill -TERM {server.Id}"]);
        var run = await server.End();
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"stopped after {watch.Elapsed}");
    }

    /// <summary>A body whose second half is sent when the test says so.</summary>
    private sealed class PausedContent : HttpContent
    {
        private readonly byte[] _bytes;
        private readonly SemaphoreSlim _begun;
        private readonly SemaphoreSlim _rest;

        public PausedContent(byte[] bytes, SemaphoreSlim begun, SemaphoreSlim rest)
        {
            (_bytes, _begun, _rest) = (bytes, begun, rest);
            Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(_bytes.AsMemory(0, _bytes.Length / 2));
            await stream.FlushAsync();
            _begun.Release();
            await _rest.WaitAsync();
            await stream.WriteAsync(_bytes.AsMemory(_bytes.Length / 2));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _bytes.Length;
            return true;
        }
    }
}
