using System.Text.RegularExpressions;
using KpiApi.Measurements;
using Microsoft.Data.Sqlite;

namespace KpiApi.Tests.Rules;

/// <summary>What SQLite would do for a read, asked of SQLite. A cost that grows with the facts shows here before it shows in a benchmark.</summary>
public sealed class PlanTests : IDisposable
{
    private static readonly string[] FactTables = ["Measurement", "MeasurementHistory", "LedgerEntry", "LedgerEntryHistory"];

    private static readonly string[] FactViews = ["Ledger", "Measurements"];

    private readonly SqliteConnection _sqlite = SqlFiles.OpenSqlite();

    public static TheoryData<string> ComputingViews => [.. SqlFiles.Views().Select(v => v.Stem).Except(FactViews)];

    public static TheoryData<string> Views => [.. SqlFiles.Views().Select(v => v.Stem)];

    public void Dispose() => _sqlite.Dispose();

    [Theory]
    [MemberData(nameof(Views))]
    public void A_view_can_be_read_when_nothing_is_stored(string view) =>
        // Dates has its rows from the calendar, which the program fills.
        Assert.Empty(_sqlite.Rows($"SELECT * FROM {view}"));

    [Theory]
    [MemberData(nameof(ComputingViews))]
    public void A_computing_view_opens_no_table_of_facts(string view)
    {
        foreach (var query in Queries(view))
        {
            var opened = OpenedTables(query);
            Assert.NotEmpty(opened);
            Assert.Empty(opened.Intersect(FactTables));
        }
    }

    [Theory]
    [InlineData("KpiDays")]
    [InlineData("KpiWeeks")]
    [InlineData("KpiStatus")]
    [InlineData("KpiOutcomes")]
    [InlineData("KpiSeries")]
    [InlineData("ProjectKpis")]
    [InlineData("Portfolio")]
    public void One_project_seeks_its_day_totals(string view)
    {
        var plan = Plan($"SELECT * FROM {view} WHERE ProjectId = 1");
        // SeriesId leads no other primary key, so this is KpiDayTotal.
        Assert.Contains(plan, step => step.StartsWith("SEARCH d USING PRIMARY KEY (SeriesId=?", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, step => step.StartsWith("SCAN d", StringComparison.Ordinal) || step.Contains("SCAN KpiDayTotal", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("KpiDays")]
    [InlineData("KpiWeeks")]
    [InlineData("KpiStatus")]
    [InlineData("KpiOutcomes")]
    public void One_project_is_looked_up_and_not_searched_for(string view)
    {
        var plan = Plan($"SELECT * FROM {view} WHERE ProjectId = 1");
        Assert.Contains(plan, step => step.StartsWith("SEARCH p USING INTEGER PRIMARY KEY", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, step => step.StartsWith("SCAN p", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("SELECT * FROM Measurements WHERE MeasurementId = 1", "SEARCH m USING INTEGER PRIMARY KEY (rowid=?)")]
    [InlineData("SELECT * FROM Ledger WHERE LedgerEntryId = 1", "SEARCH e USING INTEGER PRIMARY KEY (rowid=?)")]
    [InlineData("SELECT * FROM Measurements WHERE DateKey BETWEEN 20250601 AND 20250630", "SEARCH m USING INDEX IX_Measurement_DayOrder (OrganisationId=? AND DateKey>? AND DateKey<?)")]
    [InlineData("SELECT * FROM Ledger WHERE DateKey BETWEEN 20250601 AND 20250630", "SEARCH e USING INDEX IX_LedgerEntry_DateKey (OrganisationId=? AND DateKey>? AND DateKey<?)")]
    public void A_fact_feed_seeks_one_row_or_one_span_of_days(string query, string step)
    {
        var plan = Plan(query);
        Assert.Contains(step, plan);
        Assert.DoesNotContain(plan, s => s.StartsWith("SCAN m", StringComparison.Ordinal) || s.StartsWith("SCAN e", StringComparison.Ordinal));
    }

    [Fact]
    public void The_last_fact_of_a_day_is_one_seek()
    {
        var plan = Plan("SELECT Numerator FROM Measurement WHERE SeriesId = 1 AND Day = 20000 ORDER BY TimestampUtc DESC, Source DESC, ExternalId DESC LIMIT 1");
        Assert.Equal("SEARCH Measurement USING INDEX IX_Measurement_Last (SeriesId=? AND Day=?)", Assert.Single(plan));
    }

    [Fact]
    public void The_days_of_all_facts_are_one_walk_along_an_index()
    {
        var plan = Plan(Regex.Replace(MeasurementStore.DaysShown, @"@\w+", "1") + " LIMIT 100");
        Assert.Equal("SEARCH m USING INDEX IX_Measurement_DayOrder (OrganisationId=? AND DateKey>? AND DateKey<?)", plan[0]);
        Assert.DoesNotContain(plan, step => step.StartsWith("SCAN", StringComparison.Ordinal) || step.StartsWith("USE TEMP", StringComparison.Ordinal));
    }

    private IEnumerable<string> Queries(string view)
    {
        yield return $"SELECT * FROM {view}";
        var columns = _sqlite.Rows($"SELECT name FROM pragma_table_info('{view}')").Select(r => r[0]).ToList();
        foreach (var key in columns.Intersect(["ProjectId", "ProjectKpiId", "ActivityId"]))
        {
            yield return $"SELECT * FROM {view} WHERE {key} = 1";
        }
    }

    private List<string> Plan(string query) => [.. _sqlite.Rows($"EXPLAIN QUERY PLAN {query}").Select(r => r[^1])];

    /// <summary>A plan names aliases; the program behind it opens root pages, and a page belongs to one table.</summary>
    private HashSet<string> OpenedTables(string query)
    {
        var tables = _sqlite.Rows("SELECT rootpage, tbl_name FROM sqlite_schema WHERE rootpage > 0").ToDictionary(r => r[0], r => r[1]);
        return [.. _sqlite.Rows($"EXPLAIN {query}").Where(r => r[1] == "OpenRead").Select(r => tables[r[3]])];
    }
}
