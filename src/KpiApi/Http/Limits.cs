namespace KpiApi.Http;

/// <summary>Every limit of the contract, once.</summary>
internal static class Limits
{
    public const long JsonBodyBytes = 16 * 1024 * 1024;
    public const int JsonDepth = 16;
    public const int ListDefault = 100;
    public const int ListMax = 1000;
    public const int BatchRows = 10_000;
    public const int KpisPerProject = 3;
    public const int FocusedKpis = 15;

    /// <summary>Largest size of a fact's numerator, denominator or value.</summary>
    public const long FactSize = 1_000_000_000;

    /// <summary>Largest size of a ledger amount.</summary>
    public const long AmountSize = 100_000_000_000;
}
