using System.Text;
using System.Text.RegularExpressions;

namespace KpiApi.Tests.Rules;

/// <summary>
/// Program → nouns → Feeds, Imports → Storage → sql, and Program → Access, Http. Held over the source text, because a `using` that is not
/// needed leaves no trace in an assembly. Folders that do not exist yet hold nothing to object to.
/// </summary>
public partial class ArchitectureTests
{
    private static readonly string[] Nouns = ["Activities", "Alerts", "Kpis", "Ledger", "Measurements", "Projects", "Reviews", "Steering"];

    /// <summary>Statements that are put together all the same: file, part of the text, and why no value gets in.</summary>
    private static readonly (string Path, string Part, string Reason)[] AllowedJoins =
    [
        ("Storage/Sqlite.cs", "; SELECT last_insert_rowid()", "a dialect ends a constant INSERT with what reads the id it made"),
        ("Storage/SqlServer.cs", "; SELECT CAST(SCOPE_IDENTITY() AS BIGINT)", "the same"),
    ];

    private static readonly Lazy<IReadOnlyList<Source>> Sources = new(ReadSources);

    public static TheoryData<string> NounFolders => [.. Nouns];

    public static TheoryData<string> Plumbing => ["Access", "Feeds", "Http", "Imports", "Storage", "Texts"];

    [Fact]
    public void There_is_source_to_check() => Assert.Contains(Sources.Value, s => s.Path == "Program.cs");

    [Fact]
    public void A_namespace_is_its_folder() =>
        // Without this, a file could say it lives elsewhere and import what it likes.
        Assert.Empty(Sources.Value
            .Select(s => (s.Path, Expected: string.Join('.', s.Path.Split('/')[..^1].Prepend("KpiApi")), Actual: NamespaceName().Match(s.Code).Groups[1].Value))
            .Where(s => s.Actual.Length > 0 && s.Actual != s.Expected)
            .Select(s => $"{s.Path} says {s.Actual}"));

    [Fact]
    public void Nothing_is_imported_for_all_files_at_once()
    {
        Assert.Empty(Sources.Value.Where(s => s.Code.Contains("global using KpiApi", StringComparison.Ordinal)).Select(s => s.Path));
        Assert.DoesNotContain("Using Include=\"KpiApi", File.ReadAllText(Path.Combine(Folder(), "KpiApi.csproj")), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(NounFolders))]
    public void A_noun_imports_no_other_noun(string noun) =>
        Assert.Empty(In(noun).SelectMany(s => Nouns.Where(other => other != noun && Names(s, other)).Select(other => $"{s.Path} knows {other}")));

    [Theory]
    [MemberData(nameof(Plumbing))]
    public void Plumbing_knows_no_noun(string room) =>
        Assert.Empty(In(room).SelectMany(s => Nouns.Where(noun => Names(s, noun)).Select(noun => $"{s.Path} knows {noun}")));

    [Fact]
    public void Storage_knows_neither_HTTP_nor_who_is_asking()
    {
        Assert.Empty(In("Storage").SelectMany(s => ((string[])["Http", "Access", "Feeds", "Imports"]).Where(room => Names(s, room)).Select(room => $"{s.Path} knows {room}")));
        // The web SDK imports these namespaces everywhere, so their types are looked for, not only their names.
        Assert.Empty(In("Storage").Where(s => WebType().IsMatch(s.Code)).Select(s => $"{s.Path} knows {WebType().Match(s.Code).Value}"));
    }

    [Fact]
    public void Feeds_know_neither_imports_nor_the_command_line() =>
        Assert.Empty(In("Feeds").Where(s => Names(s, "Commands") || Names(s, "Imports")).Select(s => s.Path));

    [Fact]
    public void Http_and_access_know_nothing_of_imports() =>
        Assert.Empty(In("Http").Concat(In("Access")).Where(s => Names(s, "Imports")).Select(s => s.Path));

