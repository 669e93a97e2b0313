using System.Data.Common;
using KpiApi.Storage;

namespace KpiApi.Feeds;

/// <summary>
/// The rows of a query, one at a time. A cell is read by the type that its column declares: what a reader says of its columns
/// depends on the first row.
/// </summary>
internal sealed class FeedRows : IAsyncDisposable
{
    private readonly DbDataReader _reader;
    private readonly FeedQuery _query;
    private readonly (int Ordinal, ColumnType Type)[] _sorting;
    private bool _isAhead;

    private FeedRows(DbDataReader reader, FeedQuery query)
    {
        _reader = reader;
        _query = query;
        var selected = query.Selected.ToList();
        _sorting = [.. query.Sorting.Select(term => (selected.IndexOf(term.By), term.By.Type))];
    }

    public IReadOnlyList<Column> Columns => _query.Columns;

    /// <summary>Rows that were read so far.</summary>
    public int Count { get; private set; }

    /// <summary>After the last row: where the next page begins, or null when nothing follows.</summary>
    public string? NextCursor => NextPosition is { } position ? _query.Cursor(position) : null;

    /// <summary>After the last row: the values of the order in it, or null when nothing follows.</summary>
    public IReadOnlyList<object?>? NextPosition { get; private set; }

    /// <summary>Asks the database. A query that fails does so here for the most part, while the answer can still be an error.</summary>
    public static async Task<FeedRows> Open(Session session, FeedQuery query)
    {
        var (sql, parameters) = query.Statement(session.Text);
        return await Open(await (query.Limit is null ? session.Stream(sql, parameters) : session.StreamPage(sql, parameters, skips: query.Skip > 0)), query, session.Cancellation);
    }

    public static async Task<FeedRows> Open(DbDataReader reader, FeedQuery query, CancellationToken cancellation)
    {
        var rows = new FeedRows(reader, query);
        try
        {
            rows._isAhead = await reader.ReadAsync(cancellation);
            return rows;
        }
        catch
        {
            await rows.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where the next page would begin, found without the other columns.</summary>
    public static async Task<string?> FindNextCursor(Session session, FeedQuery query)
    {
        await using var keys = await Open(session, query with { Columns = [] });
        while (await keys.Next(session.Cancellation))
        {
            // Only the last key matters, and what comes after it.
        }

        return keys.NextCursor;
    }

    /// <summary>Goes to the next row; false after the last one.</summary>
    public async Task<bool> Next(CancellationToken cancellation)
    {
        if (Count == _query.Limit)
        {
            var position = _sorting.Select(Sorted).ToList();
            NextPosition = await _reader.ReadAsync(cancellation) ? position : null;
            return false;
        }

        // The first row was read on opening.
        if (Count == 0 ? !_isAhead : !await _reader.ReadAsync(cancellation))
        {
            return false;
        }

        Count++;
        return true;
    }

    public bool IsNull(int column) => _reader.IsDBNull(column);

    public long Key(int column) => _reader.GetInt64(column);

    public int Integer(int column) => _reader.GetInt32(column);

    public bool Flag(int column) => _reader.GetInt32(column) != 0;

    public double Number(int column) => _reader.GetDouble(column);

    public string Text(int column) => _reader.GetString(column);

    public DateOnly Day(int column) => Days.Parse(_reader.GetString(column));

    public DateTime Instant(int column) => Instants.Parse(_reader.GetString(column));

    public ValueTask DisposeAsync() => _reader.DisposeAsync();

    // By the declared type: whole numbers are of two types, and some engines do not widen.
    private object? Sorted((int Ordinal, ColumnType Type) term) => _reader.IsDBNull(term.Ordinal) ? null : term.Type switch
    {
        ColumnType.Key => _reader.GetInt64(term.Ordinal),
        ColumnType.Integer or ColumnType.DateKey or ColumnType.Flag => _reader.GetInt32(term.Ordinal),
        ColumnType.Number => _reader.GetDouble(term.Ordinal),
        _ => _reader.GetString(term.Ordinal),
    };
}
