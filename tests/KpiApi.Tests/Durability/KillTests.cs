using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using KpiApi.Tests.Commands;
using KpiApi.Tests.Operations;
using Xunit.Abstractions;

namespace KpiApi.Tests.Durability;

/// <summary>
/// An acknowledged row survives the death of the process (50-reliability D1, D4, D6). KPI_LONG_KILLS sets the number of kills,
/// KPI_KILL_SEED another sequence of them.
/// </summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private const int Clients = 64;

    private readonly ProgramFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [BashFact]
    public async Task Nothing_acknowledged_is_lost_doubled_or_partial_when_the_program_is_killed_again_and_again()
    {
        var verdict = await Run(Setting("KPI_LONG_KILLS") ?? 25, Clients, _folder.Start);
        Assert.True(verdict.IsClean, verdict.ToString());
        Assert.True(verdict.Acknowledged > 1000, verdict.ToString());
    }

    [BashFact]
    public async Task An_acknowledgement_before_the_commit_is_found_out()
    {
        var verdict = await Run(3, Clients / 4, words => _folder.StartTestHost([TestHost.EarlyAcknowledgement, .. words]));
        Assert.True(verdict.Lost > 0, verdict.ToString());
    }

    private async Task<Verdict> Run(int kills, int clients, Func<string[], ProgramProcess> start)
    {
        var key = await ServedProject.Make(_folder.Database);
        var url = $"http://127.0.0.1:{FreePort()}";
        string[] words = ["serve", "--urls", url, "--Limits:RequestsPerSecond=1000000", "--Limits:RequestBurst=1000000000"];
        var seed = Setting("KPI_KILL_SEED") ?? 1;
        var random = new Random(seed);
        using var http = ServedProject.Client(url, key);
        using var crowd = new Crowd(http, "p", "quote-to-order-rate", seed);
        var watch = Stopwatch.StartNew();
        var starting = TimeSpan.Zero;
        var server = start(words);
        await server.Url();
        var acknowledged = crowd.NextAcknowledgement();
        crowd.Start(clients);
        for (var kill = 0; kill < kills; kill++)
        {
            await acknowledged;
            await Task.Delay(random.Next(50, 500));
            crowd.Down();
            await server.Kill();
            server.Dispose();
            var began = watch.Elapsed;
            server = start(words);
            await server.Url();
            starting += watch.Elapsed - began;
            acknowledged = crowd.NextAcknowledgement();
            crowd.Up();
        }

        await acknowledged;
        await crowd.Stop();
        var load = watch.Elapsed;
        var verdict = await Verdict.Of(_folder.Database, crowd.Notes(), crowd, http);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kills} kills in {load.TotalSeconds:0} s, {starting.TotalSeconds / Math.Max(1, kills):0.00} s to be ready again; {crowd.Attempts} attempts; looked at for {(watch.Elapsed - load).TotalSeconds:0} s: {verdict}"));
        await server.Kill();
        return verdict;
    }

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
