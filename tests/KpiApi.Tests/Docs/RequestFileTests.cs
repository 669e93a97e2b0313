using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Docs;

/// <summary>KpiApi.http has a request for every operation, and no text of the repository names an address that does not exist.</summary>
public sealed partial class RequestFileTests
{
    private static readonly string[] Unversioned = ["/", "/connect", "/connect/excel.odc", "/connect/power-bi.pbids", "/connect/power-bi.zip", "/connect/KpiApi.mez", "/health/live", "/health/ready", "/openapi/v1.json"];

    [Fact]
    public async Task Every_operation_has_a_request_and_every_request_an_operation()
    {
        var operations = await Operations();
        var requests = RequestForm().Matches(Document.Read("KpiApi.http").Text).Select(line => (Method: line.Groups["method"].Value, Path: line.Groups["path"].Value)).ToList();
        Assert.NotEmpty(requests);

        Assert.All(operations, operation => Assert.Contains(requests, request => operation.Answers(request.Method, request.Path)));
        Assert.All(requests.Where(request => !Unversioned.Contains(request.Path)), request => Assert.Contains(operations, operation => operation.Answers(request.Method, request.Path)));
    }

    [Fact]
    public async Task Every_request_has_a_credential_and_a_body_where_one_is_needed()
    {
        var document = await OpenApi();
        var operations = Operations(document);
        foreach (var request in Document.Read("KpiApi.http").Text.Split("\n###").Skip(1))
        {
            var line = RequestForm().Match(request);
            Assert.True(line.Success, request);
            if (operations.FirstOrDefault(operation => operation.Answers(line.Groups["method"].Value, line.Groups["path"].Value)) is not { } operation)
            {
                continue;
            }

            Assert.True(request.Contains("X-Api-Key: {{key}}", StringComparison.Ordinal) || request.Contains("X-Api-Key: {{adminKey}}", StringComparison.Ordinal), request);
            var isCsv = request.Contains("Content-Type: text/csv", StringComparison.Ordinal);
            var body = request.Split("\n\n", 2) is [_, var text] && (isCsv ? text.Trim().Contains(',', StringComparison.Ordinal) : text.TrimStart() is ['{' or '[', ..]) ? text.TrimStart() : null;
            Assert.True(body is not null || (bool?)operation.Definition["requestBody"]?["required"] != true, request);
            if (body is not null)
            {
                Assert.All(isCsv ? [] : request.Contains("x-ndjson", StringComparison.Ordinal) ? body.Trim().Split('\n') : [body], part => Assert.NotNull(JsonNode.Parse(part)));
                Assert.Contains("Content-Type: ", request, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task No_text_names_an_address_that_does_not_exist()
    {
        var operations = await Operations();
        var named = Directory.EnumerateFiles(Path.Combine(Document.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Append(Path.Combine(Document.Root, "README.md"))
            .Append(Path.Combine(Document.Root, "KpiApi.http"))
            .SelectMany(file => Addresses(File.ReadAllText(file)).Select(path => (File: Path.GetRelativePath(Document.Root, file), Path: path)))
            .ToList();

        Assert.Contains(named, address => address is { File: "README.md", Path: "/v1/projects/crm/ledger" });
        Assert.All(named, address => Assert.Contains(operations, operation => operation.IsAt(address.Path)));
    }

    // Of "$api/projects/crm?x=1" as of "/v1/projects/…/steering", the path; "/v1/…" alone stands for all of them.
    private static IEnumerable<string> Addresses(string text) => AddressForm().Matches(text)
        .Select(address => "/v1/" + address.Groups["path"].Value.TrimEnd('/', '.'))
        .Where(path => path is not ("/v1/" or "/v1/…"));

    private static async Task<IReadOnlyList<Operation>> Operations() => Operations(await OpenApi());

    private static List<Operation> Operations(JsonNode document) =>
        [.. document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(method => new Operation(method.Key.ToUpperInvariant(), path.Key, method.Value!)))];

    private static async Task<JsonNode> OpenApi()
    {
        await using var app = await KpiApp.Start();
        using var http = app.Anonymous();
        return JsonNode.Parse(await http.GetStringAsync("/openapi/v1.json"))!;
    }

    [GeneratedRegex(@"^(?<method>GET|POST|PUT|PATCH|DELETE) \{\{host\}\}(?<path>[^?\s]+)", RegexOptions.Multiline)]
    private static partial Regex RequestForm();

    [GeneratedRegex(@"(?:(?<!/odata)/v1|\$api|\$\{?api\}?|\{api\})/(?<path>(?:\{\{.+?\}\}|[\w/{}$…-])*)")]
    private static partial Regex AddressForm();

    private sealed record Operation(string Method, string Path, JsonNode Definition)
    {
        public bool Answers(string method, string path) => method == Method && IsAt(path);

        /// <summary>Segment by segment; a parameter takes anything, and an ellipsis stands for a parameter.</summary>
        public bool IsAt(string path)
        {
            var given = path.Split('/');
            var own = Path.Split('/');
            return given.Length == own.Length && own.Zip(given).All(pair => pair.First.StartsWith('{') ? pair.Second.Length > 0 : pair.First == pair.Second);
        }

        public override string ToString() => $"{Method} {Path}";
    }
}
