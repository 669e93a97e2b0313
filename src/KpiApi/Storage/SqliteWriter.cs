using System.Data.Common;
using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace KpiApi.Storage;

/// <summary>
/// The one writer of a file, on a thread of its own. Whatever waits for it shares a COMMIT; one that fails leaves no trace, and the others do not
/// notice, except that they may be run once more. Everybody is answered after the COMMIT is on the disk.
/// </summary>
/// <param name="open">Opens the connection that writes.</param>
/// <param name="committed">Called after each COMMIT, on the writer's thread.</param>
/// <param name="mostInGroup">Writes that may share a COMMIT. 1 is for measuring what the sharing gains.</param>
internal sealed class SqliteWriter(Func<ScopedConnection> open, Action committed, int mostInGroup) : IDisposable
{
    public const int MostInGroup = 256;

    /// <summary>Who comes when so many wait would wait longer than a client does.</summary>
    public const int MostWaiting = 2048;

    // The first of a group waits for the last: a bulk upload must not gather more of its like behind it.
    private static readonly TimeSpan LongestGroup = TimeSpan.FromMilliseconds(20);

    private readonly Channel<Item> _queue = Channel.CreateBounded<Item>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly Lock _lock = new();
    private Thread? _thread;
    private ScopedConnection? _connection;
    private bool _hasBegun;

    /// <summary>Runs work in the next transaction.</summary>
    /// <exception cref="StorageBusyException">Too many wait already.</exception>
    public Task<T> Write<T>(Scope scope, Work<T> work, CancellationToken cancellation, bool joins = false)
    {
        Start();
        var item = new Item<T>(scope, work, joins, cancellation);
        return _queue.Writer.TryWrite(item) ? item.Task : throw new StorageBusyException($"{MostWaiting} writes wait already.");
    }

    public void Dispose()
    {
        _queue.Writer.TryComplete();
        Thread? thread;
        lock (_lock)
        {
            thread = _thread;
        }

        thread?.Join();
        _connection?.Dispose();
    }

    private void Start()
    {
        if (Volatile.Read(ref _thread) is not null)
        {
            return;
        }

        lock (_lock)
        {
            if (_thread is null)
            {
                var thread = new Thread(Run) { IsBackground = true, Name = "writer" };
                thread.UnsafeStart();
                Volatile.Write(ref _thread, thread);
            }
        }
    }

    private void Run()
    {
        var group = new List<Item>(mostInGroup);
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            group.Clear();
            try
            {
                Gather(group);
            }
#pragma warning disable CA1031 // Whatever happens belongs to those who wait for it; the writer goes on.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                // A connection that met such a failure is not trusted with the next transaction.
                _connection?.Dispose();
                _connection = null;
                Refuse(group, exception);
                continue;
            }

