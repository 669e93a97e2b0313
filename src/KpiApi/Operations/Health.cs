using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace KpiApi.Operations;

/// <summary>Two truths: the process lives, and the database answers.</summary>
internal static class Health
{
    public const string Root = "/health";

    // Long enough that nobody asks because of a busy machine.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Maps them ahead of everything that asks the database who is calling: a key that a monitor sends along must not make /live wait for a lock.
    /// Neither is traced nor counted; they would outnumber what people do.
    /// </summary>
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var health = app.MapGroup(Root);
        health.ExcludeFromDescription().DisableHttpMetrics().ShortCircuit();
        health.MapGet("/live", Live);
        health.MapGet("/ready", Ready);
    }

    private static Ok<HealthAnswer> Live(HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new HealthAnswer { Status = "live" });
    }

    /// <exception cref="ProblemException">503: the database did not make a round trip in time.</exception>
    private static async Task<Ok<HealthAnswer>> Ready(Readiness readiness, HttpResponse response, CancellationToken cancellation)
    {
        response.Headers.CacheControl = "no-store";
        return await readiness.Ask(cancellation) switch
        {
            ReadyState.Down => throw Unavailable("The database did not answer in time."),
            ReadyState.ReadOnly => throw Unavailable("The database did not take a write in time."),
            // Reads go on: taking the server away for the want of disk space would end them too.
            ReadyState.Full => TypedResults.Ok(new HealthAnswer { Status = "full" }),
            _ => TypedResults.Ok(new HealthAnswer { Status = "ready" }),
        };
    }

    /// <summary>
    /// Answers requests at once with 503 while the database is known not to work, instead of letting each wait on a thread of its own for as long as the
    /// engine does. Reads go on when only writes fail. Stands before authentication, which reads too.
    /// </summary>
    public static void UseCircuit(this IApplicationBuilder app)
    {
        var readiness = app.ApplicationServices.GetRequiredService<Readiness>();
        var isServer = app.ApplicationServices.GetRequiredService<Dialect>().File is null;
        app.Use(async (context, next) =>
        {
            if (context.GetEndpoint()?.Metadata.GetMetadata<EndpointRule>() is not { } rule)
            {
                await next(context);
                return;
            }

            var state = readiness.Peek();
            if (state == ReadyState.Down || (state == ReadyState.ReadOnly && !IsRead(context.Request.Method, rule)))
            {
                throw Unavailable("Nothing was stored. Try again.");
            }

            try
            {
                await (isServer && !context.IsUpload() ? Watched(context, next, readiness) : next(context));
            }
            catch (StorageUnavailableException)
            {
                readiness.Doubt();
                throw;
            }
        });
    }

    /// <summary>
    /// A request to a server that has gone silent does not wait for as long as a network does: it asks whether the server works, and is cut when it
    /// does not. What was sent of an answer, and an upload, which is stored as it comes, are left to their own ends.
    /// </summary>
    private static async Task Watched(HttpContext context, RequestDelegate next, Readiness readiness)
    {
        var aborted = context.RequestAborted;
        using var given = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        var isCut = false;
        await using var watch = new Timer(
            _ =>
            {
                readiness.Doubt();
                if (readiness.Peek() == ReadyState.Down && !context.Response.HasStarted && context.Response.BodyWriter is not { CanGetUnflushedBytes: true, UnflushedBytes: > 0 })
                {
                    isCut = true;
                    given.Cancel();
                }
            },
            null,
            Patience,
            TimeSpan.FromSeconds(1));
        context.RequestAborted = given.Token;
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (isCut && !aborted.IsCancellationRequested)
        {
            throw Unavailable("The database does not answer. Whether this was stored is not known when it was a write; send the same again.");
        }
        finally
        {
            context.RequestAborted = aborted;
        }
    }

    // Some tools post what they ask for.
    private static bool IsRead(string method, EndpointRule rule) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || rule.Permission is Permission.Read or Permission.ReadFigures;

    private static ProblemException Unavailable(string detail) => new(ProblemType.Unavailable, detail, retryAfterSeconds: 1);

    internal sealed record HealthAnswer
    {
        public required string Status { get; init; }
    }
}
