using KpiApi.Access;
using Microsoft.AspNetCore.Http.HttpResults;

namespace KpiApi.Http;

/// <summary>The limits of the contract, for clients that want to know before they meet them.</summary>
internal static class LimitEndpoints
{
    public static void MapLimits(this IEndpointRouteBuilder api) =>
        api.MapGet("/limits", Get).WithTags("Limits").Requires(Permission.Read).IsResource().WithName("GetLimits").WithSummary("All limits in force.");

    private static Ok<LimitsResource> Get(Limits limits) => TypedResults.Ok(new LimitsResource
    {
        JsonBodyBytes = limits.JsonBodyBytes,
        JsonDepth = Limits.JsonDepth,
        BatchRows = Limits.BatchRows,
        BulkBodyBytes = limits.BulkBodyBytes,
        BulkLineBytes = limits.BulkLineBytes,
        BulkAtomicLines = limits.BulkAtomicLines,
        BulkAtomicBytes = limits.BulkAtomicBytes,
        BulkChunkRows = Limits.BulkChunkRows,
        BulkErrors = Limits.BulkErrors,
        ListDefault = Limits.ListDefault,
        ListMax = Limits.ListMax,
        UrlBytes = Limits.UrlBytes,
        FilterDepth = Limits.FilterDepth,
        FilterNodes = Limits.FilterNodes,
        FilterListItems = Limits.FilterListItems,
        OrderByTerms = Limits.OrderByTerms,
        ODataPageRows = limits.ODataPageRows,
        KpisPerProject = Limits.KpisPerProject,
        FactSize = Limits.FactSize,
        AmountSize = Limits.AmountSize,
        LookerRows = limits.LookerRows,
        LookerBytes = limits.LookerBytes,
        RequestsPerSecond = limits.RequestsPerSecond,
        RequestBurst = limits.RequestBurst,
        RequestSeconds = limits.RequestSeconds,
        IdempotencyHours = limits.IdempotencyHours,
        FailedCredentialsPerMinute = limits.FailedCredentialsPerMinute,
    });
}

/// <summary>All limits in force.</summary>
public sealed record LimitsResource
{
    /// <summary>Bytes of a JSON body.</summary>
    public required long JsonBodyBytes { get; init; }

    /// <summary>Levels of nesting of a JSON body.</summary>
    public required int JsonDepth { get; init; }

    /// <summary>Rows of one request with facts or ledger entries.</summary>
    public required int BatchRows { get; init; }

    /// <summary>Bytes of an uploaded file, after decompression.</summary>
    public required long BulkBodyBytes { get; init; }

    /// <summary>Bytes of one line of an uploaded file.</summary>
    public required int BulkLineBytes { get; init; }

    /// <summary>Lines of an uploaded file with mode=atomic or dryRun=true.</summary>
    public required int BulkAtomicLines { get; init; }

    /// <summary>Bytes of such a file, after decompression.</summary>
    public required long BulkAtomicBytes { get; init; }

    /// <summary>Rows of an uploaded file that become durable together.</summary>
    public required int BulkChunkRows { get; init; }

    /// <summary>Refused rows that a receipt describes; the rest are counted.</summary>
    public required int BulkErrors { get; init; }

    /// <summary>Rows of a page when limit is left out.</summary>
    public required int ListDefault { get; init; }

    /// <summary>Rows of a page at most.</summary>
    public required int ListMax { get; init; }

    /// <summary>Bytes of an address with its query.</summary>
    public required int UrlBytes { get; init; }

    /// <summary>Levels of nesting of a filter; and, or and their like on one level count once.</summary>
    public required int FilterDepth { get; init; }

    /// <summary>Number of operators, functions, columns and values of a filter, together with order and grouping; the items of a list count as one.</summary>
    public required int FilterNodes { get; init; }

    /// <summary>Number of values behind one in.</summary>
    public required int FilterListItems { get; init; }

    /// <summary>Number of terms of an order.</summary>
    public required int OrderByTerms { get; init; }

    /// <summary>Rows of a page of OData, at most.</summary>
    public required int ODataPageRows { get; init; }

    /// <summary>KPIs of a project.</summary>
    public required int KpisPerProject { get; init; }

    /// <summary>Largest size of a numerator, denominator or value.</summary>
    public required long FactSize { get; init; }

    /// <summary>Largest size of a ledger amount.</summary>
    public required long AmountSize { get; init; }

    /// <summary>Rows of an answer to Looker Studio; one that would have more is refused.</summary>
    public required int LookerRows { get; init; }

    /// <summary>Bytes of such an answer.</summary>
    public required long LookerBytes { get; init; }

    /// <summary>Requests per second of one credential, on average.</summary>
    public required int RequestsPerSecond { get; init; }

    /// <summary>Requests of one credential at once.</summary>
    public required int RequestBurst { get; init; }

    /// <summary>Seconds after which a request other than a feed or a file is given up.</summary>
    public required int RequestSeconds { get; init; }

    /// <summary>Hours for which the answer to an Idempotency-Key is kept.</summary>
    public required int IdempotencyHours { get; init; }

    /// <summary>Failed credentials per minute from one address for one key.</summary>
    public required int FailedCredentialsPerMinute { get; init; }
}
