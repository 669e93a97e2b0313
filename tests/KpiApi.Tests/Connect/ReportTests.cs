using System.Text.Json.Nodes;

namespace KpiApi.Tests.Connect;

/// <summary>The report of the Power BI project: its files say what they must, and show what the model has.</summary>
public class ReportTests
{
    private const string Definition = "KpiApi.Report/definition/";

    /// <summary>The parts that each kind of visual has for fields.</summary>
    private static readonly Dictionary<string, string[]> Roles = new()
    {
        ["card"] = ["Values"],
        ["slicer"] = ["Values"],
        ["tableEx"] = ["Values"],
        ["lineChart"] = ["Category", "Y"],
        ["clusteredColumnChart"] = ["Category", "Y"],
        ["clusteredBarChart"] = ["Category", "Y"],
    };

    [Theory]
    [InlineData(false, "Steering, ROI, Portfolio")]
    [InlineData(true, "Pilotage, ROI, Portefeuille")]
    public void There_is_a_page_each_for_steering_return_and_portfolio(bool isFrench, string titles)
    {
        var kit = Kit.Made(isFrench);
        var pages = Json(kit, "pages/pages.json");
        var names = pages["pageOrder"]!.AsArray().Select(name => (string)name!).ToList();
        Assert.Contains((string)pages["activePageName"]!, names);
        Assert.Equal(titles, string.Join(", ", names.Select(name => (string)Json(kit, $"pages/{name}/page.json")["displayName"]!)));
        // No page that the list does not name, and none twice.
        Assert.Equal(names.Order(), kit.Files.Keys.Where(path => path.EndsWith("/page.json", StringComparison.Ordinal)).Select(path => path.Split('/')[^2]).Order());
        foreach (var name in names)
        {
            var page = Json(kit, $"pages/{name}/page.json");
            Assert.Equal((name, "FitToPage", 1280, 720), ((string)page["name"]!, (string)page["displayOption"]!, (int)page["width"]!, (int)page["height"]!));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Visuals_show_columns_and_measures_of_the_model(bool isFrench)
    {
        var kit = Kit.Made(isFrench);
        var shown = 0;
        foreach (var (path, visual) in Visuals(kit))
        {
            Assert.Equal(path.Split('/')[^2], (string)visual["name"]!);
            var type = (string)visual["visual"]!["visualType"]!;
            var wells = visual["visual"]!["query"]!["queryState"]!.AsObject();
            Assert.Equal(Roles[type], wells.Select(well => well.Key));
            foreach (var field in wells.SelectMany(well => well.Value!["projections"]!.AsArray()))
            {
                var (kind, reference) = Assert.Single(field!["field"]!.AsObject());
                var (table, name) = ((string)reference!["Expression"]!["SourceRef"]!["Entity"]!, (string)reference["Property"]!);
                Assert.Equal($"{table}.{name}", (string)field["queryRef"]!);
                Assert.True(kind == "Measure" ? kit.Measures.TryGetValue(name, out var measure) && measure.Table == table : kind == "Column" && kit.Column(table, name) is { } column && !column.Is("isHidden"), $"{path}: {kind} {table}.{name}");
                shown++;
            }

            // Charts and cards add up, and only measures know how; a table may show a figure of each row.
            Assert.All(wells.Where(well => well.Key == "Y" || type == "card").SelectMany(well => well.Value!["projections"]!.AsArray()), field => Assert.NotNull(field!["field"]!["Measure"]));
            Assert.Matches("^'.+'$", (string)visual["visual"]!["visualContainerObjects"]!["title"]![0]!["properties"]!["text"]!["expr"]!["Literal"]!["Value"]!);
            Assert.NotNull(visual["visual"]!["visualContainerObjects"]!["general"]![0]!["properties"]!["altText"]);
        }

        Assert.InRange(shown, 40, 100);
    }

    [Fact]
    public void Visuals_are_on_their_page_and_not_on_each_other()
    {
        foreach (var page in Visuals(Kit.Made()).GroupBy(visual => visual.Path.Split('/')[3]))
        {
            var places = page.Select(visual => visual.Visual["position"]!).Select(at => (Left: (int)at["x"]!, Top: (int)at["y"]!, Right: (int)at["x"]! + (int)at["width"]!, Bottom: (int)at["y"]! + (int)at["height"]!)).ToList();
            Assert.All(places, place => Assert.True(place is { Left: >= 0, Top: >= 0, Right: <= 1280, Bottom: <= 720 }));
            Assert.DoesNotContain(places.SelectMany((one, index) => places.Skip(index + 1).Select(other => (one, other))), pair =>
                pair.one.Left < pair.other.Right && pair.other.Left < pair.one.Right && pair.one.Top < pair.other.Bottom && pair.other.Top < pair.one.Bottom);
            Assert.Equal(page.Count(), page.Select(visual => (int)visual.Visual["position"]!["tabOrder"]!).Distinct().Count());
        }
    }

    [Fact]
    public void Every_document_names_its_schema_and_has_what_that_one_requires()
    {
        var required = new Dictionary<string, string[]>
        {
            ["pbip/pbipProperties/1.0.0"] = ["version", "artifacts"],
            ["item/report/definitionProperties/1.0.0"] = ["version", "datasetReference"],
            ["item/semanticModel/definitionProperties/1.0.0"] = ["version"],
            ["item/report/definition/versionMetadata/1.0.0"] = ["version"],
            ["item/report/definition/report/1.3.0"] = ["themeCollection", "layoutOptimization"],
            ["item/report/definition/pagesMetadata/1.0.0"] = ["pageOrder", "activePageName"],
            ["item/report/definition/page/1.4.0"] = ["name", "displayName", "displayOption"],
            ["item/report/definition/visualContainer/2.0.0"] = ["name", "position", "visual"],
        };
        var kit = Kit.Made();
        var seen = new HashSet<string>();
        foreach (var (path, text) in kit.Files.Where(file => !file.Key.EndsWith(".tmdl", StringComparison.Ordinal)))
        {
            var document = JsonNode.Parse(text)!;
            var schema = ((string)document["$schema"]!).Replace("https://developer.microsoft.com/json-schemas/fabric/", "", StringComparison.Ordinal).Replace("/schema.json", "", StringComparison.Ordinal);
            Assert.True(required.TryGetValue(schema, out var members), $"{path}: {schema}");
            Assert.All(members, member => Assert.NotNull(document[member]));
            seen.Add(schema);
        }

        Assert.Equal(required.Keys.Order(), seen.Order());
        // The report is on the model beside it, and the project on the report.
        Assert.Equal("../KpiApi.SemanticModel", (string)JsonNode.Parse(kit.Files["KpiApi.Report/definition.pbir"])!["datasetReference"]!["byPath"]!["path"]!);
        Assert.Equal("KpiApi.Report", (string)JsonNode.Parse(kit.Files["KpiApi.pbip"])!["artifacts"]![0]!["report"]!["path"]!);
    }

    private static JsonNode Json(Kit kit, string path) => JsonNode.Parse(kit.Files[Definition + path])!;

    private static List<(string Path, JsonNode Visual)> Visuals(Kit kit) =>
        [.. kit.Files.Where(file => file.Key.EndsWith("/visual.json", StringComparison.Ordinal)).Select(file => (file.Key, JsonNode.Parse(file.Value)!))];
}
