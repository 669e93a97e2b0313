using System.IO.Pipelines;
using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Operations;
using KpiApi.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace KpiApi.Feeds.Looker;

/// <summary>
/// What the connector of Looker Studio (Data Studio) asks and answers, in Looker Studio's own forms, so that the connector hands on what it gets and decides nothing.
/// These are reads: they are posted because the questions are objects.
/// </summary>
internal static class LookerEndpoints
{
    // Filters are the long part of a question.
    private const long MostBodyBytes = 1024 * 1024;
    private const string SelectCurrencies = "SELECT MIN(p.Currency) AS Least, MAX(p.Currency) AS Greatest FROM Projects p";

    public static void MapLooker(this IEndpointRouteBuilder api)
    {
        var looker = api.MapGroup("/looker").WithTags("Looker Studio").AllowsQueryKey();
        looker.MapPost("/config", Config).Requires(Permission.ReadFigures, MostBodyBytes).IsRead().WithName("ConfigureLooker")
            .WithSummary("The questions of the next step of the configuration: getConfig of Looker Studio.");
        looker.MapPost("/schema", Schema).Requires(Permission.ReadFigures, MostBodyBytes).IsRead().WithName("GetLookerSchema")
            .WithSummary("The fields of a feed with their types, names and formulas: getSchema of Looker Studio.");
        looker.MapPost("/data", Data).Requires(Permission.ReadFigures, MostBodyBytes).IsRead().WithName("GetLookerData")
            .WithSummary("Rows grouped by the dimensions asked for, with their sums: getData of Looker Studio.")
            .WithDescription(
                "Amounts of several currencies, facts of several KPIs, and gains with costs are never added: 422 says which dimension is missing. Filters are applied all or none. An answer that would be longer than the tool takes is 413, never cut.")
            .Produces<LookerData>();
    }

    private static Ok<LookerConfig> Config(LookerConfigBody body)
    {
        Annotations.Check(body).ThrowIfAny();
        return TypedResults.Ok(LookerConfiguration.Of(body));
    }

    private static async Task<Ok<LookerSchema>> Schema(LookerSchemaBody body, Database database, Caller caller, CancellationToken cancellation)
    {
        Annotations.Check(body).ThrowIfAny();
        var feed = FindFeed(body.ConfigParams);
        var isFrench = LookerWords.IsFrench(body.ConfigParams.Language);
        return TypedResults.Ok(await database.Read(
            LookerRequest.Scope(body.ConfigParams, caller),
            async session => new LookerSchema { Schema = Describe(feed, LookerFields.Of(feed, isFrench), isFrench, await Currency(session)) },
            cancellation));
    }

    private static async Task Data(LookerDataBody body, HttpContext context, Database database, Caller caller, Limits limits, CancellationToken cancellation)
    {
        Annotations.Check(body).ThrowIfAny();
        var feed = FindFeed(body.ConfigParams);
        var isFrench = LookerWords.IsFrench(body.ConfigParams.Language);
        var query = LookerRequest.Read(body, feed, LookerFields.Of(feed, isFrench), database.Dialect.Text, limits.LookerRows);
        var rows = new LookerRows(query, limits, isFrench);
        // Nobody reads before all of it is written.
        var whole = new Pipe(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
        try
        {
            await database.Read(
                LookerRequest.Scope(body.ConfigParams, caller),
                async session =>
                {
                    await rows.Write(session, whole.Writer, Describe(feed, query.Fields, isFrench, await Currency(session)));
                    return true;
                },
                cancellation);
            await whole.Writer.CompleteAsync();
            context.Response.ContentType = "application/json";
            await whole.Reader.CopyToAsync(context.Response.BodyWriter, cancellation);
            Telemetry.FeedSent(feed.Url, rows.Count);
        }
        finally
        {
            await whole.Writer.CompleteAsync();
            await whole.Reader.CompleteAsync();
        }
    }

    private static Feed FindFeed(LookerSettingsBody settings) =>
        FeedCatalogue.Find(settings.Feed ?? "") ?? throw ProblemException.Invalid("/configParams/feed", settings.Feed is null ? "is required." : "is not the name of a feed.");

    private static List<LookerSchemaField> Describe(Feed feed, IEnumerable<LookerField> fields, bool isFrench, string? currency) =>
        [.. fields.Select(field => LookerWords.Describe(feed, field, isFrench, currency))];

    /// <summary>The one currency of all projects; null when there are several, or none yet.</summary>
    private static async Task<string?> Currency(Session session) =>
        await session.Single<Currencies>(SelectCurrencies) is { } found && found.Least == found.Greatest ? found.Least : null;

    private sealed record Currencies
    {
        public string? Least { get; init; }

        public string? Greatest { get; init; }
    }
}
