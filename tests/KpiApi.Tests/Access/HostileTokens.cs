using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace KpiApi.Tests.Access;

/// <summary>Tokens that ask for the rights of an administrator and must get none. Each is right but for what its name says.</summary>
internal static class HostileTokens
{
    public static IReadOnlyList<(string Name, string Token)> All(DateTimeOffset now)
    {
        var valid = TokenDraft.Valid(now);
        var ec = valid.With("ES256", IdentityProviderDouble.Ec);
        var good = valid.ToString();
        var parts = good.Split('.');
        var reader = valid.C("role", "reader").ToString().Split('.');
        var rsa = IdentityProviderDouble.Rsa.PublicRsa;
        var seconds = now.ToUnixTimeSeconds();
        var strangerJwk = IdentityProviderDouble.Stranger.Jwk();
        var list = new List<(string Name, string Token)>();
        void Add(string name, object token) => list.Add((name, token.ToString()!));
        JsonNode Parsed(string json) => JsonNode.Parse(json)!;

        // Algorithms.
        foreach (var none in new[] { "none", "None", "NONE", "nOnE" })
        {
            Add($"alg {none}, no signature", $"{TokenDraft.Encode($$"""{"alg":"{{none}}","typ":"at+jwt","kid":"rsa-1"}""")}.{parts[1]}.");
        }

        Add("alg none, the signature of another token", valid.H("alg", "none"));
        Add("alg absent", valid.H("alg", "absent"));
        Add("alg null", valid.H("alg", null));
        Add("alg empty", valid.H("alg", ""));
        Add("alg as a number", valid.H("alg", 256));
        Add("alg as an array", valid.H("alg", new JsonArray("RS256")));
        Add("alg in lower case", valid.H("alg", "rs256"));
        Add("alg with a blank", valid.H("alg", "RS256 ") with { Signature = data => IdentityProviderDouble.Rsa.Sign("RS256", data) });
        foreach (var algorithm in new[] { "RS384", "RS512", "PS384", "PS512" })
        {
            Add($"alg {algorithm}, rightly signed", valid.H("alg", algorithm));
        }

        Add("alg ES384 with a key of P-256", ec.H("alg", "ES384"));
        Add("alg EdDSA", valid.H("alg", "EdDSA"));
        Add("alg RS256, signed as PS256", valid with { Signature = data => IdentityProviderDouble.Rsa.Sign("PS256", data) });
        Add("alg PS256, signed as RS256", valid.H("alg", "PS256") with { Signature = data => IdentityProviderDouble.Rsa.Sign("RS256", data) });
        Add("alg ES256 under a key of RSA", valid.H("alg", "ES256") with { Signature = data => IdentityProviderDouble.Ec.Sign("ES256", data) });
        Add("alg RS256 under a key of EC", valid.H("kid", "ec-1"));
        foreach (var (name, secret) in new (string, byte[])[]
        {
            ("the public key as PEM", Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem())),
            ("the public key as PEM with a newline", Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem() + "\n")),
            ("the public key as PKCS 1 PEM", Encoding.ASCII.GetBytes(rsa.ExportRSAPublicKeyPem())),
            ("the public key as DER", rsa.ExportSubjectPublicKeyInfo()),
            ("the public key as PKCS 1 DER", rsa.ExportRSAPublicKey()),
            ("the modulus", rsa.ExportParameters(false).Modulus!),
            ("the public JWK", Encoding.UTF8.GetBytes(IdentityProviderDouble.Rsa.Jwk().ToJsonString())),
            ("an empty secret", []),
            ("the word secret", "secret"u8.ToArray()),
        })
        {
            Add($"HS256 with {name}", valid.H("alg", "HS256") with { Signature = data => HMACSHA256.HashData(secret, data) });
        }

        // Signatures.
        Add("no signature part", $"{parts[0]}.{parts[1]}");
        Add("an empty signature", $"{parts[0]}.{parts[1]}.");
        Add("a flipped first letter of the signature", $"{parts[0]}.{parts[1]}.{Flipped(parts[2], 0)}");
        Add("a flipped letter in the middle", $"{parts[0]}.{parts[1]}.{Flipped(parts[2], parts[2].Length / 2)}");
        Add("unused bits of the last letter set", $"{parts[0]}.{parts[1]}.{Loose(parts[2])}");
        Add("a signature cut short", $"{parts[0]}.{parts[1]}.{parts[2][..^4]}");
        Add("a signature twice as long", $"{parts[0]}.{parts[1]}.{parts[2]}{parts[2]}");
        Add("a signature of zeros", valid with { Signature = _ => new byte[256] });
        Add("ES256 with r = s = 0", ec with { Signature = _ => new byte[64] });
        Add("ES256 with a signature as DER", ec with { Signature = IdentityProviderDouble.Ec.SignDer });
        Add("ES256 with an empty signature", $"{TokenDraft.Encode(ec.Header.ToJsonString())}.{parts[1]}.");
        Add("the payload of another token", $"{reader[0]}.{parts[1]}.{reader[2]}");
        Add("the header of another token", $"{TokenDraft.Encode(valid.H("typ", "JWT").Header.ToJsonString())}.{parts[1]}.{parts[2]}");
        Add("signed with another key under the same name", valid with { Key = IdentityProviderDouble.Stranger });
        Add("signed by nobody known", valid.With("RS256", IdentityProviderDouble.OtherRsa));

        // Types.
        foreach (var type in new[] { "absent", "", "ID", "id_token", "JWS", "logout+jwt", "secevent+jwt", "dpop+jwt", "at+jwt2", "at jwt", "application/jose", "application/application/at+jwt" })
        {
            Add($"typ {type}", valid.H("typ", type));
        }

        Add("typ null", valid.H("typ", null));
        Add("typ as an array", valid.H("typ", new JsonArray("at+jwt")));
        foreach (var claim in new[] { "nonce", "at_hash", "c_hash" })
        {
            Add($"an ID token typed JWT, with {claim}", valid.H("typ", "JWT").C(claim, "n-0S6_WzA2Mj"));
        }

        Add("a security event", valid.C("events", new JsonObject { ["http://schemas.openid.net/event/backchannel-logout"] = new JsonObject() }));

        // Names of keys.
        foreach (var kid in new[]
        {
            "absent", "", "../../../../dev/null", "/dev/null", "rsa-1' OR '1'='1", "rsa-1'; DROP TABLE ApiKey; --", "' UNION SELECT 'secret' --", "https://evil.example/key", "rsa-1\0", "RSA-1", " rsa-1", "rsa-9", "clé", new string('k', 5000),
        })
        {
            Add($"kid {(kid.Length > 60 ? "huge" : kid)}", valid.H("kid", kid));
            Add($"kid {(kid.Length > 60 ? "huge" : kid)}, own key", valid.H("kid", kid) with { Key = IdentityProviderDouble.Stranger });
        }

        Add("kid null", valid.H("kid", null));
        Add("kid as a number", valid.H("kid", 1));
        Add("kid as an array", valid.H("kid", new JsonArray("rsa-1")));

        // Headers that would choose the key or the rules.
        foreach (var (name, value) in new (string, JsonNode)[]
        {
            ("jwk", strangerJwk), ("jku", "https://evil.example/keys"), ("x5u", "https://evil.example/cert"), ("x5c", new JsonArray("MIIB")), ("zip", "DEF"), ("cty", "JWT"), ("b64", false), ("enc", "A256GCM"),
            ("crit", new JsonArray("x-unknown")), ("crit", new JsonArray("exp")), ("crit", new JsonArray()), ("crit", "exp"), ("crit", new JsonArray(1)), ("crit", new JsonObject()),
        })
        {
            Add($"{name} {value.ToJsonString()}, rightly signed", valid.H(name, value.DeepClone()));
            Add($"{name} {value.ToJsonString()}, own key", valid.H(name, value.DeepClone()) with { Key = IdentityProviderDouble.Stranger });
        }

        Add("crit null", valid.H("crit", null));

        // Shapes.
        Add("nested", valid.H("cty", "absent") with { ClaimsText = good });
        Add("nested as a text", valid with { ClaimsText = $"\"{good}\"" });
        Add("encrypted (five parts)", string.Join('.', TokenDraft.Encode("""{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"rsa-1"}"""), parts[2], "AAAAAAAAAAAAAAAA", parts[1], "AAAAAAAAAAAAAAAAAAAAAA"));
        Add("encrypted directly", string.Join('.', TokenDraft.Encode("""{"alg":"dir","enc":"A256GCM","typ":"at+jwt"}"""), "", "AAAAAAAAAAAAAAAA", parts[1], "AAAAAAAAAAAAAAAAAAAAAA"));
        Add("a fourth part", good + "." + parts[2]);
        Add("a dot at the end", good + ".");
        Add("a dot at the start", "." + good);
        Add("no header", $".{parts[1]}.{parts[2]}");
        Add("no payload", $"{parts[0]}..{parts[2]}");
        Add("one part", parts[0]);
        Add("only dots", "..");
        Add("many dots", new string('.', 4000));
        Add("no token", "null");
        Add("JSON serialisation", $$"""{"payload":"{{parts[1]}}","protected":"{{parts[0]}}","signature":"{{parts[2]}}"}""");
        Add("two tokens", $"{good},{good}");
        Add("a blank inside", good.Insert(parts[0].Length, " "));
        Add("a blank before the signature", good.Insert(good.LastIndexOf('.') + 1, " "));
        Add("a tab inside", good.Insert(10, "\t"));
        Add("letters that look alike", good.Replace('e', 'е'));
        Add("full-width letters", good[..^4] + "ＡＢＣＤ");
        Add("an invisible letter", good.Insert(5, "\u200b"));
        Add("padding", $"{parts[0]}=.{parts[1]}.{parts[2]}");
        Add("padding at the end", good + "==");
        Add("percent encoding", Uri.EscapeDataString(good + "="));
        Add("standard base64", $"{parts[0]}.{parts[1]}.{parts[2].Replace('-', '+').Replace('_', '/')}=");
        Add("quotes", $"\"{good}\"");
        Add("64 KB", valid.C("pad", new string('x', 64 * 1024)));
        Add("a little more than 8 KB", valid.C("pad", new string('x', 6 * 1024)));
        Add("64 KB of letters", new string('a', 64 * 1024));

        // JSON.
        foreach (var (name, text) in new[]
        {
            ("role twice", Twice(valid.Claims, "\"role\":\"reader\"")), ("org twice", Twice(valid.Claims, "\"org\":\"acme\"")), ("exp twice", Twice(valid.Claims, $"\"exp\":{seconds + 60}")),
            ("a member twice, deep inside", Twice(valid.Claims, "\"x\":{\"a\":1,\"a\":2}")), ("role twice, once escaped", Twice(valid.Claims, "\"r\\u006fle\":\"reader\"")),
            ("an array", $"[{valid.Claims.ToJsonString()}]"), ("a text", "\"admin\""), ("a number", "1"), ("null", "null"), ("nothing", ""), ("a comment", "/**/" + valid.Claims.ToJsonString()), ("a trailing comma", valid.Claims.ToJsonString()[..^1] + ",}"),
            ("two objects", valid.Claims.ToJsonString() + "{}"), ("a mark of byte order", "\uFEFF" + valid.Claims.ToJsonString()), ("a lone surrogate", Twice(valid.Claims, "\"x\":\"\\ud800\"")), ("a lone surrogate as a name", Twice(valid.Claims, "\"\\ud800\":1")),
            ("NaN", Twice(valid.Claims, "\"x\":NaN")), ("single quotes", valid.Claims.ToJsonString().Replace('"', '\'')), ("very deep", Twice(valid.Claims, $"\"x\":{new string('[', 200)}{new string(']', 200)}")), ("U+0000 after the end", valid.Claims.ToJsonString() + "\0"),
        })
        {
            Add($"claims: {name}", valid with { ClaimsText = text });
        }

        Add("header: alg twice", valid with { HeaderText = Twice(valid.Header, "\"alg\":\"none\"") });
        Add("header: kid twice", valid with { HeaderText = Twice(valid.Header, "\"kid\":\"rsa-1\"") });
        Add("header: an array", valid with { HeaderText = "[]" });
        Add("header: nothing", valid with { HeaderText = "{}" });
        Add("header: no UTF-8", $"{Base64Url.EncodeToString([0x7b, 0xff, 0xfe, 0x7d])}.{parts[1]}.{parts[2]}");
        var notUtf8 = parts[0] + "." + Base64Url.EncodeToString([.. Encoding.UTF8.GetBytes(valid.Claims.ToJsonString()[..^1] + ",\"x\":\""), 0xff, .. "\"}"u8]);
        Add("claims: no UTF-8", notUtf8 + "." + Base64Url.EncodeToString(IdentityProviderDouble.Rsa.Sign("RS256", Encoding.ASCII.GetBytes(notUtf8))));

        // Audience and issuer.
        foreach (var audience in new[] { "\"absent\"", "null", "\"\"", "\"other\"", "\"kpiapi2\"", "\"kpiapi/\"", "\"KPIAPI\"", "\" kpiapi\"", "[]", "[\"other\",\"another\"]", "[[\"kpiapi\"]]", "{\"kpiapi\":1}", "7", "\"kpiapi other\"", "\"https://idp.example/realm\"" })
        {
            Add($"aud {audience}", valid.C("aud", audience == "null" ? null : Parsed(audience)));
        }

        foreach (var issuer in new[] { "\"absent\"", "null", "\"\"", "\"https://evil.example\"", "\"https://idp.example/realm/\"", "\"https://idp.example/Realm\"", "\"http://idp.example/realm\"", "\"https://idp.example/realm2\"", "[\"https://idp.example/realm\"]", "7", "\"dotnet-user-jwts\"" })
        {
            Add($"iss {issuer}", valid.C("iss", issuer == "null" ? null : Parsed(issuer)));
        }

        // Times.
        foreach (var expires in new[] { "\"absent\"", "null", $"{seconds - 30}", $"{seconds - 3600}", "0", "-1", "-1000000000000000000", "1000000000000000000", "1e400", $"\"{seconds + 3600}\"", "true", $"[{seconds + 3600}]", $"{seconds + 24 * 3600 + 31}", $"{seconds + 400L * 24 * 3600}", $"{(seconds + 3600) * 1000}" })
        {
            var text = valid.C("exp", "absent").Claims.ToJsonString();
            Add($"exp {expires}", expires == "\"absent\"" ? valid.C("exp", "absent") : valid with { ClaimsText = text[..^1] + $",\"exp\":{expires}}}" });
        }

        Add("nbf beyond the skew", valid.C("nbf", seconds + 31));
        Add("nbf in a century", valid.C("nbf", seconds + 3_000_000_000));
        Add("nbf as a text", valid.C("nbf", $"{seconds - 60}"));
        Add("iat beyond the skew", valid.C("iat", seconds + 31));
        Add("iat as a text", valid.C("iat", $"{seconds - 60}"));
        Add("iat null", valid.C("iat", null));
        Add("issued two days ago for longer than a day", valid.C("iat", seconds - (48 * 3600)).C("nbf", "absent"));
        Add("valid since two days for longer than a day", valid.C("nbf", seconds - (48 * 3600)));

        // Roles and organisations.
        foreach (var role in new[] { "\"absent\"", "null", "\"\"", "\"root\"", "\"Admin\"", "\"ADMIN\"", "\"admin \"", "\"admin,reader\"", "\"admin reader\"", "\"3\"", "3", "true", "[]", "[3]", "[\"admin\",3]", "[\"admin\",\"root\"]", "[null]", "[[\"admin\"]]", "{\"admin\":true}" })
        {
            Add($"role {role}", valid.C("role", role == "null" ? null : Parsed(role)));
            Add($"roles {role}", valid.C("role", "absent").C("roles", role == "null" ? null : Parsed(role)));
        }

        Add("an unknown role beside a known one", valid.C("roles", new JsonArray("root")));
        foreach (var organisation in new[] { "\"absent\"", "null", "\"\"", "\"nobody\"", "\"ACME\"", "\" acme\"", "\"acme'--\"", "\"acme' OR '1'='1\"", "[\"acme\"]", "[\"acme\",\"other\"]", "1", "true", "{\"acme\":1}", "\"acme\\u0000\"", "\"%\"" })
        {
            Add($"org {organisation}", valid.C("org", organisation == "null" ? null : Parsed(organisation)));
        }

        return list;
    }

    private static string Flipped(string text, int at) => text[..at] + (text[at] == 'A' ? 'B' : 'A') + text[(at + 1)..];

    // 256 bytes leave four bits of the last letter without meaning.
    private static string Loose(string signature)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        return signature[..^1] + alphabet[alphabet.IndexOf(signature[^1], StringComparison.Ordinal) | 1];
    }

    private static string Twice(JsonObject part, string member) => part.ToJsonString()[..^1] + "," + member + "}";
}
