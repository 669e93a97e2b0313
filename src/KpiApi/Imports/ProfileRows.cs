using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using KpiApi.Http;

namespace KpiApi.Imports;

/// <summary>Rows of a CSV file as an import profile reads it: each line gives as many rows as the profile says.</summary>
internal sealed class ProfileRows
{
    private const string Spaces = " \u00a0\u202f\u2009";

    private readonly ImportProfileBody _profile;
    private readonly ImportTarget _target;
    private readonly TimeZoneInfo _timeZone;
    private readonly string[] _formats;
    private readonly char _decimal;
    private readonly string _thousands;
    private readonly Regex _numberForm;
    private FieldCount? _fields;
    private IReadOnlyList<IReadOnlyList<Field>> _rows = [];
    private IReadOnlyList<(int Column, string? StartsWith)> _skips = [];
    private IReadOnlyList<IReadOnlyDictionary<string, int>> _columns = [];

    private ProfileRows(ImportProfileBody profile, TimeZoneInfo timeZone)
    {
        _profile = profile;
        _timeZone = timeZone;
        _target = ImportTarget.Of(profile.Target);
        _formats = profile.DateFormats is { Count: > 0 } formats ? [.. formats] : ["yyyy-MM-dd"];
        _decimal = (profile.Decimal ?? ".")[0];
        _thousands = profile.Thousands == " " ? Spaces : profile.Thousands ?? "";
        // Every group has three digits: 1,5 with a comma for thousands is a mistake and no fifteen.
        var grouped = _thousands.Length == 0 ? "" : $"[0-9]{{1,3}}([{_thousands}][0-9]{{3}})+|";
        _numberForm = new Regex($@"^-?({grouped}[0-9]+)([{_decimal}][0-9]+)?([eE][+-]?[0-9]+)?\z", RegexOptions.NonBacktracking);
    }

    /// <exception cref="ProblemException">400: a column of the profile is not in the header. 413: a line is too long to be held.</exception>
    public static async IAsyncEnumerable<BatchRow<T>> Read<T>(
        UploadFile<T> file, ImportProfileBody profile, TimeZoneInfo timeZone, Func<RowMembers, T> make, int mostLineBytes, [EnumeratorCancellation] CancellationToken cancellation)
        where T : class
    {
        var reader = new ProfileRows(profile, timeZone);
        var layout = new CsvLayout((profile.Separator ?? ",")[0], profile.Encoding ?? CellEncoding.Utf8, IsQuoted: true, profile.SkipLines ?? 0, mostLineBytes);
        var isBound = false;
        var index = 0;
        await foreach (var line in CsvLines.Read(file.Body.Content, layout, cancellation))
        {
            if (!isBound)
            {
                isBound = true;
                reader.Bind(profile.Header == false ? null : line.AsHeader());
                if (profile.Header != false)
                {
                    continue;
                }
            }

            if (reader.IsSkipped(line))
            {
                file.Skipped++;
                continue;
            }

            for (var row = 0; row < reader._rows.Count; row++)
            {
                yield return reader.Row(new RowPlace(index, $"/{index++}") { Line = line.Number, Columns = reader._columns[row] }, line, row, make);
            }
        }
    }

    private void Bind(CsvLine? header)
    {
        _fields = header is null ? null : new FieldCount(header);

        int Column(string? name, int? number)
        {
            if (name is null)
            {
                return (number ?? 1) - 1;
            }

            var matches = header!.Cells.Select((cell, index) => (Name: cell.Trim(), Index: index)).Where(cell => cell.Name == name).ToList();
            return matches switch
            {
                [var only] => only.Index,
                [] => throw new ProblemException(ProblemType.Malformed, $"The header has no column '{name}', which the import profile names. Are separator, encoding and skipLines those of the file?"),
                _ => throw new ProblemException(ProblemType.Malformed, $"The header has the column '{name}' more than once. Let the import profile name it by number."),
            };
        }

        _skips = [.. (_profile.SkipRows ?? []).Select(skip => (Column(skip.Column, skip.Number), skip.StartsWith))];
        _rows = [.. _profile.Rows!.Select(row => row.Select(field => new Field(field.Key, [.. (field.Value.Parts ?? [field.Value]).Select(part => (part.Constant is null ? Column(part.Column, part.Number) : -1, part.Constant))])).ToList())];
        _columns = [.. _rows.Select(row => row.Where(field => field.FirstColumn >= 0).ToDictionary(field => field.Member, field => field.FirstColumn + 1))];
    }

