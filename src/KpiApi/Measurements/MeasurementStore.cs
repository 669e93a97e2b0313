using System.Text.Json;
using KpiApi.Access;
using KpiApi.Feeds;
using KpiApi.Http;
using KpiApi.Imports;
using KpiApi.Storage;

namespace KpiApi.Measurements;

/// <summary>Facts: stored, corrected and deleted together with their rollups and history.</summary>
internal sealed class MeasurementStore(Database database, Uploads uploads)
{
    private const string SelectSeriesById = """
        SELECT s.SeriesId, k.Aggregation, CASE WHEN s.ProjectId IS NULL THEN 1 ELSE 0 END AS IsNorthStar, NULL AS ClosedOnDay
        FROM Series s
        JOIN Kpi k ON k.KpiId = s.KpiId
        WHERE s.OrganisationId = @OrganisationId AND s.SeriesId = @SeriesId
        """;

    private const string Delete = "DELETE FROM Measurement WHERE OrganisationId = @OrganisationId AND MeasurementId = @MeasurementId";

    private const string SelectShown = """
        SELECT
            m.MeasurementId AS Id, p.Code AS Project, CASE WHEN s.ProjectId IS NULL THEN a.Code END AS Activity, k.Code AS Kpi, k.Aggregation, m.Day, m.TimestampUtc, m.Numerator, m.Denominator,
            m.Source, m.ExternalId, m.Note, m.UpdatedAtUtc
        FROM Measurement m
        JOIN Series s ON s.SeriesId = m.SeriesId
        JOIN Kpi k ON k.KpiId = s.KpiId
        JOIN Activity a ON a.ActivityId = s.ActivityId
        LEFT JOIN Project p ON p.ProjectId = s.ProjectId

        """;

    private const string OneShown = SelectShown + "WHERE m.OrganisationId = @OrganisationId AND m.MeasurementId = @id";

    private const string RowFilters = """
        AND m.MeasurementId > @after
        AND (@from IS NULL OR m.Day >= @from)
        AND (@to IS NULL OR m.Day <= @to)
        AND (@source IS NULL OR m.Source = @source)
        AND (@externalId IS NULL OR m.ExternalId = @externalId)
        ORDER BY m.MeasurementId
        """;

    private const string AllShown = SelectShown + "WHERE m.OrganisationId = @OrganisationId " + RowFilters;

    // Days of everything: by day, so that a page costs the same wherever in the years it lies.
    public const string DaysShown = SelectShown + """
        WHERE m.OrganisationId = @OrganisationId
            AND m.DateKey >= @from
            AND m.DateKey <= @to
            AND (m.DateKey > @from OR m.MeasurementId > @after)
            AND (@source IS NULL OR m.Source = @source)
            AND (@externalId IS NULL OR m.ExternalId = @externalId)
        ORDER BY m.DateKey, m.MeasurementId
        """;

    // Told apart from the list of everything, so that each finds its index.
    private const string OfSeries = """
        WHERE m.OrganisationId = @OrganisationId
            AND m.SeriesId IN (
                SELECT f.SeriesId
                FROM Series f
                JOIN Kpi fk ON fk.KpiId = f.KpiId
                JOIN Activity fa ON fa.ActivityId = f.ActivityId
                LEFT JOIN Project fp ON fp.ProjectId = f.ProjectId
                WHERE f.OrganisationId = @OrganisationId
                    AND (@kpi IS NULL OR fk.Code = @kpi)
                    AND (@project IS NULL OR fp.Code = @project)
                    AND (@activity IS NULL OR (fa.Code = @activity AND f.ProjectId IS NULL)))

        """;

    private const string SeriesShown = SelectShown + OfSeries + RowFilters;

    private const string IdentityShown = SelectShown + OfSeries + """
        AND m.Source = @source
        AND m.ExternalId = @externalId
        AND m.MeasurementId > @after
        AND (@from IS NULL OR m.Day >= @from)
        AND (@to IS NULL OR m.Day <= @to)
        ORDER BY m.MeasurementId
        """;

    private const string SelectHistory = """
        SELECT h.ChangeKind, k.Aggregation, h.Day, h.TimestampUtc, h.Numerator, h.Denominator, h.Note, h.RecordedAtUtc, h.RecordedBy, h.ChangedAtUtc, h.ChangedBy, h.Reason
        FROM MeasurementHistory h
        JOIN Series s ON s.SeriesId = h.SeriesId
        JOIN Kpi k ON k.KpiId = s.KpiId
        WHERE h.OrganisationId = @OrganisationId AND h.MeasurementId = @id
        ORDER BY h.MeasurementHistoryId
        """;

