using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace KpiApi.Tests.Access;

/// <summary>An identity provider inside the test: it publishes keys, signs tokens by hand, and fails in the ways that networks fail.</summary>
internal sealed class IdentityProviderDouble : HttpMessageHandler
{
    public const string Authority = "https://idp.example/realm";
    public const string Audience = "kpiapi";

    /// <summary>One set of keys for all tests: making them is what costs.</summary>
    public static readonly SigningKey Rsa = SigningKey.OfRsa("rsa-1");
    public static readonly SigningKey Ec = SigningKey.OfEc("ec-1");
    public static readonly SigningKey OtherRsa = SigningKey.OfRsa("rsa-2");
    public static readonly SigningKey Stranger = SigningKey.OfRsa("rsa-1");

    private readonly Lock _lock = new();
    private int _fetches;

    public List<SigningKey> Published { get; } = [Rsa, Ec];

    public string Issuer { get; set; } = Authority;

    public string JwksUri { get; set; } = Authority + "/keys";

    /// <summary>Changes the document of keys before it is sent.</summary>
    public Action<JsonObject> Alter { get; set; } = _ => { };

    /// <summary>What happens instead of an answer.</summary>
    public Func<CancellationToken, Task<HttpResponseMessage>>? Instead { get; set; }

    /// <summary>How often the document of keys, or its failure, was asked for.</summary>
    public int Fetches => _fetches;

    public static readonly Func<CancellationToken, Task<HttpResponseMessage>> Down = _ => throw new HttpRequestException("No route to host");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var isDocument = request.RequestUri!.AbsolutePath.EndsWith("/.well-known/openid-configuration", StringComparison.Ordinal);
        if (isDocument)
        {
            Interlocked.Increment(ref _fetches);
        }

        if (Instead is { } instead)
        {
            return await instead(cancellationToken);
        }

        lock (_lock)
        {
            var body = new JsonObject { ["issuer"] = Issuer, ["jwks_uri"] = JwksUri };
            if (!isDocument)
            {
                body = new JsonObject { ["keys"] = new JsonArray([.. Published.Select(key => (JsonNode)key.Jwk())]) };
                Alter(body);
            }

            return Json(body.ToJsonString());
        }
    }

    public static HttpResponseMessage Json(string text) => new(HttpStatusCode.OK) { Content = new StringContent(text, Encoding.UTF8, "application/json") };
}

/// <summary>A key pair, its public half as a JWK, and signatures as RFC 7518 has them.</summary>
internal sealed class SigningKey
{
    private readonly RSA? _rsa;
    private readonly ECDsa? _ec;

    private SigningKey(string id, RSA? rsa, ECDsa? ec) => (Id, _rsa, _ec) = (id, rsa, ec);

    public string Id { get; }

    public static SigningKey OfRsa(string id) => new(id, RSA.Create(2048), null);

    public static SigningKey OfEc(string id) => new(id, null, ECDsa.Create(ECCurve.NamedCurves.nistP256));

    public SigningKey As(string id) => new(id, _rsa, _ec);

    public RSA PublicRsa => _rsa!;

    public JsonObject Jwk()
    {
        if (_rsa is not null)
        {
            var rsa = _rsa.ExportParameters(false);
            return new JsonObject { ["kty"] = "RSA", ["use"] = "sig", ["kid"] = Id, ["n"] = Base64Url.EncodeToString(rsa.Modulus), ["e"] = Base64Url.EncodeToString(rsa.Exponent) };
        }

        var ec = _ec!.ExportParameters(false);
        return new JsonObject { ["kty"] = "EC", ["use"] = "sig", ["kid"] = Id, ["crv"] = "P-256", ["x"] = Base64Url.EncodeToString(ec.Q.X), ["y"] = Base64Url.EncodeToString(ec.Q.Y) };
    }

    public byte[] Sign(string algorithm, byte[] data)
    {
        var hash = algorithm[2..] switch { "384" => HashAlgorithmName.SHA384, "512" => HashAlgorithmName.SHA512, _ => HashAlgorithmName.SHA256 };
        return _ec is not null ? _ec.SignData(data, hash) : _rsa!.SignData(data, hash, algorithm.StartsWith('P') ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
    }

    public byte[] SignDer(byte[] data) => _ec!.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
}

/// <summary>A token that is right in every way, until a test changes something. The parts are JSON text, so that they can be wrong as text.</summary>
internal sealed record TokenDraft
{
    public required JsonObject Header { get; init; }

    public required JsonObject Claims { get; init; }

    public string? HeaderText { get; init; }

    public string? ClaimsText { get; init; }

    public SigningKey Key { get; init; } = IdentityProviderDouble.Rsa;

    /// <summary>What signs in the place of the key.</summary>
    public Func<byte[], byte[]>? Signature { get; init; }

    public static TokenDraft Valid(DateTimeOffset now, string organisation = "acme", string role = "admin") => new()
    {
        Header = new JsonObject { ["alg"] = "RS256", ["typ"] = "at+jwt", ["kid"] = "rsa-1" },
        Claims = new JsonObject
        {
            ["iss"] = IdentityProviderDouble.Authority,
            ["aud"] = IdentityProviderDouble.Audience,
            ["sub"] = "user-7",
            ["org"] = organisation,
            ["role"] = role,
            ["iat"] = now.ToUnixTimeSeconds() - 60,
            ["nbf"] = now.ToUnixTimeSeconds() - 60,
            ["exp"] = now.ToUnixTimeSeconds() + 3600,
        },
    };

    /// <summary>The same with a member of the header replaced; "absent" takes it away.</summary>
    public TokenDraft H(string name, JsonNode? value) => this with { Header = Changed(Header, name, value) };

    /// <summary>The same with a claim replaced.</summary>
    public TokenDraft C(string name, JsonNode? value) => this with { Claims = Changed(Claims, name, value) };

    public TokenDraft With(string algorithm, SigningKey key) => H("alg", algorithm).H("kid", key.Id) with { Key = key };

    public override string ToString()
    {
        var unsigned = Encode(HeaderText ?? Header.ToJsonString()) + "." + Encode(ClaimsText ?? Claims.ToJsonString());
        var data = Encoding.ASCII.GetBytes(unsigned);
        var algorithm = Header["alg"] is JsonValue value && value.TryGetValue<string>(out var name) && name.Length == 5 ? name : "RS256";
        return unsigned + "." + Base64Url.EncodeToString(Signature?.Invoke(data) ?? Key.Sign(algorithm, data));
    }

    public static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static JsonObject Changed(JsonObject part, string name, JsonNode? value)
    {
        var copy = part.DeepClone().AsObject();
        copy.Remove(name);
        if (value is not JsonValue text || !text.TryGetValue<string>(out var word) || word != "absent")
        {
            copy[name] = value;
        }

        return copy;
    }
}
