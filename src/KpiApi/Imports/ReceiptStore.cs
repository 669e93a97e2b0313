using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Imports;

/// <summary>The receipts of uploaded files. They change in the transactions that store the rows, so that they never say more than is durable.</summary>
internal sealed class ReceiptStore(Database database)
{
    private const string Insert = """
        INSERT INTO Upload (OrganisationId, PublicId, Target, Project, Profile, Mode, Status, Received, Inserted, Corrected, Unchanged, Rejected, Skipped, StartedAtUtc, UpdatedAtUtc, StartedBy)
        VALUES (@OrganisationId, @PublicId, @Target, @Project, @Profile, @Mode, 'running', 0, 0, 0, 0, 0, 0, @Now, @Now, @By)
        """;

    private const string Update = """
        UPDATE Upload
        SET Status = @Status, Received = @Received, Inserted = @Inserted, Corrected = @Corrected, Unchanged = @Unchanged, Rejected = @Rejected, Skipped = @Skipped,
            UpdatedAtUtc = @Now, CompletedAtUtc = @CompletedAtUtc
        WHERE OrganisationId = @OrganisationId AND UploadId = @UploadId
        """;

    private const string Finish = "UPDATE Upload SET Status = @Status, UpdatedAtUtc = @Now, CompletedAtUtc = @Now WHERE OrganisationId = @OrganisationId AND UploadId = @UploadId";

    private const string InsertFault = """
        INSERT INTO UploadFault (UploadId, RowNumber, OrganisationId, Line, FieldNumber, Faults)
        VALUES (@UploadId, @RowNumber, @OrganisationId, @Line, @FieldNumber, @Faults)
        """;

    private const string SelectUpload = """
        SELECT UploadId, PublicId, Target, Project, Profile, Mode, Status, Received, Inserted, Corrected, Unchanged, Rejected, Skipped, StartedAtUtc, UpdatedAtUtc, CompletedAtUtc, StartedBy
        FROM Upload

        """;

    private const string SelectOne = SelectUpload + "WHERE OrganisationId = @OrganisationId AND PublicId = @id";
    private const string SelectById = SelectUpload + "WHERE OrganisationId = @OrganisationId AND UploadId = @UploadId";
    private const string SelectBefore = SelectUpload + "WHERE OrganisationId = @OrganisationId AND UploadId < @before ORDER BY UploadId DESC";
    private const string SelectFaults = "SELECT RowNumber, Line, FieldNumber, Faults FROM UploadFault WHERE UploadId = @UploadId ORDER BY RowNumber";

    // Longer than the server lets a chunk take, so that a receipt on which nothing happened for that long belongs to nobody any more.
    private static readonly TimeSpan Abandoned = TimeSpan.FromMinutes(15);

    public Task<DetailedReceiptResource> Get(Scope scope, string id, CancellationToken cancellation) => database.Read(
        scope,
        async session =>
        {
            var row = await session.Single<Row>(SelectOne, new { session.OrganisationId, id }) ?? throw ProblemException.NotFound("receipt");
            var faults = await session.Query<FaultRow>(SelectFaults, new { row.UploadId });
            return new DetailedReceiptResource(row.Resource(session), faults.Select(fault => fault.Resource()).ToList());
        },
        cancellation);

    /// <summary>The latest first.</summary>
    public Task<Page<ReceiptResource>> List(Scope scope, int limit, string? cursor, CancellationToken cancellation) => database.Read(
        scope,
        async session =>
        {
            var after = Paging.IdAfter("receipts", cursor);
            var page = Paging.Cut(
                await session.Page<Row>(SelectBefore, new { session.OrganisationId, before = after == 0 ? long.MaxValue : after, limit = limit + 1 }),
                limit,
                row => Paging.Cursor("receipts", row.UploadId));
            return new Page<ReceiptResource> { Items = page.Items.Select(row => row.Resource(session)).ToList(), NextCursor = page.NextCursor };
        },
        cancellation);

