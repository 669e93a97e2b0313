using KpiApi.Connect;
using KpiApi.Feeds;
using KpiApi.Storage;

namespace KpiApi.Tests.Connect;

/// <summary>The semantic model, as far as it can be judged without Power BI: its text, and what refers to what.</summary>
public class ModelTests
{
    private static readonly Lazy<Kit> Made = new(() => Kit.Made());

    [Fact]
    public void Every_file_is_TMDL()
    {
        // Reading is the check.
        Assert.All((string[])["database.tmdl", "model.tmdl", "expressions.tmdl", "relationships.tmdl", "cultures/en-US.tmdl", "cultures/fr-FR.tmdl"], path => Assert.Single(Made.Value.Parts(path)));
        Assert.Equal(FeedCatalogue.All.Count, Made.Value.Parts("tables/").Count);
    }

    [Theory]
    [InlineData("table A\n    lineageTag: x\n")]
    [InlineData("table A\n\t\tlineageTag: x\n")]
    [InlineData("table A B\n")]
    [InlineData("table A\n\tlineagetag: x\n")]
    [InlineData("table A\n\tcolumn B\n\t\tdataType\n")]
    [InlineData("table A\n\tmeasure B =\n\t\tformatString: 0\n")]
    [InlineData("table A\n\tisHidden: true\n")]
    [InlineData("table A\r\n")]
    [InlineData("\uFEFFtable A\n")]
    [InlineData("table A")]
    public void What_is_no_TMDL_is_refused(string text) => Assert.Throws<FormatException>(() => TmdlFile.Read(text));

    [Fact]
    public void Every_feed_is_a_table_with_its_columns_types_and_descriptions()
    {
        Assert.Equal(FeedCatalogue.All.Select(feed => feed.View).Order(), Made.Value.Tables.Keys.Order());
        foreach (var feed in FeedCatalogue.All)
        {
            var table = Made.Value.Tables[feed.View];
            Assert.Equal(feed.Columns.Select(column => (column.Name, (string?)column.Name, (string?)column.Description, Type(column))), table.Of("column").Select(node => (node.Name, node.Property("sourceColumn"), node.Description, node.Property("dataType")!)));
            Assert.All(table.Of("column"), node => Assert.Equal("none", node.Property("summarizeBy")));
            Assert.All(table.Of("measure"), node => Assert.False(string.IsNullOrEmpty(node.Description) || string.IsNullOrEmpty(node.Property("formatString"))));
        }
    }

    [Fact]
    public void What_must_not_be_added_up_and_what_nobody_reads_is_hidden()
    {
        foreach (var (table, column) in Made.Value.Tables.Values.SelectMany(table => table.Of("column").Select(column => (table.Name, column))))
        {
            var isHidden = column.Name.EndsWith("Id", StringComparison.Ordinal) && column.Name != "ExternalId" || column.Name == "DateKey"
                || (table, column.Name) is ("KpiDays", "Numerator" or "Denominator" or "Value" or "FactCount") or ("Measurements", "Numerator" or "Denominator");
            Assert.True(isHidden == column.Is("isHidden"), $"{table}.{column.Name}");
        }
    }

    [Fact]
    public void The_calendar_is_marked_as_one()
    {
        var dates = Made.Value.Tables["Dates"];
        Assert.Equal("Time", dates.Property("dataCategory"));
        Assert.Equal("Date", Assert.Single(dates.Of("column"), column => column.Is("isKey")).Name);
        Assert.Equal(["Calendar", "Weeks"], dates.Of("hierarchy").Select(hierarchy => hierarchy.Name));
        Assert.All(dates.Of("hierarchy").SelectMany(hierarchy => hierarchy.Of("level")), level => Assert.NotNull(Made.Value.Column("Dates", level.Property("column")!)));
        Assert.All(dates.Of("column").Where(column => column.Is("sortByColumn")), column => Assert.NotNull(Made.Value.Column("Dates", column.Property("sortByColumn")!)));
        Assert.Single(Made.Value.Tables.Values, table => table.Is("dataCategory"));
    }

