using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace KpiApi.Access;

/// <summary>An API key as its owner holds it: <c>kpi_&lt;id&gt;_&lt;secret&gt;</c>. The id may be seen; of the secret only a hash is kept.</summary>
internal sealed partial record ApiKey(string PublicId, string Secret)
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>A new key with 200 random bits of secret.</summary>
    public static ApiKey New() => new(RandomNumberGenerator.GetString(Alphabet, 10), RandomNumberGenerator.GetString(Alphabet, 40));

    public static ApiKey? Parse(string text) =>
        text.Length <= 100 && Form().Match(text) is { Success: true } match ? new ApiKey(match.Groups[1].Value, match.Groups[2].Value) : null;

    /// <summary>SHA-256 of the secret in hexadecimal. The secret is random enough that a slow hash would add nothing.</summary>
    public string Hash() => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Secret)));

    public override string ToString() => $"kpi_{PublicId}_{Secret}";

    [GeneratedRegex("^kpi_([a-z0-9]{4,32})_([a-z0-9]{32,64})\\z", RegexOptions.NonBacktracking)]
    private static partial Regex Form();
}
