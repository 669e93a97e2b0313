namespace KpiApi.Storage;

/// <summary>The database cannot be reached or did not answer in time. Nothing was changed, unless that is in doubt.</summary>
public sealed class StorageUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The connection broke during the commit: only the database knows whether anything was stored.</summary>
    public bool IsInDoubt { get; init; }
}

/// <summary>Too many writes wait for the database. Nothing was changed.</summary>
public sealed class StorageBusyException(string message) : Exception(message);

/// <summary>The disk of the database is full. Nothing was changed.</summary>
public sealed class StorageFullException(string message, Exception inner) : Exception(message, inner);

/// <summary>A total left the range of 64-bit integers. Nothing was changed.</summary>
public sealed class TotalOutOfRangeException(string message, Exception inner) : Exception(message, inner);

/// <summary>The schema of the database does not fit this program.</summary>
public sealed class SchemaException(string message) : Exception(message);

/// <summary>A setting is wrong; the message names it.</summary>
public sealed class ConfigurationException(string message) : Exception(message);
