using System.Text.RegularExpressions;

namespace KpiApi.Tests.Docs;

/// <summary>A fenced block of a document: its language, its text, and the titles that it stands under.</summary>
internal sealed record Fence(string Language, string Text, string Section);

/// <summary>A text of the repository, taken apart.</summary>
internal sealed partial record Document(string Path, string Text)
{
    public static readonly string Root = FindRoot();

    public IReadOnlyList<Fence> Fences => BlockForm().Matches(Text)
        .Select(block => new Fence(block.Groups[1].Value, block.Groups[2].Value, TitleForm().Matches(Text[..block.Index]).LastOrDefault()?.Groups[1].Value ?? ""))
        .ToList();

    public IEnumerable<string> Links => LinkForm().Matches(Text).Select(link => link.Groups[1].Value);

    public static Document Read(string path) => new(path, File.ReadAllText(System.IO.Path.Combine(Root, path)).ReplaceLineEndings("\n"));

    /// <summary>The cells of the table under a title, without its head.</summary>
    public IReadOnlyList<string[]> Table(string title)
    {
        var start = Text.IndexOf($"\n## {title}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, title);
        return Text[start..].Split('\n')
            .SkipWhile(line => !line.StartsWith('|'))
            .TakeWhile(line => line.StartsWith('|'))
            .Skip(2)
            .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))
            .ToList();
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(folder.FullName, "KpiApi.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("These tests read the documents: run them inside the repository.");
        }

        return folder.FullName;
    }

    [GeneratedRegex("^```(\\w+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex BlockForm();

    // A line of code may begin with one #, so only titles of the second and third level count.
    [GeneratedRegex("^###? (.+)$", RegexOptions.Multiline)]
    private static partial Regex TitleForm();

    [GeneratedRegex(@"\]\(([^)#:]+)\)")]
    private static partial Regex LinkForm();
}
