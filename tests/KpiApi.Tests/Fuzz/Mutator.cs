using System.Globalization;
using System.Text;
using System.Text.Json;

namespace KpiApi.Tests.Fuzz;

/// <summary>Does one thing wrong in a valid request.</summary>
internal sealed class Mutator(Generator generator, FuzzWorld world, IReadOnlyList<string> foreign, Random random)
{
    private static readonly string[] WrongValues =
    [
        "null", "true", "0", "\"\"", "\"x\"", "[]", "{}", "[null]", "{\"a\":1}", "[[[]]]", "NaN", "Infinity", "-Infinity", "undefined", "'x'", "\"", "+1", ".5", "1.", "01", "0x1", "1e", "-", "--1", "tru", "",
    ];

    private static readonly string[] Numbers =
    [
        "0", "-0", "-1", "1", "0.5", "1e400", "-1e400", "1e-400", "1E+2", "1e2147483648", "1e99999999999999999999", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808",
        "18446744073709551616", "1234567890.1234567890123456789012345678901234567890", "0.0000000000000000000000000000000000000001", "1000000000", "1000000000.0000004", "1000000000.0000005", "-1000000001", "100000000000",
        "100000000000.00005", "100000000001", "0.00000049", "0.0000005", "1.7976931348623157e308", "5e-324", "79228162514264337593543950336", "1.0", "3.0e0",
    ];

    private static readonly string[] Texts =
    [
        "\"\"", "\" \"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\u0001\"", "\"\\u001f\\u007f\\u0085\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\uD83D\\uDE00\"", "\"\\ufeff\"", "\"\\u202e\\u200b\"", "\"\\r\\n\"", "\"a\\tb\"", "\"\t\"",
        "\"日本語 ąé\"", "\"e\\u0301\"", "\"Kelvin \\u212a\"", "\"İ\"", "\"<script>alert(1)</script>\"", "\"=1+1\"", "\"@x\"", "\"'; DROP TABLE Project; --\"", "\"../../etc/passwd\"", "\"%s%n{0}${x}\"", "\"\\x41\"", "\"\\u12\"",
        "\" leading\"", "\"trailing \"", "\"A\"", "\"-a\"", "\"a_b\"", "\"a/b\"", "\"a~b\"", "\"٣\"", "\"\\u2028\"", "\"\\ud83d\\ude00\\ud83d\"", "\"\\uffff\\ufffe\"",
    ];

    private static readonly string[] Dates =
    [
        "2026-02-30", "2025-02-29", "2026-2-1", "0000-00-00", "0001-01-01", "9999-12-31", "2014-12-31", "2015-01-01", "2049-12-31", "2050-01-01", "2026-02-03", "2026-02-02T00:00:00Z", "20260202", "2026-W05", "-2026-01-01", "+2026-01-01",
        " 2026-01-01", "2026-01-01 ", "２０２６-01-01", "01/02/2026", "2026-01", "2026-13-01", "10000-01-01", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00+99:00", "2026-03-29T02:30:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.9999999-14:00", "2016-12-31T23:59:60Z", "now", "0", "1767225600",
    ];

    private static readonly string[] QueryValues =
    [
        "", "%20", "%00", "a%00b", "%ff", "%c0%80", "%ed%a0%80", "%zz", "%", "+", "0", "-1", "1", "1000", "1001", "1e3", "1.5", "99999999999999999999", "NaN", "null", "true", "TRUE", "True", "2026-02-30", "9999-12-31", "0001-01-01", "2014-12-31",
        "2050-01-01", "2026-02-03", "%27%20OR%201%3D1%20--", "*", "%25", "_", "..", "%F0%9F%98%80", "%0d%0aX-A:%20b", "Atomic", "json", "parquet", "csv", "xml", "fr-FR", "de", "day,week", "-code", "code desc", "closed", "Draft", "Date,Date", ",", "Date,", "date", "W10",
        "eyJhIjoxfQ", "eyJhIjoxfQ==", "AAAA", "!!!!", "W10=", "bnVsbA", "e30", "WzEsMl0", "WyIiXQ", "WyJhIiwiYiIsImMiXQ", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5XQ",
    ];

    // Not %00: every server of ASP.NET Core refuses it before the app sees it.
    private static readonly string[] Segments =
    [
        "%ff", "%c0%ae", "%2f", "a%2fb", "..", ".", "%2e%2e", "%20", "%25", "%5c", "0", "-1", "1", "9223372036854775807", "9223372036854775808", "99999999999999999999999", "1.0", "1e3", "%2B1", "%201", "01", "RUNNING", "Running", "*", "null", "undefined",
        "%F0%9F%98%80", "%ED%A0%80", "e%CC%81", "a;b=c", "a:b", "a@b", "~", "'", "%22", "%3C", "%0a", "%09", "dates.xls", "$metadata", "x,y", "%E2%80%AE", "İ", "new",
    ];

