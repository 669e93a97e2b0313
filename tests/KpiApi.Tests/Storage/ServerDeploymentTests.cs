using Dapper;
using KpiApi.Storage;
using KpiApi.Tests.Rules;
using KpiApi.Tests.Support;
using Microsoft.Data.SqlClient;

namespace KpiApi.Tests.Storage;

/// <summary>The deployment on a server, where several instances of the program start on one database.</summary>
public class ServerDeploymentTests
{
    [ServerFact]
    public async Task Instances_that_start_at_the_same_moment_on_an_empty_database_deploy_once()
    {
        var name = await TestDatabase.CreateEmpty();
        var applied = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => Deployment(name).Deploy(CancellationToken.None))));
        var one = Assert.Single(applied, names => names.Count > 0);
        Assert.Equal("views", one[^1]);
        Assert.Empty(await Deployment(name).Status(CancellationToken.None));
        await using var connection = new SqlConnection(ServerTestDatabase.ConnectionString(name));
        Assert.Equal(12_784, await connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM Calendar"));
    }

    [ServerFact]
    public async Task Views_are_made_anew_with_their_grants_and_a_login_reads_one_organisation_and_no_table()
    {
        var name = await TestDatabase.CreateEmpty();
        await Deployment(name).Deploy(CancellationToken.None);
        await using var connection = new SqlConnection(ServerTestDatabase.ConnectionString(name));
        await connection.ExecuteAsync("""
            INSERT INTO Organisation (Code, Name, TimeZone, Currency, Language, FiscalYearStartMonth, DataVersion, Version, CreatedAtUtc, UpdatedAtUtc) VALUES (N'kept', N'kept', N'UTC', N'EUR', N'fr', 1, 1, 1, N'', N'');
            UPDATE SchemaJournal SET ScriptHash = N'old' WHERE ScriptName = N'views';
            """);
        Assert.Equal(["views"], await Deployment(name).Deploy(CancellationToken.None));
        Assert.Equal("kept", await connection.ExecuteScalarAsync<string>("SELECT Code FROM Organisation"));
        var reader = await Login(connection, name);
        // Not mapped to an organisation: the views are there, and empty.
        await using var asReader = new SqlConnection(reader);
        foreach (var view in SqlFiles.Published.Except(["Dates"]))
        {
            Assert.Equal(0, await asReader.ExecuteScalarAsync<int>($"SELECT COUNT(*) FROM {view}"));
        }

        await connection.ExecuteAsync("UPDATE Organisation SET WindowsTimeZone = N'UTC'; INSERT INTO LoginOrganisation (LoginName, OrganisationId) SELECT @UserID, OrganisationId FROM Organisation", new { new SqlConnectionStringBuilder(reader).UserID });
        await connection.ExecuteAsync("INSERT INTO Activity (OrganisationId, Code, Name, Version, CreatedAtUtc, UpdatedAtUtc) SELECT OrganisationId, N'a', N'A', 1, N'', N'' FROM Organisation");
        Assert.Equal("a", await asReader.ExecuteScalarAsync<string>("SELECT ActivityCode FROM Activities"));
        foreach (var table in new[] { "Activity", "ApiKey", "LoginOrganisation" })
        {
            await Assert.ThrowsAsync<SqlException>(() => asReader.ExecuteScalarAsync<int>($"SELECT COUNT(*) FROM {table}"));
        }

        await connection.ExecuteAsync($"DROP USER {new SqlConnectionStringBuilder(reader).UserID}");
        await connection.ExecuteAsync($"DROP LOGIN {new SqlConnectionStringBuilder(reader).UserID}");
    }

    [ServerFact]
    public async Task A_script_that_was_edited_after_it_was_applied_is_an_error()
    {
        var name = await TestDatabase.CreateEmpty();
        await Deployment(name).Deploy(CancellationToken.None);
        await using var connection = new SqlConnection(ServerTestDatabase.ConnectionString(name));
        await connection.ExecuteAsync("UPDATE SchemaJournal SET ScriptHash = N'other' WHERE ScriptName = N'0005_project.sql'");
        Assert.Contains("0005_project.sql", (await Assert.ThrowsAsync<SchemaException>(() => Deployment(name).Deploy(CancellationToken.None))).Message, StringComparison.Ordinal);
    }

    /// <summary>A login of a BI developer; the connection string that uses it.</summary>
    private static async Task<string> Login(SqlConnection connection, string database)
    {
        var login = $"kpi_test_{Guid.NewGuid():N}"[..20];
        await connection.ExecuteAsync($"CREATE LOGIN {login} WITH PASSWORD = N'Kpi-{login}-1'");
        await connection.ExecuteAsync($"CREATE USER {login} FOR LOGIN {login}");
        await connection.ExecuteAsync($"ALTER ROLE KpiReader ADD MEMBER {login}");
        return new SqlConnectionStringBuilder(ServerTestDatabase.ConnectionString(database)) { UserID = login, Password = $"Kpi-{login}-1", Pooling = false }.ToString();
    }

    private static SchemaDeployment Deployment(string name) => new(Dialect.For("sqlserver", ServerTestDatabase.ConnectionString(name)), TimeProvider.System);
}
