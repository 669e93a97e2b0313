using System.Text.Json;
using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Alerts;

/// <summary>Alerts are computed by the view of that name; only that somebody looked at one is stored.</summary>
internal sealed class AlertStore(Database database)
{
    private const string Columns = """
        SELECT
            a.AlertId, a.AlertKind, a.Date, a.Day, a.ProjectCode, a.KpiCode, a.Week, a.Drift, r.ActionText, a.Source, a.UsualIntervalDays, a.Outcome, a.IsAcknowledged, a.AcknowledgedAtUtc,
            x.AcknowledgedBy
        FROM Alerts a
        LEFT JOIN ReviewAction r ON r.ReviewActionId = a.ReviewActionId
        LEFT JOIN AlertAcknowledgement x ON x.OrganisationId = @OrganisationId AND x.AlertId = a.AlertId

        """;

    private const string SelectAll = Columns + """
        WHERE (@kpi IS NULL OR a.KpiCode = @kpi)
            AND (@kind IS NULL OR a.AlertKind = @kind)
            AND (@acknowledged IS NULL OR a.IsAcknowledged = @acknowledged)
            AND (@from IS NULL OR a.Day >= @from)
            AND (@to IS NULL OR a.Day <= @to)
            AND (a.Day < @afterDay OR (a.Day = @afterDay AND a.AlertId < @afterId))
        ORDER BY a.Day DESC, a.AlertId DESC
        """;

    private const string SelectOne = Columns + "WHERE a.AlertId = @AlertId";
    private const string SelectProjectId = "SELECT ProjectId FROM Project WHERE OrganisationId = @OrganisationId AND Code = @project";

    // What an id is made of (the view Alerts): the project is found without computing the alerts of others.
    private const string SelectProjectOfAlert = """
        SELECT ProjectId FROM ProjectKpi WHERE OrganisationId = @OrganisationId AND ProjectKpiId = @entity AND (@kind = 1 OR @kind = 5)
        UNION ALL
        SELECT ProjectId FROM Project WHERE OrganisationId = @OrganisationId AND ProjectId = @entity AND @kind = 2
        UNION ALL
        SELECT ProjectId FROM ReviewAction WHERE OrganisationId = @OrganisationId AND ReviewActionId = @entity AND @kind = 3
        UNION ALL
        SELECT s.ProjectId FROM SeriesSource o JOIN Series s ON s.SeriesId = o.SeriesId WHERE o.OrganisationId = @OrganisationId AND o.SeriesSourceId = @entity AND @kind = 4
        """;

    private const string Insert = """
        INSERT INTO AlertAcknowledgement (OrganisationId, AlertId, ProjectId, AcknowledgedAtUtc, AcknowledgedBy)
        VALUES (@OrganisationId, @AlertId, @ProjectId, @Now, @By)
        """;

    public Task<Page<AlertResource>> List(Scope scope, AlertFilter filter, int limit, string? cursor, CancellationToken cancellation)
    {
        var after = Paging.Key("alerts", cursor, JsonValueKind.Number, JsonValueKind.Number);
        return database.Read(
            scope,
            async session =>
            {
                if (filter.Project is not null)
                {
                    if (await session.Single<long?>(SelectProjectId, new { session.OrganisationId, project = filter.Project }) is not { } projectId)
                    {
                        return new Page<AlertResource> { Items = [], NextCursor = null };
                    }

                    await session.Narrow(projectId);
                }

                var rows = await session.Page<Row>(SelectAll, new
                {
                    session.OrganisationId,
                    kpi = filter.Kpi,
                    kind = filter.Kind,
                    acknowledged = filter.Acknowledged is { } flag ? (flag ? 1 : 0) : (int?)null,
                    from = filter.From is { } first ? Days.Number(first) : (int?)null,
                    to = filter.To is { } last ? Days.Number(last) : (int?)null,
                    afterDay = after?[0].GetInt64() ?? int.MaxValue,
                    afterId = after?[1].GetInt64() ?? 0,
                    limit = limit + 1,
                });
                var page = Paging.Cut(rows, limit, row => Paging.Cursor("alerts", row.Day, row.AlertId));
                return new Page<AlertResource> { Items = page.Items.Select(row => row.Resource()).ToList(), NextCursor = page.NextCursor };
            },
            cancellation);
    }

    /// <summary>Remembers that somebody looked at an alert of today.</summary>
    public Task<AlertResource> Acknowledge(Caller caller, long id, CancellationToken cancellation) => database.Write(
        caller.Scope(),
        session => session.Once(caller.Once, async () =>
        {
            var projectId = await session.Single<long?>(SelectProjectOfAlert, new { session.OrganisationId, entity = id / 1_000_000, kind = id % 10 }) ?? throw ProblemException.NotFound("alert");
            await session.Narrow(projectId);
            var alert = new { session.OrganisationId, AlertId = id, ProjectId = projectId, Now = session.NowUtc, By = caller.KeyId };
            var row = await session.Single<Row>(SelectOne, alert) ?? throw ProblemException.NotFound("alert");
            if (row.IsAcknowledged == 0)
            {
                await session.Execute(Insert, alert);
                row = (await session.Single<Row>(SelectOne, alert))!;
            }

            return row.Resource();
        }),
        cancellation);

    private sealed record Row
    {
        public long AlertId { get; init; }

        public string AlertKind { get; init; } = "";

        public string Date { get; init; } = "";

        public int Day { get; init; }

        public string ProjectCode { get; init; } = "";

        public string? KpiCode { get; init; }

        public string? Week { get; init; }

        public double? Drift { get; init; }

        public string? ActionText { get; init; }

        public string? Source { get; init; }

        public double? UsualIntervalDays { get; init; }

        public string? Outcome { get; init; }

        public int IsAcknowledged { get; init; }

        public string? AcknowledgedAtUtc { get; init; }

        public string? AcknowledgedBy { get; init; }

        public AlertResource Resource() => new()
        {
            Id = AlertId,
            Kind = AlertKind,
            Date = Date,
            Project = ProjectCode,
            Kpi = KpiCode,
            Week = Week,
            Drift = Drift,
            Action = ActionText,
            Source = Source,
            UsualIntervalDays = UsualIntervalDays,
            Outcome = Outcome,
            Acknowledged = IsAcknowledged == 1,
            AcknowledgedAt = AcknowledgedAtUtc,
            AcknowledgedBy = AcknowledgedBy,
        };
    }
}
