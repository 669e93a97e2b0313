using KpiApi.Storage;
using KpiApi.Tests.Support;
using Microsoft.Data.Sqlite;

namespace KpiApi.Tests.Storage;

/// <summary>The schema is deployed once, by whoever comes first, and never over a state that it does not know.</summary>
public sealed class SchemaDeploymentTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kpiapi-schema-");

    private string File => Path.Combine(_folder.FullName, "kpi.db");

    private string ConnectionString => $"Data Source={File}";

    [Fact]
    public async Task Deploying_twice_applies_once()
    {
        var first = await Deploy();
        Assert.Equal("views", first[^1]);
        Assert.Equal(first.SkipLast(1).Order(StringComparer.Ordinal), first.SkipLast(1));
        var journal = await Lines("SELECT ScriptName || ScriptHash || AppliedAtUtc FROM SchemaJournal ORDER BY ScriptName");
        Assert.Equal(first.Count, journal.Count);
        var objects = await Lines("SELECT type || name || sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name");

        Assert.Empty(await Deploy());
        Assert.Empty(await Status());
        Assert.Equal(journal, await Lines("SELECT ScriptName || ScriptHash || AppliedAtUtc FROM SchemaJournal ORDER BY ScriptName"));
        Assert.Equal(objects, await Lines("SELECT type || name || sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"));
    }

    [Fact]
    public async Task Two_deployments_at_the_same_moment_on_a_new_file_apply_once()
    {
        var applied = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(Deploy)));
        var one = Assert.Single(applied, names => names.Count > 0);
        Assert.Contains("views", one);
        Assert.Equal(one.Count, (await Lines("SELECT ScriptName FROM SchemaJournal")).Count);
        Assert.Equal("12784", Assert.Single(await Lines("SELECT COUNT(*) FROM Calendar WHERE Date BETWEEN '2015-01-01' AND '2049-12-31'")));
    }

    [Fact]
    public async Task Status_names_what_is_missing_and_applies_nothing()
    {
        var missing = await Status();
        Assert.Empty(await Lines("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'Project'"));
        Assert.Equal(missing, await Deploy());
    }

    [Fact]
    public async Task A_script_that_was_edited_after_it_was_applied_is_an_error_and_nothing_changes()
    {
        await DeployedDatabase.CopyTo(File);
        await Run("UPDATE SchemaJournal SET ScriptHash = 'other' WHERE ScriptName = '0005_project.sql'");
        await Run("UPDATE SchemaJournal SET ScriptHash = 'old' WHERE ScriptName = 'views'");
        var failure = await Assert.ThrowsAsync<SchemaException>(Deploy);
        Assert.Contains("0005_project.sql", failure.Message, StringComparison.Ordinal);
        Assert.Equal("old", Assert.Single(await Lines("SELECT ScriptHash FROM SchemaJournal WHERE ScriptName = 'views'")));
        await Assert.ThrowsAsync<SchemaException>(Status);
    }

    [Fact]
    public async Task A_database_of_a_newer_program_is_refused()
    {
        await DeployedDatabase.CopyTo(File);
        await Run("INSERT INTO SchemaJournal (ScriptName, ScriptHash, AppliedAtUtc) VALUES ('9999_future.sql', 'x', '2040-01-01')");
        var failure = await Assert.ThrowsAsync<SchemaException>(Deploy);
        Assert.Contains("9999_future.sql", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_view_whose_text_changed_is_made_anew_and_one_that_is_gone_from_the_program_goes()
    {
        await DeployedDatabase.CopyTo(File);
        var views = await Lines("SELECT name || sql FROM sqlite_master WHERE type = 'view' ORDER BY name");
        await Run("UPDATE SchemaJournal SET ScriptHash = 'old' WHERE ScriptName = 'views'");
        await Run("DROP VIEW Activities");
        await Run("CREATE VIEW Activities AS SELECT 1 AS Wrong");
        await Run("CREATE VIEW Gone AS SELECT 1 AS Wrong");
        await Run("INSERT INTO Organisation (Code, Name, TimeZone, Currency, Language, FiscalYearStartMonth, DataVersion, Version, CreatedAtUtc, UpdatedAtUtc) VALUES ('kept', 'kept', 'UTC', 'EUR', 'fr', 1, 1, 1, '', '')");

        Assert.Equal(["views"], await Deploy());
        Assert.Equal(views, await Lines("SELECT name || sql FROM sqlite_master WHERE type = 'view' ORDER BY name"));
        Assert.Equal("kept", Assert.Single(await Lines("SELECT Code FROM Organisation")));
        Assert.Empty(await Deploy());
    }

    [Fact]
    public async Task A_deployment_that_is_cancelled_leaves_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        using var dialect = new Sqlite(ConnectionString);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new SchemaDeployment(dialect, TimeProvider.System).Deploy(cancelled.Token));
        Assert.NotEmpty(await Deploy());
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    private async Task<IReadOnlyList<string>> Deploy()
    {
        using var dialect = new Sqlite(ConnectionString);
        return await new SchemaDeployment(dialect, TimeProvider.System).Deploy(CancellationToken.None);
    }

    private async Task<IReadOnlyList<string>> Status()
    {
        using var dialect = new Sqlite(ConnectionString);
        return await new SchemaDeployment(dialect, TimeProvider.System).Status(CancellationToken.None);
    }

    private async Task<List<string>> Lines(string sql)
    {
        await using var connection = new SqliteConnection(ConnectionString + ";Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Written in this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync())
        {
            lines.Add($"{reader.GetValue(0)}");
        }

        return lines;
    }

    private Task<List<string>> Run(string sql) => Lines(sql);
}
