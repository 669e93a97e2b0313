using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace KpiApi.Tests.Docs;

/// <summary>A request of KpiApi.http. Variables of earlier answers are still in it.</summary>
internal sealed record FileRequest(string Title, string? Name, string Method, string Address, IReadOnlyDictionary<string, string> Headers, string? Body);

/// <summary>Reads KpiApi.http as the editors do.</summary>
internal static partial class RequestFile
{
    public static IEnumerable<FileRequest> Read() => Document.Read("KpiApi.http").Text.Split("\n### ").Skip(1).Select(block =>
    {
        var parts = block.Split("\n\n", 2);
        var lines = parts[0].Split('\n');
        var at = Array.FindIndex(lines, 1, line => !line.StartsWith('#'));
        var line = lines[at].Split(' ');
        var headers = lines.Skip(at + 1).Where(text => text.Contains(": ", StringComparison.Ordinal)).Select(text => text.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return new FileRequest(
            lines[0],
            lines.FirstOrDefault(text => text.StartsWith("# @name ", StringComparison.Ordinal))?[8..],
            line[0],
            line[1].Replace("{{host}}", "", StringComparison.Ordinal),
            headers,
            headers.ContainsKey("Content-Type") ? parts[1].Trim() : null);
    });

    /// <summary>The text with <c>{{name.response.body.$.items[0].id}}</c> replaced from the answers so far.</summary>
    public static string Fill(string text, IReadOnlyDictionary<string, JsonNode> answers) => VariableForm().Replace(text, match =>
        match.Groups["path"].Value.Split('.', '[').Aggregate(answers[match.Groups["name"].Value], (node, part) => part.EndsWith(']') ? node[int.Parse(part[..^1], System.Globalization.CultureInfo.InvariantCulture)]! : node[part]!).ToString());

    [GeneratedRegex(@"\{\{(?<name>\w+)\.response\.body\.\$\.(?<path>[^}]+)\}\}")]
    private static partial Regex VariableForm();
}
