using System.Data.Common;
using System.Net.Sockets;
using KpiApi.Operations;
using KpiApi.Storage;

namespace KpiApi.Commands;

/// <summary>Deploys the schema and serves until it is told to stop.</summary>
internal static class Server
{
    public static async Task<int> Run(string[] settings, CancellationToken cancellation)
    {
        await using var app = await Deployed(settings, cancellation);
        app.Services.GetRequiredService<Readiness>().Rehearse();
        await Listen(app, cancellation);
        await Console.Out.WriteLineAsync($"KpiApi serves {string.Join(", ", app.Urls)} (Swagger UI: {app.Urls.First()}/swagger). Ctrl+C stops it.");
        await app.WaitForShutdownAsync(cancellation);
        return 0;
    }

    /// <summary>The program on a database whose schema is up to date.</summary>
    /// <exception cref="ConfigurationException">The database that the settings name cannot be used.</exception>
    public static async Task<WebApplication> Deployed(string[] settings, CancellationToken cancellation)
    {
        var app = Program.Build(settings);
        try
        {
            await app.Services.GetRequiredService<SchemaDeployment>().Deploy(cancellation);
            return app;
        }
        catch (Exception exception) when (exception is StorageUnavailableException or StorageFullException or DbException)
        {
            await app.DisposeAsync();
            throw new ConfigurationException($"ConnectionStrings:Kpi: {exception.Message}");
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts to take requests.</summary>
    /// <exception cref="ConfigurationException">The addresses cannot be listened on.</exception>
    public static async Task Listen(WebApplication app, CancellationToken cancellation)
    {
        try
        {
            await app.StartAsync(cancellation);
        }
        // In use, not of this machine, not allowed, no certificate: whatever the server says, it says it of an address.
        catch (Exception exception) when (exception is IOException or SocketException or FormatException or InvalidOperationException)
        {
            throw new ConfigurationException($"Urls (or Kestrel:Endpoints): {exception.Message}");
        }
    }
}
