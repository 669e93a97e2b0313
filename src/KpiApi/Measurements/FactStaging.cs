using KpiApi.Access;
using KpiApi.Storage;

namespace KpiApi.Measurements;

/// <summary>
/// Many facts in few journeys: they go in one stream into a table of their own, from where one statement each finds, inserts, keeps and corrects them all.
/// No identity may be among them twice.
/// </summary>
/// <param name="session">The transaction. When it is durable, nothing of it is left in that table.</param>
/// <param name="caller">Who says so.</param>
/// <param name="uploadId">The file that states them.</param>
internal sealed class FactStaging(Session session, Caller caller, long? uploadId)
{
    private const string Stage = """
        INSERT INTO MeasurementStaging (BatchId, RowNumber, OrganisationId, MeasurementId, SeriesId, Day, DateKey, TimestampUtc, Numerator, Denominator, Source, ExternalId, Note, StagedAtUtc)
        VALUES (@BatchId, @RowNumber, @OrganisationId, @MeasurementId, @SeriesId, @Day, @DateKey, @TimestampUtc, @Numerator, @Denominator, @Source, @ExternalId, @Note, @StagedAtUtc)
        """;

    private const string SelectStored = """
        SELECT
            g.RowNumber, m.MeasurementId, m.SeriesId, m.Day, m.TimestampUtc, m.Numerator, m.Denominator, m.Source, m.ExternalId, m.Note, m.UpdatedAtUtc,
            m.UpdatedBy, m.UploadId
        FROM MeasurementStaging g
        JOIN Measurement m ON m.SeriesId = g.SeriesId AND m.Source = g.Source AND m.ExternalId = g.ExternalId
        WHERE g.OrganisationId = @OrganisationId AND g.BatchId = @BatchId
        """;

    private const string InsertAbsent = """
        INSERT INTO Measurement (OrganisationId, SeriesId, Day, DateKey, TimestampUtc, Numerator, Denominator, Source, ExternalId, Note, CreatedAtUtc, UpdatedAtUtc, UpdatedBy, UploadId)
        SELECT g.OrganisationId, g.SeriesId, g.Day, g.DateKey, g.TimestampUtc, g.Numerator, g.Denominator, g.Source, g.ExternalId, g.Note, @Now, @Now, @By, @UploadId
        FROM MeasurementStaging g
        WHERE g.OrganisationId = @OrganisationId AND g.BatchId = @BatchId
            AND NOT EXISTS (SELECT 1 FROM Measurement m WHERE m.SeriesId = g.SeriesId AND m.Source = g.Source AND m.ExternalId = g.ExternalId)
        ORDER BY g.RowNumber
        """;

    private const string InsertHistory = """
        INSERT INTO MeasurementHistory (OrganisationId, MeasurementId, SeriesId, ChangeKind, Day, TimestampUtc, Numerator, Denominator, Source, ExternalId, Note, RecordedAtUtc, RecordedBy, ChangedAtUtc, ChangedBy, Reason)
        SELECT m.OrganisationId, m.MeasurementId, m.SeriesId, 'corrected', m.Day, m.TimestampUtc, m.Numerator, m.Denominator, m.Source, m.ExternalId, m.Note, m.UpdatedAtUtc, m.UpdatedBy, @Now, @By, g.Note
        FROM MeasurementStaging g
        JOIN Measurement m ON m.MeasurementId = g.MeasurementId
        WHERE g.OrganisationId = @OrganisationId AND g.BatchId = @BatchId
        ORDER BY g.RowNumber
        """;

    private const string Update = """
        UPDATE Measurement
        SET
            Day = g.Day, DateKey = g.DateKey, TimestampUtc = g.TimestampUtc, Numerator = g.Numerator, Denominator = g.Denominator,
            Note = COALESCE(g.Note, Measurement.Note), UpdatedAtUtc = @Now, UpdatedBy = @By, UploadId = @UploadId
        FROM MeasurementStaging g
        WHERE g.OrganisationId = @OrganisationId AND g.BatchId = @BatchId AND Measurement.MeasurementId = g.MeasurementId
        """;

    private const string SetUpload = """
        UPDATE Measurement
        SET UploadId = @UploadId
        FROM MeasurementStaging g
        WHERE g.OrganisationId = @OrganisationId AND g.BatchId = @BatchId AND Measurement.MeasurementId = g.MeasurementId
        """;

    private const string Clear = "DELETE FROM MeasurementStaging WHERE OrganisationId = @OrganisationId AND BatchId = @BatchId";

    private string _batchId = "";

    private object Batch => new { session.OrganisationId, BatchId = _batchId };

    private object Writing => new { session.OrganisationId, BatchId = _batchId, Now = session.NowUtc, By = caller.KeyId, UploadId = uploadId };

    /// <summary>Inserts those whose identity is new.</summary>
    /// <returns>What is stored already, by the place of the fact that states it again.</returns>
    public async Task<IReadOnlyDictionary<int, StoredFact>> Insert(IReadOnlyList<Fact> facts)
    {
        await Put(facts.Select(fact => (fact, (StoredFact?)null)));
        var stored = (await session.Query<StagedMatch>(SelectStored, Batch)).ToDictionary(match => match.RowNumber, StoredFact (StagedMatch match) => match);
        if (stored.Count < facts.Count)
        {
            await session.Execute(InsertAbsent, Writing);
        }

        await session.Execute(Clear, Batch);
        return stored;
    }

    /// <summary>Writes what they were, then what they are.</summary>
    public async Task Correct(IReadOnlyList<(Fact Fact, StoredFact Stored)> facts)
    {
        if (facts.Count > 0)
        {
            await Put(facts!);
            await session.Execute(InsertHistory, Writing);
            await session.Execute(Update, Writing);
            await session.Execute(Clear, Batch);
        }
    }

    /// <summary>Marks them as stated by this file.</summary>
    public async Task Touch(IReadOnlyList<(Fact Fact, StoredFact Stored)> facts)
    {
        if (facts.Count > 0)
        {
            await Put(facts!);
            await session.Execute(SetUpload, Writing);
            await session.Execute(Clear, Batch);
        }
    }

    private Task<int> Put(IEnumerable<(Fact Fact, StoredFact? Stored)> facts)
    {
        // What the transaction has deleted it still holds: the same key again would wait for its end.
        _batchId = Guid.NewGuid().ToString("N");
        return session.Stage("MeasurementStaging", Stage, facts.Select((row, number) => new StagedRow(
            _batchId, number, session.OrganisationId, row.Stored?.MeasurementId, row.Fact.Series.SeriesId, Days.Number(row.Fact.Date), Days.Key(row.Fact.Date), row.Fact.TimestampUtc,
            row.Fact.Numerator, row.Fact.Denominator, row.Fact.Source, row.Fact.ExternalId, row.Fact.Note, session.NowUtc)).ToList());
    }

    private sealed record StagedRow(
        string BatchId,
        int RowNumber,
        long OrganisationId,
        long? MeasurementId,
        long SeriesId,
        int Day,
        int DateKey,
        string? TimestampUtc,
        long Numerator,
        long Denominator,
        string Source,
        string ExternalId,
        string? Note,
        string StagedAtUtc);

    private sealed record StagedMatch : StoredFact
    {
        public int RowNumber { get; init; }
    }
}
