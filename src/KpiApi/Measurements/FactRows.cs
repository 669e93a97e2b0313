using KpiApi.Access;
using KpiApi.Feeds;
using KpiApi.Http;
using KpiApi.Operations;
using KpiApi.Storage;

namespace KpiApi.Measurements;

/// <summary>
/// The facts of one transaction: each row is read against what the organisation has, stored or corrected with its history, and counted.
/// The totals follow once, before the COMMIT.
/// </summary>
/// <param name="session">The transaction.</param>
/// <param name="caller">Who says so.</param>
/// <param name="now">The instant that no fact is after.</param>
/// <param name="counter">Told of every row.</param>
/// <param name="uploadId">The file whose chunk this is: it marks the facts that it states, so that it is noticed when it contradicts itself.</param>
internal sealed class FactRows(Session session, Caller caller, DateTimeOffset now, RowCounter counter, long? uploadId = null)
{
    // So few are sooner stored by one statement each.
    private const int FewFacts = 10;
    private const int MostWaiting = 10_000;

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
        SELECT MeasurementId, SeriesId, Day, TimestampUtc, Numerator, Denominator, Source, ExternalId, Note, UpdatedAtUtc, UpdatedBy, UploadId
        FROM Measurement

        """;

    private const string OfIdentity = "WHERE SeriesId = @SeriesId AND Source = @Source AND ExternalId = @ExternalId";

    public const string SelectByIdentity = SelectStored + OfIdentity;
    public const string SelectById = SelectStored + "WHERE OrganisationId = @OrganisationId AND MeasurementId = @id";

    private const string Present = "SELECT 1 FROM Measurement " + OfIdentity;

    private const string Insert = """
        INSERT INTO Measurement (OrganisationId, SeriesId, Day, DateKey, TimestampUtc, Numerator, Denominator, Source, ExternalId, Note, CreatedAtUtc, UpdatedAtUtc, UpdatedBy, UploadId)
        VALUES (@OrganisationId, @SeriesId, @Day, @DateKey, @TimestampUtc, @Numerator, @Denominator, @Source, @ExternalId, @Note, @Now, @Now, @By, @UploadId)
        """;

    private const string Update = """
        UPDATE Measurement
        SET Day = @Day, DateKey = @DateKey, TimestampUtc = @TimestampUtc, Numerator = @Numerator, Denominator = @Denominator, Note = @Note, UpdatedAtUtc = @Now, UpdatedBy = @By, UploadId = @UploadId
        WHERE OrganisationId = @OrganisationId AND MeasurementId = @MeasurementId
        """;

    private const string Touch = "UPDATE Measurement SET UploadId = @UploadId WHERE OrganisationId = @OrganisationId AND MeasurementId = @MeasurementId";

    private const string InsertHistory = """
        INSERT INTO MeasurementHistory (OrganisationId, MeasurementId, SeriesId, ChangeKind, Day, TimestampUtc, Numerator, Denominator, Source, ExternalId, Note, RecordedAtUtc, RecordedBy, ChangedAtUtc, ChangedBy, Reason)
        VALUES (@OrganisationId, @MeasurementId, @SeriesId, @ChangeKind, @Day, @TimestampUtc, @Numerator, @Denominator, @Source, @ExternalId, @Note, @UpdatedAtUtc, @UpdatedBy, @Now, @By, @Reason)
        """;

    private readonly SharedFacts _shared = session.Shared<SharedFacts>();
    private readonly Dictionary<(long, string, string), (Fact Fact, int Index)> _seen = [];
    private readonly DayTotals _totals = new();
    private readonly List<(RowPlace Place, Fact? Fact, Errors Faults)> _waiting = [];
    private readonly HashSet<(long, string, string)> _waitingIdentities = [];
    private bool _areNew = true;

    private enum Change
    {
        None,

        /// <summary>Stated again by this file.</summary>
        Touched,

        Corrected,
    }

    /// <summary>Stores what a row states, or counts it as refused. Both may wait until <see cref="Settle"/>.</summary>
    public async Task Add(BatchRow<MeasurementBody> row)
    {
        var errors = row.Unreadable ?? new Errors();
        var fact = row.Body is null ? null : await Read(row.Body, errors);
        if (fact is not null && uploadId is null)
        {
            if (_seen.TryGetValue(fact.Identity, out var earlier) && fact.IsImplicit && !fact.SaysTheSameAs(earlier.Fact))
            {
                (fact, errors) = (null, Ambiguous($"row {earlier.Index}"));
            }
            else
            {
                _seen[fact.Identity] = (fact, row.Place.Index);
            }
        }

        if (!session.IsFarAway)
        {
            await Store(row.Place, fact, errors);
            return;
        }

        // What is stated twice is first stored and then corrected.
        if (_waiting.Count == MostWaiting || (fact is not null && !_waitingIdentities.Add(fact.Identity)))
        {
            await Settle();
            if (fact is not null)
            {
                _waitingIdentities.Add(fact.Identity);
            }
        }

        _waiting.Add((row.Place, fact, errors));
    }

    /// <summary>Stores what waits: the counter knows of every row.</summary>
    public async Task Settle()
    {
        if (_waitingIdentities.Count < FewFacts)
        {
            foreach (var (place, fact, faults) in _waiting)
            {
                await Store(place, fact, faults);
            }
        }
        else
        {
            var staging = new FactStaging(session, caller, uploadId);
            var stored = await staging.Insert(_waiting.Select(row => row.Fact).OfType<Fact>().ToList());
            var touched = new List<(Fact, StoredFact)>();
            var corrected = new List<(Fact, StoredFact)>();
            var number = 0;
            foreach (var (place, fact, faults) in _waiting)
            {
                if (fact is null)
                {
                    counter.Rejected(place, faults);
                }
                else if (!stored.TryGetValue(number++, out var earlier))
                {
                    Inserted(fact);
                }
                else
                {
                    var change = await Judge(place, fact, earlier);
                    (change switch { Change.Touched => touched, Change.Corrected => corrected, _ => null })?.Add((fact, earlier));
                }
            }

            await staging.Touch(touched);
            await staging.Correct(corrected);
        }

        _waiting.Clear();
        _waitingIdentities.Clear();
    }

    /// <summary>Stores what waits, and adds what was stored to the totals.</summary>
    public async Task Close()
    {
        await Settle();
        Telemetry.FactsStored(counter.InsertedRows, counter.CorrectedRows, counter.UnchangedRows, counter.RejectedRows);
        _shared.Totals.Plus(_totals);
    }

    /// <summary>Writes what a fact was before it is changed or deleted.</summary>
    public static Task<int> Keep(Session session, Caller caller, StoredFact stored, string changeKind, string? reason) => session.Execute(InsertHistory, new
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

    private static Errors Ambiguous(string earlier) => new Errors().Add(
        "", $"ambiguous-identity: {earlier} states another fact with the same day and source. Give each an externalId.", ProblemType.AmbiguousIdentity);

    private async Task<Fact?> Read(MeasurementBody row, Errors errors)
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
        if (!_shared.SeriesByName.TryGetValue(name, out var found))
        {
            _shared.SeriesByName[name] = found = await Find(row);
        }

        if (found.Series is null)
        {
            errors.AddAll("", found.Faults);
            return null;
        }

        return Fact.From(row, found.Series, caller, now, errors);
    }

    private async Task<(Series? Series, Errors Faults)> Find(MeasurementBody row)
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

    private async Task Store(RowPlace place, Fact? fact, Errors faults)
    {
        if (fact is null)
        {
            counter.Rejected(place, faults);
            return;
        }

        // Rows come new, or they are sent again: what the last one was the next one probably is, and then needs one statement only.
        var identity = new { fact.Series.SeriesId, fact.Source, fact.ExternalId };
        var stored = _areNew ? null : await session.Single<StoredFact>(SelectByIdentity, identity);
        _areNew = stored is null && await session.InsertIfAbsent(Insert, Present, Parameters(fact, 0, fact.Note));
        if (_areNew)
        {
            Inserted(fact);
            return;
        }

        stored ??= (await session.Single<StoredFact>(SelectByIdentity, identity))!;
        switch (await Judge(place, fact, stored))
        {
            case Change.Touched:
                await session.Execute(Touch, new { session.OrganisationId, stored.MeasurementId, UploadId = uploadId });
                break;
            case Change.Corrected:
                await Keep(session, caller, stored, "corrected", fact.Note);
                await session.Execute(Update, Parameters(fact, stored.MeasurementId, fact.Note ?? stored.Note));
                break;
        }
    }

    private void Inserted(Fact fact)
    {
        _totals.Plus(fact.Series, fact.Source, fact.Date, fact.Numerator, fact.Denominator);
        counter.Inserted();
    }

    /// <summary>What a fact that is there already becomes. Counts it; to write it is left to the caller.</summary>
    private async Task<Change> Judge(RowPlace place, Fact fact, StoredFact stored)
    {
        if (uploadId is not null && stored.UploadId == uploadId && fact.IsImplicit && !stored.SaysTheSameAs(fact))
        {
            counter.Rejected(place, Ambiguous("an earlier row of this file"));
            return Change.None;
        }

        if (stored.SaysTheSameAs(fact) && (fact.Note is null || stored.Note == fact.Note))
        {
            counter.Unchanged();
            return uploadId is not null && fact.MayBeImplicit ? Change.Touched : Change.None;
        }

        _totals.Minus(fact.Series, stored.Source, Days.Date(stored.Day), stored.Numerator, stored.Denominator);
        _totals.Plus(fact.Series, fact.Source, fact.Date, fact.Numerator, fact.Denominator);
        if (stored.Day != Days.Number(fact.Date))
        {
            await Deletions.Record(session, "Measurements", $"{stored.MeasurementId}", Days.Key(stored.Day));
        }

        counter.Corrected();
        return Change.Corrected;
    }

    private object Parameters(Fact fact, long measurementId, string? note) => new
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
        UploadId = uploadId,
    };
}

/// <summary>What all facts of a COMMIT share: where they belong is looked up once, and each day's totals are brought up to all of them once.</summary>
internal sealed class SharedFacts : ISharedPart
{
    public Dictionary<(string? Project, string? Activity, string Kpi), (Series? Series, Errors Faults)> SeriesByName { get; } = [];

    public DayTotals Totals { get; } = new();

    /// <exception cref="TotalOutOfRangeException">A day's sum left the range of 64-bit integers.</exception>
    public Task Settle(Session session) => Totals.Store(session);
}

/// <summary>A fact as it is stored.</summary>
internal record StoredFact
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

    /// <summary>The upload that last stated it.</summary>
    public long? UploadId { get; init; }

    public bool SaysTheSameAs(Fact fact) => Day == Days.Number(fact.Date) && TimestampUtc == fact.TimestampUtc && Numerator == fact.Numerator && Denominator == fact.Denominator;
}
