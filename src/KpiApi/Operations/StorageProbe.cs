using KpiApi.Storage;

namespace KpiApi.Operations;

/// <summary>A round trip: what was deployed is read, and written back as it was.</summary>
internal sealed class StorageProbe(Database database, MeasuredDialect dialect, StorageTraffic traffic)
{
    private const string Read = "SELECT COUNT(ScriptName) FROM SchemaJournal";
    private const string WriteBack = "UPDATE SchemaJournal SET ScriptHash = ScriptHash WHERE ScriptName = 'views'";

    /// <summary>Blocks for as long as the engine does.</summary>
    /// <param name="hasRead">Called when the first half is done.</param>
    public ReadyState Run(Action hasRead)
    {
        // Open connections would go on with a file that was renamed under them, and new ones would begin an empty file in its place.
        if (dialect.File is { } file && !File.Exists(file))
        {
            throw new FileNotFoundException("The file of the database is gone.");
        }

        if (database.Read(Scope.Probe, session => session.Single<long>(Read), CancellationToken.None).GetAwaiter().GetResult() == 0)
        {
            throw new SchemaException("The database holds no schema.");
        }

        hasRead();

        // Behind writes of our own the probe would only wait for what it wants to know.
        if (traffic.IsFlowing)
        {
            return ReadyState.Ready;
        }

        try
        {
            return database.Write(Scope.Probe, session => session.Execute(WriteBack), CancellationToken.None).GetAwaiter().GetResult() == 1
                ? ReadyState.Ready
                : throw new SchemaException("The database holds no views.");
        }
        catch (StorageFullException)
        {
            return ReadyState.Full;
        }
    }
}
