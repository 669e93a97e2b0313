using KpiApi.Access;
using KpiApi.Feeds;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Ledger;

/// <summary>The gains and costs of projects, stored together with their rollups and history, and the return they give.</summary>
internal sealed class LedgerStore(Database database)
{
    private const int Decimals = 4;
    private const string SelectProject = "SELECT ProjectId, Currency FROM Project WHERE OrganisationId = @OrganisationId AND Code = @code";

    private const string SelectStored = """
        SELECT LedgerEntryId, Kind, Category, Amount, Day, Evidence, Label, Source, ExternalId, UpdatedAtUtc, UpdatedBy
        FROM LedgerEntry
        WHERE OrganisationId = @OrganisationId AND ProjectId = @ProjectId

        """;

    private const string SelectByIdentity = SelectStored + "AND Source = @Source AND ExternalId = @ExternalId";
    private const string SelectById = SelectStored + "AND LedgerEntryId = @id";
    private const string SelectAfter = SelectStored + "AND LedgerEntryId > @after AND (@from IS NULL OR Day >= @from) AND (@to IS NULL OR Day <= @to) ORDER BY LedgerEntryId";

    private const string Insert = """
        INSERT INTO LedgerEntry (OrganisationId, ProjectId, Kind, Category, Amount, Day, DateKey, Evidence, Label, Source, ExternalId, CreatedAtUtc, UpdatedAtUtc, UpdatedBy)
        VALUES (@OrganisationId, @ProjectId, @Kind, @Category, @Amount, @Day, @DateKey, @Evidence, @Label, @Source, @ExternalId, @Now, @Now, @By)
        """;

    private const string Update = """
        UPDATE LedgerEntry
        SET Kind = @Kind, Category = @Category, Amount = @Amount, Day = @Day, DateKey = @DateKey, Evidence = @Evidence, Label = @Label, UpdatedAtUtc = @Now, UpdatedBy = @By
        WHERE OrganisationId = @OrganisationId AND LedgerEntryId = @LedgerEntryId
        """;

    private const string Delete = "DELETE FROM LedgerEntry WHERE OrganisationId = @OrganisationId AND LedgerEntryId = @LedgerEntryId";

    private const string InsertHistory = """
        INSERT INTO LedgerEntryHistory (OrganisationId, LedgerEntryId, ProjectId, ChangeKind, Kind, Category, Amount, Day, Evidence, Label, Source, ExternalId, RecordedAtUtc, RecordedBy, ChangedAtUtc, ChangedBy)
        VALUES (@OrganisationId, @LedgerEntryId, @ProjectId, @ChangeKind, @Kind, @Category, @Amount, @Day, @Evidence, @Label, @Source, @ExternalId, @UpdatedAtUtc, @UpdatedBy, @Now, @By)
        """;

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

