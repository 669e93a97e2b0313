namespace KpiApi.Tests.Support;

/// <summary>Runs where KPI_TEST_SQLSERVER names a server, and is reported as skipped elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ServerFactAttribute : FactAttribute
{
    public ServerFactAttribute() => Skip = TestDatabase.Server is null ? $"{TestDatabase.Variable} holds no connection string of a SQL Server." : null;
}

/// <summary>Asks the engine of files in its own language; reported as skipped where the run is for a server.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FileFactAttribute : FactAttribute
{
    public FileFactAttribute() => Skip = TestDatabase.Server is null ? null : "Asks a file.";
}
