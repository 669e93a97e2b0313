using System.Text.Json;
using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Texts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace KpiApi.Activities;

/// <summary>Lines of business, each with at most one North Star.</summary>
internal static class ActivityEndpoints
{
    public static void MapActivities(this IEndpointRouteBuilder api)
    {
        var activities = api.MapGroup("/activities").WithTags("Activities");
        activities.MapGet("/", List).Requires(Permission.Read).WithName("ListActivities").WithSummary("All activities.");
        activities.MapPost("/", Create).Requires(Permission.Manage).MayFail(ProblemType.AlreadyExists).WithName("CreateActivity").WithSummary("Creates an activity.");
        activities.MapGet("/{activity}", Get).Requires(Permission.Read).IsResource().WithName("GetActivity").WithSummary("One activity.");
        activities.MapPatch("/{activity}", Change).Requires(Permission.Manage).WithMetadata(PatchOf.Of<ActivityBody>()).WithName("ChangeActivity").WithSummary("Changes an activity's name.");
        activities.MapDelete("/{activity}", Remove).Requires(Permission.Manage).MayFail(ProblemType.InUse).WithName("DeleteActivity").WithSummary("Deletes an activity that nothing uses.");

        activities.MapGet("/{activity}/north-star", GetNorthStar).Requires(Permission.ReadFigures).IsResource().WithName("GetNorthStar").WithSummary("The North Star: its months and the project KPIs that serve it.")
            .WithDescription("A month is compared with the calendar month before; while facts of it may be missing it is provisional and has no change.");
        activities.MapGet("/{activity}/north-star/tree", GetTree).Requires(Permission.ReadFigures).HasSentences().WithName("GetNorthStarTree").WithSummary("The activity from its North Star down to each project KPI that serves it.")
            .WithDescription("One answer to draw: the months of the North Star, below them the projects, and below these where each serving KPI stands.");
        activities.MapPut("/{activity}/north-star", SetNorthStar).Requires(Permission.Manage).WithName("SetNorthStar").WithSummary("Sets or replaces the North Star; the months of the old one stay.")
            .WithDescription("One KPI that the activity follows above its projects, with facts of its own. 201 when it had none.");
        activities.MapDelete("/{activity}/north-star", EndNorthStar).Requires(Permission.Manage).WithName("EndNorthStar").WithSummary("Leaves the activity without a North Star; its months stay.");
        api.MapGet("/north-stars", ListTrees).WithTags("Activities").Requires(Permission.ReadFigures).HasSentences().WithName("ListNorthStarTrees").WithSummary("Every activity from its North Star down.")
            .WithDescription("An activity without a North Star is listed too, with northStar null.");
    }

    private static async Task<Ok<Page<ActivityBody>>> List(ActivityStore store, Caller caller, CancellationToken cancellation, string? limit = null, string? cursor = null) =>
        TypedResults.Ok(await store.List(caller.Scope(), Paging.Limit(limit), cursor, cancellation));

    private static async Task<Created<ActivityBody>> Create(ActivityBody body, ActivityStore store, Caller caller, CancellationToken cancellation)
    {
        var activity = await store.Create(caller, body, cancellation);
        return TypedResults.Created($"/v1/activities/{activity.Code}", activity);
    }

    private static async Task<Ok<ActivityBody>> Get(string activity, ActivityStore store, Caller caller, CancellationToken cancellation) =>
        TypedResults.Ok(await store.Get(caller.Scope(), activity, cancellation));

    private static async Task<Ok<ActivityBody>> Change(
        string activity, JsonElement patch, ActivityStore store, Caller caller, CancellationToken cancellation, [FromHeader(Name = "If-Match")] string? ifMatch = null) =>
        TypedResults.Ok(await store.Change(caller.Scope(), activity, ifMatch, body => MergePatch.Apply(body, patch), cancellation));

    private static async Task<NoContent> Remove(string activity, ActivityStore store, Caller caller, CancellationToken cancellation, [FromHeader(Name = "If-Match")] string? ifMatch = null)
    {
        await store.Remove(caller.Scope(), activity, ifMatch, cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<NorthStarResource>> GetNorthStar(string activity, ActivityStore store, Caller caller, CancellationToken cancellation, string? asOf = null) =>
        TypedResults.Ok(await store.NorthStar(caller.Scope(asOf), activity, cancellation));

    private static async Task<Ok<NorthStarTree>> GetTree(string activity, NorthStarTreeStore store, Caller caller, CancellationToken cancellation, string? asOf = null) =>
        TypedResults.Ok(await store.Tree(caller.Scope(asOf), activity, new Sentences(caller.Language), cancellation));

    private static async Task<Ok<NorthStarForest>> ListTrees(NorthStarTreeStore store, Caller caller, CancellationToken cancellation, string? asOf = null, string? limit = null, string? cursor = null) =>
        TypedResults.Ok(await store.Trees(caller.Scope(asOf), Paging.Limit(limit), cursor, new Sentences(caller.Language), cancellation));

    private static async Task<Results<Ok<NorthStarResource>, Created<NorthStarResource>>> SetNorthStar(
        string activity, NorthStarBody body, ActivityStore store, Caller caller, CancellationToken cancellation, [FromHeader(Name = "If-Match")] string? ifMatch = null)
    {
        var (star, isNew) = await store.SetNorthStar(caller.Scope(), activity, ifMatch, body, cancellation);
        return isNew ? TypedResults.Created($"/v1/activities/{activity}/north-star", star) : TypedResults.Ok(star);
    }

    private static async Task<NoContent> EndNorthStar(string activity, ActivityStore store, Caller caller, CancellationToken cancellation, [FromHeader(Name = "If-Match")] string? ifMatch = null)
    {
        await store.EndNorthStar(caller.Scope(), activity, ifMatch, cancellation);
        return TypedResults.NoContent();
    }
}
