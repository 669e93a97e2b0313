using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Access;

/// <summary>The keys of the caller's organisation.</summary>
internal sealed class ApiKeyStore(Database database, TimeProvider time)
{
    private const string ListName = "api-keys";
    private const string Columns = "ApiKeyId, PublicId AS Id, Name, Role, CreatedAtUtc AS CreatedAt, ExpiresAtUtc AS ExpiresAt, RevokedAtUtc AS RevokedAt, LastUsedAtUtc AS LastUsedAt";
    private const string SelectAfter = "SELECT " + Columns + " FROM ApiKey WHERE OrganisationId = @OrganisationId AND ApiKeyId > @after ORDER BY ApiKeyId";
    private const string SelectOne = "SELECT " + Columns + " FROM ApiKey WHERE OrganisationId = @OrganisationId AND PublicId = @id";

    private const string CountOtherAdmins = """
        SELECT COUNT(*)
        FROM ApiKey
        WHERE OrganisationId = @OrganisationId AND Role = 'admin' AND PublicId <> @id AND RevokedAtUtc IS NULL AND (ExpiresAtUtc IS NULL OR ExpiresAtUtc > @Now)
        """;

    private const string UpdateRevoked = "UPDATE ApiKey SET RevokedAtUtc = @Now WHERE OrganisationId = @OrganisationId AND PublicId = @id AND RevokedAtUtc IS NULL";

    public Task<Page<ApiKeyResource>> List(Scope scope, int limit, string? cursor, CancellationToken cancellation) => database.Read(
        scope,
        async session =>
        {
            var rows = await session.Page<Row>(SelectAfter, new { session.OrganisationId, after = Paging.IdAfter(ListName, cursor), limit = limit + 1 });
            var page = Paging.Cut(rows, limit, row => Paging.Cursor(ListName, row.ApiKeyId));
            return new Page<ApiKeyResource> { Items = page.Items.Select(row => row.Resource()).ToList(), NextCursor = page.NextCursor };
        },
        cancellation);

    public Task<ApiKeyResource> Get(Scope scope, string id, CancellationToken cancellation) =>
        database.Read(scope, async session => (await Find(session, id)).Resource(), cancellation);

    /// <summary>Makes a key and returns it whole. What an Idempotency-Key remembers of it is its id.</summary>
    /// <exception cref="ProblemException">409: the Idempotency-Key made a key before, whose secret was shown then.</exception>
    public Task<ApiKeyCreated> Create(Caller caller, ApiKeyBody body, CancellationToken cancellation)
    {
        Annotations.Check(body).ThrowIfAny();
        return database.Write(
            caller.Scope(),
            async session =>
            {
                ApiKeyCreated? made = null;
                var stored = await session.Once(caller.Once, async () =>
                {
                    var expires = body.ExpiresInDays is { } days ? time.GetUtcNow().AddDays(days) : (DateTimeOffset?)null;
                    var key = await OrganisationStore.InsertNew(session, session.OrganisationId, Enum.Parse<Role>(body.Role, ignoreCase: true), body.Name, expires);
                    var row = await Find(session, key.PublicId);
                    made = new ApiKeyCreated { Key = key.ToString(), Id = row.Id, Name = row.Name, Role = row.Role, CreatedAt = row.CreatedAt, ExpiresAt = row.ExpiresAt };
                    return row.Resource();
                });
                return made ?? throw new ProblemException(ProblemType.SecretNotReplayed, $"The first request with this Idempotency-Key made the key '{stored.Id}' and showed its secret, which is not kept. If it was lost, revoke that key and make another.");
            },
            cancellation);
    }

    /// <summary>Revokes a key; one that was revoked before stays as it is.</summary>
    /// <exception cref="ProblemException">409: without it nobody could manage keys any more.</exception>
    public Task Revoke(Scope scope, string id, CancellationToken cancellation) => database.Write(
        scope,
        async session =>
        {
            var row = await Find(session, id);
            var isLive = row.RevokedAt is null && (row.ExpiresAt is null || string.CompareOrdinal(row.ExpiresAt, session.NowUtc) > 0);
            if (isLive && row.Role == "admin" && await session.Single<long>(CountOtherAdmins, new { session.OrganisationId, id, Now = session.NowUtc }) == 0)
            {
                throw new ProblemException(ProblemType.InUse, "It is the last live admin key of the organisation. Make another first, here or on the command line of the server: key create --role admin");
            }

            return await session.Execute(UpdateRevoked, new { session.OrganisationId, id, Now = session.NowUtc });
        },
        cancellation);

    private static async Task<Row> Find(Session session, string id) =>
        await session.Single<Row>(SelectOne, new { session.OrganisationId, id }) ?? throw ProblemException.NotFound("API key");

    private sealed record Row
    {
        public long ApiKeyId { get; init; }

        public string Id { get; init; } = "";

        public string Name { get; init; } = "";

        public string Role { get; init; } = "";

        public string CreatedAt { get; init; } = "";

        public string? ExpiresAt { get; init; }

        public string? RevokedAt { get; init; }

        public string? LastUsedAt { get; init; }

        public ApiKeyResource Resource() =>
            new() { Id = Id, Name = Name, Role = Role, CreatedAt = CreatedAt, ExpiresAt = ExpiresAt, RevokedAt = RevokedAt, LastUsedAt = LastUsedAt };
    }
}
