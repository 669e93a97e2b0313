using System.Data.Common;
using System.Globalization;
using System.Text.RegularExpressions;
using Dapper;
using KpiApi.Storage;

namespace KpiApi.Tests.Support;

/// <summary>
/// The views over rows that a test writes as text tables. Days are written as dates, facts and money in natural units, and
/// columns that the test does not name get a harmless default, so that a table shows just what matters.
/// </summary>
internal sealed partial class ViewDb : IAsyncDisposable
{
    private readonly TestDatabase _stored;

    // Two, because on a server a session sees what its Scope says from the beginning.
    private readonly DbConnection _tables;
    private readonly DbConnection _views;
    private readonly Dialect _dialect;
    private static readonly Dictionary<string, object> Defaults = new(StringComparer.Ordinal)
    {
        ["OrganisationId"] = 1L,
        ["ActivityId"] = 1L,
        ["ProjectId"] = 1L,
        ["KpiId"] = 1L,
        ["Direction"] = "increase",
        ["Aggregation"] = "ratio",
        ["Unit"] = "count",
        ["ThresholdKind"] = "absolute",
        ["BaselineDays"] = 30L,
        ["HorizonDays"] = 90L,
        ["RoiThreshold"] = 1.5,
        ["ReviewCadenceDays"] = 14L,
        ["Currency"] = "EUR",
        ["FactCount"] = 1L,
        ["EntryCount"] = 1L,
        ["GraceDays"] = 14L,
        ["FiscalYearStartMonth"] = 1L,
        ["IsCurrent"] = 1L,
        ["Decision"] = "continue",
        ["ReviewKind"] = "weekly",
        ["ReviewId"] = 1L,
        ["ActionNumber"] = 1L,
        ["Kind"] = "gain",
        ["Evidence"] = "estimated",
    };

    private ViewDb(TestDatabase stored, Dialect dialect, DbConnection tables, DbConnection views)
    {
        _stored = stored;
        _dialect = dialect;
        _tables = tables;
        _views = views;
    }

    /// <param name="asOf">The last day that counts.</param>
    /// <param name="today">The organisation's current day; asOf + 1 when left out, so that asOf is over.</param>
    public static async Task<ViewDb> Fresh(string asOf, string? today = null)
    {
        var stored = await TestDatabase.Take(withForeignKeys: false);
        var asOfDay = Days.Parse(asOf);
        var scope = OrganisationScope(asOfDay, today is null ? asOfDay.AddDays(1) : Days.Parse(today));
        var dialect = stored.Dialect();
        var db = new ViewDb(stored, dialect, await stored.Open(), await dialect.OpenReader(scope, CancellationToken.None));
        await db.Given("Organisation", "Code\nacme");
        return db;
    }

    /// <summary>Adds rows: a heading of column names, then one row a line, cells between bars; an empty cell is null.</summary>
    public async Task Given(string table, string rows)
    {
        var columns = await _stored.Columns(_tables, table);
        var lines = rows.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var heading = lines[0].Split('|', StringSplitOptions.TrimEntries);
        foreach (var line in lines.Skip(1))
        {
            var cells = line.Split('|', StringSplitOptions.TrimEntries);
            var values = columns.Where(column => column.IsNeeded && !heading.Contains(column.Name)).ToDictionary(column => column.Name, column => (object?)(Defaults.GetValueOrDefault(column.Name) ?? Empty(column)));
            foreach (var (name, cell) in heading.Zip(cells))
            {
                values[name] = Value(table, name, columns.Single(column => column.Name == name).Type, cell);
            }

            var insert = $"INSERT INTO {table} ({string.Join(", ", values.Keys)}) VALUES ({string.Join(", ", values.Keys.Select(name => "@" + name))})";
            await _tables.ExecuteAsync(_stored.Inserting(table, columns.Any(column => column.IsNumbered && values.ContainsKey(column.Name)), insert), new DynamicParameters(values));
        }
    }

    /// <summary>Compares the rows of a query with text: numbers to 9 digits, null as an empty cell.</summary>
    public async Task Expect(string sql, string rows)
    {
        await using var command = _views.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        var actual = new List<string>();
        while (await reader.ReadAsync())
        {
            actual.Add(string.Join(" | ", Enumerable.Range(0, reader.FieldCount).Select(column => Text(reader, column))));
        }

        var expected = rows.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(line => string.Join(" | ", line.Split('|', StringSplitOptions.TrimEntries)));
        Assert.Equal(string.Join('\n', expected), string.Join('\n', actual));
    }

    public async ValueTask DisposeAsync()
    {
        await _tables.DisposeAsync();
        await _views.DisposeAsync();
        (_dialect as IDisposable)?.Dispose();
        await _stored.DisposeAsync();
    }

    private static Scope OrganisationScope(DateOnly asOf, DateOnly today) => KpiApi.Access.OrganisationCalendar.Scope(1, asOf, today);

    private static object? Value(string table, string column, string type, string cell)
    {
        if (cell.Length == 0)
        {
            return null;
        }

        if (DayForm().IsMatch(cell) && type == "INTEGER")
        {
            return (long)Days.Number(Days.Parse(cell));
        }

        if (type == "TEXT")
        {
            return cell;
        }

        var number = decimal.Parse(cell, NumberStyles.Float, CultureInfo.InvariantCulture);
        var scale = (table, column) switch
        {
            ("KpiDayTotal", "Numerator" or "Denominator" or "LastNumerator") => 1_000_000,
            ("LedgerDayTotal", not ("ProjectId" or "Day" or "EntryCount")) => 10_000,
            ("LedgerCategoryTotal", "Gain" or "Cost") => 10_000,
            _ => 1,
        };
        return type == "REAL" ? (double)number : (long)(number * scale);
    }

    private static string Text(DbDataReader reader, int column) => reader.GetValue(column) switch
    {
        DBNull => "",
        double number => (Math.Round(number, 9) + 0.0).ToString("0.#########", CultureInfo.InvariantCulture),
        var value => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static object Empty(TestColumn column) => column.Type switch
    {
        "INTEGER" => 0L,
        "REAL" => 0.0,
        _ => column.Name.EndsWith("AtUtc", StringComparison.Ordinal) ? "2025-01-01T00:00:00.000Z" : "x",
    };

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d$")]
    private static partial Regex DayForm();
}