    [Fact]
    public void Relationships_lead_from_a_column_to_the_key_of_another_table_of_the_same_type()
    {
        Assert.NotEmpty(Made.Value.Relationships);
        foreach (var (from, to) in Made.Value.Relationships.Select(Kit.Ends))
        {
            Assert.Equal([to.Column], FeedCatalogue.All.Single(feed => feed.View == to.Table).Key);
            Assert.NotEqual(from.Table, to.Table);
            Assert.Equal(Made.Value.Column(from.Table, from.Column)!.Property("dataType"), Made.Value.Column(to.Table, to.Column)!.Property("dataType"));
        }

        var ends = Made.Value.Relationships.Select(Kit.Ends).ToList();
        Assert.Equal(ends.Count, ends.Distinct().Count());
        // Every column that is called like the key of a dimension is related to it.
        var expected = FeedCatalogue.All.SelectMany(feed => feed.Columns.Select(column => (feed, column)))
            .Where(pair => pair.column.Name is "ActivityId" or "ProjectId" or "KpiId" or "ProjectKpiId" or "DateKey" && !(pair.feed.Key is [var key] && key == pair.column.Name && pair.feed.View is "Dates" or "Activities" or "Projects" or "Kpis" or "ProjectKpis" && pair.feed.Key[0] == pair.column.Name))
            .Select(pair => (pair.feed.View, pair.column.Name));
        Assert.Equal(expected.Order(), ends.Select(end => end.From).Order());
    }

    [Fact]
    public void Filters_reach_a_table_from_another_on_one_way_at_most()
    {
        var ways = Made.Value.Relationships.Where(relationship => relationship.Property("isActive") != "false").Select(Kit.Ends).ToLookup(end => end.From.Table, end => end.To.Table);
        int Ways(string from, string to) => from == to ? 1 : ways[from].Sum(next => Ways(next, to));
        foreach (var from in Made.Value.Tables.Keys)
        {
            Assert.All(Made.Value.Tables.Keys.Where(to => to != from), to => Assert.InRange(Ways(from, to), 0, 1));
        }

        // Choosing an activity filters facts, and a period does not make the current status vanish.
        Assert.All((string[])["KpiDays", "KpiWeeks", "KpiStatus", "KpiOutcomes", "Measurements", "Ledger", "ProjectRoi", "RoiMonths", "Reviews", "Portfolio"], table => Assert.Equal(1, Ways(table, "Activities")));
        Assert.All((string[])["KpiDays", "KpiWeeks", "Measurements", "Ledger", "RoiMonths", "NorthStars", "Reviews"], table => Assert.Equal(1, Ways(table, "Dates")));
        Assert.Equal(0, Ways("KpiStatus", "Dates"));
    }

    [Fact]
    public void Every_row_that_has_a_project_is_found_by_it()
    {
        var ways = Made.Value.Relationships.Where(relationship => relationship.Property("isActive") != "false").Select(Kit.Ends).ToLookup(end => end.From.Table);
        bool Finds(string table) => table == "Projects" || ways[table].Any(way => !FeedCatalogue.FindView(table)!.Find(way.From.Column)!.IsNullable && Finds(way.To.Table));
        var tables = FeedCatalogue.All.Where(feed => feed.View != "Projects" && feed.Find("ProjectId") is { IsNullable: false }).Select(feed => feed.View).ToList();
        Assert.Contains("Alerts", tables);
        Assert.All(tables, table => Assert.True(Finds(table), table));
    }

    [Fact]
    public void Measures_name_what_exists_and_are_named_once()
    {
        Assert.Equal(Measures.All.Count, Made.Value.Measures.Count);
        foreach (var (table, measure) in Made.Value.Measures.Values)
        {
            Assert.Null(Made.Value.Column(table, measure.Name));
            foreach (var (of, name) in Dax.References(measure.Value))
            {
                Assert.True(of is null ? Made.Value.Measures.ContainsKey(name!) : name is null ? Made.Value.Tables.ContainsKey(of) : Made.Value.Column(of, name) is not null, $"{measure.Name}: {of}[{name}]");
            }
        }
    }

    [Fact]
    public void The_same_thing_has_the_same_identity_in_every_language_and_at_every_address()
    {
        var tags = Made.Value.Parts("").Values.SelectMany(Tags).ToList();
        Assert.Equal(tags.Count, tags.Distinct().Count());
        Assert.All(tags, tag => Assert.True(Guid.TryParseExact(tag, "D", out _)));
        var other = Kit.Of(Packages.PowerBiProject("http://localhost:5080/odata/v1", isFrench: true));
        Assert.Equal(tags.Order(), other.Parts("").Values.SelectMany(Tags).Order());
        static IEnumerable<string> Tags(TmdlNode node) => node.Children.SelectMany(Tags).Concat(node.Of("lineageTag").Select(tag => tag.Value)).Concat(node.Of("relationship").Select(relationship => relationship.Name));
    }

