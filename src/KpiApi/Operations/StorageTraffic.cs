using System.Diagnostics;

namespace KpiApi.Operations;

/// <summary>What the work of this process says about the database: a write that just became durable proves more than any probe, and an answer that it is there.</summary>
internal sealed class StorageTraffic
{
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(0.9);

    // A large batch may take seconds. What takes longer than this hangs, as far as anyone who waits for it can tell.
    private static readonly TimeSpan LongestWork = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private long? _workedAt;
    private long? _committedAt;
    private long? _answeredAt;
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

    /// <summary>The least that is shown.</summary>
    /// <param name="patience">An answer that is older shows nothing.</param>
    public ReadyState Shown(TimeSpan patience)
    {
        lock (_lock)
        {
            return HasJustCommitted ? ReadyState.Ready
                : _answeredAt is { } answered && Stopwatch.GetElapsedTime(answered) < patience ? ReadyState.ReadOnly
                : ReadyState.Down;
        }
    }

    /// <summary>A server answered on a connection other than that of the probe.</summary>
    public void Answered()
    {
        lock (_lock)
        {
            _answeredAt = Stopwatch.GetTimestamp();
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
