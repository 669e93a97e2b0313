using KpiApi.Access;
using KpiApi.Feeds;
using KpiApi.Http;
using KpiApi.Operations;
using KpiApi.Storage;

namespace KpiApi.Measurements;

/// <summary>Facts: stored, corrected and deleted together with their rollups and history.</summary>
internal sealed class MeasurementStore(Database database)
{
    private const string SelectProjectSeries = """
        SELECT s.SeriesId, k.Aggregation, 0 AS IsNorthStar, p.ClosedOnDay
        FROM Project p
        JOIN Series s ON s.ProjectId = p.ProjectId
        JOIN Kpi k ON k.KpiId = s.KpiId
        WHERE p.OrganisationId = @OrganisationId AND p.Code = @owner AND k.Code = @kpi
        """;

    private const string SelectNorthStarSeries = """
        SELECT s.SeriesId, k.Aggregation, 1 AS IsNorthStar, NULL AS ClosedOnDay
        FROM Activity a
        JOIN Series s ON s.ActivityId = a.ActivityId AND s.ProjectId IS NULL
        JOIN Kpi k ON k.KpiId = s.KpiId
        WHERE a.OrganisationId = @OrganisationId AND a.Code = @owner AND k.Code = @kpi
        """;

    private const string CountProjects = "SELECT COUNT(*) FROM Project WHERE OrganisationId = @OrganisationId AND Code = @owner";
    private const string CountActivities = "SELECT COUNT(*) FROM Activity WHERE OrganisationId = @OrganisationId AND Code = @owner";

    private const string SelectStored = """
        SELECT MeasurementId, SeriesId, Day, TimestampUtc, Numerator, Denominator, Source, ExternalId, Note, UpdatedAtUtc, UpdatedBy
        FROM Measurement

        """;

    private const string SelectByIdentity = SelectStored + "WHERE SeriesId = @SeriesId AND Source = @Source AND ExternalId = @ExternalId";
    private const string SelectById = SelectStored + "WHERE OrganisationId = @OrganisationId AND MeasurementId = @id";

    private const string SelectSeriesById = """
        SELECT s.SeriesId, k.Aggregation, CASE WHEN s.ProjectId IS NULL THEN 1 ELSE 0 END AS IsNorthStar, NULL AS ClosedOnDay
        FROM Series s
        JOIN Kpi k ON k.KpiId = s.KpiId
        WHERE s.OrganisationId = @OrganisationId AND s.SeriesId = @SeriesId
        """;

    private const string Insert = """
        INSERT INTO Measurement (OrganisationId, SeriesId, Day, DateKey, TimestampUtc, Numerator, Denominator, Source, ExternalId, Note, CreatedAtUtc, UpdatedAtUtc, UpdatedBy)
        VALUES (@OrganisationId, @SeriesId, @Day, @DateKey, @TimestampUtc, @Numerator, @Denominator, @Source, @ExternalId, @Note, @Now, @Now, @By)
        """;

    private const string Update = """
        UPDATE Measurement
        SET Day = @Day, DateKey = @DateKey, TimestampUtc = @TimestampUtc, Numerator = @Numerator, Denominator = @Denominator, Note = @Note, UpdatedAtUtc = @Now, UpdatedBy = @By
        WHERE OrganisationId = @OrganisationId AND MeasurementId = @MeasurementId
        """;

    private const string Delete = "DELETE FROM Measurement WHERE OrganisationId = @OrganisationId AND MeasurementId = @MeasurementId";