    private bool IsSkipped(CsvLine line) => _skips.Any(skip => Cell(line, skip.Column).Trim() is var cell && (skip.StartsWith is null ? cell.Length == 0 : cell.StartsWith(skip.StartsWith, StringComparison.OrdinalIgnoreCase)));

    private static string Cell(CsvLine line, int column) => column < line.Cells.Count ? line.Cells[column] : "";

    private BatchRow<T> Row<T>(RowPlace place, CsvLine line, int row, Func<RowMembers, T> make)
        where T : class
    {
        if (line.Fault is not null)
        {
            return line.Unreadable<T>(place);
        }

        if (Misfit(line, row) is { } misfit)
        {
            return new BatchRow<T>(place, null, new Errors().Add("", misfit, ProblemType.Malformed));
        }

        var members = new RowMembers();
        foreach (var field in _rows[row])
        {
            var (member, text) = (field.Member, field.Text(line));
            if (member == "externalId" && text.Length == 0)
            {
                // Else the day would stand for it, and the lines of a day for each other.
                members.Errors.Add("/externalId", "is empty.");
            }

            // A constant is written in the form of the contract, cells in that of the file.
            members[member] = field.FirstColumn < 0 || text.Length == 0 ? text
                : _target.Numbers.Contains(member) ? Number(text) ?? RefuseNumber(members, member)
                : _target.Days.Contains(member) ? Day(text) ?? Refuse(members, member, "date")
                : _target.Instants.Contains(member) ? Instant(text) ?? Refuse(members, member, "instant")
                : text;
        }

        var body = make(members);
        return members.Errors.Count > 0 ? new BatchRow<T>(place, null, members.Errors) : new BatchRow<T>(place, body, null);
    }

    /// <summary>Why the cells of a line are not those of the columns, if so.</summary>
    private string? Misfit(CsvLine line, int row)
    {
        if (_fields?.IsExceededBy(line) == true)
        {
            return line.Misfit(_fields.Header);
        }

        var last = _rows[row].Max(field => field.LastColumn) + 1;
        return line.Cells.Count < last ? $"has {line.Cells.Count} fields; the import profile reads field {last}." : null;
    }

    private string? Refuse(RowMembers members, string member, string what)
    {
        members.Errors.Add("/" + member, $"is not a {what} in the form {string.Join(" or ", _formats)}.", ProblemType.Malformed);
        return null;
    }

    private string? RefuseNumber(RowMembers members, string member)
    {
        members.Errors.Add("/" + member, $"must be a number in the form of the profile: 1{_profile.Thousands}234{_decimal}5.", ProblemType.Malformed);
        return null;
    }

    /// <summary>The number with a decimal point and no groups, or null: what is written in another form is refused, for it may mean a thousand times as much.</summary>
    private string? Number(string text)
    {
        // Some programs write the sign behind.
        var number = text.EndsWith('-') ? "-" + text[..^1].TrimEnd() : text.StartsWith('+') ? text[1..] : text;
        number = number.Replace('\u2212', '-');
        return _numberForm.IsMatch(number) ? string.Concat(number.Where(character => !_thousands.Contains(character, StringComparison.Ordinal))).Replace(_decimal, '.') : null;
    }

    private string? Day(string text) =>
        DateTime.TryParseExact(text, _formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : null;

    private string? Instant(string text) =>
        DateTime.TryParseExact(text, _formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) && local.Year is > 1 and < 9999
            ? new DateTimeOffset(local, _timeZone.GetUtcOffset(local)).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture)
            : null;

    /// <summary>Where a member comes from.</summary>
    /// <param name="Member">The member.</param>
    /// <param name="Parts">Columns, from 0, and constants; of one that is a constant the column is -1.</param>
    private sealed record Field(string Member, IReadOnlyList<(int Column, string? Constant)> Parts)
    {
        public int FirstColumn { get; } = Parts.Select(part => part.Column).FirstOrDefault(column => column >= 0, -1);

        public int LastColumn { get; } = Parts.Max(part => part.Column);

        /// <summary>The text of a line; of several parts, all of them with a slash between. Cells that are all empty say nothing.</summary>
        public string Text(CsvLine line)
        {
            if (Parts is [var only])
            {
                return (only.Constant ?? Cell(line, only.Column)).Trim();
            }

            // A slash or a backslash of a cell is marked, so that no two lines with different cells have one identity.
            var texts = Parts.Select(part => (part.Constant ?? Cell(line, part.Column)).Trim().Replace("\\", "\\\\", StringComparison.Ordinal).Replace("/", "\\/", StringComparison.Ordinal)).ToList();
            return Parts.Zip(texts).All(part => part.First.Constant is not null || part.Second.Length == 0) ? "" : string.Join('/', texts);
        }
    }
}
