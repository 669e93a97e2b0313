using KpiApi.Access;
using KpiApi.Feeds;
using KpiApi.Http;
using KpiApi.Operations;
using KpiApi.Storage;

namespace KpiApi.Ledger;

/// <summary>The ledger entries of one transaction: each row is checked, stored or corrected with its history, and counted. The totals follow once at the end.</summary>
/// <param name="session">The transaction.</param>
/// <param name="caller">Who says so.</param>
/// <param name="owner">The project.</param>
/// <param name="counter">Told of every row.</param>
/// <param name="needsIdentity">True for a file, which has no Idempotency-Key: a row without externalId is refused.</param>
internal sealed class LedgerRows(Session session, Caller caller, LedgerOwner owner, RowCounter counter, bool needsIdentity = false)
{
    public const string SelectStored = """
        SELECT LedgerEntryId, Kind, Category, Amount, Day, Evidence, Label, Source, ExternalId, UpdatedAtUtc, UpdatedBy
        FROM LedgerEntry
        WHERE OrganisationId = @OrganisationId AND ProjectId = @ProjectId

        """;

    // So few are sooner stored by one statement each.
    private const int FewEntries = 10;
    private const int MostWaiting = 10_000;
    private const int Decimals = 4;
    private const string SelectByIdentity = SelectStored + "AND Source = @Source AND ExternalId = @ExternalId";

    private const string Insert = """
        INSERT INTO LedgerEntry (OrganisationId, ProjectId, Kind, Category, Amount, Day, DateKey, Evidence, Label, Source, ExternalId, CreatedAtUtc, UpdatedAtUtc, UpdatedBy)
        VALUES (@OrganisationId, @ProjectId, @Kind, @Category, @Amount, @Day, @DateKey, @Evidence, @Label, @Source, @ExternalId, @Now, @Now, @By)
        """;

    private const string Update = """
        UPDATE LedgerEntry
        SET Kind = @Kind, Category = @Category, Amount = @Amount, Day = @Day, DateKey = @DateKey, Evidence = @Evidence, Label = @Label, UpdatedAtUtc = @Now, UpdatedBy = @By
        WHERE OrganisationId = @OrganisationId AND LedgerEntryId = @LedgerEntryId
        """;

    private const string InsertHistory = """
        INSERT INTO LedgerEntryHistory (OrganisationId, LedgerEntryId, ProjectId, ChangeKind, Kind, Category, Amount, Day, Evidence, Label, Source, ExternalId, RecordedAtUtc, RecordedBy, ChangedAtUtc, ChangedBy)
        VALUES (@OrganisationId, @LedgerEntryId, @ProjectId, @ChangeKind, @Kind, @Category, @Amount, @Day, @Evidence, @Label, @Source, @ExternalId, @UpdatedAtUtc, @UpdatedBy, @Now, @By)
        """;

    private readonly LedgerTotals _totals = new();
    private readonly List<Entry> _waiting = [];
    private readonly HashSet<(string Source, string ExternalId)> _waitingIdentities = [];

    /// <summary>Stores what a row states, or counts it as refused. To be stored it may wait until <see cref="Settle"/>.</summary>
    public async Task Add(BatchRow<LedgerEntryBody> row)
    {
        var errors = row.Unreadable ?? new Errors();
        var entry = row.Body is null ? null : Read(row.Body, errors);
        if (entry is null)
        {
            counter.Rejected(row.Place, errors);
            return;
        }

        if (!session.IsFarAway)
        {
            await Store(entry);
            return;
        }

        // What is stated twice is first stored and then corrected.
        if (_waiting.Count == MostWaiting || (entry.ExternalId is not null && _waitingIdentities.Contains((entry.Source, entry.ExternalId))))
        {
            await Settle();
        }

        _waiting.Add(entry);
        if (entry.ExternalId is not null)
        {
            _waitingIdentities.Add((entry.Source, entry.ExternalId));
        }
    }

    /// <summary>Stores what waits: the counter knows of every row.</summary>
    public async Task Settle()
    {
        if (_waiting.Count < FewEntries)
        {
            foreach (var entry in _waiting)
            {
                await Store(entry);
            }
        }
        else
        {
            var staging = new LedgerStaging(session, caller, owner);
            var stored = await staging.Insert(_waiting);
            var corrected = new List<(Entry, StoredEntry)>();
            foreach (var (number, entry) in _waiting.Index())
            {
                if (!stored.TryGetValue(number, out var earlier))
                {
                    Inserted(entry);
                }
                else if (await IsCorrected(entry, earlier))
                {
                    corrected.Add((entry, earlier));
                }
            }

            await staging.Correct(corrected);
        }

        _waiting.Clear();
        _waitingIdentities.Clear();
    }

