using System.Text.Json;
using System.Text.Json.Nodes;

namespace KpiApi.Tests.Http;

/// <summary>
/// Every write endpoint with every way in which a body cannot be read. The mutations are derived from one good body
/// per endpoint, so a member that is added there is attacked too.
/// </summary>
public class UnreadableBodyTests(BadWorld world) : IClassFixture<BadWorld>
{
    // Method, path, a good body with every member, and the members that must be there (also as pointers into nested objects).
    internal static readonly (string Method, string Path, string Body, string Needed)[] Endpoints =
    [
        ("POST", "/v1/kpis", KpiBody, "/code /name /domain /unit /direction /aggregation /threshold /threshold/kind /threshold/value"),
        ("PATCH", "/v1/kpis/spare", KpiBody.Replace("\"k1\"", "\"spare\"", StringComparison.Ordinal), "/code /name /domain /unit /direction /aggregation /threshold /threshold/kind /threshold/value"),
        ("POST", "/v1/activities", """{"code":"a1","name":"Activity"}""", "/code /name"),
        ("PATCH", "/v1/activities/web", """{"code":"web","name":"Activity"}""", "/code /name"),
        ("PUT", "/v1/activities/web/north-star", """{"kpi":"rate","purpose":"Grow"}""", "/kpi /purpose"),
        ("POST", "/v1/projects", ProjectBody, "/code /name /activity /startsOn /currency"),
        ("PATCH", "/v1/projects/draft", ProjectBody.Replace("\"p1\"", "\"draft\"", StringComparison.Ordinal).Replace("\"template\":\"sea-campaign\",", "", StringComparison.Ordinal), "/code /name /activity /startsOn /currency"),
        ("POST", "/v1/projects/room/kpis", ProjectKpiBody, "/kpi /purpose /target/kind /target/value /declaredBaseline/value /declaredBaseline/note"),
        ("PATCH", "/v1/projects/draft/kpis/rate", ProjectKpiBody, "/kpi /purpose /target/kind /target/value /declaredBaseline/value /declaredBaseline/note"),
        ("POST", "/v1/projects/draft/launch", """{"allowMissingBaseline":true,"allowImmatureBaseline":true}""", ""),
        ("POST", "/v1/projects/running/close", """{"closedOn":"2026-01-31"}""", ""),
        ("POST", "/v1/measurements", """{"project":"draft","kpi":"rate","date":"2026-01-15","numerator":1,"denominator":2,"source":"erp","externalId":"m1","note":"n"}""", "/kpi"),
        ("POST", "/v1/projects/draft/ledger", """{"kind":"gain","category":"margin","amount":12.5,"date":"2026-01-15","evidence":"invoiced","label":"l","source":"erp","externalId":"e1"}""", "/kind /category /amount /date"),
    ];

    private const string KpiBody = """
        {"code":"k1","name":{"fr":"a","en":"b"},"domain":"d","unit":"count","direction":"increase","aggregation":"sum","perDays":30,"lagDays":1,"numeratorLabel":"n","denominatorLabel":"d","threshold":{"kind":"relative","value":0.1}}
        """;

    private const string ProjectBody = """
        {"code":"p1","name":"P","activity":"shop","startsOn":"2026-01-20","currency":"EUR","objective":"o","template":"sea-campaign","baselineDays":20,"horizonDays":60,"roiThreshold":1.2,"reviewCadenceDays":7}
        """;

    private const string ProjectKpiBody = """
        {"kpi":"rate","purpose":"p","target":{"kind":"relative","value":0.2},"tolerance":0.05,"graceDays":7,"lagDays":1,"declaredBaseline":{"value":0.3,"note":"n"},"servesNorthStar":false}
        """;

