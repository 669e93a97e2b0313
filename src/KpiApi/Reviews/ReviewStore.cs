using System.Globalization;
using System.Text.Json;
using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Reviews;

/// <summary>Reviews: a decision, its actions and the figures of the day, written once. Only the day on which an action was done changes.</summary>
internal sealed class ReviewStore(Database database)
{
    private const string SelectProject = """
        SELECT ProjectId, StartDay, ReviewCadenceDays, LaunchedAtUtc
        FROM Project
        WHERE OrganisationId = @OrganisationId AND Code = @project
        """;

    private const string Columns = """
        SELECT r.ReviewId, r.ReviewedDay, r.ReviewKind, r.Decision, r.Note, r.CreatedAtUtc, s.Figures
        FROM Review r
        JOIN ReviewSnapshot s ON s.ReviewId = r.ReviewId
        WHERE r.OrganisationId = @OrganisationId AND r.ProjectId = @ProjectId AND r.ReviewedDay <= @AsOfDay

        """;

    private const string SelectAll = Columns + """
            AND (r.ReviewedDay > @afterDay OR (r.ReviewedDay = @afterDay AND r.ReviewId > @afterId))
            AND (@from IS NULL OR r.ReviewedDay >= @from)
            AND (@to IS NULL OR r.ReviewedDay <= @to)
        ORDER BY r.ReviewedDay, r.ReviewId
        """;

    private const string SelectOne = Columns + "AND r.ReviewId = @ReviewId";
    private const string CountSame = "SELECT COUNT(*) FROM Review WHERE OrganisationId = @OrganisationId AND ProjectId = @ProjectId AND ReviewedDay = @ReviewedDay AND ReviewKind = @Kind";

    private const string SelectActions = """
        SELECT ReviewId, ActionNumber AS Number, ActionText AS [Text], Owner, DueOn, DoneOn, IsOverdue
        FROM ReviewActions
        WHERE ProjectId = @ProjectId AND (@ReviewId IS NULL OR ReviewId = @ReviewId)
        ORDER BY ReviewId, ActionNumber
        """;

    private const string SelectEffects = """
        SELECT a.ReviewId, a.KpiCode AS Kpi, a.WeekBefore, a.StatusBefore, a.DriftBefore, a.WeekSince, a.StatusSince, a.DriftSince, a.DriftChange, a.Effect
        FROM ReviewAdjustments a
        WHERE a.ProjectId = @ProjectId AND (@ReviewId IS NULL OR a.ReviewId = @ReviewId)
        ORDER BY a.ReviewId, a.ProjectKpiId
        """;

    private const string Insert = """
        INSERT INTO Review (OrganisationId, ProjectId, ReviewedDay, ReviewKind, Decision, Note, CreatedAtUtc, UpdatedAtUtc, UpdatedBy)
        VALUES (@OrganisationId, @ProjectId, @ReviewedDay, @Kind, @Decision, @Note, @Now, @Now, @By)
        """;

    private const string InsertSnapshot = """
        INSERT INTO ReviewSnapshot (ReviewId, OrganisationId, SchemaVersion, ReviewCadenceDays, Figures)
        VALUES (@ReviewId, @OrganisationId, @SchemaVersion, @ReviewCadenceDays, @Figures)
        """;

    private const string InsertAction = """
        INSERT INTO ReviewAction (OrganisationId, ReviewId, ProjectId, ActionNumber, ActionText, Owner, ReviewedDay, DueDay, CreatedAtUtc, UpdatedAtUtc)
        VALUES (@OrganisationId, @ReviewId, @ProjectId, @Number, @Text, @Owner, @ReviewedDay, @DueDay, @Now, @Now)
        """;

    private const string SetDone = """
        UPDATE ReviewAction SET DoneDay = @DoneDay, UpdatedAtUtc = @Now
        WHERE OrganisationId = @OrganisationId AND ReviewId = @ReviewId AND ActionNumber = @number
        """;

