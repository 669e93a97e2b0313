using System.Data.Common;
using System.Diagnostics;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Operations;

/// <summary>
/// A dialect whose writes are measured: a span for each that belongs to a request, its duration and outcome, and the counts of what it stored once
/// it is durable. Also notes that a server answers. Around the dialect, so that Storage needs not know that somebody watches.
/// </summary>
internal sealed class MeasuredDialect(Dialect inner, StorageTraffic traffic) : Dialect, IDisposable
{
    public override string Name => inner.Name;

    public override string? File => inner.File;

    public override string ViewNames => inner.ViewNames;

    public override string CreateJournal => inner.CreateJournal;

    public override async Task<T> Write<T>(Scope scope, Work<T> work, bool joins, CancellationToken cancellation)
    {
        // The retention job and the probe write too; a trace of one span would tell nothing.
        using var span = Activity.Current is null ? null : Telemetry.Spans.StartActivity("kpiapi.write");
        var asked = Stopwatch.GetTimestamp();
        var hasBegun = false;
        var isKept = false;
        var outcome = "failed";
        IReadOnlyList<Action> counts = [];
        try
        {
            var result = await inner.Write(
                scope,
                async (connection, transaction, shared) =>
                {
                    NoteAnswer(scope);
                    // Not again when the engine has the work done anew.
                    if (!hasBegun)
                    {
                        hasBegun = true;
                        traffic.Began();
                    }

                    Telemetry.WriteWait.Record(Stopwatch.GetElapsedTime(asked).TotalSeconds);
                    span?.AddEvent(new ActivityEvent("begun"));
                    counts = Telemetry.HoldCounts();
                    var (value, keep) = await work(connection, transaction, shared);
                    isKept = keep;
                    return (value, keep);
                },
                joins,
                cancellation);
            outcome = isKept ? "committed" : "rolled_back";
            foreach (var count in isKept ? counts : [])
            {
                count();
            }

            return result;
        }
        catch (Exception exception)
        {
            outcome = exception switch { ProblemException or StorageBusyException => "refused", OperationCanceledException => "cancelled", _ => "failed" };
            if (outcome == "failed")
            {
                // The type alone: a message may quote what was sent.
                span?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", exception.GetType().FullName);
            }

            throw;
        }
        finally
        {
            if (hasBegun)
            {
                traffic.Ended(outcome == "committed");
            }

            span?.SetTag("kpiapi.outcome", outcome).SetTag("db.system.name", inner.Name);
            Telemetry.WriteDuration.Record(Stopwatch.GetElapsedTime(asked).TotalSeconds, new KeyValuePair<string, object?>("kpiapi.outcome", outcome));
        }
    }

    public override async Task<DbConnection> OpenReader(Scope scope, CancellationToken cancellation)
    {
        var connection = await inner.OpenReader(scope, cancellation);
        NoteAnswer(scope);
        return connection;
    }

    public override Task Rescope(DbConnection connection, DbTransaction transaction, Scope scope, CancellationToken cancellation) => inner.Rescope(connection, transaction, scope, cancellation);

    public override Task<int> InsertMany<T>(DbConnection connection, DbTransaction transaction, string table, string insert, IReadOnlyList<T> rows, CancellationToken cancellation) =>
        inner.InsertMany(connection, transaction, table, insert, rows, cancellation);

    public override Task<int> Stage<T>(DbConnection connection, DbTransaction transaction, string table, string insert, IReadOnlyList<T> rows, CancellationToken cancellation) =>
        inner.Stage(connection, transaction, table, insert, rows, cancellation);

    public override Task<DbConnection> OpenDeployer(CancellationToken cancellation) => inner.OpenDeployer(cancellation);

    public override Task<DbTransaction> BeginRead(DbConnection connection, CancellationToken cancellation) => inner.BeginRead(connection, cancellation);

    public override Task<DbTransaction> BeginDeployment(DbConnection connection, CancellationToken cancellation) => inner.BeginDeployment(connection, cancellation);

    public override bool IsFarAway => inner.IsFarAway;

    public override TextSql Text => inner.Text;

    public override string Page(string orderedSelect) => inner.Page(orderedSelect);

    public override string LaterPage(string orderedSelect) => inner.LaterPage(orderedSelect);

    public override string ReturningId(string insert) => inner.ReturningId(insert);

    public override string IfAbsent(string insert, string present) => inner.IfAbsent(insert, present);

    public override IEnumerable<string> Batches(string script) => inner.Batches(script);

    public override Exception? Translate(DbException exception) => inner.Translate(exception);

    public override Task Backup(string file, CancellationToken cancellation) => inner.Backup(file, cancellation);

    public void Dispose() => (inner as IDisposable)?.Dispose();

    // A connection of a server has told it its scope. That of a file says nothing about the disk, and a copy nothing about the database.
    private void NoteAnswer(Scope scope)
    {
        if (IsFarAway && scope is { IsProbe: false, MayLag: false })
        {
            traffic.Answered();
        }
    }
}
