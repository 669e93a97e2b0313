namespace KpiApi.Http;

/// <summary>What became of the rows of a request.</summary>
public sealed record Receipt
{
    /// <summary>Rows read.</summary>
    public required int Received { get; init; }

    /// <summary>Rows stored as new.</summary>
    public required int Inserted { get; init; }

    /// <summary>Rows that replaced an earlier state, which history keeps.</summary>
    public required int Corrected { get; init; }

    /// <summary>Rows that were there already.</summary>
    public required int Unchanged { get; init; }

    /// <summary>Rows refused; see errors.</summary>
    public required int Rejected { get; init; }

    /// <summary>True when this was a dry run: nothing was stored.</summary>
    public required bool DryRun { get; init; }

    /// <summary>One per refused row.</summary>
    public required IReadOnlyList<RowErrors> Errors { get; init; }
}

/// <summary>Why a row was refused.</summary>
public sealed record RowErrors
{
    /// <summary>Position of the row in the request, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>JSON pointer inside the row → messages.</summary>
    public required IReadOnlyDictionary<string, string[]> Errors { get; init; }
}

/// <summary>Counts rows while they are stored.</summary>
internal sealed class ReceiptCounter(int received, bool partial, bool dryRun)
{
    private readonly List<RowErrors> _rejected = [];
    private readonly Errors _all = new();
    private int _inserted;
    private int _corrected;
    private int _unchanged;

    public void Inserted() => _inserted++;

    public void Corrected() => _corrected++;

    public void Unchanged() => _unchanged++;

    public void Rejected(int index, string prefix, Errors errors)
    {
        _rejected.Add(new RowErrors { Index = index, Errors = errors.ByPointer() });
        _all.AddAll(prefix, errors);
    }

    /// <exception cref="ProblemException">422 for the whole request: it is atomic and a row was refused.</exception>
    public Receipt Close()
    {
        if (!partial)
        {
            _all.ThrowIfAny();
        }

        return new Receipt { Received = received, Inserted = _inserted, Corrected = _corrected, Unchanged = _unchanged, Rejected = _rejected.Count, DryRun = dryRun, Errors = _rejected };
    }
}
