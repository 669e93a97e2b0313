using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using KpiApi.Access;
using KpiApi.Imports;

namespace KpiApi.Commands;

/// <summary>
/// Sends a file to a server, whole and again after every failure that may pass, and tells what became of its lines. For people without a programmer:
/// the server does the work, and nothing here knows what a fact is.
/// </summary>
internal sealed class FileImport : IDisposable
{
    /// <summary>Exit code when the server took the file and refused some of its rows.</summary>
    public const int SomeRefused = 3;

    // With these answers the same request may succeed later.
    private static readonly HttpStatusCode[] Passing =
        [HttpStatusCode.RequestTimeout, HttpStatusCode.TooManyRequests, HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout, HttpStatusCode.InsufficientStorage];

    private readonly ImportOrder _order;
    private readonly TextWriter _output;
    private readonly TextWriter _messages;
    private readonly ProgressBar _bar;
    private readonly HttpClient _http;

    /// <param name="order">What is to be sent where.</param>
    /// <param name="output">Takes the report.</param>
    /// <param name="messages">Takes progress and what went wrong meanwhile.</param>
    /// <param name="hasTerminal">Whether somebody watches <paramref name="messages"/>: then there is a progress bar.</param>
    public FileImport(ImportOrder order, TextWriter output, TextWriter messages, bool hasTerminal)
    {
        (_order, _output, _messages) = (order, output, messages);
        _bar = new ProgressBar(hasTerminal ? messages : TextWriter.Null);
        // A redirected POST would become a GET; who sends keys wants to know the right address anyway.
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, Expect100ContinueTimeout = TimeSpan.FromSeconds(3) }) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.Add(ApiKeyAuthentication.HeaderName, order.Key);
    }

    /// <summary>The wait before the second attempt; it doubles with each, up to half a minute.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long nothing may move before an attempt counts as failed.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>0 when every row was taken, 3 when some were refused.</summary>
    /// <exception cref="ImportException">The file did not get there.</exception>
    public async Task<int> Run(CancellationToken cancellation)
    {
        if (!File.Exists(_order.File))
        {
            throw new ImportException($"There is no file {_order.File}.");
        }

        var address = await Address(cancellation);
        using var answer = await Persist(stop => Upload(address, stop), cancellation);
        var text = await answer.Content.ReadAsStringAsync(cancellation);
        if (Json(text) is not { } result)
        {
            throw new ImportException($"The server answered {(int)answer.StatusCode} and no receipt. Is {_order.Url} the address of the API?");
        }

        if (answer.IsSuccessStatusCode)
        {
            return await Report(result);
        }

        if (result["rows"] is JsonArray rows)
        {
            await _output.WriteLineAsync(Plain(Describe(answer, text)));
            await ReportRows(rows, (long?)result["rowsOmitted"] ?? 0);
            return SomeRefused;
        }

        throw new ImportException(Describe(answer, text) + ((string?)result["receipt"] is { } receipt ? $" {Receipt(receipt)}" : ""));
    }

    public void Dispose() => _http.Dispose();

    private async Task<string> Address(CancellationToken cancellation)
    {
        var isLedger = _order.Project is not null;
        if (_order.Profile is { } profile)
        {
            using var answer = await Persist(stop => _http.GetAsync(_order.At($"import-profiles/{Uri.EscapeDataString(profile)}"), stop), cancellation);
            var text = await answer.Content.ReadAsStringAsync(cancellation);
            if (!answer.IsSuccessStatusCode)
            {
                throw new ImportException(answer.StatusCode == HttpStatusCode.NotFound ? $"There is no import profile '{profile}' at {_order.Url}." : Describe(answer, text));
            }

            isLedger = (string?)Json(text)?["target"] == ImportTarget.Ledger.Name;
            if (isLedger != _order.Project is not null)
            {
                throw new ImportException(isLedger ? $"The profile '{profile}' fills a ledger: say of which project with --project." : $"The profile '{profile}' is for measurements, which name their projects: leave --project out.");
            }
        }

        var query = string.Join('&', new[]
        {
            _order.Profile is null ? null : $"profile={Uri.EscapeDataString(_order.Profile)}",
            _order.IsAtomic ? "mode=atomic" : null,
            _order.IsDryRun ? "dryRun=true" : null,
        }.Where(part => part is not null));
        return _order.At($"{(isLedger ? $"projects/{Uri.EscapeDataString(_order.Project!)}/ledger" : "measurements")}/bulk{(query.Length > 0 ? "?" + query : "")}");
    }

    private async Task<HttpResponseMessage> Upload(string address, CancellationToken cancellation)
    {
        using var stalled = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stalled.CancelAfter(Patience);
        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new FileContent(_order, sent =>
            {
                stalled.CancelAfter(Patience);
                _bar.Show(sent, new FileInfo(_order.File).Length);
            }),
        };
        // A wrong key or profile is then told before the file is sent.
        request.Headers.ExpectContinue = true;
        try
        {
            _bar.Begin();
            return await _http.SendAsync(request, stalled.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException($"nothing moved for {Patience.TotalSeconds:0} s");
        }
        finally
        {
            await _bar.End();
        }
    }

    // Rows carry their identity, so what was stored before a failure is not stored twice.
    private async Task<HttpResponseMessage> Persist(Func<CancellationToken, Task<HttpResponseMessage>> send, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            string why;
            TimeSpan? told = null;
            try
            {
                var answer = await send(cancellation);
                if (!Passing.Contains(answer.StatusCode))
                {
                    return answer;
                }

                using (answer)
                {
                    why = Describe(answer, await answer.Content.ReadAsStringAsync(cancellation));
                    told = answer.Headers.RetryAfter?.Delta;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                why = $"No answer from {_order.Url}: {exception.Message.TrimEnd('.')}.";
            }

            if (attempt > _order.Retries)
            {
                throw new ImportException(attempt == 1 ? why : $"{why} Given up after {attempt} attempts.");
            }

            var wait = told ?? (FirstWait * Math.Min(30, Math.Pow(2, attempt - 1)) * (1 + Random.Shared.NextDouble()));
            await _messages.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{Plain(why)} Again in {wait.TotalSeconds:0} s ({attempt} of {_order.Retries}); nothing is doubled."));
            await Task.Delay(wait, cancellation);
        }
    }

    private async Task<int> Report(JsonNode receipt)
    {
        string Count(string name) => ((long)receipt[name]!).ToString("N0", CultureInfo.InvariantCulture);
        var name = Path.GetFileName(_order.File);
        var counts = $"{Count("inserted")} new, {Count("corrected")} corrected, {Count("unchanged")} unchanged, {Count("rejected")} refused";
        await _output.WriteLineAsync(_order.IsDryRun ? $"{Count("received")} rows of {name} would be: {counts}. Nothing was stored." : $"{Count("received")} rows of {name}: {counts}.");
        if ((long)receipt["skipped"]! > 0)
        {
            await _output.WriteLineAsync($"{Count("skipped")} lines were passed over, as the profile says.");
        }

        if ((string?)receipt["id"] is { } id)
        {
            await _output.WriteLineAsync(Receipt(id));
        }

        await ReportRows(receipt["errors"]!.AsArray(), (long?)receipt["errorsOmitted"] ?? 0);
        return (long)receipt["rejected"]! == 0 ? 0 : SomeRefused;
    }

    private string Receipt(string id) => $"Receipt {id}: {_order.At("receipts/" + id)}";

    private async Task ReportRows(JsonArray rows, long omitted)
    {
        var lines = rows.GroupBy(row => (long)row!["line"]!).ToList();
        if (lines.Count == 0)
        {
            return;
        }

        var texts = await _order.Lines(lines.Select(line => line.Key).ToHashSet());
        await _output.WriteLineAsync();
        foreach (var line in lines)
        {
            // One line may give several rows, and all of them the same fault.
            foreach (var fault in line.SelectMany(row => Faults(row!)).Distinct())
            {
                await _output.WriteLineAsync(Plain($"line {line.Key}{fault}"));
            }

            if (texts.TryGetValue(line.Key, out var text))
            {
                await _output.WriteLineAsync($"    {Plain(text)}");
            }
        }

        if (omitted > 0)
        {
            await _output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{omitted:N0} more refused rows are not described."));
        }
    }

    private static IEnumerable<string> Faults(JsonNode row) => row["errors"]!.AsObject().SelectMany(fault => fault.Value!.AsArray().Select(message =>
        $"{((int?)row["column"] is { } column ? string.Create(CultureInfo.InvariantCulture, $", column {column}") : "")}: {(fault.Key.Length > 1 ? $"{fault.Key[1..]} " : "")}{message}"));

    private static string Describe(HttpResponseMessage answer, string text)
    {
        var told = Json(text) is { } problem ? (string?)problem["detail"] ?? (string?)problem["title"] : null;
        var where = answer.Headers.Location is { } location ? $" The address is {location} now." : "";
        return $"The server answered {(int)answer.StatusCode}: {told ?? answer.ReasonPhrase ?? "no reason"}{where}";
    }

    private static JsonObject? Json(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // What a file holds must not move the cursor of a terminal.
    private static string Plain(string text) => string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character));

    /// <summary>A file that tells how much of it is sent.</summary>
    private sealed class FileContent : HttpContent
    {
        private readonly string _file;
        private readonly Action<long> _sent;

        public FileContent(ImportOrder order, Action<long> sent)
        {
            (_file, _sent) = (order.File, sent);
            Headers.ContentType = new MediaTypeHeaderValue(order.MediaType);
            if (order.IsZipped)
            {
                Headers.ContentEncoding.Add("gzip");
            }
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await using var file = File.OpenRead(_file);
            var buffer = new byte[64 * 1024];
            var sent = 0L;
            for (int read; (read = await file.ReadAsync(buffer, cancellationToken)) > 0; _sent(sent += read))
            {
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = new FileInfo(_file).Length;
            return true;
        }
    }
}

