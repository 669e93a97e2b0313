using KpiApi.Storage;

namespace KpiApi.Http;

/// <summary>
/// Forgets once an hour answers to Idempotency-Keys after their hours, and marks of writes and staged facts when nobody can be looking for them any more.
/// </summary>
internal sealed partial class IdempotencyRetention(Database database, Limits limits, TimeProvider time, ILogger<IdempotencyRetention> logger) : BackgroundService
{
    private const string Delete = "DELETE FROM IdempotencyRecord WHERE CreatedAtUtc < @before";
    private const string DeleteMarks = "DELETE FROM WriteMark WHERE WrittenAtUtc < @before";
    private const string DeleteStagedFacts = "DELETE FROM MeasurementStaging WHERE StagedAtUtc < @before";
    private const string DeleteStagedEntries = "DELETE FROM LedgerStaging WHERE StagedAtUtc < @before";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var before = Instants.Text(time.GetUtcNow().AddHours(-limits.IdempotencyHours));
                var hourAgo = Instants.Text(time.GetUtcNow().AddHours(-1));
                await database.Write(
                    Scope.None,
                    async session => await session.Execute(Delete, new { before })
                        + await session.Execute(DeleteMarks, new { before = hourAgo })
                        + await session.Execute(DeleteStagedFacts, new { before = hourAgo })
                        + await session.Execute(DeleteStagedEntries, new { before = hourAgo }),
                    stoppingToken);
            }
            catch (Exception exception) when (exception is StorageUnavailableException or StorageFullException)
            {
                // The next hour tries again; keeping answers too long harms nobody.
                Postponed(exception);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old answers to Idempotency-Keys were not deleted")]
    private partial void Postponed(Exception exception);
}
