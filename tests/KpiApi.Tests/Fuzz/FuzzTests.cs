using System.Diagnostics;
using System.Globalization;
using KpiApi.Tests.Support;
using Xunit.Abstractions;

namespace KpiApi.Tests.Fuzz;

/// <summary>Alone: the memory of the process is measured, and time counts.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FuzzCollectionDefinition
{
    public const string Name = "fuzz";
}

/// <summary>
/// Hostile input never breaks it (50-reliability U1, U2). KPI_LONG_FUZZ sets the number of requests, KPI_FUZZ_SEED another sequence of them,
/// and KPI_FUZZ_REPLAY=n plays only the round of request n, up to it.
/// </summary>
[Collection(FuzzCollectionDefinition.Name)]
public class FuzzTests(ITestOutputHelper output)
{
    internal const int MostGrowth = 50 * 1024 * 1024;

    // The fuzzer must meet what an integrator does not: the limits of rates have tests of their own.
    internal static readonly string[] Settings = ["--Limits:RequestsPerSecond=1000000", "--Limits:RequestBurst=1000000000", "--Limits:FailedCredentialsPerMinute=1000000000"];

    [Fact]
    public async Task Requests_from_our_own_grammar_valid_or_not_are_answered_as_planned()
    {
        var seed = Setting("KPI_FUZZ_SEED") ?? 1;
        var count = Setting("KPI_LONG_FUZZ") ?? 20_000;
        await using var app = await KpiApp.StartOnFile("2026-02-02", Settings);
        var fuzzer = await Fuzzer.Start(app, seed);
        var watch = Stopwatch.StartNew();
        if (Setting("KPI_FUZZ_REPLAY") is { } number)
        {
            await fuzzer.Play(number / Fuzzer.Round * Fuzzer.Round, number + 1);
            Report(fuzzer);
            return;
        }

        var (before, after) = await fuzzer.Play(count);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{fuzzer.Sent} requests in {watch.Elapsed.TotalSeconds:0} s, {fuzzer.Sent / watch.Elapsed.TotalSeconds:0} per second; memory {before >> 20} MB after a tenth, {after >> 20} MB at the end"));
        output.WriteLine(fuzzer.Summary());
        output.WriteLine("never successful: " + string.Join(", ", fuzzer.Unsuccessful));
        Report(fuzzer);
        Assert.True(after - before < MostGrowth, $"the memory grew from {before} to {after} bytes");
        // A fuzzer whose valid requests are refused at the door tests the door only.
        if (count >= 20_000)
        {
            Assert.True(fuzzer.Unsuccessful.Count <= 5, "never successful: " + string.Join(", ", fuzzer.Unsuccessful));
        }
    }

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static void Report(Fuzzer fuzzer) => Assert.True(fuzzer.Findings.Count == 0, $"{fuzzer.Findings.Count} findings in {fuzzer.Sent} requests\n{string.Join('\n', fuzzer.Findings.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value))}");
}
