using System.Text;
using System.Text.Json;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Feeds;

/// <summary>
/// A question to a feed, and the statement that answers it. Names in the statement come from the definition of the feed, values of the
/// request are parameters. It takes microseconds to write, so it is not kept: the caller chooses among more lists of columns than memory has room for.
/// </summary>
internal sealed record FeedQuery(Feed Feed, IReadOnlyList<Column> Columns)
{
    public DateOnly? From { get; init; }

    public DateOnly? To { get; init; }

    /// <summary>Rows at most; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>The key of the row after which to begin; null for the first row.</summary>
    public IReadOnlyList<long>? After { get; init; }

    /// <summary>Whether the caller reads page by page, not everything at once.</summary>
    public bool IsPaged => Limit is not null || After is not null;

    /// <summary>The columns of the statement: those that were asked for, then the parts of the key that are missing among them.</summary>
    public IReadOnlyList<string> Selected => [.. Columns.Select(column => column.Name).Union(Feed.Key)];

    /// <summary>The statement, which ends with its ORDER BY. With a limit it is read by <see cref="Session.StreamPage"/>.</summary>
    public string Sql
    {
        get
        {
            var sql = new StringBuilder("SELECT ").AppendJoin(", ", Selected.Select(Quoted)).Append(" FROM ").Append(Quoted(Feed.View));
            var conditions = Conditions().ToList();
            if (conditions.Count > 0)
            {
                sql.Append(" WHERE ").AppendJoin(" AND ", conditions);
            }

            return sql.Append(" ORDER BY ").AppendJoin(", ", Feed.Key.Select(Quoted)).ToString();
        }
    }

    /// <summary>The values of the statement. The limit is one row more, which tells whether anything follows.</summary>
    public IReadOnlyDictionary<string, object> Parameters
    {
        get
        {
            var values = new Dictionary<string, object>();
            AddDay(values, "from", From);
            AddDay(values, "to", To);
            for (var part = 0; part < After?.Count; part++)
            {
                values.Add(AfterPart(part), After[part]);
            }

            if (Limit is { } limit)
            {
                values.Add("limit", limit + 1L);
            }

            return values;
        }
    }

    /// <summary>Reads the query parameters of a request.</summary>
    /// <exception cref="ProblemException">400: a value that this feed does not take.</exception>
    public static FeedQuery Parse(Feed feed, string? select, string? from, string? to, string? limit, string? cursor)
    {
        if (feed.DateColumn is null && (from ?? to) is not null)
        {
            throw ProblemException.Query(from is null ? "to" : "from", $"is not for the feed '{feed.Url}', whose rows have no day.");
        }

        return new FeedQuery(feed, SelectedColumns(feed, select))
        {
            From = QueryValues.Day("from", from),
            To = QueryValues.Day("to", to),
            Limit = limit is null ? null : Paging.Limit(limit, most: null),
            After = Paging.Key(ListName(feed), cursor, [.. feed.Key.Select(_ => JsonValueKind.Number)])?.Select(part => part.GetInt64()).ToList(),
        };
    }

    /// <summary>The cursor that begins after the row with this key. It fits this feed, whatever else is asked of it.</summary>
    public string Cursor(IEnumerable<long> key) => Paging.Cursor(ListName(Feed), [.. key.Select(part => (object)part)]);

    private static string ListName(Feed feed) => "feeds/" + feed.Url;

    private static IReadOnlyList<Column> SelectedColumns(Feed feed, string? select)
    {
        if (select is null)
        {
            return feed.Columns;
        }

        var columns = new List<Column>();
        foreach (var name in select.Split(',', StringSplitOptions.TrimEntries))
        {
            var column = feed.Find(name) ?? throw ProblemException.Query("select", $"names '{name}', which is not a column of the feed '{feed.Url}'.");
            if (columns.Contains(column))
            {
                throw ProblemException.Query("select", $"names '{name}' twice.");
            }

            columns.Add(column);
        }

        return columns;
    }

    private IEnumerable<string> Conditions()
    {
        var day = Feed.DayColumn ?? Feed.DateColumn;
        if (From is not null)
        {
            yield return Compared(day!, ">=", "from");
        }

        if (To is not null)
        {
            yield return Compared(day!, "<=", "to");
        }

        if (After is not null)
        {
            yield return Follows(0);
        }
    }

    /// <summary>Greater in key order: a >= x AND (a > x OR (b > y)). The first comparison alone lets an index begin at the right place.</summary>
    private string Follows(int part)
    {
        var greater = Compared(Feed.Key[part], ">", AfterPart(part));
        return part == Feed.Key.Count - 1 ? greater : $"{Compared(Feed.Key[part], ">=", AfterPart(part))} AND ({greater} OR ({Follows(part + 1)}))";
    }

    private void AddDay(Dictionary<string, object> values, string name, DateOnly? day)
    {
        if (day is { } date)
        {
            values.Add(name, Feed.DayColumn is null ? Days.Key(date) : Days.Number(date));
        }
    }

    private static string AfterPart(int part) => "after" + part;

    private static string Compared(string column, string comparison, string parameter) => $"{Quoted(column)} {comparison} @{parameter}";

    // Some names are words of SQL, such as Key.
    private static string Quoted(string name) => $"[{name}]";
}
