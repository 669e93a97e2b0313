using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Dapper;
using KpiApi.Tests.Commands;
using KpiApi.Tests.Operations;
using KpiApi.Tests.Support;
using Microsoft.Data.Sqlite;
using Xunit.Abstractions;

namespace KpiApi.Tests.Durability;

/// <summary>
/// An upload needs the same memory whatever its size (50-reliability U3): the program may have 96 MB of managed heap and 256 MB in all.
/// KPI_LONG_UPLOAD_MB sets the size of the file.
/// </summary>
public sealed class UploadMemoryTests(ITestOutputHelper output) : IDisposable
{
    private const long MostHeap = 96 * 1024 * 1024;
    private const long MostResident = 256 * 1024 * 1024;

    private readonly ProgramFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [ProcFact]
    public async Task A_large_file_of_NDJSON_is_stored_in_little_memory() => await Store(Size(50_000_000), isZippedCsv: false);

    [ProcFact]
    public async Task A_large_file_of_zipped_CSV_is_stored_in_little_memory() => await Store(Size(25_000_000) / 5, isZippedCsv: true);

    private async Task Store(long bytes, bool isZippedCsv)
    {
        var key = await ServedProject.Make(_folder.Database);
        // The limit is a number in hexadecimal digits.
        using var server = _folder.StartWith([("DOTNET_GCHeapHardLimit", MostHeap.ToString("x", CultureInfo.InvariantCulture))], "serve", "--urls", "http://127.0.0.1:0");
        using var http = ServedProject.Client(await server.Url(), key);
        http.Timeout = TimeSpan.FromHours(1);
        using var file = new GrowingFile(bytes, isZippedCsv);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/measurements/bulk") { Content = file };
        var watch = Stopwatch.StartNew();
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{(int)answer.StatusCode} {text}");
        var seconds = watch.Elapsed.TotalSeconds;
        var peak = Peak(server.Id);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{file.Bytes / 1e6:0} MB of {(isZippedCsv ? "zipped CSV" : "NDJSON")}, {file.Rows} rows in {seconds:0.0} s: {file.Rows / seconds:0} rows/s, {file.Bytes / 1e6 / seconds:0.0} MB/s; at most {peak >> 20} MB resident"));
        Assert.Equal($"{file.Rows} {file.Rows} 0 0 0 0", JsonNode.Parse(text)!.Counts());
        Assert.True(peak <= MostResident, $"{peak} bytes were resident");
        await server.Kill();
        await using var connection = new SqliteConnection($"Data Source={_folder.Database};Pooling=False");
        await connection.OpenAsync();
        Assert.Equal(file.Rows, await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM Measurement"));
        Assert.Equal(0, Recount.Differences(connection));
    }

    private static long Size(long usual) => long.TryParse(Environment.GetEnvironmentVariable("KPI_LONG_UPLOAD_MB"), NumberStyles.None, CultureInfo.InvariantCulture, out var megabytes) ? megabytes * 1_000_000 : usual;

    /// <summary>The most memory that a process has had, in bytes.</summary>
    private static long Peak(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Facts that are made while they are sent.</summary>
    private sealed class GrowingFile : HttpContent
    {
        private readonly long _size;
        private readonly bool _isZippedCsv;

        public GrowingFile(long size, bool isZippedCsv)
        {
            (_size, _isZippedCsv) = (size, isZippedCsv);
            Headers.ContentType = new MediaTypeHeaderValue(isZippedCsv ? Files.Csv : Files.Ndjson);
            if (isZippedCsv)
            {
                Headers.ContentEncoding.Add("gzip");
            }
        }

        public long Rows { get; private set; }

        /// <summary>Before compression.</summary>
        public long Bytes { get; private set; }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await using var zip = _isZippedCsv ? new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true) : null;
            var file = zip ?? stream;
            var text = new StringBuilder(_isZippedCsv ? "project,kpi,date,numerator,denominator,source,externalId\n" : "");
            while (Bytes < _size)
            {
                while (text.Length < 64 * 1024 && Bytes + text.Length < _size)
                {
                    var date = new DateOnly(2023, 1, 1).AddDays((int)(Rows / 500 % 900));
                    text.Append(_isZippedCsv
                        ? string.Create(CultureInfo.InvariantCulture, $"p,quote-to-order-rate,{date:yyyy-MM-dd},{Rows % 40},40,erp,order-{Rows}\n")
                        : string.Create(CultureInfo.InvariantCulture, $$"""{"project":"p","kpi":"quote-to-order-rate","date":"{{date:yyyy-MM-dd}}","numerator":{{Rows % 40}},"denominator":40,"source":"erp","externalId":"order-{{Rows}}"}""") + "\n");
                    Rows++;
                }

                await file.WriteAsync(Encoding.ASCII.GetBytes(text.ToString()));
                Bytes += text.Length;
                text.Clear();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

/// <summary>A test that reads what the kernel knows of another process, and says so where it cannot.</summary>
internal sealed class ProcFactAttribute : FactAttribute
{
    public ProcFactAttribute()
    {
        if (!File.Exists("/proc/self/status"))
        {
            Skip = "this machine has no /proc";
        }
    }
}
