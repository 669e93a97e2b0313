using System.Data.Common;
using Dapper;

namespace KpiApi.Storage;

/// <summary>
/// The two doors to the data. <see cref="Read{T}"/> gives one snapshot; <see cref="Write{T}"/> is the only way that facts,
/// rollups and history change, all in one transaction.
/// </summary>
internal sealed class Database(Dialect dialect, TimeProvider time) : IDisposable
{
    static Database() => FigureHandler.Register();

    public Dialect Dialect => dialect;

    public TimeProvider Time => time;

    /// <summary>Runs queries that see one state of the database.</summary>
    /// <exception cref="StorageUnavailableException">The database did not answer.</exception>
    public async Task<T> Read<T>(Scope scope, Func<Session, Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await dialect.OpenReader(scope, cancellation);
            await using var snapshot = await dialect.BeginRead(connection, cancellation);
            return await work(Session(connection, snapshot, scope, null, cancellation));
        }
        catch (DbException exception) when (dialect.Translate(exception) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>Runs work in one transaction and returns after it is durable. Whatever throws leaves no trace.</summary>
    /// <exception cref="StorageUnavailableException">The database did not answer; nothing was changed.</exception>
    /// <exception cref="StorageFullException">No room on the disk; nothing was changed.</exception>
    /// <param name="scope">What the work sees.</param>
    /// <param name="work">What is done.</param>
    /// <param name="cancellation">Whoever asked does not wait any more.</param>
    /// <param name="joins">Others that join may come before and after in the same transaction, and share what it gets by <see cref="Session.Shared{T}"/>: it changes nothing that they looked up, and reads nothing that they add up.</param>
    public async Task<T> Write<T>(Scope scope, Func<Session, Task<T>> work, CancellationToken cancellation, bool joins = false)
    {
        try
        {
            return await dialect.Write(
                scope,
                async (connection, transaction, shared) =>
                {
                    var session = Session(connection, transaction, scope, shared, cancellation);
                    var result = await work(session);
                    if (!session.IsTrial)
                    {
                        session.Shared<DataVersion>();
                    }

                    return (result, !session.IsTrial);
                },
                joins,
                cancellation);
        }
        catch (DbException exception) when (dialect.Translate(exception) is { } failure)
        {
            throw failure;
        }
    }

    public void Dispose() => (dialect as IDisposable)?.Dispose();

    private Session Session(DbConnection connection, DbTransaction transaction, Scope scope, SharedWork? shared, CancellationToken cancellation) =>
        new(dialect, connection, transaction, scope, Instants.Text(time.GetUtcNow()), shared, () => Session(connection, transaction, scope, shared, CancellationToken.None), cancellation);

    /// <summary>Grows with every COMMIT that changed something of an organisation.</summary>
    private sealed class DataVersion : ISharedPart
    {
        public Task Settle(Session session) =>
            session.Scope.OrganisationId is null ? Task.CompletedTask : session.Execute("UPDATE Organisation SET DataVersion = DataVersion + 1 WHERE OrganisationId = @OrganisationId", new { session.OrganisationId });
    }
}

/// <summary>One connection inside one transaction, with the scope and the instant of the work.</summary>
internal sealed class Session(
    Dialect dialect, DbConnection connection, DbTransaction transaction, Scope scope, string nowUtc, SharedWork? shared, Func<Session> settling, CancellationToken cancellation)
{
    /// <summary>The tenant. Every statement that names a table filters on it; views do so through Scope.</summary>
    public long OrganisationId => scope.OrganisationId ?? throw new InvalidOperationException("This session belongs to no organisation.");

    public Scope Scope => scope;

    /// <summary>The instant of this work, as stored.</summary>
    public string NowUtc => nowUtc;

    public CancellationToken Cancellation => cancellation;

    /// <summary>Set by work that only wants to know what would happen: the transaction is then rolled back.</summary>
    public bool IsTrial { get; set; }

    /// <summary>What this work has in common with others in its transaction: see <see cref="SharedWork"/>. Whoever may still fail or be undone adds nothing to it.</summary>
    /// <exception cref="InvalidOperationException">The session only reads.</exception>
    public T Shared<T>()
        where T : ISharedPart, new() => (shared ?? throw new InvalidOperationException("This session only reads.")).Part<T>(scope, settling);

    /// <summary>From here on the views see one project only, and compute no other.</summary>
    public Task Narrow(long projectId) => dialect.Rescope(connection, transaction, scope with { ProjectId = projectId }, cancellation);

    public async Task<IReadOnlyList<T>> Query<T>(string sql, object? parameters = null) =>
        (await connection.QueryAsync<T>(Command(sql, parameters))).AsList();

    /// <summary>The first rows, at most <c>@limit</c> of the parameters. The statement ends with its ORDER BY.</summary>
    public Task<IReadOnlyList<T>> Page<T>(string orderedSelect, object parameters) => Query<T>(dialect.Page(orderedSelect), parameters);

    public Task<T?> Single<T>(string sql, object? parameters = null) => connection.QuerySingleOrDefaultAsync<T>(Command(sql, parameters));

    /// <summary>See <see cref="Dialect.IsFarAway"/>.</summary>
    public bool IsFarAway => dialect.IsFarAway;

    /// <summary>Adds rows to a table of rows on their way: see <see cref="Dialect.Stage{T}"/>.</summary>
    public Task<int> Stage<T>(string table, string insert, IReadOnlyList<T> rows) => dialect.Stage(connection, transaction, table, insert, rows, cancellation);

    public Task<int> Execute(string sql, object? parameters = null) => connection.ExecuteAsync(Command(sql, parameters));

    public Task<long> Insert(string sql, object parameters) => connection.ExecuteScalarAsync<long>(Command(dialect.ReturningId(sql), parameters));

    /// <summary>Inserts one row, unless <paramref name="present"/> finds that its unique key is there. Says whether it did.</summary>
    public async Task<bool> InsertIfAbsent(string insert, string present, object parameters) => await Execute(dialect.IfAbsent(insert, present), parameters) > 0;

    /// <summary>A row reader that holds one row at a time.</summary>
    public Task<DbDataReader> Stream(string sql, object? parameters = null) => connection.ExecuteReaderAsync(Command(sql, parameters));

    /// <summary>The same for the first <c>@limit</c> rows, or for those after the first <c>@skip</c>. The statement ends with its ORDER BY.</summary>
    public Task<DbDataReader> StreamPage(string orderedSelect, object parameters, bool skips = false) =>
        Stream(skips ? dialect.LaterPage(orderedSelect) : dialect.Page(orderedSelect), parameters);

    /// <summary>How the engine spells conditions on text.</summary>
    public TextSql Text => dialect.Text;

    private CommandDefinition Command(string sql, object? parameters) => new(sql, parameters, transaction, cancellationToken: cancellation);
}
