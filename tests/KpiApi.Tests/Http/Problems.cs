using System.Text.Json.Nodes;
using KpiApi.Http;

namespace KpiApi.Tests.Http;

/// <summary>What every refusal of the API has in common.</summary>
internal static class Problems
{
    // What an answer must never show: code, SQL, and paths of the machine.
    private static readonly string[] Secrets = ["System.", "SQLite", "SELECT", "KpiApi.", "Microsoft.", "   at ", ".cs", "Exception", "/tmp/", "kpi.db"];

    // code: compared when the contract fixes it. pointers: all JSON pointers of the errors, separated by blanks, "(root)" for the whole body.
    public static async Task<JsonObject> Of(HttpResponseMessage response, int status, string? code = null, string? pointers = null)
    {
        var text = await response.Content.ReadAsStringAsync();
        var request = $"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri!.PathAndQuery}: {text}";
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} instead of {status} for {request}");
        var isOData = response.RequestMessage.RequestUri.AbsolutePath.StartsWith("/odata/", StringComparison.Ordinal);
        Assert.True(response.Content.Headers.ContentType?.MediaType == (isOData ? "application/json" : "application/problem+json"), $"{response.Content.Headers.ContentType} for {request}");
        var problem = JsonNode.Parse(text)!.AsObject();
        if (isOData)
        {
            problem = OfOData(problem["error"]!, status);
        }

        Assert.Equal(status, (int)problem["status"]!);
        foreach (var member in new[] { "type", "title", "detail", "traceId", "code" })
        {
            Assert.False(string.IsNullOrWhiteSpace((string?)problem[member]), $"no {member} in {request}");
        }

        var known = ProblemType.All.SingleOrDefault(type => type.Code == (string)problem["code"]!);
        Assert.True(known is not null, $"a code outside the closed list in {request}");
        Assert.Equal((known.Status, known.Uri, known.Title), ((int)problem["status"]!, (string)problem["type"]!, (string)problem["title"]!));
        Assert.DoesNotContain(Secrets, secret => text.Contains(secret, StringComparison.OrdinalIgnoreCase) && !request[..request.IndexOf(": {", StringComparison.Ordinal)].Contains(secret, StringComparison.OrdinalIgnoreCase));
        var errors = problem["errors"]?.AsObject().Select(error => error.Key).ToList() ?? [];
        Assert.All(errors, pointer => Assert.True(pointer.Length == 0 || pointer[0] == '/', $"'{pointer}' is no JSON pointer in {request}"));
        Assert.All(errors, pointer => Assert.NotEmpty(problem["errors"]![pointer]!.AsArray()));
        if (code is not null)
        {
            Assert.True(code == known.Code, $"{known.Code} instead of {code} for {request}");
        }

        if (pointers is not null)
        {
            var expected = pointers.Split(' ').Select(pointer => pointer == "(root)" ? "" : pointer).Order(StringComparer.Ordinal);
            Assert.True(expected.SequenceEqual(errors.Order(StringComparer.Ordinal)), $"pointers [{string.Join(' ', errors)}] instead of [{pointers}] for {request}");
        }

        return problem;
    }

    // The same things, where readers of OData look for them.
    private static JsonObject OfOData(JsonNode error, int status) => new()
    {
        ["status"] = status,
        ["code"] = error["code"]!.DeepClone(),
        ["detail"] = error["message"]!.DeepClone(),
        ["title"] = error["innererror"]!["message"]!.DeepClone(),
        ["type"] = error["innererror"]!["type"]!.DeepClone(),
        ["traceId"] = error["innererror"]!["traceId"]!.DeepClone(),
    };

    /// <summary>A media type that the address takes: what it does not take is refused before credentials are looked at.</summary>
    public static string TakenBy(string path) => path.Split('?')[0].EndsWith("/bulk", StringComparison.Ordinal) ? "application/x-ndjson" : "application/json";

    /// <summary>Sends text as it stands.</summary>
    public static async Task<HttpResponseMessage> Send(HttpClient http, string method, string path, string? body, string? contentType = null, string? encoding = null)
    {
        contentType ??= TakenBy(path);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent((contentType.Contains("utf-16", StringComparison.Ordinal) ? System.Text.Encoding.Unicode : System.Text.Encoding.UTF8).GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
            if (encoding is not null)
            {
                request.Content.Headers.ContentEncoding.Add(encoding);
            }
        }

        return await http.SendAsync(request);
    }
}
