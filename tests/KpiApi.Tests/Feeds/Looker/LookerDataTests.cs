using System.Globalization;
using System.Text.Json.Nodes;
using KpiApi.Access;
using KpiApi.Feeds;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Feeds.Looker;

/// <summary>What the report tool gets for what it asks.</summary>
public class LookerDataTests(LookerWorld world) : IClassFixture<LookerWorld>
{
    [Fact]
    public async Task Rows_are_grouped_by_the_dimensions_and_come_in_the_order_asked_for()
    {
        var answer = await Ask("ledger", ["Gain", "Kind", "RowCount", "Currency"]);
        Assert.Equal(["Gain", "Kind", "RowCount", "Currency"], answer["schema"]!.AsArray().Select(field => (string)field!["name"]!));
        var expected = (await world.Rows(FactFeeds.Ledger)).GroupBy(row => ((string)row["Kind"]!, (string)row["Currency"]!)).OrderBy(group => group.Key.Item1, StringComparer.Ordinal).ThenBy(group => group.Key.Item2, StringComparer.Ordinal)
            .Select(group => $"{(group.Key.Item1 == "gain" ? group.Sum(row => (double)row["Amount"]!) : 0).ToString(CultureInfo.InvariantCulture)} {group.Key.Item1} {group.Count()} {group.Key.Item2}");
        Assert.Equal(expected, Rows(answer).Select(row => string.Join(' ', row.Select(cell => cell!.ToString()))));
        Assert.True((bool)answer["filtersApplied"]!);
    }

    [Fact]
    public async Task Without_a_dimension_there_is_one_row_also_of_nothing()
    {
        var all = Assert.Single(Rows(await Ask("measurements", ["RowCount"])));
        Assert.Equal((await world.Rows(FactFeeds.Measurements)).Count, (int)all[0]!);
        var none = Assert.Single(Rows(await Ask("measurements", ["RowCount", "Numerator"], range: ("2015-01-01", "2015-01-02"))));
        Assert.Equal("0 ", $"{none[0]} {none[1]}");
    }

    [Fact]
    public async Task Days_months_weeks_and_instants_are_written_as_the_tool_reads_them()
    {
        var week = Rows(await Ask("kpi-weeks", ["Week", "WeekStart", "DateKey", "IsProvisional", "KpiName"], range: ("2025-12-29", "2025-12-29")))[0];
        Assert.Equal("202601 20251229 20251229 false", string.Join(' ', week.Take(4).Select(cell => cell!.ToJsonString().Trim('"'))));
        Assert.Equal("Project ROI", (string)week[4]!);
        Assert.Equal(["202510", "202511", "202512"], Rows(await Ask("roi-months", ["Month"], range: ("2025-10-01", "2025-12-31"))).Select(row => (string)row[0]!));
        var day = Assert.Single(Rows(await Ask("dates", ["Date", "Year", "Quarter", "Month", "IsoYear", "IsoWeek", "MonthNumber", "Week"], range: ("2027-01-03", "2027-01-03"))));
        Assert.StartsWith("20270103 2027 1 01 2026 53 ", string.Join(' ', day.Select(cell => cell!.ToString())), StringComparison.Ordinal);
        // The clock stands still at noon, when all of this was written.
        Assert.All(Rows(await Ask("kpis", ["UpdatedAtUtc"])), row => Assert.Equal("20260202120000", (string)row[0]!));
    }

    [Fact]
    public async Task An_empty_text_is_text_and_any_other_empty_cell_is_null()
    {
        var label = Rows(await Ask("ledger", ["Label", "RowCount"]))[0];
        Assert.Equal("", (string)label[0]!);
        var draft = Assert.Single(Rows(await Ask("projects", ["ProjectCode", "ClosedOn", "LaunchedAtUtc", "Template"], filters: new JsonArray(new JsonArray(Filter("ProjectCode", "EQUALS", "delta"))))));
        Assert.Equal(("delta", null, null, ""), ((string)draft[0]!, draft[1], draft[2], (string)draft[3]!));
    }

    [Fact]
    public async Task A_figure_that_does_not_add_up_is_shown_where_one_row_stands_for_it()
    {
        var alone = Rows(await Ask("kpi-weeks", ["ProjectKpiId", "Week", "Drift"]));
        Assert.Equal((await world.Rows(FigureFeeds.KpiWeeks)).Select(row => row["Drift"]?.ToString()), alone.Select(row => row[2]?.ToString()));
        var together = Rows(await Ask("kpi-weeks", ["Week", "Drift"], range: ("2025-12-01", "2026-01-31")));
        Assert.All(together, row => Assert.Null(row[1]));
        Assert.NotEmpty(together);
    }

