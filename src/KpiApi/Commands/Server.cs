using KpiApi.Storage;

namespace KpiApi.Commands;

/// <summary>Deploys the schema and serves until it is told to stop.</summary>
internal static class Server
{
    public static async Task<int> Run(string[] settings, CancellationToken cancellation)
    {
        await using var app = await Deployed(settings, cancellation);
        await app.StartAsync(cancellation);
        await Console.Out.WriteLineAsync($"KpiApi serves {string.Join(", ", app.Urls)} (Swagger UI: {app.Urls.First()}/swagger). Ctrl+C stops it.");
        await app.WaitForShutdownAsync(cancellation);
        return 0;
    }

    /// <summary>The program on a database whose schema is up to date.</summary>
    public static async Task<WebApplication> Deployed(string[] settings, CancellationToken cancellation)
    {
        var app = Program.Build(settings);
        try
        {
            await app.Services.GetRequiredService<SchemaDeployment>().Deploy(cancellation);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }
}
