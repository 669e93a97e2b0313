using System.Text.Json;
using KpiApi.Access;
using KpiApi.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace KpiApi.Reviews;

/// <summary>Dated decisions of people on a project, with the figures that they saw.</summary>
internal static class ReviewEndpoints
{
    public static void MapReviews(this IEndpointRouteBuilder api)
    {
        var reviews = api.MapGroup("/projects/{project}/reviews").WithTags("Reviews");
        reviews.MapGet("/", List).Requires(Permission.ReadFigures).WithName("ListReviews").WithSummary("Reviews of a project with their frozen figures, oldest first.")
            .WithDescription("Reviews up to asOf, and the effects of past adjustments as of that day; today, when it is not given. What the figures of a review's day are today is told when that review is read alone.");
        reviews.MapPost("/", Create).Requires(Permission.Manage).MayFail(ProblemType.NotLaunched, ProblemType.AlreadyExists).WithName("CreateReview").WithSummary("Records a decision with its actions, and freezes the figures of that day.")
            .WithDescription("The figures are those as of reviewedOn, known now; nothing changes them afterwards. One review for each kind on a day. Nothing of a review is edited but the days on which its actions are done.");
        reviews.MapGet("/{id}", Get).Requires(Permission.ReadFigures).IsResource().WithName("GetReview").WithSummary("One review: then and now side by side.")
            .WithDescription("snapshot is what was known; now is the same day with the facts of today, late and corrected ones included: where nothing was posted since, both are the same.");
        reviews.MapPatch("/{id}/actions/{number}", Change).Requires(Permission.Manage).WithMetadata(PatchOf.Only<ActionDoneBody>()).WithName("ChangeReviewAction").WithSummary("Says on which day an action was done, and nothing else.")
            .WithDescription("doneOn is from the day of the review to today; null opens the action again. If-Match takes the ETag of the review.");
    }

    private static async Task<Ok<Page<ReviewResource>>> List(
        string project, ReviewStore store, Caller caller, CancellationToken cancellation, string? from = null, string? to = null, string? asOf = null, string? limit = null, string? cursor = null) =>
        TypedResults.Ok(await store.List(caller, project, QueryValues.Day("from", from), QueryValues.Day("to", to), asOf, Paging.Limit(limit), cursor, cancellation));

    private static async Task<Created<ReviewResource>> Create(string project, ReviewBody body, ReviewStore store, Caller caller, CancellationToken cancellation)
    {
        var review = await store.Create(caller, project, body, cancellation);
        return TypedResults.Created($"/v1/projects/{project}/reviews/{review.Id}", review);
    }

    private static async Task<Ok<ReviewResource>> Get(string project, string id, ReviewStore store, Caller caller, CancellationToken cancellation, string? asOf = null) =>
        TypedResults.Ok(await store.Get(caller, project, QueryValues.Id(id, "review"), asOf, cancellation));

    private static async Task<Ok<ReviewResource>> Change(
        string project, string id, string number, JsonElement patch, ReviewStore store, Caller caller, CancellationToken cancellation, [FromHeader(Name = "If-Match")] string? ifMatch = null) =>
        TypedResults.Ok(await store.Change(caller, project, QueryValues.Id(id, "review"), QueryValues.Id(number, "action"), ifMatch, body => MergePatch.Apply(body, patch), cancellation));
}
