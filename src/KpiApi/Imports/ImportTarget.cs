using System.Text.RegularExpressions;
using KpiApi.Http;

namespace KpiApi.Imports;

/// <summary>What the rows of a file become, by the names of its members. The noun behind it makes the body.</summary>
/// <param name="Name">The word of the contract.</param>
/// <param name="Texts">Members that are text.</param>
/// <param name="Numbers">Members that are numbers.</param>
/// <param name="Days">Members that are days, YYYY-MM-DD.</param>
/// <param name="Instants">Members that are instants with an offset.</param>
internal sealed record ImportTarget(string Name, IReadOnlyList<string> Texts, IReadOnlyList<string> Numbers, IReadOnlyList<string> Days, IReadOnlyList<string> Instants)
{
    public static readonly ImportTarget Measurements = new("measurements", ["project", "activity", "kpi", "source", "externalId", "note"], ["numerator", "denominator", "value"], ["date"], ["timestamp"]);

    public static readonly ImportTarget Ledger = new("ledger", ["kind", "category", "evidence", "label", "source", "externalId"], ["amount"], ["date"], []);

    public IEnumerable<string> Members => Texts.Concat(Numbers).Concat(Days).Concat(Instants);

    public static ImportTarget Of(string name) => name == Ledger.Name ? Ledger : Measurements;
}

/// <summary>The members of a row, as text in the form of JSON: numbers with a point, days as YYYY-MM-DD.</summary>
internal sealed partial class RowMembers
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public Errors Errors { get; } = new();

    /// <summary>An empty cell says nothing.</summary>
    public string? this[string name]
    {
        get => _values.GetValueOrDefault(name);
        set
        {
            if (value is { Length: > 0 })
            {
                _values[name] = value;
            }
        }
    }

    /// <summary>A number, from the digits of the file.</summary>
    public ExactNumber? Number(string name)
    {
        if (this[name] is not { } text)
        {
            return null;
        }

        if (IsNumber(text))
        {
            return new ExactNumber(text);
        }

        Errors.Add("/" + name, "must be a number.", ProblemType.Malformed);
        return null;
    }

    /// <summary>True for what JSON takes as one.</summary>
    public static bool IsNumber(string text) => NumberForm().IsMatch(text);

    [GeneratedRegex(@"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?\z", RegexOptions.NonBacktracking)]
    private static partial Regex NumberForm();
}