    private const string InsertHistory = """
        INSERT INTO MeasurementHistory (OrganisationId, MeasurementId, SeriesId, ChangeKind, Day, TimestampUtc, Numerator, Denominator, Source, ExternalId, Note, RecordedAtUtc, RecordedBy, ChangedAtUtc, ChangedBy, Reason)
        VALUES (@OrganisationId, @MeasurementId, @SeriesId, @ChangeKind, @Day, @TimestampUtc, @Numerator, @Denominator, @Source, @ExternalId, @Note, @UpdatedAtUtc, @UpdatedBy, @Now, @By, @Reason)
        """;

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
        cancellation);

    public Task<Page<MeasurementResource>> List(Scope scope, MeasurementFilter filter, int limit, string? cursor, CancellationToken cancellation) => database.Read(
        scope,
        async session =>
        {
            var narrowed = filter.Project is not null || filter.Activity is not null || filter.Kpi is not null;
            var rows = await session.Page<Shown>(filter is { Source: not null, ExternalId: not null } ? IdentityShown : narrowed ? SeriesShown : AllShown, new
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
            var page = Paging.Cut(rows, limit, row => Paging.Cursor("measurements", row.Id));
            return new Page<MeasurementResource> { Items = page.Items.Select(row => row.Resource()).ToList(), NextCursor = page.NextCursor };
        },
        cancellation);

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
            if (rows.Count == 0 && await session.Single<Stored>(SelectById, new { session.OrganisationId, id }) is null)
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
            var stored = await session.Single<Stored>(SelectById, new { session.OrganisationId, id }) ?? throw ProblemException.NotFound("measurement");
            if (ifMatch is not null)
            {
                ETags.Require(ifMatch, (await session.Single<Shown>(OneShown, new { session.OrganisationId, id }))!.Resource());
            }

            var series = (await session.Single<Series>(SelectSeriesById, new { session.OrganisationId, stored.SeriesId }))!;
            await Keep(session, caller, stored, "deleted", note);
            await session.Execute(Delete, new { session.OrganisationId, stored.MeasurementId });
            await Deletions.Record(session, "Measurements", $"{stored.MeasurementId}", Days.Key(stored.Day));
            var totals = new DayTotals();
            totals.Minus(series, Days.Date(stored.Day), stored.Numerator, stored.Denominator);
            await totals.Store(session);
            return true;
        },
        cancellation);

    private async Task<Receipt> Store(Session session, Caller caller, Batch<MeasurementBody> batch)
    {
        var counter = batch.Counter();
        var seriesByName = new Dictionary<(string? Project, string? Activity, string Kpi), (Series? Series, Errors Faults)>();
        var seen = new Dictionary<(long, string, string), (Fact Fact, int Index)>();
        var totals = new DayTotals();
        var now = database.Time.GetUtcNow();
        foreach (var row in batch.Rows)
        {
            var errors = row.Unreadable ?? new Errors();
            var fact = row.Body is null ? null : await Read(session, caller, row.Body, seriesByName, now, errors);
            if (fact is not null && seen.TryGetValue(fact.Identity, out var earlier) && fact.IsImplicit && !fact.SaysTheSameAs(earlier.Fact))
            {
                errors.Add("", $"ambiguous-identity: row {earlier.Index} states another fact with the same day and source. Give each an externalId.", ProblemType.AmbiguousIdentity);
                fact = null;
            }

            if (fact is null)
            {
                counter.Rejected(row.Index, row.Pointer, errors);
                continue;
            }

            seen[fact.Identity] = (fact, row.Index);
            await Store(session, caller, fact, totals, counter);
        }

        var receipt = counter.Close();
        Telemetry.FactsStored(receipt.Inserted, receipt.Corrected, receipt.Unchanged, receipt.Rejected);
        await totals.Store(session);
        return receipt;
    }

    private static async Task<Fact?> Read(
        Session session, Caller caller, MeasurementBody row, Dictionary<(string?, string?, string), (Series? Series, Errors Faults)> seriesByName, DateTimeOffset now, Errors errors)
    {
        if (row.Project is null == row.Activity is null)
        {
            errors.Add("/project", "give either project or activity.");
        }

        if (row.Kpi is null)
        {
            errors.Add("/kpi", "is required.");
        }

        if (errors.Count > 0)
        {
            return null;
        }

        var name = (row.Project, row.Activity, row.Kpi!);
        if (!seriesByName.TryGetValue(name, out var found))
        {
            seriesByName[name] = found = await Find(session, row);
        }

        if (found.Series is null)
        {
            errors.AddAll("", found.Faults);
            return null;
        }

        return Fact.From(row, found.Series, caller, now, errors);
    }

    private static async Task<(Series? Series, Errors Faults)> Find(Session session, MeasurementBody row)
    {
        var parameters = new { session.OrganisationId, owner = row.Project ?? row.Activity, kpi = row.Kpi };
        var series = await session.Single<Series>(row.Project is null ? SelectNorthStarSeries : SelectProjectSeries, parameters);
        if (series is null)
        {
            var ownerExists = await session.Single<long>(row.Project is null ? CountActivities : CountProjects, parameters) > 0;
            var pointer = row.Project is null ? "/activity" : "/project";
            return (null, ownerExists
                ? new Errors().Add("/kpi", row.Project is null ? $"'{row.Kpi}' is not a North Star of the activity '{row.Activity}'." : $"'{row.Kpi}' is not a KPI of the project '{row.Project}'.")
                : new Errors().Add(pointer, $"'{parameters.owner}' is not {(row.Project is null ? "an activity" : "a project")} of this organisation."));
        }

        return series.Aggregation == "ledger" ? (null, new Errors().Add("/kpi", "takes no facts: a ledger KPI is computed from the project's ledger.")) : (series, new Errors());
    }

    private static async Task Store(Session session, Caller caller, Fact fact, DayTotals totals, ReceiptCounter counter)
    {
        var stored = await session.Single<Stored>(SelectByIdentity, new { fact.Series.SeriesId, fact.Source, fact.ExternalId });
        var day = Days.Number(fact.Date);
        if (stored is null)
        {
            await session.Execute(Insert, Parameters(session, caller, fact, 0, fact.Note));
            totals.Plus(fact.Series, fact.Date, fact.Numerator, fact.Denominator);
            counter.Inserted();
            return;
        }

        var note = fact.Note ?? stored.Note;
        if (stored.Day == day && stored.TimestampUtc == fact.TimestampUtc && stored.Numerator == fact.Numerator && stored.Denominator == fact.Denominator && stored.Note == note)
        {
            counter.Unchanged();
            return;
        }

        await Keep(session, caller, stored, "corrected", fact.Note);
        await session.Execute(Update, Parameters(session, caller, fact, stored.MeasurementId, note));
        totals.Minus(fact.Series, Days.Date(stored.Day), stored.Numerator, stored.Denominator);
        totals.Plus(fact.Series, fact.Date, fact.Numerator, fact.Denominator);
        if (stored.Day != day)
        {
            await Deletions.Record(session, "Measurements", $"{stored.MeasurementId}", Days.Key(stored.Day));
        }

        counter.Corrected();
    }

    private static object Parameters(Session session, Caller caller, Fact fact, long measurementId, string? note) => new
    {
        session.OrganisationId,
        MeasurementId = measurementId,
        fact.Series.SeriesId,
        Day = Days.Number(fact.Date),
        DateKey = Days.Key(fact.Date),
        fact.TimestampUtc,
        fact.Numerator,
        fact.Denominator,
        fact.Source,
        fact.ExternalId,
        Note = note,
        Now = session.NowUtc,
        By = caller.KeyId,
    };

    private static Task<int> Keep(Session session, Caller caller, Stored stored, string changeKind, string? reason) => session.Execute(InsertHistory, new
    {
        session.OrganisationId,
        stored.MeasurementId,
        stored.SeriesId,
        ChangeKind = changeKind,
        stored.Day,
        stored.TimestampUtc,
        stored.Numerator,
        stored.Denominator,
        stored.Source,
        stored.ExternalId,
        stored.Note,
        stored.UpdatedAtUtc,
        stored.UpdatedBy,
        Now = session.NowUtc,
        By = caller.KeyId,
        Reason = reason,
    });

    private static double? Natural(long units, bool shown) => shown ? units / 1e6 : null;

    private sealed record Stored
    {
        public long MeasurementId { get; init; }

        public long SeriesId { get; init; }

        public int Day { get; init; }

        public string? TimestampUtc { get; init; }

        public long Numerator { get; init; }

        public long Denominator { get; init; }

        public string Source { get; init; } = "";

        public string ExternalId { get; init; } = "";

        public string? Note { get; init; }

        public string UpdatedAtUtc { get; init; } = "";

        public string UpdatedBy { get; init; } = "";
    }

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
