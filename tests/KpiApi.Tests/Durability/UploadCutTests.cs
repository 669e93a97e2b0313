using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Dapper;
using KpiApi.Access;
using KpiApi.Tests.Support;
using Microsoft.Data.Sqlite;
using Xunit.Abstractions;

namespace KpiApi.Tests.Durability;

/// <summary>
/// An upload whose connection is cut, wherever that happens, and that is sent again whole gives the file's rows, each once (50-reliability D7).
/// KPI_LONG_UPLOAD_CUTS sets the number of cuts.
/// </summary>
public class UploadCutTests(ITestOutputHelper output)
{
    private const int Rows = 2_500;
    private static readonly int Cuts = int.TryParse(Environment.GetEnvironmentVariable("KPI_LONG_UPLOAD_CUTS"), NumberStyles.None, CultureInfo.InvariantCulture, out var cuts) ? cuts : 20;

    [Fact]
    public async Task A_file_that_was_cut_anywhere_and_is_sent_again_gives_its_rows_once()
    {
        await using var server = await LiveServer.Start("--Limits:RequestsPerSecond=1000000", "--Limits:RequestBurst=1000000000");
        await server.Site();
        var random = new Random(1);
        var (partial, before) = (0, 0L);
        for (var cut = 0; cut < Cuts; cut++)
        {
            var isZipped = cut % 4 == 3;
            var file = File(cut);
            var sent = isZipped ? Files.Gzip(file) : file;
            var head = Encoding.ASCII.GetBytes(
                $"POST /v1/measurements/bulk HTTP/1.1\r\nHost: localhost\r\n{ApiKeyAuthentication.HeaderName}: {server.Key}\r\nContent-Type: {Files.Ndjson}\r\nContent-Length: {sent.Length}\r\n{(isZipped ? "Content-Encoding: gzip\r\n" : "")}\r\n");
            byte[] request = [.. head, .. sent];
            // Anywhere, the first byte of the request and the last byte of the file included.
            var offset = cut switch { 0 => 1, 1 => request.Length - 1, 2 => request.Length, _ => random.Next(1, request.Length) };
            var started = await Started(server);
            await Cut(server.Url, request.AsMemory(0, offset), isReset: cut % 2 == 0, async () =>
            {
                // A machine that is busy gets the time to store what it can, every other time; else it is cut off wherever it is.
                for (var patience = random.Next(2) * 200; patience > 0 && offset > head.Length + (sent.Length / 2) && await Started(server) <= started; patience--)
                {
                    await Task.Delay(10);
                }
            });

            // At once, so that the server may still be busy with the first part.
            var receipt = await server.Client.Upload("/v1/measurements/bulk", sent, encoding: isZipped ? "gzip" : null);
            Assert.Equal((Rows, 0, 0), ((int)receipt["received"]!, (int)receipt["corrected"]!, (int)receipt["rejected"]!));
            Assert.Equal(Rows, (int)receipt["inserted"]! + (int)receipt["unchanged"]!);
            partial += (int)receipt["unchanged"]! > 0 ? 1 : 0;
            before += (int)receipt["unchanged"]!;
        }

        await using var connection = new SqliteConnection($"Data Source={server.DatabaseFile};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Cuts} cuts, {partial} of them after something was durable, {before} rows of {Cuts * Rows} sent again"));
        Assert.True(partial > 0, "every cut came before anything was stored: the test tests nothing");
        Assert.Equal(((long)Cuts * Rows, (long)Cuts * Rows), await connection.QuerySingleAsync<(long, long)>("SELECT COUNT(*), COUNT(DISTINCT ExternalId) FROM Measurement"));
        Assert.Equal(Enumerable.Range(0, Cuts).Sum(cut => Enumerable.Range(0, Rows).Sum(row => (long)Value(cut, row))), await connection.ExecuteScalarAsync<long>("SELECT SUM(Numerator) / 1000000 FROM Measurement"));
        Assert.Equal(0, await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM MeasurementHistory"));
        Assert.Equal(0, Recount.Differences(connection));
        // No upload is left that says it runs, once the server noticed the last cut.
        for (var patience = 0; await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM Upload WHERE Status = 'running'") > 0; patience++)
        {
            Assert.True(patience < 200, "an upload that was cut says that it runs");
            await Task.Delay(50);
        }
    }

    private static int Value(int cut, int row) => ((cut * 7) + row) % 100;

    private static byte[] File(int cut) => Files.Lines(Enumerable.Range(0, Rows).Select(row => string.Create(
        CultureInfo.InvariantCulture, $$"""{"project":"site","kpi":"orders","date":"2025-0{{(row % 9) + 1}}-11","value":{{Value(cut, row)}},"source":"shop","externalId":"{{cut}}-{{row}}"}""")));

    /// <summary>Uploads of which something is durable.</summary>
    private static async Task<long> Started(LiveServer server)
    {
        await using var connection = new SqliteConnection($"Data Source={server.DatabaseFile};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync();
        return await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM Upload");
    }

    private static async Task Cut(string url, ReadOnlyMemory<byte> request, bool isReset, Func<Task> beforeEnd)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(url).Port);
        for (var sent = 0; sent < request.Length;)
        {
            sent += await socket.SendAsync(request[sent..]);
        }

        await beforeEnd();
        if (isReset)
        {
            socket.LingerState = new LingerOption(true, 0);
        }
    }
}
