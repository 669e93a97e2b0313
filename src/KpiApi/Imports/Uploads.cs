using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Imports;

/// <summary>
/// Takes files of any length in constant memory: rows are read, and every thousand of them become durable together with the receipt
/// that counts them. Other writers go in between.
/// </summary>
internal sealed class Uploads(Database database, ReceiptStore receipts, ImportProfileStore profiles, Limits limits)
{
    // Rows of a chunk wait in memory. A thousand long lines would be too much.
    private const long MostChunkBytes = 4 * 1024 * 1024;

    // A sender who is slow sees in the receipt that something happens.
    private static readonly TimeSpan MostChunkTime = TimeSpan.FromSeconds(10);

    /// <summary>The file in a request, as its media type and the profile say.</summary>
    /// <exception cref="ProblemException">400: the profile is not for this. 415: another media type, charset or encoding.</exception>
    public async Task<UploadFile<T>> Open<T>(HttpRequest http, Caller caller, UploadRequest request, Func<RowMembers, T> make, CancellationToken cancellation)
        where T : class
    {
        var target = ImportTarget.Of(request.Target);
        var profile = request.Profile is null ? null : await profiles.Named(caller.Scope(), request.Profile, target, cancellation);
        var body = UploadBody.Open(http, request.IsOneTransaction ? Math.Min(limits.BulkAtomicBytes, limits.BulkBodyBytes) : limits.BulkBodyBytes);
        if (profile is null)
        {
            body.RequireCharset(CellEncoding.Utf8);
            return body.MediaType == UploadBody.Ndjson
                ? new UploadFile<T>(body, (_, stop) => NdjsonRows.Read<T>(body.Content, limits.BulkLineBytes, stop))
                : new UploadFile<T>(body, (_, stop) => CsvRows.Read(body.Content, target, make, limits.BulkLineBytes, stop));
        }

        if (body.MediaType != UploadBody.Csv)
        {
            throw new ProblemException(ProblemType.UnsupportedMediaType, $"An import profile reads {UploadBody.Csv}.");
        }

        if (profile.Extends is null)
        {
            body.RequireCharset(profile.Encoding ?? CellEncoding.Utf8);
            return new UploadFile<T>(body, (file, stop) => ProfileRows.Read(file, profile, caller.TimeZone, make, limits.BulkLineBytes, stop));
        }

        body.RequireCharset(profile.Encoding is { } encoding ? [encoding] : [CellEncoding.Utf8, CellEncoding.Windows1252]);
        return new UploadFile<T>(body, (file, stop) => FecRows.Read(file, profile, make, limits.BulkLineBytes, stop));
    }

    /// <summary>Stores the rows of a file.</summary>
    /// <exception cref="ProblemException">413 and 400: the file cannot be read to its end. 422: atomic, and a row is not valid.</exception>
    public Task<DetailedReceiptResource> Store<T>(Caller caller, UploadRequest request, UploadFile<T> file, StoreRows<T> store, CancellationToken cancellation)
        where T : class => request.IsOneTransaction ? StoreTogether(caller, request, file, store, cancellation) : StoreInChunks(caller, request, file, store, cancellation);

    private async Task<DetailedReceiptResource> StoreTogether<T>(Caller caller, UploadRequest request, UploadFile<T> file, StoreRows<T> store, CancellationToken cancellation)
        where T : class
    {
        var rows = new List<BatchRow<T>>();
        var (lines, line) = (0, 0L);
        await foreach (var row in file.Rows(cancellation))
        {
            lines += row.Place.Line == line ? 0 : 1;
            line = row.Place.Line;
            if (lines > limits.BulkAtomicLines)
            {
                throw new ProblemException(ProblemType.TooLarge, $"With {(request.IsDryRun ? "dryRun=true" : "mode=atomic")} a file has at most {limits.BulkAtomicLines} lines.");
            }

            rows.Add(row);
        }

        var chunk = await Write(caller, new State(request, null, null, new UploadCounts(), FaultRoom.Full), rows, file.Skipped, isLast: true, store, cancellation);
        return new DetailedReceiptResource(request.IsDryRun ? chunk.Receipt with { Id = null, DryRun = true } : chunk.Receipt, chunk.Faults);
    }

