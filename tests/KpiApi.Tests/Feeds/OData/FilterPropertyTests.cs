using System.Globalization;
using System.Text.Json;
using KpiApi.Feeds;
using KpiApi.Feeds.Formats;
using KpiApi.Feeds.OData;
using KpiApi.Feeds.Queries;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace KpiApi.Tests.Feeds.OData;

/// <summary>Random filters, orders and groupings give what an evaluation in memory by the rules of OData gives, on the engine of the run.</summary>
public class FilterPropertyTests(FilterPropertyTests.Facts facts) : IClassFixture<FilterPropertyTests.Facts>
{
    private static readonly int Cases = int.Parse(Environment.GetEnvironmentVariable("KPI_LONG_FILTERS") ?? "300", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Filters_and_orders()
    {
        for (var seed = 0; seed < Cases; seed++)
        {
            var random = new RandomCondition(new Random(seed));
            var condition = random.Condition(3);
            var (text, by, isDescending) = random.Order();
            var expected = facts.Rows.Where(row => condition.Value(row) is true).ToList();
            expected.Sort((one, other) => Order(one, other, by, isDescending));
            var actual = await facts.Keys(FeedQuery.Parse(FactFeeds.Measurements, "MeasurementId", null, null, null, null, condition.Text, text));
            Assert.True(expected.Select(Id).SequenceEqual(actual), $"seed {seed}: filter={condition.Text}&orderby={text}\nexpected {string.Join(' ', expected.Select(Id))}\nactual   {string.Join(' ', actual)}");
        }
    }

    [Fact]
    public async Task Pages_in_any_order_put_together_are_the_whole()
    {
        for (var seed = 0; seed < Cases / 10; seed++)
        {
            var random = new RandomCondition(new Random(seed));
            var condition = random.Condition(1).Text;
            var order = random.Order().Text;
            var whole = await facts.Keys(FeedQuery.Parse(FactFeeds.Measurements, "MeasurementId", null, null, null, null, condition, order));
            var pages = new List<long>();
            string? cursor = null;
            do
            {
                var query = FeedQuery.Parse(FactFeeds.Measurements, "MeasurementId", null, null, "17", cursor, condition, order);
                using var page = JsonDocument.Parse(await facts.Text(query, new JsonRows(isPaged: true)));
                pages.AddRange(page.RootElement.GetProperty("items").EnumerateArray().Select(Id));
                cursor = page.RootElement.GetProperty("nextCursor").GetString();
            }
            while (cursor is not null && pages.Count <= whole.Count);

            Assert.True(whole.SequenceEqual(pages), $"seed {seed}: filter={condition}&orderby={order}\nwhole {string.Join(' ', whole)}\npages {string.Join(' ', pages)}");
        }
    }

    [Fact]
    public async Task Groupings()
    {
        for (var seed = 0; seed < Cases / 3; seed++)
        {
            var random = new RandomCondition(new Random(seed));
            var condition = random.Condition(1);
            var keys = new[] { random.GroupKey(), random.GroupKey() }.Distinct().Take(1 + seed % 2).ToList();
            var apply = $"filter({condition.Text})/groupby(({string.Join(',', keys)}),aggregate(Numerator with sum as Total,Numerator with average as Mean,ExternalId with max as Last,Note with min as First,Source with countdistinct as Sources,$count as Facts))";
            var expected = facts.Rows.Where(row => condition.Value(row) is true)
                .GroupBy(row => string.Join('|', keys.Select(key => row.GetProperty(key).GetRawText())))
                .Select(group => string.Join(" | ", [
                    group.Key,
                    Number(group.Sum(row => row.GetProperty("Numerator").GetDouble())),
                    Number(group.Average(row => row.GetProperty("Numerator").GetDouble())),
                    group.Select(row => row.GetProperty("ExternalId").GetString()!).Max(StringComparer.Ordinal)!,
                    group.Select(row => row.GetProperty("Note").GetString()).OfType<string>().Min(StringComparer.Ordinal) ?? "",
                    Number(group.Select(row => row.GetProperty("Source").GetString()).Distinct().Count()),
                    Number(group.Count()),
                ]))
                .Order(StringComparer.Ordinal).ToList();
            var actual = (await Applied(apply, null, null)).Select(row => string.Join(" | ", [
                    string.Join('|', keys.Select(key => row.GetProperty(key).GetRawText())),
                    Number(row.GetProperty("Total").GetDouble()),
                    Number(row.GetProperty("Mean").GetDouble()),
                    row.GetProperty("Last").GetString(),
                    row.GetProperty("First").GetString() ?? "",
                    Number(row.GetProperty("Sources").GetDouble()),
                    Number(row.GetProperty("Facts").GetDouble()),
                ]))
                .Order(StringComparer.Ordinal).ToList();
            Assert.True(expected.SequenceEqual(actual), $"seed {seed}: {apply}\nexpected {string.Join("\n         ", expected)}\nactual   {string.Join("\n         ", actual)}");
        }
    }

    [Fact]
    public void Statements_are_T_SQL_whose_only_values_are_parameters()
    {
        for (var seed = 0; seed < Cases; seed++)
        {
            var random = new RandomCondition(new Random(seed));
            var condition = random.Condition(3).Text;
            var position = FeedQuery.Parse(FactFeeds.Measurements, null, null, null, null, null, condition, "Note desc,Source") with { Limit = 5, After = ["'; DROP TABLE Measurement --", null, 1L] };
            var statement = position.Statement(new KpiApi.Storage.SqlServerText());
            var script = new TSql160Parser(true, SqlEngineType.All).Parse(new StringReader(statement.Sql), out var errors);
            Assert.True(errors.Count == 0, $"seed {seed}: {condition}\n{statement.Sql}\n{string.Join('\n', errors.Select(error => error.Message))}");
            Assert.DoesNotContain("DROP", statement.Sql, StringComparison.Ordinal);
            Assert.DoesNotContain(RandomCondition.Words.Where(word => word.Length > 2), word => statement.Sql.Contains($"'{word}'", StringComparison.Ordinal));
            Assert.Single(((TSqlScript)script).Batches.Single().Statements);
        }
    }

    [Theory]
    [InlineData("aggregate($count as N)")]
    [InlineData("groupby((Source))/aggregate(Source with max as Last)")]
    public void The_one_row_of_all_is_a_page_that_SQL_Server_takes(string apply)
    {
        var rows = new ODataParser(new FeedTable(FactFeeds.Measurements), apply: ("$apply", apply)).Apply().Rows;
        var server = KpiApi.Storage.Dialect.For("sqlserver", "Server=nowhere;Database=none");
        var sql = server.Page(new FeedQuery(FactFeeds.Measurements, rows.Columns) { Rows = rows, Limit = 5 }.Statement(server.Text).Sql);
        new TSql160Parser(true, SqlEngineType.All).Parse(new StringReader(sql), out var errors);
        Assert.True(errors.Count == 0, $"{sql}\n{string.Join('\n', errors.Select(error => error.Message))}");
    }

    [Fact]
    public async Task Figures_of_groups_are_filtered_ordered_and_grouped_again()
    {
        var rows = await Applied("groupby((Source,KpiId),aggregate(Numerator with sum as Total))/filter(Total gt 0)/groupby((Source),aggregate(Total with max as Most,$count as N))", "N ge 1 and Source ne 'zz'", "Most desc,Source");
        var expected = facts.Rows.GroupBy(row => (Source: row.GetProperty("Source").GetString()!, Kpi: row.GetProperty("KpiId").GetInt64()))
            .Select(group => (group.Key.Source, Total: group.Sum(row => row.GetProperty("Numerator").GetDouble())))
            .Where(group => group.Total > 0 && group.Source != "zz")
            .GroupBy(group => group.Source)
            .Select(group => (Source: group.Key, Most: group.Max(row => row.Total), N: group.Count()))
            .OrderByDescending(group => group.Most).ThenBy(group => group.Source, StringComparer.Ordinal)
            .Select(group => $"{group.Source} {Number(group.Most)} {group.N}").ToList();
        Assert.Equal(expected, rows.Select(row => $"{row.GetProperty("Source").GetString()} {Number(row.GetProperty("Most").GetDouble())} {row.GetProperty("N").GetInt64()}"));
    }

    private async Task<IReadOnlyList<JsonElement>> Applied(string apply, string? filter, string? orderBy)
    {
        var parser = new ODataParser(new FeedTable(FactFeeds.Measurements), ("$filter", filter), ("$orderby", orderBy), ("$apply", apply));
        var (rows, remaining) = parser.Apply();
        var query = new FeedQuery(FactFeeds.Measurements, rows.Columns) { Rows = rows, Filter = Expression.And(remaining, parser.Filter()), OrderBy = parser.OrderBy() };
        using var answer = JsonDocument.Parse(await facts.Text(query, new JsonRows(isPaged: false)));
        return answer.RootElement.Clone().EnumerateArray().ToList();
    }

    // Sums depend on their order in the last digit, which must not decide how a half is rounded.
    private static string Number(double number) => (Math.Round(number + 1.2345e-8, 6) + 0.0).ToString(CultureInfo.InvariantCulture);

    private static long Id(JsonElement row) => row.GetProperty("MeasurementId").GetInt64();

    private static int Order(JsonElement one, JsonElement other, Func<JsonElement, object?>[] by, bool[] isDescending)
    {
        for (var term = 0; term < by.Length; term++)
        {
            var (left, right) = (by[term](one), by[term](other));
            var order = left is null || right is null ? (left is null ? 0 : 1) - (right is null ? 0 : 1) : RandomCondition.Ordered(left, right);
            if (order != 0)
            {
                return isDescending[term] ? -order : order;
            }
        }

        return Id(one).CompareTo(Id(other));
    }

    /// <summary>Facts with texts, nulls and instants that engines like to treat in ways of their own.</summary>
    public sealed class Facts : IAsyncLifetime, IDisposable
    {
        private readonly FeedDatabase _database = new();

        internal IReadOnlyList<JsonElement> Rows { get; private set; } = [];

        public async Task InitializeAsync()
        {
            var random = new Random(1);
            string Word() => RandomCondition.Words[random.Next(RandomCondition.Words.Length)];
            var instant = new DateTimeOffset(2025, 6, 2, 10, 0, 0, TimeSpan.Zero);
            await _database.Add(Enumerable.Range(100, 150).Select(id => (
                (long)id,
                (long)random.Next(1, 4),
                RandomCondition.FirstDay.AddDays(random.Next(20)),
                random.Next(3) == 0 ? null : KpiApi.Storage.Instants.Precise(instant.AddTicks(random.Next(-3, 4) * (random.Next(2) == 0 ? 5000 : 36_000_000_000))),
                random.Next(-20, 20) * (random.Next(3) == 0 ? 1_250_000L : 1_000_001L),
                random.Next(0, 4) * 1_000_000L,
                // No source ends with a space: it would not be taken, since a server counts it as the same as without.
                Word().TrimEnd(),
                Word() + id,
                random.Next(3) == 0 ? null : Word(),
                KpiApi.Storage.Instants.Text(instant.AddMilliseconds(random.Next(-3, 4) * (random.Next(2) == 0 ? 1 : 3_600_000))))));
            using var rows = JsonDocument.Parse(await Text(new FeedQuery(FactFeeds.Measurements, FactFeeds.Measurements.Columns), new JsonRows(isPaged: false)));
            Rows = rows.RootElement.Clone().EnumerateArray().ToList();
        }

        public Task DisposeAsync() => Task.CompletedTask;

        public void Dispose() => _database.Dispose();

        internal Task<string> Text(FeedQuery query, RowFormat format) => _database.Text(query, format);

        internal async Task<List<long>> Keys(FeedQuery query)
        {
            using var rows = JsonDocument.Parse(await Text(query, new JsonRows(isPaged: false)));
            return rows.RootElement.EnumerateArray().Select(Id).ToList();
        }
    }
}
