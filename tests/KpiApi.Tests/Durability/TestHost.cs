using KpiApi.Storage;
using KpiApi.Tests.Rules;
using KpiApi.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace KpiApi.Tests.Durability;

/// <summary>
/// What runs as a process and does not ship: the program with a fault in it, because the tests that kill must be able to fail, and the package of the
/// schema, whose library is larger than the program.
/// </summary>
internal static class TestHost
{
    /// <summary>A write is acknowledged when its work is done, and committed a moment later.</summary>
    public const string EarlyAcknowledgement = "early-acknowledgement";

    /// <summary>Writes the schema as a package for tools that compare databases: dotnet run --project tests/KpiApi.Tests -- dacpac Kpi.dacpac.</summary>
    public const string Dacpac = "dacpac";

    // Long against everything else that happens between an acknowledgement and a kill, on a machine that is busy too.
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

    public static async Task<int> Main(string[] args)
    {
        if (args is [Dacpac, var file])
        {
            SqlModel.WriteDacpac(file, typeof(Program).Assembly.GetName().Version!.ToString());
            return 0;
        }

        if (args is not [EarlyAcknowledgement, "serve", .. var settings])
        {
            await Console.Error.WriteLineAsync("This is a test project: dotnet test runs it.");
            return 2;
        }

        await using var app = Program.Build(settings, builder =>
        {
            DialectAround.Install(builder, inner => new DialectAround(inner) { AcknowledgesEarlyBy = Moment });
        });
        await app.Services.GetRequiredService<SchemaDeployment>().Deploy(CancellationToken.None);
        await app.StartAsync();
        await Console.Out.WriteLineAsync($"serves {app.Urls.First()} (/swagger)");
        await app.WaitForShutdownAsync();
        return 0;
    }
}
