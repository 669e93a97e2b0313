namespace KpiApi.Feeds.Looker;

/// <summary>The steps in which a data source is configured: which feed, then how it is read.</summary>
internal static class LookerConfiguration
{
    /// <summary>The choice that leaves a report's range of days without effect.</summary>
    public const string NoDate = "none";

    public static LookerConfig Of(LookerConfigBody body)
    {
        var chosen = body.ConfigParams;
        var isFrench = LookerWords.IsFrench(chosen?.Language ?? body.LanguageCode);
        var feed = chosen?.Feed is { } url ? FeedCatalogue.Find(url) : null;
        IReadOnlyList<LookerQuestion> first = [FeedQuestion(isFrench), LanguageQuestion(isFrench)];
        return feed is null
            ? new LookerConfig { ConfigParams = first, IsSteppedConfig = true, DateRangeRequired = true }
            : new LookerConfig { ConfigParams = [.. first, About(feed, isFrench), DateQuestion(feed, isFrench), AsOfQuestion(isFrench)], IsSteppedConfig = false, DateRangeRequired = LookerFields.Dates(feed).Any() };
    }

    private static LookerQuestion FeedQuestion(bool isFrench) => new()
    {
        Type = "SELECT_SINGLE",
        Name = "feed",
        DisplayName = "Table",
        HelpText = isFrench ? "La table à lire. Une source de données lit une table." : "The table to read. A data source reads one table.",
        Options = [.. FeedCatalogue.All.Select(feed => new LookerOption { Label = FeedWords.Of(feed, isFrench)?.Label ?? feed.View, Value = feed.Url })],
        IsDynamic = true,
    };

    private static LookerQuestion LanguageQuestion(bool isFrench) => new()
    {
        Type = "SELECT_SINGLE",
        Name = "language",
        DisplayName = isFrench ? "Langue" : "Language",
        HelpText = isFrench ? "La langue des noms de champs." : "The language of the names of fields.",
        Options = [new() { Label = "Français", Value = "fr" }, new() { Label = "English", Value = "en" }],
        IsDynamic = true,
    };

    private static LookerQuestion About(Feed feed, bool isFrench) =>
        new() { Type = "INFO", Name = "about", Text = FeedWords.Of(feed, isFrench)?.Description ?? feed.Description };

    private static LookerQuestion DateQuestion(Feed feed, bool isFrench)
    {
        var preferred = LookerFields.DefaultDate(feed);
        var none = new LookerOption { Label = isFrench ? "Aucune : toutes les lignes" : "None: all rows", Value = NoDate };
        var dates = LookerFields.Dates(feed).OrderBy(column => column != preferred).Select(column => new LookerOption { Label = FeedWords.Of(feed, column, isFrench)?.Label ?? column.Name, Value = column.Name }).ToList();
        return new LookerQuestion
        {
            Type = "SELECT_SINGLE",
            Name = "dateColumn",
            DisplayName = isFrench ? "Date de la période" : "Date of the range",
            HelpText = isFrench ? "La date à laquelle s'applique la période du rapport." : "The date that the report's date range applies to.",
            // The first one is what the data is read by when nothing is chosen.
            Options = preferred is null ? [none, .. dates] : [.. dates, none],
        };
    }

    private static LookerQuestion AsOfQuestion(bool isFrench) => new()
    {
        Type = "TEXTINPUT",
        Name = "asOf",
        DisplayName = isFrench ? "À la date du" : "As of",
        HelpText = isFrench ? "Le dernier jour qui compte, AAAA-MM-JJ. Vide : aujourd'hui." : "The last day that counts, YYYY-MM-DD. Empty: today.",
        Placeholder = "2025-06-30",
        ParameterControl = new LookerParameter { AllowOverride = true },
    };
}
