using KpiApi.Access;
using KpiApi.Feeds.Formats;
using KpiApi.Http;
using KpiApi.Operations;
using KpiApi.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace KpiApi.Feeds;

/// <summary>Tables for BI tools and exports.</summary>
internal static class FeedEndpoints
{
    private static readonly Listing<FeedResource> Catalogue = new() { Items = FeedCatalogue.All.Select(FeedResource.Of).ToList() };

    public static void MapFeeds(this IEndpointRouteBuilder api)
    {
        var feeds = api.MapGroup("/feeds").WithTags("Feeds").AllowsQueryKey().Compresses();
        feeds.MapGet("/", List).Requires(Permission.ReadFigures).WithName("ListFeeds").WithSummary("The feeds and their columns.");
        feeds.MapGet("/{feed}", Rows).Requires(Permission.ReadFigures).WithName("GetFeed")
            .WithSummary("The rows of a feed in the order of its key or of orderby, from one snapshot: all of them, or page by page with limit and cursor. JSON, NDJSON, CSV or Parquet.")
            .WithDescription("Columns have one name and type in every format for ever. For incremental refresh read by DateKey and UpdatedAtUtc, and drop what the feed deletions lists.")
            .Produces<object>(StatusCodes.Status200OK, "application/json", "application/x-ndjson", "text/csv", "application/vnd.apache.parquet")
            .MayFail(ProblemType.NotOffered)
            .TagsItself()
            .WithMetadata(new Documented(FeedDocument.Describe))
            .DisableRequestTimeout();
    }

    private static Ok<Listing<FeedResource>> List() => TypedResults.Ok(Catalogue);

    private static async Task Rows(
        string feed, HttpContext context, Database database, Caller caller, CancellationToken cancellation, string? format = null, string? locale = null, string? asOf = null,
        string? from = null, string? to = null, string? select = null, string? filter = null, string? orderby = null, string? limit = null, string? cursor = null)
    {
        var definition = FeedCatalogue.Find(feed) ?? throw ProblemException.NotFound("feed");
        var query = FeedQuery.Parse(definition, select, from, to, limit, cursor, filter, orderby);
        var rowFormat = RowFormat.Choose(format, locale, context.Request.Headers.Accept, query.IsPaged);
        var response = context.Response;
        var scope = caller.Scope(asOf);
        if (await ETags.IsUnchanged(context))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await database.Read(
            scope,
            async session =>
            {
                // Headers go out before rows. The link is looked up first, in the same snapshot, by a query for keys alone: a page held in
                // memory would need a limit to its size, and hardly any client reads trailers.
                if (query.Limit is not null && !rowFormat.HoldsCursor && await FeedRows.FindNextCursor(session, query) is { } next)
                {
                    response.Headers.Link = $"<{NextPage(context.Request, next)}>; rel=\"next\"";
                }

                await using var rows = await FeedRows.Open(session, query);
                response.ContentType = rowFormat.ContentType;
                response.Headers.Append(HeaderNames.Vary, HeaderNames.Accept);
                // From here on a failure cuts the connection. Without this, rows that still wait in the pipe would run into the text of a problem.
                await response.StartAsync(cancellation);
                try
                {
                    await rowFormat.Write(response.BodyWriter, rows, cancellation);
                }
                finally
                {
                    // An export that was cut off cost its rows all the same.
                    Telemetry.FeedSent(definition.Url, rows.Count);
                }

                return true;
            },
            cancellation);
    }

    /// <summary>The same request from where this page ends, as a path: what the caller calls this server is known to the caller.</summary>
    private static string NextPage(HttpRequest request, string cursor)
    {
        var query = request.Query
            // A key in the address stays with who has it: an answer may be logged or kept.
            .Where(parameter => !parameter.Key.Equals("cursor", StringComparison.OrdinalIgnoreCase) && !parameter.Key.Equals(Credential.QueryName, StringComparison.OrdinalIgnoreCase))
            .Append(new("cursor", cursor));
        return request.PathBase.Add(request.Path).ToUriComponent() + QueryString.Create(query).ToUriComponent();
    }
}