    private static readonly (string Name, string[] Values)[] Headers =
    [
        ("Content-Type", ["", "text/plain", "application/xml", "application/json; charset=utf-16", "application/json; charset=bogus", "application/json;charset=\"utf-8\"", "application/json; charset=UTF-8", "application/json; charset=", "application/json;;", "application/json, text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json-patch+json", "application/problem+json", "APPLICATION/JSON", "*/*", "json", ";", "application/json; charset=utf-7", "application/x-ndjson", "text/csv", "application/merge-patch+json"]),
        ("Content-Encoding", ["gzip", "br", "deflate", "identity", "zstd", "gzip, gzip", "bogus", "", ",", "aes128gcm"]),
        ("Accept", ["", "*/*", "text/html", "text/csv", "application/x-ndjson", "application/json;q=0", "application/json;q=bogus", "image/png", ",,,", "application/*", "text/csv;q=0.5, application/json;q=0.4", "application/vnd.apache.parquet", "a", "text/csv; header=absent"]),
        ("If-Match", ["*", "\"x\"", "x", "W/\"x\"", "", "\"", "\"a\", \"b\"", "\"a\" \"b\"", ",", "W/*", "\"\"", "W/"]),
        ("If-None-Match", ["*", "\"x\"", "x", "W/\"x\"", "", "\"", "\"a\", \"b\"", ",", "W/", "\"\u00e9\"", "*, *"]),
        ("Idempotency-Key", ["", " ", "a", "\"quoted\"", "é", "\t", "a, b", "zq"]),
        ("Authorization", ["", "Bearer", "Bearer ", "Bearer x", "Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer a.b.c", "Basic", "Basic ", "Basic !!!", "Basic Og==", "Basic dXNlcjpwYXNz", "Basic dXNlcg==", "Basic //8=", "Digest x", "Negotiate", "Bearer a b", "bogus", "Bearer ...."]),
        ("X-Api-Key", ["", " ", "garbage", "kpi__", "kpi_abcd_abcdefghijklmnopqrstuvwxyz234567abcdefgh", "kpi_%00_x", "é", "null", "kpi_aaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,x"]),
        ("Accept-Language", ["fr", "xx", "*;q=2", ""]),
        ("Origin", ["http://evil.example", "null", ""]),
        ("Range", ["bytes=0-1", "bytes=-1", "x"]),
        ("Transfer-Encoding", ["chunked"]),
        ("Prefer", ["return=minimal"]),
        ("X-HTTP-Method-Override", ["DELETE"]),
        ("X-Forwarded-For", ["1.2.3.4", "x", ""]),
        ("X-Forwarded-Proto", ["https", "bogus"]),
        ("Host", ["", "evil.example", "localhost:99999"]),
        ("Expect", ["100-continue"]),
        ("traceparent", ["x", "00-00000000000000000000000000000000-0000000000000000-00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", ""]),
        ("Cookie", ["a=b; c", ";;;"]),
        ("If-Modified-Since", ["x", "Mon, 02 Feb 2026 12:00:00 GMT"]),
    ];

    /// <summary>Mutates the request; the body only where it has one.</summary>
    public void Mutate(Wire wire, Node? body)
    {
        var bytes = body is null ? null : Encoding.UTF8.GetBytes(body.ToString());
        var kind = body is null ? random.Next(75, 100) : random.Next(100);
        if (body is not null && kind < 55)
        {
            bytes = Member(wire, body);
        }
        else if (bytes is not null && kind < 72)
        {
            bytes = Whole(wire, bytes);
        }
        else if (kind < 80 && wire.Path.Count(letter => letter == '/') > 1)
        {
            PathSegment(wire);
        }
        else if (kind < 88)
        {
            QueryParameter(wire);
        }
        else if (kind < 98)
        {
            Header(wire);
        }
        else
        {
            wire.Method = generator.Pick(["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO", "get"]);
            wire.Mutation = "method " + wire.Method;
            wire.IsElsewhere = true;
        }

        wire.Body = bytes;
    }