    private const string Touch = "UPDATE Review SET UpdatedAtUtc = @Now, UpdatedBy = @By WHERE OrganisationId = @OrganisationId AND ReviewId = @ReviewId";

    public Task<Page<ReviewResource>> List(Caller caller, string project, DateOnly? from, DateOnly? to, string? asOf, int limit, string? cursor, CancellationToken cancellation)
    {
        var after = Paging.Key("reviews", cursor, JsonValueKind.Number, JsonValueKind.Number);
        return database.Read(
            caller.Scope(asOf),
            async session =>
            {
                var owner = await Find(session, project);
                var rows = await session.Page<Row>(SelectAll, new
                {
                    session.OrganisationId,
                    owner.ProjectId,
                    session.Scope.AsOfDay,
                    afterDay = after?[0].GetInt64() ?? 0,
                    afterId = after?[1].GetInt64() ?? 0,
                    from = from is { } first ? Days.Number(first) : (int?)null,
                    to = to is { } last ? Days.Number(last) : (int?)null,
                    limit = limit + 1,
                });
                var page = Paging.Cut(rows, limit, row => Paging.Cursor("reviews", row.ReviewedDay, row.ReviewId));
                var actions = await Actions(session, owner.ProjectId, null);
                var effects = await Effects(session, owner.ProjectId, null, page.Items);
                return new Page<ReviewResource> { Items = page.Items.Select(row => row.Resource(project, actions[row.ReviewId], effects[row.ReviewId])).ToList(), NextCursor = page.NextCursor };
            },
            cancellation);
    }

    /// <summary>One review, and its day with the facts of today.</summary>
    public async Task<ReviewResource> Get(Caller caller, string project, long id, string? asOf, CancellationToken cancellation)
    {
        var then = await database.Read(caller.Scope(asOf), async session => await Read(session, project, (await Find(session, project)).ProjectId, id), cancellation);
        var seen = caller.ScopeSeenAt(DateTimeOffset.Parse(then.CreatedAt, CultureInfo.InvariantCulture), Days.Parse(then.ReviewedOn));
        var now = await database.Read(seen, async session => await ReviewFiguresReader.Read(session, (await Find(session, project)).ProjectId), cancellation);
        return then with { Now = now };
    }

    /// <summary>Records a decision, and freezes the figures as of its day.</summary>
    /// <exception cref="ProblemException">409: a draft, or a second review of the kind on that day. 422: before the project's first day, after today, or an action due before.</exception>
    public async Task<ReviewResource> Create(Caller caller, string project, ReviewBody body, CancellationToken cancellation)
    {
        Check(caller, body);
        // Read aside: figures are looked up while other writers go on, and only what was found is written.
        var (owner, figures) = await database.Read(
            caller.Scope(body.ReviewedOn),
            async session =>
            {
                var found = await Find(session, project);
                if (found.LaunchedAtUtc is null)
                {
                    throw new ProblemException(ProblemType.NotLaunched, "A draft has no figures to review. Launch it first.");
                }

                return session.Scope.AsOfDay < found.StartDay
                    ? throw ProblemException.Invalid("/reviewedOn", $"must not be before {Days.Text(found.StartDay)}, the project's first day.")
                    : (found, ReviewFiguresReader.Freeze(await ReviewFiguresReader.Read(session, found.ProjectId)));
            },
            cancellation);
        return await database.Write(
            caller.Scope(),
            session => session.Once(caller.Once, async () =>
            {
                var review = new
                {
                    session.OrganisationId,
                    owner.ProjectId,
                    ReviewedDay = Days.Number(Days.Parse(body.ReviewedOn)),
                    body.Kind,
                    body.Decision,
                    body.Note,
                    Now = session.NowUtc,
                    By = caller.KeyId,
                };
                if (await session.Single<long>(CountSame, review) > 0)
                {
                    throw new ProblemException(ProblemType.AlreadyExists, $"The project has a {body.Kind} review on {body.ReviewedOn} already.");
                }

                var reviewId = await session.Insert(Insert, review);
                await session.Execute(InsertSnapshot, new { ReviewId = reviewId, session.OrganisationId, ReviewFiguresReader.SchemaVersion, owner.ReviewCadenceDays, Figures = figures });
                foreach (var (action, index) in (body.Actions ?? []).Select((action, index) => (action, index)))
                {
                    await session.Execute(InsertAction, new
                    {
                        session.OrganisationId,
                        ReviewId = reviewId,
                        owner.ProjectId,
                        Number = index + 1,
                        action.Text,
                        action.Owner,
                        review.ReviewedDay,
                        DueDay = action.DueOn is null ? (int?)null : Days.Number(Days.Parse(action.DueOn)),
                        review.Now,
                    });
                }

                await session.Narrow(owner.ProjectId);
                return await Read(session, project, owner.ProjectId, reviewId);
            }),
            cancellation);
    }

