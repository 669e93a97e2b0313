using System.Text.Json;
using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Texts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace KpiApi.Projects;

/// <summary>Digital projects: drafted, launched against a sealed baseline, closed.</summary>
internal static class ProjectEndpoints
{
    public static void MapProjects(this IEndpointRouteBuilder api)
    {
        var projects = api.MapGroup("/projects").WithTags("Projects");
        projects.MapGet("/", List).Requires(Permission.Read).WithName("ListProjects").WithSummary("Projects, filtered by status, activity or a text.");
        projects.MapPost("/", Create).Requires(Permission.Manage).MayFail(ProblemType.AlreadyExists).WithName("CreateProject").WithSummary("Creates a draft, with the KPIs of a template if one is named.")
            .WithDescription("The baseline window is the baselineDays before startsOn, the horizon the horizonDays from startsOn on.");
        projects.MapGet("/{project}", Get).Requires(Permission.Read).IsResource().WithName("GetProject").WithSummary("One project.");
        projects.MapPatch("/{project}", Change).Requires(Permission.Manage).WithMetadata(PatchOf.Of<ProjectBody>()).MayFail(ProblemType.Sealed, ProblemType.InUse).WithName("ChangeProject").WithSummary("Changes a project; after launch only name, objective and review cadence.");
        projects.MapDelete("/{project}", Remove).Requires(Permission.Manage).MayFail(ProblemType.Sealed, ProblemType.InUse).WithName("DeleteProject").WithSummary("Deletes a draft without facts.");
        projects.MapPost("/{project}/launch", Launch).Requires(Permission.Manage).MayFail(ProblemType.Sealed, ProblemType.NotStarted, ProblemType.MissingBaseline, ProblemType.ImmatureBaseline, ProblemType.TargetNeedsBaseline).HasSentences().WithName("LaunchProject").WithSummary("Seals the baseline and starts the horizon.")
            .WithDescription("Stores baseline, target and tolerance of each KPI for ever: later facts restate the baseline beside it and change no target. A KPI without a baseline, or with days whose facts may still be missing, refuses the launch unless the body allows it.");
        projects.MapPost("/{project}/close", Close).Requires(Permission.Manage).MayFail(ProblemType.NotLaunched, ProblemType.AlreadyClosed).WithName("CloseProject").WithSummary("Ends the project's weeks on a day.")
            .WithDescription("Facts for days up to closedOn are still accepted; weeks end there.");
        projects.MapGet("/{project}/baseline", Baseline).Requires(Permission.ReadFigures).HasSentences().WithName("GetBaseline").WithSummary("The sealed baseline beside the restated one.")
            .WithDescription("In a draft both are live, and sealed is false.");

        var kpis = projects.MapGroup("/{project}/kpis").WithTags("Project KPIs");
        kpis.MapGet("/", ListKpis).Requires(Permission.Read).WithName("ListProjectKpis").WithSummary("The KPIs of a project: at most three.");
        kpis.MapPost("/", AddKpi).Requires(Permission.Manage).MayFail(ProblemType.AlreadyExists, ProblemType.TooManyKpis, ProblemType.Sealed).WithName("AddProjectKpi").WithSummary("Adds a KPI with its purpose. A fourth is refused.")
            .WithDescription("The target is the threshold of the KPI definition unless the body names another.");
        kpis.MapGet("/{kpi}", GetKpi).Requires(Permission.Read).IsResource().WithName("GetProjectKpi").WithSummary("One KPI of a project.");
        kpis.MapPatch("/{kpi}", ChangeKpi).Requires(Permission.Manage).WithMetadata(PatchOf.Of<ProjectKpiBody>()).MayFail(ProblemType.Sealed).WithName("ChangeProjectKpi").WithSummary("Changes a project KPI; after launch only its purpose.");
        kpis.MapDelete("/{kpi}", RemoveKpi).Requires(Permission.Manage).MayFail(ProblemType.Sealed, ProblemType.InUse).WithName("RemoveProjectKpi").WithSummary("Removes a KPI without facts from a draft.");
    }

