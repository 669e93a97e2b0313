using System.Runtime.CompilerServices;
using KpiApi.Http;

namespace KpiApi.Imports;

/// <summary>Rows of a CSV file whose header names the members: comma, UTF-8, numbers and days as in JSON.</summary>
internal static class CsvRows
{
    /// <exception cref="ProblemException">400: the header has a column that is not known, or one twice. 413: a line is too long to be held.</exception>
    public static async IAsyncEnumerable<BatchRow<T>> Read<T>(Stream file, ImportTarget target, Func<RowMembers, T> make, int mostLineBytes, [EnumeratorCancellation] CancellationToken cancellation)
        where T : class
    {
        IReadOnlyList<string>? header = null;
        IReadOnlyDictionary<string, int> columns = new Dictionary<string, int>();
        var index = 0;
        await foreach (var line in CsvLines.Read(file, new CsvLayout(',', CellEncoding.Utf8, IsQuoted: true, 0, mostLineBytes), cancellation))
        {
            if (header is null)
            {
                header = line.AsHeader().Cells;
                columns = Columns(line, target);
                continue;
            }

            var place = new RowPlace(index, $"/{index++}") { Line = line.Number, Columns = columns };
            yield return Row(place, line, header, make);
        }
    }

    private static BatchRow<T> Row<T>(RowPlace place, CsvLine line, IReadOnlyList<string> header, Func<RowMembers, T> make)
        where T : class
    {
        if (line.Fault is not null)
        {
            return line.Unreadable<T>(place);
        }

        if (line.Cells.Count != header.Count)
        {
            return new BatchRow<T>(place, null, new Errors().Add("", line.Misfit(header.Count), ProblemType.Malformed));
        }

        var members = new RowMembers();
        for (var column = 0; column < header.Count; column++)
        {
            members[header[column]] = line.Cells[column];
        }

        var body = make(members);
        return members.Errors.Count > 0 ? new BatchRow<T>(place, null, members.Errors) : new BatchRow<T>(place, body, null);
    }

    private static Dictionary<string, int> Columns(CsvLine line, ImportTarget target)
    {
        var columns = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (name, index) in line.Cells.Select((name, index) => (name, index)))
        {
            if (!target.Members.Contains(name) || !columns.TryAdd(name, index + 1))
            {
                var shown = name.Length > 40 ? name[..40] + "…" : name;
                throw new ProblemException(
                    ProblemType.Malformed,
                    columns.ContainsKey(name) ? $"The header has the column '{shown}' twice." : $"The header's column {index + 1}, '{shown}', is not one of: {string.Join(", ", target.Members)}. An import profile reads other files.");
            }
        }

        return columns;
    }
}
