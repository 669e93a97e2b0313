using System.Text.Json;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Imports;

/// <summary>The import profiles of organisations, and those that every organisation has.</summary>
internal sealed class ImportProfileStore(Database database)
{
    private const string SelectOne = "SELECT Code, Definition FROM ImportProfile WHERE OrganisationId = @OrganisationId AND Code = @code";
    private const string SelectAfter = "SELECT Code, Definition FROM ImportProfile WHERE OrganisationId = @OrganisationId AND Code > @after ORDER BY Code";
    private const string Delete = "DELETE FROM ImportProfile WHERE OrganisationId = @OrganisationId AND Code = @code";

    private const string Update = """
        UPDATE ImportProfile SET Definition = @Definition, Version = Version + 1, UpdatedAtUtc = @Now WHERE OrganisationId = @OrganisationId AND Code = @code
        """;

    private const string Insert = """
        INSERT INTO ImportProfile (OrganisationId, Code, Definition, Version, CreatedAtUtc, UpdatedAtUtc)
        VALUES (@OrganisationId, @code, @Definition, 1, @Now, @Now)
        """;

    private static readonly ImportProfileResource[] BuiltIn = [new(FecRows.Name, isBuiltIn: true, FecRows.Profile)];

    public Task<Page<ImportProfileResource>> List(Scope scope, int limit, string? cursor, CancellationToken cancellation) => database.Read(
        scope,
        async session =>
        {
            var after = Paging.CodeAfter("import-profiles", cursor);
            var rows = await session.Page<Row>(SelectAfter, new { session.OrganisationId, after, limit = limit + 1 });
            var profiles = rows.Select(row => row.Resource()).Concat(BuiltIn.Where(profile => string.CompareOrdinal(profile.Name, after) > 0)).OrderBy(profile => profile.Name, StringComparer.Ordinal).Take(limit + 1).ToList();
            return Paging.ByCode("import-profiles", profiles, limit, profile => profile.Name);
        },
        cancellation);

    public Task<ImportProfileResource> Get(Scope scope, string name, CancellationToken cancellation) =>
        database.Read(scope, async session => await Find(session, name) ?? throw ProblemException.NotFound("import profile"), cancellation);

    /// <summary>The profile that a file is to be read with.</summary>
    /// <exception cref="ProblemException">400: there is none of that name, or it is for something else.</exception>
    public Task<ImportProfileResource> Named(Scope scope, string name, ImportTarget target, CancellationToken cancellation) => database.Read(
        scope,
        async session => await Find(session, name) is not { } profile ? throw ProblemException.Query("profile", "is not an import profile of this organisation.")
            : profile.Target == target.Name ? profile
            : throw ProblemException.Query("profile", $"is an import profile for {profile.Target}, not for {target.Name}."),
        cancellation);

    public Task<(ImportProfileResource Profile, bool IsNew)> Put(Scope scope, string name, string? ifMatch, ImportProfilePutBody body, CancellationToken cancellation)
    {
        ImportProfileRules.Check(name, body).ThrowIfAny();
        if (!new CodeAttribute().IsValid(name))
        {
            throw ProblemException.NotFound("import profile");
        }

        return database.Write(
            scope,
            async session =>
            {
                await Require(session, name, ifMatch);
                var parameters = new { session.OrganisationId, code = name, Definition = JsonSerializer.Serialize<ImportProfileBody>(body, StrictJson.Options), Now = session.NowUtc };
                var isNew = await session.Execute(Update, parameters) == 0;
                if (isNew)
                {
                    await session.Execute(Insert, parameters);
                }

                return (new ImportProfileResource(name, isBuiltIn: false, body), isNew);
            },
            cancellation);
    }

    public Task Remove(Scope scope, string name, string? ifMatch, CancellationToken cancellation) => database.Write(
        scope,
        async session =>
        {
            await Require(session, name, ifMatch);
            return await session.Execute(Delete, new { session.OrganisationId, code = name }) == 0 ? throw ProblemException.NotFound("import profile") : true;
        },
        cancellation);

    private static async Task Require(Session session, string name, string? ifMatch)
    {
        if (BuiltIn.Any(profile => profile.Name == name))
        {
            throw new ProblemException(ProblemType.ReadOnly, $"The profile '{name}' is the same for everybody. Make one that extends it.");
        }

        if (ifMatch is not null)
        {
            ETags.Require(ifMatch, await Find(session, name) ?? throw new ProblemException(ProblemType.Stale, "There is no such import profile."));
        }
    }

    private static async Task<ImportProfileResource?> Find(Session session, string name) =>
        BuiltIn.FirstOrDefault(profile => profile.Name == name) ?? (await session.Single<Row>(SelectOne, new { session.OrganisationId, code = name }))?.Resource();

    private sealed record Row
    {
        public string Code { get; init; } = "";

        public string Definition { get; init; } = "";

        public ImportProfileResource Resource() => new(Code, isBuiltIn: false, JsonSerializer.Deserialize<ImportProfileBody>(Definition, StrictJson.Options)!);
    }
}
