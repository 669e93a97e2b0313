namespace KpiApi.Storage;

/// <summary>Sums of a request are wider than what is stored, so that they cannot wrap around unseen.</summary>
internal static class Sums
{
    /// <exception cref="TotalOutOfRangeException">The sum is outside the range of 64-bit integers.</exception>
    public static long Stored(Int128 sum) => sum >= long.MinValue && sum <= long.MaxValue
        ? (long)sum
        : throw new TotalOutOfRangeException("A sum left the range of 64-bit integers.", new OverflowException());
}
