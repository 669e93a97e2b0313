using System.Text.Json;
using KpiApi.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace KpiApi.Access;

/// <summary>What an administrator of an organisation manages: its keys and the organisation itself.</summary>
internal static class AccessEndpoints
{
    public static void MapAccess(this IEndpointRouteBuilder api)
    {
        var keys = api.MapGroup("/api-keys").WithTags("API keys");
        keys.MapGet("/", ListKeys).Requires(Permission.Administer).IsPrivate().WithName("ListApiKeys").WithSummary("All API keys, revoked ones too, without their secrets.");
        keys.MapPost("/", CreateKey).Requires(Permission.Administer).MayFail(ProblemType.SecretNotReplayed).WithName("CreateApiKey").WithSummary("Makes an API key and shows it, this once. Two live keys of one name allow to rotate: make one, switch over, revoke the other.")
            .WithDescription("The secret is stored as a hash. An Idempotency-Key that is sent again is told the id of the key that it made, not the secret.");
        keys.MapGet("/{id}", GetKey).Requires(Permission.Administer).IsPrivate().WithName("GetApiKey").WithSummary("One API key, without its secret.");
        keys.MapDelete("/{id}", RevokeKey).Requires(Permission.Administer).MayFail(ProblemType.InUse).WithName("RevokeApiKey").WithSummary("Revokes an API key, at once and for ever. The last live key of an administrator stays.");

        var organisation = api.MapGroup("/organisation").WithTags("Organisation");
        organisation.MapGet("/", GetOrganisation).Requires(Permission.ReadFigures).IsResource().WithName("GetOrganisation").WithSummary("The organisation of the credential.");
        organisation.MapPatch("/", ChangeOrganisation).Requires(Permission.Administer).WithMetadata(PatchOf.Of<OrganisationBody>()).WithName("ChangeOrganisation").WithSummary("Changes the organisation. A new time zone applies to facts stored from then on.");
    }

    private static async Task<Ok<Page<ApiKeyResource>>> ListKeys(ApiKeyStore store, Caller caller, CancellationToken cancellation, string? limit = null, string? cursor = null) =>
        TypedResults.Ok(await store.List(caller.Scope(), Paging.Limit(limit), cursor, cancellation));

    private static async Task<Created<ApiKeyCreated>> CreateKey(ApiKeyBody body, ApiKeyStore store, Caller caller, HttpContext context, CancellationToken cancellation)
    {
        var key = await store.Create(caller, body, cancellation);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"/v1/api-keys/{key.Id}", key);
    }

    private static async Task<Ok<ApiKeyResource>> GetKey(string id, ApiKeyStore store, Caller caller, CancellationToken cancellation) =>
        TypedResults.Ok(await store.Get(caller.Scope(), id, cancellation));

    private static async Task<NoContent> RevokeKey(string id, ApiKeyStore store, Caller caller, CancellationToken cancellation)
    {
        await store.Revoke(caller.Scope(), id, cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<OrganisationBody>> GetOrganisation(OwnOrganisationStore store, Caller caller, CancellationToken cancellation) =>
        TypedResults.Ok(await store.Get(caller.Scope(), cancellation));

    private static async Task<Ok<OrganisationBody>> ChangeOrganisation(
        JsonElement patch, OwnOrganisationStore store, Caller caller, CancellationToken cancellation, [FromHeader(Name = "If-Match")] string? ifMatch = null) =>
        TypedResults.Ok(await store.Change(caller.Scope(), ifMatch, body => MergePatch.Apply(body, patch), cancellation));
}
