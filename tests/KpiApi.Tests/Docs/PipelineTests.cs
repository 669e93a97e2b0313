using System.Text.RegularExpressions;
using KpiApi.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace KpiApi.Tests.Docs;

/// <summary>azure-pipelines.yml and the container file, read as the machines that run them do: what they name is there, and what is promised is in them.</summary>
public partial class PipelineTests
{
    private static readonly YamlMappingNode Pipeline = Load();

    [Fact]
    public void Tests_run_on_both_engines_and_packages_are_built_after_them()
    {
        Assert.Equal(["Test", "Package"], Stages().Select(stage => Text(stage, "stage")));
        Assert.Equal("Test", Text(Stages()[1], "dependsOn"));
        Assert.Equal(["Embedded", "SqlServer"], Jobs("Test").Select(job => Text(job, "job")));
        Assert.All(Jobs("Test"), job =>
        {
            Assert.Contains(Scripts(job), script => script.StartsWith("dotnet build KpiApi.sln", StringComparison.Ordinal));
            Assert.Contains(Scripts(job), script => script.StartsWith("dotnet test KpiApi.sln", StringComparison.Ordinal));
            Assert.Contains(Steps(job), step => Text(step, "task") == "PublishTestResults@2" && Text(step, "condition") == "succeededOrFailed()");
        });
    }