    /// <summary>Says when an action was done.</summary>
    public async Task<ReviewResource> Change(Caller caller, string project, long id, long number, string? ifMatch, Func<ActionDoneBody, ActionDoneBody> change, CancellationToken cancellation)
    {
        var seen = ifMatch is null ? null : await Get(caller, project, id, null, cancellation);
        if (seen is not null)
        {
            ETags.Require(ifMatch, seen);
        }

        await database.Write(
            caller.Scope(),
            async session =>
            {
                var owner = await Find(session, project);
                var review = await Read(session, project, owner.ProjectId, id);
                if (seen is not null && !seen.Actions.SequenceEqual(review.Actions))
                {
                    throw new ProblemException(ProblemType.Stale, "The review is not the one of If-Match any more. Read it again.");
                }

                var action = review.Actions.FirstOrDefault(action => action.Number == number) ?? throw ProblemException.NotFound("action of this review");
                var after = change(new ActionDoneBody { DoneOn = action.DoneOn });
                var errors = Annotations.Check(after);
                if (errors.Count == 0 && after.DoneOn is not null && (string.CompareOrdinal(after.DoneOn, review.ReviewedOn) < 0 || Days.Parse(after.DoneOn) > caller.Today))
                {
                    errors.Add("/doneOn", $"must be from {review.ReviewedOn}, the day of the review, to today, {caller.Today:yyyy-MM-dd}.");
                }

                errors.ThrowIfAny();
                var parameters = new { session.OrganisationId, ReviewId = id, number, DoneDay = after.DoneOn is null ? (int?)null : Days.Number(Days.Parse(after.DoneOn)), Now = session.NowUtc, By = caller.KeyId };
                await session.Execute(SetDone, parameters);
                await session.Execute(Touch, parameters);
                return true;
            },
            cancellation);
        return await Get(caller, project, id, null, cancellation);
    }

    private static void Check(Caller caller, ReviewBody body)
    {
        if (body.Actions is { } posted && Enumerable.Range(0, posted.Count).Where(index => posted[index] is null).Cast<int?>().FirstOrDefault() is { } missing)
        {
            throw new ProblemException(ProblemType.Malformed, "An action is an object.", new Errors().Add($"/actions/{missing}", "must not be null.", ProblemType.Malformed));
        }

        var errors = Annotations.Check(body);
        if (body.Actions?.Count > Limits.ActionsPerReview)
        {
            errors.Add("/actions", $"must be at most {Limits.ActionsPerReview}.");
        }

        errors.ThrowIfAny();
        if (Days.Parse(body.ReviewedOn) > caller.Today)
        {
            errors.Add("/reviewedOn", $"must not be after today, {caller.Today:yyyy-MM-dd} for this organisation.");
        }

        foreach (var (action, index) in (body.Actions ?? []).Select((action, index) => (action, index)))
        {
            if (action.DueOn is not null && string.CompareOrdinal(action.DueOn, body.ReviewedOn) < 0)
            {
                errors.Add($"/actions/{index}/dueOn", "must not be before the review.");
            }
        }

        errors.ThrowIfAny();
    }

