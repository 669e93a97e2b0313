namespace KpiApi.Storage;

/// <summary>
/// What a connection sees through the view of the same name: one organisation, as of one day.
/// </summary>
/// <param name="OrganisationId">The tenant; null sees no rows of anybody.</param>
/// <param name="AsOfDay">The last day that counts.</param>
/// <param name="ClosedDay">The last day that is over: min(asOf, yesterday).</param>
/// <param name="ProjectId">The one project that is asked about, so that no view computes the others; null: all.</param>
internal readonly record struct Scope(long? OrganisationId, int AsOfDay, int ClosedDay, long? ProjectId = null)
{
    /// <summary>Belongs to no organisation: for credentials and the command line.</summary>
    public static readonly Scope None = new(null, 0, 0);
}
