using System.Diagnostics;
using KpiApi.Access;
using KpiApi.Feeds;
using KpiApi.Tests.Commands;
using KpiApi.Tests.Docs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace KpiApi.Tests.Feeds.Looker;

/// <summary>The script that runs at Google, run here by node against the program: see tests/connectors/looker-studio.</summary>
public class LookerConnectorTests(LookerWorld world) : IClassFixture<LookerWorld>
{
    [ToolFact("node")]
    public async Task The_connector_reads_the_program()
    {
        await using var program = await Serve();
        await using var terse = await Serve("--Limits:LookerRows=5");
        async Task<string> Key(Role role) => (await world.App.Client(world.Client.OrganisationId, role)).Http.DefaultRequestHeaders.GetValues("X-Api-Key").Single();
        var start = new ProcessStartInfo("node", ["--test", "--test-reporter=spec", "connector.test.mjs"])
        {
            WorkingDirectory = Path.Combine(Document.Root, "tests", "connectors", "looker-studio"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in new[]
        {
            ("KPI_URL", program.Urls.Single()), ("KPI_SHORT_URL", terse.Urls.Single()), ("KPI_READER", await Key(Role.Reader)), ("KPI_WRITER", await Key(Role.Writer)),
            ("KPI_ALL_FEEDS", string.Join(',', FeedCatalogue.All.Select(feed => feed.Url))), ("NO_PROXY", "127.0.0.1"), ("no_proxy", "127.0.0.1"),
        })
        {
            start.Environment[name] = value;
        }

        using var node = new ProgramProcess(start);
        var run = await node.End();
        Assert.True(run.Code == 0, $"{run.Output}\n{run.Error}");
        Assert.Matches(@"tests [2-9]\d", run.Output);
        Assert.Contains("fail 0", run.Output, StringComparison.Ordinal);
    }

    /// <summary>The program on an address of this machine, on the database and by the clock of the world.</summary>
    private async Task<WebApplication> Serve(params string[] settings)
    {
        var app = Program.Build([.. world.App.Stored.Settings, "--Limits:RequestsPerSecond=100000", "--Limits:RequestBurst=100000", .. settings], builder =>
        {
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(world.App.Time));
            builder.Logging.ClearProviders();
        });
        await app.StartAsync();
        return app;
    }
}
