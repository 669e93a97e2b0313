using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Texts;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace KpiApi.Reviews;

/// <summary>The monthly pack: figures for programs, a page for people.</summary>
internal static class PackEndpoints
{
    public static void MapPack(this IEndpointRouteBuilder api) =>
        api.MapGet("/projects/{project}/pack", Pack).WithTags("Reviews").Requires(Permission.ReadFigures).HasSentences().MayFail(ProblemType.NotLaunched)
            .Produces<PackResource>().WithMetadata(new Documented((operation, _) => Describe(operation)))
            .WithName("GetPack").WithSummary("What a committee needs of a project once a month, as JSON or as a page to print.")
            .WithDescription("Gap, drift and status of each KPI, the return and its month, decisions and actions since the pack before, and what is to be decided, as of the month's last day, or asOf if that is earlier. With Accept: text/html it is a page of two A4 sheets without any script.");

    private static async Task<IResult> Pack(string project, HttpRequest request, PackStore store, Caller caller, CancellationToken cancellation, string? month = null, string? asOf = null)
    {
        var sentences = new Sentences(caller.Language);
        var pack = await store.Pack(caller, project, month, asOf, sentences, cancellation);
        return IsPage(request.Headers.Accept) ? new PackPage(pack, sentences).Answer() : TypedResults.Ok(pack);
    }

    /// <summary>Whether a page is what Accept likes best. JSON, where it says nothing.</summary>
    private static bool IsPage(StringValues accept) => MediaTypeHeaderValue.TryParseList(accept, out var types)
        && types.Where(type => type.Quality is not 0).OrderByDescending(type => type.Quality ?? 1)
            .Select(type => type.MediaType.Value?.ToLowerInvariant())
            .FirstOrDefault(type => type is HtmlPage.ContentType or "application/json" or "application/*" or "*/*") == HtmlPage.ContentType;

    private static void Describe(OpenApiOperation operation)
    {
        var month = operation.Parameters!.OfType<OpenApiParameter>().Single(parameter => parameter.Name == "month");
        month.Description = "The month, YYYY-MM: from the project's first to that of asOf, whose pack is as of asOf. Default: the last month that is over by then.";
        month.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = @"^\d{4}-\d{2}$" };
        var answer = (OpenApiResponse)operation.Responses!["200"];
        answer.Content![HtmlPage.ContentType] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Description = "The same as a page of two A4 sheets, with charts as SVG and no script." } };
    }
}
