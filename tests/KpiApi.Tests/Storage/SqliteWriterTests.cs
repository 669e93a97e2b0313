using KpiApi.Storage;
using Microsoft.Data.Sqlite;

namespace KpiApi.Tests.Storage;

/// <summary>One writer: those who wait share a COMMIT, one that fails is alone with it, and nobody is answered before the disk has it.</summary>
public sealed class SqliteWriterTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"kpi-writer-{Guid.NewGuid():N}.db");
    private readonly ManualResetEventSlim _gate = new(true);
    private int _commits;
    private int _pages;

    public SqliteWriterTests()
    {
        using var connection = Open();
        connection.Run("PRAGMA journal_mode = WAL");
        connection.Run("CREATE TABLE Row (Id INTEGER NOT NULL PRIMARY KEY, Text TEXT NOT NULL) STRICT");
    }

    [Fact]
    public async Task Those_who_wait_share_a_commit()
    {
        using var writer = Writer();
        var first = Held(writer, 0);
        var others = Enumerable.Range(1, 200).Select(id => writer.Write(Scope.None, Insert(id), CancellationToken.None)).ToList();
        _gate.Set();
        await first;
        await Task.WhenAll(others);
        Assert.Equal(201, Count());
        Assert.InRange(_commits, 1, 20);
    }

    [Fact]
    public async Task One_commit_each_is_what_a_group_of_one_is()
    {
        using var writer = Writer(mostInGroup: 1);
        var first = Held(writer, 0);
        var others = Enumerable.Range(1, 50).Select(id => writer.Write(Scope.None, Insert(id), CancellationToken.None)).ToList();
        _gate.Set();
        await first;
        await Task.WhenAll(others);
        Assert.Equal(51, _commits);
    }

    [Fact]
    public async Task One_that_fails_or_is_a_trial_leaves_no_trace_and_the_others_do_not_notice()
    {
        using var writer = Writer();
        var first = Held(writer, 0);
        var good = writer.Write(Scope.None, Insert(1), CancellationToken.None);
        var twice = writer.Write(Scope.None, Insert(1), CancellationToken.None);
        var fault = writer.Write<int>(
            Scope.None,
            async (connection, transaction, shared) =>
            {
                await Insert(2)(connection, transaction, shared);
                throw new InvalidOperationException("of this one only");
            },
            CancellationToken.None);
        var trial = writer.Write(
            Scope.None,
            async (connection, transaction, shared) =>
            {
                await Insert(3)(connection, transaction, shared);
                return (7, false);
            },
            CancellationToken.None);
        var last = writer.Write(Scope.None, Insert(4), CancellationToken.None);
        _gate.Set();
        await first;
        Assert.Equal(1, await good);
        Assert.Equal(19, (await Assert.ThrowsAsync<SqliteException>(() => twice)).SqliteErrorCode);
        Assert.Equal("of this one only", (await Assert.ThrowsAsync<InvalidOperationException>(() => fault)).Message);
        Assert.Equal(7, await trial);
        await last;
        Assert.Equal("0 1 4", Ids());
    }

    [Fact]
    public async Task Whoever_is_answered_is_on_the_disk()
    {
        using var writer = Writer();
        await Parallel.ForEachAsync(Enumerable.Range(0, 300), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (id, cancellation) =>
        {
            await writer.Write(Scope.None, Insert(id), cancellation);
            using var reader = Open();
            using var command = reader.CreateCommand();
            command.CommandText = "SELECT COUNT(*) FROM Row WHERE Id = @id";
            command.Parameters.AddWithValue("@id", id);
            Assert.Equal(1L, command.ExecuteScalar());
        });
    }

    [Fact]
    public async Task Whoever_does_not_wait_any_more_is_not_written()
    {
        using var writer = Writer();
        using var gone = new CancellationTokenSource();
        var first = Held(writer, 0);
        var abandoned = writer.Write(Scope.None, Insert(1), gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);
        _gate.Set();
        await first;
        await writer.Write(Scope.None, Insert(2), CancellationToken.None);
        Assert.Equal("0 2", Ids());
    }

    [Fact]
    public async Task A_full_queue_refuses_at_once_and_takes_again_when_there_is_room()
    {
        using var writer = Writer();
        var first = Held(writer, 0);
        var waiting = Enumerable.Range(1, SqliteWriter.MostWaiting).Select(id => writer.Write(Scope.None, Insert(id), CancellationToken.None)).ToList();
        Assert.Throws<StorageBusyException>(() => { _ = writer.Write(Scope.None, Insert(-1), CancellationToken.None); });
        _gate.Set();
        await first;
        await Task.WhenAll(waiting);
        await writer.Write(Scope.None, Insert(-2), CancellationToken.None);
        Assert.Equal(SqliteWriter.MostWaiting + 2, Count());
    }

    [Fact]
    public async Task A_full_disk_fails_the_whole_group_and_the_next_one_works_when_there_is_room()
    {
        using (var writer = Writer())
        {
            await writer.Write(Scope.None, Insert(0), CancellationToken.None);
        }

        _pages = 12;
        using (var writer = Writer())
        {
            var first = Held(writer, 1);
            var small = writer.Write(Scope.None, Insert(2), CancellationToken.None);
            var large = writer.Write(Scope.None, Insert(3, new string('x', 200_000)), CancellationToken.None);
            _gate.Set();
            foreach (var refused in new[] { small, large })
            {
                Assert.Equal(13, (await Assert.ThrowsAsync<SqliteException>(() => refused)).SqliteErrorCode);
            }

            // The first is of their group, or was slow enough to have one of its own.
            var before = await Record.ExceptionAsync(() => first) is null ? "0 1" : "0";
            Assert.Equal(before, Ids());
            _pages = 0;
            await writer.Write(Scope.None, Insert(3, new string('x', 200_000)), CancellationToken.None);
            Assert.Equal(before + " 3", Ids());
        }
    }

    [Fact]
    public async Task A_file_that_somebody_else_holds_fails_all_who_waited_for_it_together()
    {
        using var writer = Writer();
        using var other = Open();
        using (var held = other.BeginTransaction(deferred: false))
        {
            var refused = Enumerable.Range(0, 20).Select(id => writer.Write(Scope.None, Insert(id), CancellationToken.None)).ToList();
            foreach (var task in refused)
            {
                Assert.Equal(5, (await Assert.ThrowsAsync<SqliteException>(() => task)).SqliteErrorCode);
            }
        }

        await writer.Write(Scope.None, Insert(100), CancellationToken.None);
        Assert.Equal("100", Ids());
    }

    public void Dispose()
    {
        _gate.Dispose();
        foreach (var file in new[] { _file, _file + "-wal", _file + "-shm" })
        {
            File.Delete(file);
        }
    }

    private static Work<int> Insert(int id, string text = "") => (connection, transaction, _) =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "INSERT INTO Row (Id, Text) VALUES (@id, @text)";
        command.Transaction = transaction;
        command.Parameters.Add(new SqliteParameter("@id", id));
        command.Parameters.Add(new SqliteParameter("@text", text));
        return Task.FromResult((command.ExecuteNonQuery(), true));
    };

    private SqliteWriter Writer(int mostInGroup = SqliteWriter.MostInGroup) => new(Open, () => _commits++, mostInGroup);

    /// <summary>A first write that has begun, and holds the writer until the gate opens.</summary>
    private Task<int> Held(SqliteWriter writer, int id)
    {
        _gate.Reset();
        using var begun = new ManualResetEventSlim();
        var task = writer.Write(
            Scope.None,
            (connection, transaction, shared) =>
            {
                begun.Set();
                _gate.Wait();
                return Insert(id)(connection, transaction, shared);
            },
            CancellationToken.None);
        begun.Wait();
        return task;
    }

    private ScopedConnection Open()
    {
        var connection = ScopedConnection.Open($"Data Source={_file};Pooling=False;Default Timeout=1", Scope.None);
        if (_pages > 0)
        {
            connection.Run($"PRAGMA max_page_count = {_pages}");
        }

        return connection;
    }

    private long Count() => (long)Scalar("SELECT COUNT(*) FROM Row")!;

    private string Ids() => (string)Scalar("SELECT COALESCE(GROUP_CONCAT(Id, ' '), '') FROM (SELECT Id FROM Row ORDER BY Id)")!;

    private object? Scalar(string sql)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