    public static TheoryData<string, string> Writes
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var endpoint in Endpoints)
            {
                data.Add(endpoint.Method, endpoint.Path);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public Task A_member_of_another_JSON_type_is_400_and_named(string method, string path) => Refused(method, path, 400, body =>
        from pointer in Pointers(body)
        from wrong in At(body, pointer)!.GetValueKind() switch
        {
            JsonValueKind.String => new[] { "12", "true", "{}", "[]" },
            JsonValueKind.Number => ["\"12\"", "true", "{}", "[]"],
            JsonValueKind.True or JsonValueKind.False => ["\"true\"", "1", "{}", "[]"],
            _ => ["\"text\"", "1", "true", "[]"],
        }
        select (Set(body, pointer, JsonNode.Parse(wrong)).ToJsonString(), (string?)pointer));

    [Theory]
    [MemberData(nameof(Writes))]
    public Task An_unknown_member_is_400_and_named(string method, string path) => Refused(method, path, 400, body =>
        Objects(body).SelectMany(parent => new[] { "bogus", "id", "organisationId", "Code", "createdBy" }.Select(name => $"{parent}/{name}"))
            .Select(pointer => (Set(body, pointer, "x").ToJsonString(), (string?)pointer)));

    [Theory]
    [MemberData(nameof(Writes))]
    public Task A_member_that_stands_twice_is_400(string method, string path) => Refused(method, path, 400, body =>
        body.Select(member => ($"{{\"{member.Key}\":{member.Value!.ToJsonString()},{body.ToJsonString()[1..]}", (string?)null)));

    [Theory]
    [MemberData(nameof(Writes))]
    public Task Null_where_a_value_is_needed_is_400_and_named(string method, string path) => Refused(method, path, 400, body =>
        Needed(method, path).Concat(Pointers(body).Where(pointer => At(body, pointer)!.GetValueKind() is JsonValueKind.True && pointer != "/servesNorthStar"))
            .Select(pointer => (Set(body, pointer, null).ToJsonString(), (string?)pointer)));

    [Theory]
    [MemberData(nameof(Writes))]
    public Task Text_with_U_0000_or_a_lone_surrogate_is_400_and_named(string method, string path) => Refused(method, path, 400, body =>
        from pointer in Pointers(body)
        where At(body, pointer)!.GetValueKind() == JsonValueKind.String
        from text in new[] { "a\\u0000b", "\\u0000", "a\\ud800b" }
        select (Set(body, pointer, "MARK").ToJsonString().Replace("MARK", text, StringComparison.Ordinal), (string?)pointer));

    [Theory]
    [MemberData(nameof(Writes))]
    public Task Something_that_is_no_JSON_is_400(string method, string path) => Refused(method, path, 400, body =>
    {
        var text = body.ToJsonString();
        var numbers = Pointers(body).Where(pointer => At(body, pointer)!.GetValueKind() == JsonValueKind.Number);
        return numbers
            .SelectMany(pointer => new[] { "NaN", "Infinity", "-Infinity", "+1", "01", ".5", "1.", "0x10", "1e" }.Select(word => Set(body, pointer, "MARK").ToJsonString().Replace("\"MARK\"", word, StringComparison.Ordinal)))
            .Concat([text[..^1], text[..(text.Length / 2)], text[..1], text + "}", text + text, text.Replace('"', '\''), text[..^1] + ",}", "/*c*/" + text, "// c\n" + text, "\ufeff\ufeff" + text, "{", "nul", "NaN", "  "])
            .Select(wrong => (wrong, (string?)null));
    });

    [Theory]
    [InlineData("/v1/measurements", """[{"project":"draft","kpi":"rate","date":"2026-01-15","numerator":1,"denominator":2}]""")]
    [InlineData("/v1/projects/draft/ledger", """{"kind":"gain","category":"margin","amount":12.5,"date":"2026-01-15","externalId":"marked"}""")]
    public async Task A_mark_of_UTF_8_before_rows_is_passed_over_as_before_every_other_body(string path, string body)
    {
        using var response = await Problems.Send(world.Client.Http, "POST", path + "?dryRun=true", "\ufeff" + body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public Task Something_other_than_an_object_is_400(string method, string path) => Refused(method, path, 400, body =>
    {
        // Facts and ledger entries come as arrays too, of objects.
        var isBatch = path.EndsWith("measurements", StringComparison.Ordinal) || path.EndsWith("ledger", StringComparison.Ordinal);
        var array = isBatch ? [] : new[] { $"[{body.ToJsonString()}]", "[]" };
        return array.Select(wrong => (wrong, (string?)null))
            .Concat(new[] { "\"text\"", "12", "true", "null" }.Where(wrong => wrong != "null" || !(path.EndsWith("launch", StringComparison.Ordinal) || path.EndsWith("close", StringComparison.Ordinal))).Select(wrong => (wrong, (string?)null)))
            .Concat(new[] { "[null]", "[12]", "[\"x\"]", "[[]]" }.Select(wrong => (wrong, isBatch ? "/0" : null)));
    });

    [Theory]
    [MemberData(nameof(Writes))]
    public Task A_body_nested_a_hundred_deep_is_400(string method, string path) => Refused(method, path, 400, body =>
        [(string.Concat(Enumerable.Repeat("[", 100)) + string.Concat(Enumerable.Repeat("]", 100)), null), ($"{{\"bogus\":{string.Concat(Enumerable.Repeat("{\"a\":", 100))}1{new string('}', 101)}", null)]);

    [Theory]
    [MemberData(nameof(Writes))]
    public Task A_missing_member_is_422_and_named(string method, string path) => Refused(method, path, 422, body =>
        // A patch leaves out what it does not change.
        method == "PATCH" ? [] : Needed(method, path).Select(pointer => (Without(body, pointer).ToJsonString(), (string?)pointer)));

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task No_body_is_400(string method, string path)
    {
        if (path.EndsWith("launch", StringComparison.Ordinal) || path.EndsWith("close", StringComparison.Ordinal))
        {
            return; // Everything in these bodies has a default.
        }

        var before = await Tables.Dump(world.App);
        await Problems.Of(await Problems.Send(world.Client.Http, method, path, ""), 400);
        Tables.AssertSame(before, await Tables.Dump(world.App), $"{method} {path} without a body");
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task Bytes_that_are_not_UTF_8_are_400(string method, string path)
    {
        var body = Endpoints.Single(endpoint => endpoint.Method == method && endpoint.Path == path).Body;
        var pointer = Pointers(JsonNode.Parse(body)!.AsObject()).FirstOrDefault(pointer => At(JsonNode.Parse(body)!, pointer)!.GetValueKind() == JsonValueKind.String);
        if (pointer is null)
        {
            return; // No text in this body.
        }

        // Latin-1 for é: a lone lead byte in UTF-8.
        var bytes = System.Text.Encoding.Latin1.GetBytes(Set(JsonNode.Parse(body)!.AsObject(), pointer, "MARK").ToJsonString().Replace("MARK", "\u00e9t\u00e9", StringComparison.Ordinal));
        var before = await Tables.Dump(world.App);
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new("application/json");
        await Problems.Of(await world.Client.Http.SendAsync(request), 400);
        Tables.AssertSame(before, await Tables.Dump(world.App), $"{method} {path}");
    }

    private async Task Refused(string method, string path, int status, Func<JsonObject, IEnumerable<(string Body, string? Pointer)>> mutations)
    {
        var good = JsonNode.Parse(Endpoints.Single(endpoint => endpoint.Method == method && endpoint.Path == path).Body)!.AsObject();
        var faults = new List<string>();
        var before = await Tables.Dump(world.App);
        foreach (var (body, pointer) in mutations(good).ToList())
        {
            try
            {
                await Problems.Of(await Problems.Send(world.Client.Http, method, path, body), status, pointers: pointer);
            }
            catch (Xunit.Sdk.XunitException exception)
            {
                faults.Add($"{(body.Length > 300 ? body[..300] : body)}\n    {exception.Message}");
            }
        }

        Tables.AssertSame(before, await Tables.Dump(world.App), $"{method} {path} stored something");
        Assert.True(faults.Count == 0, $"{faults.Count} bodies:\n{string.Join('\n', faults.Take(12))}");
    }

    private static string[] Needed(string method, string path) =>
        Endpoints.Single(endpoint => endpoint.Method == method && endpoint.Path == path).Needed.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> Pointers(JsonObject body, string prefix = "") => body.SelectMany(member =>
        member.Value is JsonObject inner ? Pointers(inner, $"{prefix}/{member.Key}").Prepend($"{prefix}/{member.Key}") : [$"{prefix}/{member.Key}"]);

    private static IEnumerable<string> Objects(JsonObject body) => Pointers(body).Where(pointer => At(body, pointer) is JsonObject).Prepend("");

    private static JsonNode? At(JsonNode body, string pointer) => pointer.Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate((JsonNode?)body, (node, name) => node?[name]);

    private static JsonObject Set(JsonObject body, string pointer, JsonNode? value)
    {
        var changed = body.DeepClone().AsObject();
        At(changed, pointer[..pointer.LastIndexOf('/')])![pointer[(pointer.LastIndexOf('/') + 1)..]] = value;
        return changed;
    }

    private static JsonObject Without(JsonObject body, string pointer)
    {
        var changed = body.DeepClone().AsObject();
        At(changed, pointer[..pointer.LastIndexOf('/')])!.AsObject().Remove(pointer[(pointer.LastIndexOf('/') + 1)..]);
        return changed;
    }
}
