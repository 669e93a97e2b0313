using System.Reflection;
using Microsoft.AspNetCore.Mvc;
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

    /// <summary>
    /// A parameter that is misspelt, meant for another address or given twice would change what is answered, or stored, in silence. What an endpoint takes is
    /// what its handler names with a default.
    /// </summary>
    public static RouteGroupBuilder TakesNamedQueryOnly(this RouteGroupBuilder group) => group.AddEndpointFilterFactory((factory, next) =>
    {
        var names = factory.MethodInfo.GetParameters()
            .Where(parameter => parameter.HasDefaultValue && parameter.GetCustomAttribute<FromHeaderAttribute>() is null)
            .Select(parameter => parameter.Name!)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        return context =>
        {
            foreach (var (name, values) in context.HttpContext.Request.Query)
            {
                if (!names.Contains(name) && !(name.Equals(AnswerLanguage.QueryName, StringComparison.OrdinalIgnoreCase) && AnswerLanguage.IsOf(context.HttpContext.GetEndpoint()!.Metadata)))
                {
                    throw ProblemException.Query(name, "is not a parameter of this address.");
                }

                if (values.Count > 1)
                {
                    throw ProblemException.Query(name, "is given more than once.");
                }
            }

            return next(context);
        };
    });
}
