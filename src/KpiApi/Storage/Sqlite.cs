using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace KpiApi.Storage;

/// <summary>The embedded engine: one file, WAL, one writer, durable at every commit.</summary>
internal sealed class Sqlite : Dialect, IDisposable
{
    private readonly string _reading;

    // Not pooled: a pooled connection would come back with the settings of a reader.
    private readonly string _changing;
    private readonly string _deploying;
    private readonly SqliteWriter _writer;
    private readonly SqliteCheckpoints _checkpoints;
    private int _isDisposed;

    public Sqlite(string connectionString, int mostInGroup = SqliteWriter.MostInGroup)
    {
        SqliteConnectionStringBuilder builder;
        try
        {
            builder = new SqliteConnectionStringBuilder(connectionString);
        }
        catch (ArgumentException)
        {
            throw new ConfigurationException("ConnectionStrings:Kpi: not a connection string of SQLite; example: Data Source=kpi.db");
        }

        if (builder.DataSource is "" or ":memory:" || builder.Mode == SqliteOpenMode.Memory)
        {
            throw new ConfigurationException("ConnectionStrings:Kpi: Data Source must name a file.");
        }

        builder.ForeignKeys = true;
        builder.DefaultTimeout = 30;
        builder.Pooling = false;
        _deploying = builder.ToString();
        // Whatever is gone stays gone, instead of being begun anew as an empty file.
        builder.Mode = SqliteOpenMode.ReadWrite;
        _changing = builder.ToString();
        // Another program that writes is waited for, but not for as long as a client waits.
        builder.DefaultTimeout = 5;
        var writing = builder.ToString();
        builder.DefaultTimeout = 30;
        builder.Pooling = true;
        _reading = builder.ToString();
        File = Path.GetFullPath(builder.DataSource);
        _checkpoints = new SqliteCheckpoints(() => ScopedConnection.Open(_changing, Scope.None));
        _writer = new SqliteWriter(() => OpenWriter(writing), _checkpoints.Due, mostInGroup);
    }

    public override string File { get; }

    public override string Name => "sqlite";

    public override string ViewNames => "SELECT name FROM sqlite_master WHERE type = 'view' AND name <> 'Scope'";

    public override string CreateJournal =>
        "CREATE TABLE IF NOT EXISTS SchemaJournal (ScriptName TEXT NOT NULL CONSTRAINT PK_SchemaJournal PRIMARY KEY, ScriptHash TEXT NOT NULL, AppliedAtUtc TEXT NOT NULL) STRICT";

    public override TextSql Text { get; } = new SqliteText();

    public override string Page(string orderedSelect) => orderedSelect + " LIMIT @limit";

    public override string LaterPage(string orderedSelect) => orderedSelect + " LIMIT @limit OFFSET @skip";

    public override string ReturningId(string insert) => insert + "; SELECT last_insert_rowid()";

    // To ask first would make the engine gather what it inserts in a table of its own, which takes twice as long as the rest.
    public override string IfAbsent(string insert, string present) => insert + " ON CONFLICT DO NOTHING";

    public override IEnumerable<string> Batches(string script) => [script.ReplaceLineEndings("\n").Replace("\nGO\n", "\n", StringComparison.Ordinal)];

    public override Task<DbConnection> OpenReader(Scope scope, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var connection = ScopedConnection.Open(_reading, scope);
        connection.Run("PRAGMA query_only = 1");
        return Task.FromResult<DbConnection>(connection);
    }

    public override Task<DbConnection> OpenDeployer(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        var connection = ScopedConnection.Open(_deploying, Scope.None);
        connection.Run("PRAGMA journal_mode = WAL");
        return Task.FromResult<DbConnection>(connection);
    }

    public override Task Rescope(DbConnection connection, DbTransaction transaction, Scope scope, CancellationToken cancellation)
    {
        ((ScopedConnection)connection).Scope = scope;
        return Task.CompletedTask;
    }

    public override Task<DbTransaction> BeginRead(DbConnection connection, CancellationToken cancellation) =>
        Task.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(deferred: true));

    public override Task<DbTransaction> BeginDeployment(DbConnection connection, CancellationToken cancellation) =>
        Task.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(IsolationLevel.Serializable, deferred: false));

    public override Task<T> Write<T>(Scope scope, Work<T> work, bool joins, CancellationToken cancellation) => _writer.Write(scope, work, cancellation, joins);

    public override Exception? Translate(DbException exception) => exception is not SqliteException sqlite ? null : (sqlite.SqliteErrorCode, sqlite.SqliteExtendedErrorCode) switch
    {
        (5 or 6, _) => new StorageUnavailableException("The database is busy.", exception),
        (8 or 10 or 14, _) => new StorageUnavailableException("The database cannot be read or written.", exception),
        (13, _) => new StorageFullException("The disk of the database is full.", exception),
        (_, 3091) => new TotalOutOfRangeException("A total left the range of 64-bit integers.", exception),
        _ => null,
    };

    public override async Task Backup(string file, CancellationToken cancellation)
    {
        await using var source = ScopedConnection.Open(_changing, Scope.None);
        await using var command = source.CreateCommand();
        command.CommandText = "VACUUM INTO @file";
        command.Parameters.AddWithValue("@file", Path.GetFullPath(file));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    public void Dispose()
    {
        // Asked by the container and by the database that stands before it.
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _writer.Dispose();
            _checkpoints.Dispose();
            // Kept readers would hold on to a file that somebody replaces.
            using var readers = new SqliteConnection(_reading);
            SqliteConnection.ClearPool(readers);
        }
    }

    private static ScopedConnection OpenWriter(string connectionString)
    {
        var connection = ScopedConnection.Open(connectionString, Scope.None);
        connection.Run("PRAGMA wal_autocheckpoint = 0");
        return connection;
    }
}
