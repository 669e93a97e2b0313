using System.Text;
using KpiApi.Storage;

namespace KpiApi.Feeds.Looker;

/// <summary>
/// A question of the report tool to a feed, and the statement that answers it: rows in groups, as the dimensions among the fields make them. The tool asks for totals by
/// asking for fewer dimensions, so this is where totals are made right. Names in the statement come from definitions, values of the request are parameters.
/// </summary>
internal sealed class LookerQuery
{
    /// <summary>Rows of a sample, from which the tool only guesses what a field looks like.</summary>
    private const int SampleRows = 100;

    private readonly Feed _feed;
    private readonly IReadOnlyList<LookerField> _fields;
    private readonly TextSql _engine;
    private readonly List<LookerField> _groups;
    private readonly List<Feed> _lenders = [];
    private readonly List<string> _conditions = [];
    private readonly Dictionary<string, object> _parameters = [];

    /// <param name="feed">What is asked.</param>
    /// <param name="fields">All fields of the feed in the language of the question.</param>
    /// <param name="asked">The fields that were asked for, in order, and whether only a filter needs them.</param>
    /// <param name="filters">The filters of the tool.</param>
    /// <param name="range">The column that the days apply to, and the days; null: all.</param>
    /// <param name="engine">How the engine spells conditions on text.</param>
    /// <param name="mostRows">The most rows of an answer.</param>
    /// <param name="isSample">Whether a few rows are enough.</param>
    public LookerQuery(
        Feed feed, IReadOnlyList<LookerField> fields, IReadOnlyList<(LookerField Field, bool IsForFilter)> asked, IReadOnlyList<IReadOnlyList<LookerFilterBody>> filters,
        (Column Column, DateOnly From, DateOnly To)? range, TextSql engine, int mostRows, bool isSample)
    {
        _feed = feed;
        _fields = fields;
        _engine = engine;
        if (range is var (column, from, to))
        {
            AddDays(column, from, to);
        }

        var values = new Dictionary<string, object>(_parameters);
        var lenders = _lenders.ToList();
        var conditions = LookerFilter.Conditions(filters, fields, Stored, engine, values);
        AreFiltersApplied = conditions is not null;
        if (conditions is null)
        {
            // All or none: nothing of the attempt may stay.
            _lenders = lenders;
        }
        else
        {
            _conditions.AddRange(conditions);
            _parameters = values;
        }

        // The tool can only filter by what it sees.
        Fields = [.. asked.Where(field => !AreFiltersApplied || !field.IsForFilter).Select(field => field.Field)];
        _groups = [.. Fields.Where(field => !field.IsMetric).Distinct()];
        Alike = [.. Fields.SelectMany(AlikeIn).Distinct().Where(name => !_groups.Any(field => field.Name == name && field.Lender is null))];
        Limit = isSample ? Math.Min(SampleRows, mostRows) : mostRows + 1L;
        Sql = Compose();
    }

    /// <summary>Whether all filters are part of the statement. Otherwise none is.</summary>
    public bool AreFiltersApplied { get; }

    /// <summary>The fields of the answer, in order. The columns of the statement are these, then the least and the greatest of each column of <see cref="Alike"/>.</summary>
    public IReadOnlyList<LookerField> Fields { get; }

    /// <summary>Columns in which the rows of a group must not differ.</summary>
    public IReadOnlyList<string> Alike { get; }

    /// <summary>Rows to read; one more than there may be, if not a sample.</summary>
    public long Limit { get; }

    /// <summary>Whether the statement ends with its ORDER BY, and may give many rows. Without a dimension there is one group, also of no rows.</summary>
    public bool IsGrouped => _groups.Count > 0;

    public string Sql { get; }

    public IReadOnlyDictionary<string, object> Parameters
    {
        get
        {
            if (IsGrouped)
            {
                _parameters["limit"] = Limit;
            }

            return _parameters;
        }
    }

