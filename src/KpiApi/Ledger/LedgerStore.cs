using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Imports;
using KpiApi.Storage;

namespace KpiApi.Ledger;

/// <summary>The gains and costs of projects, stored together with their rollups and history, and the return they give.</summary>
internal sealed class LedgerStore(Database database, Uploads uploads)
{
    private const string SelectProject = "SELECT ProjectId, Currency FROM Project WHERE OrganisationId = @OrganisationId AND Code = @code";

    private const string SelectById = LedgerRows.SelectStored + "AND LedgerEntryId = @id";
    private const string SelectAfter = LedgerRows.SelectStored + """
            AND LedgerEntryId > @after
            AND (@from IS NULL OR Day >= @from) AND (@to IS NULL OR Day <= @to)
            AND (@source IS NULL OR Source = @source) AND (@externalId IS NULL OR ExternalId = @externalId)
        ORDER BY LedgerEntryId
        """;

    private const string Delete = "DELETE FROM LedgerEntry WHERE OrganisationId = @OrganisationId AND LedgerEntryId = @LedgerEntryId";

    private const string SelectRoi = """
        SELECT
            Currency, Gain, Cost, Net, RoiRatio, RoiReturn, RoiThreshold, RoiReached, PaybackOn, RoiRatioAtHorizon,
            GainInvoiced, GainMeasured, GainEstimated, CostInvoiced, CostMeasured, CostEstimated
        FROM ProjectRoi
        WHERE ProjectId = @ProjectId
        """;

    private const string SelectCategories = "SELECT Category AS Name, Gain, Cost FROM RoiCategories WHERE ProjectId = @ProjectId ORDER BY Category";
    private const string SelectMonths = "SELECT Month, Gain, Cost, CumulativeGain, CumulativeCost, RoiRatio AS Ratio FROM RoiMonths WHERE ProjectId = @ProjectId ORDER BY Month";

    /// <summary>Stores a batch; entries with an externalId that is known correct the earlier ones, entries without are always new.</summary>
    /// <exception cref="ProblemException">400: an entry has neither externalId nor does the request have an Idempotency-Key. 422: a row is not valid.</exception>
    public Task<Receipt> Store(Caller caller, string project, Batch<LedgerEntryBody> batch, CancellationToken cancellation)
    {
        var scope = caller.Scope();
        return database.Write(
            scope,
            async session =>
            {
                session.IsTrial = batch.IsDryRun;
                var owner = await Find(session, project);
                var anonymous = batch.Rows.FirstOrDefault(row => row.Body is { ExternalId: null });
                if (caller.Once is null && anonymous is not null)
                {
                    throw new ProblemException(
                        ProblemType.IdentityRequired,
                        "Give every entry an externalId, or the request an Idempotency-Key: a retry would double money.",
                        new Errors().Add(anonymous.Place.Pointer + "/externalId", "is required without an Idempotency-Key.", ProblemType.IdentityRequired));
                }

                return await session.Once(batch.IsDryRun ? null : caller.Once, () => Store(session, caller, owner, batch));
            },
            cancellation);
    }

    /// <summary>Stores the rows of a file as they come. Each has an externalId: a file is sent again after a failure.</summary>
    /// <exception cref="ProblemException">404: no such project. 413 and 400: the file cannot be read to its end. 422: atomic, and a row is not valid.</exception>
    public async Task<DetailedReceiptResource> Store(Caller caller, UploadRequest request, UploadFile<LedgerEntryBody> file, CancellationToken cancellation) => await uploads.Store(
        caller, request, file, async (session, _, rows, counter) => await Store(session, caller, await Find(session, request.Project!), rows, counter), cancellation);

    /// <summary>Refuses a project that is not there before a file for it is read.</summary>
    /// <exception cref="ProblemException">404: no such project.</exception>
    public Task Require(Scope scope, string project, CancellationToken cancellation) => database.Read(scope, session => Find(session, project), cancellation);

    public Task<Page<LedgerEntryResource>> List(
        Scope scope, string project, DateOnly? from, DateOnly? to, string? source, string? externalId, int limit, string? cursor, CancellationToken cancellation) => database.Read(
        scope,
        async session =>
        {
            var owner = await Find(session, project);
            var rows = await session.Page<StoredEntry>(SelectAfter, new
            {
                session.OrganisationId,
                owner.ProjectId,
                after = Paging.IdAfter("ledger", cursor),
                from = from is { } first ? Days.Number(first) : (int?)null,
                to = to is { } last ? Days.Number(last) : (int?)null,
                source,
                externalId,
                limit = limit + 1,
            });
            var page = Paging.Cut(rows, limit, row => Paging.Cursor("ledger", row.LedgerEntryId));
            return new Page<LedgerEntryResource> { Items = page.Items.Select(row => row.Resource(owner.Currency)).ToList(), NextCursor = page.NextCursor };
        },
        cancellation);