    [Fact]
    public void Every_name_has_a_caption_in_both_languages()
    {
        foreach (var (path, root) in Made.Value.Parts("cultures/"))
        {
            var captions = Assert.Single(root.Children).Of("translations").Single().Of("model").Single();
            Assert.Equal(Made.Value.Tables.Keys.Order(), captions.Of("table").Select(table => table.Name).Order());
            // Two of the same name in one place could not be told apart.
            Assert.All(captions.Of("table").Select(table => table.Children).Append(captions.Children), siblings => Assert.Equal(siblings.Count(IsNamed), siblings.Where(IsNamed).Select(named => named.Property("caption")).Distinct().Count()));
            static bool IsNamed(TmdlNode node) => node.Keyword is "table" or "measure" or "column";
            foreach (var table in captions.Of("table"))
            {
                var model = Made.Value.Tables[table.Name];
                Assert.Equal(model.Of("column").Select(column => column.Name), table.Of("column").Select(column => column.Name));
                Assert.Equal(model.Of("measure").Select(measure => measure.Name), table.Of("measure").Select(measure => measure.Name));
                Assert.All(table.Children.Where(child => child.Keyword is "measure" or "column").Append(table), child => Assert.False(string.IsNullOrWhiteSpace(child.Property("caption")), $"{path}: {table.Name}.{child.Name}"));
            }
        }
    }

    [Fact]
    public void Tables_load_by_OData_and_those_that_refresh_by_part_by_day()
    {
        foreach (var feed in FeedCatalogue.All)
        {
            var partition = Assert.Single(Made.Value.Tables[feed.View].Of("partition"));
            Assert.Equal((feed.View, "m", "import"), (partition.Name, partition.Value, partition.Property("mode")));
            var source = partition.Property("source")!;
            Assert.Contains("OData.Feed(BaseUrl, null, [Implementation = \"2.0\"])", source, StringComparison.Ordinal);
            Assert.Contains($"[Name = \"{feed.View}\", Signature = \"table\"]", source, StringComparison.Ordinal);
            Assert.Equal(feed.IsIncremental, source.Contains("RangeStart", StringComparison.Ordinal));
            Assert.Equal(feed.IsIncremental, source.Contains($"each [{feed.DateColumn}] >= FirstDay and [{feed.DateColumn}] < DayAfter", StringComparison.Ordinal));
        }

        var parameters = Made.Value.Parts("expressions.tmdl").Values.Single().Of("expression").ToDictionary(expression => expression.Name, expression => expression.Value);
        Assert.Equal("\"https://kpi.example.com/odata/v1\" meta [IsParameterQuery = true, Type = \"Text\", IsParameterQueryRequired = true]", parameters["BaseUrl"]);
        // As long as nobody set a policy, everything is loaded.
        Assert.StartsWith($"#datetime({Days.First.Year}, 1, 1, 0, 0, 0) meta [", parameters["RangeStart"], StringComparison.Ordinal);
        Assert.StartsWith($"#datetime({Days.Last.Year + 1}, 1, 1, 0, 0, 0) meta [", parameters["RangeEnd"], StringComparison.Ordinal);
    }

    [Fact]
    public void The_model_lists_its_parts()
    {
        var model = Made.Value.Parts("model.tmdl").Values.Single();
        Assert.Equal(FeedCatalogue.All.Select(feed => "table " + feed.View).Concat(["cultureInfo en-US", "cultureInfo fr-FR"]), model.Of("ref").Select(reference => reference.Name));
        Assert.True(model.Of("model").Single().Is("discourageImplicitMeasures"));
        Assert.Equal("en-US", model.Of("model").Single().Property("culture"));
        Assert.Equal("fr-FR", Kit.Made(isFrench: true).Parts("model.tmdl").Values.Single().Of("model").Single().Property("culture"));
    }

    private static string Type(Column column) => column.Type switch
    {
        ColumnType.Key or ColumnType.Integer or ColumnType.DateKey => "int64",
        ColumnType.Number => "double",
        ColumnType.Flag => "boolean",
        ColumnType.Date or ColumnType.Instant => "dateTime",
        _ => "string",
    };
}
