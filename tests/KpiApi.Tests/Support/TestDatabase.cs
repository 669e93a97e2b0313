using System.Collections.Concurrent;
using System.Data.Common;
using System.Text.RegularExpressions;
using Dapper;
using KpiApi.Storage;
using KpiApi.Tests.Rules;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;

namespace KpiApi.Tests.Support;

/// <summary>
/// The database of one test, deployed and without rows: a file, or on a server when KPI_TEST_SQLSERVER holds the connection string of one. Then every
/// test that does not say otherwise runs there, in databases that the run creates and drops.
/// </summary>
internal abstract class TestDatabase : IAsyncDisposable
{
    public const string Variable = "KPI_TEST_SQLSERVER";

    /// <summary>The connection string of the server, which names no database; null: there is none.</summary>
    public static string? Server { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? given : null;

    /// <summary>The same rows are the same on every engine, so these are not looked at and not deleted.</summary>
    public static IReadOnlyList<string> ConstantTables { get; } = ["Calendar", "CalendarWeek", "CatalogKpi", "Template", "TemplateKpi", "SchemaJournal"];

    /// <summary>Where the program finds it: --Section:Key=value.</summary>
    public abstract string[] Settings { get; }

    public abstract Dialect Dialect();

    /// <summary>A connection of the test's own, which sees tables and no views.</summary>
    public abstract Task<DbConnection> Open();

    /// <summary>Name, type as SQLite calls it, whether it must be given, and whether the engine would number it.</summary>
    public abstract Task<IReadOnlyList<TestColumn>> Columns(DbConnection connection, string table);

    /// <summary>An INSERT with an id that the test chose.</summary>
    public abstract string Inserting(string table, bool isNumbered, string insert);

    public abstract ValueTask DisposeAsync();

    /// <summary>On the engine of this run.</summary>
    public static Task<TestDatabase> Take(bool withForeignKeys = true) => Server is null ? TakeFile() : TakeServer(withForeignKeys);

    /// <summary>A file, whatever the run is for.</summary>
    public static async Task<TestDatabase> TakeFile()
    {
        var folder = Directory.CreateTempSubdirectory("kpiapi-");
        var file = Path.Combine(folder.FullName, "kpi.db");
        await DeployedDatabase.CopyTo(file);
        return new SqliteTestDatabase(folder, file);
    }

    /// <summary>On the server that the run has; a test that needs one is skipped without.</summary>
    public static async Task<TestDatabase> TakeServer(bool withForeignKeys = true) => await ServerTestDatabase.Rent(withForeignKeys);

    /// <summary>One that nobody used before, so that ids begin with 1 as in a new file.</summary>
    public static async Task<TestDatabase> TakeNewServer() => await ServerTestDatabase.Make(withForeignKeys: true);

    /// <summary>An empty database on the server, for tests of the deployment itself.</summary>
    public static async Task<string> CreateEmpty() => await ServerTestDatabase.Create();

    /// <summary>At the end of the run.</summary>
    public static Task DropAll() => ServerTestDatabase.Drop();
}

/// <summary>A column of a table; Type is INTEGER, REAL or TEXT.</summary>
internal sealed record TestColumn(string Name, string Type, bool IsNeeded, bool IsNumbered);

internal sealed class SqliteTestDatabase(DirectoryInfo folder, string file) : TestDatabase
{
    public string File => file;

    public override string[] Settings => [$"--ConnectionStrings:Kpi=Data Source={file}"];

    public override Dialect Dialect() => KpiApi.Storage.Dialect.For("sqlite", $"Data Source={file}");

    public override async Task<DbConnection> Open()
    {
        var connection = new SqliteConnection($"Data Source={file};Pooling=False;Foreign Keys=False");
        await connection.OpenAsync();
        return connection;
    }

    public override async Task<IReadOnlyList<TestColumn>> Columns(DbConnection connection, string table) =>
        (await connection.QueryAsync<(string Name, string Type, long IsNeeded)>("SELECT name, type, \"notnull\" FROM pragma_table_info(@table)", new { table }))
        .Select(column => new TestColumn(column.Name, column.Type, column.IsNeeded == 1, false))
        .ToList();

    public override string Inserting(string table, bool isNumbered, string insert) => insert;

    public override ValueTask DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}

internal sealed class ServerTestDatabase : TestDatabase
{
    // Creating and deploying takes seconds, emptying does not: what a test gives back the next one takes.
    private static readonly ConcurrentDictionary<bool, ConcurrentBag<string>> Free = new() { [true] = [], [false] = [] };
    private static readonly ConcurrentBag<string> Created = [];
    private static readonly ConcurrentDictionary<string, IReadOnlyList<TestColumn>> Known = [];
    private static readonly SemaphoreSlim Creating = new(1, 1);

    private static readonly string Empty = string.Join('\n', SqlFiles.Tables("sqlserver")
        .SelectMany(script => SqlFiles.CreatedTables(script.Text))
        .Except(ConstantTables)
        .Reverse()
        .Select(table => $"DELETE FROM {table};"));