    public Task<LedgerEntryResource> Get(Scope scope, string project, long id, CancellationToken cancellation) => database.Read(
        scope,
        async session =>
        {
            var owner = await Find(session, project);
            return (await Find(session, owner, id)).Resource(owner.Currency);
        },
        cancellation);

    public Task Remove(Caller caller, string project, long id, string? ifMatch, CancellationToken cancellation) => database.Write(
        caller.Scope(),
        async session =>
        {
            var owner = await Find(session, project);
            var stored = await Find(session, owner, id);
            ETags.Require(ifMatch, stored.Resource(owner.Currency));
            await LedgerRows.Keep(session, caller, owner, stored, "deleted");
            await session.Execute(Delete, new { session.OrganisationId, stored.LedgerEntryId });
            await LedgerRows.RecordDeletion(session, stored);
            var totals = new LedgerTotals();
            totals.Minus(stored.Kind, stored.Evidence, stored.Category, stored.Day, stored.Amount);
            await totals.Store(session, owner.ProjectId);
            return true;
        },
        cancellation);

    public Task<RoiResource> Roi(Scope scope, string project, CancellationToken cancellation) => database.Read(
        scope,
        async session =>
        {
            var owner = await Find(session, project);
            await session.Narrow(owner.ProjectId);
            var roi = (await session.Single<RoiRow>(SelectRoi, new { owner.ProjectId }))!;
            return new RoiResource
            {
                Project = project,
                AsOf = Days.Date(scope.AsOfDay),
                Currency = roi.Currency,
                Gain = roi.Gain,
                Cost = roi.Cost,
                Net = roi.Net,
                Ratio = roi.RoiRatio,
                Return = roi.RoiReturn,
                Threshold = roi.RoiThreshold,
                Reached = roi.RoiReached == 1,
                PaybackOn = Days.TryParse(roi.PaybackOn, out var payback) ? payback : null,
                RatioAtHorizon = roi.RoiRatioAtHorizon,
                ByEvidence = new Dictionary<string, GainAndCost>
                {
                    ["invoiced"] = new() { Gain = roi.GainInvoiced, Cost = roi.CostInvoiced },
                    ["measured"] = new() { Gain = roi.GainMeasured, Cost = roi.CostMeasured },
                    ["estimated"] = new() { Gain = roi.GainEstimated, Cost = roi.CostEstimated },
                },
                ByCategory = (await session.Query<Category>(SelectCategories, new { owner.ProjectId })).ToDictionary(row => row.Name, row => new GainAndCost { Gain = row.Gain, Cost = row.Cost }),
                Months = await session.Query<RoiMonth>(SelectMonths, new { owner.ProjectId }),
            };
        },
        cancellation);

    private static async Task<Receipt> Store(Session session, Caller caller, LedgerOwner owner, Batch<LedgerEntryBody> batch)
    {
        var counter = batch.Counter();
        var entries = new LedgerRows(session, caller, owner, counter);
        foreach (var row in batch.Rows)
        {
            await entries.Add(row);
        }

        await entries.Settle();
        var receipt = counter.Close();
        await entries.Close();
        return receipt;
    }

    private static async Task Store(Session session, Caller caller, LedgerOwner owner, IReadOnlyList<BatchRow<LedgerEntryBody>> rows, RowCounter counter)
    {
        var entries = new LedgerRows(session, caller, owner, counter, needsIdentity: true);
        foreach (var row in rows)
        {
            await entries.Add(row);
        }

        await entries.Close();
    }

    private static async Task<LedgerOwner> Find(Session session, string project) =>
        await session.Single<LedgerOwner>(SelectProject, new { session.OrganisationId, code = project }) ?? throw ProblemException.NotFound("project");

    private static async Task<StoredEntry> Find(Session session, LedgerOwner owner, long id) =>
        await session.Single<StoredEntry>(SelectById, new { session.OrganisationId, owner.ProjectId, id }) ?? throw ProblemException.NotFound("ledger entry");

    private sealed record Category
    {
        public string Name { get; init; } = "";

        public double Gain { get; init; }

        public double Cost { get; init; }
    }

    private sealed record RoiRow
    {
        public string Currency { get; init; } = "";

        public double Gain { get; init; }

        public double Cost { get; init; }

        public double Net { get; init; }

        public double? RoiRatio { get; init; }

        public double? RoiReturn { get; init; }

        public double RoiThreshold { get; init; }

        public int RoiReached { get; init; }

        public string? PaybackOn { get; init; }

        public double? RoiRatioAtHorizon { get; init; }

        public double GainInvoiced { get; init; }

        public double GainMeasured { get; init; }

        public double GainEstimated { get; init; }

        public double CostInvoiced { get; init; }

        public double CostMeasured { get; init; }

        public double CostEstimated { get; init; }
    }
}
