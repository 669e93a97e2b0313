using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Storage;
using KpiApi.Tests.Docs;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace KpiApi.Tests.Http;

/// <summary>
/// What the examples of the document are taken from: the requests of KpiApi.http, played from top to bottom, and one request for each kind of problem.
/// What is different each time, such as a secret, is replaced.
/// </summary>
internal static partial class ExampleStory
{
    // Enough to see the form, and what makes one row differ from the next.
    private const int MostRows = 2;
    private const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private const string NewKpi = """{"code":"k9","name":{"en":"a"},"domain":"d","unit":"count","direction":"increase","aggregation":"ratio","threshold":{"kind":"relative","value":0.1}}""";
    private const string Fact = """{"project":"running","kpi":"rate","date":"2026-01-15","numerator":1,"denominator":2}""";

    /// <summary>On the world of <see cref="BadWorld"/>: the code that is to be answered, and a request that is answered with it.</summary>
    public static readonly IReadOnlyList<(string Code, string Request, string? Body)> Refused =
    [
        ("malformed-request", "GET /v1/kpis?limit=0", null),
        ("identity-required", "POST /v1/projects/running/ledger", """{"kind":"gain","category":"margin","amount":12,"date":"2026-01-15"}"""),
        ("not-found", "GET /v1/projects/absent", null),
        ("method-not-allowed", "POST /v1/limits", "{}"),
        ("already-exists", "POST /v1/kpis", NewKpi.Replace("k9", "rate", StringComparison.Ordinal)),
        ("in-use", "DELETE /v1/kpis/rate", null),
        ("read-only", "DELETE /v1/kpis/cost-per-lead", null),
        ("sealed", "PATCH /v1/projects/running", """{"startsOn":"2026-01-02"}"""),
        ("sealed", "DELETE /v1/projects/running", null),
        ("sealed", "POST /v1/projects/running/launch", "{}"),
        ("not-launched", "POST /v1/projects/draft/close", "{}"),
        ("not-launched", "GET /v1/projects/draft/pack", null),
        ("already-closed", "POST /v1/projects/closed/close", "{}"),
        ("not-started", "POST /v1/projects/future/launch", "{}"),
        ("too-many-kpis", "POST /v1/projects/draft/kpis", """{"kpi":"tickets","purpose":"p"}"""),
        ("missing-baseline", "POST /v1/projects/bare/launch", "{}"),
        ("immature-baseline", "POST /v1/projects/late/launch", "{}"),
        ("target-needs-baseline", "POST /v1/projects/zero/launch", "{}"),
        ("too-large", "POST /v1/measurements", $"[{string.Join(',', Enumerable.Repeat("{}", Limits.BatchRows + 1))}]"),
        ("invalid", "POST /v1/kpis", NewKpi.Replace("k9", "K 9", StringComparison.Ordinal)),
        ("denominator-required", "POST /v1/measurements", """{"project":"running","kpi":"rate","date":"2026-01-15","value":1}"""),
        ("ambiguous-identity", "POST /v1/measurements", $"[{Fact},{Fact.Replace("\"numerator\":1", "\"numerator\":2", StringComparison.Ordinal)}]"),
        ("not-offered", "GET /v1/feeds/kpi-weeks?filter=length(Week)%20gt%203", null),
        ("in-use", "PATCH /v1/projects/draft", """{"currency":"USD"}"""),
    ];

    /// <summary>Plays everything, and gives the text of examples.json.</summary>
    public static async Task<string> Play()
    {
        var recorded = new JsonObject { ["operations"] = await Requests(), ["problems"] = await Problems() };
        return recorded.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).ReplaceLineEndings("\n") + "\n";
    }

    private static async Task<JsonObject> Requests()
    {
        // On a file, where ids are the same each time.
        await using var app = await KpiApp.StartOnFile("2025-06-02");
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "unused", name = "Unused" });
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "unused", "ratio", "increase", 0.1);
        await BadWorld.Project(client, "draft", "2025-05-01");

        var contract = await Contract.OfTheApi;
        var operations = new SortedDictionary<string, JsonArray>(StringComparer.Ordinal);
        var answers = new Dictionary<string, JsonNode>();
        foreach (var request in RequestFile.Read().Where(request => request.Address.StartsWith("/v1/", StringComparison.Ordinal)))
        {
            var address = RequestFile.Fill(request.Address, answers);
            // Sent again, a PUT is another success.
            foreach (var title in request.Method == "PUT" ? new[] { request.Title, request.Title + ", again" } : [request.Title])
            {
                using var message = new HttpRequestMessage(new HttpMethod(request.Method), address);
                if (request.Body is not null)
                {
                    message.Content = new StringContent(request.Body, Encoding.UTF8, MediaTypeHeaderValue.Parse(request.Headers["Content-Type"]));
                }

                if (request.Headers.TryGetValue("Accept", out var accept))
                {
                    message.Headers.Add("Accept", accept);
                }

                using var response = await client.Http.SendAsync(message);
                var text = await response.Content.ReadAsStringAsync();
                Assert.True(response.IsSuccessStatusCode, $"{request.Method} {address}: {(int)response.StatusCode} {text}");
                var type = response.Content.Headers.ContentType?.MediaType;
                var answer = text.Length == 0 || type == "application/vnd.apache.parquet" ? null : type == "application/json" ? JsonNode.Parse(text) : JsonValue.Create(string.Join('\n', text.Split('\n').Take(MostRows + 1)));
                if (request.Name is not null)
                {
                    answers[request.Name] = answer!.DeepClone();
                }

                var operation = contract.Find(request.Method, address.Split('?')[0])!;
                var name = (string)operation["operationId"]!;
                operations.TryAdd(name, []);
                operations[name].Add(new JsonObject
                {
                    ["title"] = title,
                    ["parameters"] = Parameters(contract, operation, address),
                    ["bodyType"] = message.Content?.Headers.ContentType?.MediaType,
                    ["body"] = request.Body is null ? null : message.Content!.Headers.ContentType!.MediaType is "application/x-ndjson" or "text/csv" ? JsonValue.Create(request.Body) : JsonNode.Parse(request.Body),
                    ["status"] = ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture),
                    ["type"] = type,
                    ["answer"] = Shorten(answer),
                });
            }
        }

        var known = KeyForm().Match(client.Http.DefaultRequestHeaders.GetValues(ApiKeyAuthentication.HeaderName).Single()).Groups[1].Value;
        var made = (string)answers["made"]["id"]!;
        var written = new JsonObject(operations.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))).ToJsonString();
        // The form of a key, and no key.
        written = KeyForm().Replace(written, "kpi_k7m2p9x4qa_shown-once").Replace(made, "k7m2p9x4qa", StringComparison.Ordinal).Replace(known, "a3f8w5t6zb", StringComparison.Ordinal);
        var receipts = new Dictionary<string, string>();
        written = ReceiptForm().Replace(written, match => $"\"{receipts.GetValueOrDefault(match.Value) ?? (receipts[match.Value] = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"38dc6beb6eb33836c4{receipts.Count + 1:00}"))}\"");
        return JsonNode.Parse(written)!.AsObject();
    }

    private static JsonObject Parameters(Contract contract, JsonObject operation, string address)
    {
        var template = contract.Operations.Single(known => known.Definition == operation).Path.Split('/');
        var parts = address.Split('?');
        var given = template.Zip(parts[0].Split('/')).Where(pair => pair.First.StartsWith('{')).Select(pair => (Name: pair.First.Trim('{', '}'), Value: pair.Second))
            .Concat(parts.Skip(1).SelectMany(query => query.Split('&')).Select(pair => pair.Split('=')).Select(pair => (Name: pair[0], Value: Uri.UnescapeDataString(pair[1].Replace('+', ' ')))));
        return new JsonObject(given.Select(parameter =>
        {
            var isText = operation["parameters"]!.AsArray().All(known => (string)known!["name"]! != parameter.Name || known["schema"]!["type"]!.ToString() is not ("integer" or "boolean"));
            return KeyValuePair.Create(parameter.Name, (JsonNode?)(isText ? parameter.Value : JsonNode.Parse(parameter.Value)));
        }));
    }

    private static async Task<JsonObject> Problems()
    {
        var examples = new Dictionary<string, JsonNode>();
        async Task Take(string code, HttpResponseMessage response)
        {
            var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
            Assert.Equal(code, (string)problem["code"]!);
            problem["traceId"] = Trace;
            examples.TryAdd(code, Shorten(problem)!);
        }

        var world = new BadWorld();
        await world.InitializeAsync();
        foreach (var (code, request, body) in Refused)
        {
            await Take(code, await Http.Problems.Send(world.Client.Http, request.Split(' ')[0], request.Split(' ')[1], body));
        }

        using var anonymous = world.App.Anonymous();
        await Take("unauthorized", await anonymous.GetAsync("/v1/kpis"));
        await Take("forbidden", await Http.Problems.Send((await world.App.Client(world.Client.OrganisationId, Role.Reader)).Http, "POST", "/v1/kpis", NewKpi));
        await Take("unsupported-media-type", await Http.Problems.Send(world.Client.Http, "POST", "/v1/kpis", NewKpi, "text/plain"));
        await world.Client.Post("/v1/activities", new { code = "a9", name = "A" }, idempotencyKey: "twice");
        await Take("idempotency-key-reused", await world.Client.Send(HttpMethod.Post, "/v1/activities", new { code = "a9", name = "B" }, "twice"));
        var made = (string)(await world.Client.Post("/v1/api-keys", new { name = "n", role = "reader" }, idempotencyKey: "key"))["id"]!;
        await Take("secret-not-replayed", await world.Client.Send(HttpMethod.Post, "/v1/api-keys", new { name = "n", role = "reader" }, "key"));
        examples["secret-not-replayed"]["detail"] = ((string)examples["secret-not-replayed"]["detail"]!).Replace(made, "k7m2p9x4qa", StringComparison.Ordinal);
        using (var stale = new HttpRequestMessage(HttpMethod.Patch, "/v1/kpis/spare") { Content = new StringContent("""{"domain":"d"}""", Encoding.UTF8, "application/json"), Headers = { { "If-Match", "\"earlier\"" } } })
        {
            await Take("stale", await world.Client.Http.SendAsync(stale));
        }

        await world.DisposeAsync();
        await using (var busy = await KpiApp.Start(settings: ["--Limits:RequestsPerSecond=1", "--Limits:RequestBurst=1"]))
        {
            var client = await busy.Organisation();
            await client.Get("/v1/limits");
            await Take("too-many-requests", await client.Http.GetAsync("/v1/limits"));
        }

        var time = new FakeTimeProvider();
        var keys = new KeysInFlight(time);
        using var first = await keys.Enter(1, "key", CancellationToken.None);
        var second = keys.Enter(1, "key", CancellationToken.None);
        time.Advance(KeysInFlight.Patience);
        foreach (var (code, failure) in new (string, Exception)[]
        {
            ("idempotency-key-in-flight", await Assert.ThrowsAsync<ProblemException>(() => second)),
            ("internal-error", new InvalidOperationException()), ("unavailable", new StorageUnavailableException("", new IOException())), ("storage-full", new StorageFullException("", new IOException())),
        })
        {
            using var body = new MemoryStream();
            var context = new DefaultHttpContext { Response = { Body = body } };
            await new ProblemWriter(NullLogger<ProblemWriter>.Instance).TryHandleAsync(context, failure, CancellationToken.None);
            using var response = new HttpResponseMessage { Content = new ByteArrayContent(body.ToArray()) };
            await Take(code, response);
        }

        return new JsonObject(ProblemType.All.Select(type => KeyValuePair.Create(type.Code, (JsonNode?)examples[type.Code])));
    }

    private static JsonNode? Shorten(JsonNode? node)
    {
        switch (node)
        {
            case JsonArray array:
                while (array.Count > MostRows)
                {
                    array.RemoveAt(array.Count - 1);
                }

                foreach (var item in array)
                {
                    Shorten(item);
                }

                break;
            case JsonObject members:
                foreach (var (_, member) in members)
                {
                    Shorten(member);
                }

                break;
        }

        return node;
    }

    [GeneratedRegex("\"[0-9a-f]{20}\"")]
    private static partial Regex ReceiptForm();

    [GeneratedRegex("kpi_([a-z0-9]+)_[a-z0-9]+")]
    private static partial Regex KeyForm();
}
