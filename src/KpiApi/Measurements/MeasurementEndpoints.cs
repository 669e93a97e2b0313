using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Imports;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace KpiApi.Measurements;

/// <summary>Facts reported for a project KPI or a North Star: a numerator and a denominator, or a value, on a business day.</summary>
internal static class MeasurementEndpoints
{
    public static void MapMeasurements(this IEndpointRouteBuilder api)
    {
        var measurements = api.MapGroup("/measurements").WithTags("Measurements");
        measurements.MapPost("/", Post).Requires(Permission.Post).WithMetadata(new BatchMark()).Accepts<MeasurementBody>("application/json")
            .MayFail(ProblemType.DenominatorRequired, ProblemType.AmbiguousIdentity).WithName("PostMeasurements").WithSummary("Stores facts, one or an array; the same source and externalId corrects the earlier one.")
            .WithDescription("A fact is identified by its project (or activity), KPI, source and externalId: sent again it changes nothing, sent with other content it corrects the earlier one, and history keeps what was there. A ratio KPI takes numerator and denominator, any other takes value. One bad row refuses the whole request, unless mode is partial.");
        measurements.MapPost("/bulk", Bulk).Requires(Permission.Post).TakesUpload().Accepts<MeasurementBody>(UploadBody.Ndjson, UploadBody.Csv)
            .WithName("PostMeasurementsBulk").WithSummary("Stores the facts of a file, line by line, as it comes. Send the whole file again after a failure.");
        measurements.MapGet("/", List).Requires(Permission.Read).WithName("ListMeasurements").WithSummary("Stored facts.");
        measurements.MapGet("/{id}", Get).Requires(Permission.Read).IsResource().WithName("GetMeasurement").WithSummary("One fact.");
        measurements.MapDelete("/{id}", Remove).Requires(Permission.Post).WithName("DeleteMeasurement").WithSummary("Deletes a fact; history keeps it.")
            .WithDescription("Figures are those without it at once; a sealed baseline stays.");
        measurements.MapGet("/{id}/history", History).Requires(Permission.Read).WithName("GetMeasurementHistory").WithSummary("Earlier states of a fact, also of a deleted one.");
    }

    private static async Task<Ok<Receipt>> Post(HttpRequest request, MeasurementStore store, Caller caller, CancellationToken cancellation, string? mode = null, string? dryRun = null) =>
        TypedResults.Ok(await store.Store(caller, await Batch<MeasurementBody>.Read(request, mode, dryRun, cancellation), cancellation));

    private static async Task<Ok<DetailedReceiptResource>> Bulk(
        HttpRequest request, MeasurementStore store, Uploads uploads, Caller caller, CancellationToken cancellation, string? profile = null, string? mode = null, string? dryRun = null)
    {
        var upload = UploadRequest.Read(ImportTarget.Measurements.Name, null, profile, mode, dryRun);
        await using var file = await uploads.Open(request, caller, upload, MeasurementBody.From, cancellation);
        return TypedResults.Ok(await store.Store(caller, upload, file, cancellation));
    }

    private static async Task<Ok<Page<MeasurementResource>>> List(
        MeasurementStore store, Caller caller, CancellationToken cancellation,
        string? project = null, string? activity = null, string? kpi = null, string? from = null, string? to = null, string? source = null, string? externalId = null, string? limit = null, string? cursor = null) =>
        TypedResults.Ok(await store.List(
            caller.Scope(), new MeasurementFilter(project, activity, kpi, QueryValues.Day("from", from), QueryValues.Day("to", to), source, externalId), Paging.Limit(limit), cursor, cancellation));

    private static async Task<Ok<MeasurementResource>> Get(string id, MeasurementStore store, Caller caller, CancellationToken cancellation) =>
        TypedResults.Ok(await store.Get(caller.Scope(), QueryValues.Id(id, "measurement"), cancellation));

    private static async Task<NoContent> Remove(
        string id, MeasurementStore store, Caller caller, CancellationToken cancellation, string? note = null, [FromHeader(Name = "If-Match")] string? ifMatch = null)
    {
        if (note?.Length > Limits.NoteCharacters)
        {
            throw ProblemException.Query("note", $"must have at most {Limits.NoteCharacters} characters.");
        }

        await store.Remove(caller, QueryValues.Id(id, "measurement"), ifMatch, note, cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<Listing<MeasurementHistoryResource>>> History(string id, MeasurementStore store, Caller caller, CancellationToken cancellation) =>
        TypedResults.Ok(new Listing<MeasurementHistoryResource> { Items = await store.History(caller.Scope(), QueryValues.Id(id, "measurement"), cancellation) });
}
