using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KpiApi.Tests.Docs;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Http;

/// <summary>
/// The committed contract is the one of the running code, its examples are what was really asked and answered, and it leaves nothing open.
/// Set KPI_UPDATE=1 to write the files instead, and read the difference before committing it. Run it twice: the document contains the examples.
/// </summary>
public partial class OpenApiTests
{
    internal static readonly bool IsUpdate = Environment.GetEnvironmentVariable("KPI_UPDATE") == "1";

    /// <summary>Words that name a unit, or say that a number has none.</summary>
    private static readonly string[] Units =
    [
        "unit", "currency", "fraction", "ratio", "days", "day of the project", "bytes", "seconds", "hours", "minute", "yyyymmdd", "month", "1 to", "year", "rows", "requests", "levels", "KPIs",
        "number of", "identifies", "its number", "position", "http status", "facts of the day", "gain / cost", "cumulative gain / cumulative cost", "credentials", "the project", "the activity", "the KPI", "size of", "lines", "the line on which", "the character", "number of",
    ];

    [Fact]
    public async Task The_committed_openapi_document_is_the_one_of_the_running_code()
    {
        await using var app = await KpiApp.Start();
        using var http = app.Anonymous();
        AssertCommitted("openapi.yaml", (await http.GetStringAsync("/openapi/v1.yaml")).ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Examples_are_what_the_program_answers()
    {
        var played = await ExampleStory.Play();
        AssertCommitted("src/KpiApi/Http/examples.json", played);
        if (IsUpdate)
        {
            await File.WriteAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Http", "examples.json"), played);
        }
    }

    [Fact]
    public async Task Every_request_and_every_answer_has_an_example_and_every_example_has_its_schema()
    {
        var contract = await Contract.OfTheApi;
        var missing = new List<string>();
        foreach (var (method, path, operation) in contract.Operations)
        {
            var contents = operation["responses"]!.AsObject().Select(response => (Where: response.Key, Content: contract.Resolve(response.Value!)["content"]))
                .Append((Where: "request", Content: operation["requestBody"]?["content"]));
            foreach (var (where, content) in contents)
            {
                foreach (var (type, media) in content?.AsObject() ?? [])
                {
                    var examples = media!["examples"]?.AsObject().Select(example => contract.Resolve(example.Value!)["value"]).ToList() ?? [];
                    // Nobody reads one of a binary file.
                    if (examples.Count == 0 && (string?)media["schema"]?["format"] != "binary")
                    {
                        missing.Add($"{method} {path} {where} {type}");
                    }

                    foreach (var example in examples)
                    {
                        Assert.Null(contract.Fault($"{method} {path} {where} {type}", media["schema"]!, example));
                    }
                }
            }
        }

        Assert.Empty(missing);
    }

    [Fact]
    public async Task Every_operation_says_what_it_does_who_may_call_it_and_within_which_limits()
    {
        foreach (var (method, path, operation) in (await Contract.OfTheApi).Operations)
        {
            Assert.All((string[])["summary", "description", "operationId"], name => Assert.False(string.IsNullOrWhiteSpace((string?)operation[name]), $"{method} {path}: {name}"));
            Assert.NotEmpty(operation["x-roles"]!.AsArray());
            Assert.True((long)operation["x-limits"]!["requestsPerSecond"]! > 0);
            Assert.Equal(operation["requestBody"] is not null, operation["x-limits"]!["bodyBytes"] is not null);
            Assert.NotEmpty(operation["security"]!.AsArray());
            Assert.All(operation["parameters"]?.AsArray() ?? [], parameter => Assert.False(string.IsNullOrWhiteSpace((string?)parameter!["description"]), $"{method} {path} {parameter["name"]}"));
        }
    }

    [Fact]
    public async Task Every_property_is_described_and_every_number_has_its_unit()
    {
        var wrong = (await Contract.OfTheApi).Document["components"]!["schemas"]!.AsObject()
            .SelectMany(schema => (schema.Value!["properties"]?.AsObject() ?? []).Select(property => (Name: $"{schema.Key}.{property.Key}", Property: property.Value!)))
            .Where(item => (string?)item.Property["description"] is not { Length: > 0 } text
                || (item.Property["type"]?.ToJsonString() is { } type && (type.Contains("number", StringComparison.Ordinal) || type.Contains("integer", StringComparison.Ordinal))
                    && !Units.Any(unit => text.Contains(unit, StringComparison.OrdinalIgnoreCase))))
            .Select(item => $"{item.Name}: {item.Property["description"]}");
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task A_refusal_that_an_endpoint_declares_is_one_that_a_test_provokes()
    {
        var contract = await Contract.OfTheApi;
        TheoryData<string, string, int, string?, string?>[] tables =
        [
            BadInputTests.KpiFaults, BadInputTests.ActivityFaults, BadInputTests.ProjectFaults, BadInputTests.ProjectKpiFaults, BadInputTests.LaunchFaults, BadInputTests.FactFaults, BadInputTests.LedgerFaults, BadInputTests.ReviewFaults,
        ];
        var provoked = tables.SelectMany(table => table).Select(row => (Request: (string)row[0]!, Code: (string?)row[3]))
            .Concat(ExampleStory.Refused.Select(row => (row.Request, Code: (string?)row.Code)))
            // ImportProfileTests
            .Append((Request: "PUT /v1/import-profiles/fec", Code: "read-only")).Append((Request: "DELETE /v1/import-profiles/fec", Code: "read-only"))
            // ApiKeyTests
            .Append((Request: "POST /v1/api-keys", Code: "secret-not-replayed")).Append((Request: "DELETE /v1/api-keys/x", Code: "in-use"))
            .Select(row => ((string?)contract.Find(row.Request.Split(' ')[0], row.Request.Split(' ')[1].Split('?')[0])?["operationId"], row.Code))
            .ToHashSet();
        var declared = contract.Operations.SelectMany(operation => Codes(contract, operation.Definition).Select(code => ((string?)operation.Definition["operationId"], (string?)code)));
        Assert.Empty(declared.Except(provoked));
    }

    [Theory]
    [InlineData("GET", "/v1/limits", 204, "", "", "status")]
    [InlineData("GET", "/v1/limits", 404, "application/problem+json", "{}", "status")]
    [InlineData("GET", "/v1/limits", 200, "text/plain", "{}", "media type")]
    [InlineData("GET", "/v1/limits", 200, "application/json", "{}", "jsonBodyBytes")]
    [InlineData("GET", "/v1/nothing", 200, "application/json", "{}", "operation")]
    [InlineData("GET", "/v1/activities/shop", 200, "application/json", """{"code":"shop","name":1}""", "/name")]
    [InlineData("GET", "/v1/activities/shop", 200, "application/json", """{"code":"shop","name":"Shop","colour":"red"}""", "/colour")]
    [InlineData("GET", "/v1/activities/shop", 409, "application/problem+json", "{}", "status")]
    [InlineData("DELETE", "/v1/activities/shop", 204, "application/json", "{}", "body")]
    [InlineData("DELETE", "/v1/activities/shop", 409, "application/problem+json", """{"type":"urn:kpiapi:problem:sealed","title":"t","status":409,"detail":"d","code":"sealed","traceId":"t"}""", "code")]
    [InlineData("GET", "/v1/feeds/activities", 200, "application/json", """[{"ActivityId":"1","ActivityCode":"a","ActivityName":"n","UpdatedAtUtc":"2026-01-01T00:00:00Z"}]""", "ActivityId")]
    [InlineData("GET", "/v1/feeds/activities", 200, "application/json", """[{"ActivityId":1,"ActivityCode":"a","ActivityName":"n"}]""", "UpdatedAtUtc")]
    [InlineData("GET", "/v1/feeds/activities", 200, "application/json", """[{"ActivityId":1,"ActivityCode":"a","ActivityName":"n","UpdatedAtUtc":"today"}]""", "date-time")]
    public async Task An_answer_that_is_not_as_documented_is_noticed(string method, string path, int status, string mediaType, string body, string what) =>
        Assert.Contains(what, (await Contract.OfTheApi).Fault(method, path, "", status, mediaType, _ => true, System.Text.Encoding.UTF8.GetBytes(body)), StringComparison.Ordinal);

    [Fact]
    public async Task An_answer_without_a_declared_header_is_noticed() =>
        Assert.Contains("ETag", (await Contract.OfTheApi).Fault("GET", "/v1/limits", "", 200, "application/json", name => name != "ETag", "{}"u8.ToArray()), StringComparison.Ordinal);

    [Fact]
    public async Task Swagger_UI_knows_the_documents_and_may_run_here()
    {
        await using var app = await KpiApp.Start();
        using var http = app.Anonymous();
        using var page = await http.GetAsync("/swagger/index.html");
        Assert.True(page.IsSuccessStatusCode);
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("script-src 'self'", policy, StringComparison.Ordinal);
        Assert.Contains("connect-src 'self'", policy, StringComparison.Ordinal);
        // A script inside the page would need a weaker policy.
        Assert.DoesNotMatch(InlineScript(), await page.Content.ReadAsStringAsync());
        var setup = await http.GetStringAsync("/swagger/index.js");
        Assert.Contains("/openapi/v1.json", setup, StringComparison.Ordinal);
        Assert.Contains("\"persistAuthorization\":true", setup, StringComparison.Ordinal);
        Assert.Equal(["apiKey", "basic", "bearer", "apiKeyInQuery"], (await Contract.OfTheApi).Document["components"]!["securitySchemes"]!.AsObject().Select(scheme => scheme.Key));
    }

    // Those that follow from rules of the noun, and not from the method or the parameters.
    private static IEnumerable<string> Codes(Contract contract, JsonObject operation)
    {
        string[] general = ["malformed-request", "invalid", "idempotency-key-reused", "idempotency-key-in-flight"];
        return operation["responses"]!.AsObject().Where(response => response.Key is "400" or "409" or "422")
            .SelectMany(response => contract.Resolve(response.Value!)["content"]!["application/problem+json"]!["examples"]!.AsObject().Select(example => example.Key))
            .Where(code => !general.Contains(code));
    }

    private static void AssertCommitted(string path, string generated)
    {
        var file = Path.Combine(Document.Root, path);
        if (IsUpdate)
        {
            File.WriteAllText(file, generated);
        }

        Assert.Equal(File.ReadAllText(file).ReplaceLineEndings("\n"), generated);
    }

    [GeneratedRegex("<script(?![^>]*src=)[^>]*>")]
    private static partial Regex InlineScript();
}
