using KpiApi.Access;
using KpiApi.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace KpiApi.Imports;

/// <summary>What became of uploaded files, for those who lost the answer.</summary>
internal static class ReceiptEndpoints
{
    public static void MapReceipts(this IEndpointRouteBuilder api)
    {
        var receipts = api.MapGroup("/receipts").WithTags("Receipts");
        receipts.MapGet("/", List).Requires(Permission.Read).IsResource().WithName("ListReceipts").WithSummary("Receipts of uploaded files, the latest first.");
        receipts.MapGet("/{id}", Get).Requires(Permission.Read).IsResource().WithName("GetReceipt").WithSummary("What became of one uploaded file, while it is read and after.");
    }

    private static async Task<Ok<Page<ReceiptResource>>> List(ReceiptStore store, Caller caller, CancellationToken cancellation, string? limit = null, string? cursor = null) =>
        TypedResults.Ok(await store.List(caller.Scope(), Paging.Limit(limit), cursor, cancellation));

    private static async Task<Ok<DetailedReceiptResource>> Get(string id, ReceiptStore store, Caller caller, CancellationToken cancellation) =>
        TypedResults.Ok(await store.Get(caller.Scope(), id, cancellation));
}
