using System.Net;
using KpiApi.Tests.Commands;
using KpiApi.Tests.Operations;
using Microsoft.Data.Sqlite;

namespace KpiApi.Tests.Durability;

/// <summary>A retry with its Idempotency-Key is safe whatever became of the process that took the first request.</summary>
public sealed class RetriedKeyTests : IDisposable
{
    private const string Ledger = "/v1/projects/p/ledger";
    private const string Entry = """{"kind":"gain","category":"margin","amount":12.5,"date":"2025-03-05"}""";

    private readonly ProgramFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [BashFact]
    public async Task A_program_that_was_killed_gives_the_same_answer_when_it_is_back()
    {
        var key = await ServedProject.Make(_folder.Database);
        var server = _folder.Start("serve", "--urls", "http://127.0.0.1:0");
        (HttpStatusCode, string, string) entry;
        (HttpStatusCode, string, string) activity;
        using (var http = ServedProject.Client(await server.Url(), key))
        {
            entry = await Send(http, Ledger, Entry, "key-1");
            activity = await Send(http, "/v1/activities", """{"code":"web","name":"Web"}""", "key-2");
            await server.Kill();
        }

        server = _folder.Start("serve", "--urls", "http://127.0.0.1:0");
        using var again = ServedProject.Client(await server.Url(), key);
        Assert.Equal(HttpStatusCode.OK, entry.Item1);
        Assert.Equal(entry, await Send(again, Ledger, Entry, "key-1"));
        Assert.Equal(HttpStatusCode.Created, activity.Item1);
        Assert.Equal(activity, await Send(again, "/v1/activities", """{"code":"web","name":"Web"}""", "key-2"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Send(again, Ledger, Entry.Replace("12.5", "13", StringComparison.Ordinal), "key-1")).Item1);
        Assert.Equal(1, Count("LedgerEntry"));
    }

    [BashFact]
    public async Task Two_processes_on_one_database_have_one_effect_between_them()
    {
        var key = await ServedProject.Make(_folder.Database);
        var servers = new[] { _folder.Start("serve", "--urls", "http://127.0.0.1:0"), _folder.Start("serve", "--urls", "http://127.0.0.1:0") };
        using var one = ServedProject.Client(await servers[0].Url(), key);
        using var other = ServedProject.Client(await servers[1].Url(), key);
        for (var round = 0; round < 5; round++)
        {
            var name = $"key-{round}";
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Task.Run(() => Send(number % 2 == 0 ? one : other, Ledger, Entry, name))));
            Assert.Equal(HttpStatusCode.OK, Assert.Single(answers.Distinct()).Item1);
            Assert.Equal(round + 1, Count("LedgerEntry"));
        }
    }

    private static async Task<(HttpStatusCode Status, string Headers, string Body)> Send(HttpClient http, string path, string body, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = ServedProject.Json(body), Headers = { { "Idempotency-Key", key } } };
        using var response = await http.SendAsync(request);
        var headers = response.Headers.Concat(response.Content.Headers)
            .Where(header => header.Key != "Date" && !header.Key.StartsWith("RateLimit", StringComparison.OrdinalIgnoreCase))
            .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}");
        // What a refusal is called in the log is its own.
        return (response.StatusCode, string.Join('\n', headers), response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync() : "");
    }

    private long Count(string table)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.Database};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The name of a table, from this file.
        command.CommandText = $"SELECT COUNT(*) FROM {table}";
#pragma warning restore CA2100
        return (long)command.ExecuteScalar()!;
    }
}
