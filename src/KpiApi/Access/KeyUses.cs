using System.Collections.Concurrent;
using System.Threading.Channels;
using KpiApi.Storage;

namespace KpiApi.Access;

/// <summary>Remembers when each key was last used: at most once a minute per key, and never while a request waits for it.</summary>
internal sealed partial class KeyUses(Database database, TimeProvider time, ILogger<KeyUses> logger) : BackgroundService, IAsyncDisposable
{
    private const int MostRemembered = 10_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    // Another instance of the program may have written a moment ago.
    private const string Update = "UPDATE ApiKey SET LastUsedAtUtc = @at WHERE PublicId = @publicId AND (LastUsedAtUtc IS NULL OR LastUsedAtUtc <= @before)";

    private readonly ConcurrentDictionary<string, DateTimeOffset> _noted = new(StringComparer.Ordinal);
    private readonly Channel<Use> _uses = Channel.CreateBounded<Use>(new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>Only of a key whose secret was right: a wrong one is no use of it.</summary>
    public void Note(string publicId)
    {
        var now = time.GetUtcNow();
        if (_noted.TryGetValue(publicId, out var last))
        {
            if (now - last < Pause || !_noted.TryUpdate(publicId, now, last))
            {
                return;
            }
        }
        else if (!_noted.TryAdd(publicId, now))
        {
            return;
        }

        if (_noted.Count > MostRemembered)
        {
            foreach (var old in _noted.Where(pair => now - pair.Value >= Pause))
            {
                _noted.TryRemove(old);
            }
        }

        // A full queue loses the note, not the request.
        _uses.Writer.TryWrite(new Use(publicId, now));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _uses.Writer.TryComplete();
        if (ExecuteTask is { } writing)
        {
            await Task.WhenAny(writing, Task.Delay(TimeSpan.FromSeconds(2), cancellationToken));
        }

        await base.StopAsync(cancellationToken);
    }

    // A write that is under way ends before the database is closed.
    public async ValueTask DisposeAsync()
    {
        Dispose();
        if (ExecuteTask is { } writing)
        {
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _uses.Reader.WaitToReadAsync(stoppingToken))
        {
            var uses = new List<Use>();
            while (_uses.Reader.TryRead(out var use))
            {
                uses.Add(use);
            }

            await Write(uses, stoppingToken);
        }
    }

    private async Task Write(List<Use> uses, CancellationToken cancellation)
    {
        try
        {
            await database.Write(
                Scope.None,
                async session =>
                {
                    foreach (var (publicId, instant) in uses)
                    {
                        await session.Execute(Update, new { publicId, at = Instants.Text(instant), before = Instants.Text(instant - Pause) });
                    }

                    return uses.Count;
                },
                cancellation);
        }
        catch (OperationCanceledException)
        {
            // The program stops.
        }
#pragma warning disable CA1031 // A note about a key is worth less than the program that would stop with it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            NotWritten(exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The last use of keys was not written")]
    private partial void NotWritten(Exception exception);

    private sealed record Use(string PublicId, DateTimeOffset At);
}