    private static async Task<Ok<Page<ProjectResource>>> List(
        ProjectStore store, Caller caller, CancellationToken cancellation, string? status = null, string? activity = null, string? q = null, string? sort = null, string? limit = null, string? cursor = null) =>
        TypedResults.Ok(await store.List(caller.Scope(), ProjectFilter.From(status, activity, q, sort), Paging.Limit(limit), cursor, cancellation));

    private static async Task<Created<ProjectResource>> Create(ProjectBody body, ProjectStore store, Caller caller, CancellationToken cancellation)
    {
        var project = await store.Create(caller, body, cancellation);
        return TypedResults.Created($"/v1/projects/{project.Code}", project);
    }

    private static async Task<Ok<ProjectResource>> Get(string project, ProjectStore store, Caller caller, CancellationToken cancellation) =>
        TypedResults.Ok(await store.Get(caller.Scope(), project, cancellation));

    private static async Task<Ok<ProjectResource>> Change(
        string project, JsonElement patch, ProjectStore store, Caller caller, CancellationToken cancellation, [FromHeader(Name = "If-Match")] string? ifMatch = null) =>
        TypedResults.Ok(await store.Change(caller.Scope(), project, ifMatch, body => MergePatch.Apply(body, patch), cancellation));

    private static async Task<NoContent> Remove(string project, ProjectStore store, Caller caller, CancellationToken cancellation, [FromHeader(Name = "If-Match")] string? ifMatch = null)
    {
        await store.Remove(caller.Scope(), project, ifMatch, cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<LaunchAnswer>> Launch(string project, LaunchBody? body, LaunchStore store, Caller caller, CancellationToken cancellation) =>
        TypedResults.Ok(await store.Launch(caller, project, body ?? new LaunchBody(), new Sentences(caller.Language), cancellation));

    private static async Task<Ok<ProjectResource>> Close(string project, CloseBody? body, LaunchStore store, Caller caller, CancellationToken cancellation) =>
        TypedResults.Ok(await store.Close(caller, project, body ?? new CloseBody(), cancellation));

    private static async Task<Ok<BaselineResource>> Baseline(string project, LaunchStore store, Caller caller, CancellationToken cancellation, string? asOf = null) =>
        TypedResults.Ok(await store.Baselines(caller.Scope(asOf), project, new Sentences(caller.Language), cancellation));

    private static async Task<Ok<Listing<ProjectKpiResource>>> ListKpis(string project, ProjectKpiStore store, Caller caller, CancellationToken cancellation) =>
        TypedResults.Ok(new Listing<ProjectKpiResource> { Items = await store.List(caller.Scope(), project, cancellation) });

    private static async Task<Created<ProjectKpiResource>> AddKpi(string project, ProjectKpiBody body, ProjectKpiStore store, Caller caller, CancellationToken cancellation)
    {
        var kpi = await store.Add(caller, project, body, cancellation);
        return TypedResults.Created($"/v1/projects/{project}/kpis/{kpi.Kpi}", kpi);
    }

    private static async Task<Ok<ProjectKpiResource>> GetKpi(string project, string kpi, ProjectKpiStore store, Caller caller, CancellationToken cancellation) =>
        TypedResults.Ok(await store.Get(caller.Scope(), project, kpi, cancellation));

    private static async Task<Ok<ProjectKpiResource>> ChangeKpi(
        string project, string kpi, JsonElement patch, ProjectKpiStore store, Caller caller, CancellationToken cancellation, [FromHeader(Name = "If-Match")] string? ifMatch = null) =>
        TypedResults.Ok(await store.Change(caller.Scope(), project, kpi, ifMatch, body => MergePatch.Apply(body, patch), cancellation));

    private static async Task<NoContent> RemoveKpi(string project, string kpi, ProjectKpiStore store, Caller caller, CancellationToken cancellation, [FromHeader(Name = "If-Match")] string? ifMatch = null)
    {
        await store.Remove(caller.Scope(), project, kpi, ifMatch, cancellation);
        return TypedResults.NoContent();
    }
}
