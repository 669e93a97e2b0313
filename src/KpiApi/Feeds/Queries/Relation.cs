namespace KpiApi.Feeds.Queries;

/// <summary>Rows that can be asked for: those of a feed, or groups of them.</summary>
/// <param name="Columns">All columns.</param>
/// <param name="Key">Columns that tell any two rows apart; rows come in this order when no other is asked for.</param>
internal abstract record Relation(IReadOnlyList<Column> Columns, IReadOnlyList<Column> Key)
{
    public Column? Find(string name) => Columns.FirstOrDefault(column => column.Name == name);
}

/// <summary>The rows of a feed.</summary>
internal sealed record FeedTable(Feed Feed) : Relation(Feed.Columns, [.. Feed.Key.Select(name => Feed.Find(name)!)]);

/// <summary>One row per combination of values in the key columns; without any, one row for all.</summary>
/// <param name="Source">The rows that are grouped.</param>
/// <param name="Filter">Which of them count; null: all.</param>
/// <param name="Keys">Columns of the source.</param>
/// <param name="Aggregates">What is made of each group.</param>
internal sealed record Grouping(Relation Source, Expression? Filter, IReadOnlyList<Column> Keys, IReadOnlyList<Aggregate> Aggregates)
    // SQL Server takes no page without an order, so the one row of all has one too.
    : Relation([.. Keys, .. Aggregates.Select((aggregate, index) => aggregate.Column(index, Depth(Source)))], Keys is [] ? [Aggregates[0].Column(0, Depth(Source))] : Keys)
{
    private static int Depth(Relation relation) => relation is Grouping grouping ? Depth(grouping.Source) + 1 : 0;
}

internal enum Method
{
    Sum,
    Min,
    Max,
    Average,
    CountDistinct,
    Count,
}

/// <summary>A figure of a group. Nulls are left out; of nothing but nulls it is null, or 0 when it counts.</summary>
/// <param name="Method">What is done with the values.</param>
/// <param name="Value">The value of a row; null for <see cref="Method.Count"/>, which counts rows.</param>
/// <param name="Alias">The name of the figure in answers. It is not part of any statement.</param>
internal sealed record Aggregate(Method Method, Expression? Value, string Alias)
{
    /// <summary>The column that it becomes.</summary>
    public Column Column(int index, int depth) =>
        new(Alias, Type, ColumnRole.Metric, "A figure that the request asked for.", "number", Method is not (Method.Count or Method.CountDistinct)) { Sql = $"a{depth}_{index}", Precision = (Value as Cell)?.Column.Precision ?? 7 };

    private ColumnType Type => Method switch
    {
        Method.Count or Method.CountDistinct => ColumnType.Key,
        Method.Average => ColumnType.Number,
        Method.Sum => Value!.Type == ColumnType.Number ? ColumnType.Number : ColumnType.Key,
        _ => Value!.Type,
    };
}
