using System.Text.Json;
using KpiApi.Access;
using KpiApi.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace KpiApi.Kpis;

/// <summary>KPI definitions: the method's catalogue, the organisation's own, and the templates of projects.</summary>
internal static class KpiEndpoints
{
    public static void MapKpis(this IEndpointRouteBuilder api)
    {
        var catalogue = api.MapGroup("/catalog").WithTags("Catalogue");
        catalogue.MapGet("/kpis", Catalogue).Requires(Permission.Read).WithName("ListCatalogKpis").WithSummary("The six priority KPIs of the method.");
        catalogue.MapGet("/templates", Templates).Requires(Permission.Read).WithName("ListTemplates").WithSummary("Up to three KPIs by kind of project, and why each was chosen.");

        var kpis = api.MapGroup("/kpis").WithTags("KPIs");
        kpis.MapGet("/", List).Requires(Permission.Read).WithName("ListKpis").WithSummary("All KPI definitions, the catalogue included.")
            .WithDescription("In the order of their codes.");
        kpis.MapPost("/", Create).Requires(Permission.Manage).MayFail(ProblemType.AlreadyExists).WithName("CreateKpi").WithSummary("Creates a KPI of the organisation's own.")
            .WithDescription("Its code is chosen once. A threshold that is relative or in points has the sign of the direction.");
        kpis.MapGet("/{kpi}", Get).Requires(Permission.Read).IsResource().WithName("GetKpi").WithSummary("One KPI definition.");
        kpis.MapPatch("/{kpi}", Change).Requires(Permission.Manage).WithMetadata(PatchOf.Of<KpiBody>()).MayFail(ProblemType.ReadOnly, ProblemType.InUse).WithName("ChangeKpi").WithSummary("Changes a KPI; direction, aggregation, unit and perDays only while nothing uses it.");
        kpis.MapDelete("/{kpi}", Remove).Requires(Permission.Manage).MayFail(ProblemType.ReadOnly, ProblemType.InUse).WithName("DeleteKpi").WithSummary("Deletes a KPI that nothing uses.");
    }

    private static async Task<Ok<Listing<KpiResource>>> Catalogue(KpiStore store, Caller caller, CancellationToken cancellation) =>
        TypedResults.Ok(new Listing<KpiResource> { Items = await store.Catalogue(caller.Scope(), cancellation) });

    private static async Task<Ok<Listing<TemplateResource>>> Templates(KpiStore store, CancellationToken cancellation) =>
        TypedResults.Ok(new Listing<TemplateResource> { Items = await store.Templates(cancellation) });

    private static async Task<Ok<Page<KpiResource>>> List(KpiStore store, Caller caller, CancellationToken cancellation, string? limit = null, string? cursor = null) =>
        TypedResults.Ok(await store.List(caller.Scope(), Paging.Limit(limit), cursor, cancellation));

    private static async Task<Created<KpiResource>> Create(KpiBody body, KpiStore store, Caller caller, CancellationToken cancellation)
    {
        var kpi = await store.Create(caller, body, cancellation);
        return TypedResults.Created($"/v1/kpis/{kpi.Code}", kpi);
    }

    private static async Task<Ok<KpiResource>> Get(string kpi, KpiStore store, Caller caller, CancellationToken cancellation) =>
        TypedResults.Ok(await store.Get(caller.Scope(), kpi, cancellation));

    private static async Task<Ok<KpiResource>> Change(
        string kpi, JsonElement patch, KpiStore store, Caller caller, CancellationToken cancellation, [FromHeader(Name = "If-Match")] string? ifMatch = null) =>
        TypedResults.Ok(await store.Change(caller.Scope(), kpi, ifMatch, body => MergePatch.Apply(body, patch), cancellation));

    private static async Task<NoContent> Remove(string kpi, KpiStore store, Caller caller, CancellationToken cancellation, [FromHeader(Name = "If-Match")] string? ifMatch = null)
    {
        await store.Remove(caller.Scope(), kpi, ifMatch, cancellation);
        return TypedResults.NoContent();
    }
}
