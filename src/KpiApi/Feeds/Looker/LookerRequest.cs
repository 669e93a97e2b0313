using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Feeds.Looker;

/// <summary>Reads what the report tool asks.</summary>
internal static class LookerRequest
{
    // A report cannot show more, and one engine cannot group by more.
    private const int MostFields = 200;

    /// <exception cref="ProblemException">400: a null in a list. 422: it names a field, a date or a day that there is not.</exception>
    public static LookerQuery Read(LookerDataBody body, Feed feed, IReadOnlyList<LookerField> fields, TextSql engine, int mostRows)
    {
        RefuseNull(body.Fields, "/fields");
        var filters = body.DimensionsFilters ?? [];
        RefuseNull(filters, "/dimensionsFilters");
        for (var index = 0; index < filters.Count; index++)
        {
            RefuseNull(filters[index], $"/dimensionsFilters/{index}");
        }

        var errors = new Errors();
        var asked = new List<(LookerField, bool)>();
        if (body.Fields.Count is 0 or > MostFields)
        {
            errors.Add("/fields", $"must have 1 to {MostFields} fields.");
        }

        for (var index = 0; index < body.Fields.Count && errors.Count == 0; index++)
        {
            if (fields.FirstOrDefault(field => field.Name == body.Fields[index].Name) is { } field)
            {
                asked.Add((field, body.Fields[index].ForFilterOnly == true));
            }
            else
            {
                errors.Add($"/fields/{index}/name", $"is not a field of {feed.Url}. Refresh the fields of the data source.");
            }
        }

        if (asked.Count > 0 && asked.All(field => field.Item2))
        {
            errors.Add("/fields", "must have a field that is not for filters only.");
        }

        var range = Range(body, feed, errors);
        errors.ThrowIfAny();
        return new LookerQuery(feed, fields, asked, filters, range, engine, mostRows, body.ScriptParams?.SampleExtraction == true);
    }

    /// <summary>The caller's rows as of the day that was chosen.</summary>
    /// <exception cref="ProblemException">422: not a day, or one after today.</exception>
    public static Scope Scope(LookerSettingsBody settings, Caller caller) => settings.AsOf switch
    {
        null or "" => caller.Scope(),
        var text when !Days.TryParse(text, out var day) || day < Days.First || day > caller.Today =>
            throw ProblemException.Invalid("/configParams/asOf", $"must be a day as YYYY-MM-DD, from {Days.First:yyyy-MM-dd} to today, {caller.Today:yyyy-MM-dd} for this organisation."),
        var text => caller.Scope(text),
    };

    private static void RefuseNull<T>(IReadOnlyList<T> list, string pointer)
    {
        for (var index = 0; index < list.Count; index++)
        {
            if (list[index] is null)
            {
                throw new ProblemException(ProblemType.Malformed, $"{pointer}/{index} must not be null.", new Errors().Add($"{pointer}/{index}", "must not be null."));
            }
        }
    }

    private static (Column, DateOnly, DateOnly)? Range(LookerDataBody body, Feed feed, Errors errors)
    {
        var chosen = body.ConfigParams.DateColumn;
        var column = string.IsNullOrEmpty(chosen) ? LookerFields.DefaultDate(feed) : LookerFields.Dates(feed).FirstOrDefault(date => date.Name == chosen);
        if (column is null && chosen is not (null or "" or LookerConfiguration.NoDate))
        {
            errors.Add("/configParams/dateColumn", $"is not a date of {feed.Url}.");
        }

        if (body.DateRange is not { } range)
        {
            return null;
        }

        var from = Day(range.StartDate, "/dateRange/startDate", errors);
        var to = Day(range.EndDate, "/dateRange/endDate", errors);
        return column is null ? null : (column, from, to);
    }

    private static DateOnly Day(string text, string pointer, Errors errors)
    {
        if (!Days.TryParse(text, out var day))
        {
            errors.Add(pointer, "must be a day as YYYY-MM-DD.");
        }

        return day;
    }
}
