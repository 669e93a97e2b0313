using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using KpiApi.Http;

namespace KpiApi.Imports;

/// <summary>
/// The Fichier des écritures comptables (article A47 A-1 of the Livre des procédures fiscales) as gains and costs: lines of income and
/// expense accounts become ledger entries, all other lines are passed over.
/// </summary>
internal sealed class FecRows
{
    public const string Name = "fec";

    /// <summary>What every organisation has under that name.</summary>
    public static readonly ImportProfileBody Profile = new()
    {
        Target = ImportTarget.Ledger.Name,
        Extends = Name,
        Accounts = [new AccountRuleBody { Prefix = "6", Kind = "cost" }, new AccountRuleBody { Prefix = "7", Kind = "gain" }],
    };

    // The position of a line in its entry is its identity, so entries are counted however the file is sorted; as hashes, they take little room.
    private const int MostEntries = 1_000_000;

    private static readonly string[] Needed = ["JournalCode", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "EcritureLib"];

    private readonly Dictionary<UInt128, int> _linesOfEntry = [];
    private readonly ImportProfileBody _profile;
    private readonly IReadOnlyList<AccountRuleBody> _accounts;
    private readonly Dictionary<string, int> _columns;
    private readonly Dictionary<string, int> _columnOfMember;
    private readonly int _lastNeeded;
    private readonly FieldCount _fields;
    private string _month = "";

