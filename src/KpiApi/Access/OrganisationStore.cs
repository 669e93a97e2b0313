using System.Text.RegularExpressions;
using KpiApi.Storage;

namespace KpiApi.Access;

/// <summary>Organisations and their keys. Used before anybody is authenticated, so it is the one store that names no tenant.</summary>
internal sealed partial class OrganisationStore(Database database)
{
    private const string InsertOrganisation = """
        INSERT INTO Organisation (Code, Name, TimeZone, WindowsTimeZone, Currency, Language, FiscalYearStartMonth, DataVersion, Version, CreatedAtUtc, UpdatedAtUtc)
        VALUES (@Code, @Name, @TimeZone, @WindowsTimeZone, 'EUR', 'fr', 1, 1, 1, @Now, @Now)
        """;

    private const string InsertCatalogue = """
        INSERT INTO Kpi (OrganisationId, Code, NameFr, NameEn, Domain, Unit, Direction, Aggregation, NumeratorLabel, DenominatorLabel, ThresholdKind, ThresholdValue, IsCatalog, Version, CreatedAtUtc, UpdatedAtUtc)
        SELECT @OrganisationId, Code, NameFr, NameEn, Domain, Unit, Direction, Aggregation, NumeratorLabel, DenominatorLabel, ThresholdKind, ThresholdValue, 1, 1, @Now, @Now
        FROM CatalogKpi
        ORDER BY Position
        """;

    private const string SelectOrganisationId = "SELECT OrganisationId FROM Organisation WHERE Code = @Code";

    private const string InsertKey = """
        INSERT INTO ApiKey (OrganisationId, PublicId, SecretHash, Role, Name, CreatedAtUtc, ExpiresAtUtc)
        VALUES (@OrganisationId, @PublicId, @SecretHash, @Role, @Name, @Now, @ExpiresAtUtc)
        """;

    private const string RevokeNamed = "UPDATE ApiKey SET RevokedAtUtc = @Now WHERE OrganisationId = @OrganisationId AND Name = @Name AND RevokedAtUtc IS NULL";

    private const string SelectKey = """
        SELECT k.OrganisationId, k.SecretHash, k.Role, k.ExpiresAtUtc, k.RevokedAtUtc, o.TimeZone, o.Language
        FROM ApiKey k
        JOIN Organisation o ON o.OrganisationId = k.OrganisationId
        WHERE k.PublicId = @publicId
        """;

    private const string SelectOrganisation = "SELECT OrganisationId, TimeZone, Language FROM Organisation WHERE Code = @code";

    public Task<StoredKey?> Find(string publicId, CancellationToken cancellation) =>
        database.Read(Scope.None, session => session.Single<StoredKey>(SelectKey, new { publicId }), cancellation);

    /// <summary>The organisation that a token names.</summary>
    public Task<StoredOrganisation?> FindByCode(string code, CancellationToken cancellation) =>
        database.Read(Scope.None, session => session.Single<StoredOrganisation>(SelectOrganisation, new { code }), cancellation);

    public Task<long?> IdOf(string code, CancellationToken cancellation) =>
        database.Read(Scope.None, session => session.Single<long?>(SelectOrganisationId, new { Code = code }), cancellation);

    /// <summary>Makes an organisation that holds the catalogue.</summary>
    /// <exception cref="ConfigurationException">The code is malformed or taken, or the time zone is unknown.</exception>
    public Task<long> Create(string code, string name, string timeZone, CancellationToken cancellation)
    {
        if (!CodeForm().IsMatch(code))
        {
            throw new ConfigurationException($"'{code}' is not a code: lower-case letters, digits and hyphens, at most 64, starting with a letter or digit.");
        }

        if (!TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out var zone) || !(zone.HasIanaId || zone == TimeZoneInfo.Utc))
        {
            throw new ConfigurationException($"'{timeZone}' is not a time zone of the IANA list; example: Europe/Paris.");
        }

        return database.Write(
            Scope.None,
            async session =>
            {
                if (await session.Single<long?>(SelectOrganisationId, new { Code = code }) is not null)
                {
                    throw new ConfigurationException($"The organisation '{code}' exists already.");
                }

                // For logins that go straight to a SQL Server, whose zone names are those of Windows.
                var windows = TimeZoneInfo.TryConvertIanaIdToWindowsId(timeZone, out var id) ? id : null;
                var organisationId = await session.Insert(InsertOrganisation, new { Code = code, Name = name, TimeZone = timeZone, WindowsTimeZone = windows, Now = session.NowUtc });
                await session.Execute(InsertCatalogue, new { OrganisationId = organisationId, Now = session.NowUtc });
                return organisationId;
            },
            cancellation);
    }

    /// <summary>Makes a key and returns it whole, the only time that it can be seen.</summary>
    public Task<ApiKey> CreateKey(long organisationId, Role role, string name, DateTimeOffset? expires, CancellationToken cancellation) =>
        database.Write(Scope.None, session => InsertNew(session, organisationId, role, name, expires), cancellation);

    /// <summary>The same in a transaction that does more.</summary>
    public static async Task<ApiKey> InsertNew(Session session, long organisationId, Role role, string name, DateTimeOffset? expires)
    {
        var key = ApiKey.New();
        await session.Execute(InsertKey, new
        {
            OrganisationId = organisationId,
            key.PublicId,
            SecretHash = key.Hash(),
            Role = role.ToString().ToLowerInvariant(),
            Name = name,
            Now = session.NowUtc,
            ExpiresAtUtc = expires is { } instant ? Instants.Text(instant) : null,
        });
        return key;
    }

    /// <summary>Revokes every live key of that name.</summary>
    public Task<int> RevokeKeys(long organisationId, string name, CancellationToken cancellation) =>
        database.Write(Scope.None, session => session.Execute(RevokeNamed, new { OrganisationId = organisationId, Name = name, Now = session.NowUtc }), cancellation);

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,63}\\z", RegexOptions.NonBacktracking)]
    private static partial Regex CodeForm();

    internal sealed record StoredKey
    {
        public long OrganisationId { get; init; }

        public string SecretHash { get; init; } = "";

        public string Role { get; init; } = "";

        public string? ExpiresAtUtc { get; init; }

        public string? RevokedAtUtc { get; init; }

        public string TimeZone { get; init; } = "";

        public string Language { get; init; } = "";
    }

    internal sealed record StoredOrganisation
    {
        public long OrganisationId { get; init; }

        public string TimeZone { get; init; } = "";

        public string Language { get; init; } = "";
    }
}
