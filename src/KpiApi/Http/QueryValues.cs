using KpiApi.Storage;

namespace KpiApi.Http;

/// <summary>Values of query parameters, read strictly: a wrong one is a 400, never ignored.</summary>
internal static class QueryValues
{
    public static DateOnly? Day(string name, string? text) =>
        text is null ? null : Days.TryParse(text, out var date) ? date : throw ProblemException.Query(name, "must be a day as YYYY-MM-DD.");

    /// <summary>A numeric id of a path. Anything else is as absent as an unknown one.</summary>
    public static long Id(string text, string what) =>
        long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var id) ? id : throw ProblemException.NotFound(what);
}