    private byte[] Member(Wire wire, Node body)
    {
        var nodes = body.All().ToList();
        var target = generator.Pick(nodes);
        var parents = nodes.Where(node => node.Members is { Count: > 0 }).ToList();
        var kind = random.Next(10);
        if (kind < 3 && parents.Count > 0)
        {
            var members = generator.Pick(parents).Members!;
            var index = random.Next(members.Count);
            var name = members[index].Name;
            switch (random.Next(4))
            {
                case 0:
                    members.RemoveAt(index);
                    wire.Mutation = "without " + name;
                    break;
                case 1:
                    members.Insert(random.Next(members.Count + 1), (name, generator.Chance(0.5) ? members[index].Value : Node.Leaf(generator.Pick(WrongValues[..8]))));
                    wire.Mutation = "twice " + name;
                    break;
                case 2:
                    var extra = generator.Pick(["extra", "", "id", "organisationId", "orgId", "Code", "CODE", "code ", "__proto__", "$ref", "$type", "a/b", "a~b", "a.b", "a'b", "\\u0000", "\\ud800", "x\\\"y", "日本", new string('n', 3000), "createdBy", "status", "catalog", "role"]);
                    members.Add((extra, Node.Leaf(generator.Pick(WrongValues[..8]))));
                    wire.Mutation = "extra member";
                    break;
                default:
                    members[index] = (name.ToUpperInvariant(), members[index].Value);
                    wire.Mutation = "other case " + name;
                    break;
            }
        }
        else
        {
            var (raw, what) = Wrong(target);
            target.Become(raw);
            wire.Mutation = what;
        }

        return Encoding.UTF8.GetBytes(body.ToString());
    }

    private (string Raw, string What) Wrong(Node target)
    {
        var least = Generator.Bound(target.Schema, "minimum");
        var most = Generator.Bound(target.Schema, "maximum");
        switch (random.Next(8))
        {
            case 0:
                return (generator.Pick(WrongValues), "wrong value");
            case 1 or 2 when target.Raw is { Length: > 0 } raw && (char.IsAsciiDigit(raw[0]) || raw[0] == '-'):
                var bounds = new[] { least, least - 1, least - 0.000001, most, most + 1, most + 0.000001 }.OfType<double>().Select(bound => bound.ToString("0.######", CultureInfo.InvariantCulture)).ToList();
                return (bounds.Count > 0 && generator.Chance(0.5) ? generator.Pick(bounds) : generator.Pick(Numbers), "number");
            case 3:
                return (generator.Pick(Numbers), "number");
            case 4:
                return (JsonSerializer.Serialize(generator.Pick(Dates)), "date");
            case 5:
                return ($"\"{new string(generator.Pick(['a', '0', ' ', 'é', '\u4e00']), generator.Pick([63, 64, 65, 100, 101, 200, 201, 1000, 1001, 2000, 2001, 20_000, 300_000]))}\"", "long text");
            case 6 when target.Raw is { Length: > 2 } word && word[0] == '"':
                return (generator.Pick([word.ToUpperInvariant(), word.Insert(1, " "), word.Insert(word.Length - 1, " "), word.Insert(1, "\\u0000"), word.Replace("a", "\\u0061", StringComparison.Ordinal), "\"" + generator.Pick(foreign) + "\"", word.Trim('"'), "[" + word + "]", word[..^1]]), "word");
            default:
                return (generator.Pick(Texts), "text");
        }
    }

    private byte[] Whole(Wire wire, byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var random64 = new byte[random.Next(0, 64)];
        random.NextBytes(random64);
        var (what, result) = random.Next(25) switch
        {
            0 => ("cut", bytes[..random.Next(bytes.Length + 1)]),
            1 => ("empty", []),
            2 => ("random bytes", random64),
            3 => ("two documents", Utf8(text + text)),
            4 => ("trailing garbage", Utf8(text + generator.Pick(["x", "\0", "]", "}", ",", "//c", "\n\n", "\u00a0"]))),
            5 => ("comment", Utf8("/*c*/" + text)),
            6 => ("byte order mark", [0xEF, 0xBB, 0xBF, .. bytes]),
            7 => ("utf-16", Encoding.Unicode.GetBytes(text)),
            8 => ("utf-32", Encoding.UTF32.GetBytes(text)),
            9 => ("latin-1", Encoding.Latin1.GetBytes(text.Replace("Text", "T\u00e9xt", StringComparison.Ordinal))),
            10 => ("deep arrays", Utf8(new string('[', generator.Pick([15, 16, 17, 64, 1000, 50_000])))),
            11 => ("deep objects", Utf8(string.Concat(Enumerable.Repeat("{\"a\":", 200)) + "1" + new string('}', 200))),
            12 => ("array of it", Utf8($"[{text}]")),
            13 => ("array of null", Utf8($"[{text},null]")),
            14 => ("empty array", Utf8("[]")),
            15 when generator.Chance(0.1) => ("big array", Utf8("[" + string.Join(',', Enumerable.Repeat(text.Length < 2000 ? text : "{}", generator.Pick([100, 1000, 10_001]))) + "]")),
            16 => ("same row twice", Utf8($"[{text},{text}]")),
            17 => ("null", Utf8("null")),
            18 => ("scalar", Utf8(generator.Pick(["1", "\"x\"", "true", "NaN", "", " ", "\n"]))),
            19 => ("single quotes", Utf8(text.Replace('"', '\''))),
            20 => ("trailing comma", Utf8(text.Replace("}", ",}", StringComparison.Ordinal))),
            21 => ("byte flipped", Flipped(bytes)),
            22 => ("invalid utf-8", Flipped(bytes, 0xFF)),
            23 => ("nested it", Utf8($"{{\"a\":{text}}}")),
            _ => ("many members", Utf8("{" + string.Join(',', Enumerable.Range(0, 3000).Select(index => $"\"m{index}\":0")) + "}")),
        };
        wire.Mutation = "body: " + what;
        return result;
    }

