using System.Globalization;
using DuckDB.NET.Data;

namespace KpiApi.Tests.Support;

/// <summary>Another program's view of a Parquet file.</summary>
internal sealed class Duck : IDisposable
{
    private readonly DuckDBConnection _connection = new("Data Source=:memory:");
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"kpiapi-{Guid.NewGuid():N}.parquet");

    public Duck(byte[] parquet)
    {
        File.WriteAllBytes(_file, parquet);
        _connection.Open();
        Query("SET TimeZone = 'UTC'");
    }

    /// <summary>Name, type and whether cells may be empty, as the file says.</summary>
    public IReadOnlyList<(string Name, string Type, bool IsNullable)> Columns()
    {
        var described = Query($"DESCRIBE SELECT * FROM '{_file}'").ToDictionary(row => (string)row[0]!, row => (string)row[1]!);
        return [.. Query($"SELECT name, repetition_type FROM parquet_schema('{_file}') WHERE type IS NOT NULL").Select(row => ((string)row[0]!, described[(string)row[0]!], (string)row[1]! == "OPTIONAL"))];
    }

    /// <summary>All rows in the order of the file, each cell as DuckDB gives it.</summary>
    public List<object?[]> Rows() => Query($"SELECT * FROM '{_file}'");

    /// <summary>The number of rows of each row group.</summary>
    public IReadOnlyList<long> Groups() => [.. Query($"SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata('{_file}') ORDER BY row_group_id").Select(row => Convert.ToInt64(row[1], CultureInfo.InvariantCulture))];

    public void Dispose()
    {
        _connection.Dispose();
        File.Delete(_file);
    }

    private List<object?[]> Query(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<object?[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(column => reader.IsDBNull(column) ? null : reader.GetValue(column))]);
        }

        return rows;
    }
}
