using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace KpiApi.Tests.Durability;

/// <summary>What a client posts.</summary>
internal enum Kind
{
    Single,
    Batch,
    Ledger,
    Bulk,
}

/// <summary>How a request ended, as its client knows it.</summary>
internal enum Fate
{
    /// <summary>No answer to at least one attempt: it may have happened.</summary>
    Open,

    /// <summary>200, from the first to the last row.</summary>
    Acknowledged,

    /// <summary>503 or 507, and nothing else: it must not have happened.</summary>
    Refused,
}

/// <summary>The client's own note of a request. The server's word is not asked.</summary>
internal sealed class Note(Kind kind, int rows)
{
    public Kind Kind => kind;

    public int Rows => rows;

    public Fate Fate { get; set; } = Fate.Refused;

    /// <summary>Facts are corrected now and then: the last version that was acknowledged, 0 for none.</summary>
    public int Acknowledged { get; set; }

    /// <summary>The last version that was sent.</summary>
    public int Sent { get; set; } = 1;
}

/// <summary>
/// Clients that post as integrators do, each one request at a time: no answer means again with the same identity, or never again. What they know stays
/// with them. The version of a fact is its numerator, so that a row tells which of its states it is in.
/// </summary>
internal sealed class Crowd(HttpClient http, string project, string kpi, int seed) : IDisposable
{
    /// <summary>Facts of the crowd, in the database.</summary>
    public const string Source = "crowd";

    private readonly ConcurrentDictionary<string, int> _strange = [];
    private readonly CancellationTokenSource _enough = new();
    private List<Note>[] _notes = [];
    private Task _work = Task.CompletedTask;
    private TaskCompletionSource _isUp = Done();
    private TaskCompletionSource _isAwake = Done();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _acknowledgedRows;
    private long _attempts;
    private long _refusals;

    /// <summary>Of requests without an answer, one in so many is never sent again.</summary>
    public int AbandonsOneIn { get; init; } = 6;

    /// <summary>Answers that are neither success nor a refusal for now, and receipts that say something impossible.</summary>
    public IReadOnlyDictionary<string, int> Strange => _strange;

    public long AcknowledgedRows => Interlocked.Read(ref _acknowledgedRows);

    /// <summary>Answers 503, 507 and 429.</summary>
    public long Refusals => Interlocked.Read(ref _refusals);

    public long Attempts => Interlocked.Read(ref _attempts);

    /// <summary>The notes of each client, by the number of its request; a copy, as of now.</summary>
    public IReadOnlyList<IReadOnlyList<Note>> Notes()
    {
        return [.. _notes.Select(notes =>
        {
            lock (notes)
            {
                return notes.Select(note => new Note(note.Kind, note.Rows) { Fate = note.Fate, Acknowledged = note.Acknowledged, Sent = note.Sent }).ToList();
            }
        })];
    }

    public static string FactId(int client, int number, int row) => string.Create(CultureInfo.InvariantCulture, $"{client}-{number}-{row}");

    /// <summary>Entries of the ledger have no identity of their own: the label tells whose they are.</summary>
    public static string Label(int client, int number) => string.Create(CultureInfo.InvariantCulture, $"{client}-{number}");

