using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KpiApi.Tests.Support;

/// <summary>Files of rows, and how an integrator sends them.</summary>
internal static class Files
{
    public const string Ndjson = "application/x-ndjson";
    public const string Csv = "text/csv";

    public static byte[] Lines(IEnumerable<object> rows) => Encoding.UTF8.GetBytes(string.Concat(rows.Select(row => (row as string ?? JsonSerializer.Serialize(row, Scenario.Json)) + "\n")));

    public static byte[] Gzip(byte[] bytes, CompressionLevel level = CompressionLevel.Fastest)
    {
        using var buffer = new MemoryStream();
        using (var zip = new GZipStream(buffer, level, leaveOpen: true))
        {
            zip.Write(bytes);
        }

        return buffer.ToArray();
    }

    public static async Task<HttpResponseMessage> Send(HttpClient http, string path, byte[] file, string contentType = Ndjson, string? encoding = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(file) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (encoding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(encoding);
        }

        return await http.SendAsync(request);
    }

    /// <summary>The receipt of a file that was taken.</summary>
    public static async Task<JsonNode> Upload(this KpiClient client, string path, byte[] file, string contentType = Ndjson, string? encoding = null)
    {
        using var response = await Send(client.Http, path, file, contentType, encoding);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>"received inserted corrected unchanged rejected skipped".</summary>
    public static string Counts(this JsonNode receipt) =>
        string.Join(' ', new[] { "received", "inserted", "corrected", "unchanged", "rejected", "skipped" }.Select(name => ((long)receipt[name]!).ToString(CultureInfo.InvariantCulture)));
}
