using System.Diagnostics.CodeAnalysis;
using KpiApi.Http;

namespace KpiApi.Imports;

/// <summary>How the lines of a CSV file, as a program exports them, become facts or ledger entries.</summary>
internal record ImportProfileBody
{
    /// <summary>measurements or ledger.</summary>
    [Needed, OneOf("measurements", "ledger")]
    public string Target { get; init; } = null!;

    /// <summary>fec: the columns of a Fichier des écritures comptables. Only encoding, evidence and accounts are then said here.</summary>
    [OneOf(FecRows.Name)]
    public string? Extends { get; init; }

    /// <summary>One ASCII character between fields. Default: a comma.</summary>
    [Text(1)]
    public string? Separator { get; init; }

    /// <summary>utf-8 (default), windows-1252 or iso-8859-15. Default for fec: UTF-8, and Windows-1252 where a cell is not UTF-8.</summary>
    [OneOf(CellEncoding.Utf8, CellEncoding.Windows1252, CellEncoding.Latin9)]
    public string? Encoding { get; init; }

    /// <summary>The decimal character, a point (default) or a comma.</summary>
    [OneOf(".", ",")]
    public string? Decimal { get; init; }

    /// <summary>Between groups of three digits: a space (no-break spaces count as one), a point, a comma or an apostrophe. Default: nothing.</summary>
    [OneOf(" ", ".", ",", "'")]
    public string? Thousands { get; init; }

    /// <summary>What dates and instants look like, in letters d M y H m s: dd/MM/yyyy. Default: yyyy-MM-dd. An instant is one of the organisation's time zone.</summary>
    public IReadOnlyList<string>? DateFormats { get; init; }

    /// <summary>Whether the first line names the columns. Default: true.</summary>
    public bool? Header { get; init; }

    /// <summary>Lines above the table that are passed over. Default: 0.</summary>
    [Between(0, 1000)]
    public int? SkipLines { get; init; }

    /// <summary>Lines of the table that are passed over, such as a total at the foot. They are counted.</summary>
    public IReadOnlyList<SkipRuleBody>? SkipRows { get; init; }

    /// <summary>What each line gives: for every fact or entry, its members and where they come from. An order line may give revenue and a count of orders.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, FieldBody>>? Rows { get; init; }

    /// <summary>Ledger only, how sure the amounts of a FEC are: invoiced (default), measured or estimated.</summary>
    [OneOf("invoiced", "measured", "estimated")]
    public string? Evidence { get; init; }

    /// <summary>For fec: which accounts are gains or costs; the longest prefix decides and other accounts are passed over. Default: 6 cost, 7 gain.</summary>
    public IReadOnlyList<AccountRuleBody>? Accounts { get; init; }
}

/// <summary>An import profile as it is put. It may be what was read before, so it may say again what the address says.</summary>
internal sealed record ImportProfilePutBody : ImportProfileBody
{
    /// <summary>The name in the address, or left out.</summary>
    [Text(64)]
    public string? Name { get; init; }

    /// <summary>False, or left out.</summary>
    public bool? BuiltIn { get; init; }
}

/// <summary>Where a member comes from: a column by name or by number, a constant, or several of them.</summary>
internal sealed record FieldBody : PartBody
{
    /// <summary>For text, such as an externalId that no one column gives: 2 to 10 columns or constants, written one after the other with a slash between.</summary>
    public IReadOnlyList<PartBody>? Parts { get; init; }
}

/// <summary>A column by name or by number, or a constant.</summary>
internal record PartBody
{
    /// <summary>The name of a column in the header.</summary>
    public string? Column { get; init; }

    /// <summary>The number of a column, from 1.</summary>
    public int? Number { get; init; }

    /// <summary>The same for all lines.</summary>
    public string? Constant { get; init; }
}

/// <summary>A line is passed over when the cell begins so, or is empty when nothing is said.</summary>
internal sealed record SkipRuleBody
{
    /// <summary>The name of a column. Default: the first one.</summary>
    public string? Column { get; init; }

    /// <summary>The number of a column, from 1.</summary>
    public int? Number { get; init; }

    /// <summary>How the cell begins, in capitals or not. Left out: the cell is empty.</summary>
    public string? StartsWith { get; init; }
}

/// <summary>What the accounts are that begin so.</summary>
internal sealed record AccountRuleBody
{
    /// <summary>The first digits of the account number.</summary>
    public string Prefix { get; init; } = null!;

    /// <summary>gain (credit less debit) or cost (debit less credit).</summary>
    public string Kind { get; init; } = null!;

    /// <summary>The category of the entry. Default: the name of the account.</summary>
    public string? Category { get; init; }
}

/// <summary>An import profile.</summary>
internal sealed record ImportProfileResource : ImportProfileBody
{
    [SetsRequiredMembers]
    internal ImportProfileResource(string name, bool isBuiltIn, ImportProfileBody body)
        : base(body)
    {
        Name = name;
        BuiltIn = isBuiltIn;
    }

    /// <summary>Its name in addresses.</summary>
    public required string Name { get; init; }

    /// <summary>True for those that every organisation has.</summary>
    public required bool BuiltIn { get; init; }
}
