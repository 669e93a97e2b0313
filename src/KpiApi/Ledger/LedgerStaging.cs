using KpiApi.Access;
using KpiApi.Storage;

namespace KpiApi.Ledger;

/// <summary>
/// Many entries in few journeys, as facts go (<see cref="Measurements.FactStaging"/>): in one stream into a table of their own, from where one statement
/// each finds, inserts, keeps and corrects them all. No identity may be among them twice.
/// </summary>
/// <param name="session">The transaction. When it is durable, nothing of it is left in that table.</param>
/// <param name="caller">Who says so.</param>
/// <param name="owner">The project.</param>
internal sealed class LedgerStaging(Session session, Caller caller, LedgerOwner owner)
{
    private const string Stage = """
        INSERT INTO LedgerStaging (BatchId, RowNumber, OrganisationId, LedgerEntryId, ProjectId, Kind, Category, Amount, Day, DateKey, Evidence, Label, Source, ExternalId, StagedAtUtc)
        VALUES (@BatchId, @RowNumber, @OrganisationId, @LedgerEntryId, @ProjectId, @Kind, @Category, @Amount, @Day, @DateKey, @Evidence, @Label, @Source, @ExternalId, @StagedAtUtc)
        """;

    private const string SelectStored = """
        SELECT g.RowNumber, e.LedgerEntryId, e.Kind, e.Category, e.Amount, e.Day, e.Evidence, e.Label, e.Source, e.ExternalId, e.UpdatedAtUtc, e.UpdatedBy
        FROM LedgerStaging g
        JOIN LedgerEntry e ON e.ProjectId = g.ProjectId AND e.Source = g.Source AND e.ExternalId = g.ExternalId
        WHERE g.OrganisationId = @OrganisationId AND g.BatchId = @BatchId
        """;

    private const string InsertAbsent = """
        INSERT INTO LedgerEntry (OrganisationId, ProjectId, Kind, Category, Amount, Day, DateKey, Evidence, Label, Source, ExternalId, CreatedAtUtc, UpdatedAtUtc, UpdatedBy)
        SELECT g.OrganisationId, g.ProjectId, g.Kind, g.Category, g.Amount, g.Day, g.DateKey, g.Evidence, g.Label, g.Source, g.ExternalId, @Now, @Now, @By
        FROM LedgerStaging g
        WHERE g.OrganisationId = @OrganisationId AND g.BatchId = @BatchId
            AND NOT EXISTS (SELECT 1 FROM LedgerEntry e WHERE e.ProjectId = g.ProjectId AND e.Source = g.Source AND e.ExternalId = g.ExternalId)
        ORDER BY g.RowNumber
        """;

    private const string InsertHistory = """
        INSERT INTO LedgerEntryHistory (OrganisationId, LedgerEntryId, ProjectId, ChangeKind, Kind, Category, Amount, Day, Evidence, Label, Source, ExternalId, RecordedAtUtc, RecordedBy, ChangedAtUtc, ChangedBy)
        SELECT e.OrganisationId, e.LedgerEntryId, e.ProjectId, 'corrected', e.Kind, e.Category, e.Amount, e.Day, e.Evidence, e.Label, e.Source, e.ExternalId, e.UpdatedAtUtc, e.UpdatedBy, @Now, @By
        FROM LedgerStaging g
        JOIN LedgerEntry e ON e.LedgerEntryId = g.LedgerEntryId
        WHERE g.OrganisationId = @OrganisationId AND g.BatchId = @BatchId
        ORDER BY g.RowNumber
        """;

    private const string Update = """
        UPDATE LedgerEntry
        SET
            Kind = g.Kind, Category = g.Category, Amount = g.Amount, Day = g.Day, DateKey = g.DateKey, Evidence = g.Evidence, Label = g.Label,
            UpdatedAtUtc = @Now, UpdatedBy = @By
        FROM LedgerStaging g
        WHERE g.OrganisationId = @OrganisationId AND g.BatchId = @BatchId AND LedgerEntry.LedgerEntryId = g.LedgerEntryId
        """;

    private const string Clear = "DELETE FROM LedgerStaging WHERE OrganisationId = @OrganisationId AND BatchId = @BatchId";

    private string _batchId = "";

    private object Batch => new { session.OrganisationId, BatchId = _batchId };

    private object Writing => new { session.OrganisationId, BatchId = _batchId, Now = session.NowUtc, By = caller.KeyId };

    /// <summary>Inserts those whose identity is new, and those that have none.</summary>
    /// <returns>What is stored already, by the place of the entry that states it again.</returns>
    public async Task<IReadOnlyDictionary<int, StoredEntry>> Insert(IReadOnlyList<Entry> entries)
    {
        await Put(entries.Select(entry => (entry, (StoredEntry?)null)));
        var stored = (await session.Query<StagedMatch>(SelectStored, Batch)).ToDictionary(match => match.RowNumber, StoredEntry (StagedMatch match) => match);
        if (stored.Count < entries.Count)
        {
            await session.Execute(InsertAbsent, Writing);
        }

        await session.Execute(Clear, Batch);
        return stored;
    }

    /// <summary>Writes what they were, then what they are.</summary>
    public async Task Correct(IReadOnlyList<(Entry Entry, StoredEntry Stored)> entries)
    {
        if (entries.Count > 0)
        {
            await Put(entries!);
            await session.Execute(InsertHistory, Writing);
            await session.Execute(Update, Writing);
            await session.Execute(Clear, Batch);
        }
    }

    private Task<int> Put(IEnumerable<(Entry Entry, StoredEntry? Stored)> entries)
    {
        // What the transaction has deleted it still holds: the same key again would wait for its end.
        _batchId = Guid.NewGuid().ToString("N");
        return session.Stage("LedgerStaging", Stage, entries.Select((row, number) => new StagedRow(
            _batchId, number, session.OrganisationId, row.Stored?.LedgerEntryId, owner.ProjectId, row.Entry.Kind, row.Entry.Category, row.Entry.Amount, Days.Number(row.Entry.Date), Days.Key(row.Entry.Date),
            row.Entry.Evidence, row.Entry.Label, row.Entry.Source, row.Entry.ExternalId, session.NowUtc)).ToList());
    }

    private sealed record StagedRow(
        string BatchId,
        int RowNumber,
        long OrganisationId,
        long? LedgerEntryId,
        long ProjectId,
        string Kind,
        string Category,
        long Amount,
        int Day,
        int DateKey,
        string Evidence,
        string? Label,
        string Source,
        string? ExternalId,
        string StagedAtUtc);

    private sealed record StagedMatch : StoredEntry
    {
        public int RowNumber { get; init; }
    }
}
