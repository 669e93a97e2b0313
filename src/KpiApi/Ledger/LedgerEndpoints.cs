using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Imports;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace KpiApi.Ledger;

/// <summary>Gains and costs of a project, each with its class of evidence, and the return they give.</summary>
internal static class LedgerEndpoints
{
    public static void MapLedger(this IEndpointRouteBuilder api)
    {
        var ledger = api.MapGroup("/projects/{project}/ledger").WithTags("Ledger");
        ledger.MapPost("/", Post).Requires(Permission.Post).WithMetadata(new BatchMark()).Accepts<LedgerEntryBody>("application/json")
            .MayFail(ProblemType.IdentityRequired).WithName("PostLedger").WithSummary("Stores gains and costs, one or an array, in the project's currency, excluding VAT.")
            .WithDescription("An entry with an externalId is identified by it and its source, and is corrected when it is sent again. Entries without one need an Idempotency-Key: a retry would book the money twice.");
        ledger.MapPost("/bulk", Bulk).Requires(Permission.Post).TakesUpload().Accepts<LedgerEntryBody>(UploadBody.Ndjson, UploadBody.Csv)
            .WithName("PostLedgerBulk").WithSummary("Stores the entries of a file, line by line, as it comes; every entry has an externalId. Send the whole file again after a failure.");
        ledger.MapGet("/", List).Requires(Permission.Read).WithName("ListLedger").WithSummary("Stored gains and costs.");
        ledger.MapGet("/{id}", Get).Requires(Permission.Read).IsResource().WithName("GetLedgerEntry").WithSummary("One ledger entry.");
        ledger.MapDelete("/{id}", Remove).Requires(Permission.Post).WithName("DeleteLedgerEntry").WithSummary("Deletes a ledger entry; history keeps it.");
        api.MapGet("/projects/{project}/roi", Roi).WithTags("Figures").Requires(Permission.ReadFigures).WithName("GetRoi").WithSummary("Gain, cost, return and payback of a project.")
            .WithDescription("Ratio = gain / cost. Payback is the first day from which cumulative gain covers cumulative cost and goes on to.");
    }

    private static async Task<Ok<Receipt>> Post(string project, HttpRequest request, LedgerStore store, Caller caller, CancellationToken cancellation, string? mode = null, string? dryRun = null) =>
        TypedResults.Ok(await store.Store(caller, project, await Batch<LedgerEntryBody>.Read(request, mode, dryRun, cancellation), cancellation));

    private static async Task<Ok<DetailedReceiptResource>> Bulk(
        string project, HttpRequest request, LedgerStore store, Uploads uploads, Caller caller, CancellationToken cancellation, string? profile = null, string? mode = null, string? dryRun = null)
    {
        var upload = UploadRequest.Read(ImportTarget.Ledger.Name, project, profile, mode, dryRun);
        await store.Require(caller.Scope(), project, cancellation);
        await using var file = await uploads.Open(request, caller, upload, LedgerEntryBody.From, cancellation);
        return TypedResults.Ok(await store.Store(caller, upload, file, cancellation));
    }

    private static async Task<Ok<Page<LedgerEntryResource>>> List(
        string project, LedgerStore store, Caller caller, CancellationToken cancellation,
        string? from = null, string? to = null, string? source = null, string? externalId = null, string? limit = null, string? cursor = null) =>
        TypedResults.Ok(await store.List(caller.Scope(), project, QueryValues.Day("from", from), QueryValues.Day("to", to), source, externalId, Paging.Limit(limit), cursor, cancellation));

    private static async Task<Ok<LedgerEntryResource>> Get(string project, string id, LedgerStore store, Caller caller, CancellationToken cancellation) =>
        TypedResults.Ok(await store.Get(caller.Scope(), project, QueryValues.Id(id, "ledger entry"), cancellation));

    private static async Task<NoContent> Remove(string project, string id, LedgerStore store, Caller caller, CancellationToken cancellation, [FromHeader(Name = "If-Match")] string? ifMatch = null)
    {
        await store.Remove(caller, project, QueryValues.Id(id, "ledger entry"), ifMatch, cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<RoiResource>> Roi(string project, LedgerStore store, Caller caller, CancellationToken cancellation, string? asOf = null) =>
        TypedResults.Ok(await store.Roi(caller.Scope(asOf), project, cancellation));
}
