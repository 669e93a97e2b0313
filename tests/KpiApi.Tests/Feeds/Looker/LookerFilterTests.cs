using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KpiApi.Feeds;
using KpiApi.Feeds.Looker;

namespace KpiApi.Tests.Feeds.Looker;

/// <summary>Random questions against the same worked out from the rows of the feed, as the report tool would work them out from what it sees.</summary>
public class LookerFilterTests(LookerWorld world) : IClassFixture<LookerWorld>
{
    private static readonly int Questions = int.TryParse(Environment.GetEnvironmentVariable("KPI_LONG_LOOKER"), out var many) ? many : 300;

    private static readonly Feed[] Asked = [FactFeeds.Ledger, FigureFeeds.KpiDays, FigureFeeds.KpiWeeks, DimensionFeeds.Projects, DimensionFeeds.Kpis, FactFeeds.Measurements, FigureFeeds.Portfolio, DimensionFeeds.ProjectKpis];
    private static readonly Feed[] Lenders = [DimensionFeeds.Projects, DimensionFeeds.Kpis, DimensionFeeds.Activities];

    [Fact]
    public async Task Random_questions_are_answered_as_a_report_would_work_them_out()
    {
        var random = new Random(7);
        var seen = new Dictionary<string, int>();
        void See(string what) => seen[what] = seen.GetValueOrDefault(what) + 1;
        for (var number = 0; number < Questions; number++)
        {
            var feed = Asked[random.Next(Asked.Length)];
            var fields = LookerFields.Of(feed, isFrench: false);
            var rows = await Seen(feed, fields);
            var dimensions = fields.Where(field => !field.IsMetric).ToList();
            var asked = Enumerable.Range(0, random.Next(4)).Select(_ => dimensions[random.Next(dimensions.Count)])
                .Concat(Enumerable.Range(0, random.Next(3)).Select(_ => fields[random.Next(fields.Count)]))
                .Append(fields[^1]).OrderBy(_ => random.Next()).ToList();
            var filters = Enumerable.Range(0, random.Next(3)).Select(_ => Enumerable.Range(0, random.Next(1, 4)).Select(_ => RandomFilter(random, dimensions, rows)).ToList()).ToList();
            var onlyFiltered = filters.SelectMany(any => any).Select(filter => filter.Field).Where(field => !asked.Contains(field)).Distinct().ToList();

            var question = LookerDataTests.Question(feed.Url, [.. asked.Select(field => field.Name)]);
            question["configParams"]!["dateColumn"] = "none";
            foreach (var field in onlyFiltered)
            {
                question["fields"]!.AsArray().Add((JsonNode)new JsonObject { ["name"] = field.Name, ["forFilterOnly"] = true });
            }

            question["dimensionsFilters"] = new JsonArray([.. filters.Select(any => (JsonNode)new JsonArray([.. any.Select(filter => (JsonNode)filter.Json())]))]);
            using var response = await world.Client.Send(HttpMethod.Post, "/v1/looker/data", question.ToJsonString());
            var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

            var isApplied = filters.All(any => any.All(filter => filter.IsExact));
            if (!isApplied)
            {
                asked.AddRange(onlyFiltered);
            }

            var kept = isApplied ? rows.Where(row => filters.All(any => any.Any(filter => filter.Keeps(row[filter.Field.Name])))).ToList() : rows;
            var expected = Grouped(kept, asked, fields);
            if (expected is null)
            {
                See("mixed");
                Assert.True(422 == (int)response.StatusCode, $"question {number}: {question.ToJsonString()}\n{answer.ToJsonString()}");
                continue;
            }

            Assert.True(200 == (int)response.StatusCode, $"question {number}: {question.ToJsonString()}\n{answer.ToJsonString()}");
            Assert.True(isApplied == (bool)answer["filtersApplied"]!, $"question {number}: {question.ToJsonString()}");
            var actual = LookerDataTests.Rows(answer).Select(row => row.Select(cell => Cell(cell)).ToArray()).ToList();
            Compare(expected, actual, asked, $"question {number}: {question.ToJsonString()}");
            See(isApplied ? "applied" : "not applied");
            foreach (var filter in filters.SelectMany(any => any))
            {
                See($"{filter.Operator} {(isApplied && kept.Count > 0 && kept.Count < rows.Count ? "tells" : "")}");
            }
        }

        // What the questions did not touch they say nothing of.
        Assert.True(seen.GetValueOrDefault("mixed") > 5 && seen["applied"] > 100 && seen["not applied"] > 20, string.Join(", ", seen));
        Assert.All(RandomFilterOf.Operators, comparison => Assert.True(seen.GetValueOrDefault(comparison + " tells") > 0, comparison + ": " + string.Join(", ", seen)));
    }

