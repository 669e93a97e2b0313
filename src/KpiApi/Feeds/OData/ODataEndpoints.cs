using System.Globalization;
using System.Text;
using System.Text.Json;
using KpiApi.Access;
using KpiApi.Feeds.Queries;
using KpiApi.Http;
using KpiApi.Operations;
using KpiApi.Storage;
using Microsoft.Net.Http.Headers;

namespace KpiApi.Feeds.OData;

/// <summary>The feeds as OData 4.0, for Power BI, Excel and whatever else speaks it. Read only.</summary>
internal static class ODataEndpoints
{
    public const string Root = "/odata/v1";
    public const string JsonType = "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8";

    public static void MapOData(this IEndpointRouteBuilder app) =>
        app.MapGet(Root + "/{**path}", Answer)
            .Requires(Permission.ReadFigures).AllowsQueryKey().Compresses().DisableRequestTimeout()
            // Its own document describes it: $metadata.
            .ExcludeFromDescription();

    private static async Task Answer(HttpContext http, Database database, SkipTokens tokens, Limits limits, Caller caller, string? path = null)
    {
        var request = ODataRequest.Read(path ?? "", http.Request.Query);
        var format = FormatOf(request, http.Request);
        var root = http.Request.PublicRoot() + Root;
        http.Response.Headers["OData-Version"] = "4.0";
        if (request.Query is not { } query)
        {
            await Document(http, request.Resource == ODataResource.Metadata ? FeedModel.Csdl(format) : ServiceDocument(root), format);
            return;
        }

        var seal = request.Token is null && request.Resource != ODataResource.Set ? null : await tokens.For(caller.OrganisationId, request.Canonical, http.RequestAborted);
        var scope = caller.Scope(request.AsOf);
        var remaining = request.Top;
        if (request.Token is not null)
        {
            var (asOf, rest, position) = seal!.Open(request.Token);
            query = query with { After = query.Position(position) ?? throw SkipTokens.Seal.Foreign(), Skip = 0 };
            remaining = rest;
            // Pages of one question are of one day, also when the next one begins in between.
            scope = caller.Scope(asOf);
        }

        if (await ETags.IsUnchanged(http))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var pageRows = PageRows(http, limits);
        var page = (int)Math.Min(pageRows, remaining ?? long.MaxValue);
        var day = Days.Date(scope.AsOfDay);
        string? Next(IReadOnlyList<object?> position) =>
            remaining - page is <= 0 ? null : request.Next(root, seal!.Close(position, remaining - page, day));
        await database.Read(
            scope,
            async session =>
            {
                await Write(session, http, request, query, page, root, Next);
                return true;
            },
            http.RequestAborted);
    }

    private static async Task Write(Session session, HttpContext http, ODataRequest request, FeedQuery query, int page, string root, Func<IReadOnlyList<object?>, string?> next)
    {
        var context = root + "/$metadata" + request.Context;
        switch (request.Resource)
        {
            case ODataResource.Count:
                var number = (await Count(session, query)).ToString(CultureInfo.InvariantCulture);
                await Begin(http, "text/plain;charset=utf-8");
                await http.Response.BodyWriter.WriteAsync(Encoding.UTF8.GetBytes(number), http.RequestAborted);
                return;
            case ODataResource.Related:
                var leading = query with { Limit = 1 };
                await using (var lead = await FeedRows.Open(session, leading))
                {
                    if (!await lead.Next(session.Cancellation))
                    {
                        throw ProblemException.NotFound("row");
                    }

                    if (lead.IsNull(0))
                    {
                        http.Response.StatusCode = StatusCodes.Status204NoContent;
                        return;
                    }

                    var target = request.Related!.Target;
                    var type = request.Related.Column.Type;
                    query = new FeedQuery(target, [.. request.RelatedColumns, .. request.Expansions.Select(expansion => expansion.Reference.Column).Where(column => !request.RelatedColumns.Contains(column)).Distinct()])
                    {
                        Filter = new Comparison(Relating.Equal, new Cell(target.Find(target.Key[0])!), Literal.Of(type == ColumnType.Key ? lead.Key(0) : lead.Integer(0))),
                    };
                }

                await One(session, http, request, query, context);
                return;
            case ODataResource.Entity:
                await One(session, http, request, query, context);
                return;
        }

        var count = request.WithCount ? await Count(session, query) : (long?)null;
        var expanded = await Expanded(session, request, query);
        var format = new ODataRows(context, count, request.Shown, query.Rows is Grouping, expanded, next);
        // No engine takes 0 as the number of rows to fetch.
        var limited = page == 0 ? query with { Limit = 1, Filter = Expression.And(query.Filter, Literal.Of(false)) } : query with { Limit = page };
        await using var rows = await FeedRows.Open(session, limited);
        await Begin(http, JsonType);
        try
        {
            await format.Write(http.Response.BodyWriter, rows, session.Cancellation);
        }
        finally
        {
            Telemetry.FeedSent(query.Feed.Url, rows.Count);
        }
    }

