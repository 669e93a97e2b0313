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
    private readonly SemaphoreSlim _writer = new(1, 1);
    private ScopedConnection? _writing;

    public Sqlite(string connectionString)
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
        _reading = builder.ToString();
        builder.Pooling = false;
        _changing = builder.ToString();
        File = Path.GetFullPath(builder.DataSource);
    }

    public string File { get; }

    public override string Name => "sqlite";

    public override string ViewNames => "SELECT name FROM sqlite_master WHERE type = 'view' AND name <> 'Scope'";

    public override string CreateJournal =>
        "CREATE TABLE IF NOT EXISTS SchemaJournal (ScriptName TEXT NOT NULL CONSTRAINT PK_SchemaJournal PRIMARY KEY, ScriptHash TEXT NOT NULL, AppliedAtUtc TEXT NOT NULL) STRICT";

    public override string Page(string orderedSelect) => orderedSelect + " LIMIT @limit";

    public override string ReturningId(string insert) => insert + "; SELECT last_insert_rowid()";

    public override IEnumerable<string> Batches(string script) => [script.ReplaceLineEndings("\n").Replace("\nGO\n", "\n", StringComparison.Ordinal)];

    public override async Task<DbConnection> OpenReader(Scope scope, CancellationToken cancellation)
    {
        var connection = await Open(_reading, scope, cancellation);
        await Run(connection, "PRAGMA query_only = 1", cancellation);
        return connection;
    }

    public override async Task<DbConnection> OpenDeployer(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        var connection = await Open(_changing, Scope.None, cancellation);
        await Run(connection, "PRAGMA journal_mode = WAL", cancellation);
        return connection;
    }

    public override Task Rescope(DbConnection connection, Scope scope, CancellationToken cancellation)
    {
        ((ScopedConnection)connection).Scope = scope;
        return Task.CompletedTask;
    }

    public override Task<DbTransaction> BeginRead(DbConnection connection, CancellationToken cancellation) =>
        Task.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(deferred: true));

    public override Task<DbTransaction> BeginDeployment(DbConnection connection, CancellationToken cancellation) =>
        Task.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(IsolationLevel.Serializable, deferred: false));

    public override async Task<T> Write<T>(Scope scope, Func<DbConnection, DbTransaction, Task<(T Result, bool Keep)>> work, CancellationToken cancellation)
    {
        await _writer.WaitAsync(cancellation);
        try
        {
            _writing ??= await Open(_changing, Scope.None, cancellation);
            _writing.Scope = scope;
            await using var transaction = _writing.BeginTransaction(deferred: false);
            var (result, keep) = await work(_writing, transaction);
            if (keep)
            {
                await transaction.CommitAsync(CancellationToken.None);
            }

            return result;
        }
        catch (SqliteException)
        {
            // A connection that met an I/O error is not trusted with the next transaction.
            _writing?.Dispose();
            _writing = null;
            throw;
        }
        finally
        {
            _writer.Release();
        }
    }

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
        await using var source = await Open(_changing, Scope.None, cancellation);
        await using var command = source.CreateCommand();
        command.CommandText = "VACUUM INTO @file";
        command.Parameters.AddWithValue("@file", Path.GetFullPath(file));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    public void Dispose()
    {
        _writing?.Dispose();
        _writer.Dispose();
    }

    private static async Task<ScopedConnection> Open(string connectionString, Scope scope, CancellationToken cancellation)
    {
        var connection = new ScopedConnection(connectionString) { Scope = scope };
        try
        {
            connection.CreateFunction("scope_organisation", () => connection.Scope.OrganisationId, isDeterministic: true);
            connection.CreateFunction("scope_as_of_day", () => (long)connection.Scope.AsOfDay, isDeterministic: true);
            connection.CreateFunction("scope_closed_day", () => (long)connection.Scope.ClosedDay, isDeterministic: true);
            connection.CreateFunction("scope_project", () => connection.Scope.ProjectId, isDeterministic: true);
            await connection.OpenAsync(cancellation);
            // FULL: a commit is on the disk before it is acknowledged.
            await Run(connection, "PRAGMA synchronous = FULL", cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task Run(SqliteConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>What the functions behind the view Scope read. It changes between statements, never during one.</summary>
    private sealed class ScopedConnection(string connectionString) : SqliteConnection(connectionString)
    {
        public Scope Scope { get; set; }
    }
}