    /// <summary>Begins the receipt in the transaction of the first chunk.</summary>
    public static async Task<(long UploadId, string PublicId)> Begin(Session session, Caller caller, UploadRequest request)
    {
        var publicId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(10));
        var uploadId = await session.Insert(Insert, new { session.OrganisationId, PublicId = publicId, request.Target, request.Project, request.Profile, request.Mode, Now = session.NowUtc, By = caller.KeyId });
        return (uploadId, publicId);
    }

    /// <summary>Brings the receipt to what this transaction stores, and shows it.</summary>
    public static async Task<ReceiptResource> Store(Session session, long uploadId, UploadCounts counts, bool isLast, IEnumerable<LineErrors> faults)
    {
        await session.Execute(Update, new
        {
            session.OrganisationId,
            UploadId = uploadId,
            Status = isLast ? "completed" : "running",
            counts.Received,
            counts.Inserted,
            counts.Corrected,
            counts.Unchanged,
            counts.Rejected,
            counts.Skipped,
            Now = session.NowUtc,
            CompletedAtUtc = isLast ? session.NowUtc : null,
        });
        foreach (var fault in faults)
        {
            await session.Execute(InsertFault, new { UploadId = uploadId, RowNumber = fault.Index, session.OrganisationId, fault.Line, FieldNumber = fault.Column, Faults = JsonSerializer.Serialize(fault.Errors, StrictJson.Options) });
        }

        return (await session.Single<Row>(SelectById, new { session.OrganisationId, UploadId = uploadId }))!.Resource(session);
    }

    /// <summary>Says that an upload went no further.</summary>
    public Task End(Scope scope, long uploadId, string status) => database.Write(
        scope, session => session.Execute(Finish, new { session.OrganisationId, UploadId = uploadId, Status = status, Now = session.NowUtc }), CancellationToken.None);

    private sealed record Row
    {
        public long UploadId { get; init; }

        public string PublicId { get; init; } = "";

        public string Target { get; init; } = "";

        public string? Project { get; init; }

        public string? Profile { get; init; }

        public string Mode { get; init; } = "";

        public string Status { get; init; } = "";

        public long Received { get; init; }

        public long Inserted { get; init; }

        public long Corrected { get; init; }

        public long Unchanged { get; init; }

        public long Rejected { get; init; }

        public long Skipped { get; init; }

        public string StartedAtUtc { get; init; } = "";

        public string UpdatedAtUtc { get; init; } = "";

        public string? CompletedAtUtc { get; init; }

        public string StartedBy { get; init; } = "";

        public ReceiptResource Resource(Session session) => new()
        {
            Id = PublicId,
            Target = Target,
            Project = Project,
            Profile = Profile,
            Mode = Mode,
            Status = Status == "running" && IsAbandoned(session) ? "interrupted" : Status,
            DryRun = false,
            Received = Received,
            Inserted = Inserted,
            Corrected = Corrected,
            Unchanged = Unchanged,
            Rejected = Rejected,
            Skipped = Skipped,
            StartedAtUtc = StartedAtUtc,
            UpdatedAtUtc = UpdatedAtUtc,
            CompletedAtUtc = CompletedAtUtc,
            StartedBy = StartedBy,
        };

        private bool IsAbandoned(Session session) =>
            DateTimeOffset.Parse(session.NowUtc, CultureInfo.InvariantCulture) - DateTimeOffset.Parse(UpdatedAtUtc, CultureInfo.InvariantCulture) > Abandoned;
    }

    private sealed record FaultRow
    {
        public int RowNumber { get; init; }

        public long Line { get; init; }

        public int? FieldNumber { get; init; }

        public string Faults { get; init; } = "";

        public LineErrors Resource() => new()
        {
            Index = RowNumber,
            Line = Line,
            Column = FieldNumber,
            Errors = JsonSerializer.Deserialize<Dictionary<string, string[]>>(Faults, StrictJson.Options)!,
        };
    }
}
