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
    private readonly int[] _keyOrdinals;
    private bool _isAhead;

    private FeedRows(DbDataReader reader, FeedQuery query)
    {
        _reader = reader;
        _query = query;
        var selected = query.Selected.ToList();
        _keyOrdinals = [.. query.Feed.Key.Select(name => selected.IndexOf(name))];
    }

    public IReadOnlyList<Column> Columns => _query.Columns;

    /// <summary>Rows that were read so far.</summary>
    public int Count { get; private set; }

    /// <summary>After the last row: where the next page begins, or null when nothing follows.</summary>
    public string? NextCursor { get; private set; }

    /// <summary>Asks the database. A query that fails does so here for the most part, while the answer can still be an error.</summary>
    public static async Task<FeedRows> Open(Session session, FeedQuery query) =>
        await Open(await (query.Limit is null ? session.Stream(query.Sql, query.Parameters) : session.StreamPage(query.Sql, query.Parameters)), query, session.Cancellation);

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
            var cursor = _query.Cursor(_keyOrdinals.Select(KeyPart).ToList());
            NextCursor = await _reader.ReadAsync(cancellation) ? cursor : null;
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

    // A key's parts are of two integer types, and some engines do not widen.
    private long KeyPart(int ordinal, int part) => _query.Feed.Find(_query.Feed.Key[part])!.Type == ColumnType.Key ? _reader.GetInt64(ordinal) : _reader.GetInt32(ordinal);
}
