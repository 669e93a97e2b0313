using System.Data.Common;
using KpiApi.Storage;

namespace KpiApi.Tests.Support;

/// <summary>A dialect around another, so that a test can get between a write and its work.</summary>
internal sealed class DialectAround(Dialect inner) : Dialect, IDisposable
{
    /// <summary>Runs before the transaction of a write is asked for.</summary>
    public Func<CancellationToken, Task>? BeforeWork { get; init; }

    public override string Name => inner.Name;

    public override string ViewNames => inner.ViewNames;

    public override string CreateJournal => inner.CreateJournal;

    public override async Task<T> Write<T>(Scope scope, Func<DbConnection, DbTransaction, Task<(T Result, bool Keep)>> work, CancellationToken cancellation)
    {
        if (BeforeWork is not null)
        {
            await BeforeWork(cancellation);
        }

        return await inner.Write(scope, work, cancellation);
    }

    public override Task<DbConnection> OpenReader(Scope scope, CancellationToken cancellation) => inner.OpenReader(scope, cancellation);

    public override Task Rescope(DbConnection connection, Scope scope, CancellationToken cancellation) => inner.Rescope(connection, scope, cancellation);

    public override Task<DbConnection> OpenDeployer(CancellationToken cancellation) => inner.OpenDeployer(cancellation);

    public override Task<DbTransaction> BeginRead(DbConnection connection, CancellationToken cancellation) => inner.BeginRead(connection, cancellation);

    public override Task<DbTransaction> BeginDeployment(DbConnection connection, CancellationToken cancellation) => inner.BeginDeployment(connection, cancellation);

    public override string Page(string orderedSelect) => inner.Page(orderedSelect);

    public override string ReturningId(string insert) => inner.ReturningId(insert);

    public override IEnumerable<string> Batches(string script) => inner.Batches(script);

    public override Exception? Translate(DbException exception) => inner.Translate(exception);

    public override Task Backup(string file, CancellationToken cancellation) => inner.Backup(file, cancellation);

    public void Dispose() => (inner as IDisposable)?.Dispose();
}