    [Theory]
    [InlineData("REGEXP_PARTIAL_MATCH", "Alpha", true)]
    [InlineData("REGEXP_PARTIAL_MATCH", "^Al|eta$|^100 %_ Gamma$", true)]
    [InlineData("REGEXP_PARTIAL_MATCH", "^Al|^100 %_ Gamma$|\\|", true)]
    [InlineData("REGEXP_PARTIAL_MATCH", "%_", true)]
    [InlineData("REGEXP_PARTIAL_MATCH", "", true)]
    [InlineData("REGEXP_PARTIAL_MATCH", "^$", true)]
    [InlineData("REGEXP_PARTIAL_MATCH", "^Alpha|", true)]
    [InlineData("REGEXP_PARTIAL_MATCH", "^", true)]
    [InlineData("REGEXP_PARTIAL_MATCH", "a$", true)]
    [InlineData("REGEXP_PARTIAL_MATCH", "a.pha", false)]
    [InlineData("REGEXP_PARTIAL_MATCH", "(?i)alpha", false)]
    [InlineData("REGEXP_PARTIAL_MATCH", "[aA]lpha", false)]
    [InlineData("REGEXP_PARTIAL_MATCH", "al*", false)]
    [InlineData("REGEXP_PARTIAL_MATCH", "\\d", false)]
    [InlineData("REGEXP_PARTIAL_MATCH", "\\", false)]
    [InlineData("REGEXP_PARTIAL_MATCH", "a^b", false)]
    [InlineData("REGEXP_PARTIAL_MATCH", "a$b", false)]
    [InlineData("REGEXP_PARTIAL_MATCH", "^^a", false)]
    [InlineData("REGEXP_PARTIAL_MATCH", "^😀|^$|$", true)]
    [InlineData("REGEXP_EXACT_MATCH", "Alpha", true)]
    [InlineData("REGEXP_EXACT_MATCH", "^Alpha$|100 %_ Gamma", true)]
    [InlineData("REGEXP_EXACT_MATCH", ".*pha", false)]
    [InlineData("REGEXP_EXACT_MATCH", "alp", true)]
    [InlineData("REGEXP_EXACT_MATCH", "Bêta \\| beta", true)]
    public async Task A_regular_expression_is_applied_where_it_is_nothing_but_texts(string comparison, string pattern, bool isApplied)
    {
        var question = LookerDataTests.Question("projects", ["ProjectName"]);
        question["dimensionsFilters"] = new JsonArray(new JsonArray(LookerDataTests.Filter("ProjectName", comparison, pattern)));
        var answer = await world.Client.Post("/v1/looker/data", question);
        Assert.Equal(isApplied, (bool)answer["filtersApplied"]!);
        var names = (await world.Rows(DimensionFeeds.Projects)).Select(row => (string)row["ProjectName"]!).Where(name => !isApplied || Regex.IsMatch(name, comparison == "REGEXP_EXACT_MATCH" ? $"^(?:{pattern})\\z" : pattern, RegexOptions.CultureInvariant));
        Assert.Equal(names.Order(StringComparer.Ordinal), LookerDataTests.Rows(answer).Select(row => (string)row[0]!).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{"fieldName":"Gone","operator":"EQUALS","type":"INCLUDE","values":["a"]}""")]
    [InlineData("""{"fieldName":"Gain","operator":"NUMERIC_GREATER_THAN","type":"INCLUDE","values":["1"]}""")]
    [InlineData("""{"fieldName":"Kind","operator":"STARTS_WITH","type":"INCLUDE","values":["g"]}""")]
    [InlineData("""{"fieldName":"Kind","operator":"EQUALS","type":"ONLY","values":["gain"]}""")]
    [InlineData("""{"fieldName":"Kind","operator":"EQUALS","values":["gain"]}""")]
    [InlineData("""{"fieldName":"Kind","operator":"EQUALS","type":"INCLUDE","values":["gain"],"caseSensitive":false}""")]
    [InlineData("""{"fieldName":"Kind","operator":"EQUALS","type":"INCLUDE","values":["gain","cost"]}""")]
    [InlineData("""{"fieldName":"Kind","operator":"EQUALS","type":"INCLUDE","values":[]}""")]
    [InlineData("""{"fieldName":"Kind","operator":"EQUALS","type":"INCLUDE"}""")]
    [InlineData("""{"fieldName":"Kind","operator":"EQUALS","type":"INCLUDE","values":[null]}""")]
    [InlineData("""{"fieldName":"Kind","operator":"EQUALS","type":"INCLUDE","values":[{"x":1}]}""")]
    [InlineData("""{"fieldName":"Kind","operator":"EQUALS","type":"INCLUDE","values":["a\u0000b"]}""")]
    [InlineData("""{"fieldName":"Kind","operator":"EQUALS","type":"INCLUDE","values":["a\ud800b"]}""")]
    [InlineData("""{"fieldName":"Kind","operator":"BETWEEN","type":"INCLUDE","values":["a","z"]}""")]
    [InlineData("""{"fieldName":"Date","operator":"CONTAINS","type":"INCLUDE","values":["2026"]}""")]
    [InlineData("""{"fieldName":"Date","operator":"EQUALS","type":"INCLUDE","values":["2026-01-01"]}""")]
    [InlineData("""{"fieldName":"Date","operator":"BETWEEN","type":"INCLUDE","values":["20260101"]}""")]
    [InlineData("""{"fieldName":"UpdatedAtUtc","operator":"EQUALS","type":"INCLUDE","values":["20260202120000"]}""")]
    [InlineData("""{"fieldName":"ProjectId","operator":"EQUALS","type":"INCLUDE","values":["1.5"]}""")]
    [InlineData("""{}""")]
    public async Task All_filters_are_applied_or_none(string unknown)
    {
        var question = LookerDataTests.Question("ledger", ["Kind", "RowCount"]);
        question["fields"]!.AsArray().Add((JsonNode)new JsonObject { ["name"] = "ProjectName", ["forFilterOnly"] = true });
        var good = LookerDataTests.Filter("ProjectName", "EQUALS", "Alpha");
        question["dimensionsFilters"] = new JsonArray(new JsonArray(good.DeepClone()), new JsonArray("here"));
        var answer = await world.Client.Post("/v1/looker/data", question.ToJsonString().Replace("\"here\"", unknown, StringComparison.Ordinal));
        Assert.False((bool)answer["filtersApplied"]!);
        // The tool filters by itself, and so has to see what it filters by.
        Assert.Equal(["Kind", "RowCount", "ProjectName"], answer["schema"]!.AsArray().Select(field => (string)field!["name"]!));
        Assert.Equal((await world.Rows(FactFeeds.Ledger)).Count, LookerDataTests.Rows(answer).Sum(row => (int)row[1]!));

        question["dimensionsFilters"] = new JsonArray(new JsonArray(good), new JsonArray());
        answer = await world.Client.Post("/v1/looker/data", question);
        Assert.True((bool)answer["filtersApplied"]!);
        Assert.Equal(["Kind", "RowCount"], answer["schema"]!.AsArray().Select(field => (string)field!["name"]!));
        Assert.Equal(25, LookerDataTests.Rows(answer).Sum(row => (int)row[1]!));
    }

    [Fact]
    public async Task Many_values_are_taken_and_too_many_left_to_the_tool()
    {
        foreach (var (count, isApplied) in new[] { (1000, true), (1001, false) })
        {
            var question = LookerDataTests.Question("ledger", ["RowCount"]);
            question["dimensionsFilters"] = new JsonArray(new JsonArray(LookerDataTests.Filter("ProjectId", "IN_LIST", [.. Enumerable.Range(1, count).Select(id => id.ToString(CultureInfo.InvariantCulture))])));
            Assert.Equal(isApplied, (bool)(await world.Client.Post("/v1/looker/data", question))["filtersApplied"]!);
        }
    }

    [Theory]
    [InlineData("IS_NULL", "Date", 1)]
    [InlineData("CONTAINS", "Category", 1)]
    [InlineData("REGEXP_PARTIAL_MATCH", "Category", 2)]
    public async Task Many_conditions_are_taken_and_too_many_left_to_the_tool(string comparison, string field, int each)
    {
        foreach (var isAll in new[] { true, false })
        {
            foreach (var (count, isApplied) in new[] { (200 / each, true), (200 / each + 1, false), (5000, false) })
            {
                var filters = Enumerable.Range(0, count).Select(_ => (JsonNode)LookerDataTests.Filter(field, comparison, "l")).ToList();
                filters.ForEach(filter => filter["type"] = "EXCLUDE");
                var question = LookerDataTests.Question("ledger", ["RowCount"]);
                question["dimensionsFilters"] = isAll ? new JsonArray([.. filters.Select(filter => (JsonNode)new JsonArray(filter))]) : new JsonArray(new JsonArray([.. filters]));
                Assert.Equal(isApplied, (bool)(await world.Client.Post("/v1/looker/data", question))["filtersApplied"]!);
            }
        }
    }

    /// <summary>The rows as the tool would see them without grouping: cells in its forms, labels of other feeds beside their keys, figures as they are.</summary>
    private async Task<IReadOnlyList<Dictionary<string, object?>>> Seen(Feed feed, IReadOnlyList<LookerField> fields)
    {
        var lent = new Dictionary<string, Dictionary<long, JsonObject>>();
        foreach (var lender in Lenders)
        {
            lent[lender.Key[0]] = (await world.Rows(lender)).ToDictionary(row => (long)row[lender.Key[0]]!);
        }

        return (await world.Rows(feed)).Select(row => fields.ToDictionary(field => field.Name, field =>
        {
            var from = row;
            if (!row.ContainsKey(field.Name) && Lenders.FirstOrDefault(lender => lender.Find(field.Name) is not null || field.Name == "KpiName" && lender == DimensionFeeds.Kpis) is { } lender)
            {
                from = lent[lender.Key[0]][(long)row[lender.Key[0]]!];
            }

            return Form(field.Column, from[field.Name == "KpiName" ? "NameEn" : from.ContainsKey(field.Name) ? field.Name : field.Name == "DayValue" ? "Value" : "Amount"]);
        })).ToList();
    }

    private static object? Form(Column column, JsonNode? cell) => (column.Type, column.Semantic, cell) switch
    {
        (ColumnType.Text, "iso-week" or "month", { } text) => ((string)text!).Replace("-W", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal),
        (ColumnType.Text, "iso-week" or "month", null) => null,
        (ColumnType.Text, _, _) => (string?)cell ?? "",
        (_, _, null) => null,
        (ColumnType.Date, _, _) => ((string)cell!).Replace("-", "", StringComparison.Ordinal),
        (ColumnType.DateKey, _, _) => cell!.ToString(),
        (ColumnType.Instant, _, _) => DateTimeOffset.Parse((string)cell!, CultureInfo.InvariantCulture).ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture),
        (ColumnType.Flag, _, _) => (bool)cell!,
        _ => (double)cell!,
    };

    private static object? Cell(JsonNode? cell) => cell?.GetValueKind() switch
    {
        null => null,
        JsonValueKind.String => (string)cell!,
        JsonValueKind.Number => (double)cell!,
        _ => (bool)cell!,
    };

    /// <summary>The groups; null when something would be added that is never added.</summary>
    private static List<object?[]>? Grouped(IReadOnlyList<Dictionary<string, object?>> rows, List<LookerField> asked, IReadOnlyList<LookerField> fields)
    {
        var dimensions = asked.Where(field => !field.IsMetric).Select(field => field.Name).ToList();
        var groups = rows.GroupBy(row => string.Join('\u0001', dimensions.Select(name => $"{row[name]?.GetType().Name}{row[name]}"))).Select(group => group.ToList()).ToList();
        if (dimensions.Count == 0 && groups.Count == 0)
        {
            groups.Add([]);
        }

        var answer = new List<object?[]>();
        foreach (var group in groups)
        {
            var cells = new List<object?>();
            foreach (var field in asked)
            {
                var names = field.Quotient is { } quotient ? new[] { quotient.Numerator, quotient.Denominator } : [field.Name];
                if (names.Select(name => fields.Single(other => other.Name == name)).Any(part => IsMixed(part, group)))
                {
                    return null;
                }

                cells.Add(field.Grouping switch
                {
                    Grouping.Dimension => group[0][field.Name],
                    Grouping.Rows => (double)group.Count,
                    Grouping.Only => group.Count == 1 ? group[0][field.Name] : null,
                    Grouping.Sum => Sum(field.Name, group),
                    _ when field.Quotient!.Present is { } present && Sum(present, group) is not > 0 => null,
                    _ => Sum(field.Quotient!.Denominator, group) is { } below and not 0 ? Sum(field.Quotient.Numerator, group) / below : null,
                });
            }

            answer.Add([.. cells]);
        }

        return answer;
    }

    /// <summary>Written out here once more: amounts in one currency, facts of one KPI, gains apart from costs.</summary>
    private static bool IsMixed(LookerField field, List<Dictionary<string, object?>> group) => field.Grouping == Grouping.Sum && (field.Name switch
    {
        "Numerator" or "Denominator" => new[] { "KpiId", "Currency" },
        "Amount" => ["Currency", "Kind"],
        _ when field.Column.Semantic == "currency" => ["Currency"],
        _ => [],
    }).Any(name => group.Select(row => row[name]).Distinct().Count() > 1);

    private static double? Sum(string name, List<Dictionary<string, object?>> group)
    {
        var cells = group.Where(row => name is not ("Numerator" or "Denominator") || (string?)row["Aggregation"] != "last")
            .Select(row => name is "Gain" or "Cost" && row.TryGetValue("Kind", out var kind) ? name.Equals((string)kind!, StringComparison.OrdinalIgnoreCase) ? row["Amount"] : 0.0 : row[name]).OfType<double>().ToList();
        return cells.Count == 0 ? null : cells.Sum();
    }

    private static void Compare(List<object?[]> expected, List<object?[]> actual, List<LookerField> asked, string what)
    {
        Assert.True(expected.Count == actual.Count, $"{actual.Count} rows instead of {expected.Count}, {what}");
        string Key(object?[] row) => string.Join('\u0001', asked.Select((field, index) => field.IsMetric ? "" : $"{row[index]?.GetType().Name}{row[index]}"));
        var byKey = actual.ToDictionary(Key);
        foreach (var row in expected)
        {
            Assert.True(byKey.TryGetValue(Key(row), out var other), $"no row {Key(row)}, {what}");
            for (var index = 0; index < row.Length; index++)
            {
                var isSame = (row[index], other[index]) switch
                {
                    (double one, double two) => Math.Abs(one - two) <= 1e-9 * Math.Max(1, Math.Abs(one)),
                    var (one, two) => Equals(one, two),
                };
                Assert.True(isSame, $"{asked[index].Name} {other[index]} instead of {row[index]}, {what}");
            }
        }
    }

    private static RandomFilterOf RandomFilter(Random random, List<LookerField> dimensions, IReadOnlyList<Dictionary<string, object?>> rows)
    {
        var field = dimensions[random.Next(dimensions.Count)];
        var isWord = field.Column.Type == ColumnType.Text && field.Column.Semantic is not ("iso-week" or "month");
        // Mostly what fits, or hardly any question would have its filters applied.
        var comparison = random.Next(10) == 0 ? RandomFilterOf.Operators[random.Next(RandomFilterOf.Operators.Length)]
            : isWord ? RandomFilterOf.Operators[random.Next(6)]
            : RandomFilterOf.Operators[new[] { 0, 4, 5, 6, 7, 8, 9, 10 }[random.Next(8)]];
        object? Value() => random.Next(8) == 0 ? Form(field.Column, null) ?? "" : rows[random.Next(rows.Count)][field.Name] ?? "";
        string Text(object? value) => value switch { double number => number.ToString("R", CultureInfo.InvariantCulture), bool flag => flag ? "true" : "false", _ => (string)value! };
        string Piece()
        {
            var text = Text(Value());
            var start = random.Next(text.Length + 1);
            return text[start..Math.Min(text.Length, start + random.Next(5))];
        }

        var values = comparison switch
        {
            "IN_LIST" => Enumerable.Range(0, random.Next(1, 4)).Select(_ => Text(Value())).ToArray(),
            "BETWEEN" => [Text(Value()), Text(Value())],
            "IS_NULL" => [],
            "CONTAINS" => [Piece()],
            "REGEXP_PARTIAL_MATCH" => [string.Join('|', Enumerable.Range(0, random.Next(1, 3)).Select(_ => (random.Next(3) == 0 ? "^" : "") + Escape(Piece()) + (random.Next(6) == 0 ? "$" : "")))],
            "REGEXP_EXACT_MATCH" => [random.Next(8) == 0 ? Escape(Piece()) + ".*" : string.Join('|', Enumerable.Range(0, random.Next(1, 3)).Select(_ => Escape(Text(Value()))))],
            _ => new[] { Text(Value()) },
        };
        return new RandomFilterOf(field, comparison, values, random.Next(3) == 0);
    }

    // .NET's own escapes are not all RE2's.
    private static string Escape(string text) => string.Concat(text.Select(letter => ".+*?()[]{}\\^$|".Contains(letter, StringComparison.Ordinal) ? "\\" + letter : letter.ToString()));

    /// <summary>A filter, and what it means for a cell as the tool sees it.</summary>
    private sealed record RandomFilterOf(LookerField Field, string Operator, string[] Values, bool IsExcluding)
    {
        public static readonly string[] Operators =
        [
            "EQUALS", "CONTAINS", "REGEXP_PARTIAL_MATCH", "REGEXP_EXACT_MATCH", "IN_LIST", "IS_NULL", "BETWEEN", "NUMERIC_GREATER_THAN", "NUMERIC_GREATER_THAN_OR_EQUAL", "NUMERIC_LESS_THAN", "NUMERIC_LESS_THAN_OR_EQUAL",
        ];

        private bool IsText => Field.Column.Type == ColumnType.Text && Field.Column.Semantic is not ("iso-week" or "month");

        private bool IsTime => Field.Column.Type is ColumnType.Date or ColumnType.DateKey || Field.Column.Semantic is "iso-week" or "month";

        /// <summary>Whether the server can say the same as the tool.</summary>
        public bool IsExact => Operator switch
        {
            "IS_NULL" => true,
            "CONTAINS" => IsText,
            "REGEXP_PARTIAL_MATCH" => IsText,
            "REGEXP_EXACT_MATCH" => IsText && !Values[0].EndsWith(".*", StringComparison.Ordinal),
            "EQUALS" or "IN_LIST" => IsText || Values.All(value => value.Length > 0) && Field.Column.Type != ColumnType.Instant,
            _ => !IsText && Field.Column.Type is not (ColumnType.Flag or ColumnType.Instant) && Values.All(value => value.Length > 0),
        };

        public bool Keeps(object? cell) => Means(cell) != IsExcluding;

        public JsonObject Json() => new()
        {
            ["fieldName"] = Field.Name,
            ["operator"] = Operator,
            ["type"] = IsExcluding ? "EXCLUDE" : "INCLUDE",
            ["values"] = new JsonArray([.. Values.Select(value => (JsonNode)value)]),
        };

        private bool Means(object? cell) => Operator switch
        {
            "IS_NULL" => cell is null or "",
            "CONTAINS" => ((string)cell!).Contains(Values[0], StringComparison.Ordinal),
            "REGEXP_PARTIAL_MATCH" => Regex.IsMatch((string)cell!, Values[0].Replace("$", "\\z", StringComparison.Ordinal).Replace("\\\\z", "\\$", StringComparison.Ordinal), RegexOptions.CultureInvariant),
            "REGEXP_EXACT_MATCH" => Regex.IsMatch((string)cell!, $@"\A(?:{Values[0]})\z", RegexOptions.CultureInvariant),
            "EQUALS" or "IN_LIST" => Values.Any(value => Order(cell, value) == 0),
            "BETWEEN" => Order(cell, Values[0]) >= 0 && Order(cell, Values[1]) <= 0,
            "NUMERIC_GREATER_THAN" => Order(cell, Values[0]) > 0,
            "NUMERIC_GREATER_THAN_OR_EQUAL" => Order(cell, Values[0]) >= 0,
            "NUMERIC_LESS_THAN" => Order(cell, Values[0]) < 0,
            _ => Order(cell, Values[0]) <= 0,
        };

        // Null is in no order with anything.
        private int? Order(object? cell, string value) => cell switch
        {
            null => null,
            double number => number.CompareTo(double.Parse(value, CultureInfo.InvariantCulture)),
            bool flag => string.CompareOrdinal(flag ? "true" : "false", value),
            string text when IsTime || IsText => string.CompareOrdinal(text, value),
            _ => null,
        };
    }
}
