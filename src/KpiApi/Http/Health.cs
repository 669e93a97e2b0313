using KpiApi.Storage;

namespace KpiApi.Http;

/// <summary>Two truths: the process lives, and the database answers.</summary>
internal static class Health
{
    private const string RoundTrip = "SELECT COUNT(*) FROM SchemaJournal";

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => TypedResults.Ok(new HealthAnswer { Status = "live" })).ExcludeFromDescription();
        app.MapGet("/health/ready", Ready).ExcludeFromDescription();
    }

    private static async Task<IResult> Ready(Database database, CancellationToken cancellation)
    {
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        budget.CancelAfter(TimeSpan.FromSeconds(1));
        try
        {
            await database.Read(Scope.None, session => session.Single<long>(RoundTrip), budget.Token).WaitAsync(budget.Token);
            return TypedResults.Ok(new HealthAnswer { Status = "ready" });
        }
        catch (Exception exception) when (exception is StorageUnavailableException or OperationCanceledException or System.Data.Common.DbException)
        {
            throw new ProblemException(ProblemType.Unavailable, "The database did not answer within a second.", retryAfterSeconds: 2);
        }
    }

    private sealed record HealthAnswer
    {
        public required string Status { get; init; }
    }
}