    private async Task<DetailedReceiptResource> StoreInChunks<T>(Caller caller, UploadRequest request, UploadFile<T> file, StoreRows<T> store, CancellationToken cancellation)
        where T : class
    {
        var state = new State(request, null, null, new UploadCounts(), FaultRoom.Full);
        var faults = new List<LineErrors>();
        var rows = new List<BatchRow<T>>(Limits.BulkChunkRows);
        var (bytes, since) = (0L, database.Time.GetTimestamp());
        try
        {
            await foreach (var row in file.Rows(cancellation))
            {
                rows.Add(row);
                if (rows.Count == Limits.BulkChunkRows || file.Body.Bytes - bytes > MostChunkBytes || database.Time.GetElapsedTime(since) > MostChunkTime)
                {
                    await WriteNext(isLast: false);
                    (bytes, since) = (file.Body.Bytes, database.Time.GetTimestamp());
                }
            }

            return new DetailedReceiptResource(await WriteNext(isLast: true), faults);
        }
        catch (Exception exception) when (state.UploadId is { } uploadId)
        {
            await End(caller, uploadId, exception);
            ProblemWriter.StoredBefore(exception, state.PublicId!);
            throw;
        }

        async Task<ReceiptResource> WriteNext(bool isLast)
        {
            var chunk = await Write(caller, state, rows, file.Skipped, isLast, store, cancellation);
            state = chunk.State;
            faults.AddRange(chunk.Faults);
            rows.Clear();
            return chunk.Receipt;
        }
    }

    private Task<Chunk> Write<T>(Caller caller, State before, List<BatchRow<T>> rows, long skipped, bool isLast, StoreRows<T> store, CancellationToken cancellation)
        where T : class => database.Write(
        caller.Scope(),
        async session =>
        {
            var request = before.Request;
            session.IsTrial = request.IsDryRun;
            var (uploadId, publicId) = before.UploadId is { } known ? (known, before.PublicId!) : await ReceiptStore.Begin(session, caller, request);
            var counter = new LineCounter(before.Room);
            await store(session, uploadId, rows, counter);
            if (request.Mode == "atomic" && counter.RejectedRows > 0)
            {
                throw Refused(counter);
            }

            var counts = before.Counts.Plus(counter, rows.Count, skipped);
            var receipt = await ReceiptStore.Store(session, uploadId, counts, isLast, counter.Kept);
            return new Chunk(before with { UploadId = uploadId, PublicId = publicId, Counts = counts, Room = counter.Room }, receipt, counter.Kept);
        },
        cancellation);

    private static ProblemException Refused(LineCounter counter) => new(ProblemType.Invalid, $"{counter.RejectedRows} rows are not valid. Nothing was stored.", counter.All)
    {
        Extensions = new Dictionary<string, object?> { ["rows"] = counter.Kept, ["rowsOmitted"] = counter.RejectedRows - counter.Kept.Count },
    };

    private async Task End(Caller caller, long uploadId, Exception exception)
    {
        try
        {
            await receipts.End(caller.Scope(), uploadId, exception is ProblemException or TotalOutOfRangeException ? "failed" : "interrupted");
        }
        catch (Exception unavailable) when (unavailable is StorageUnavailableException or StorageFullException)
        {
            // The receipt then goes on saying what is durable, and is found abandoned later.
        }
    }

    private sealed record State(UploadRequest Request, long? UploadId, string? PublicId, UploadCounts Counts, FaultRoom Room);

    private sealed record Chunk(State State, ReceiptResource Receipt, IReadOnlyList<LineErrors> Faults);
}
