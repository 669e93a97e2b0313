using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Imports;

/// <summary>What a file is sent for.</summary>
/// <param name="Target">measurements or ledger.</param>
/// <param name="Project">The project whose ledger it is.</param>
/// <param name="Profile">The import profile that reads it.</param>
/// <param name="Mode">partial or atomic.</param>
/// <param name="IsDryRun">Nothing is to be stored.</param>
internal sealed record UploadRequest(string Target, string? Project, string? Profile, string Mode, bool IsDryRun)
{
    /// <summary>All rows are decided upon in one transaction, so they have to wait for each other in memory.</summary>
    public bool IsOneTransaction => IsDryRun || Mode == "atomic";

    /// <exception cref="ProblemException">400: not one of the words.</exception>
    public static UploadRequest Read(string target, string? project, string? profile, string? mode, string? dryRun)
    {
        BatchMode.Check(mode, dryRun);
        return new UploadRequest(target, project, profile, mode ?? "partial", dryRun == "true");
    }
}

/// <summary>The rows of a file, read as they are asked for.</summary>
internal sealed class UploadFile<T>(UploadBody body, Func<UploadFile<T>, CancellationToken, IAsyncEnumerable<BatchRow<T>>> read) : IAsyncDisposable
    where T : class
{
    public UploadBody Body => body;

    /// <summary>Lines passed over so far, as a profile says.</summary>
    public long Skipped { get; set; }

    public IAsyncEnumerable<BatchRow<T>> Rows(CancellationToken cancellation) => read(this, cancellation);

    public ValueTask DisposeAsync() => body.DisposeAsync();
}

/// <summary>Stores rows in a transaction and counts what became of each.</summary>
/// <param name="session">The transaction.</param>
/// <param name="uploadId">The upload, which marks what it touched.</param>
/// <param name="rows">The rows, in the order of the file.</param>
/// <param name="counter">Told of every row.</param>
internal delegate Task StoreRows<T>(Session session, long uploadId, IReadOnlyList<BatchRow<T>> rows, RowCounter counter)
    where T : class;

/// <summary>What became of the rows of a file.</summary>
internal sealed record UploadCounts
{
    public long Received { get; init; }

    public long Inserted { get; init; }

    public long Corrected { get; init; }

    public long Unchanged { get; init; }

    public long Rejected { get; init; }

    public long Skipped { get; init; }

    public UploadCounts Plus(RowCounter chunk, int rows, long skipped) => new()
    {
        Received = Received + rows,
        Inserted = Inserted + chunk.InsertedRows,
        Corrected = Corrected + chunk.CorrectedRows,
        Unchanged = Unchanged + chunk.UnchangedRows,
        Rejected = Rejected + chunk.RejectedRows,
        Skipped = skipped,
    };
}

/// <summary>Counts the rows of one chunk, and describes refused ones as long as there is room in the receipt.</summary>
internal sealed class LineCounter(FaultRoom room) : RowCounter
{
    private readonly List<LineErrors> _kept = [];

    public IReadOnlyList<LineErrors> Kept => _kept;

    /// <summary>What is left in the receipt after this chunk.</summary>
    public FaultRoom Room { get; private set; } = room;

    /// <summary>The same faults, by a pointer that begins with the position of the row.</summary>
    public Errors All { get; } = new();

    protected override void Keep(RowPlace place, Errors errors)
    {
        if (Room.Rows == 0 || Room.Characters <= 0)
        {
            return;
        }

        var byPointer = errors.ByPointer();
        Room = new FaultRoom(Room.Rows - 1, Room.Characters - byPointer.Sum(pair => pair.Key.Length + pair.Value.Sum(message => message.Length)));
        _kept.Add(new LineErrors { Index = place.Index, Line = place.Line, Column = place.Column ?? Field(place, byPointer), Errors = byPointer });
        All.AddAll(place.Pointer, errors);
    }

    private static int? Field(RowPlace place, IReadOnlyDictionary<string, string[]> faults) =>
        place.Columns is { } columns && faults.Keys.Select(pointer => pointer.TrimStart('/')).FirstOrDefault(columns.ContainsKey) is { } member ? columns[member] : null;
}

/// <summary>What a receipt has room for. A message may quote what was sent, so their size counts as well as their number.</summary>
internal readonly record struct FaultRoom(int Rows, long Characters)
{
    public static readonly FaultRoom Full = new(Limits.BulkErrors, 1_000_000);
}
