using System.Globalization;
using System.Text.Json;
using Dapper;
using KpiApi.Tests.Support;
using Microsoft.Data.Sqlite;

namespace KpiApi.Tests.Durability;

/// <summary>What a database keeps, compared with what its clients were told.</summary>
internal sealed record Verdict
{
    /// <summary>Rows of acknowledged requests, each version of a fact counted.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Acknowledged rows that are not there, or in an older state, or whose history is shorter than it was.</summary>
    public long Lost { get; private set; }

    /// <summary>Rows that are there more often than they were posted.</summary>
    public long Doubled { get; private set; }

    /// <summary>Batches of which some rows are there and others not, or in another state.</summary>
    public long Partial { get; private set; }

    /// <summary>Rows that were refused, or that nobody posted.</summary>
    public long Unexplained { get; private set; }

    /// <summary>Rollup rows that differ from a recount.</summary>
    public long WrongRollups { get; private set; }

    /// <summary>Rows of the feed that are not those of the table.</summary>
    public long WrongFeed { get; private set; }

    /// <summary>What the engine says of its own file; "ok" if nothing is wrong.</summary>
    public string Integrity { get; private set; } = "ok";

    /// <summary>Answers that should not have been given.</summary>
    public IReadOnlyDictionary<string, int> Strange { get; private set; } = new Dictionary<string, int>();

    public bool IsClean => Lost + Doubled + Partial + Unexplained + WrongRollups + WrongFeed == 0 && Integrity == "ok" && Strange.Count == 0;

    /// <param name="file">The database.</param>
    /// <param name="notes">What the clients know, no later than the state of the file.</param>
    /// <param name="crowd">Who they are.</param>
    /// <param name="http">A reader of the program on that file; null when none runs.</param>
    public static async Task<Verdict> Of(string file, IReadOnlyList<IReadOnlyList<Note>> notes, Crowd crowd, HttpClient? http)
    {
        var verdict = new Verdict { Strange = crowd.Strange };
        await using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync();
        verdict.Facts(connection, notes);
        verdict.Entries(connection, notes);
        verdict.Acknowledged = notes.Sum(client => client.Sum(note => (long)note.Rows * note.Acknowledged));
        verdict.WrongRollups = Recount.Differences(connection);
        verdict.Integrity = string.Join("; ", connection.Query<string>("PRAGMA integrity_check(5)"));
        if (connection.Query("PRAGMA foreign_key_check").Any())
        {
            verdict.Integrity += "; a foreign key leads nowhere";
        }

        if (http is not null)
        {
            verdict.WrongFeed = await CompareFeed(connection, http);
        }

        return verdict;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Acknowledged} rows acknowledged, {Lost} lost, {Doubled} doubled, {Partial} partial batches, {Unexplained} unexplained, {WrongRollups} wrong rollups, {WrongFeed} wrong rows of the feed, integrity {Integrity}; strange: {(Strange.Count == 0 ? "nothing" : string.Join(" | ", Strange.Take(10).Select(pair => $"{pair.Value} × {pair.Key}")))}");

    private void Facts(SqliteConnection connection, IReadOnlyList<IReadOnlyList<Note>> notes)
    {
        // By client and number: rows found, the lowest and highest version, and earlier states kept.
        var found = notes.Select(client => new Found[client.Count]).ToArray();
        const string Sql = """
            SELECT m.ExternalId, m.Numerator / 1000000 AS Version, (SELECT COUNT(*) FROM MeasurementHistory h WHERE h.MeasurementId = m.MeasurementId) AS Earlier
            FROM Measurement m
            WHERE m.Source = @source
            """;
        foreach (var row in connection.Query<FactRow>(Sql, new { source = Crowd.Source }, buffered: false))
        {
            var parts = row.ExternalId.Split('-');
            var (client, number, index) = (int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture));
            if (client >= notes.Count || number >= notes[client].Count || index >= notes[client][number].Rows)
            {
                Unexplained++;
                continue;
            }

            ref var sum = ref found[client][number];
            sum.Rows++;
            sum.Least = sum.Rows == 1 ? row.Version : Math.Min(sum.Least, row.Version);
            sum.Most = Math.Max(sum.Most, row.Version);
            sum.WrongHistory += row.Earlier == row.Version - 1 ? 0 : 1;
            sum.Lost += row.Version < notes[client][number].Acknowledged ? 1 : 0;
        }

        foreach (var (client, number) in notes.SelectMany((client, index) => client.Select((_, number) => (index, number))))
        {
            var note = notes[client][number];
            if (note.Kind == Kind.Ledger)
            {
                continue;
            }

            var state = found[client][number];
            Lost += state.Lost + state.WrongHistory + (note.Acknowledged > 0 ? note.Rows - state.Rows : 0);
            Partial += note.Kind != Kind.Bulk && state.Rows > 0 && (state.Rows != note.Rows || state.Least != state.Most) ? 1 : 0;
            Unexplained += note.Fate == Fate.Refused ? state.Rows : state.Most > note.Sent ? 1 : 0;
        }
    }

    private void Entries(SqliteConnection connection, IReadOnlyList<IReadOnlyList<Note>> notes)
    {
        var found = connection.Query<LabelRow>("SELECT Label, COUNT(*) AS Entries, SUM(Amount) AS Amount FROM LedgerEntry GROUP BY Label").ToDictionary(row => row.Label);
        foreach (var (client, number) in notes.SelectMany((client, index) => client.Select((_, number) => (index, number))).Where(place => notes[place.index][place.number].Kind == Kind.Ledger))
        {
            var note = notes[client][number];
            found.Remove(Crowd.Label(client, number), out var row);
            var entries = row?.Entries ?? 0;
            Doubled += Math.Max(0, entries - note.Rows);
            Lost += note.Acknowledged > 0 ? Math.Max(0, note.Rows - entries) : 0;
            Partial += entries != 0 && (entries % note.Rows != 0 || row!.Amount != entries / note.Rows * (note.Rows * (note.Rows + 1) / 2) * 10_000) ? 1 : 0;
            Unexplained += note.Fate == Fate.Refused ? entries : 0;
        }

        Unexplained += found.Values.Sum(row => row.Entries);
    }

    private static async Task<long> CompareFeed(SqliteConnection connection, HttpClient http)
    {
        var wrong = 0L;
        using var answer = await http.GetAsync("/v1/feeds/measurements?format=ndjson&select=ExternalId,Numerator", HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        foreach (var row in connection.Query<FactRow>("SELECT ExternalId, Numerator / 1000000 AS Version FROM Measurement ORDER BY MeasurementId", buffered: false))
        {
            if (await lines.ReadLineAsync() is not { } line)
            {
                wrong++;
                continue;
            }

            using var document = JsonDocument.Parse(line);
            wrong += document.RootElement.GetProperty("ExternalId").GetString() == row.ExternalId && document.RootElement.GetProperty("Numerator").GetDouble() == row.Version ? 0 : 1;
        }

        while (await lines.ReadLineAsync() is { Length: > 0 })
        {
            wrong++;
        }

        return wrong;
    }

    private struct Found
    {
        public int Rows;
        public long Least;
        public long Most;
        public int WrongHistory;
        public int Lost;
    }

    private sealed record FactRow
    {
        public string ExternalId { get; init; } = "";

        public long Version { get; init; }

        public long Earlier { get; init; }
    }

    private sealed record LabelRow
    {
        public string Label { get; init; } = "";

        public long Entries { get; init; }

        public long Amount { get; init; }
    }
}
