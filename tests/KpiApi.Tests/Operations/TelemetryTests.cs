using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using KpiApi.Access;
using KpiApi.Operations;
using KpiApi.Storage;
using KpiApi.Tests.Commands;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace KpiApi.Tests.Operations;

/// <summary>What leaves the program by telemetry and by its log: the names of docs/operations.md, and nobody's secret.</summary>
public sealed partial class TelemetryTests : IDisposable
{
    private readonly ProgramFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [BashFact]
    public async Task A_collector_gets_traces_metrics_and_logs_and_neither_it_nor_the_log_a_secret()
    {
        var key = await ServedProject.Make(_folder.Database);
        await using var collector = await Collector.Start();
        // As much as an operator can ask for.
        using var server = _folder.Start(
            "serve", "--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default=Trace", "--Logging:LogLevel:Microsoft.AspNetCore=Trace", "--Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics=Trace",
            "--Logging:Console:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics=Trace", "--Logging:LogLevel:System=Trace",
            $"--Otlp:Endpoint={collector.Url}", "--Otlp:Protocol=http/protobuf", "--Otlp:Headers=authorization=Bearer%20canary-collector");
        var url = await server.Url();
        using (var http = new HttpClient { BaseAddress = new Uri(url) })
        {
            http.DefaultRequestHeaders.Add(ApiKeyAuthentication.HeaderName, key);
            http.DefaultRequestHeaders.Add("User-Agent", "canary-agent");
            http.DefaultRequestHeaders.Add("Cookie", "session=canary-cookie");
            http.DefaultRequestHeaders.Add("X-Something", "canary-header");
            foreach (var path in new[] { "/health/ready", "/health/live", $"/v1/projects?api_key={key}", $"/v1/projects?q=canary-query&{key}", $"/v1/projects/{key}", "/v1/feeds/projects?format=csv&api_key=canary-param", $"/nowhere/{key}?api_key={key}" })
            {
                (await http.GetAsync(path)).Dispose();
            }

            (await http.PostAsync("/v1/activities?api_key=canary-post", ServedProject.Json("""{"code":"new","name":"canary-name"}"""))).Dispose();
            (await http.PostAsync("/v1/activities", ServedProject.Json("""{"code":"a","name":"canary-again"}"""))).Dispose();
            (await http.PostAsync("/v1/activities", ServedProject.Json("""{"code":"b","name":["canary-malformed"]}"""))).Dispose();
            http.DefaultRequestHeaders.Remove(ApiKeyAuthentication.HeaderName);
            http.DefaultRequestHeaders.Add("Authorization", "Bearer canary-bearer");
            (await http.GetAsync("/v1/projects")).Dispose();
        }

        await SendRaw(url, $"GET /v1/projects?api_key={key}&bad=\u0001 HTTP/1.1\r\nHost: x\r\n\r\n");
        using var kill = Process.Start("bash", ["-c", $"kill -TERM {server.Id}"]);
        var (code, output, error) = await server.End();
        Assert.Equal((0, ""), (code, error));

        var traces = collector.Text("/v1/traces");
        Assert.Matches(@"GET /?v[^/]*/projects/\{", traces);
        Assert.Contains("kpiapi.write", traces, StringComparison.Ordinal);
        Assert.Contains("refused", traces, StringComparison.Ordinal);
        Assert.DoesNotContain("/health", traces, StringComparison.Ordinal);
        var metrics = collector.Text("/v1/metrics");
        foreach (var name in new[] { "kpiapi.writes.duration", "kpiapi.writes.wait", "kpiapi.ready", "kpiapi.storage.size", "kpiapi.storage.free", "http.server.request.duration", "kestrel.active_connections", "dotnet.gc.collections" })
        {
            Assert.Contains(name, metrics, StringComparison.Ordinal);
        }

        Assert.Contains("Microsoft.AspNetCore.", collector.Text("/v1/logs"), StringComparison.Ordinal);
        Assert.Contains("dbug: ", output, StringComparison.Ordinal);
        var secret = key[(key.LastIndexOf('_') + 1)..];
        foreach (var (place, text) in new[] { ("log", output), ("traces", traces), ("metrics", metrics), ("logs", collector.Text("/v1/logs")) })
        {
            Assert.False(text.Contains(secret, StringComparison.OrdinalIgnoreCase), $"the key is in the {place}: {Around(text, secret)}");
            Assert.False(text.Contains("canary", StringComparison.OrdinalIgnoreCase), $"what was sent is in the {place}: {Around(text, "canary")}");
            Assert.False(text.Contains("Data Source", StringComparison.OrdinalIgnoreCase), $"the connection string is in the {place}: {Around(text, "Data Source")}");
        }
    }

