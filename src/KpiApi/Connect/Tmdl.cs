using System.Text;
using KpiApi.Feeds;

namespace KpiApi.Connect;

/// <summary>The semantic model in the text form that Power BI projects keep it in: tabs, one object or property on a line, UTF-8 without a byte order mark.</summary>
internal static class Tmdl
{

    /// <summary>All files of the model's definition: path and text.</summary>
    /// <param name="address">The root of the OData service.</param>
    /// <param name="isFrench">The language of who opens it without another one set.</param>
    public static IEnumerable<(string Path, string Text)> Files(string address, bool isFrench)
    {
        yield return ("database.tmdl", "database\n\tcompatibilityLevel: 1601\n");
        yield return ("model.tmdl", Model(isFrench));
        yield return ("expressions.tmdl", Expressions(address));
        yield return ("relationships.tmdl", Relationships());
        yield return ("cultures/en-US.tmdl", Culture("en-US", isFrench: false));
        yield return ("cultures/fr-FR.tmdl", Culture("fr-FR", isFrench: true));
        foreach (var feed in FeedCatalogue.All)
        {
            yield return ($"tables/{feed.View}.tmdl", Table(feed));
        }
    }

    private static string Model(bool isFrench)
    {
        var text = new TmdlText();
        text.Line(0, "model Model");
        text.Line(1, $"culture: {(isFrench ? "fr-FR" : "en-US")}");
        text.Line(1, "defaultPowerBIDataSourceVersion: powerBI_V3");
        // Figures are added up by measures only: a column of amounts does not know its currency.
        text.Line(1, "discourageImplicitMeasures");
        text.Line(1, "sourceQueryCulture: en-US");
        text.Line(1, "dataAccessOptions");
        text.Line(2, "legacyRedirects");
        text.Line(2, "returnErrorValuesAsNull");
        text.Blank();
        // There is one calendar, that of the feed of dates.
        text.Line(0, "annotation __PBI_TimeIntelligenceEnabled = 0");
        text.Blank();
        text.Line(0, $"annotation PBI_QueryOrder = [{string.Join(',', FeedCatalogue.All.Select(feed => feed.View).Prepend("RangeEnd").Prepend("RangeStart").Prepend("BaseUrl").Select(name => $"\"{name}\""))}]");
        text.Blank();
        foreach (var feed in FeedCatalogue.All)
        {
            text.Line(0, $"ref table {feed.View}");
        }

        text.Blank();
        text.Line(0, "ref cultureInfo en-US");
        text.Line(0, "ref cultureInfo fr-FR");
        return text.ToString();
    }

    private static string Expressions(string address)
    {
        var text = new TmdlText();
        void Add(string name, string value, string type, string description)
        {
            text.Description(0, description);
            text.Line(0, $"expression {name} = {value} meta [IsParameterQuery = true, Type = \"{type}\", IsParameterQueryRequired = true]");
            text.Line(1, $"lineageTag: {SemanticModel.Identity("expression/" + name)}");
            text.Blank();
            text.Line(1, $"annotation PBI_ResultType = {type}");
            text.Blank();
        }

        Add("BaseUrl", PowerQuery.Text(address), "Text", "Root of the OData service.");
        Add("RangeStart", $"#datetime({Storage.Days.First.Year}, 1, 1, 0, 0, 0)", "DateTime", "First day that is loaded of the tables with incremental refresh. Power BI sets it when a policy is defined.");
        Add("RangeEnd", $"#datetime({Storage.Days.Last.Year + 1}, 1, 1, 0, 0, 0)", "DateTime", "The day after the last one that is loaded of them.");
        return text.ToString();
    }

    private static string Relationships()
    {
        var text = new TmdlText();
        foreach (var relationship in SemanticModel.Relationships)
        {
            text.Line(0, $"relationship {SemanticModel.Identity($"relationship/{relationship.From.View}.{relationship.Column}")}");
            if (!relationship.IsActive)
            {
                text.Line(1, "isActive: false");
            }

            text.Line(1, $"fromColumn: {relationship.From.View}.{relationship.Column}");
            text.Line(1, $"toColumn: {relationship.To.View}.{relationship.To.Key[0]}");
            text.Blank();
        }

        return text.ToString();
    }

    private static string Culture(string culture, bool isFrench)
    {
        var text = new TmdlText();
        void Say(int depth, Wording wording)
        {
            text.Line(depth, $"caption: {wording.Label}");
            text.Line(depth, $"description: {wording.Description}");
        }

        text.Line(0, $"cultureInfo {culture}");
        text.Line(1, "translations");
        text.Line(2, "model Model");
        foreach (var feed in FeedCatalogue.All)
        {
            text.Line(3, $"table {feed.View}");
            Say(4, Captions.Of(feed, isFrench));
            foreach (var measure in Measures.All.Where(measure => measure.Table == feed.View))
            {
                text.Line(4, $"measure {TmdlText.Name(measure.Name)}");
                text.Line(5, $"caption: {(isFrench ? measure.French : measure.Name)}");
            }

            foreach (var column in feed.Columns)
            {
                text.Line(4, $"column {column.Name}");
                Say(5, Captions.Of(feed, column, isFrench));
            }
        }

        return text.ToString();
    }

    private static string Table(Feed feed)
    {
        var text = new TmdlText();
        text.Description(0, $"One row per {feed.Grain}. {feed.Description}");
        text.Line(0, $"table {feed.View}");
        text.Line(1, $"lineageTag: {SemanticModel.Identity("table/" + feed.View)}");
        if (SemanticModel.IsHidden(feed))
        {
            text.Line(1, "isHidden");
        }

        var isCalendar = feed == DimensionFeeds.Dates;
        if (isCalendar)
        {
            text.Line(1, "dataCategory: Time");
        }

        text.Blank();
        foreach (var measure in Measures.All.Where(measure => measure.Table == feed.View))
        {
            text.Description(1, measure.Description);
            text.Expression(1, $"measure {TmdlText.Name(measure.Name)} =", measure.Dax);
            text.Line(2, $"formatString: {measure.Format}");
            text.Line(2, $"lineageTag: {SemanticModel.Identity($"measure/{measure.Name}")}");
            text.Blank();
        }

        foreach (var column in feed.Columns)
        {
            Column(text, feed, column, isCalendarDay: isCalendar && column.Name == "Date");
        }

        if (isCalendar)
        {
            Hierarchy(text, "Calendar", "Year", "Quarter", "MonthStart", "Date");
            Hierarchy(text, "Weeks", "IsoYear", "Week", "Date");
        }

        text.Line(1, $"partition {feed.View} = m");
        text.Line(2, "mode: import");
        text.Expression(2, "source =", PowerQuery.Table(feed, "BaseUrl", feed.IsIncremental), isIndented: true);
        text.Blank();
        text.Line(1, "annotation PBI_ResultType = Table");
        return text.ToString();
    }

    private static void Column(TmdlText text, Feed feed, Column column, bool isCalendarDay)
    {
        text.Description(1, column.Description);
        text.Line(1, $"column {column.Name}");
        text.Line(2, $"dataType: {DataType(column)}");
        if (SemanticModel.IsHidden(feed, column))
        {
            text.Line(2, "isHidden");
        }

        if (isCalendarDay)
        {
            text.Line(2, "isKey");
        }

        if (Format(column) is { } format)
        {
            text.Line(2, $"formatString: {format}");
        }

        text.Line(2, $"lineageTag: {SemanticModel.Identity($"column/{feed.View}.{column.Name}")}");
        text.Line(2, "summarizeBy: none");
        text.Line(2, $"sourceColumn: {column.Name}");
        if (column.Name is "MonthNameFr" or "MonthNameEn")
        {
            text.Line(2, "sortByColumn: Month");
        }

        text.Blank();
        text.Line(2, "annotation SummarizationSetBy = User");
        text.Blank();
        if (column.Type == ColumnType.Date)
        {
            text.Line(2, "annotation UnderlyingDateTimeDataType = Date");
            text.Blank();
        }
    }

    private static void Hierarchy(TmdlText text, string name, params string[] columns)
    {
        text.Line(1, $"hierarchy {name}");
        text.Line(2, $"lineageTag: {SemanticModel.Identity("hierarchy/" + name)}");
        text.Blank();
        foreach (var column in columns)
        {
            text.Line(2, $"level {column}");
            text.Line(3, $"lineageTag: {SemanticModel.Identity($"level/{name}.{column}")}");
            text.Line(3, $"column: {column}");
            text.Blank();
        }
    }

    private static string DataType(Column column) => column.Type switch
    {
        ColumnType.Key or ColumnType.Integer or ColumnType.DateKey => "int64",
        ColumnType.Number => "double",
        ColumnType.Flag => "boolean",
        ColumnType.Date or ColumnType.Instant => "dateTime",
        _ => "string",
    };

    private static string? Format(Column column) => (column.Type, column.Semantic) switch
    {
        (ColumnType.Key or ColumnType.Integer or ColumnType.DateKey, _) => "0",
        (ColumnType.Number, "percent") => "0.0 %",
        (ColumnType.Number, "ratio" or "currency") => "#,0.00",
        (ColumnType.Number, _) => "#,0.00##",
        (ColumnType.Date, _) => "Short Date",
        (ColumnType.Instant, _) => "General Date",
        _ => null,
    };
}

/// <summary>Lines of TMDL.</summary>
internal sealed class TmdlText
{
    private readonly StringBuilder _text = new();

    /// <summary>A name, quoted where the language wants it.</summary>
    public static string Name(string name) => name.Any(letter => letter is '.' or '=' or ':' or '\'' or '"' || char.IsWhiteSpace(letter)) ? $"'{name.Replace("'", "''", StringComparison.Ordinal)}'" : name;

    public void Line(int depth, string text) => _text.Append('\t', depth).Append(text).Append('\n');

    public void Blank() => _text.Append('\n');

    public void Description(int depth, string text) => Line(depth, "/// " + text);

    /// <summary>An expression that begins beside its name when it has one line, and on its own lines otherwise.</summary>
    public void Expression(int depth, string head, string expression, bool isIndented = false)
    {
        var lines = expression.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        if (lines.Length == 1 && !isIndented)
        {
            Line(depth, $"{head} {lines[0]}");
            return;
        }

        Line(depth, head);
        foreach (var line in lines)
        {
            Line(depth + 2, line);
        }
    }

    public override string ToString() => _text.ToString().TrimEnd('\n') + "\n";
}
