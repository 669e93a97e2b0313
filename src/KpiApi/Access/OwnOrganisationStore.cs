using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Access;

/// <summary>The caller's own organisation.</summary>
internal sealed class OwnOrganisationStore(Database database)
{
    private const string Select = "SELECT Code, Name, TimeZone, Currency, Language, FiscalYearStartMonth FROM Organisation WHERE OrganisationId = @OrganisationId";

    private const string Update = """
        UPDATE Organisation
        SET Name = @Name, TimeZone = @TimeZone, WindowsTimeZone = COALESCE(@WindowsTimeZone, WindowsTimeZone), Currency = @Currency, Language = @Language,
            FiscalYearStartMonth = @FiscalYearStartMonth, Version = Version + 1, UpdatedAtUtc = @Now
        WHERE OrganisationId = @OrganisationId
        """;

    public Task<OrganisationBody> Get(Scope scope, CancellationToken cancellation) => database.Read(scope, Read, cancellation);

    public Task<OrganisationBody> Change(Scope scope, string? ifMatch, Func<OrganisationBody, OrganisationBody> change, CancellationToken cancellation) => database.Write(
        scope,
        async session =>
        {
            var before = await Read(session);
            ETags.Require(ifMatch, before);
            var after = change(before);
            var errors = Annotations.Check(after);
            if (after.Code != before.Code)
            {
                errors.Add("/code", "never changes.");
            }

            // An older zone that was accepted on the command line stays until it is changed.
            string? windows = null;
            if (after.TimeZone != before.TimeZone && !IsTimeZone(after.TimeZone, out windows))
            {
                errors.Add("/timeZone", "must be a time zone of the IANA list, such as Europe/Paris.");
            }

            errors.ThrowIfAny();
            await session.Execute(Update, new
            {
                session.OrganisationId,
                after.Name,
                after.TimeZone,
                // For logins that go straight to the database, which may know zones by the names of Windows.
                WindowsTimeZone = windows,
                after.Currency,
                after.Language,
                after.FiscalYearStartMonth,
                Now = session.NowUtc,
            });
            return after;
        },
        cancellation);

    // A zone that has a name on Windows too is one of the list; what else a machine finds among its files is not.
    private static bool IsTimeZone(string? id, out string? windows)
    {
        windows = null;
        return id is { Length: > 0 and <= 64 } && TimeZoneInfo.TryConvertIanaIdToWindowsId(id, out windows) && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) && zone.HasIanaId && zone.Id == id;
    }

    private static async Task<OrganisationBody> Read(Session session) => (await session.Single<OrganisationBody>(Select, new { session.OrganisationId }))!;
}
