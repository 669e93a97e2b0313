using System.Diagnostics;

namespace KpiApi.Operations;

/// <summary>What the writes of this process say about the database: one that just became durable proves more than any probe.</summary>
internal sealed class WriteTraffic
{
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(0.9);

    // A large batch may take seconds. What takes longer than this hangs, as far as anyone who waits for it can tell.
    private static readonly TimeSpan LongestWork = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private long? _workedAt;
    private long? _committedAt;
    private int _atWork;

    /// <summary>True when a write was durable a moment ago.</summary>
    public bool HasJustCommitted
    {
        get
        {
            lock (_lock)
            {
                return _committedAt is { } committed && Stopwatch.GetElapsedTime(committed) < Recent;
            }
        }
    }

    /// <summary>True when a write was durable a moment ago, or one holds the writer and would only make a probe wait.</summary>
    public bool IsFlowing
    {
        get
        {
            lock (_lock)
            {
                return HasJustCommitted || (_atWork > 0 && _workedAt is { } worked && Stopwatch.GetElapsedTime(worked) < LongestWork);
            }
        }
    }

    public void Began()
    {
        lock (_lock)
        {
            _atWork++;
            _workedAt = Stopwatch.GetTimestamp();
        }
    }

    public void Ended(bool isCommitted)
    {
        lock (_lock)
        {
            _atWork--;
            _committedAt = isCommitted ? Stopwatch.GetTimestamp() : _committedAt;
        }
    }
}