    /// <summary>Stores a batch, corrects what it states again, and answers what became of each row.</summary>
    /// <exception cref="ProblemException">422: atomic, and a row is not valid. Nothing is stored.</exception>
    public Task<Receipt> Store(Caller caller, Batch<MeasurementBody> batch, CancellationToken cancellation) => database.Write(
        caller.Scope(),
        async session =>
        {
            session.IsTrial = batch.IsDryRun;
            return await session.Once(batch.IsDryRun ? null : caller.Once, () => Store(session, caller, batch));
        },
        cancellation,
        joins: !batch.IsDryRun);

    /// <summary>Stores the rows of a file as they come.</summary>
    /// <exception cref="ProblemException">413 and 400: the file cannot be read to its end. 422: atomic, and a row is not valid.</exception>
    public Task<DetailedReceiptResource> Store(Caller caller, UploadRequest request, UploadFile<MeasurementBody> file, CancellationToken cancellation) =>
        uploads.Store(caller, request, file, (session, uploadId, rows, counter) => Store(session, caller, uploadId, rows, counter), cancellation);

    /// <summary>Facts in the order in which they came; the days of everything by day.</summary>
    public Task<Page<MeasurementResource>> List(Scope scope, MeasurementFilter filter, int limit, string? cursor, CancellationToken cancellation)
    {
        var identified = filter is { Source: not null, ExternalId: not null };
        var narrowed = filter.Project is not null || filter.Activity is not null || filter.Kpi is not null;
        return !identified && !narrowed && (filter.From ?? filter.To) is not null
            ? ListDays(scope, filter, limit, cursor, cancellation)
            : List(scope, identified ? IdentityShown : narrowed ? SeriesShown : AllShown, filter, limit, cursor, cancellation);
    }

    public Task<MeasurementResource> Get(Scope scope, long id, CancellationToken cancellation) => database.Read(
        scope,
        async session => (await session.Single<Shown>(OneShown, new { session.OrganisationId, id }) ?? throw ProblemException.NotFound("measurement")).Resource(),
        cancellation);

    /// <summary>Earlier states of a fact, oldest first; also of one that was deleted.</summary>
    public Task<IReadOnlyList<MeasurementHistoryResource>> History(Scope scope, long id, CancellationToken cancellation) => database.Read<IReadOnlyList<MeasurementHistoryResource>>(
        scope,
        async session =>
        {
            var rows = await session.Query<HistoryRow>(SelectHistory, new { session.OrganisationId, id });
            if (rows.Count == 0 && await session.Single<StoredFact>(FactRows.SelectById, new { session.OrganisationId, id }) is null)
            {
                throw ProblemException.NotFound("measurement");
            }

            return rows.Select(row => row.Resource()).ToList();
        },
        cancellation);

    public Task Remove(Caller caller, long id, string? ifMatch, string? note, CancellationToken cancellation) => database.Write(
        caller.Scope(),
        async session =>
        {
            var stored = await session.Single<StoredFact>(FactRows.SelectById, new { session.OrganisationId, id }) ?? throw ProblemException.NotFound("measurement");
            if (ifMatch is not null)
            {
                ETags.Require(ifMatch, (await session.Single<Shown>(OneShown, new { session.OrganisationId, id }))!.Resource());
            }

            var series = (await session.Single<Series>(SelectSeriesById, new { session.OrganisationId, stored.SeriesId }))!;
            await FactRows.Keep(session, caller, stored, "deleted", note);
            await session.Execute(Delete, new { session.OrganisationId, stored.MeasurementId });
            await Deletions.Record(session, "Measurements", $"{stored.MeasurementId}", Days.Key(stored.Day));
            var totals = new DayTotals();
            totals.Minus(series, stored.Source, Days.Date(stored.Day), stored.Numerator, stored.Denominator);
            await totals.Store(session);
            return true;
        },
        cancellation);

    private Task<Page<MeasurementResource>> List(Scope scope, string select, MeasurementFilter filter, int limit, string? cursor, CancellationToken cancellation) => database.Read(
        scope,
        async session =>
        {
            var rows = await session.Page<Shown>(select, new
            {
                session.OrganisationId,
                after = Paging.IdAfter("measurements", cursor),
                project = filter.Project,
                activity = filter.Activity,
                kpi = filter.Kpi,
                from = filter.From is { } from ? Days.Number(from) : (int?)null,
                to = filter.To is { } to ? Days.Number(to) : (int?)null,
                source = filter.Source,
                externalId = filter.ExternalId,
                limit = limit + 1,
            });
            return Resources(Paging.Cut(rows, limit, row => Paging.Cursor("measurements", row.Id)));
        },
        cancellation);