    [Fact]
    public void The_suite_meets_the_official_server_as_a_service()
    {
        var job = Jobs("Test").Single(one => Text(one, "job") == "SqlServer");
        var service = Assert.Single(Map(job, "services").Children).Value.ToString();
        var container = List(Map(Pipeline, "resources"), "containers").Single(one => Text(one, "container") == service);
        Assert.Equal("mcr.microsoft.com/mssql/server:2022-latest", Text(container, "image"));
        Assert.Equal("1433:1433", Assert.Single((YamlSequenceNode)container.Children["ports"]).ToString());
        Assert.Equal("Y", Text(Map(container, "env"), "ACCEPT_EULA"));
        var test = Steps(job).Single(step => Text(step, "script")?.StartsWith("dotnet test", StringComparison.Ordinal) == true);
        var connection = new Microsoft.Data.SqlClient.SqlConnectionStringBuilder(Text(Map(test, "env"), TestDatabase.Variable));
        Assert.Equal(("localhost,1433", Text(Map(container, "env"), "MSSQL_SA_PASSWORD")), (connection.DataSource, connection.Password));
        // A build or a wait that comes after the tests would be of no use to them.
        var scripts = Scripts(job).ToList();
        Assert.True(scripts.FindIndex(script => script.Contains("1433", StringComparison.Ordinal)) is >= 0 and var wait && wait < scripts.FindIndex(script => script.StartsWith("dotnet test", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_program_the_contract_the_scripts_the_package_and_the_image_are_artifacts()
    {
        var job = Assert.Single(Jobs("Package"));
        var published = Steps(job).Where(step => step.Children.ContainsKey("publish")).ToDictionary(step => Text(step, "artifact")!, step => Text(step, "publish")!);
        Assert.Equal(["image", "openapi", "program", "sql"], published.Keys.Order(StringComparer.Ordinal));
        // Each is made by a step before it.
        Assert.All(published.Values, path => Assert.Contains(Scripts(job), script => script.Contains(path + "/", StringComparison.Ordinal) || script.Contains(path + "\n", StringComparison.Ordinal) || script.EndsWith(path, StringComparison.Ordinal)));
        Assert.Contains(Scripts(job), script => script.Contains("-- dacpac $(Build.ArtifactStagingDirectory)/sql/Kpi.dacpac", StringComparison.Ordinal));
        Assert.Contains(Scripts(job), script => script.Contains("docker build --file src/KpiApi/Dockerfile", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_path_that_a_step_names_is_in_the_repository()
    {
        var paths = Stages().SelectMany(stage => List(stage, "jobs")).SelectMany(Scripts).SelectMany(script => RepositoryPath().Matches(script).Select(match => match.Value)).Distinct().ToList();
        Assert.Superset(new HashSet<string> { "KpiApi.sln", "src/KpiApi/KpiApi.csproj", "src/KpiApi/Dockerfile", "tests/KpiApi.Tests", "openapi.yaml" }, paths.ToHashSet());
        Assert.All(paths, path => Assert.True(Path.Exists(Path.Combine(Document.Root, path)), $"{path} is not there"));
    }

    [Fact]
    public void Every_step_does_one_thing_that_has_a_name() => Assert.All(Stages().SelectMany(stage => List(stage, "jobs")).SelectMany(Steps), step =>
    {
        Assert.Single(step.Children.Keys.Select(key => key.ToString()).Intersect(["task", "script", "publish"]));
        Assert.False(string.IsNullOrWhiteSpace(Text(step, "displayName")));
    });

    [Fact]
    public void The_image_is_chiselled_runs_as_nobody_special_and_holds_what_was_published()
    {
        var lines = File.ReadAllText(Path.Combine(Document.Root, "src/KpiApi/Dockerfile")).Replace("\\\n", " ", StringComparison.Ordinal).Split('\n').Where(line => line.Length > 0 && line[0] != '#').ToList();
        var bases = lines.Where(line => line.StartsWith("FROM ", StringComparison.Ordinal)).ToList();
        Assert.Equal(["FROM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build", "FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra"], bases);
        var shipped = lines.SkipWhile(line => line != bases[1]).ToList();
        // There is no shell in it.
        Assert.DoesNotContain(shipped, line => line.StartsWith("RUN ", StringComparison.Ordinal));
        Assert.Contains("USER $APP_UID", shipped);
        Assert.Contains("""ENTRYPOINT ["dotnet", "KpiApi.dll"]""", shipped);
        Assert.Contains(lines, line => line.StartsWith("RUN dotnet publish src/KpiApi/KpiApi.csproj ", StringComparison.Ordinal));
        Assert.Contains(shipped, line => line.StartsWith("EXPOSE 8080", StringComparison.Ordinal));
        Assert.Contains(shipped, line => line.Contains("Urls=http://0.0.0.0:8080", StringComparison.Ordinal));
        // What was built on the way here does not go along.
        var ignored = File.ReadAllLines(Path.Combine(Document.Root, ".dockerignore"));
        Assert.Superset(new HashSet<string> { "**/bin", "**/obj", ".git", "*.db" }, ignored.ToHashSet());
    }

    private static YamlMappingNode Load()
    {
        var yaml = new YamlStream();
        using var reader = new StreamReader(Path.Combine(Document.Root, "azure-pipelines.yml"));
        yaml.Load(reader);
        return (YamlMappingNode)yaml.Documents.Single().RootNode;
    }

    private static List<YamlMappingNode> Stages() => List(Pipeline, "stages");

    private static List<YamlMappingNode> Jobs(string stage) => List(Stages().Single(one => Text(one, "stage") == stage), "jobs");

    private static List<YamlMappingNode> Steps(YamlMappingNode job) => List(job, "steps");

    private static IEnumerable<string> Scripts(YamlMappingNode job) => Steps(job).Select(step => Text(step, "script")).OfType<string>();

    private static YamlMappingNode Map(YamlMappingNode node, string name) => (YamlMappingNode)node.Children[name];

    private static List<YamlMappingNode> List(YamlMappingNode node, string name) => [.. ((YamlSequenceNode)node.Children[name]).Cast<YamlMappingNode>()];

    private static string? Text(YamlMappingNode node, string name) => node.Children.TryGetValue(name, out var value) ? value.ToString() : null;

    [GeneratedRegex(@"(?<![\w/)$.])(?:(?:src|tests|sql|docs)/[\w./-]+|[\w-]+\.(?:sln|yaml))(?![\w/])")]
    private static partial Regex RepositoryPath();
}
