using KpiApi.Access;
using KpiApi.Tests.Connect;
using KpiApi.Tests.Docs;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace KpiApi.Tests.Feeds.OData;

/// <summary>Clients that others wrote read the service over a socket.</summary>
public class ODataClientTests
{
    [ODataClientFact]
    public async Task Clients_from_npm_read_metadata_rows_and_counts()
    {
        await using var world = await ODataWorld.Make();
        await using var served = Program.Build([.. world.App.Stored.Settings], builder =>
        {
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(world.App.Time));
            builder.Logging.ClearProviders();
        });
        await served.StartAsync();
        var key = world.Reader.Http.DefaultRequestHeaders.GetValues(ApiKeyAuthentication.HeaderName).Single();
        Assert.Matches("^[0-9]+ sets, [0-9]+ rows", await ConnectTests.Run("node", ODataClientFactAttribute.Folder, "read.mjs", served.Urls.Single() + "/odata/v1", key));
    }
}

/// <summary>Needs clients of OData, which node runs and npm brings; says so where they cannot be had.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ODataClientFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Missing = new(() => NpmPackages.Missing(Folder, "odata-csdl"));

    public ODataClientFactAttribute() => Skip = Missing.Value;

    public static string Folder => Path.Combine(Document.Root, "tests", "connectors", "odata");
}
