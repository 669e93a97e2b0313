using KpiApi.Access;
using KpiApi.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace KpiApi.Imports;

/// <summary>How files that programs export are to be read.</summary>
internal static class ImportProfileEndpoints
{
    public static void MapImportProfiles(this IEndpointRouteBuilder api)
    {
        var profiles = api.MapGroup("/import-profiles").WithTags("Import profiles");
        profiles.MapGet("/", List).Requires(Permission.Read).WithName("ListImportProfiles").WithSummary("All import profiles, those that every organisation has included.");
        profiles.MapGet("/{name}", Get).Requires(Permission.Read).IsResource().WithName("GetImportProfile").WithSummary("One import profile.");
        profiles.MapPut("/{name}", Put).Requires(Permission.Manage).MayFail(ProblemType.ReadOnly).WithName("PutImportProfile").WithSummary("Makes or replaces an import profile.");
        profiles.MapDelete("/{name}", Remove).Requires(Permission.Manage).MayFail(ProblemType.ReadOnly).WithName("DeleteImportProfile").WithSummary("Deletes an import profile; what it imported stays.");
    }

    private static async Task<Ok<Page<ImportProfileResource>>> List(ImportProfileStore store, Caller caller, CancellationToken cancellation, string? limit = null, string? cursor = null) =>
        TypedResults.Ok(await store.List(caller.Scope(), Paging.Limit(limit), cursor, cancellation));

    private static async Task<Ok<ImportProfileResource>> Get(string name, ImportProfileStore store, Caller caller, CancellationToken cancellation) =>
        TypedResults.Ok(await store.Get(caller.Scope(), name, cancellation));

    private static async Task<Results<Ok<ImportProfileResource>, Created<ImportProfileResource>>> Put(
        string name, ImportProfilePutBody body, ImportProfileStore store, Caller caller, CancellationToken cancellation, [FromHeader(Name = "If-Match")] string? ifMatch = null)
    {
        var (profile, isNew) = await store.Put(caller.Scope(), name, ifMatch, body, cancellation);
        return isNew ? TypedResults.Created($"/v1/import-profiles/{name}", profile) : TypedResults.Ok(profile);
    }

    private static async Task<NoContent> Remove(string name, ImportProfileStore store, Caller caller, CancellationToken cancellation, [FromHeader(Name = "If-Match")] string? ifMatch = null)
    {
        await store.Remove(caller.Scope(), name, ifMatch, cancellation);
        return TypedResults.NoContent();
    }
}