    // One engine answers in lower case, whatever the scripts say.
    private static readonly Dictionary<string, string> Spelling = SqlFiles.Tables("sqlserver")
        .SelectMany(script => Regex.Matches(SqlFiles.WithoutComments(script.Text), @"\b[A-Z]\w*[a-z]\w*").Select(match => match.Value))
        .DistinctBy(word => word.ToUpperInvariant())
        .ToDictionary(word => word, StringComparer.OrdinalIgnoreCase);

    private readonly string _name;
    private readonly bool _withForeignKeys;

    private ServerTestDatabase(string name, bool withForeignKeys) => (_name, _withForeignKeys) = (name, withForeignKeys);

    public override string[] Settings => ["--Database:Provider=sqlserver", $"--ConnectionStrings:Kpi={ConnectionString(_name)}"];

    public override Dialect Dialect() => KpiApi.Storage.Dialect.For("sqlserver", ConnectionString(_name));

    public override async Task<DbConnection> Open()
    {
        var connection = new SqlConnection(ConnectionString(_name));
        await connection.OpenAsync();
        return connection;
    }

    // The same in all of them, and slow to look up.
    public override async Task<IReadOnlyList<TestColumn>> Columns(DbConnection connection, string table) => Known.TryGetValue(table, out var known) ? known : Known[table] = await Look(connection, table);

    public override string Inserting(string table, bool isNumbered, string insert) => isNumbered ? $"SET IDENTITY_INSERT {table} ON; {insert}; SET IDENTITY_INSERT {table} OFF" : insert;

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await using var connection = await Open();
            await connection.ExecuteAsync(Empty);
        }
        catch (SqlException)
        {
            // Left in a state that nobody else should meet.
            return;
        }

        Free[_withForeignKeys].Add(_name);
    }

    public static async Task<ServerTestDatabase> Rent(bool withForeignKeys) =>
        Free[withForeignKeys].TryTake(out var name) ? new ServerTestDatabase(name, withForeignKeys) : await Make(withForeignKeys);

    public static async Task<ServerTestDatabase> Make(bool withForeignKeys)
    {
        var name = await Create();
        var dialect = KpiApi.Storage.Dialect.For("sqlserver", ConnectionString(name));
        await new SchemaDeployment(dialect, TimeProvider.System).Deploy(CancellationToken.None);
        if (!withForeignKeys)
        {
            await DropForeignKeys(name);
        }

        return new ServerTestDatabase(name, withForeignKeys);
    }

    public static async Task<string> Create()
    {
        var name = $"kpi_test_{Guid.NewGuid():N}"[..24];
        await Creating.WaitAsync();
        try
        {
            await using var connection = new SqlConnection(ConnectionString("master"));
            await connection.ExecuteAsync($"CREATE DATABASE {name}", commandTimeout: 120);
            Created.Add(name);
            return name;
        }
        finally
        {
            Creating.Release();
        }
    }

    // A hundred logins at once are more than a small machine bears where each of them is a process, as in one engine.
    public static string ConnectionString(string database) =>
        new SqlConnectionStringBuilder(Server ?? throw new InvalidOperationException($"{Variable} is not set.")) { InitialCatalog = database, MaxPoolSize = 16, ConnectTimeout = 30 }.ToString();

    private static async Task<IReadOnlyList<TestColumn>> Look(DbConnection connection, string table) =>
        (await connection.QueryAsync<(string Name, string Type, int IsNullable, int IsNumbered)>(
            """
            SELECT c.name, t.name, CAST(c.is_nullable AS INT), CAST(c.is_identity AS INT)
            FROM sys.columns c
            JOIN sys.types t ON t.user_type_id = c.user_type_id
            WHERE c.object_id = OBJECT_ID(@table)
            ORDER BY c.column_id
            """,
            new { table }))
        .Select(column => new TestColumn(Spelling.GetValueOrDefault(column.Name, column.Name), column.Type switch { "bigint" or "int" => "INTEGER", "float" => "REAL", _ => "TEXT" }, column.IsNullable == 0, column.IsNumbered == 1))
        .ToList();

    private static async Task DropForeignKeys(string name)
    {
        await using var connection = new SqlConnection(ConnectionString(name));
        foreach (var drop in await connection.QueryAsync<string>("SELECT 'ALTER TABLE ' + OBJECT_NAME(f.parent_object_id) + ' DROP CONSTRAINT ' + f.name FROM sys.foreign_keys f"))
        {
            await connection.ExecuteAsync(drop);
        }
    }

    public static async Task Drop()
    {
        SqlConnection.ClearAllPools();
        foreach (var name in Created)
        {
            try
            {
                await using var connection = new SqlConnection(ConnectionString("master"));
                await connection.ExecuteAsync($"DROP DATABASE {name}", commandTimeout: 60);
            }
            catch (SqlException exception)
            {
                await Console.Error.WriteLineAsync($"{name} was not dropped: {exception.Message}");
            }
        }
    }
}
