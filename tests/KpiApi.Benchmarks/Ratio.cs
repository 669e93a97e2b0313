using System.Diagnostics;
using System.Globalization;

namespace KpiApi.Benchmarks;

/// <summary>One comparison: a subject and the limit it is held against, in turns on the same machine, so that noise meets both.</summary>
/// <param name="Name">What is compared.</param>
/// <param name="Unit">What a figure counts.</param>
/// <param name="Goal">The ratio subject / limit that is asked for.</param>
/// <param name="IsAtMost">The ratio must not be above the goal; else not below.</param>
internal sealed record Ratio(string Name, string Unit, double Goal, bool IsAtMost = false)
{
    private const int Rounds = 5;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    /// <summary>Runs both in turns and prints a row; true when the median of the ratios meets the goal.</summary>
    public async Task<bool> Measure(Func<Task<double>> subject, Func<Task<double>> limit)
    {
        // For caches, and until what runs often is compiled for speed, which the runtime does beside the work.
        var began = Stopwatch.GetTimestamp();
        do
        {
            await subject();
            await limit();
        }
        while (Stopwatch.GetElapsedTime(began) < WarmUp);
        var subjects = new List<double>();
        var limits = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            subjects.Add(await subject());
            limits.Add(await limit());
        }

        var ratios = subjects.Zip(limits, (one, other) => one / other).Order().ToList();
        var median = ratios[Rounds / 2];
        var isMet = IsAtMost ? median <= Goal : median >= Goal;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {Name} | {Median(subjects):N0} {Unit} | {Median(limits):N0} {Unit} | {median:0.00} ({ratios[0]:0.00}–{ratios[^1]:0.00}) | {(IsAtMost ? "≤" : "≥")} {Goal:0.0#} | {(isMet ? "met" : "MISSED")} |"));
        return isMet;
    }

    /// <summary>Things per second.</summary>
    public static async Task<double> PerSecond(int things, Func<Task> work)
    {
        GC.Collect();
        var began = Stopwatch.GetTimestamp();
        await work();
        return things / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