/// <summary>What is to be imported, and where.</summary>
/// <param name="File">The file.</param>
/// <param name="Url">The address of the server, with or without /v1.</param>
/// <param name="Key">A key that may post.</param>
internal sealed record ImportOrder(string File, string Url, string Key)
{
    private const int LongestText = 160;

    /// <summary>The import profile; none when the file is NDJSON, or names the members of the contract in its header.</summary>
    public string? Profile { get; init; }

    /// <summary>The project whose ledger it is.</summary>
    public string? Project { get; init; }

    /// <summary>All rows or none.</summary>
    public bool IsAtomic { get; init; }

    /// <summary>Nothing is to be stored.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Attempts after the first.</summary>
    public int Retries { get; init; } = 8;

    public bool IsZipped => File.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>A profile reads CSV; without one the name of the file tells.</summary>
    public string MediaType => Profile is null && System.IO.Path.GetExtension(IsZipped ? File[..^3] : File).ToLowerInvariant() is ".ndjson" or ".jsonl" ? UploadBody.Ndjson : UploadBody.Csv;

    /// <summary>The address of a resource.</summary>
    public string At(string resource) => $"{Url.TrimEnd('/')}{(Url.TrimEnd('/').EndsWith("/v1", StringComparison.Ordinal) ? "" : "/v1")}/{resource}";

