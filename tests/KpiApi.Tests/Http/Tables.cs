using System.Data.Common;
using System.Globalization;
using Dapper;
using KpiApi.Tests.Rules;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Http;

/// <summary>The content of the database as text, to see that nothing was stored.</summary>
internal static class Tables
{
    // But those whose rows are the same in every database, and what a server keeps of writes and of rows on their way.
    private static readonly IReadOnlyList<string> Names =
        SqlFiles.Tables("sqlite").SelectMany(script => SqlFiles.CreatedTables(script.Text)).Except(TestDatabase.ConstantTables).Except(["WriteMark", "MeasurementStaging", "LedgerStaging"]).Order(StringComparer.Ordinal).ToList();

    // Rows of these belong to an organisation through their parent.
    private static readonly Dictionary<string, string> Owners = new()
    {
        // The secret of links belongs to nobody.
        ["LinkKey"] = "1 = 0",
        ["KpiDayTotal"] = "SeriesId IN (SELECT SeriesId FROM Series WHERE OrganisationId = @organisation)",
        ["SourceDayTotal"] = "SeriesSourceId IN (SELECT SeriesSourceId FROM SeriesSource WHERE OrganisationId = @organisation)",
        ["LedgerDayTotal"] = "ProjectId IN (SELECT ProjectId FROM Project WHERE OrganisationId = @organisation)",
        ["LedgerCategoryTotal"] = "ProjectId IN (SELECT ProjectId FROM Project WHERE OrganisationId = @organisation)",
    };

    /// <summary>Every row of every table, data versions included; of one organisation if one is given.</summary>
    public static async Task<IReadOnlyList<string>> Dump(KpiApp app, long? organisation = null)
    {
        await using var connection = await app.Stored.Open();
        var rows = new List<string>();
        foreach (var table in Names)
        {
            var columns = (await app.Stored.Columns(connection, table)).Select(column => column.Name).Where(column => column != "LastUsedAtUtc").ToList();
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
        await using var connection = await app.Stored.Open();
        return long.Parse((await Rows(connection, $"SELECT COUNT(*) FROM {table}", null))[0], CultureInfo.InvariantCulture);
    }

    private static async Task<IReadOnlyList<string>> Rows(DbConnection connection, string sql, long? organisation)
    {
        await using var reader = await connection.ExecuteReaderAsync(sql, new { organisation });
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(string.Join(" | ", Enumerable.Range(0, reader.FieldCount).Select(column => reader.IsDBNull(column) ? "NULL" : Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture))));
        }

        return rows;
    }
}
