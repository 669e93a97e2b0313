using System.Net;
using System.Net.Sockets;
using KpiApi.Http;

namespace KpiApi.Access;

/// <summary>
/// Failed credentials of the last minute, per address and public id. A table of fixed size: an attacker who invents ids or addresses
/// finds no memory to fill, and shares a place with somebody else at worst, who then gets a 429 instead of a 401.
/// </summary>
internal sealed class FailedCredentials(Limits limits, TimeProvider time)
{
    private const int Places = 8192;
    private static readonly long Minute = TimeSpan.FromMinutes(1).Ticks;
    private readonly Attempts?[] _places = new Attempts?[Places];

    /// <summary>Counts a failure; seconds to wait when there were too many already. Those are not counted, so that the wait ends.</summary>
    public int? Count(IPAddress? address, string publicId)
    {
        // The hash of a text is seeded anew in each process: nobody can choose whom to share a place with.
        var place = (uint)HashCode.Combine(Neighbourhood(address), publicId) % Places;
        var attempts = Volatile.Read(ref _places[place]) ?? Interlocked.CompareExchange(ref _places[place], new Attempts(limits.FailedCredentialsPerMinute), null) ?? _places[place]!;
        return attempts.Count(time.GetUtcNow().UtcTicks);
    }

    // A household or a server has 2^64 addresses of IPv6.
    private static string Neighbourhood(IPAddress? address) => address switch
    {
        null => "",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } => Convert.ToHexString(address.GetAddressBytes(), 0, 8),
        _ => address.ToString(),
    };

    /// <summary>The instants of the last failures, as many as a minute may have.</summary>
    private sealed class Attempts(int most)
    {
        private readonly Lock _lock = new();
        private readonly Queue<long> _instants = new();

        public int? Count(long now)
        {
            lock (_lock)
            {
                while (_instants.TryPeek(out var oldest) && now - oldest >= Minute)
                {
                    _instants.Dequeue();
                }

                if (_instants.Count >= most)
                {
                    return (int)Math.Ceiling(TimeSpan.FromTicks(_instants.Peek() + Minute - now).TotalSeconds);
                }

                _instants.Enqueue(now);
                return null;
            }
        }
    }
}
