using System.Globalization;
using System.Net;
using System.Net.Sockets;
using KpiApi.Operations;
using KpiApi.Storage;
using KpiApi.Tests.Commands;
using Microsoft.Extensions.Configuration;

namespace KpiApi.Tests.Operations;

/// <summary>A setting that is wrong stops the start: exit code 1 and one line that names it.</summary>
public sealed class WrongConfigurationTests : IDisposable
{
    private readonly ProgramFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Urls", "--urls=nonsense")]
    [InlineData("Urls", "--urls=ftp://127.0.0.1:5080")]
    [InlineData("Urls", "--urls=http://127.0.0.1:5o80")]
    [InlineData("Urls", "--urls=http://127.0.0.1:70000")]
    [InlineData("Urls", "--urls=http://127.0.0.1:0/api")]
    [InlineData("Urls", "--urls=http://127.0.0.1:5080;https://")]
    [InlineData("Limits:RequestBurst", "--Limits:RequestBurst=0")]
    [InlineData("Limits:IdempotencyHours", "--Limits:IdempotencyHours=23")]
    [InlineData("Otlp:Endpoint", "--Otlp:Endpoint=nonsense")]
    [InlineData("Otlp:Endpoint", "--Otlp:Endpoint=localhost:4317")]
    [InlineData("Otlp:Protocol", "--Otlp:Endpoint=http://127.0.0.1:4317", "--Otlp:Protocol=smtp")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "--OTEL_EXPORTER_OTLP_ENDPOINT=nonsense")]
    public void A_wrong_setting_is_named(string named, params string[] settings)
    {
        var message = Assert.Throws<ConfigurationException>(() => Program.Build(settings)).Message;
        Assert.StartsWith(named + ": ", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("http://127.0.0.1:5080")]
    [InlineData("http://localhost:5080;https://[::1]:5081")]
    [InlineData("http://*:80;http://+:81")]
    [InlineData("http://kpi.example.com:5080/")]
    [InlineData("http://unix:/run/kpiapi.sock")]
    public void An_address_that_can_be_listened_on_is_taken(string urls) =>
        Settings.CheckUrls(new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create<string, string?>("Urls", urls)]).Build());

    [Theory]
    [InlineData("Database:Provider", "--Database:Provider=oracle")]
    [InlineData("ConnectionStrings:Kpi", "--ConnectionStrings:Kpi=nonsense")]
    [InlineData("ConnectionStrings:Kpi", "--ConnectionStrings:Kpi=Data Source=file.txt/kpi.db")]
    [InlineData("ConnectionStrings:Kpi", "--ConnectionStrings:Kpi=Data Source=.")]
    [InlineData("ConnectionStrings:Kpi", "--ConnectionStrings:Kpi=Data Source=file.txt")]
    [InlineData("Urls", "--urls=nonsense")]
    [InlineData("Urls", "--urls=http://192.0.2.1:0")]
    [InlineData("Urls", "--urls=http://127.0.0.1:{used}")]
    [InlineData("Otlp:Endpoint", "--Otlp:Endpoint=nonsense")]
    public async Task The_program_ends_with_one_line_that_names_the_setting(string named, string setting)
    {
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(_folder.Database)!, "file.txt"), "This is no database, and no folder either; long enough to be read as one, and with no header of any.");
        using var used = new TcpListener(IPAddress.Loopback, 0);
        used.Start();
        setting = setting.Replace("{used}", ((IPEndPoint)used.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        var run = await _folder.Run(setting.StartsWith("--urls", StringComparison.Ordinal) ? ["serve", setting] : ["serve", setting, "--urls=http://127.0.0.1:0"]);
        Assert.Equal((1, ""), (run.Code, run.Output));
        Assert.StartsWith(named, Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
