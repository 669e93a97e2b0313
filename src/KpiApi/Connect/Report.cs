using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KpiApi.Connect;

/// <summary>The report that comes with the model, in the text form of Power BI projects: a page each for steering, return and portfolio.</summary>
internal static class Report
{
    private const string Schemas = "https://developer.microsoft.com/json-schemas/fabric/item/report/definition/";
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All files of the report's definition: path and text.</summary>
    public static IEnumerable<(string Path, string Text)> Files(bool isFrench)
    {
        var pages = Pages(isFrench);
        yield return ("version.json", Text(Document("versionMetadata/1.0.0", new() { ["version"] = "2.0.0" })));
        yield return ("report.json", Text(Document("report/1.3.0", new()
        {
            ["themeCollection"] = new JsonObject(),
            ["layoutOptimization"] = "None",
            ["settings"] = new JsonObject { ["useEnhancedTooltips"] = true, ["exportDataMode"] = "AllowSummarized" },
        })));
        yield return ("pages/pages.json", Text(Document("pagesMetadata/1.0.0", new()
        {
            ["pageOrder"] = new JsonArray([.. pages.Select(page => (JsonNode)page.Name)]),
            ["activePageName"] = pages[0].Name,
        })));
        foreach (var page in pages)
        {
            yield return ($"pages/{page.Name}/page.json", Text(Document("page/1.4.0", new()
            {
                ["name"] = page.Name,
                ["displayName"] = page.Title,
                ["displayOption"] = "FitToPage",
                ["height"] = 720,
                ["width"] = 1280,
            })));
            for (var index = 0; index < page.Visuals.Count; index++)
            {
                var name = $"{page.Name}-{index + 1}";
                yield return ($"pages/{page.Name}/visuals/{name}/visual.json", Text(Document("visualContainer/2.0.0", Container(name, index, page.Visuals[index]))));
            }
        }
    }

    private static List<Page> Pages(bool isFrench)
    {
        string In(string english, string french) => isFrench ? french : english;
        Visual Card(Place place, string name)
        {
            var measure = Measures.All.Single(one => one.Name == name);
            return new("card", In(measure.Name, measure.French), place, [new("Values", [Measured(measure.Table, measure.Name)])]);
        }

        var kpiName = new Field("Kpis", isFrench ? "NameFr" : "NameEn");
        var project = new Field("Projects", "ProjectName");
        return
        [
            new("steering", In("Steering", "Pilotage"),
            [
                // One project and one KPI at a time: the figures of a week belong to one project KPI.
                new("slicer", In("Project", "Projet"), new(20, 20, 300, 80), [new("Values", [project])]) { IsSingle = true },
                new("slicer", "KPI", new(340, 20, 300, 80), [new("Values", [kpiName])]) { IsSingle = true },
                Card(new(660, 20, 190, 80), "KPIs on track"),
                Card(new(865, 20, 190, 80), "KPIs at risk"),
                Card(new(1070, 20, 190, 80), "KPIs behind"),
                new("lineChart", In("Actual against the line from baseline to target, week by week", "Réel et trajectoire de la valeur de départ à l'objectif, par semaine"), new(20, 115, 1240, 300),
                    [new("Category", [new("KpiWeeks", "WeekStart")]), new("Y", [Measured("KpiWeeks", "Weekly actual"), Measured("KpiWeeks", "Weekly expected")])]),
                new("tableEx", In("Where each KPI stands", "Où en est chaque KPI"), new(20, 430, 1240, 270),
                    [new("Values", [project, kpiName, new("KpiStatus", "Week"), new("KpiStatus", "Status"), new("KpiStatus", "Actual"), new("KpiStatus", "Expected"), new("KpiStatus", "Drift"), new("KpiStatus", "Unit"), new("KpiStatus", "Currency")])]),
            ]),
            new("roi", "ROI",
            [
                new("slicer", In("Project", "Projet"), new(20, 20, 300, 80), [new("Values", [project])]),
                // Amounts of two currencies are never added: choose one where there are several.
                new("slicer", In("Currency", "Devise"), new(340, 20, 180, 80), [new("Values", [new("Ledger", "Currency")])]),
                Card(new(540, 20, 170, 80), "Gain"),
                Card(new(725, 20, 170, 80), "Cost"),
                Card(new(910, 20, 170, 80), "Net gain"),
                Card(new(1095, 20, 165, 80), "ROI"),
                new("clusteredColumnChart", In("Gains and costs by month", "Gains et coûts par mois"), new(20, 115, 610, 300),
                    [new("Category", [new("Dates", "MonthStart")]), new("Y", [Measured("Ledger", "Gain"), Measured("Ledger", "Cost")])]),
                new("lineChart", In("Cumulative gains and costs", "Gains et coûts cumulés"), new(650, 115, 610, 300),
                    [new("Category", [new("Dates", "MonthStart")]), new("Y", [Measured("Ledger", "Cumulative gain"), Measured("Ledger", "Cumulative cost")])]),
                new("tableEx", In("Return of each project", "Retour de chaque projet"), new(20, 430, 1240, 270),
                    [new("Values", [project, new("ProjectRoi", "Currency"), new("ProjectRoi", "Gain"), new("ProjectRoi", "Cost"), new("ProjectRoi", "Net"), new("ProjectRoi", "RoiRatio"), new("ProjectRoi", "RoiThreshold"), new("ProjectRoi", "RoiReached"), new("ProjectRoi", "PaybackOn")])]),
            ]),
            new("portfolio", In("Portfolio", "Portefeuille"),
            [
                new("slicer", In("Activity", "Activité"), new(20, 20, 300, 80), [new("Values", [new("Activities", "ActivityName")])]),
                new("slicer", In("Status", "Statut"), new(340, 20, 300, 80), [new("Values", [new("Projects", "ProjectStatus")])]),
                Card(new(660, 20, 190, 80), "KPIs on track"),
                Card(new(865, 20, 190, 80), "KPIs at risk"),
                Card(new(1070, 20, 190, 80), "KPIs behind"),
                new("clusteredBarChart", In("ROI of each project", "ROI de chaque projet"), new(20, 115, 1240, 220), [new("Category", [project]), new("Y", [Measured("Ledger", "ROI")])]),
                new("tableEx", In("Every project at a glance", "Tous les projets en un coup d'œil"), new(20, 350, 1240, 350),
                    [new("Values", [new("Portfolio", "ProjectName"), new("Portfolio", "ActivityName"), new("Portfolio", "ProjectStatus"), new("Portfolio", "Recommendation"), new("Portfolio", "KpisOnTrack"), new("Portfolio", "KpisAtRisk"), new("Portfolio", "KpisBehind"), new("Portfolio", "Currency"), new("Portfolio", "RoiRatio"), new("Portfolio", "PaybackOn"), new("Portfolio", "NextReviewOn")])]),
            ]),
        ];
    }