    /// <summary>The beginnings of lines of the file, by their number from 1.</summary>
    public async Task<IReadOnlyDictionary<long, string>> Lines(IReadOnlySet<long> wanted)
    {
        await using var bytes = new BufferedStream(System.IO.File.OpenRead(File), 64 * 1024);
        await using var file = IsZipped ? new GZipStream(bytes, CompressionMode.Decompress) : (Stream)bytes;
        var found = new Dictionary<long, string>();
        var (number, line, buffer) = (1L, new List<byte>(), new byte[64 * 1024]);
        for (int read; found.Count < wanted.Count && (read = await file.ReadAsync(buffer)) > 0;)
        {
            for (var index = 0; index < read; index++)
            {
                if (buffer[index] == '\n')
                {
                    Keep();
                    number++;
                }
                else if (line.Count < LongestText && wanted.Contains(number))
                {
                    line.Add(buffer[index]);
                }
            }
        }

        Keep();
        return found;

        void Keep()
        {
            if (wanted.Contains(number))
            {
                found[number] = CellEncoding.Decode([.. line], CellEncoding.Either)!.TrimEnd('\r') + (line.Count == LongestText ? "…" : "");
            }

            line.Clear();
        }
    }
}

/// <summary>The file could not be imported; the message is for whoever gave the command.</summary>
internal sealed class ImportException(string message) : Exception(message);

/// <summary>One line that is written again and again.</summary>
internal sealed class ProgressBar(TextWriter terminal)
{
    private const int Width = 30;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Stopwatch _since = new();
    private TimeSpan _shown = -Pause;
    private bool _isVisible;

    public void Begin() => _since.Restart();

    public void Show(long sent, long length)
    {
        if (sent < length && _since.Elapsed - _shown < Pause)
        {
            return;
        }

        (_shown, _isVisible) = (_since.Elapsed, true);
        var share = length == 0 ? 1 : Math.Min(1, (double)sent / length);
        var done = (int)(share * Width);
        var rate = sent / Math.Max(0.001, _since.Elapsed.TotalSeconds);
        terminal.Write(string.Create(
            CultureInfo.InvariantCulture, $"\r[{new string('#', done)}{new string('-', Width - done)}] {share * 100,3:0} %  {sent / 1e6:0.0} of {length / 1e6:0.0} MB  {rate / 1e6:0.0} MB/s  "));
    }

    /// <summary>What follows begins on a line of its own.</summary>
    public async Task End()
    {
        _shown = -Pause;
        if (_isVisible)
        {
            _isVisible = false;
            await terminal.WriteLineAsync();
        }
    }
}