    /// <summary>Stores what waits, and brings the totals up to what was stored.</summary>
    /// <exception cref="TotalOutOfRangeException">A total left the range of 64-bit integers.</exception>
    public async Task Close()
    {
        await Settle();
        Telemetry.EntriesStored(counter.InsertedRows, counter.CorrectedRows, counter.UnchangedRows, counter.RejectedRows);
        await _totals.Store(session, owner.ProjectId);
    }

    /// <summary>Writes what an entry was before it is changed or deleted.</summary>
    public static Task<int> Keep(Session session, Caller caller, LedgerOwner owner, StoredEntry stored, string changeKind) => session.Execute(InsertHistory, new
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

    /// <summary>Tells readers that load only what changed that the entry left its day.</summary>
    public static Task RecordDeletion(Session session, StoredEntry stored) =>
        Deletions.Record(session, "Ledger", $"{stored.LedgerEntryId}", Days.Key(stored.Day));

    private Entry? Read(LedgerEntryBody row, Errors errors)
    {
        if (row.Kind is not ("gain" or "cost"))
        {
            errors.Add("/kind", "must be gain or cost.");
        }

        var amount = 0L;
        RowText.Check("/category", row.Category ?? "", 200, errors);
        if (row.Amount.Digits is null)
        {
            errors.Add("/amount", "is required.");
        }
        else if (!row.Amount.TryUnits(Decimals, Limits.AmountSize, out amount))
        {
            errors.Add("/amount", "must be from -100000000000 to 100000000000.");
        }
        else if (amount == 0)
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
        if (needsIdentity && row.ExternalId is null)
        {
            errors.Add("/externalId", "identity-required: every entry of a file has one, or sending it again would double money.", ProblemType.IdentityRequired);
        }

        return errors.Count > 0 ? null : new Entry(row.Kind!, row.Category!, amount, date, row.Evidence ?? "estimated", row.Label, row.Source ?? "api", row.ExternalId);
    }

    private async Task Store(Entry entry)
    {
        var identity = new { session.OrganisationId, owner.ProjectId, entry.Source, entry.ExternalId };
        var stored = entry.ExternalId is null ? null : await session.Single<StoredEntry>(SelectByIdentity, identity);
        if (stored is null)
        {
            await session.Execute(Insert, Parameters(entry, 0));
            Inserted(entry);
        }
        else if (await IsCorrected(entry, stored))
        {
            await Keep(session, caller, owner, stored, "corrected");
            await session.Execute(Update, Parameters(entry, stored.LedgerEntryId));
        }
    }

    private void Inserted(Entry entry)
    {
        _totals.Plus(entry.Kind, entry.Evidence, entry.Category, Days.Number(entry.Date), entry.Amount);
        counter.Inserted();
    }

    /// <summary>Whether an entry that is there already says something else now. Counts it; to write it is left to the caller.</summary>
    private async Task<bool> IsCorrected(Entry entry, StoredEntry stored)
    {
        var day = Days.Number(entry.Date);
        if (stored.Kind == entry.Kind && stored.Category == entry.Category && stored.Amount == entry.Amount && stored.Day == day && stored.Evidence == entry.Evidence && stored.Label == entry.Label)
        {
            counter.Unchanged();
            return false;
        }

        _totals.Plus(entry.Kind, entry.Evidence, entry.Category, day, entry.Amount);
        _totals.Minus(stored.Kind, stored.Evidence, stored.Category, stored.Day, stored.Amount);
        if (stored.Day != day)
        {
            await RecordDeletion(session, stored);
        }

        counter.Corrected();
        return true;
    }

    private object Parameters(Entry entry, long ledgerEntryId) => new
    {
        session.OrganisationId,
        owner.ProjectId,
        LedgerEntryId = ledgerEntryId,
        entry.Kind,
        entry.Category,
        entry.Amount,
        Day = Days.Number(entry.Date),
        DateKey = Days.Key(entry.Date),
        entry.Evidence,
        entry.Label,
        entry.Source,
        entry.ExternalId,
        Now = session.NowUtc,
        By = caller.KeyId,
    };
}

/// <summary>The project whose ledger it is.</summary>
internal sealed record LedgerOwner
{
    public long ProjectId { get; init; }

    public string Currency { get; init; } = "";
}

/// <summary>A ledger entry that passed every rule. Amount is an integer of 1/10,000.</summary>
internal sealed record Entry(string Kind, string Category, long Amount, DateOnly Date, string Evidence, string? Label, string Source, string? ExternalId);

/// <summary>A ledger entry as it is stored.</summary>
internal record StoredEntry
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