            foreach (var item in group)
            {
                item.Complete();
            }
        }
    }

    private void Refuse(List<Item> group, Exception exception)
    {
        // Who queued while another program held the file has waited as long as the first, and would wait for it again.
        for (var waiting = _hasBegun ? 0 : _queue.Reader.Count; waiting > 0 && _queue.Reader.TryRead(out var item); waiting--)
        {
            if (item.TryBegin())
            {
                group.Add(item);
            }
        }

        foreach (var item in group)
        {
            item.Fail(exception);
        }
    }

    /// <summary>One transaction. Those in the group are durable when this returns and undone when it throws.</summary>
    private void Gather(List<Item> group)
    {
        var began = Stopwatch.GetTimestamp();
        SqliteTransaction? transaction = null;
        _hasBegun = false;
        try
        {
            var shared = Shared();
            var isKept = false;
            var isUndone = false;
            Exception? ended = null;
            while (group.Count < mostInGroup && Stopwatch.GetElapsedTime(began) < LongestGroup && _queue.Reader.TryRead(out var item))
            {
                if (!item.TryBegin())
                {
                    continue;
                }

                group.Add(item);
                _connection ??= open();
                transaction ??= _connection.BeginTransaction(deferred: false);
                _hasBegun = true;
                if (!item.Joins && Settle(shared) is not null)
                {
                    isUndone = true;
                    break;
                }

                var changes = raw.sqlite3_total_changes(_connection.Handle);
                (ended, var keep) = Run(item, transaction, shared, settles: !item.Joins);
                if (!keep && raw.sqlite3_total_changes(_connection.Handle) != changes)
                {
                    isUndone = true;
                    break;
                }

                isKept |= keep;
                if (ended is not null)
                {
                    item.Fail(ended);
                    group.RemoveAt(group.Count - 1);
                }
            }

            if (isKept && !isUndone)
            {
                ended = Settle(shared);
                isUndone = ended is not null;
            }

            if (isUndone)
            {
                isKept = false;
                transaction!.Rollback();
                transaction.Dispose();
                transaction = null;
                if (group.Count == 1)
                {
                    FailAlone(group, ended);
                }
                else
                {
                    transaction = _connection!.BeginTransaction(deferred: false);
                    isKept = RunApart(group, transaction);
                }
            }

            if (isKept)
            {
                transaction!.Commit();
                committed();
            }
        }
        finally
        {
            transaction?.Dispose();
        }
    }

    private static void FailAlone(List<Item> group, Exception? ended)
    {
        // Else it was a trial, and has its result.
        if (ended is not null)
        {
            group[0].Fail(ended);
            group.Clear();
        }
    }

    /// <summary>
    /// One of them has something to undo: they begin again, each under a savepoint of its own. Those are not taken from the start, because they make
    /// the engine copy every page that anybody touches, which takes longer than the work.
    /// </summary>
    private bool RunApart(List<Item> group, SqliteTransaction transaction)
    {
        var isKept = false;
        foreach (var item in group.ToList())
        {
            _connection!.Run("SAVEPOINT item", transaction);
            var (ended, keep) = Run(item, transaction, Shared(), settles: true);
            if (!keep)
            {
                _connection.Run("ROLLBACK TO item", transaction);
            }

            _connection.Run("RELEASE item", transaction);
            isKept |= keep;
            if (ended is not null)
            {
                item.Fail(ended);
                group.Remove(item);
            }
        }

        return isKept;
    }

    /// <summary>What ended the item, if it failed, and whether what it did is kept.</summary>
    private (Exception? Ended, bool Keep) Run(Item item, SqliteTransaction transaction, SharedWork shared, bool settles)
    {
        var connection = _connection!;
        connection.Scope = item.Scope;
        try
        {
            var keep = item.Run(connection, transaction, shared);
            if (settles)
            {
                shared.Settle().GetAwaiter().GetResult();
            }

            return (null, keep);
        }
        catch (Exception exception) when (!EndsTheGroup(exception, connection))
        {
            return (exception, false);
        }
    }

    private SharedWork Shared() => new(scope => _connection!.Scope = scope);

    /// <summary>What ended the settling, if it failed.</summary>
    private Exception? Settle(SharedWork shared)
    {
        try
        {
            shared.Settle().GetAwaiter().GetResult();
            return null;
        }
        catch (Exception exception) when (!EndsTheGroup(exception, _connection!))
        {
            return exception;
        }
    }

    /// <summary>A disk that fails or is full fails for all; SQLite may have undone the whole transaction already.</summary>
    private static bool EndsTheGroup(Exception exception, ScopedConnection connection) =>
        (exception is SqliteException { SqliteErrorCode: not (raw.SQLITE_ERROR or raw.SQLITE_CONSTRAINT or raw.SQLITE_TOOBIG or raw.SQLITE_MISMATCH or raw.SQLITE_RANGE) })
        || raw.sqlite3_get_autocommit(connection.Handle) != 0;

    private abstract class Item(Scope scope, bool joins)
    {
        public Scope Scope => scope;

        public bool Joins => joins;

        /// <summary>False: whoever asked does not wait any more.</summary>
        public abstract bool TryBegin();

        public abstract bool Run(DbConnection connection, DbTransaction transaction, SharedWork shared);

        public abstract void Complete();

        public abstract void Fail(Exception exception);
    }

    private sealed class Item<T> : Item
    {
        private readonly Work<T> _work;

        // What the asker carries along, such as its trace, goes with its work.
        private readonly ExecutionContext? _context = ExecutionContext.Capture();
        private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenRegistration _registration;
        private int _isTaken;
        private T _result = default!;

        public Item(Scope scope, Work<T> work, bool joins, CancellationToken cancellation)
            : base(scope, joins)
        {
            _work = work;
            _registration = cancellation.UnsafeRegister(
                static (state, token) =>
                {
                    var item = (Item<T>)state!;
                    if (Interlocked.Exchange(ref item._isTaken, 1) == 0)
                    {
                        item._source.TrySetCanceled(token);
                    }
                },
                this);
        }

        public Task<T> Task => _source.Task;

        public override bool TryBegin() => Interlocked.Exchange(ref _isTaken, 1) == 0;

        public override bool Run(DbConnection connection, DbTransaction transaction, SharedWork shared)
        {
            Task<(T Result, bool Keep)>? work = null;
            if (_context is null)
            {
                work = _work(connection, transaction, shared);
            }
            else
            {
                ExecutionContext.Run(_context, _ => work = _work(connection, transaction, shared), null);
            }

            (_result, var keep) = work!.GetAwaiter().GetResult();
            return keep;
        }

        public override void Complete()
        {
            _registration.Dispose();
            _source.TrySetResult(_result);
        }

        public override void Fail(Exception exception)
        {
            _registration.Dispose();
            _source.TrySetException(exception);
        }
    }
}