    [Fact]
    public void An_engine_is_named_in_Storage_only() =>
        Assert.Empty(Sources.Value
            .Where(s => s.Folder != "Storage")
            .Select(s => (s.Path, Found: EngineName().Match(s.Code).Value))
            .Where(s => s.Found.Length > 0)
            .Select(s => $"{s.Path} names {s.Found}"));

    [Fact]
    public void An_engine_is_named_in_text_only_where_an_operator_chooses_it() =>
        Assert.Empty(Sources.Value
            .Where(s => s.Folder is not ("Storage" or "Commands" or ""))
            .SelectMany(s => s.Strings.Where(t => EngineWord().IsMatch(t.Text)).Select(t => $"{s.Path}: {t.Text}")));

    [Fact]
    public void Every_statement_lists_its_columns() =>
        Assert.Empty(Sources.Value.SelectMany(s => s.Strings.Where(t => SelectStar().IsMatch(t.Text)).Select(t => $"{s.Path}: {t.Text}")));

    [Fact]
    public void No_statement_is_put_together_from_values() =>
        Assert.Empty(Sources.Value.SelectMany(s => BuiltStatements(s)
            .Where(text => !AllowedJoins.Any(a => a.Path == s.Path && text.Contains(a.Part, StringComparison.Ordinal)))
            .Select(text => $"{s.Path}: {text}")));

    [Theory]
    [InlineData("""db.Query($"SELECT Name FROM Kpi WHERE KpiId = {id}");""", true)]
    [InlineData("""db.Query("SELECT Name FROM Kpi WHERE Code = '" + code + "'");""", true)]
    [InlineData("""db.Query(columns + " FROM Kpi");""", true)]
    [InlineData("db.Query($\"\"\"\n    SELECT Name\n    FROM {table}\n    \"\"\");", true)]
    [InlineData("""db.Query("SELECT Name " + "FROM Kpi");""", false)]
    [InlineData("""private const string ByCode = Columns + " FROM Kpi WHERE Code = @code";""", false)]
    [InlineData("""var words = $"Selected from {table}"; // SELECT + FROM""", false)]
    [InlineData("""db.Query("SELECT Name FROM Kpi WHERE Code = @code", new { code = "a" + b });""", false)]
    public void A_planted_statement_is_judged_rightly(string code, bool isBuilt) =>
        Assert.Equal(isBuilt, BuiltStatements(Scan("Kpis/Planted.cs", code)).Any());

    [Theory]
    [InlineData("using KpiApi.Projects;", true)]
    [InlineData("using Store = KpiApi.Projects.ProjectStore;", true)]
    [InlineData("var x = KpiApi.Projects.ProjectStore.All;", true)]
    [InlineData("using KpiApi.ProjectsOfOthers;", false)]
    [InlineData("// using KpiApi.Projects;", false)]
    [InlineData("var x = \"KpiApi.Projects.\";", false)]
    [InlineData("var n = page.Projects.Count;", false)]
    public void A_planted_import_is_judged_rightly(string code, bool isImport) =>
        Assert.Equal(isImport, Names(Scan("Kpis/Planted.cs", code), "Projects"));

    [Fact]
    public void The_scanner_tells_code_from_text()
    {
        var source = Scan("x.cs", "a(\"// b\", @\"c:\\\", '\"', $\"d{e(\"f\")}{{g}}\", \"\"\"h \"i\" \"\"\"); /* \"j\" */ k(); // l");
        Assert.Equal(["// b", "c:\\", "f", "d{}{{g}}", "h \"i\" "], source.Strings.Select(s => s.Text));
        Assert.Contains("k()", source.Code, StringComparison.Ordinal);
        Assert.DoesNotContain("j", source.Code, StringComparison.Ordinal);
        Assert.DoesNotContain("l", source.Code, StringComparison.Ordinal);
    }

    private static IEnumerable<Source> In(string folder) => Sources.Value.Where(s => s.Folder == folder);

