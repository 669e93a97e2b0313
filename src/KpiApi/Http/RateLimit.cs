using System.Collections.Concurrent;
using System.Globalization;
using KpiApi.Access;

namespace KpiApi.Http;

/// <summary>
/// A token bucket per credential, refilled by the program's clock. Not the framework's limiter: that one reads a clock of its
/// own, so that no test could show the limit exactly.
/// </summary>
internal sealed class RateLimit(Limits limits, TimeProvider time)
{
    private const int MostBuckets = 100_000;
    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);

    /// <summary>Takes a token if there is one. Seconds until the next one otherwise.</summary>
    public (bool IsAdmitted, int Remaining, int SecondsToWait) Take(string credential)
    {
        if (_buckets.Count > MostBuckets)
        {
            // Full buckets say nothing that a new one would not.
            foreach (var (key, idle) in _buckets.Where(pair => pair.Value.IsFull(Now(), limits)))
            {
                _buckets.TryRemove(KeyValuePair.Create(key, idle));
            }
        }

        return _buckets.GetOrAdd(credential, _ => new Bucket(limits.RequestBurst, Now())).Take(Now(), limits);
    }

    private double Now() => time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

    private sealed class Bucket(double tokens, double at)
    {
        private readonly Lock _lock = new();
        private double _tokens = tokens;
        private double _at = at;

        public bool IsFull(double now, Limits limits)
        {
            lock (_lock)
            {
                return _tokens + (now - _at) * limits.RequestsPerSecond >= limits.RequestBurst;
            }
        }

        public (bool, int, int) Take(double now, Limits limits)
        {
            lock (_lock)
            {
                _tokens = Math.Min(limits.RequestBurst, _tokens + Math.Max(0, now - _at) * limits.RequestsPerSecond);
                _at = Math.Max(_at, now);
                if (_tokens < 1)
                {
                    return (false, 0, (int)Math.Ceiling((1 - _tokens) / limits.RequestsPerSecond));
                }

                _tokens--;
                return (true, (int)_tokens, 0);
            }
        }
    }
}

internal static class RateLimiting
{
    /// <summary>Stands after authentication: the limit is the credential's, not the address's.</summary>
    public static void UseRateLimit(this IApplicationBuilder app)
    {
        var rates = app.ApplicationServices.GetRequiredService<RateLimit>();
        var limits = app.ApplicationServices.GetRequiredService<Limits>();
        var policy = string.Create(CultureInfo.InvariantCulture, $"\"credential\";q={limits.RequestBurst};w={Math.Max(1, limits.RequestBurst / limits.RequestsPerSecond)}");
        app.Use((context, next) =>
        {
            if (context.Features.Get<Caller>() is not { } caller)
            {
                return next(context);
            }

            var (isAdmitted, remaining, seconds) = rates.Take(caller.KeyId);
            // Set at the last moment: an error clears the headers that were set before it.
            context.Response.OnStarting(() =>
            {
                context.Response.Headers["RateLimit-Policy"] = policy;
                context.Response.Headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"credential\";r={remaining};t={seconds}");
                return Task.CompletedTask;
            });
            return isAdmitted ? next(context) : throw new ProblemException(ProblemType.TooManyRequests, $"At most {limits.RequestsPerSecond} requests a second with this credential.", retryAfterSeconds: seconds);
        });
    }
}