    private byte[] Flipped(byte[] bytes, byte? to = null)
    {
        var copy = bytes.ToArray();
        if (copy.Length > 0)
        {
            copy[random.Next(copy.Length)] = to ?? (byte)random.Next(256);
        }

        return copy;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private void PathSegment(Wire wire)
    {
        var segments = wire.Path.Split('/').ToList();
        var index = generator.Chance(0.8) ? segments.Count - 1 : random.Next(1, segments.Count);
        switch (random.Next(8))
        {
            case 0:
                segments[index] = new string('a', generator.Pick([64, 65, 300, 5000]));
                break;
            case 1:
                segments[index] += generator.Pick(["%20", "/", "//", "%2f", ".", "?", "%3f", ";"]);
                break;
            case 2:
                segments[index] = generator.Pick(foreign);
                break;
            case 3:
                segments.Add(generator.Pick(["x", "", "history", "kpis", "1"]));
                break;
            default:
                segments[index] = generator.Pick(Segments);
                break;
        }

        wire.Path = string.Join('/', segments).Replace("?", "%3f", StringComparison.Ordinal);
        wire.Path = string.Concat(wire.Path.Select(letter => letter > 126 ? Uri.EscapeDataString(letter.ToString()) : letter.ToString()));
        wire.Mutation = "path";
        wire.IsElsewhere = true;
    }

    private void QueryParameter(Wire wire)
    {
        var known = wire.Operation.Parameters.Where(parameter => parameter.In == "query").Select(parameter => parameter.Name).ToList();
        var name = known.Count > 0 && generator.Chance(0.9) ? generator.Pick(known) : generator.Pick(["x", "", "api_key", "limit", "asOf", "%00", "%ff", "$filter", "filter", "orderby", "__proto__", "a[b]"]);
        var value = generator.Chance(0.06) ? new string('a', generator.Pick([300, 2000, 8000])) : generator.Chance(0.1) ? generator.Pick(foreign) : generator.Pick(QueryValues);
        var had = wire.Query.Any(pair => pair.Name == name);
        if (!had || generator.Chance(0.6))
        {
            wire.Query.RemoveAll(pair => pair.Name == name);
        }

        wire.Query.Add((name, value));
        if (generator.Chance(0.15))
        {
            wire.Query.Add((generator.Chance(0.7) ? name : name.ToUpperInvariant(), generator.Chance(0.5) ? value : generator.Pick(QueryValues)));
        }

        wire.IsCredentialOpen |= name == "api_key";
        wire.Mutation = "query " + name;
    }

    private void Header(Wire wire)
    {
        var (name, values) = generator.Chance(0.75) ? generator.Pick(Headers[..8]) : generator.Pick(Headers);
        var value = generator.Chance(0.05) ? new string('a', generator.Pick([200, 201, 4000])) : generator.Pick(values);
        wire.Mutation = "header " + name;
        if (name is "X-Api-Key" or "Authorization")
        {
            wire.IsCredentialOpen = true;
            var key = world.Keys[generator.Pick(["reader", "writer", "manager", "admin"])];
            switch (random.Next(6))
            {
                case 0:
                    wire.Headers.RemoveAll(header => header.Name == "X-Api-Key");
                    wire.Role = null;
                    wire.IsCredentialOpen = false;
                    wire.Mutation = "no credential";
                    return;
                case 1:
                    wire.Headers.RemoveAll(header => header.Name == "X-Api-Key");
                    value = name == "X-Api-Key" ? key[..^1] + (key[^1] == 'a' ? 'b' : 'a') : "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("user:" + key));
                    break;
                case 2:
                    value = name == "X-Api-Key" ? key : "Bearer " + key;
                    break;
                default:
                    wire.Headers.RemoveAll(header => header.Name == "X-Api-Key");
                    break;
            }
        }
        else if (generator.Chance(0.85))
        {
            wire.Headers.RemoveAll(header => header.Name == name);
        }

        wire.Headers.Add((name, value));
        if (generator.Chance(0.1))
        {
            wire.Headers.Add((name, generator.Pick(values)));
        }
    }
}