    /// <summary>Whether a file imports a namespace of ours, spells it out, or reaches a type of it from inside KpiApi.</summary>
    private static bool Names(Source source, string room) =>
        Regex.IsMatch(source.Code, $@"\bKpiApi\.{room}\b")
        || Sources.Value.Where(s => s.Folder == room)
            .SelectMany(s => DeclaredType().Matches(s.Code).Select(m => m.Groups[1].Value))
            .Any(type => Regex.IsMatch(source.Code, $@"(?<![\w.]){room}\.{type}\b"));

    /// <summary>
    /// Statements with a value inside. A constant may be put together from constants: there the compiler proves that no value gets in.
    /// </summary>
    private static IEnumerable<string> BuiltStatements(Source source)
    {
        foreach (var text in source.Strings.Where(t => Statement().IsMatch(t.Text)))
        {
            var before = source.Code[..text.Start].TrimEnd();
            var after = source.Code[text.End..].TrimStart();
            var isJoined = (before.EndsWith('+') && !before[..^1].TrimEnd().EndsWith('"')) || (after.StartsWith('+') && !after[1..].TrimStart().StartsWith('"'));
            var declaration = before[(before.LastIndexOfAny([';', '{', '}']) + 1)..];
            if ((text.HasHoles || isJoined) && !ConstWord().IsMatch(declaration))
            {
                yield return text.Text;
            }
        }
    }

