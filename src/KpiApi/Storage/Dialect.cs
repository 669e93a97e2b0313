using System.Data.Common;
using Dapper;

namespace KpiApi.Storage;

/// <summary>What differs between engines, and nothing else: connections, paging, new ids, and the meaning of error numbers.</summary>
internal abstract class Dialect
{
    /// <summary>The folder below sql/tables and the file below sql/scope.</summary>
    public abstract string Name { get; }

    /// <summary>The file that the database is, or null for an engine that is a server.</summary>
    public virtual string? File => null;

    /// <summary>Opens a connection that only reads, with <see cref="Scope"/> set.</summary>
    public abstract Task<DbConnection> OpenReader(Scope scope, CancellationToken cancellation);

    /// <summary>Narrows what a connection sees to the scope's project, for its next statements.</summary>
    public abstract Task Rescope(DbConnection connection, DbTransaction transaction, Scope scope, CancellationToken cancellation);

    /// <summary>Opens the connection on which a schema is deployed.</summary>
    public abstract Task<DbConnection> OpenDeployer(CancellationToken cancellation);

    /// <summary>Begins a snapshot on a reading connection.</summary>
    public abstract Task<DbTransaction> BeginRead(DbConnection connection, CancellationToken cancellation);

    /// <summary>Begins the transaction that holds the deployment lock, so that several instances deploy once.</summary>
    public abstract Task<DbTransaction> BeginDeployment(DbConnection connection, CancellationToken cancellation);

    /// <summary>Runs <paramref name="work"/> in one transaction: durable when this returns and it asked to keep, without trace otherwise and when it throws.</summary>
    /// <param name="scope">What the work sees.</param>
    /// <param name="work">What is done.</param>
    /// <param name="joins">It reads and changes nothing that the <see cref="SharedWork"/> of its like still has something for.</param>
    /// <param name="cancellation">Whoever asked does not wait any more.</param>
    public abstract Task<T> Write<T>(Scope scope, Work<T> work, bool joins, CancellationToken cancellation);

    /// <summary>Adds rows, whose members are named like the parameters of the INSERT and like the columns of the table, in as few journeys as the engine needs.</summary>
    public virtual Task<int> InsertMany<T>(DbConnection connection, DbTransaction transaction, string table, string insert, IReadOnlyList<T> rows, CancellationToken cancellation) =>
        connection.ExecuteAsync(new CommandDefinition(insert, rows, transaction, cancellationToken: cancellation));

    /// <summary>The same for a table of rows on their way: a server takes them at once, and keeps them when the transaction does not.</summary>
    public virtual Task<int> Stage<T>(DbConnection connection, DbTransaction transaction, string table, string insert, IReadOnlyList<T> rows, CancellationToken cancellation) =>
        InsertMany(connection, transaction, table, insert, rows, cancellation);

    /// <summary>Each statement is a journey, so that many rows go by <see cref="Stage{T}"/> and statements over all of them.</summary>
    public virtual bool IsFarAway => false;

    /// <summary>How conditions on text are spelled.</summary>
    public abstract TextSql Text { get; }

    /// <summary>The statement, cut to <c>@limit</c> rows. It ends with its ORDER BY.</summary>
    public abstract string Page(string orderedSelect);

    /// <summary>The same without the first <c>@skip</c> rows.</summary>
    public abstract string LaterPage(string orderedSelect);

    /// <summary>The INSERT, followed by what selects the id it made.</summary>
    public abstract string ReturningId(string insert);

    /// <summary>The INSERT of one row, doing nothing when <paramref name="present"/> finds that its unique key is there. Affects one row or none.</summary>
    public abstract string IfAbsent(string insert, string present);

    /// <summary>Splits a script into the batches that the engine takes one at a time.</summary>
    public abstract IEnumerable<string> Batches(string script);

    /// <summary>Names of the views in the database, other than Scope.</summary>
    public abstract string ViewNames { get; }

    /// <summary>Creates the table that remembers which scripts were applied, when it is not there.</summary>
    public abstract string CreateJournal { get; }

    /// <summary>The failure that an engine's exception stands for, or null when it is a bug.</summary>
    public abstract Exception? Translate(DbException exception);

    /// <summary>Writes a consistent copy of a live database to a new file.</summary>
    public abstract Task Backup(string file, CancellationToken cancellation);

    public static Dialect For(string provider, string connectionString, string? readOnlyConnectionString = null) => provider.ToLowerInvariant() switch
    {
        "sqlite" => new Sqlite(connectionString),
        "sqlserver" => new SqlServer(connectionString, readOnlyConnectionString),
        _ => throw new ConfigurationException($"Database:Provider: '{provider}' is not one of sqlite, sqlserver."),
    };
}
