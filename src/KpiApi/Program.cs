using KpiApi.Access;
using KpiApi.Activities;
using KpiApi.Alerts;
using KpiApi.Commands;
using KpiApi.Connect;
using KpiApi.Feeds;
using KpiApi.Feeds.OData;
using KpiApi.Feeds.Looker;
using KpiApi.Http;
using KpiApi.Imports;
using KpiApi.Kpis;
using KpiApi.Ledger;
using KpiApi.Measurements;
using KpiApi.Operations;
using KpiApi.Projects;
using KpiApi.Reviews;
using KpiApi.Steering;
using KpiApi.Storage;

return await CommandLine.Run(args);

/// <summary>Composes the program.</summary>
internal partial class Program
{
    /// <param name="settings">Configuration as command line words, --Section:Key=value.</param>
    /// <param name="customise">What a test replaces, such as the clock.</param>
    internal static WebApplication Build(string[] settings, Action<WebApplicationBuilder>? customise = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = settings, ContentRootPath = AppContext.BaseDirectory });
        if (string.IsNullOrEmpty(builder.Configuration["urls"]) && string.IsNullOrEmpty(builder.Configuration["http_ports"]))
        {
            builder.WebHost.UseUrls("http://localhost:5080");
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // What is a little too long is refused in words of ours, not in the server's.
            kestrel.Limits.MaxRequestLineSize = 2 * Limits.UrlBytes;
        });
        builder.Services.AddStorage(builder.Configuration).AddAccess().AddHttp(builder.Configuration).AddVersions().AddOpenApiDocument();
        builder.Services.AddSingleton<KpiStore>().AddSingleton<ActivityStore>().AddSingleton<NorthStarTreeStore>().AddSingleton<ProjectStore>().AddSingleton<ProjectKpiStore>().AddSingleton<LaunchStore>();
        builder.Services.AddSingleton<ReceiptStore>().AddSingleton<ImportProfileStore>().AddSingleton<Uploads>();
        builder.Services.AddSingleton<MeasurementStore>().AddSingleton<LedgerStore>().AddSingleton<SteeringStore>().AddSingleton<ReviewStore>().AddSingleton<AlertStore>().AddSingleton<PackStore>().AddSingleton<SkipTokens>();

        builder.AddOperations();

        customise?.Invoke(builder);

        var app = builder.Build();
        app.UseForwardedHeaders();
        app.UseSecurityHeaders();
        app.UseHead();
        app.UseProblems();
        app.UseHost();
        app.UseOpenApiDocument();
        app.UseRouting();
        app.UseDeprecations();
        app.UseRequestTimeouts();
        app.UseCors();
        app.UseCompression();
        app.UseCircuit();
        app.UseRequestBodies();
        app.UseAuthentication();
        app.UseRateLimit();
        app.UseAuthorization();
        app.UseIdempotencyKeys();

        var v1 = app.MapVersion1();
        v1.MapKpis();
        v1.MapActivities();
        v1.MapProjects();
        v1.MapMeasurements();
        v1.MapLedger();
        v1.MapReceipts();
        v1.MapImportProfiles();
        v1.MapSteering();
        v1.MapReviews();
        v1.MapAlerts();
        v1.MapPack();
        v1.MapFeeds();
        v1.MapLooker();
        v1.MapAccess();
        v1.MapLimits();
        app.MapConnect();
        app.MapOData();
        app.MapHealth();
        app.SealEndpoints();
        return app;
    }
}
