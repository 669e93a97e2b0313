using System.Data.Common;

namespace KpiApi.Storage;

/// <summary>What a write does inside its transaction, and whether that is kept.</summary>
internal delegate Task<(T Result, bool Keep)> Work<T>(DbConnection connection, DbTransaction transaction, SharedWork shared);

/// <summary>Something that is looked up or added up once for several writes of one COMMIT.</summary>
internal interface ISharedPart
{
    /// <summary>Stores what was added up. Called once, on a session of the same scope.</summary>
    Task Settle(Session session);
}

/// <summary>
/// What writes that share a COMMIT share beyond it. It lasts from one to the next only while they join, and is settled before any other work and before
/// the COMMIT: nobody reads a table that it still has something for.
/// </summary>
/// <param name="enter">Called with the scope of the next session, where the connection does not keep one.</param>
internal sealed class SharedWork(Action<Scope>? enter = null)
{
    private readonly Dictionary<(Scope Scope, Type Type), (ISharedPart Part, Func<Session> Session)> _parts = [];

    /// <summary>The part of a kind that all writes of the scope have. Whoever may still fail or be undone adds nothing to it.</summary>
    /// <param name="scope">Whose writes share it.</param>
    /// <param name="session">Makes the session on which it is settled.</param>
    public T Part<T>(Scope scope, Func<Session> session)
        where T : ISharedPart, new()
    {
        if (!_parts.TryGetValue((scope, typeof(T)), out var found))
        {
            _parts[(scope, typeof(T))] = found = (new T(), session);
        }

        return (T)found.Part;
    }

    public async Task Settle()
    {
        foreach (var ((scope, _), (part, session)) in _parts)
        {
            enter?.Invoke(scope);
            await part.Settle(session());
        }

        _parts.Clear();
    }
}
