using System.Data.Common;
using KpiApi.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace KpiApi.Tests.Support;

/// <summary>A dialect around another, so that a test can get between a write and its work.</summary>
internal sealed class DialectAround(Dialect inner) : Dialect, IDisposable
{
    /// <summary>Runs before the transaction of a write is asked for.</summary>
    public Func<CancellationToken, Task>? BeforeWork { get; init; }

    /// <summary>The fault that durability tests must find: success is told when the work is done, and the commit comes so much later.</summary>
    public TimeSpan? AcknowledgesEarlyBy { get; init; }

    /// <summary>Is told of each connection that reads.</summary>
    public Action? SeesReader { get; init; }

    /// <summary>Rows go as they go to a server.</summary>
    public bool ActsAsFarAway { get; init; }

    /// <summary>Is shown the connection of each write.</summary>
    public Action<DbConnection>? SeesWriter { get; init; }

    /// <summary>Puts one around the program's own.</summary>
    public static void Install(WebApplicationBuilder builder, Func<Dialect, DialectAround> around)
    {
        var dialect = builder.Services.Last(service => service.ServiceType == typeof(Dialect)).ImplementationFactory!;
        builder.Services.Replace(ServiceDescriptor.Singleton<Dialect>(provider => around((Dialect)dialect(provider))));
    }

    public override string Name => inner.Name;

    public override string? File => inner.File;

    public override string ViewNames => inner.ViewNames;

    public override string CreateJournal => inner.CreateJournal;

    public override async Task<T> Write<T>(Scope scope, Work<T> work, bool joins, CancellationToken cancellation)
    {
        if (BeforeWork is not null)
        {
            await BeforeWork(cancellation);
        }

        if (SeesWriter is not null)
        {
            var unseen = work;
            work = (connection, transaction, shared) =>
            {
                SeesWriter(connection);
                return unseen(connection, transaction, shared);
            };
        }

        return AcknowledgesEarlyBy is { } moment ? await WriteEarly(scope, work, joins, moment, cancellation) : await inner.Write(scope, work, joins, cancellation);
    }

    private async Task<T> WriteEarly<T>(Scope scope, Work<T> work, bool joins, TimeSpan moment, CancellationToken cancellation)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = Task.Run(
            async () =>
            {
                try
                {
                    // The request is over before the commit, and takes its cancellation with it.
                    await inner.Write(
                        scope,
                        async (connection, transaction, shared) =>
                        {
                            var done = await work(connection, transaction, shared);
                            result.TrySetResult(done.Result);
                            await Task.Delay(moment, CancellationToken.None);
                            return done;
                        },
                        joins,
                        CancellationToken.None);
                }
#pragma warning disable CA1031 // Whatever it is, the request is told, if it still waits.
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    result.TrySetException(exception);
                }
            },
            cancellation);
        return await result.Task;
    }

    public override Task<DbConnection> OpenReader(Scope scope, CancellationToken cancellation)
    {
        SeesReader?.Invoke();
        return inner.OpenReader(scope, cancellation);
    }

    public override Task Rescope(DbConnection connection, DbTransaction transaction, Scope scope, CancellationToken cancellation) => inner.Rescope(connection, transaction, scope, cancellation);

    public override Task<int> Stage<T>(DbConnection connection, DbTransaction transaction, string table, string insert, IReadOnlyList<T> rows, CancellationToken cancellation) =>
        inner.Stage(connection, transaction, table, insert, rows, cancellation);

    public override Task<int> InsertMany<T>(DbConnection connection, DbTransaction transaction, string table, string insert, IReadOnlyList<T> rows, CancellationToken cancellation) =>
        inner.InsertMany(connection, transaction, table, insert, rows, cancellation);

    public override Task<DbConnection> OpenDeployer(CancellationToken cancellation) => inner.OpenDeployer(cancellation);

    public override Task<DbTransaction> BeginRead(DbConnection connection, CancellationToken cancellation) => inner.BeginRead(connection, cancellation);

    public override Task<DbTransaction> BeginDeployment(DbConnection connection, CancellationToken cancellation) => inner.BeginDeployment(connection, cancellation);

    public override bool IsFarAway => ActsAsFarAway || inner.IsFarAway;

    public override TextSql Text => inner.Text;

    public override string Page(string orderedSelect) => inner.Page(orderedSelect);

    public override string LaterPage(string orderedSelect) => inner.LaterPage(orderedSelect);

    public override string ReturningId(string insert) => inner.ReturningId(insert);

    public override string IfAbsent(string insert, string present) => inner.IfAbsent(insert, present);

    public override IEnumerable<string> Batches(string script) => inner.Batches(script);

    public override Exception? Translate(DbException exception) => inner.Translate(exception);

    public override Task Backup(string file, CancellationToken cancellation) => inner.Backup(file, cancellation);

    public void Dispose() => (inner as IDisposable)?.Dispose();
}
