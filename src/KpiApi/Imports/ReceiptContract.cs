using System.Diagnostics.CodeAnalysis;

namespace KpiApi.Imports;

/// <summary>What became of an uploaded file: always what is durable of it.</summary>
public record ReceiptResource
{
    /// <summary>Names the receipt; null for a dry run, which leaves none.</summary>
    public required string? Id { get; init; }

    /// <summary>measurements or ledger.</summary>
    public required string Target { get; init; }

    /// <summary>The code of the project whose ledger it is; else null.</summary>
    public required string? Project { get; init; }

    /// <summary>The import profile that read the file, if one did.</summary>
    public required string? Profile { get; init; }

    /// <summary>partial: the good rows of each chunk. atomic: all rows or none.</summary>
    public required string Mode { get; init; }

    /// <summary>running; completed: the whole file was read; interrupted: send the whole file again, nothing is doubled; failed: the file cannot be read to its end.</summary>
    public required string Status { get; init; }

    /// <summary>True when this was a dry run: nothing was stored.</summary>
    public required bool DryRun { get; init; }

    /// <summary>Rows read and decided upon.</summary>
    public required long Received { get; init; }

    /// <summary>Rows stored as new.</summary>
    public required long Inserted { get; init; }

    /// <summary>Rows that replaced an earlier state, which history keeps.</summary>
    public required long Corrected { get; init; }

    /// <summary>Rows that were there already.</summary>
    public required long Unchanged { get; init; }

    /// <summary>Rows refused.</summary>
    public required long Rejected { get; init; }

    /// <summary>Lines that the import profile says to pass over.</summary>
    public required long Skipped { get; init; }

    /// <summary>When the first rows were stored (UTC).</summary>
    public required string StartedAtUtc { get; init; }

    /// <summary>When it last changed (UTC).</summary>
    public required string UpdatedAtUtc { get; init; }

    /// <summary>When it ended, in whatever way (UTC); null while it runs.</summary>
    public required string? CompletedAtUtc { get; init; }

    /// <summary>The id of the key that sent the file.</summary>
    public required string StartedBy { get; init; }
}

/// <summary>The receipt of an uploaded file with the first of its refused rows.</summary>
public sealed record DetailedReceiptResource : ReceiptResource
{
    [SetsRequiredMembers]
    internal DetailedReceiptResource(ReceiptResource receipt, IReadOnlyList<LineErrors> errors)
        : base(receipt)
    {
        Errors = errors;
        ErrorsOmitted = receipt.Rejected - errors.Count;
    }

    /// <summary>One per refused row, the first thousand.</summary>
    public required IReadOnlyList<LineErrors> Errors { get; init; }

    /// <summary>Refused rows beyond those.</summary>
    public required long ErrorsOmitted { get; init; }
}

/// <summary>Why a row of a file was refused.</summary>
public sealed record LineErrors
{
    /// <summary>Position of the row in the file, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The line on which it begins, from 1.</summary>
    public required long Line { get; init; }

    /// <summary>In a line that cannot be read, the character (NDJSON) from 1; the field (CSV) from 1 that is at fault; else null.</summary>
    public required int? Column { get; init; }

    /// <summary>JSON pointer inside the row → messages.</summary>
    public required IReadOnlyDictionary<string, string[]> Errors { get; init; }
}
