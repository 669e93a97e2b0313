using System.Globalization;
using KpiApi.Tests.Support;
using Microsoft.Data.Sqlite;

namespace KpiApi.Tests.Http;

/// <summary>The content of the database as text, to see that nothing was stored.</summary>
internal static class Tables
{
    // The same in every database, and long.
    private static readonly string[] Constant = ["Calendar", "CalendarWeek", "CatalogKpi", "Template", "TemplateKpi", "SchemaJournal", "sqlite_sequence"];

    // Rows of these belong to an organisation through their parent.
    private static readonly Dictionary<string, string> Owners = new()
    {
        ["KpiDayTotal"] = "SeriesId IN (SELECT SeriesId FROM Series WHERE OrganisationId = @organisation)",
        ["LedgerDayTotal"] = "ProjectId IN (SELECT ProjectId FROM Project WHERE OrganisationId = @organisation)",
        ["LedgerCategoryTotal"] = "ProjectId IN (SELECT ProjectId FROM Project WHERE OrganisationId = @organisation)",
    };

    /// <summary>Every row of every table, data versions included; of one organisation if one is given.</summary>
    public static async Task<IReadOnlyList<string>> Dump(KpiApp app, long? organisation = null)
    {
        await using var connection = new SqliteConnection($"Data Source={app.DatabaseFile};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync();
        var rows = new List<string>();
        foreach (var table in (await Rows(connection, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", null)).Except(Constant))
        {
            var columns = (await Rows(connection, $"SELECT name FROM pragma_table_info('{table}')", null)).Where(column => column != "LastUsedAtUtc").ToList();
            var filter = columns.Contains("OrganisationId") ? "OrganisationId = @organisation" : Owners.GetValueOrDefault(table) ?? throw new InvalidOperationException($"Say in this helper whose the rows of {table} are.");
            var select = $"SELECT {string.Join(", ", columns)} FROM {table} WHERE @organisation IS NULL OR {filter}";
            rows.AddRange((await Rows(connection, select, organisation)).Select(row => $"{table}: {row}").Order(StringComparer.Ordinal));
        }

        return rows;
    }

    /// <summary>Fails with the rows that differ.</summary>
    public static void AssertSame(IReadOnlyList<string> before, IReadOnlyList<string> after, string because) =>
        Assert.True(before.SequenceEqual(after), $"{because}\nonly before: {string.Join('\n', before.Except(after).Take(10))}\nonly after: {string.Join('\n', after.Except(before).Take(10))}");

    /// <summary>One number of one row, for counting.</summary>
    public static async Task<long> Count(KpiApp app, string table)
    {
        await using var connection = new SqliteConnection($"Data Source={app.DatabaseFile};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync();
        return long.Parse((await Rows(connection, $"SELECT COUNT(*) FROM {table}", null))[0], CultureInfo.InvariantCulture);
    }

    private static async Task<IReadOnlyList<string>> Rows(SqliteConnection connection, string sql, long? organisation)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Names come from the schema itself.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.AddWithValue("@organisation", organisation ?? (object)DBNull.Value);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(string.Join(" | ", Enumerable.Range(0, reader.FieldCount).Select(column => reader.IsDBNull(column) ? "NULL" : Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture))));
        }

        return rows;
    }
}
