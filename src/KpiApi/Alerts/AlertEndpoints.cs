using KpiApi.Access;
using KpiApi.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace KpiApi.Alerts;

/// <summary>What changed and needs a look.</summary>
internal static class AlertEndpoints
{
    public static void MapAlerts(this IEndpointRouteBuilder api)
    {
        var alerts = api.MapGroup("/alerts").WithTags("Alerts");
        alerts.MapGet("/", List).Requires(Permission.ReadFigures).WithName("ListAlerts").WithSummary("What needs a look, newest first: KPIs that turned to behind, overdue reviews and actions, silent sources, decided outcomes.")
            .WithDescription("Nothing is told before a project's grace days or of provisional weeks, and nothing twice: an alert keeps its id. A silent source is told until it speaks again; the others stay.");
        alerts.MapPost("/{id}/acknowledge", Acknowledge).Requires(Permission.Manage).MayFail(ProblemType.UnsupportedMediaType).WithName("AcknowledgeAlert").WithSummary("Says that somebody has looked at an alert.")
            .WithDescription("It stays in the list, acknowledged. The first acknowledgement counts; another one changes nothing.");
    }

    private static async Task<Ok<Page<AlertResource>>> List(
        AlertStore store, Caller caller, CancellationToken cancellation, string? project = null, string? kpi = null, string? kind = null, string? acknowledged = null, string? from = null, string? to = null,
        string? asOf = null, string? limit = null, string? cursor = null) =>
        TypedResults.Ok(await store.List(caller.Scope(asOf), AlertFilter.Read(project, kpi, kind, acknowledged, from, to), Paging.Limit(limit), cursor, cancellation));

    private static async Task<Ok<AlertResource>> Acknowledge(string id, AlertStore store, Caller caller, CancellationToken cancellation) =>
        TypedResults.Ok(await store.Acknowledge(caller, QueryValues.Id(id, "alert"), cancellation));
}
