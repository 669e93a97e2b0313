namespace KpiApi.Storage;

/// <summary>
/// What a connection sees through the view of the same name: one organisation, as of one day.
/// </summary>
/// <param name="OrganisationId">The tenant; null sees no rows of anybody.</param>
/// <param name="AsOfDay">The last day that counts.</param>
/// <param name="ClosedDay">The last day that is over: min(asOf, yesterday).</param>
/// <param name="ProjectId">The one project that is asked about, so that no view computes the others; null: all.</param>
/// <param name="MayLag">A reader of whole tables, which may see them as a copy of the database has them, a moment behind.</param>
/// <param name="IsProbe">Asks whether the database works: waits behind nobody for a connection.</param>
internal readonly record struct Scope(long? OrganisationId, int AsOfDay, int ClosedDay, long? ProjectId = null, bool MayLag = false, bool IsProbe = false)
{
    /// <summary>Belongs to no organisation: for credentials and the command line.</summary>
    public static readonly Scope None = new(null, 0, 0);

    public static readonly Scope Probe = None with { IsProbe = true };
}
