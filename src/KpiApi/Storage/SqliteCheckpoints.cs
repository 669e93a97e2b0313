using Microsoft.Data.Sqlite;

namespace KpiApi.Storage;

/// <summary>
/// Moves what the log holds into the database file, on a thread of its own, so that no write waits for it. A log that grew large all the
/// same, because writes never paused, is emptied between two of them.
/// </summary>
internal sealed class SqliteCheckpoints(Func<ScopedConnection> open) : IDisposable
{
    /// <summary>Pages of the log above which writes wait until it is empty: 64 MB at 4 kB each.</summary>
    private const long LargeLog = 16 * 1024;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private readonly AutoResetEvent _due = new(false);
    private readonly ManualResetEvent _stop = new(false);
    private Thread? _thread;

    /// <summary>Something was committed.</summary>
    public void Due()
    {
        if (_thread is null)
        {
            _thread = new Thread(Run) { IsBackground = true, Name = "checkpoints" };
            _thread.UnsafeStart();
        }

        _due.Set();
    }

    public void Dispose()
    {
        _stop.Set();
        _thread?.Join();
        _due.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        WaitHandle[] either = [_stop, _due];
        while (WaitHandle.WaitAny(either) != 0 && !_stop.WaitOne(Pause))
        {
            Checkpoint();
        }
    }

    private void Checkpoint()
    {
        try
        {
            using var connection = open();
            if (Move(connection, "PRAGMA wal_checkpoint(PASSIVE)") > LargeLog)
            {
                Move(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
            }
        }
        catch (SqliteException)
        {
            // A disk that fails is told by the next write. The log holds everything until a checkpoint succeeds.
        }
    }

    /// <summary>Pages in the log. Readers that are busy with it make a checkpoint incomplete, not wrong.</summary>
    private static long Move(ScopedConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        return reader.Read() ? reader.GetInt64(1) : 0;
    }
}
