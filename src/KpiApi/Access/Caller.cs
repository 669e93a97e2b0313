using KpiApi.Http;
using KpiApi.Storage;
using KpiApi.Texts;

namespace KpiApi.Access;

/// <summary>
/// Who asks: one organisation and one role, from the credential and from nothing else. Who may lag asks for whole tables, which may come from a copy
/// of the database that is a moment behind.
/// </summary>
internal sealed class Caller(long organisationId, Role role, string keyId, TimeZoneInfo timeZone, TimeProvider time, bool mayLag = false)
{
    public long OrganisationId => organisationId;

    public Role Role => role;

    /// <summary>The public part of the key, kept in history as who did it.</summary>
    public string KeyId => keyId;

    public TimeZoneInfo TimeZone => timeZone;

    /// <summary>The Idempotency-Key of a POST, if it has one.</summary>
    public Once? Once { get; set; }

    /// <summary>The language to write to the caller in: the organisation's, until the request names another.</summary>
    public Language Language { get; set; } = Language.French;

    /// <summary>The organisation's current day, which is not over yet.</summary>
    public DateOnly Today => OrganisationCalendar.Today(time, timeZone);

    /// <summary>The business day of an instant.</summary>
    public DateOnly DayOf(DateTimeOffset instant) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, timeZone).DateTime);

    /// <summary>The caller's rows as of today.</summary>
    public Scope Scope() => OrganisationCalendar.Scope(organisationId, Today, Today) with { MayLag = mayLag };

    /// <summary>The caller's rows as of the day of <c>?asOf=</c>.</summary>
    /// <exception cref="ProblemException">400: not a day, after today, or before the calendar.</exception>
    public Scope Scope(string? asOf)
    {
        if (asOf is null)
        {
            return Scope();
        }

        var today = Today;
        if (!Days.TryParse(asOf, out var day))
        {
            throw ProblemException.Query("asOf", "must be a day as YYYY-MM-DD.");
        }

        if (day > today)
        {
            throw ProblemException.Query("asOf", $"must not be after today, {today:yyyy-MM-dd} for this organisation.");
        }

        return day < Days.First
            ? throw ProblemException.Query("asOf", $"must not be before {Days.First:yyyy-MM-dd}.")
            : OrganisationCalendar.Scope(organisationId, day, today) with { MayLag = mayLag };
    }

    /// <summary>The caller's rows as of a day, of which no more is over than was at an instant: only facts can tell it from what was seen then.</summary>
    public Scope ScopeSeenAt(DateTimeOffset instant, DateOnly asOf) => OrganisationCalendar.Scope(organisationId, asOf, DayOf(instant)) with { MayLag = mayLag };
}

/// <summary>The one place where a day boundary is decided.</summary>
internal static class OrganisationCalendar
{
    public static DateOnly Today(TimeProvider time, TimeZoneInfo timeZone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time.GetUtcNow(), timeZone).DateTime);

    /// <summary>closed = min(asOf, yesterday).</summary>
    public static Scope Scope(long organisationId, DateOnly asOf, DateOnly today) =>
        new(organisationId, Days.Number(asOf), Math.Min(Days.Number(asOf), Days.Number(today) - 1));
}
