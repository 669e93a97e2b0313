using KpiApi.Tests.Support;

namespace KpiApi.Tests.Storage;

/// <summary>Says, in every run, whether the suite met a server: skipped when it did not.</summary>
public class SuiteTests
{
    [ServerFact]
    public async Task This_run_of_the_whole_suite_is_on_a_server()
    {
        await using var stored = await TestDatabase.Take();
        Assert.IsType<ServerTestDatabase>(stored);
        Assert.Equal("sqlserver", stored.Dialect().Name);
    }
}
