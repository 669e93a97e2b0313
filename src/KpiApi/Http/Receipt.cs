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

/// <summary>Counts what becomes of rows while they are stored.</summary>
internal abstract class RowCounter
{
    public int InsertedRows { get; private set; }

    public int CorrectedRows { get; private set; }

    public int UnchangedRows { get; private set; }

    public int RejectedRows { get; private set; }

    public void Inserted() => InsertedRows++;

    public void Corrected() => CorrectedRows++;

    public void Unchanged() => UnchangedRows++;

    public void Rejected(RowPlace place, Errors errors)
    {
        RejectedRows++;
        Keep(place, errors);
    }

    protected abstract void Keep(RowPlace place, Errors errors);
}

/// <summary>The counter of a JSON request, which answers every refused row.</summary>
internal sealed class ReceiptCounter(int received, bool partial, bool dryRun) : RowCounter
{
    private readonly List<RowErrors> _rejected = [];
    private readonly Errors _all = new();

    /// <exception cref="ProblemException">422 for the whole request: it is atomic and a row was refused.</exception>
    public Receipt Close()
    {
        if (!partial)
        {
            _all.ThrowIfAny();
        }

        return new Receipt { Received = received, Inserted = InsertedRows, Corrected = CorrectedRows, Unchanged = UnchangedRows, Rejected = RejectedRows, DryRun = dryRun, Errors = _rejected };
    }

    protected override void Keep(RowPlace place, Errors errors)
    {
        _rejected.Add(new RowErrors { Index = place.Index, Errors = errors.ByPointer() });
        _all.AddAll(place.Pointer, errors);
    }
}
