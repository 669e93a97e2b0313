using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Texts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace KpiApi.Steering;

/// <summary>Computed figures: weekly steering, curves, the portfolio.</summary>
internal static class SteeringEndpoints
{
    public static void MapSteering(this IEndpointRouteBuilder api)
    {
        var figures = api.MapGroup("").WithTags("Figures");
        figures.MapGet("/projects/{project}/steering", Steering).Requires(Permission.ReadFigures).HasSentences().WithName("GetSteering").WithSummary("Baseline, target, weekly drift, outcome and recommendation of a project.")
            .WithDescription("Each week compares the actual value with the line from baseline to target: drift is the distance as a fraction, above 0 is favourable. The recommendation is the rule of the method with its reasons; what people decide is a review.");
        figures.MapGet("/projects/{project}/kpis/{kpi}/series", Series).Requires(Permission.ReadFigures).WithName("GetSeries").WithSummary("Points of a curve by day, week or month, with the expected line.")
            .WithDescription("Expected is the line from baseline to target over the same days, null outside the life of the project.");
        figures.MapGet("/portfolio", Portfolio).Requires(Permission.ReadFigures).HasSentences().WithName("GetPortfolio").WithSummary("Every project with its status, recommendation and return; totals and warnings.")
            .WithDescription("Totals are per currency and never across currencies.");
    }

    private static async Task<Ok<SteeringResource>> Steering(string project, SteeringStore store, Caller caller, CancellationToken cancellation, string? asOf = null) =>
        TypedResults.Ok(await store.Steering(caller.Scope(asOf), project, new Sentences(caller.Language), cancellation));

    private static async Task<Ok<SeriesResource>> Series(
        string project, string kpi, SteeringStore store, Caller caller, CancellationToken cancellation, string? grain = null, string? from = null, string? to = null, string? asOf = null) =>
        TypedResults.Ok(await store.Series(
            caller.Scope(asOf),
            project,
            kpi,
            grain is null or "day" or "week" or "month" ? grain ?? "day" : throw ProblemException.Query("grain", "must be day, week or month."),
            QueryValues.Day("from", from),
            QueryValues.Day("to", to),
            cancellation));

    private static async Task<Ok<PortfolioResource>> Portfolio(SteeringStore store, Caller caller, CancellationToken cancellation, string? asOf = null, string? limit = null, string? cursor = null) =>
        TypedResults.Ok(await store.Portfolio(caller.Scope(asOf), Paging.Limit(limit), cursor, new Sentences(caller.Language), cancellation));
}