    private FecRows(ImportProfileBody profile, CsvLine header)
    {
        _profile = profile;
        _accounts = [.. (profile.Accounts ?? Profile.Accounts!).OrderByDescending(rule => rule.Prefix.Length)];
        _columns = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, index) in header.Cells.Select((name, index) => (name.Trim(), index)))
        {
            if (name.Length > 0 && !_columns.TryAdd(name, index))
            {
                throw new ProblemException(ProblemType.Malformed, "The header of the FEC has a column twice.");
            }
        }

        var needed = Needed.Concat(_columns.ContainsKey("Montant") ? ["Montant", "Sens"] : ["Debit", "Credit"]).ToList();
        var missing = needed.Where(name => !_columns.ContainsKey(name)).ToList();
        if (missing.Count > 0)
        {
            throw new ProblemException(ProblemType.Malformed, $"The header of a FEC has the column {string.Join(", ", missing)}; this one has not. Fields are separated by tabs or pipes.");
        }

        _lastNeeded = needed.Max(name => _columns[name]);
        _fields = new FieldCount(header);
        _columnOfMember = new Dictionary<string, int>
        {
            ["date"] = _columns["EcritureDate"] + 1,
            ["category"] = _columns["CompteLib"] + 1,
            ["label"] = _columns["EcritureLib"] + 1,
            ["externalId"] = _columns["EcritureNum"] + 1,
            ["amount"] = _columns.TryGetValue("Montant", out var amount) ? amount + 1 : _columns["Debit"] + 1,
        };
    }

    /// <exception cref="ProblemException">400: the header is not that of a FEC. 413: a line is too long to be held, or the file has too many entries.</exception>
    public static async IAsyncEnumerable<BatchRow<T>> Read<T>(
        UploadFile<T> file, ImportProfileBody profile, Func<RowMembers, T> make, int mostLineBytes, [EnumeratorCancellation] CancellationToken cancellation)
        where T : class
    {
        FecRows? reader = null;
        var index = 0;
        await foreach (var line in CsvLines.Read(file.Body.Content, new CsvLayout(null, profile.Encoding ?? CellEncoding.Either, IsQuoted: false, 0, mostLineBytes), cancellation))
        {
            if (reader is null)
            {
                reader = new FecRows(profile, line.AsHeader());
                continue;
            }

            var place = new RowPlace(index, $"/{index}") { Line = line.Number, Columns = reader._columnOfMember };
            if (reader.Row(place, line, make) is { } row)
            {
                index++;
                yield return row;
            }
            else
            {
                file.Skipped++;
            }
        }
    }

    private BatchRow<T>? Row<T>(RowPlace place, CsvLine line, Func<RowMembers, T> make)
        where T : class
    {
        // Before anything is refused: a line that is mended and sent again must not move those after it.
        var identity = Identity(line);
        if (line.Fault is not null)
        {
            return line.Unreadable<T>(place);
        }

        // Empty fields at the end are often left out. One too many is a separator inside a label, and moves the amounts.
        if (line.Cells.Count <= _lastNeeded || _fields.IsExceededBy(line))
        {
            return new BatchRow<T>(place, null, new Errors().Add("", line.Misfit(_fields.Header), ProblemType.Malformed));
        }

        var account = Cell(line, "CompteNum");
        if (_accounts.FirstOrDefault(rule => account.StartsWith(rule.Prefix, StringComparison.Ordinal)) is not { } rule)
        {
            return null;
        }

        var members = new RowMembers();
        var debitLessCredit = Amount(line, members.Errors);
        if (debitLessCredit == 0 && members.Errors.Count == 0)
        {
            return null;
        }

        var date = Cell(line, "EcritureDate");
        members["kind"] = rule.Kind;
        members["category"] = rule.Category ?? (Cell(line, "CompteLib") is { Length: > 0 } name ? Cut(name) : account);
        members["amount"] = (rule.Kind == "cost" ? debitLessCredit : -debitLessCredit).ToString(CultureInfo.InvariantCulture);
        members["date"] = DateOnly.TryParseExact(date, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : null;
        if (members["date"] is null)
        {
            members.Errors.Add("/date", "EcritureDate is not a day as YYYYMMDD.", ProblemType.Malformed);
        }

        members["evidence"] = _profile.Evidence ?? "invoiced";
        members["label"] = Cut(Cell(line, "EcritureLib"));
        members["source"] = Name;
        members["externalId"] = identity;
        var body = make(members);
        return members.Errors.Count > 0 ? new BatchRow<T>(place, null, members.Errors) : new BatchRow<T>(place, body, null);
    }

    private string Identity(CsvLine line)
    {
        // Numbers begin anew in each exercice, whose months no other one has. A day that cannot be read must not count its line elsewhere: an entry stands together.
        if (Cell(line, "EcritureDate") is { Length: >= 6 } date && !date.AsSpan(0, 6).ContainsAnyExceptInRange('0', '9'))
        {
            _month = date[..6];
        }

        var entry = $"{Cell(line, "JournalCode")}-{_month}-{(Cell(line, "EcritureNum") is { Length: > 0 } number ? number : Cell(line, "EcritureDate"))}";
        var hash = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(entry)));
        _linesOfEntry[hash] = _linesOfEntry.GetValueOrDefault(hash) + 1;
        return _linesOfEntry.Count > MostEntries
            ? throw new ProblemException(ProblemType.TooLarge, $"A FEC has at most {MostEntries} entries. Send one file per journal or year.")
            : $"{entry}-{_linesOfEntry[hash]}";
    }

    /// <summary>Debit less credit, from either pair of columns.</summary>
    private decimal Amount(CsvLine line, Errors errors)
    {
        if (!_columns.ContainsKey("Montant"))
        {
            return Money(line, "Debit", errors) - Money(line, "Credit", errors);
        }

        var amount = Money(line, "Montant", errors);
        switch (Cell(line, "Sens").ToUpperInvariant())
        {
            case "D" or "+1" or "1":
                return amount;
            case "C" or "-1":
                return -amount;
            default:
                errors.Add("/amount", "Sens is neither D nor C.", ProblemType.Malformed);
                return 0;
        }
    }

    private decimal Money(CsvLine line, string column, Errors errors)
    {
        var text = Cell(line, column).Replace(" ", "", StringComparison.Ordinal).Replace("\u00a0", "", StringComparison.Ordinal).Replace("\u202f", "", StringComparison.Ordinal).Replace(',', '.');
        if (text.Length == 0 || (text.Length <= 20 && decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _)))
        {
            return text.Length == 0 ? 0 : decimal.Parse(text, CultureInfo.InvariantCulture);
        }

        errors.Add("/amount", $"{column} is not a number.", ProblemType.Malformed);
        return 0;
    }

    private string Cell(CsvLine line, string column) => _columns[column] is var index && index < line.Cells.Count ? line.Cells[index].Trim() : "";

    private static string Cut(string text) => text.Length <= 200 ? text : text[..200].TrimEnd();
}
