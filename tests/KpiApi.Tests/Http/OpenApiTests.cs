using KpiApi.Tests.Support;

namespace KpiApi.Tests.Http;

/// <summary>The committed contract is the one of the running code.</summary>
public class OpenApiTests
{
    /// <summary>Set KPI_UPDATE=1 to write the file instead, and read the difference before committing it.</summary>
    [Fact]
    public async Task The_committed_openapi_document_is_the_one_of_the_running_code()
    {
        await using var app = await KpiApp.Start();
        using var http = app.Anonymous();
        var generated = (await http.GetStringAsync("/openapi/v1.yaml")).ReplaceLineEndings("\n");
        var file = Path.Combine(RepositoryRoot(), "openapi.yaml");
        if (Environment.GetEnvironmentVariable("KPI_UPDATE") == "1")
        {
            await File.WriteAllTextAsync(file, generated);
        }

        Assert.Equal((await File.ReadAllTextAsync(file)).ReplaceLineEndings("\n"), generated);
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "KpiApi.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("These tests read the source: run them inside the repository.");
    }
}
