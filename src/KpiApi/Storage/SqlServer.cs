using System.Data;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using System.Threading.RateLimiting;
using Dapper;
using Microsoft.Data.SqlClient;

namespace KpiApi.Storage;

/// <summary>
/// SQL Server 2022, Azure SQL and what speaks their language: several writers, of whom one at a time changes an organisation. Who that is, the database
/// says, so that any number of instances may stand side by side.
/// </summary>
internal sealed partial class SqlServer : Dialect, IDisposable
{
    // The first try and three more, none of which begins later than this: who waits longer is better told.
    private const int MostTries = 4;
    private static readonly TimeSpan MostTrying = TimeSpan.FromSeconds(15);
    private const int LockMilliseconds = 10_000;
    private const int TurnMilliseconds = 30_000;
    private const int ConnectSeconds = 5;
    private const int RefusalMilliseconds = 100;
    private const int DefaultPort = 1433;
    // While a question waits on a connection that is dead, nobody finds out that the server is back.
    private const int ProbeSeconds = 3;
    private const int DeploymentSeconds = 300;
    private const string AllInUse = "All connections to the database are in use.";

    // Writers of an organisation that came to this instance wait here for each other: in the database each would keep a connection while it waits, and
    // a hundred of them the whole pool.
    private readonly PartitionedRateLimiter<long> _turns = PartitionedRateLimiter.Create<long, long>(
        organisation => RateLimitPartition.GetConcurrencyLimiter(organisation, _ => new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = int.MaxValue }));

    private IsolationLevel? _readIsolation;
    private readonly Target _own;
    private readonly Target _staging;
    private readonly Target _lagging;
    private readonly Target _probing;
    private readonly Target _deploying;

    /// <param name="connectionString">Of the database that is written.</param>
    /// <param name="readOnlyConnectionString">Of a copy that may lag behind, for readers of whole tables; null: the same database.</param>
    /// <exception cref="ConfigurationException">A connection string cannot be used.</exception>
    public SqlServer(string connectionString, string? readOnlyConnectionString)
    {
        var own = Parse("ConnectionStrings:Kpi", connectionString);
        var token = EntraId.Callback("ConnectionStrings:Kpi", own);
        _own = new Target(own, token);
        // Another name is another pool.
        Target Named(string use, int commandSeconds) =>
            new(new SqlConnectionStringBuilder(own.ToString()) { ApplicationName = $"{own.ApplicationName} {use}", CommandTimeout = commandSeconds }, token);
        _staging = Named("staging", own.CommandTimeout);
        _probing = Named("probe", ProbeSeconds);
        own.CommandTimeout = DeploymentSeconds;
        _deploying = new Target(own, token);
        _lagging = _own;
        if (readOnlyConnectionString is { Length: > 0 })
        {
            var lagging = Parse("ConnectionStrings:KpiReadOnly", readOnlyConnectionString);
            token = EntraId.Callback("ConnectionStrings:KpiReadOnly", lagging);
            lagging.ApplicationIntent = ApplicationIntent.ReadOnly;
            _lagging = new Target(lagging, token);
        }
    }

    public override string Name => "sqlserver";

    // The youngest first, because an engine may keep a view from going while another one reads it.
    public override string ViewNames => "SELECT name FROM sys.views WHERE name <> 'Scope' ORDER BY object_id DESC";

    public override string CreateJournal => """
        IF OBJECT_ID(N'SchemaJournal', N'U') IS NULL
            CREATE TABLE SchemaJournal (
                ScriptName   NVARCHAR(100) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT PK_SchemaJournal PRIMARY KEY,
                ScriptHash   NVARCHAR(64) COLLATE Latin1_General_BIN2  NOT NULL,
                AppliedAtUtc NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL
            )
        """;

    public override bool IsFarAway => true;

    public override TextSql Text { get; } = new SqlServerText();

    public override string Page(string orderedSelect) => orderedSelect + " OFFSET 0 ROWS FETCH NEXT @limit ROWS ONLY";

    public override string LaterPage(string orderedSelect) => orderedSelect + " OFFSET @skip ROWS FETCH NEXT @limit ROWS ONLY";

    public override string ReturningId(string insert) => insert + "; SELECT CAST(SCOPE_IDENTITY() AS BIGINT)";

    public override string IfAbsent(string insert, string present) => $"IF NOT EXISTS ({present})\n{insert}";

    public override IEnumerable<string> Batches(string script) => GoLine().Split(script).Where(batch => !string.IsNullOrWhiteSpace(batch));

    private Target Own(Scope scope) => scope.IsProbe ? _probing : _own;

    public override Task<DbConnection> OpenReader(Scope scope, CancellationToken cancellation) => OpenScoped(scope.MayLag ? _lagging : Own(scope), scope, cancellation);

    public override async Task<DbConnection> OpenDeployer(CancellationToken cancellation) => await Retried(() => Open(_deploying, cancellation), cancellation);

    public override Task Rescope(DbConnection connection, DbTransaction transaction, Scope scope, CancellationToken cancellation) => connection.ExecuteAsync(
        new CommandDefinition("EXEC sp_set_session_context @key = N'project', @value = @project", new { project = scope.ProjectId }, transaction, cancellationToken: cancellation));

    public override async Task<DbTransaction> BeginRead(DbConnection connection, CancellationToken cancellation)
    {
        // Azure SQL allows snapshots from the start; elsewhere an owner does, once. Without, each statement sees one state, but not all of them the same.
        _readIsolation ??= await connection.ExecuteScalarAsync<int>(new CommandDefinition(
            "SELECT d.snapshot_isolation_state FROM sys.databases d WHERE d.database_id = DB_ID()", cancellationToken: cancellation)) == 0 ? IsolationLevel.ReadCommitted : IsolationLevel.Snapshot;
        return await connection.BeginTransactionAsync(_readIsolation.Value, cancellation);
    }

    public override async Task<DbTransaction> BeginDeployment(DbConnection connection, CancellationToken cancellation)
    {
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellation);
        try
        {
            await Lock(connection, transaction, "KpiApi.Schema", DeploymentSeconds * 1000, cancellation);
            return transaction;
        }
        catch
        {
            await transaction.DisposeAsync();
            throw;
        }
    }

    public override async Task<T> Write<T>(Scope scope, Work<T> work, bool joins, CancellationToken cancellation)
    {
        // Stored with what the work stores. When the answer to a COMMIT is lost, the next try finds out by it what became of the one before.
        var mark = Guid.NewGuid().ToString("N");
        var result = default(T)!;
        async Task<bool> Work(DbConnection connection, DbTransaction transaction)
        {
            var shared = new SharedWork();
            (result, var keep) = await work(connection, transaction, shared);
            await shared.Settle();
            return keep;
        }

        await Retried(() => WriteOnce(scope, mark, Work, cancellation), cancellation);
        return result;
    }

    public override Task<int> InsertMany<T>(DbConnection connection, DbTransaction transaction, string table, string insert, IReadOnlyList<T> rows, CancellationToken cancellation) =>
        BulkRows.Copy((SqlConnection)connection, (SqlTransaction)transaction, table, insert, rows, cancellation);

    // On a connection that does nothing else: one engine confuses its checks of keys after a stream into any table.
    public override async Task<int> Stage<T>(DbConnection connection, DbTransaction transaction, string table, string insert, IReadOnlyList<T> rows, CancellationToken cancellation)
    {
        await using var staging = await Open(_staging, cancellation);
        return await BulkRows.Copy(staging, null, table, insert, rows, cancellation);
    }

    public void Dispose()
    {
        _turns.Dispose();
        foreach (var target in new[] { _own, _staging, _lagging, _probing, _deploying })
        {
            target.Dispose();
        }
    }

    public override Exception? Translate(DbException exception) => exception is SqlException sql ? SqlServerErrors.Translate(sql) : null;

    public override Task Backup(string file, CancellationToken cancellation) =>
        throw new ConfigurationException("db backup copies a database that is a file. On a server use BACKUP DATABASE, or the restore to a point in time that Azure SQL has.");

    /// <summary>True: durable, by this try or by an earlier one. False: the work wanted no trace.</summary>
    private async Task<bool> WriteOnce(Scope scope, string mark, Func<DbConnection, DbTransaction, Task<bool>> work, CancellationToken cancellation)
    {
        var organisation = scope.OrganisationId ?? 0;
        var resource = string.Create(CultureInfo.InvariantCulture, $"KpiApi.Organisation.{organisation}");
        using var turn = await Turn(organisation, resource, cancellation);
        // Who is given up because the server is silent may be held up by the driver for long after; the lock in the database still keeps the order.
        await using var given = cancellation.UnsafeRegister(turn => ((RateLimitLease)turn!).Dispose(), turn);
        await using var connection = await Open(Own(scope), cancellation);
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellation);
            await SetScope(connection, transaction, scope, cancellation);
            if (await IsStored(connection, transaction, resource, mark, cancellation))
            {
                return true;
            }

            var keep = await work(connection, transaction);
            if (keep)
            {
                await Commit(connection, transaction);
            }

            return keep;
        }
        catch (InvalidOperationException exception) when (connection.State != ConnectionState.Open)
        {
            // The driver says so when it finds out between two commands.
            throw new LostConnectionException(exception, isInDoubt: false);
        }
        catch (Exception) when (connection.State != ConnectionState.Open)
        {
            // What else waits in the pool was opened before this one broke.
            SqlConnection.ClearPool(connection);
            throw;
        }
    }

    private Task<RateLimitLease> Turn(long organisation, string resource, CancellationToken cancellation) =>
        Lease(given => _turns.AcquireAsync(organisation, cancellationToken: given), TimeSpan.FromMilliseconds(TurnMilliseconds), () => Busy(resource), cancellation);

    private static async Task<RateLimitLease> Lease(Func<CancellationToken, ValueTask<RateLimitLease>> acquire, TimeSpan most, Func<Exception> late, CancellationToken cancellation)
    {
        using var given = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        given.CancelAfter(most);
        try
        {
            return await acquire(given.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw late();
        }
    }

    private static async Task Commit(SqlConnection connection, DbTransaction transaction)
    {
        try
        {
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (Exception exception) when (exception is SqlException or InvalidOperationException)
        {
            if (connection.State != ConnectionState.Open)
            {
                SqlConnection.ClearPool(connection);
            }

            // It may have reached the log all the same; the mark tells.
            throw new LostConnectionException(exception, isInDoubt: true);
        }
    }

    private static async Task<T> Retried<T>(Func<Task<T>> work, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        var isInDoubt = false;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await work();
            }
            catch (Exception exception) when (exception is SqlException or LostConnectionException)
            {
                cancellation.ThrowIfCancellationRequested();
                isInDoubt |= exception is LostConnectionException { IsInDoubt: true };
                var isTransient = exception is LostConnectionException || (exception is SqlException sql && SqlServerErrors.IsTransient(sql));
                if (!isTransient || attempt == MostTries || Stopwatch.GetElapsedTime(began) > MostTrying)
                {
                    if (isInDoubt)
                    {
                        throw new StorageUnavailableException("The database went away while it stored something; whether it did is not known.", exception) { IsInDoubt = true };
                    }

                    if (exception is LostConnectionException)
                    {
                        throw new StorageUnavailableException("The connection to the database was lost.", exception);
                    }

                    throw;
                }

                // 50, 100, 200 ms and up to as much again, so that those who met do not meet again.
                await Task.Delay(TimeSpan.FromMilliseconds((50 << (attempt - 1)) * (1 + Random.Shared.NextDouble())), cancellation);
            }
        }
    }

    private static Task<DbConnection> OpenScoped(Target target, Scope scope, CancellationToken cancellation) => Retried<DbConnection>(
        async () =>
        {
            var connection = await Open(target, cancellation);
            try
            {
                await SetScope(connection, null, scope, cancellation);
                return connection;
            }
            catch
            {
                SqlConnection.ClearPool(connection);
                await connection.DisposeAsync();
                throw;
            }
        },
        cancellation);

    private static async Task<SqlConnection> Open(Target target, CancellationToken cancellation)
    {
        // A crowd waits here, where it costs neither a thread nor a question to the server.
        var room = await Lease(given => target.Room.AcquireAsync(cancellationToken: given), target.Patience, () => new StorageUnavailableException(AllInUse), cancellation);
        var connection = new SqlConnection(target.ConnectionString) { AccessTokenCallback = target.Token };
        connection.Disposed += (_, _) => room.Dispose();
        using var given = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // On another thread, because the driver holds on to its caller while it opens a connection in the place of one that broke in the pool.
        var opening = Task.Run(() => connection.OpenAsync(given.Token), given.Token);
        try
        {
            // It would ask a server that refuses again and again, until the Connect Timeout is over. Who waits is better told at once.
            if (await Task.WhenAny(opening, Task.Delay(RefusalMilliseconds, given.Token)) != opening && await Refusal(connection.DataSource, cancellation) is { } refusal)
            {
                SqlConnection.ClearPool(connection);
                throw new LostConnectionException(refusal, isInDoubt: false);
            }

            await opening;
            return connection;
        }
        catch (Exception exception)
        {
            _ = opening.ContinueWith((_, _) => connection.Dispose(), null, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            // How the driver says that every connection of the pool was busy for the whole Connect Timeout.
            throw exception is InvalidOperationException ? new StorageUnavailableException(AllInUse, exception) : exception;
        }
        finally
        {
            await given.CancelAsync();
        }
    }

    /// <summary>What the machine answers at the port, when that is a refusal. Null too for names that are more than a machine and a port.</summary>
    private static async Task<SocketException?> Refusal(string dataSource, CancellationToken cancellation)
    {
        if (MachineAndPort().Match(dataSource) is not { Success: true } named)
        {
            return null;
        }

        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var given = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        given.CancelAfter(RefusalMilliseconds);
        try
        {
            await socket.ConnectAsync(named.Groups["machine"].Value, named.Groups["port"].Success ? int.Parse(named.Groups["port"].Value, CultureInfo.InvariantCulture) : DefaultPort, given.Token);
            return null;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.ConnectionRefused ? exception : null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    // Sealed: what the session is allowed to see does not change before the connection goes back to the pool, which forgets it. One engine's pool
    // does not forget, so there it can only be overwritten.
    private static Task<int> SetScope(SqlConnection connection, DbTransaction? transaction, Scope scope, CancellationToken cancellation) => connection.ExecuteAsync(new CommandDefinition(
        """
        SET XACT_ABORT ON;
        DECLARE @sealed BIT = CASE WHEN SERVERPROPERTY(N'BabelfishVersion') IS NULL THEN 1 ELSE 0 END;
        EXEC sp_set_session_context @key = N'organisation', @value = @organisation, @read_only = @sealed;
        EXEC sp_set_session_context @key = N'as_of_day', @value = @asOfDay, @read_only = @sealed;
        EXEC sp_set_session_context @key = N'closed_day', @value = @closedDay, @read_only = @sealed;
        EXEC sp_set_session_context @key = N'project', @value = @project;
        """,
        new { organisation = scope.OrganisationId, asOfDay = scope.AsOfDay, closedDay = scope.ClosedDay, project = scope.ProjectId },
        transaction,
        cancellationToken: cancellation));

    /// <summary>
    /// Waits for the turn of this writer: the stores read before they write, and one writer an organisation keeps what they have read true until they commit.
    /// Then leaves the mark, or finds it. An earlier try whose COMMIT is still under way holds the same lock, so that what is found is its end.
    /// </summary>
    private static async Task<bool> IsStored(DbConnection connection, DbTransaction transaction, string resource, string mark, CancellationToken cancellation)
    {
        var (granted, isStored) = await connection.QuerySingleAsync<(int Granted, int IsStored)>(new CommandDefinition(
            """
            DECLARE @granted INT;
            DECLARE @isStored INT = 0;
            EXEC @granted = sp_getapplock @Resource = @resource, @LockMode = N'Exclusive', @LockOwner = N'Transaction', @LockTimeout = @milliseconds;
            IF @granted >= 0
            BEGIN
                SELECT @isStored = COUNT(m.WriteId) FROM WriteMark m WHERE m.WriteId = @mark;
                IF @isStored = 0
                    INSERT INTO WriteMark (WriteId, WrittenAtUtc) VALUES (@mark, @now);
            END;
            SELECT @granted AS Granted, @isStored AS IsStored;
            """,
            new { resource, milliseconds = LockMilliseconds, mark, now = Instants.Text(TimeProvider.System.GetUtcNow()) },
            transaction,
            cancellationToken: cancellation));
        return Granted(resource, granted) && isStored > 0;
    }

    private static async Task Lock(DbConnection connection, DbTransaction transaction, string resource, int milliseconds, CancellationToken cancellation)
    {
        var granted = await connection.ExecuteScalarAsync<int>(new CommandDefinition(
            """
            DECLARE @granted INT;
            EXEC @granted = sp_getapplock @Resource = @resource, @LockMode = N'Exclusive', @LockOwner = N'Transaction', @LockTimeout = @milliseconds;
            SELECT @granted;
            """,
            new { resource, milliseconds },
            transaction,
            cancellationToken: cancellation));
        Granted(resource, granted);
    }

    private static bool Granted(string resource, int granted) => granted >= 0 ? true : throw Busy(resource);

    private static StorageBusyException Busy(string resource) => new($"Another writer held {resource} for too long.");

    private static SqlConnectionStringBuilder Parse(string setting, string text)
    {
        SqlConnectionStringBuilder builder;
        try
        {
            builder = new SqlConnectionStringBuilder(text);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new ConfigurationException($"{setting}: not a connection string of SQL Server; example: Server=localhost;Database=Kpi;Integrated Security=true");
        }

        if (builder.DataSource.Length == 0 || builder.InitialCatalog.Length == 0)
        {
            throw new ConfigurationException($"{setting}: must name Server and Database.");
        }

        // A session that the driver mends in silence has forgotten its Scope. Broken ones are replaced here.
        builder.ConnectRetryCount = 0;
        // After a failure the pool would refuse for five seconds and then for ever longer, also when the server is back. Who may ask is decided by readiness.
        builder.PoolBlockingPeriod = PoolBlockingPeriod.NeverBlock;
        // A server that does not even answer the greeting is not waited for by whole crowds.
        if (!builder.ShouldSerialize("Connect Timeout"))
        {
            builder.ConnectTimeout = ConnectSeconds;
        }

        builder.MultipleActiveResultSets = false;
        builder.Enlist = false;
        if (!builder.ShouldSerialize("Application Name"))
        {
            builder.ApplicationName = "KpiApi";
        }

        return builder;
    }

    [GeneratedRegex(@"^[ \t]*GO[ \t]*\r?$", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex GoLine();

    [GeneratedRegex(@"^(tcp:)?(?<machine>[\w.-]+)(,(?<port>\d{1,5}))?\z", RegexOptions.IgnoreCase)]
    private static partial Regex MachineAndPort();

    /// <summary>Where connections go, and how many at once.</summary>
    private sealed class Target(SqlConnectionStringBuilder builder, Func<SqlAuthenticationParameters, CancellationToken, Task<SqlAuthenticationToken>>? token) : IDisposable
    {
        public string ConnectionString { get; } = builder.ToString();

        public Func<SqlAuthenticationParameters, CancellationToken, Task<SqlAuthenticationToken>>? Token => token;

        /// <summary>How long a connection may take; 0 is for ever, as it is for the driver.</summary>
        public TimeSpan Patience { get; } = builder.ConnectTimeout == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(builder.ConnectTimeout);

        public ConcurrencyLimiter Room { get; } = new(new ConcurrencyLimiterOptions { PermitLimit = builder.MaxPoolSize, QueueLimit = int.MaxValue });

        public void Dispose() => Room.Dispose();
    }

    /// <summary>The connection broke; in doubt when it did so during a commit.</summary>
    private sealed class LostConnectionException(Exception inner, bool isInDoubt) : Exception(inner.Message, inner)
    {
        public bool IsInDoubt => isInDoubt;
    }
}
