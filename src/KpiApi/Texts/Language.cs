using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace KpiApi.Texts;

/// <summary>The languages that the program writes to people in.</summary>
internal enum Language
{
    French,
    English,
}

internal static class Languages
{
    /// <summary>As headers, addresses and the organisation's settings spell it.</summary>
    public static string Tag(this Language language) => language == Language.French ? "fr" : "en";

    /// <summary>Null for a language that is not offered.</summary>
    public static Language? Find(string tag) => tag.Split('-')[0].ToLowerInvariant() switch
    {
        "fr" => Language.French,
        "en" => Language.English,
        _ => null,
    };

    /// <summary>What Accept-Language likes best of what there is; a header that says nothing of use leaves <paramref name="otherwise"/>.</summary>
    public static Language Choose(StringValues acceptLanguage, Language otherwise) => !StringWithQualityHeaderValue.TryParseList(acceptLanguage, out var wanted)
        ? otherwise
        : wanted.Where(one => one.Quality is not 0)
            .OrderByDescending(one => one.Quality ?? 1)
            .Select(one => one.Value == "*" ? otherwise : Find(one.Value.Value ?? ""))
            .FirstOrDefault(language => language is not null) ?? otherwise;

    /// <summary>The text of the two that a language asks for; the other one where there is only that.</summary>
    public static string Pick(this Language language, string? french, string? english) => (language == Language.French ? french ?? english : english ?? french) ?? "";
}