    [BashFact]
    public async Task A_collector_that_never_answers_holds_nobody_up()
    {
        using var deaf = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        deaf.Start();
        var key = await ServedProject.Make(_folder.Database);
        using var server = _folder.Start("serve", "--urls", "http://127.0.0.1:0", $"--Otlp:Endpoint=http://127.0.0.1:{((IPEndPoint)deaf.LocalEndpoint).Port}", "--Otlp:Protocol=http/protobuf");
        using var http = ServedProject.Client(await server.Url(), key);
        await ServedProject.Post(http, "/v1/activities", """{"code":"new","name":"New"}""");
        var watch = Stopwatch.StartNew();
        using var kill = Process.Start("bash", ["-c", $"kill -TERM {server.Id}"]);
        var run = await server.End();
        Assert.Equal((0, ""), (run.Code, run.Error));
        // With requests under way it may be twenty more.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"stopped after {watch.Elapsed}");
    }

    [Fact]
    public async Task Rows_are_counted_when_their_write_is_durable_and_only_then()
    {
        var counted = new ConcurrentQueue<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Name == Telemetry.Name && instrument.Name == "kpiapi.facts.stored")
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        // Others count at the same time; nobody else counts as many.
        const int Mark = 1_234_000;
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            if (value >= Mark)
            {
                counted.Enqueue($"{tags[0].Value} {value - Mark}");
            }
        });
        listener.Start();
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        var scope = new Scope { OrganisationId = client.OrganisationId };

        await app.Database.Write(
            scope,
            session =>
            {
                Telemetry.FactsStored(Mark + 1, Mark + 2, Mark + 3, Mark + 4);
                Assert.Empty(counted);
                return Task.FromResult(true);
            },
            CancellationToken.None);
        Assert.Equal(["inserted 1", "corrected 2", "unchanged 3", "rejected 4"], counted);

        await app.Database.Write(
            scope,
            session =>
            {
                session.IsTrial = true;
                Telemetry.FactsStored(Mark + 5, 0, 0, 0);
                return Task.FromResult(true);
            },
            CancellationToken.None);
        await Assert.ThrowsAsync<IOException>(() => app.Database.Write<bool>(
            scope,
            session =>
            {
                Telemetry.FactsStored(Mark + 6, 0, 0, 0);
                throw new IOException();
            },
            CancellationToken.None));
        Assert.Equal(4, counted.Count);
    }

    [Fact]
    public void The_table_of_metrics_is_complete()
    {
        var documented = Name().Matches(File.ReadAllText(Path.Combine(Root(), "docs", "operations.md"))).Select(match => match.Value).ToHashSet();
        var raised = Directory.GetFiles(Path.Combine(Root(), "src", "KpiApi", "Operations"), "*.cs").SelectMany(file => Name().Matches(File.ReadAllText(file))).Select(match => match.Value).ToHashSet();
        Assert.NotEmpty(raised);
        Assert.Equal(raised.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    private static string Around(string text, string word)
    {
        var at = Math.Max(0, text.IndexOf(word, StringComparison.OrdinalIgnoreCase));
        return text[Math.Max(0, at - 300)..Math.Min(text.Length, at + 100)];
    }

    private static async Task SendRaw(string url, string request)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(url).Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        var buffer = new byte[1000];
        Assert.NotEqual(0, await client.GetStream().ReadAsync(buffer));
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "KpiApi.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }

    [GeneratedRegex(@"\bkpiapi\.[a-z]+(?:\.[a-z]+)*\b(?!\.(?:service|conf))")]
    private static partial Regex Name();

    /// <summary>Takes what a program exports, and keeps it as text: names and values stand in it as they are.</summary>
    private sealed class Collector(WebApplication app, ConcurrentQueue<(string Path, string Body)> received) : IAsyncDisposable
    {
        public string Url => app.Urls.First();

        public static async Task<Collector> Start()
        {
            var received = new ConcurrentQueue<(string, string)>();
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            var app = builder.Build();
            app.Run(async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                received.Enqueue((context.Request.Path, Encoding.Latin1.GetString(body.ToArray())));
                context.Response.StatusCode = 200;
            });
            await app.StartAsync();
            return new Collector(app, received);
        }

        public string Text(string path) => string.Concat(received.Where(request => request.Path == path).Select(request => request.Body));

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
