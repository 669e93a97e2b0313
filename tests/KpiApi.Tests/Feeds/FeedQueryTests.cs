using KpiApi.Feeds;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Tests.Feeds;

/// <summary>From a request to a statement.</summary>
public class FeedQueryTests
{
    [Fact]
    public void Without_parameters_everything_is_asked_for_in_key_order()
    {
        var query = Parse(FigureFeeds.RoiMonths);
        Assert.Equal(
            "SELECT [ProjectId], [ProjectCode], [Month], [DateKey], [Currency], [Gain], [Cost], [CumulativeGain], [CumulativeCost], [RoiRatio] FROM [RoiMonths] ORDER BY [ProjectId], [DateKey]",
            Sql(query));
        Assert.Empty(Parameters(query));
        Assert.False(query.IsPaged);
    }

    [Fact]
    public void Chosen_columns_come_in_the_order_of_the_caller_and_the_key_is_only_read()
    {
        var query = Parse(FigureFeeds.RoiMonths, select: "Cost, ProjectId");
        Assert.Equal(["Cost", "ProjectId"], query.Columns.Select(column => column.Name));
        Assert.Equal("SELECT [Cost], [ProjectId], [DateKey] FROM [RoiMonths] ORDER BY [ProjectId], [DateKey]", Sql(query));
    }

    [Fact]
    public void Days_are_compared_as_date_keys()
    {
        var query = Parse(FactFeeds.Ledger, select: "Amount", from: "2025-01-31", to: "2025-02-01");
        Assert.Equal("SELECT [Amount], [LedgerEntryId] FROM [Ledger] WHERE [DateKey] >= @from AND [DateKey] <= @to ORDER BY [LedgerEntryId]", Sql(query));
        Assert.Equal([("from", 20250131), ("to", 20250201)], Parameters(query).Select(value => (value.Key, (int)value.Value)));
    }

    [Fact]
    public void Days_are_compared_as_day_numbers_where_the_view_has_them()
    {
        var query = Parse(FigureFeeds.KpiDays, select: "Value", from: "1970-01-02");
        Assert.Equal("SELECT [Value], [ProjectKpiId], [DateKey] FROM [KpiDays] WHERE [Day] >= @from ORDER BY [ProjectKpiId], [DateKey]", Sql(query));
        Assert.Equal(1, Parameters(query)["from"]);
    }

    [Fact]
    public void A_page_begins_after_a_key_of_several_parts()
    {
        var cursor = Parse(FigureFeeds.NorthStars).Cursor([7L, 8L, 20250101L]);
        var query = Parse(FigureFeeds.NorthStars, select: "Value", limit: "5", cursor: cursor);
        Assert.Equal(
            "SELECT [Value], [ActivityId], [KpiId], [DateKey] FROM [NorthStars] WHERE [ActivityId] >= @after0 AND ([ActivityId] > @after0 OR ([KpiId] >= @after1 AND ([KpiId] > @after1 OR ([DateKey] > @after2)))) ORDER BY [ActivityId], [KpiId], [DateKey]",
            Sql(query));
        Assert.Equal([("after0", 7L), ("after1", 8L), ("after2", 20250101L), ("limit", 6L)], Parameters(query).OrderBy(value => value.Key, StringComparer.Ordinal).Select(value => (value.Key, (long)value.Value)));
        Assert.True(query.IsPaged);
    }

    [Fact]
    public void The_largest_limit_still_looks_one_row_further() => Assert.Equal(2147483648L, Parameters(Parse(FactFeeds.Ledger, limit: "2147483647"))["limit"]);

    [Theory]
    [InlineData("Amount,Nothing", "select")]
    [InlineData("amount", "select")]
    [InlineData("Amount,Amount", "select")]
    [InlineData("Amount,", "select")]
    [InlineData("", "select")]
    [InlineData("*", "select")]
    [InlineData("Day", "select")]
    [InlineData("Amount] FROM [Ledger", "select")]
    public void A_wrong_column_is_refused(string select, string parameter) => Refused(parameter, () => Parse(FactFeeds.Ledger, select: select));

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.5")]
    [InlineData("")]
    [InlineData("2147483648")]
    [InlineData("ten")]
    public void A_wrong_limit_is_refused(string limit) => Refused("limit", () => Parse(FactFeeds.Ledger, limit: limit));

    [Theory]
    [InlineData("2025-02-30")]
    [InlineData("20250101")]
    [InlineData("")]
    public void A_wrong_day_is_refused(string day)
    {
        Refused("from", () => Parse(FactFeeds.Ledger, from: day));
        Refused("to", () => Parse(FactFeeds.Ledger, to: day));
    }

    [Fact]
    public void Days_are_refused_where_rows_have_none()
    {
        Refused("from", () => Parse(FigureFeeds.Portfolio, from: "2025-01-01"));
        Refused("to", () => Parse(FigureFeeds.Portfolio, to: "2025-01-01"));
    }

    [Fact]
    public void A_cursor_of_another_feed_is_refused()
    {
        // The same key, of another feed.
        Refused("cursor", () => Parse(FigureFeeds.ProjectRoi, cursor: Parse(FigureFeeds.Portfolio).Cursor([1L])));
        Refused("cursor", () => Parse(FigureFeeds.KpiWeeks, cursor: Parse(FigureFeeds.KpiDays).Cursor([1L, 20250101L])));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("W10")]
    [InlineData("WyJmZWVkcy9sZWRnZXIiXQ")] // ["feeds/ledger"]
    [InlineData("WyJmZWVkcy9sZWRnZXIiLCIxIl0")] // ["feeds/ledger","1"]
    [InlineData("WyJmZWVkcy9sZWRnZXIiLDEuNV0")] // ["feeds/ledger",1.5]
    [InlineData("WyJmZWVkcy9sZWRnZXIiLDEsMl0")] // ["feeds/ledger",1,2]
    public void A_malformed_cursor_is_refused(string cursor) => Refused("cursor", () => Parse(FactFeeds.Ledger, cursor: cursor));

    [Fact]
    public void A_cursor_fits_whatever_columns_are_chosen()
    {
        var cursor = Parse(FactFeeds.Ledger, select: "Amount").Cursor([long.MaxValue]);
        Assert.Equal([long.MaxValue], Parse(FactFeeds.Ledger, cursor: cursor).After!.Cast<long>());
    }

    private static string Sql(FeedQuery query) => query.Statement(new SqliteText()).Sql;

    private static IReadOnlyDictionary<string, object> Parameters(FeedQuery query) => query.Statement(new SqliteText()).Parameters;

    internal static FeedQuery Parse(Feed feed, string? select = null, string? from = null, string? to = null, string? limit = null, string? cursor = null) =>
        FeedQuery.Parse(feed, select, from, to, limit, cursor);

    internal static void Refused(string parameter, Func<object> read)
    {
        var problem = Assert.Throws<ProblemException>(read);
        Assert.Equal(ProblemType.Malformed, problem.Type);
        Assert.Contains("'" + parameter + "'", problem.Message, StringComparison.Ordinal);
    }
}
