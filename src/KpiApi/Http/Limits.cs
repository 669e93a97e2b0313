namespace KpiApi.Http;

/// <summary>Every limit of the contract, once. The properties can be set under <c>Limits:</c> in the configuration; the constants are part of the contract.</summary>
public sealed record Limits
{
    internal const int JsonDepth = 16;
    internal const int ListDefault = 100;
    internal const int ListMax = 1000;
    internal const int BatchRows = 10_000;
    internal const int BulkChunkRows = 1_000;
    internal const int BulkErrors = 1_000;
    internal const int NoteCharacters = 2_000;
    internal const int LeastIdempotencyHours = 24;
    internal const int UrlBytes = 8 * 1024;
    internal const int FilterDepth = 20;
    internal const int FilterNodes = 200;
    internal const int FilterListItems = 500;
    internal const int OrderByTerms = 5;
    internal const int KpisPerProject = 3;
    internal const int FocusedKpis = 15;

    /// <summary>Days between reviews of a project that says nothing else.</summary>
    internal const int ReviewCadenceDays = 14;

    internal const int ActionsPerReview = 50;

    /// <summary>Largest size of a fact's numerator, denominator or value.</summary>
    internal const long FactSize = 1_000_000_000;

    /// <summary>Largest size of a ledger amount.</summary>
    internal const long AmountSize = 100_000_000_000;

    /// <summary>Bytes of a JSON body.</summary>
    public long JsonBodyBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Bytes of an uploaded file, after decompression.</summary>
    public long BulkBodyBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>Bytes of one line of an uploaded file.</summary>
    public int BulkLineBytes { get; init; } = 64 * 1024;

    /// <summary>Lines of an uploaded file that is stored in one transaction, or only tried.</summary>
    public int BulkAtomicLines { get; init; } = 100_000;

    /// <summary>Bytes of such a file: it waits in memory for its transaction.</summary>
    public long BulkAtomicBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Rows of a page of OData; also the most that a client can ask for by odata.maxpagesize.</summary>
    public int ODataPageRows { get; init; } = 100_000;

    /// <summary>Rows of an answer to Looker Studio, which takes no more.</summary>
    public int LookerRows { get; init; } = 1_000_000;

    /// <summary>Bytes of an answer to Looker Studio, whose connectors fetch no more.</summary>
    public long LookerBytes { get; init; } = 48L * 1024 * 1024;

    /// <summary>Requests per second of one credential, on average.</summary>
    public int RequestsPerSecond { get; init; } = 1000;

    /// <summary>Requests of one credential at once.</summary>
    public int RequestBurst { get; init; } = 5000;

    /// <summary>Seconds after which a request other than a feed or a file is given up.</summary>
    public int RequestSeconds { get; init; } = 60;

    /// <summary>Hours for which the answer to an Idempotency-Key is kept.</summary>
    public int IdempotencyHours { get; init; } = 48;

    /// <summary>Failed credentials per minute from one address for one key.</summary>
    public int FailedCredentialsPerMinute { get; init; } = 10;

    /// <summary>The limits in force.</summary>
    /// <exception cref="KpiApi.Storage.ConfigurationException">A limit is below the least that it may be.</exception>
    internal static Limits From(IConfiguration configuration)
    {
        var limits = configuration.GetSection("Limits").Get<Limits>() ?? new Limits();
        var wrong = typeof(Limits).GetProperties().FirstOrDefault(property => Convert.ToInt64(property.GetValue(limits), System.Globalization.CultureInfo.InvariantCulture) < 1);
        return wrong is not null ? throw new KpiApi.Storage.ConfigurationException($"Limits:{wrong.Name}: must be at least 1.")
            : limits.IdempotencyHours < LeastIdempotencyHours ? throw new KpiApi.Storage.ConfigurationException($"Limits:{nameof(IdempotencyHours)}: must be at least {LeastIdempotencyHours}.")
            : limits;
    }
}
