using System.Text;
using System.Text.RegularExpressions;
using KpiApi.Access;

namespace KpiApi.Tests.Commands;

/// <summary>What the README says is so: its commands run as written, its links lead somewhere, its role table is the program's.</summary>
public sealed partial class ReadmeTests
{
    private const string DefaultAddress = "http://localhost:5080";
    private const string Serve = "dotnet run --project src/KpiApi";

    private static readonly string Root = FindRoot();
    private static readonly string Text = File.ReadAllText(Path.Combine(Root, "README.md")).ReplaceLineEndings("\n");

    [BashFact]
    public async Task Five_minutes_run_as_written_and_answer_what_they_say()
    {
        var section = Section("Five minutes");
        var blocks = Block().Matches(section).Where(block => block.Groups[1].Value == "bash").Select(block => block.Groups[2].Value).ToList();
        Assert.Equal(Serve, blocks[0].Trim());

        using var folder = new ProgramFolder();
        using var server = folder.Start("--urls", "http://127.0.0.1:0");
        var script = new StringBuilder(ProgramFolder.Shim)
            .AppendJoin('\n', blocks.Skip(1))
            .Replace(DefaultAddress, await server.Url());
        using var bash = folder.StartOther("bash", "-c", script.ToString());
        var run = await bash.End();

        Assert.True(run.Code == 0, $"{run.Output}\n{run.Error}");
        Assert.Contains("\"recommendation\":\"adjust\"", run.Output, StringComparison.Ordinal);
        Assert.Contains("\"ratio\":1.75", run.Output, StringComparison.Ordinal);
        Assert.Contains(Block().Matches(section).Single(block => block.Groups[1].Value == "csv").Groups[2].Value, run.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Its_links_lead_to_files_of_the_repository() =>
        Assert.All(Link().Matches(Text), link => Assert.True(Path.Exists(Path.Combine(Root, link.Groups[1].Value)), link.Value));

    [Fact]
    public void Its_role_table_is_that_of_the_program()
    {
        var rows = Section("Who may do what").Split('\n').Where(line => line.EndsWith("yes |", StringComparison.Ordinal)).ToList();
        var roles = Enum.GetValues<Role>();
        var expected = Enum.GetValues<Permission>().Select(permission => string.Join(" | ", roles.Select(role => role.Allows(permission) ? "yes" : "no")));
        Assert.Equal(expected, rows.Select(row => string.Join(" | ", row.Split('|', StringSplitOptions.TrimEntries)[2..^1])));
    }

    private static string Section(string title)
    {
        var start = Text.IndexOf($"\n## {title}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, title);
        var end = Text.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return end < 0 ? Text[start..] : Text[start..end];
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "KpiApi.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("These tests read the README: run them inside the repository.");
        }

        return folder.FullName;
    }

    [GeneratedRegex("^```(\\w+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\]\(([^)#:]+)\)")]
    private static partial Regex Link();
}
