using System.Globalization;
using System.Text;
using System.Text.Json;
using KpiApi.Feeds.OData;
using KpiApi.Feeds.Queries;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Feeds;

/// <summary>
/// A question to a feed, and the statement that answers it. Names in the statement come from the definition of the feed, values of the
/// request are parameters. It takes microseconds to write, so it is not kept: the caller chooses among more lists of columns than memory has room for.
/// </summary>
/// <param name="Feed">The feed that is asked.</param>
/// <param name="Columns">The columns of the answer, which <see cref="Rows"/> has.</param>
internal sealed record FeedQuery(Feed Feed, IReadOnlyList<Column> Columns)
{
    private readonly Relation? _rows;

    /// <summary>What the rows are: those of the feed, or groups of them.</summary>
    public Relation Rows
    {
        get => _rows ?? new FeedTable(Feed);
        init => _rows = value;
    }

    /// <summary>Which rows; null for all.</summary>
    public Expression? Filter { get; init; }

    /// <summary>The order of the rows. Those that it does not tell apart come in the order of their key.</summary>
    public IReadOnlyList<SortTerm> OrderBy { get; init; } = [];

    public DateOnly? From { get; init; }

    public DateOnly? To { get; init; }

    /// <summary>Rows that are left out at the beginning.</summary>
    public long Skip { get; init; }

    /// <summary>Rows at most; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>The values of <see cref="Sorting"/> in the row after which to begin; null for the first row.</summary>
    public IReadOnlyList<object?>? After { get; init; }

    /// <summary>Whether the caller reads page by page, not everything at once.</summary>
    public bool IsPaged => Limit is not null || After is not null;

    /// <summary>The whole order: what was asked for, then the parts of the key that are missing in it.</summary>
    public IReadOnlyList<SortTerm> Sorting
    {
        get
        {
            var asked = OrderBy.Select(term => (term.By as Cell)?.Column).ToHashSet();
            return [.. OrderBy, .. Rows.Key.Where(column => !asked.Contains(column)).Select(column => new SortTerm(new Cell(column), false))];
        }
    }

    /// <summary>The columns of the statement: those that were asked for, then what the order needs beside them.</summary>
    public IReadOnlyList<Expression> Selected
    {
        get
        {
            var selected = Columns.Select(Expression (column) => new Cell(column)).ToList();
            foreach (var term in Sorting.Where(term => !selected.Contains(term.By)))
            {
                selected.Add(term.By);
            }

            return selected;
        }
    }

    /// <summary>The statement, which ends with its ORDER BY. With a limit it is read by <see cref="Session.StreamPage"/>, whose limit is one row more: it tells whether anything follows.</summary>
    public Statement Statement(TextSql text)
    {
        var values = new ExpressionSql(text);
        var sql = new StringBuilder("SELECT ");
        var selected = Selected;
        for (var index = 0; index < selected.Count; index++)
        {
            sql.Append(index == 0 ? "" : ", ").Append(values.Value(selected[index]));
            if (selected[index] is not Cell)
            {
                sql.Append(" AS ").Append(ExpressionSql.Quoted(string.Create(CultureInfo.InvariantCulture, $"s{index}")));
            }
        }

        AppendRows(sql, values, After is null ? null : Follows(values, 0));
        if (Sorting.Count > 0)
        {
            sql.Append(" ORDER BY ").AppendJoin(", ", Sorting.Select(term => values.Order(term.By, term.IsDescending)));
        }

        if (Limit is { } limit)
        {
            values.Parameter("limit", limit + 1L);
        }

        if (Skip > 0)
        {
            values.Parameter("skip", Skip);
        }

        return new Statement(sql.ToString(), values.Parameters);
    }

    /// <summary>The statement that counts the rows, wherever a page begins and ends.</summary>
    public Statement Count(TextSql text)
    {
        var values = new ExpressionSql(text);
        var sql = new StringBuilder("SELECT CAST(COUNT(*) AS BIGINT)");
        AppendRows(sql, values, null);
        return new Statement(sql.ToString(), values.Parameters);
    }

    /// <summary>Reads the query parameters of a request.</summary>
    /// <exception cref="ProblemException">400: a value that this feed does not take.</exception>
    public static FeedQuery Parse(Feed feed, string? select, string? from, string? to, string? limit, string? cursor, string? filter = null, string? orderBy = null)
    {
        if (feed.DateColumn is null && (from ?? to) is not null)
        {
            throw ProblemException.Query(from is null ? "to" : "from", $"is not for the feed '{feed.Url}', whose rows have no day.");
        }

        var query = new FeedQuery(feed, SelectedColumns(feed, select))
        {
            From = QueryValues.Day("from", from),
            To = QueryValues.Day("to", to),
            Limit = limit is null ? null : Paging.Limit(limit, most: null),
        };
        if (filter is not null || orderBy is not null)
        {
            var parser = new ODataParser(new FeedTable(feed), filter: ("filter", filter), orderBy: ("orderby", orderBy));
            query = query with { Filter = parser.Filter(), OrderBy = parser.OrderBy() };
        }

        return query with { After = cursor is null ? null : query.Position(Paging.Parts(query.ListName, cursor)) ?? throw Paging.NotOfThisList() };
    }

    /// <summary>The cursor that begins after the row with these values. It fits this feed in this order, whatever else is asked of it.</summary>
    public string Cursor(IEnumerable<object?> values) => Paging.Cursor(ListName, [.. values]);