    private static Field Measured(string table, string measure) => new(table, measure) { IsMeasure = true };

    private static JsonObject Container(string name, int index, Visual visual)
    {
        var body = new JsonObject
        {
            ["visualType"] = visual.Type,
            ["query"] = new JsonObject
            {
                ["queryState"] = new JsonObject(visual.Wells.Select(well => KeyValuePair.Create(well.Role, (JsonNode?)new JsonObject { ["projections"] = new JsonArray([.. well.Fields.Select(Projection)]) }))),
            },
        };
        if (visual.Type == "slicer")
        {
            var objects = new JsonObject { ["data"] = Properties(("mode", "'Dropdown'")) };
            if (visual.IsSingle)
            {
                objects["selection"] = Properties(("singleSelect", "true"));
            }

            body["objects"] = objects;
        }

        body["visualContainerObjects"] = new JsonObject
        {
            ["title"] = Properties(("show", "true"), ("text", Literal(visual.Title))),
            // What a screen reader says.
            ["general"] = Properties(("altText", Literal(visual.Title))),
        };
        body["drillFilterOtherVisuals"] = true;
        var place = visual.Place;
        return new()
        {
            ["name"] = name,
            ["position"] = new JsonObject { ["x"] = place.X, ["y"] = place.Y, ["z"] = index * 1000, ["height"] = place.Height, ["width"] = place.Width, ["tabOrder"] = index * 1000 },
            ["visual"] = body,
        };
    }

    private static JsonNode Projection(Field field) => new JsonObject
    {
        ["field"] = new JsonObject
        {
            [field.IsMeasure ? "Measure" : "Column"] = new JsonObject
            {
                ["Expression"] = new JsonObject { ["SourceRef"] = new JsonObject { ["Entity"] = field.Table } },
                ["Property"] = field.Name,
            },
        },
        ["queryRef"] = $"{field.Table}.{field.Name}",
        ["nativeQueryRef"] = field.Name,
    };

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static JsonArray Properties(params (string Name, string Literal)[] properties) =>
    [
        new JsonObject
        {
            ["properties"] = new JsonObject(properties.Select(property => KeyValuePair.Create(
                property.Name, (JsonNode?)new JsonObject { ["expr"] = new JsonObject { ["Literal"] = new JsonObject { ["Value"] = property.Literal } } }))),
        },
    ];

    private static JsonObject Document(string schema, JsonObject members)
    {
        members.Insert(0, "$schema", $"{Schemas}{schema}/schema.json");
        return members;
    }

    private static string Text(JsonObject document) => document.ToJsonString(Json);

    private sealed record Page(string Name, string Title, IReadOnlyList<Visual> Visuals);

    /// <summary>A chart, a table or a filter: its kind as Power BI names it, and the fields by the part that each plays.</summary>
    private sealed record Visual(string Type, string Title, Place Place, IReadOnlyList<Well> Wells)
    {
        public bool IsSingle { get; init; }
    }

    /// <summary>Pixels of a page of 1280 by 720.</summary>
    private sealed record Place(int X, int Y, int Width, int Height);

    private sealed record Well(string Role, IReadOnlyList<Field> Fields);

    private sealed record Field(string Table, string Name)
    {
        public bool IsMeasure { get; init; }
    }
}
