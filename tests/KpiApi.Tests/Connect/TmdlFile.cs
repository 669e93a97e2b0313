namespace KpiApi.Tests.Connect;

/// <summary>An object, property or reference of a TMDL file.</summary>
/// <param name="Keyword">Its first word: table, column, dataType …</param>
/// <param name="Name">What it is called, without quotes; empty for a property.</param>
/// <param name="Value">What stands behind the equals sign or the colon, or on the lines below it.</param>
internal sealed record TmdlNode(string Keyword, string Name, string Value)
{
    public List<TmdlNode> Children { get; } = [];

    public string? Description { get; init; }

    public IEnumerable<TmdlNode> Of(string keyword) => Children.Where(child => child.Keyword == keyword);

    public string? Property(string keyword) => Of(keyword).SingleOrDefault()?.Value;

    public bool Is(string keyword) => Of(keyword).Any();
}

/// <summary>Reads TMDL as strictly as can be from what is public about it. It knows what the product writes, and refuses everything else.</summary>
internal static class TmdlFile
{
    /// <summary>What may stand in what, and how it is written: "name", "name=", "=" and ":" by themselves, or nothing but the word.</summary>
    private static readonly Dictionary<string, Dictionary<string, string>> Grammar = new()
    {
        [""] = Words("database model name expression name= relationship name table name cultureInfo name annotation name= ref name"),
        ["database"] = Words("compatibilityLevel :"),
        ["model"] = Words("culture : defaultPowerBIDataSourceVersion : discourageImplicitMeasures word sourceQueryCulture : dataAccessOptions word"),
        ["dataAccessOptions"] = Words("legacyRedirects word returnErrorValuesAsNull word"),
        ["expression"] = Words("lineageTag : annotation name="),
        ["relationship"] = Words("isActive : fromColumn : toColumn :"),
        ["table"] = Words("lineageTag : isHidden word dataCategory : measure name= column name hierarchy name partition name= annotation name="),
        ["measure"] = Words("formatString : lineageTag : annotation name="),
        ["column"] = Words("dataType : isHidden word isKey word formatString : lineageTag : summarizeBy : sourceColumn : sortByColumn : annotation name="),
        ["hierarchy"] = Words("lineageTag : level name"),
        ["level"] = Words("lineageTag : column :"),
        ["partition"] = Words("mode : source ="),
        ["cultureInfo"] = Words("translations word"),
        ["translations"] = Words("model name"),
        ["translations/model"] = Words("table name"),
        ["translations/table"] = Words("caption : description : measure name column name"),
        ["translations/measure"] = Words("caption :"),
        ["translations/column"] = Words("caption : description :"),
        ["annotation"] = [],
        ["ref"] = [],
    };

    /// <exception cref="FormatException">The text is not what it should be; the message names the line.</exception>
    public static TmdlNode Read(string text)
    {
        if (text.StartsWith('\uFEFF') || text.Contains('\r', StringComparison.Ordinal) || !text.EndsWith('\n') || text.EndsWith("\n\n", StringComparison.Ordinal))
        {
            throw new FormatException("not UTF-8 without byte order mark, with line feeds and one at the end");
        }

        var lines = text.TrimEnd('\n').Split('\n');
        var root = new TmdlNode("", "", "");
        var open = new List<TmdlNode> { root };
        string? description = null;
        for (var index = 0; index < lines.Length; index++)
        {
            var line = lines[index];
            if (line.Length == 0)
            {
                continue;
            }

            var depth = line.Length - line.TrimStart('\t').Length;
            var said = line[depth..];
            FormatException Wrong(string what) => new($"line {index + 1}: {what}: {line.Trim()}");
            if (said.StartsWith(' ') || said.EndsWith(' ') || said.Length == 0)
            {
                throw Wrong("a line begins with tabs and ends with its text");
            }

            if (said.StartsWith("/// ", StringComparison.Ordinal))
            {
                description = said[4..];
                continue;
            }

            if (depth >= open.Count)
            {
                throw Wrong("too deep");
            }

            open.RemoveRange(depth + 1, open.Count - depth - 1);
            var inTranslations = open.Any(node => node.Keyword == "translations");
            var parent = inTranslations && open[^1].Keyword != "translations" ? "translations/" + open[^1].Keyword : open[^1].Keyword;
            var keyword = said.Split(' ', ':', '=')[0];
            if (!Grammar.TryGetValue(parent, out var words) || !words.TryGetValue(keyword, out var form))
            {
                throw Wrong($"'{keyword}' in '{parent}'");
            }

            var rest = said[keyword.Length..];
            var (name, value) = form switch
            {
                "word" => rest.Length == 0 ? ("", "") : throw Wrong("takes nothing"),
                ":" => rest.StartsWith(": ", StringComparison.Ordinal) && rest.Length > 2 ? ("", rest[2..]) : throw Wrong("takes a value"),
                "=" => ("", Assigned(rest)),
                "name" => (keyword == "ref" ? rest.Trim() : NameOf(rest, out var left) is var only && left.Length == 0 ? only : throw Wrong("takes a name and no more"), ""),
                _ => (NameOf(rest, out var assignment), Assigned(assignment)),
            };

            string Assigned(string assignment) => assignment == " =" ? Block() : assignment.StartsWith(" = ", StringComparison.Ordinal) ? assignment[3..] : throw Wrong("takes an expression");

            // An expression on lines of its own: two deeper than what it belongs to.
            string Block()
            {
                var block = new List<string>();
                while (index + 1 < lines.Length && lines[index + 1].StartsWith(new string('\t', depth + 2), StringComparison.Ordinal))
                {
                    block.Add(lines[++index][(depth + 2)..]);
                }

                return block.Count > 0 ? string.Join('\n', block) : throw Wrong("has no expression");
            }

            var node = new TmdlNode(keyword, name, value) { Description = description };
            description = null;
            open[depth].Children.Add(node);
            open.Add(node);
        }

        return root;
    }

    /// <summary>A name in quotes, or one that needs none.</summary>
    private static string NameOf(string rest, out string left)
    {
        left = "";
        if (rest.Length == 0)
        {
            return "";
        }

        if (rest[0] != ' ')
        {
            throw new FormatException("no space before: " + rest);
        }

        if (!rest.StartsWith(" '", StringComparison.Ordinal))
        {
            var end = rest.IndexOf(' ', 1);
            left = end < 0 ? "" : rest[end..];
            var name = end < 0 ? rest[1..] : rest[1..end];
            return name.IndexOfAny(['.', '=', ':', '\'']) < 0 ? name : throw new FormatException("needs quotes: " + name);
        }

        var at = 2;
        while (at < rest.Length && (rest[at] != '\'' || (at + 1 < rest.Length && rest[at + 1] == '\'')))
        {
            at += rest[at] == '\'' ? 2 : 1;
        }

        left = rest[(at + 1)..];
        return rest[2..at].Replace("''", "'", StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Words(string text)
    {
        // A keyword and its form in turn; database alone has no form, as a file of it has no name.
        var words = new Dictionary<string, string>();
        var parts = new Queue<string>(text.Split(' '));
        while (parts.TryDequeue(out var keyword))
        {
            words.Add(keyword, parts.TryPeek(out var form) && form is "name" or "name=" or "=" or ":" or "word" ? parts.Dequeue() : "word");
        }

        return words;
    }
}