    private string ListName => "feeds/" + Feed.Url + (OrderBy.Count == 0 ? "" : "?orderby=" + string.Join(',', OrderBy));

    /// <summary>The values of <see cref="Sorting"/> out of a cursor; null when they are not of its types.</summary>
    public IReadOnlyList<object?>? Position(IReadOnlyList<JsonElement> values)
    {
        var sorting = Sorting;
        if (values.Count != sorting.Count)
        {
            return null;
        }

        var position = new object?[values.Count];
        for (var index = 0; index < position.Length; index++)
        {
            var by = sorting[index].By;
            var value = values[index];
            switch (value.ValueKind, by.Type)
            {
                case (JsonValueKind.Null, _) when by.IsNullable:
                    break;
                case (JsonValueKind.Number, ColumnType.Number) when value.TryGetDouble(out var number) && double.IsFinite(number):
                    position[index] = number;
                    break;
                case (JsonValueKind.Number, ColumnType.Key or ColumnType.Integer or ColumnType.DateKey or ColumnType.Flag) when value.TryGetInt64(out var whole):
                    position[index] = whole;
                    break;
                case (JsonValueKind.String, ColumnType.Text or ColumnType.Date or ColumnType.Instant):
                    position[index] = value.GetString();
                    break;
                default:
                    return null;
            }
        }

        return position;
    }

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

    /// <summary>FROM and WHERE.</summary>
    private void AppendRows(StringBuilder sql, ExpressionSql values, string? follows)
    {
        sql.Append(" FROM ");
        AppendRelation(sql, values, Rows);
        var conditions = Days(values).ToList();
        if (Filter is not null)
        {
            conditions.Add(values.Condition(Filter, Rows));
        }

        if (follows is not null)
        {
            conditions.Add(follows);
        }

        if (conditions.Count > 0)
        {
            sql.Append(" WHERE ").AppendJoin(" AND ", conditions);
        }
    }

    private static void AppendRelation(StringBuilder sql, ExpressionSql values, Relation relation)
    {
        if (relation is not Grouping grouping)
        {
            sql.Append(ExpressionSql.Quoted(((FeedTable)relation).Feed.View));
            return;
        }

        var aggregates = grouping.Columns.Skip(grouping.Keys.Count).Zip(grouping.Aggregates, (column, aggregate) => $"{Figure(values, aggregate)} AS {ExpressionSql.Quoted(column)}");
        sql.Append("(SELECT ").AppendJoin(", ", grouping.Keys.Select(ExpressionSql.Quoted).Concat(aggregates)).Append(" FROM ");
        AppendRelation(sql, values, grouping.Source);
        if (grouping.Filter is { } filter)
        {
            sql.Append(" WHERE ").Append(values.Condition(filter, grouping.Source));
        }

        if (grouping.Keys.Count > 0)
        {
            sql.Append(" GROUP BY ").AppendJoin(", ", grouping.Keys.Select(values.Group));
        }

        sql.Append(") AS [groups]");
    }

    private static string Figure(ExpressionSql values, Aggregate aggregate) => aggregate.Method switch
    {
        Method.Count => "CAST(COUNT(*) AS BIGINT)",
        Method.CountDistinct => $"CAST(COUNT(DISTINCT {values.Value(aggregate.Value!)}) AS BIGINT)",
        Method.Sum => $"SUM(CAST({values.Value(aggregate.Value!)} AS {(aggregate.Value!.Type == ColumnType.Number ? "FLOAT" : "BIGINT")}))",
        Method.Average => $"SUM(CAST({values.Value(aggregate.Value!)} AS FLOAT)) / NULLIF(COUNT({values.Value(aggregate.Value!)}), 0)",
        Method.Min => $"MIN({values.Value(aggregate.Value!)})",
        _ => $"MAX({values.Value(aggregate.Value!)})",
    };

    private IEnumerable<string> Days(ExpressionSql values)
    {
        var day = Feed.DayColumn ?? Feed.DateColumn;
        if (From is { } from)
        {
            yield return $"{ExpressionSql.Quoted(day!)} >= {values.Parameter("from", Day(from))}";
        }

        if (To is { } to)
        {
            yield return $"{ExpressionSql.Quoted(day!)} <= {values.Parameter("to", Day(to))}";
        }
    }

    private int Day(DateOnly date) => Feed.DayColumn is null ? Storage.Days.Key(date) : Storage.Days.Number(date);

    private string Follows(ExpressionSql values, int part)
    {
        var term = Sorting[part];
        var next = part == Sorting.Count - 1 ? null : Follows(values, part + 1);
        return values.After(term.By, term.IsDescending, After![part], string.Create(CultureInfo.InvariantCulture, $"after{part}"), next);
    }
}

/// <summary>One part of an order.</summary>
/// <param name="By">A value of the row.</param>
/// <param name="IsDescending">Greatest first, null last; otherwise null first.</param>
internal sealed record SortTerm(Expression By, bool IsDescending)
{
    /// <summary>Says what it orders by, for what is bound to it.</summary>
    public override string ToString() => ((By as Cell)?.Column.Name ?? By.ToString()) + (IsDescending ? " desc" : "");
}

/// <summary>Text of SQL and the values of its parameters.</summary>
internal sealed record Statement(string Sql, IReadOnlyDictionary<string, object> Parameters);
