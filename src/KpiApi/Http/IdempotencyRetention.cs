using KpiApi.Storage;

namespace KpiApi.Http;

/// <summary>Forgets answers to Idempotency-Keys after their hours, once an hour.</summary>
internal sealed partial class IdempotencyRetention(Database database, Limits limits, TimeProvider time, ILogger<IdempotencyRetention> logger) : BackgroundService
{
    private const string Delete = "DELETE FROM IdempotencyRecord WHERE CreatedAtUtc < @before";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var before = Instants.Text(time.GetUtcNow().AddHours(-limits.IdempotencyHours));
                await database.Write(Scope.None, session => session.Execute(Delete, new { before }), stoppingToken);
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