    public void Start(int clients)
    {
        _notes = [.. Enumerable.Range(0, clients).Select(_ => new List<Note>())];
        _work = Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() => Run(client))));
    }

    /// <summary>From here on, whoever gets no answer waits for <see cref="Up"/>.</summary>
    public void Down() => _isUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Up() => _isUp.TrySetResult();

    /// <summary>From here on nobody begins with something new, until <see cref="GoOn"/>.</summary>
    public void Rest() => _isAwake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void GoOn() => _isAwake.TrySetResult();

    /// <summary>Ends with the next acknowledgement.</summary>
    public Task NextAcknowledgement()
    {
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _next = next;
        return next.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>Lets everybody finish what he does.</summary>
    public async Task Stop()
    {
        await _enough.CancelAsync();
        await _work;
    }

    public void Dispose() => _enough.Dispose();

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        done.SetResult();
        return done;
    }

    private static Kind KindOf(int client) => (client % 8) switch
    {
        < 4 => Kind.Single,
        4 or 5 => Kind.Batch,
        6 => Kind.Ledger,
        _ => Kind.Bulk,
    };

    private async Task Run(int client)
    {
        var random = new Random(unchecked((seed * 1000) + client));
        var kind = KindOf(client);
        for (var number = 0; !_enough.IsCancellationRequested; number++)
        {
            await _isAwake.Task;
            var note = new Note(kind, kind switch { Kind.Single => 1, Kind.Batch => random.Next(1, 50), Kind.Ledger => random.Next(1, 10), _ => random.Next(50, 3000) });
            lock (_notes[client])
            {
                _notes[client].Add(note);
            }

            var isKept = await PostUntilAcknowledged(client, number, note, 1, random);
            if (isKept && kind is Kind.Single or Kind.Batch && random.Next(3) == 0)
            {
                await PostUntilAcknowledged(client, number, note, 2, random);
            }
        }
    }

    private async Task<bool> PostUntilAcknowledged(int client, int number, Note note, int version, Random random)
    {
        var hadNoAnswer = false;
        while (true)
        {
            lock (_notes[client])
            {
                note.Sent = version;
                // Whoever looks at the notes now must not be told that this cannot have happened.
                note.Fate = note.Fate == Fate.Acknowledged ? Fate.Acknowledged : Fate.Open;
            }

            Interlocked.Increment(ref _attempts);
            var answer = await Post(client, number, note, version);
            if (answer == Fate.Acknowledged)
            {
                lock (_notes[client])
                {
                    (note.Fate, note.Acknowledged) = (Fate.Acknowledged, version);
                }

                Interlocked.Add(ref _acknowledgedRows, note.Rows);
                _next.TrySetResult();
                return true;
            }

            hadNoAnswer |= answer == Fate.Open;
            if (random.Next(AbandonsOneIn) == 0)
            {
                lock (_notes[client])
                {
                    if (!hadNoAnswer)
                    {
                        note.Sent = note.Acknowledged;
                        note.Fate = note.Acknowledged > 0 ? Fate.Acknowledged : Fate.Refused;
                    }
                }

                return false;
            }

            await _isUp.Task;
            await Task.Delay(random.Next(1, 20));
        }
    }

    private async Task<Fate> Post(int client, int number, Note note, int version)
    {
        try
        {
            using var request = Request(client, number, note, version);
            using var answer = await http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                Check(text, note, version);
                return Fate.Acknowledged;
            }

            if (answer.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.InsufficientStorage or HttpStatusCode.TooManyRequests)
            {
                if (answer.Headers.RetryAfter is null)
                {
                    IsStrange($"{(int)answer.StatusCode} without Retry-After");
                }

                Interlocked.Increment(ref _refusals);
                // A file may be refused after some of it was stored; its problem then names the receipt.
                return note.Kind == Kind.Bulk && text.Contains("\"receipt\"", StringComparison.Ordinal) ? Fate.Open : Fate.Refused;
            }

            IsStrange($"{note.Kind}: {(int)answer.StatusCode} {text[..Math.Min(300, text.Length)]}");
            return Fate.Open;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return Fate.Open;
        }
        catch (OperationCanceledException)
        {
            IsStrange($"{note.Kind}: no answer within {http.Timeout}");
            return Fate.Open;
        }
    }

    private HttpRequestMessage Request(int client, int number, Note note, int version)
    {
        if (note.Kind == Kind.Ledger)
        {
            var entries = Enumerable.Range(1, note.Rows).Select(row => string.Create(
                CultureInfo.InvariantCulture, $$"""{"kind":"{{(row % 2 == 0 ? "cost" : "gain")}}","category":"c{{client % 5}}","amount":{{row}},"date":"2025-03-{{(number % 28) + 1:00}}","label":"{{Label(client, number)}}"}"""));
            return new HttpRequestMessage(HttpMethod.Post, $"/v1/projects/{project}/ledger") { Content = Json(entries), Headers = { { "Idempotency-Key", $"crowd-{seed}-{Label(client, number)}" } } };
        }

        // Everybody writes to the same few days: rollups are where two writers meet.
        var facts = Enumerable.Range(0, note.Rows).Select(row => string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"project":"{{project}}","kpi":"{{kpi}}","date":"2025-02-{{((number + row) % 28) + 1:00}}","numerator":{{version}},"denominator":100,"source":"{{Source}}","externalId":"{{FactId(client, number, row)}}"}"""));
        return note.Kind == Kind.Bulk
            ? new HttpRequestMessage(HttpMethod.Post, "/v1/measurements/bulk") { Content = new StringContent(string.Join('\n', facts) + "\n", Encoding.UTF8, new MediaTypeHeaderValue("application/x-ndjson")) }
            : new HttpRequestMessage(HttpMethod.Post, "/v1/measurements") { Content = Json(facts) };
    }

    private static StringContent Json(IEnumerable<string> rows) => new($"[{string.Join(',', rows)}]", Encoding.UTF8, "application/json");

    // A batch is whole: what one row of it was, all were. Bulk may have come as far as any row before.
    private void Check(string receipt, Note note, int version)
    {
        using var document = JsonDocument.Parse(receipt);
        int Count(string name) => document.RootElement.GetProperty(name).GetInt32();
        var (inserted, corrected, unchanged) = (Count("inserted"), Count("corrected"), Count("unchanged"));
        var isWhole = note.Kind == Kind.Bulk ? inserted + corrected + unchanged == note.Rows : inserted == note.Rows || corrected == note.Rows || unchanged == note.Rows;
        if (!isWhole || Count("received") != note.Rows || Count("rejected") != 0)
        {
            IsStrange($"{note.Kind} of {note.Rows}: {receipt}");
        }
        else if (version == 2 && inserted > 0)
        {
            IsStrange($"{note.Kind}: a correction of an acknowledged fact found none");
        }
        else if (version == 1 && corrected > 0)
        {
            IsStrange($"{note.Kind}: a first version corrected something");
        }
    }

    private void IsStrange(string what) => _strange.AddOrUpdate(what, 1, (_, count) => count + 1);
}
