namespace KpiApi.Http;

/// <summary>A kind of error: a stable code, its status and its title. The closed list of the contract.</summary>
internal sealed record ProblemType(string Code, int Status, string Title)
{
    public static readonly ProblemType Malformed = new("malformed-request", 400, "The request cannot be read");
    public static readonly ProblemType IdentityRequired = new("identity-required", 400, "A retry could double the effect");
    public static readonly ProblemType Unauthorized = new("unauthorized", 401, "No valid credential");
    public static readonly ProblemType Forbidden = new("forbidden", 403, "The role of this credential does not allow it");
    public static readonly ProblemType NotFound = new("not-found", 404, "Not found");
    public static readonly ProblemType MethodNotAllowed = new("method-not-allowed", 405, "Method not allowed");
    public static readonly ProblemType AlreadyExists = new("already-exists", 409, "It exists already");
    public static readonly ProblemType InUse = new("in-use", 409, "It is in use");
    public static readonly ProblemType ReadOnly = new("read-only", 409, "It cannot be changed");
    public static readonly ProblemType Sealed = new("sealed", 409, "The project was launched: its baseline is sealed");
    public static readonly ProblemType NotLaunched = new("not-launched", 409, "The project is a draft");
    public static readonly ProblemType AlreadyClosed = new("already-closed", 409, "The project is closed");
    public static readonly ProblemType NotStarted = new("not-started", 409, "The project starts in the future");
    public static readonly ProblemType TooManyKpis = new("too-many-kpis", 409, "At most three KPIs per project");
    public static readonly ProblemType MissingBaseline = new("missing-baseline", 409, "A KPI has neither history nor a declared baseline");
    public static readonly ProblemType ImmatureBaseline = new("immature-baseline", 409, "Days of the baseline are not complete yet");
    public static readonly ProblemType TargetNeedsBaseline = new("target-needs-baseline", 409, "A relative target needs a baseline other than zero");
    public static readonly ProblemType TooLarge = new("too-large", 413, "The request is too large");
    public static readonly ProblemType UnsupportedMediaType = new("unsupported-media-type", 415, "Media type, charset or content encoding not supported");
    public static readonly ProblemType Invalid = new("invalid", 422, "The request is readable but not valid");
    public static readonly ProblemType DenominatorRequired = new("denominator-required", 422, "A ratio needs a numerator and a denominator");
    public static readonly ProblemType AmbiguousIdentity = new("ambiguous-identity", 422, "Two different facts have the same identity");
    public static readonly ProblemType KeyReused = new("idempotency-key-reused", 422, "The Idempotency-Key was used for another request");
    public static readonly ProblemType KeyInFlight = new("idempotency-key-in-flight", 409, "A request with this Idempotency-Key is still under way");
    public static readonly ProblemType SecretNotReplayed = new("secret-not-replayed", 409, "The key was made before and is not shown again");
    public static readonly ProblemType Stale = new("stale", 412, "It was changed by somebody else");
    public static readonly ProblemType TooManyRequests = new("too-many-requests", 429, "Too many requests");
    public static readonly ProblemType Internal = new("internal-error", 500, "An error on our side");
    public static readonly ProblemType NotOffered = new("not-offered", 501, "This is not offered");
    public static readonly ProblemType Unavailable = new("unavailable", 503, "The database is not available");
    public static readonly ProblemType StorageFull = new("storage-full", 507, "The disk of the database is full");

    public static readonly IReadOnlyList<ProblemType> All =
    [
        Malformed, IdentityRequired, Unauthorized, Forbidden, NotFound, MethodNotAllowed, AlreadyExists, InUse, ReadOnly, Sealed, NotLaunched, AlreadyClosed, NotStarted,
        TooManyKpis, MissingBaseline, ImmatureBaseline, TargetNeedsBaseline, TooLarge, UnsupportedMediaType, Invalid, DenominatorRequired, AmbiguousIdentity, KeyReused, KeyInFlight, SecretNotReplayed,
        Stale, TooManyRequests, Internal, NotOffered, Unavailable, StorageFull,
    ];

    public string Uri => "urn:kpiapi:problem:" + Code;

    /// <summary>The kind for a status of the framework's own. The list is closed: what it does not know is the sender's fault or ours.</summary>
    public static ProblemType ForStatus(int status) => All.FirstOrDefault(type => type.Status == status) ?? (status < 500 ? Malformed : Internal);
}

/// <summary>An answer other than success, thrown where it is found and written in one place.</summary>
internal sealed class ProblemException(ProblemType type, string detail, Errors? errors = null, int? retryAfterSeconds = null) : Exception(detail)
{
    public ProblemType Type => type;

    public Errors? Errors => errors;

    public int? RetryAfterSeconds => retryAfterSeconds;

    /// <summary>Members of the answer that only some endpoints have.</summary>
    public IReadOnlyDictionary<string, object?> Extensions { get; init; } = new Dictionary<string, object?>();

    public static ProblemException Query(string name, string fault) => new(ProblemType.Malformed, $"The query parameter '{name}' {fault}");

    public static ProblemException NotFound(string what) => new(ProblemType.NotFound, $"There is no such {what}.");

    public static ProblemException Invalid(string pointer, string message) => new Errors().Add(pointer, message).AsProblem();
}

/// <summary>Faults of a body: JSON pointer → messages.</summary>
internal sealed class Errors
{
    private readonly SortedDictionary<string, List<string>> _byPointer = new(StringComparer.Ordinal);
    private ProblemType? _type;

    public int Count => _byPointer.Count;

    public Errors Add(string pointer, string message, ProblemType? type = null)
    {
        if (!_byPointer.TryGetValue(pointer, out var messages))
        {
            _byPointer[pointer] = messages = [];
        }

        messages.Add(message);
        // One kind of fault names the whole answer; a mixture is just invalid.
        _type = _type is null ? type ?? ProblemType.Invalid : _type == (type ?? ProblemType.Invalid) ? _type : ProblemType.Invalid;
        return this;
    }

    /// <summary>Adds the faults of one row of a body.</summary>
    public void AddAll(string prefix, Errors row)
    {
        foreach (var (pointer, messages) in row._byPointer)
        {
            foreach (var message in messages)
            {
                Add(prefix + pointer, message, row._type);
            }
        }
    }

    public IReadOnlyDictionary<string, string[]> ByPointer() => _byPointer.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray());

    public void ThrowIfAny()
    {
        if (Count > 0)
        {
            throw AsProblem();
        }
    }

    public ProblemException AsProblem() => new(_type ?? ProblemType.Invalid, Count == 1 ? $"{_byPointer.First().Key}: {_byPointer.First().Value[0]}" : $"{Count} members are not valid.", this);
}