    private string Compose()
    {
        var columns = Fields.Select(Text).Concat(Alike.SelectMany(name => new[] { $"MIN({Own(name)})", $"MAX({Own(name)})" })).ToList();
        var sql = new StringBuilder("SELECT ").AppendJoin(", ", columns).Append(" FROM ").Append(Quoted(_feed.View)).Append(" AS ").Append(Alias(null));
        foreach (var lender in _lenders)
        {
            var key = Quoted(lender.Key[0]);
            sql.Append(" JOIN ").Append(Quoted(lender.View)).Append(" AS ").Append(Alias(lender)).Append(" ON ").Append(Alias(lender)).Append('.').Append(key).Append(" = ").Append(Alias(null)).Append('.').Append(key);
        }

        if (_conditions.Count > 0)
        {
            sql.Append(" WHERE ").AppendJoin(" AND ", _conditions);
        }

        if (IsGrouped)
        {
            sql.Append(" GROUP BY ").AppendJoin(", ", _groups.Select(field => field.Column.Type == ColumnType.Text ? _engine.Group(Stored(field)) : Stored(field)));
            sql.Append(" ORDER BY ").AppendJoin(", ", _groups.Select(field => field.Column.Type == ColumnType.Text ? _engine.Order(Stored(field), isDescending: false) : Stored(field)));
        }

        return sql.ToString();
    }

    private string Text(LookerField field) => field.Grouping switch
    {
        Grouping.Dimension => Stored(field),
        Grouping.Sum => Sum(field),
        Grouping.Rows => "CAST(COUNT(*) AS BIGINT)",
        Grouping.Only => $"CASE WHEN COUNT(*) = 1 THEN MAX({Stored(field)}) END",
        _ => Quotient(field.Quotient!),
    };

    private string Quotient(LookerField.Parts parts)
    {
        var quotient = $"{Sum(Find(parts.Numerator))} / NULLIF({Sum(Find(parts.Denominator))}, 0)";
        return parts.Present is null ? quotient : $"CASE WHEN {Sum(Find(parts.Present))} > 0 THEN {quotient} END";
    }

    private string Sum(LookerField field)
    {
        var value = field.Column.Type == ColumnType.Number ? Stored(field) : $"CAST({Stored(field)} AS BIGINT)";
        if (field.Where is not { } where)
        {
            return $"SUM({value})";
        }

        // The words of definitions are plain letters. Rows that are left out on purpose add nothing; those that cannot be added make no sum at all.
        return where.IsWanted
            ? $"SUM(CASE WHEN {Of(where.Lender, where.Column)} = '{where.Word}' THEN {value} ELSE 0 END)"
            : $"SUM(CASE WHEN {Of(where.Lender, where.Column)} <> '{where.Word}' THEN {value} END)";
    }

    private IEnumerable<string> AlikeIn(LookerField field) =>
        field.Quotient is { } parts ? Find(parts.Numerator).Alike.Concat(Find(parts.Denominator).Alike) : field.Alike;

    private LookerField Find(string name) => _fields.First(field => field.Name == name);

    private string Stored(LookerField field) => Of(field.Lender, field.Stored ?? field.Column.Name);

    private string Own(string column) => Of(null, column);

    private string Of(Feed? lender, string column)
    {
        if (lender is not null && !_lenders.Contains(lender))
        {
            _lenders.Add(lender);
        }

        return $"{Alias(lender)}.{Quoted(column)}";
    }

    /// <summary>The days, by whatever the view finds them fastest.</summary>
    private void AddDays(Column column, DateOnly from, DateOnly to)
    {
        var isRowDay = _feed.DayColumn is not null && column.Name is "DateKey" or "Date";
        var name = isRowDay ? _feed.DayColumn! : column.Name;
        object Value(DateOnly day) => isRowDay ? Days.Number(day) : column.Type == ColumnType.DateKey ? Days.Key(day) : day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        _conditions.Add($"{Own(name)} >= @from");
        _conditions.Add($"{Own(name)} <= @to");
        _parameters.Add("from", Value(from));
        _parameters.Add("to", Value(to));
    }

    private static string Alias(Feed? lender) => lender is null ? "t" : lender.View[..1].ToLowerInvariant();

    // Some names are words of SQL, such as Key.
    private static string Quoted(string name) => $"[{name}]";
}