    private static string Folder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "KpiApi.sln")))
        {
            folder = folder.Parent;
        }
        Assert.True(folder is not null, "These tests read the source: run them inside the repository.");
        return Path.Combine(folder.FullName, "src", "KpiApi");
    }

    private static IReadOnlyList<Source> ReadSources() =>
    [
        .. Directory.EnumerateFiles(Folder(), "*.cs", SearchOption.AllDirectories)
            .Select(path => (Full: path, Relative: Path.GetRelativePath(Folder(), path).Replace('\\', '/')))
            .Where(f => !f.Relative.StartsWith("bin/", StringComparison.Ordinal) && !f.Relative.StartsWith("obj/", StringComparison.Ordinal))
            .OrderBy(f => f.Relative, StringComparer.Ordinal)
            .Select(f => Scan(f.Relative, File.ReadAllText(f.Full))),
    ];

    /// <summary>Parts a file into code and text: comments go, a literal becomes "" in the code and an entry of its own.</summary>
    private static Source Scan(string path, string text)
    {
        var scanner = new Scanner(text);
        scanner.Code(insideHole: false);
        return new Source(path, scanner.Output.ToString(), scanner.Strings);
    }

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceName();

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record)\s+(?!class\b|struct\b)(\w+)")]
    private static partial Regex DeclaredType();

    [GeneratedRegex(@"\b(Microsoft\.AspNetCore\b|HttpContext|HttpRequest|HttpResponse|IResult|TypedResults|ProblemDetails|StatusCodes|IEndpointRouteBuilder|WebApplication\w*)\b")]
    private static partial Regex WebType();

    [GeneratedRegex(@"\w*(?:Sqlite|SQLite|SqlServer)\w*|\bSqlClient\b|\bSql(?:Connection|Command|Parameter|Exception|BulkCopy|Transaction|DataReader)\w*")]
    private static partial Regex EngineName();

    [GeneratedRegex("sqlite|sql ?server", RegexOptions.IgnoreCase)]
    private static partial Regex EngineWord();

    [GeneratedRegex(@"\bSELECT\s+(?:\w+\.)?\*")]
    private static partial Regex SelectStar();

    [GeneratedRegex(@"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|FROM|JOIN|WHERE|GROUP BY|HAVING|ORDER BY|VALUES)(?:\s|$)")]
    private static partial Regex Statement();

    [GeneratedRegex(@"\bconst\b")]
    private static partial Regex ConstWord();

    /// <summary>A literal: where it stands in the code that is left, its text without the values in it, and whether there are any.</summary>
    private sealed record Literal(int Start, int End, string Text, bool HasHoles);

    private sealed record Source(string Path, string Code, IReadOnlyList<Literal> Strings)
    {
        /// <summary>The first folder, which is the room of the house; empty for the files beside it.</summary>
        public string Folder => Path.Contains('/', StringComparison.Ordinal) ? Path[..Path.IndexOf('/', StringComparison.Ordinal)] : "";
    }

    private sealed partial class Scanner(string text)
    {
        private int _at;

        public StringBuilder Output { get; } = new();

        public List<Literal> Strings { get; } = [];

        /// <summary>Reads code to the end of the text, or to the brace that closes a hole.</summary>
        public void Code(bool insideHole)
        {
            for (var depth = 0; _at < text.Length;)
            {
                var opening = LiteralStart().Match(text, _at);
                if (Starts("//"))
                {
                    _at = Or(text.IndexOf('\n', _at), text.Length);
                }
                else if (Starts("/*"))
                {
                    _at = Or(text.IndexOf("*/", _at + 2, StringComparison.Ordinal), text.Length - 2) + 2;
                }
                else if (text[_at] == '\'')
                {
                    _at += CharacterLiteral().Match(text, _at).Length is > 0 and var length ? length : 1;
                    Output.Append("' '");
                }
                else if (opening.Success)
                {
                    // In a verbatim literal, quotes after the first are content: @"""" is one quote.
                    var prefix = opening.Groups["prefix"].Value;
                    var quotes = prefix.Contains('@', StringComparison.Ordinal) ? 1 : opening.Groups["quotes"].Length;
                    _at += prefix.Length + quotes;
                    ReadLiteral(prefix, quotes);
                }
                else
                {
                    depth += text[_at] switch { '{' or '(' or '[' => 1, '}' or ')' or ']' => -1, _ => 0 };
                    if (insideHole && depth < 0)
                    {
                        return;
                    }
                    Output.Append(text[_at++]);
                }
            }
        }

        private static int Or(int index, int otherwise) => index < 0 ? otherwise : index;

        private bool Starts(string what) => string.CompareOrdinal(text, _at, what, 0, what.Length) == 0;

        private void ReadLiteral(string prefix, int quotes)
        {
            var dollars = prefix.Count(c => c == '$');
            var isVerbatim = prefix.Contains('@', StringComparison.Ordinal);
            var isRaw = quotes >= 3;
            var close = new string('"', quotes);
            var open = new string('{', isRaw ? dollars : 1);
            var content = new StringBuilder();
            var hasHoles = false;
            var start = Output.Length;
            while (_at < text.Length)
            {
                if (isVerbatim && Starts("\"\""))
                {
                    content.Append('"');
                    _at += 2;
                }
                else if (Starts(close))
                {
                    _at += quotes;
                    break;
                }
                else if (!isRaw && !isVerbatim && text[_at] == '\\')
                {
                    content.Append(text, _at, Math.Min(2, text.Length - _at));
                    _at += 2;
                }
                else if (!isRaw && dollars > 0 && (Starts("{{") || Starts("}}")))
                {
                    content.Append(text, _at, 2);
                    _at += 2;
                }
                else if (dollars > 0 && Starts(open))
                {
                    hasHoles = true;
                    content.Append("{}");
                    _at += open.Length;
                    // The hole's code is kept beside the literal, so that names in it are seen too.
                    Output.Append(' ');
                    Code(insideHole: true);
                    Output.Append(' ');
                    _at += open.Length;
                }
                else
                {
                    content.Append(text[_at++]);
                }
            }
            Strings.Add(new Literal(hasHoles ? Output.Length : start, Output.Length + 2, content.ToString(), hasHoles));
            Output.Append("\"\"");
        }

        [GeneratedRegex("\\G(?<prefix>[$@]*)(?<quotes>\"\"\"+|\")")]
        private static partial Regex LiteralStart();

        [GeneratedRegex(@"\G'(?:\\.[^']*|[^'\\])'")]
        private static partial Regex CharacterLiteral();
    }
}
