namespace KpiApi.Feeds.Looker;

/// <summary>What people read of a data source, in French or English.</summary>
internal static class LookerWords
{
    public static bool IsFrench(string? language) => language?.StartsWith("fr", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The field as the tool lists it.</summary>
    /// <param name="feed">Its feed.</param>
    /// <param name="field">The field.</param>
    /// <param name="isFrench">The language.</param>
    /// <param name="currency">The currency of all amounts; null when there are several.</param>
    public static LookerSchemaField Describe(Feed feed, LookerField field, bool isFrench, string? currency)
    {
        var words = FeedWords.Of(field.Lender ?? feed, field.Column, isFrench) ?? new Wording(field.Name, field.Column.Description);
        var (dataType, semanticType, semanticGroup) = LookerTypes.Of(field.Column, currency);
        return new LookerSchemaField
        {
            Name = field.Name,
            Label = words.Label,
            Description = field.Grouping != Grouping.Only ? words.Description : words.Description + (isFrench ? " Vide quand plusieurs lignes se rencontrent." : " Empty where several rows meet."),
            Group = Group(field, isFrench),
            DataType = dataType,
            DefaultAggregationType = field.Grouping switch { Grouping.Dimension => null, Grouping.Sum or Grouping.Rows => "SUM", _ => "AUTO" },
            Formula = field.Formula,
            Semantics = new LookerSemantics
            {
                ConceptType = field.IsMetric ? "METRIC" : "DIMENSION",
                SemanticType = semanticType,
                SemanticGroup = semanticGroup,
                IsReaggregatable = field.IsMetric ? field.Grouping is Grouping.Sum or Grouping.Rows : null,
            },
        };
    }

    /// <summary>Why rows of several currencies, KPIs or kinds have no sum, and what to do.</summary>
    public static string Unlike(string column, bool isFrench) => (column, isFrench) switch
    {
        ("Currency", true) => "Des montants de devises différentes ne s'additionnent pas. Ajoutez la dimension Devise, ou filtrez sur une devise.",
        ("Currency", false) => "Amounts of different currencies are not added. Add the dimension Currency, or filter by one currency.",
        ("KpiId", true) => "Les faits de KPI différents ne s'additionnent pas. Ajoutez la dimension KPI, ou filtrez sur un KPI.",
        ("KpiId", false) => "Facts of different KPIs are not added. Add the dimension KPI, or filter by one KPI.",
        (_, true) => "Gains et coûts ne s'additionnent pas. Ajoutez la dimension Nature, ou prenez les champs Gain et Coût.",
        _ => "Gains and costs are not added. Add the dimension Kind, or take the fields Gain and Cost.",
    };

    /// <summary>That an answer would be too long.</summary>
    public static string TooMany(string most, bool isFrench) => isFrench
        ? $"La réponse dépasserait {most}. Réduisez la période, filtrez, ou prenez moins de dimensions."
        : $"The answer would be longer than {most}. Shorten the range of days, filter, or take fewer dimensions.";

    private static string Group(LookerField field, bool isFrench) => field switch
    {
        { Column.Semantic: "currency" } => isFrench ? "Montants" : "Amounts",
        { IsMetric: true } => isFrench ? "Chiffres" : "Figures",
        { Column.Type: ColumnType.Date or ColumnType.DateKey } or { Column.Semantic: "iso-week" or "month" or "year" or "quarter" or "month-of-year" or "week-of-year" or "month-index" } => isFrench ? "Dates" : "Days",
        { Column.Role: ColumnRole.Audit } => isFrench ? "Origine" : "Origin",
        { Column.Type: ColumnType.Key } => isFrench ? "Identifiants" : "Ids",
        _ when field.Name.StartsWith("Project", StringComparison.Ordinal) => isFrench ? "Projet" : "Project",
        _ when field.Name.StartsWith("Activity", StringComparison.Ordinal) => isFrench ? "Activité" : "Activity",
        _ when field.Name.StartsWith("Kpi", StringComparison.Ordinal) || field.Lender == DimensionFeeds.Kpis => "KPI",
        _ => isFrench ? "Détails" : "Details",
    };
}

/// <summary>The types of columns in the words of Looker Studio.</summary>
internal static class LookerTypes
{
    /// <summary>Currencies that it has a type for, of those that this program meets. An amount in another one is a number.</summary>
    private static readonly string[] Currencies =
        ["AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "JPY", "KRW", "MAD", "MXN", "NOK", "NZD", "PLN", "RON", "SEK", "SGD", "THB", "TRY", "USD", "ZAR"];

    public static (string DataType, string SemanticType, string? SemanticGroup) Of(Column column, string? currency) => column switch
    {
        { Type: ColumnType.Flag } => ("BOOLEAN", "BOOLEAN", null),
        { Type: ColumnType.Date or ColumnType.DateKey } => Time("YEAR_MONTH_DAY"),
        { Type: ColumnType.Instant } => Time("YEAR_MONTH_DAY_SECOND"),
        { Semantic: "iso-week" } => Time("YEAR_WEEK"),
        { Semantic: "month" } => Time("YEAR_MONTH"),
        { Semantic: "year" } => Time("YEAR"),
        { Semantic: "quarter" } => Time("QUARTER"),
        { Semantic: "month-of-year" } => Time("MONTH"),
        { Semantic: "week-of-year" } => Time("WEEK"),
        { Type: ColumnType.Text } => ("STRING", "TEXT", null),
        { Semantic: "percent" } => ("NUMBER", "PERCENT", "NUMERIC"),
        { Semantic: "currency" } when Currencies.Contains(currency) => ("NUMBER", "CURRENCY_" + currency, "CURRENCY"),
        _ => ("NUMBER", "NUMBER", "NUMERIC"),
    };

    private static (string DataType, string SemanticType, string SemanticGroup) Time(string type) => ("STRING", type, "DATETIME");
}