    private static async Task<Project> Find(Session session, string project)
    {
        var found = await session.Single<Project>(SelectProject, new { session.OrganisationId, project }) ?? throw ProblemException.NotFound("project");
        await session.Narrow(found.ProjectId);
        return found;
    }

    private static async Task<ReviewResource> Read(Session session, string project, long projectId, long reviewId)
    {
        var row = await session.Single<Row>(SelectOne, new { session.OrganisationId, ProjectId = projectId, ReviewId = reviewId, session.Scope.AsOfDay }) ?? throw ProblemException.NotFound("review of this project");
        return row.Resource(project, (await Actions(session, projectId, reviewId))[reviewId], (await Effects(session, projectId, reviewId, [row]))[reviewId]);
    }

    private static async Task<ILookup<long, ActionRow>> Actions(Session session, long projectId, long? reviewId) =>
        (await session.Query<ActionRow>(SelectActions, new { ProjectId = projectId, ReviewId = reviewId })).ToLookup(row => row.ReviewId);

    // Only an adjustment has effects, and they cost what the weeks of the project cost.
    private static async Task<ILookup<long, EffectRow>> Effects(Session session, long projectId, long? reviewId, IEnumerable<Row> reviews) =>
        (reviews.Any(row => row.Decision == "adjust") ? await session.Query<EffectRow>(SelectEffects, new { ProjectId = projectId, ReviewId = reviewId }) : []).ToLookup(row => row.ReviewId);

    private sealed record Project
    {
        public long ProjectId { get; init; }

        public int StartDay { get; init; }

        public int ReviewCadenceDays { get; init; }

        public string? LaunchedAtUtc { get; init; }
    }

    private sealed record ActionRow
    {
        public long ReviewId { get; init; }

        public int Number { get; init; }

        public string Text { get; init; } = "";

        public string? Owner { get; init; }

        public string? DueOn { get; init; }

        public string? DoneOn { get; init; }

        public int IsOverdue { get; init; }

        public ReviewActionResource Resource() => new() { Number = Number, Text = Text, Owner = Owner, DueOn = DueOn, DoneOn = DoneOn, Overdue = IsOverdue == 1 };
    }

    private sealed record EffectRow
    {
        public long ReviewId { get; init; }

        public string Kpi { get; init; } = "";

        public string? WeekBefore { get; init; }

        public string? StatusBefore { get; init; }

        public double? DriftBefore { get; init; }

        public string? WeekSince { get; init; }

        public string? StatusSince { get; init; }

        public double? DriftSince { get; init; }

        public double? DriftChange { get; init; }

        public string Effect { get; init; } = "";

        public ReviewEffect Resource() => new()
        {
            Kpi = Kpi,
            WeekBefore = WeekBefore,
            StatusBefore = StatusBefore,
            DriftBefore = DriftBefore,
            WeekSince = WeekSince,
            StatusSince = StatusSince,
            DriftSince = DriftSince,
            DriftChange = DriftChange,
            Effect = Effect,
        };
    }

    private sealed record Row
    {
        public long ReviewId { get; init; }

        public int ReviewedDay { get; init; }

        public string ReviewKind { get; init; } = "";

        public string Decision { get; init; } = "";

        public string? Note { get; init; }

        public string CreatedAtUtc { get; init; } = "";

        public string Figures { get; init; } = "";

        public ReviewResource Resource(string project, IEnumerable<ActionRow> actions, IEnumerable<EffectRow> effects) => new()
        {
            Id = ReviewId,
            Project = project,
            ReviewedOn = Days.Text(ReviewedDay),
            Kind = ReviewKind,
            Decision = Decision,
            Note = Note,
            Actions = actions.Select(action => action.Resource()).ToList(),
            Snapshot = ReviewFiguresReader.Thaw(Figures),
            Now = null,
            Effects = effects.Select(effect => effect.Resource()).ToList(),
            CreatedAt = CreatedAtUtc,
        };
    }
}
