using System.Globalization;
using Xunit.Abstractions;

namespace KpiApi.Tests.Durability;

/// <summary>
/// An acknowledged row survives a power cut (50-reliability D2): everything that was written and not synced is gone, or partly gone, in any order.
/// KPI_LONG_CUTS sets the number of cuts.
/// </summary>
public class PowerCutTests(ITestOutputHelper output)
{
    private const int Clients = 16;
    private static readonly int Cuts = int.TryParse(Environment.GetEnvironmentVariable("KPI_LONG_CUTS"), CultureInfo.InvariantCulture, out var cuts) ? cuts : 5;

    [Fact]
    public async Task Nothing_acknowledged_is_lost_or_partial_when_the_power_is_cut()
    {
        var verdicts = await Run(Cuts, synchronous: null);
        Assert.All(verdicts, verdict => Assert.True(verdict.IsClean, verdict.ToString()));
        Assert.True(verdicts[^1].Acknowledged > 1000, verdicts[^1].ToString());
    }

    [Fact]
    public async Task A_writer_that_does_not_sync_every_commit_is_found_out()
    {
        var verdicts = await Run(6, synchronous: "NORMAL");
        Assert.True(verdicts.Sum(verdict => verdict.Lost) > 0, "nothing was lost: these tests do not see what they must see");
        // What is lost is the end; what is left is sound. That is what the engine promises for this setting.
        Assert.All(verdicts, verdict => Assert.Equal(("ok", 0L, 0L), (verdict.Integrity, verdict.Partial, verdict.WrongRollups)));
    }

    private async Task<IReadOnlyList<Verdict>> Run(int cuts, string? synchronous)
    {
        // Every cut is compared with all rows so far: a long run begins anew now and then.
        const int MostAtOnce = 20;
        var verdicts = new List<Verdict>();
        for (var first = 0; first < cuts; first += MostAtOnce)
        {
            await Run(first, Math.Min(cuts, first + MostAtOnce), synchronous, verdicts);
        }

        return verdicts;
    }

    private async Task Run(int first, int end, string? synchronous, List<Verdict> verdicts)
    {
        var random = new Random(first);
        await using var app = await DiskApp.Start(synchronous);
        using var crowd = new Crowd(app.Http, DiskApp.Project, DiskApp.Kpi, first);
        crowd.Start(Clients);
        for (var cut = first; cut < end; cut++)
        {
            await crowd.NextAcknowledgement();
            await Task.Delay(random.Next(50, 500));
            verdicts.Add(await Cut(app, crowd, random, (cut % 4) switch { 0 => 0, 1 => 1, 2 => 0.5, _ => random.NextDouble() }));
        }

        await crowd.Stop();
        verdicts.Add(await Verdict.Of(app.DatabaseFile, crowd.Notes(), crowd, app.Http));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{end} cuts, {app.Disk.Syncs} syncs; so far {verdicts.Count(verdict => verdict.Lost > 0)} cuts with losses, {verdicts.Sum(verdict => verdict.Lost)} rows lost; without a cut: {verdicts[^1]}"));
    }

    private static async Task<Verdict> Cut(DiskApp app, Crowd crowd, Random random, double share)
    {
        var folder = Directory.CreateTempSubdirectory("kpiapi-cut-");
        try
        {
            var before = crowd.Notes();
            app.Disk.CutPower(folder.FullName, random, share);
            var notes = Between(before, crowd.Notes());
            // What they would post meanwhile has to be compared at every later cut.
            crowd.Rest();
            var (left, http) = await app.StartOn(folder.FullName);
            await using (left)
            {
                using (http)
                {
                    return await Verdict.Of(Path.Combine(folder.FullName, "kpi.db"), notes, crowd, http);
                }
            }
        }
        finally
        {
            crowd.GoOn();
            folder.Delete(recursive: true);
        }
    }

    // The clients went on while the power was cut: what they were told before it must be there, what they asked for after it may be.
    private static List<List<Note>> Between(IReadOnlyList<IReadOnlyList<Note>> before, IReadOnlyList<IReadOnlyList<Note>> after) =>
        [.. after.Select((client, index) => client.Select((note, number) =>
        {
            var acknowledged = number < before[index].Count ? before[index][number].Acknowledged : 0;
            return new Note(note.Kind, note.Rows) { Acknowledged = acknowledged, Sent = note.Sent, Fate = acknowledged > 0 ? Fate.Acknowledged : note.Fate == Fate.Refused ? Fate.Refused : Fate.Open };
        }).ToList())];
}
