using System.Diagnostics.Metrics;

namespace KpiApi.Operations;

/// <summary>Sizes of the database and of the room that is left for it, read when somebody collects them. An engine without a file has none.</summary>
internal sealed class StorageGauges(MeasuredDialect dialect) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (dialect.File is { } file)
        {
            Telemetry.Meter.CreateObservableGauge("kpiapi.storage.size", () => Sizes(file), "By", "Size of the files of the database.");
            Telemetry.Meter.CreateObservableGauge("kpiapi.storage.free", () => Free(file), "By", "Room left on the disk of the database.");
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static IEnumerable<Measurement<long>> Sizes(string file) =>
        from part in new[] { (Path: file, Name: "database"), (Path: file + "-wal", Name: "log") }
        let info = new FileInfo(part.Path)
        where info.Exists
        select new Measurement<long>(info.Length, new KeyValuePair<string, object?>("kpiapi.file", part.Name));

    private static IEnumerable<Measurement<long>> Free(string file)
    {
        long free;
        try
        {
            free = new DriveInfo(Path.GetDirectoryName(file)!).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A network share tells nobody, on some systems.
            yield break;
        }

        yield return new Measurement<long>(free);
    }
}
