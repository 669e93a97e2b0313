using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace KpiApi.Operations;

/// <summary>
/// What the program tells about itself, by the names of docs/operations.md. Any room may raise these; nothing here knows a room.
/// Tags are closed lists: no code, name or id of an organisation, which would leak it and make a series of each.
/// </summary>
internal static class Telemetry
{
    public const string Name = "KpiApi";

    public static readonly ActivitySource Spans = new(Name);
    public static readonly Meter Meter = new(Name);

    /// <summary>Seconds from asking for a transaction to its durable end, with the wait for the writer.</summary>
    public static readonly Histogram<double> WriteDuration = Meter.CreateHistogram<double>("kpiapi.writes.duration", "s", "Time of a write, from asking for the transaction to its durable end.");

    /// <summary>Seconds of that during which other writes went first.</summary>
    public static readonly Histogram<double> WriteWait = Meter.CreateHistogram<double>("kpiapi.writes.wait", "s", "Time that a write waited for the writer.");

    /// <summary>1 when the last probe of the database succeeded, else 0. Nothing before the first probe.</summary>
    public static readonly Gauge<int> Ready = Meter.CreateGauge<int>("kpiapi.ready", description: "1 when the last probe of the database succeeded, else 0.");

    private static readonly Counter<long> Facts = Meter.CreateCounter<long>("kpiapi.facts.stored", "{row}", "Facts by what became of them.");
    private static readonly Counter<long> Entries = Meter.CreateCounter<long>("kpiapi.ledger.stored", "{row}", "Ledger entries by what became of them.");
    private static readonly Counter<long> FeedRows = Meter.CreateCounter<long>("kpiapi.feed.rows", "{row}", "Rows sent by feeds.");

    private static readonly AsyncLocal<List<Action>?> Uncommitted = new();

    /// <summary>Counts the facts of a batch when, and if, the write that they are part of is durable.</summary>
    public static void FactsStored(int inserted, int corrected, int unchanged, int rejected) => Stored(Facts, inserted, corrected, unchanged, rejected);

    /// <summary>The same for ledger entries.</summary>
    public static void EntriesStored(int inserted, int corrected, int unchanged, int rejected) => Stored(Entries, inserted, corrected, unchanged, rejected);

    /// <summary>Counts the rows of a feed that were sent.</summary>
    /// <param name="feed">The name in its address, one of the catalogue.</param>
    /// <param name="rows">Rows of this answer.</param>
    public static void FeedSent(string feed, long rows) => FeedRows.Add(rows, new KeyValuePair<string, object?>("kpiapi.feed", feed));

    /// <summary>From here on, in this flow of control, what is counted waits for the returned actions to be called.</summary>
    internal static IReadOnlyList<Action> HoldCounts() => Uncommitted.Value = [];

    private static void Stored(Counter<long> counter, int inserted, int corrected, int unchanged, int rejected)
    {
        foreach (var (outcome, rows) in new[] { ("inserted", inserted), ("corrected", corrected), ("unchanged", unchanged), ("rejected", rejected) })
        {
            if (rows == 0)
            {
                continue;
            }

            void Count() => counter.Add(rows, new KeyValuePair<string, object?>("kpiapi.outcome", outcome));
            if (Uncommitted.Value is { } held)
            {
                held.Add(Count);
            }
            else
            {
                Count();
            }
        }
    }
}