    private Task<Page<MeasurementResource>> ListDays(Scope scope, MeasurementFilter filter, int limit, string? cursor, CancellationToken cancellation) => database.Read(
        scope,
        async session =>
        {
            var key = Paging.Key("measurements-by-day", cursor, JsonValueKind.Number, JsonValueKind.Number);
            var first = Days.Key(filter.From ?? Days.First);
            var rows = await session.Page<Shown>(DaysShown, new
            {
                session.OrganisationId,
                from = key is null ? first : Math.Max(first, key[0].GetInt64()),
                after = key?[1].GetInt64() ?? 0,
                to = Days.Key(filter.To ?? Days.Last),
                source = filter.Source,
                externalId = filter.ExternalId,
                limit = limit + 1,
            });
            return Resources(Paging.Cut(rows, limit, row => Paging.Cursor("measurements-by-day", Days.Key(row.Day), row.Id)));
        },
        cancellation);

    private static Page<MeasurementResource> Resources(Page<Shown> page) => new() { Items = page.Items.Select(row => row.Resource()).ToList(), NextCursor = page.NextCursor };

    private async Task<Receipt> Store(Session session, Caller caller, Batch<MeasurementBody> batch)
    {
        var counter = batch.Counter();
        var facts = new FactRows(session, caller, database.Time.GetUtcNow(), counter);
        foreach (var row in batch.Rows)
        {
            await facts.Add(row);
        }

        await facts.Settle();
        var receipt = counter.Close();
        await facts.Close();
        return receipt;
    }

    private async Task Store(Session session, Caller caller, long uploadId, IReadOnlyList<BatchRow<MeasurementBody>> rows, RowCounter counter)
    {
        var facts = new FactRows(session, caller, database.Time.GetUtcNow(), counter, uploadId);
        foreach (var row in rows)
        {
            await facts.Add(row);
        }

        await facts.Close();
    }

    private static double? Natural(long units, bool shown) => shown ? units / 1e6 : null;

    private sealed record Shown
    {
        public long Id { get; init; }

        public string? Project { get; init; }

        public string? Activity { get; init; }

        public string Kpi { get; init; } = "";

        public string Aggregation { get; init; } = "";

        public int Day { get; init; }

        public string? TimestampUtc { get; init; }

        public long Numerator { get; init; }

        public long Denominator { get; init; }

        public string Source { get; init; } = "";

        public string ExternalId { get; init; } = "";

        public string? Note { get; init; }

        public string UpdatedAtUtc { get; init; } = "";

        public MeasurementResource Resource() => new()
        {
            Id = Id,
            Project = Project,
            Activity = Activity,
            Kpi = Kpi,
            Date = Days.Date(Day),
            Timestamp = TimestampUtc,
            Numerator = Natural(Numerator, Aggregation == "ratio"),
            Denominator = Natural(Denominator, Aggregation == "ratio"),
            Value = Natural(Numerator, Aggregation != "ratio"),
            Source = Source,
            ExternalId = ExternalId,
            Note = Note,
            UpdatedAtUtc = UpdatedAtUtc,
        };
    }

    private sealed record HistoryRow
    {
        public string ChangeKind { get; init; } = "";

        public string Aggregation { get; init; } = "";

        public int Day { get; init; }

        public string? TimestampUtc { get; init; }

        public long Numerator { get; init; }

        public long Denominator { get; init; }

        public string? Note { get; init; }

        public string RecordedAtUtc { get; init; } = "";

        public string RecordedBy { get; init; } = "";

        public string ChangedAtUtc { get; init; } = "";

        public string ChangedBy { get; init; } = "";

        public string? Reason { get; init; }

        public MeasurementHistoryResource Resource() => new()
        {
            Change = ChangeKind,
            Date = Days.Date(Day),
            Timestamp = TimestampUtc,
            Numerator = Natural(Numerator, Aggregation == "ratio"),
            Denominator = Natural(Denominator, Aggregation == "ratio"),
            Value = Natural(Numerator, Aggregation != "ratio"),
            Note = Note,
            RecordedAtUtc = RecordedAtUtc,
            RecordedBy = RecordedBy,
            ChangedAtUtc = ChangedAtUtc,
            ChangedBy = ChangedBy,
            Reason = Reason,
        };
    }
}

/// <summary>The query of a list of facts.</summary>
internal sealed record MeasurementFilter(string? Project, string? Activity, string? Kpi, DateOnly? From, DateOnly? To, string? Source, string? ExternalId);