    [Theory]
    [InlineData("ledger", "Gain", "Currency", "/")]
    [InlineData("ledger", "RoiRatio", "Currency", "Category")]
    [InlineData("portfolio", "RoiReturn", "Currency", "")]
    [InlineData("ledger", "Amount", "Kind", "Currency")]
    [InlineData("kpi-days", "Value", "KPI", "Date")]
    [InlineData("kpi-days", "Numerator", "KPI", "ProjectName")]
    [InlineData("kpi-days", "Denominator", "Currency", "KpiCode")]
    public async Task What_is_never_added_is_refused_with_the_dimension_that_is_missing(string feed, string metric, string missing, string dimension)
    {
        string[] fields = dimension is "" or "/" ? [metric] : [dimension, metric];
        var problem = await Problems.Of(await Send(Question(feed, fields)), 422, "invalid");
        Assert.Contains("Add the dimension " + missing, (string)problem["detail"]!, StringComparison.Ordinal);
        var french = Question(feed, fields);
        french["configParams"]!["language"] = "fr";
        Assert.Contains("ne s'additionnent pas", (string)(await Problems.Of(await Send(french), 422, "invalid"))["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_KPI_that_keeps_the_last_value_has_no_sum_but_a_value_of_the_day()
    {
        var rows = Rows(await Ask("kpi-days", ["Date", "Value", "Numerator", "Denominator", "DayValue", "FactCount"], filters: new JsonArray(new JsonArray(Filter("KpiCode", "EQUALS", "tickets")))));
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Equal((null, null, null), (row[1], row[2], row[3])));
        Assert.All(rows, row => Assert.NotNull(row[4]));
    }

    [Fact]
    public async Task A_range_of_days_is_about_the_date_that_was_chosen()
    {
        foreach (var (feed, column, definition) in new[] { ("ledger", null, FactFeeds.Ledger), ("ledger", "Date", FactFeeds.Ledger), ("kpi-days", null, FigureFeeds.KpiDays), ("projects", "StartsOn", DimensionFeeds.Projects), ("kpi-status", "WeekStart", FigureFeeds.KpiStatus) })
        {
            var (from, to) = ("2025-11-24", "2026-01-31");
            var count = Rows(await Ask(feed, ["RowCount"], range: (from, to), dateColumn: column))[0][0]!;
            var expected = (await world.Rows(definition)).Count(row => (column is null or "Date" ? row["Date"] : row[column]) is { } day && string.CompareOrdinal((string)day!, from) >= 0 && string.CompareOrdinal((string)day!, to) <= 0);
            Assert.Equal(expected, (int)count);
            Assert.NotEqual(0, expected);
        }

        foreach (var (feed, column, definition) in new[] { ("ledger", "none", FactFeeds.Ledger), ("projects", null, DimensionFeeds.Projects), ("kpi-status", "", FigureFeeds.KpiStatus), ("portfolio", "none", FigureFeeds.Portfolio) })
        {
            Assert.Equal((await world.Rows(definition)).Count, (int)Rows(await Ask(feed, ["RowCount"], range: ("2025-11-24", "2025-11-24"), dateColumn: column))[0][0]!);
        }
    }

    [Fact]
    public async Task The_day_as_of_which_it_is_asked_counts()
    {
        var question = Question("ledger", ["ProjectCode", "Gain", "Cost"]);
        question["configParams"]!["asOf"] = "2025-11-30";
        question["configParams"]!["dateColumn"] = "none";
        var rows = Rows(await world.Client.Post("/v1/looker/data", question));
        foreach (var row in (await world.Client.Get("/v1/feeds/project-roi?asOf=2025-11-30")).AsArray().Where(row => (double)row!["Gain"]! != 0))
        {
            Assert.Equal((double)row!["Gain"]!, (double)rows.Single(other => (string)other[0]! == (string)row["ProjectCode"]!)[1]!, 9);
        }

        question["configParams"]!["asOf"] = "";
        Assert.NotEqual(Rows(await world.Client.Post("/v1/looker/data", question)).Sum(row => (double)row[1]!), rows.Sum(row => (double)row[1]!));
    }

    [Fact]
    public async Task A_sample_is_a_hundred_rows_of_the_same()
    {
        var question = Question("dates", ["Date"]);
        question["scriptParams"] = new JsonObject { ["sampleExtraction"] = true, ["lastRefresh"] = "1" };
        Assert.Equal(100, Rows(await world.Client.Post("/v1/looker/data", question)).Count);
    }

    [Fact]
    public async Task An_answer_that_is_too_long_is_refused_and_never_cut()
    {
        await using var rows = await KpiApp.Start("2026-02-02", "--Limits:LookerRows=31");
        var client = await rows.Organisation(role: Role.Reader);
        foreach (var (to, fits) in new[] { ("2026-01-31", true), ("2026-02-01", false) })
        {
            using var answer = await client.Send(HttpMethod.Post, "/v1/looker/data", Question("dates", ["Date"], range: ("2026-01-01", to)).ToJsonString());
            Assert.Equal(fits ? 200 : 413, (int)answer.StatusCode);
            if (fits)
            {
                Assert.Equal(31, Rows(JsonNode.Parse(await answer.Content.ReadAsStringAsync())!).Count);
            }
            else
            {
                Assert.Contains("31 rows", (string)(await Problems.Of(answer, 413, "too-large"))["detail"]!, StringComparison.Ordinal);
            }
        }

        await using var bytes = await KpiApp.Start("2026-02-02", "--Limits:LookerBytes=1000000");
        var reader = await bytes.Organisation(role: Role.Reader);
        Assert.Equal(12_784, Rows(await reader.Post("/v1/looker/data", Question("dates", ["Date"]).ToJsonString())).Count);
        await Problems.Of(await reader.Send(HttpMethod.Post, "/v1/looker/data", Question("dates", [.. DimensionFeeds.Dates.Columns.Select(column => column.Name)]).ToJsonString()), 413, "too-large");
    }

    [Theory]
    [InlineData("/v1/looker/data", """{}""", 422)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger"}}""", 422)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger"},"fields":[]}""", 422)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger"},"fields":[{"name":"Amounts"}]}""", 422)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger"},"fields":[{"name":"amount"}]}""", 422)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger"},"fields":[{}]}""", 422)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger"},"fields":[{"name":"Kind","forFilterOnly":true}]}""", 422)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"Ledger"},"fields":[{"name":"Kind"}]}""", 422)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger","language":"de"},"fields":[{"name":"Kind"}]}""", 422)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger","dateColumn":"Kind"},"fields":[{"name":"Kind"}]}""", 422)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger","dateColumn":"StartsOn"},"fields":[{"name":"Kind"}]}""", 422)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger","asOf":"2026-02-03"},"fields":[{"name":"Kind"}]}""", 422)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger","asOf":"2014-12-31"},"fields":[{"name":"Kind"}]}""", 422)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger","asOf":"20260101"},"fields":[{"name":"Kind"}]}""", 422)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger"},"fields":[{"name":"Kind"}],"dateRange":{"startDate":"2026-02-30","endDate":"2026-01-01"}}""", 422)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger"},"fields":[{"name":"Kind"}],"dateRange":{"startDate":"2026-02-03"}}""", 422)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger","asof":"2026-01-01"},"fields":[{"name":"Kind"}]}""", 400)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger"},"fields":"Kind"}""", 400)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger"},"fields":[null]}""", 400)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger"},"fields":[{"name":"Kind"}],"dimensionsFilters":[[null]]}""", 400)]
    [InlineData("/v1/looker/data", """{"configParams":{"feed":"ledger"},"fields":[{"name":"Kind"}],"dimensionsFilters":[{"fieldName":"Kind"}]}""", 400)]
    [InlineData("/v1/looker/data", """[]""", 400)]
    [InlineData("/v1/looker/schema", """{"configParams":{}}""", 422)]
    [InlineData("/v1/looker/schema", """{"configParams":{"feed":null}}""", 422)]
    [InlineData("/v1/looker/schema", """{"configParams":{"feed":"ledger","asOf":"tomorrow"}}""", 422)]
    [InlineData("/v1/looker/config", """{"configParams":{"feed":1}}""", 400)]
    [InlineData("/v1/looker/config", """{"configParams":{"language":"de"}}""", 422)]
    public async Task A_question_that_makes_no_sense_is_refused(string path, string question, int status) =>
        await Problems.Of(await world.Client.Send(HttpMethod.Post, path, question), status);

    [Fact]
    public async Task What_Google_may_add_to_its_questions_is_left_alone()
    {
        const string More = """ "userToken":"x","scriptParams":{"sampleExtraction":false,"lastRefresh":"2026-02-02T11:00:00Z","new":1},"dateRange":{"startDate":"2026-01-01","endDate":"2026-01-31","timeZone":"x"},"orderBy":[{"fieldName":"Kind"}]""";
        Assert.NotEmpty(Rows(await world.Client.Post("/v1/looker/data", "{\"configParams\":{\"feed\":\"ledger\"},\"fields\":[{\"name\":\"Kind\",\"new\":true}]," + More + "}")));
        Assert.NotEmpty((await world.Client.Post("/v1/looker/schema", "{\"configParams\":{\"feed\":\"ledger\"}," + More + "}"))["schema"]!.AsArray());
        Assert.NotEmpty((await world.Client.Post("/v1/looker/config", "{\"languageCode\":\"fr\"," + More + "}"))["configParams"]!.AsArray());
        // Nulls stand for what is not said.
        Assert.NotEmpty(Rows(await world.Client.Post("/v1/looker/data", """{"configParams":{"feed":"ledger","language":null,"asOf":null,"dateColumn":null},"scriptParams":null,"dateRange":null,"dimensionsFilters":null,"fields":[{"name":"Kind","forFilterOnly":null}]}""")));
    }

    [Fact]
    public async Task The_key_of_a_reader_is_enough_also_in_the_address_and_an_Idempotency_Key_means_nothing()
    {
        var organisation = world.Client.OrganisationId;
        var reader = (await world.App.Client(organisation, Role.Reader)).Http.DefaultRequestHeaders.GetValues("X-Api-Key").Single();
        using var anonymous = world.App.Anonymous();
        using var answer = await Problems.Send(anonymous, "POST", "/v1/looker/data?api_key=" + reader, Question("kpis", ["KpiCode"]).ToJsonString());
        Assert.Equal(200, (int)answer.StatusCode);
        await world.Client.Post("/v1/looker/data", Question("kpis", ["KpiCode"]), idempotencyKey: "looker");
        Assert.Single(Rows(await world.Client.Post("/v1/looker/data", Question("kpis", ["RowCount"]), idempotencyKey: "looker")));
    }

    [Fact]
    public async Task Amounts_have_the_type_of_the_currency_while_there_is_one()
    {
        static string? Type(JsonNode schema, string name) => (string?)schema["schema"]!.AsArray().Single(field => (string)field!["name"]! == name)!["semantics"]!["semanticType"];
        Assert.Equal("NUMBER", Type(await world.Client.Post("/v1/looker/schema", new { configParams = new { feed = "ledger" } }), "Amount"));
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        foreach (var (code, currency, type) in new[] { ("a", "CHF", "CURRENCY_CHF"), ("b", "CHF", "CURRENCY_CHF"), ("c", "EUR", "NUMBER") })
        {
            await BadWorld.Project(client, code, "2026-02-01");
            await client.Patch("/v1/projects/" + code, new { currency });
            Assert.Equal(type, Type(await client.Post("/v1/looker/schema", new { configParams = new { feed = "ledger", language = "fr" } }), "Amount"));
        }
    }

    private async Task<HttpResponseMessage> Send(JsonNode question) => await world.Client.Send(HttpMethod.Post, "/v1/looker/data", question.ToJsonString());

    private Task<JsonNode> Ask(string feed, string[] fields, (string, string)? range = null, string? dateColumn = null, JsonArray? filters = null)
    {
        var question = Question(feed, fields, range);
        question["configParams"]!["dateColumn"] = dateColumn;
        question["dimensionsFilters"] = filters;
        return world.Client.Post("/v1/looker/data", question);
    }

    internal static JsonObject Question(string feed, string[] fields, (string From, string To)? range = null) => new()
    {
        ["configParams"] = new JsonObject { ["feed"] = feed },
        ["fields"] = new JsonArray([.. fields.Select(name => (JsonNode)new JsonObject { ["name"] = name })]),
        ["dateRange"] = range is var (from, to) ? new JsonObject { ["startDate"] = from, ["endDate"] = to } : null,
    };

    internal static JsonObject Filter(string field, string comparison, params string[] values) =>
        new() { ["fieldName"] = field, ["operator"] = comparison, ["type"] = "INCLUDE", ["values"] = new JsonArray([.. values.Select(value => (JsonNode)value)]) };

    internal static List<JsonArray> Rows(JsonNode answer) => answer["rows"]!.AsArray().Select(row => row!["values"]!.AsArray()).ToList();
}