    public Task<Page<LedgerEntryResource>> List(Scope scope, string project, DateOnly? from, DateOnly? to, int limit, string? cursor, CancellationToken cancellation) => database.Read(
        scope,
        async session =>
        {
            var owner = await Find(session, project);
            var rows = await session.Page<Stored>(SelectAfter, new
            {
                session.OrganisationId,
                owner.ProjectId,
                after = Paging.IdAfter("ledger", cursor),
                from = from is { } first ? Days.Number(first) : (int?)null,
                to = to is { } last ? Days.Number(last) : (int?)null,
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
            await Keep(session, caller, owner, stored, "deleted");
            await session.Execute(Delete, new { session.OrganisationId, stored.LedgerEntryId });
            await RecordDeletion(session, stored);
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

    private static async Task<Receipt> Store(Session session, Caller caller, Owner owner, Batch<LedgerEntryBody> batch)
    {
        var counter = batch.Counter();
        var totals = new LedgerTotals();
        foreach (var row in batch.Rows)
        {
            var errors = row.Unreadable ?? new Errors();
            if (row.Body is not null)
            {
                Check(row.Body, caller, errors);
            }

            if (errors.Count > 0)
            {
                counter.Rejected(row.Place, errors);
                continue;
            }

            await Store(session, caller, owner, row.Body!, totals, counter);
        }

        var receipt = counter.Close();
        await totals.Store(session, owner.ProjectId);
        return receipt;
    }

    private static void Check(LedgerEntryBody row, Caller caller, Errors errors)
    {
        if (row.Kind is not ("gain" or "cost"))
        {
            errors.Add("/kind", "must be gain or cost.");
        }

        RowText.Check("/category", row.Category ?? "", 200, errors);
        if (row.Amount.Digits is null)
        {
            errors.Add("/amount", "is required.");
        }
        else if (!row.Amount.TryUnits(Decimals, Limits.AmountSize, out var units))
        {
            errors.Add("/amount", "must be from -100000000000 to 100000000000.");
        }
        else if (units == 0)
        {
            errors.Add("/amount", "must not be 0, also after rounding to 4 decimals.");
        }

        if (!Days.TryParse(row.Date, out var date) || !Days.InCalendar(date))
        {
            errors.Add("/date", $"must be a day as YYYY-MM-DD, from {Days.First:yyyy-MM-dd} to {Days.Last:yyyy-MM-dd}.");
        }
        else if (date > caller.Today)
        {
            errors.Add("/date", $"is in the future: today is {caller.Today:yyyy-MM-dd} for this organisation.");
        }

        if (row.Evidence is not (null or "invoiced" or "measured" or "estimated"))
        {
            errors.Add("/evidence", "must be one of: invoiced, measured, estimated.");
        }

        if (row.Label?.Length > 200)
        {
            errors.Add("/label", "must have at most 200 characters.");
        }

        RowText.Check("/source", row.Source, 100, errors);
        RowText.Check("/externalId", row.ExternalId, 200, errors);
    }

    private static async Task Store(Session session, Caller caller, Owner owner, LedgerEntryBody row, LedgerTotals totals, ReceiptCounter counter)
    {
        var date = Days.Parse(row.Date);
        _ = row.Amount.TryUnits(Decimals, Limits.AmountSize, out var amount);
        var source = row.Source ?? "api";
        var evidence = row.Evidence ?? "estimated";
        var stored = row.ExternalId is null ? null : await session.Single<Stored>(SelectByIdentity, new { session.OrganisationId, owner.ProjectId, Source = source, row.ExternalId });
        var day = Days.Number(date);
        if (stored is not null && stored.Kind == row.Kind && stored.Category == row.Category && stored.Amount == amount && stored.Day == day && stored.Evidence == evidence && stored.Label == row.Label)
        {
            counter.Unchanged();
            return;
        }

        var parameters = new
        {
            session.OrganisationId,
            owner.ProjectId,
            LedgerEntryId = stored?.LedgerEntryId ?? 0,
            row.Kind,
            row.Category,
            Amount = amount,
            Day = day,
            DateKey = Days.Key(date),
            Evidence = evidence,
            row.Label,
            Source = source,
            row.ExternalId,
            Now = session.NowUtc,
            By = caller.KeyId,
        };
        totals.Plus(row.Kind, evidence, row.Category, day, amount);
        if (stored is null)
        {
            await session.Execute(Insert, parameters);
            counter.Inserted();
            return;
        }

        await Keep(session, caller, owner, stored, "corrected");
        await session.Execute(Update, parameters);
        totals.Minus(stored.Kind, stored.Evidence, stored.Category, stored.Day, stored.Amount);
        if (stored.Day != day)
        {
            await RecordDeletion(session, stored);
        }

        counter.Corrected();
    }

    private static async Task<Owner> Find(Session session, string project) =>
        await session.Single<Owner>(SelectProject, new { session.OrganisationId, code = project }) ?? throw ProblemException.NotFound("project");

    private static async Task<Stored> Find(Session session, Owner owner, long id) =>
        await session.Single<Stored>(SelectById, new { session.OrganisationId, owner.ProjectId, id }) ?? throw ProblemException.NotFound("ledger entry");

    private static Task<int> Keep(Session session, Caller caller, Owner owner, Stored stored, string changeKind) => session.Execute(InsertHistory, new
    {
        session.OrganisationId,
        stored.LedgerEntryId,
        owner.ProjectId,
        ChangeKind = changeKind,
        stored.Kind,
        stored.Category,
        stored.Amount,
        stored.Day,
        stored.Evidence,
        stored.Label,
        stored.Source,
        stored.ExternalId,
        stored.UpdatedAtUtc,
        stored.UpdatedBy,
        Now = session.NowUtc,
        By = caller.KeyId,
    });

    private static Task RecordDeletion(Session session, Stored stored) =>
        Deletions.Record(session, "Ledger", $"{stored.LedgerEntryId}", Days.Key(stored.Day));

    private sealed record Owner
    {
        public long ProjectId { get; init; }

        public string Currency { get; init; } = "";
    }

    private sealed record Stored
    {
        public long LedgerEntryId { get; init; }

        public string Kind { get; init; } = "";

        public string Category { get; init; } = "";

        public long Amount { get; init; }

        public int Day { get; init; }

        public string Evidence { get; init; } = "";

        public string? Label { get; init; }

        public string Source { get; init; } = "";

        public string? ExternalId { get; init; }

        public string UpdatedAtUtc { get; init; } = "";

        public string UpdatedBy { get; init; } = "";

        public LedgerEntryResource Resource(string currency) => new()
        {
            Id = LedgerEntryId,
            Kind = Kind,
            Category = Category,
            Amount = Amount / 1e4,
            Currency = currency,
            Date = Days.Date(Day),
            Evidence = Evidence,
            Label = Label,
            Source = Source,
            ExternalId = ExternalId,
            UpdatedAtUtc = UpdatedAtUtc,
        };
    }

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
