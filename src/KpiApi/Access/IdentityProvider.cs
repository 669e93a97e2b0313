using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace KpiApi.Access;

/// <summary>How the identity provider is reached. Tests put their own in its place.</summary>
internal sealed record IdentityProviderTransport(HttpMessageHandler Handler);

/// <summary>What the identity provider published last: its name in tokens, and the keys it signs with.</summary>
internal sealed record PublishedKeys(string Issuer, IReadOnlyList<JsonWebKey> Keys, DateTimeOffset At);

/// <summary>
/// Keeps the keys of the identity provider. Known keys are renewed in the background and survive an outage of a day; an unknown key
/// is asked for once, so that a rotation takes effect with the first token. Not the framework's manager: that one reads a clock of
/// its own, keeps keys of a provider that is down for ever, and waits five minutes before it looks for a new key.
/// </summary>
internal sealed partial class IdentityProvider(AuthSettings settings, IdentityProviderTransport transport, TimeProvider time, ILogger<IdentityProvider> logger) : IDisposable
{
    /// <summary>How long keys are trusted while the provider cannot be asked.</summary>
    public static readonly TimeSpan Survival = TimeSpan.FromHours(24);

    /// <summary>How old keys may be before they are asked for again.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromHours(1);

    /// <summary>Between two attempts, whoever sends tokens with invented keys.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    // A request waits this long for keys. The attempt itself may take longer, for the requests after it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);
    private const int MostBytes = 1024 * 1024;

    private readonly HttpClient _http = new(transport.Handler, disposeHandler: false) { Timeout = TimeSpan.FromSeconds(5), MaxResponseContentBufferSize = MostBytes };
    private readonly Lock _lock = new();
    private PublishedKeys? _published;
    private DateTimeOffset? _attempted;
    private Task _attempt = Task.CompletedTask;

    /// <summary>The provider's keys, asked for anew when this one is not among them; null when none are known. Never throws for the provider's sake.</summary>
    public async Task<PublishedKeys?> Find(string keyId, CancellationToken cancellation)
    {
        var published = Usable();
        if (published?.Keys.Any(key => key.KeyId == keyId) == true)
        {
            if (time.GetUtcNow() - published.At >= Freshness)
            {
                // Not awaited: whoever comes with a known key does not wait for the provider.
                _ = Attempt();
            }

            return published;
        }

        await Task.WhenAny(Attempt(), Task.Delay(Patience, cancellation));
        cancellation.ThrowIfCancellationRequested();
        return Usable();
    }

    public void Dispose() => _http.Dispose();

    private PublishedKeys? Usable() => Volatile.Read(ref _published) is { } published && time.GetUtcNow() - published.At < Survival ? published : null;

    /// <summary>The attempt that is under way, or a new one unless the last is too recent.</summary>
    private Task Attempt()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (_attempt.IsCompleted && (_attempted is null || now - _attempted >= Pause))
            {
                _attempted = now;
                _attempt = Task.Run(() => Fetch(now));
            }

            return _attempt;
        }
    }

    private async Task Fetch(DateTimeOffset now)
    {
        try
        {
            var document = OpenIdConnectConfiguration.Create(await _http.GetStringAsync(new Uri(settings.Authority + "/.well-known/openid-configuration")));
            if (string.IsNullOrEmpty(document.Issuer) || !Uri.TryCreate(document.JwksUri, UriKind.Absolute, out var address) || !(address.Scheme == Uri.UriSchemeHttps || AuthSettings.IsLocal(address)))
            {
                Refused("its document names no issuer, or no https address of keys");
                return;
            }

            var keys = new JsonWebKeySet(await _http.GetStringAsync(address)).Keys.Where(IsSigningKey).ToList();
            if (keys.Count == 0)
            {
                Refused("it publishes no key that this program takes");
                return;
            }

            // The whole set is replaced: a key that is not published any more is not trusted any more.
            Volatile.Write(ref _published, new PublishedKeys(document.Issuer, keys, now));
        }
#pragma warning disable CA1031 // Whatever a provider answers must not fail a request; it leaves the keys as they are.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Unreachable(exception.GetType().Name);
        }
    }

    private static bool IsSigningKey(JsonWebKey key) =>
        !string.IsNullOrEmpty(key.KeyId) && key.Use is null or "" or "sig" && key.Kty switch
        {
            JsonWebAlgorithmsKeyTypes.RSA => key.KeySize >= 2048,
            JsonWebAlgorithmsKeyTypes.EllipticCurve => key.Crv == JsonWebKeyECTypes.P256,
            _ => false,
        };

    [LoggerMessage(Level = LogLevel.Warning, Message = "The identity provider cannot be used: {Reason}")]
    private partial void Refused(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The identity provider did not give its keys ({Failure})")]
    private partial void Unreachable(string failure);
}