    private static async Task One(Session session, HttpContext http, ODataRequest request, FeedQuery query, string context)
    {
        var expanded = await Expanded(session, request, query);
        await using var rows = await FeedRows.Open(session, query with { Limit = 1 });
        if (!await rows.Next(session.Cancellation))
        {
            throw ProblemException.NotFound("row");
        }

        await Begin(http, JsonType);
        await new ODataRows(context, null, request.Shown, false, expanded, _ => null).WriteOne(http.Response.BodyWriter, rows, session.Cancellation);
    }

    private static async Task<IReadOnlyList<ExpandedRows>> Expanded(Session session, ODataRequest request, FeedQuery query)
    {
        var expanded = new List<ExpandedRows>();
        foreach (var expansion in request.Expansions)
        {
            expanded.Add(await ExpandedRows.Load(session, expansion, query.Columns));
        }

        return expanded;
    }

    private static Task<long> Count(Session session, FeedQuery query)
    {
        var (sql, parameters) = query.Count(session.Text);
        return session.Single<long>(sql, parameters);
    }

    /// <summary>Headers go out. From here on a failure cuts the connection: rows that wait in the pipe would run into the text of a problem.</summary>
    private static Task Begin(HttpContext http, string type)
    {
        http.Response.ContentType = type;
        return http.Response.StartAsync(http.RequestAborted);
    }

    private static async Task Document(HttpContext http, byte[] body, ODataFormat format)
    {
        if (ETags.IsSame(http, body))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await Begin(http, format == ODataFormat.Xml ? "application/xml;charset=utf-8" : JsonType);
        await http.Response.BodyWriter.WriteAsync(body, http.RequestAborted);
    }

    private static byte[] ServiceDocument(string root) => JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
    {
        ["@odata.context"] = root + "/$metadata",
        ["value"] = FeedCatalogue.All.Select(feed => new { name = feed.View, kind = "EntitySet", url = feed.View }),
    });

    /// <summary>Rows are JSON whatever is accepted. $metadata is XML unless JSON alone is asked for: tools that accept both expect XML.</summary>
    /// <exception cref="ProblemException">501: a format that is not offered.</exception>
    private static ODataFormat FormatOf(ODataRequest request, HttpRequest http)
    {
        var isMetadata = request.Resource == ODataResource.Metadata;
        var parts = (request.Format ?? "").Split(';', StringSplitOptions.TrimEntries);
        switch (request.Format is null ? null : parts[0])
        {
            case "json" or "application/json" when parts.Skip(1).All(parameter => parameter is "odata.metadata=minimal" or "odata.streaming=true" or "IEEE754Compatible=false"):
                return ODataFormat.Json;
            case "xml" or "application/xml" when isMetadata:
                return ODataFormat.Xml;
            case null:
                var accepted = http.Headers.Accept;
                var isJsonAlone = accepted.Count > 0 && MediaTypeHeaderValue.TryParseList(accepted, out var types) && types.All(type => type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase));
                return isMetadata && !isJsonAlone ? ODataFormat.Xml : ODataFormat.Json;
            default:
                throw new ProblemException(ProblemType.NotOffered, "The query parameter '$format' names a format that is not offered here.");
        }
    }

    /// <summary>Rows of a page: what the client prefers, within what the service allows.</summary>
    private static int PageRows(HttpContext http, Limits limits)
    {
        foreach (var preference in http.Request.Headers.GetCommaSeparatedValues("Prefer"))
        {
            var sides = preference.Split(';')[0].Split('=', 2, StringSplitOptions.TrimEntries);
            if (sides is ["odata.maxpagesize" or "maxpagesize", var text] && long.TryParse(text.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var rows) && rows > 0)
            {
                var page = (int)Math.Min(rows, limits.ODataPageRows);
                http.Response.Headers["Preference-Applied"] = string.Create(CultureInfo.InvariantCulture, $"{sides[0]}={page}");
                return page;
            }
        }

        return limits.ODataPageRows;
    }
}

/// <summary>How an answer is written.</summary>
internal enum ODataFormat
{
    Json,
    Xml,
}
