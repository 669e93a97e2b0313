using System.Globalization;
using System.Text;
using KpiApi.Commands;
using KpiApi.Tests.Imports;
using KpiApi.Tests.Support;
using Microsoft.Data.Sqlite;

namespace KpiApi.Tests.Commands;

/// <summary>The command that sends a file: it gets there over a bad network, once, and every bad line is shown to whoever exported it.</summary>
public class FileImportTests
{
    private const string Busy = """
        HTTP/1.1 503 Service Unavailable
        Content-Type: application/problem+json
        Retry-After: 0
        Content-Length: 35
        Connection: close

        {"detail":"Too many writes wait."} 
        """;

    [Fact]
    public async Task A_French_export_is_stored_and_its_bad_lines_are_shown()
    {
        await using var server = await Shop();
        var file = server.Write("commandes.csv", Exports.French);
        var run = await Run(Order(server, file) with { Profile = "erp" });
        Assert.Equal(FileImport.SomeRefused, run.Code);
        var id = (string)(await server.Client.Get("/v1/receipts"))["items"]![0]!["id"]!;
        Assert.Equal(
            $"""
            14 rows of commandes.csv: 10 new, 0 corrected, 0 unchanged, 4 refused.
            1 lines were passed over, as the profile says.
            Receipt {id}: {server.Url}/v1/receipts/{id}

            line 7, column 2: date is not a date in the form dd/MM/yyyy.
                C-5;32/12/2025;Faute de frappe;10,00;
            line 8, column 4: value must be a number in the form of the profile: 1 234,5.
                C-6;31/12/2025;Autre faute;1 23,45;
            line 9, column 4: value is required.
                C-7;31/12/2025;À compter, sans montant;;

            """.ReplaceLineEndings(),
            run.Output);

        var dry = await Run(Order(server, file) with { Profile = "erp", IsDryRun = true });
        Assert.StartsWith("14 rows of commandes.csv would be: 0 new, 0 corrected, 10 unchanged, 4 refused. Nothing was stored.", dry.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Receipt", dry.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_is_filled_by_profile_and_project()
    {
        await using var server = await Shop();
        var order = Order(server, server.Write("fec.txt", Exports.Western(Exports.Fec))) with { Profile = "fec" };
        Assert.Contains("--project", (await Assert.ThrowsAsync<ImportException>(() => Run(order))).Message, StringComparison.Ordinal);
        Assert.Contains("--project", (await Assert.ThrowsAsync<ImportException>(() => Run(order with { Profile = "erp", Project = "site" }))).Message, StringComparison.Ordinal);
        Assert.Contains("There is no such project", (await Assert.ThrowsAsync<ImportException>(() => Run(order with { Project = "absent" }))).Message, StringComparison.Ordinal);
        Assert.Contains("no import profile 'none'", (await Assert.ThrowsAsync<ImportException>(() => Run(order with { Profile = "none" }))).Message, StringComparison.Ordinal);
        var run = await Run(order with { Project = "site" });
        Assert.Equal(0, run.Code);
        Assert.StartsWith("4 rows of fec.txt: 4 new, 0 corrected, 0 unchanged, 0 refused.", run.Output, StringComparison.Ordinal);
        Assert.Equal(900, (double)(await server.Client.Get("/v1/projects/site/roi"))["gain"]!);
    }

    [Theory]
    [InlineData("facts.ndjson", false)]
    [InlineData("facts.jsonl.gz", true)]
    public async Task Without_a_profile_the_name_of_the_file_tells_what_it_is(string name, bool isZipped)
    {
        await using var server = await Shop();
        var lines = Files.Lines([Fact(1), "{", Fact(2)]);
        var run = await Run(Order(server, server.Write(name, isZipped ? Files.Gzip(lines) : lines)));
        Assert.Equal(FileImport.SomeRefused, run.Code);
        Assert.StartsWith($"3 rows of {name}: 2 new", run.Output, StringComparison.Ordinal);
        Assert.EndsWith($"    {{{Environment.NewLine}", run.Output, StringComparison.Ordinal);

        var csv = server.Write("facts.csv", Encoding.UTF8.GetBytes("project,kpi,date,value,externalId\nsite,orders,2026-01-03,1,f-3\n"));
        Assert.Equal(0, (await Run(Order(server, csv) with { Url = server.Url + "/v1/" })).Code);
        Assert.Equal(3, await Count(server));
    }

    [Fact]
    public async Task All_or_none_shows_the_bad_lines_and_stores_nothing()
    {
        await using var server = await Shop();
        var file = server.Write("facts.ndjson", Files.Lines([Fact(1), """{"project":"site","kpi":"orders","date":"2027-01-01","value":1,"note":"\u001b[31mred"}""".Replace("\\u001b", "\u001b", StringComparison.Ordinal), Fact(2)]));
        var run = await Run(Order(server, file) with { IsAtomic = true });
        Assert.Equal(FileImport.SomeRefused, run.Code);
        Assert.Contains("Nothing was stored.", run.Output, StringComparison.Ordinal);
        Assert.Contains("line 2", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", run.Output, StringComparison.Ordinal);
        Assert.Equal(0, await Count(server));
    }

    [Fact]
    public async Task It_gets_there_over_a_network_that_fails_and_nothing_is_doubled()
    {
        await using var server = await Shop();
        using var network = new BadNetwork(server.Url);
        network.Refuse().Answer(Busy).Cut(100).Pass().Answer(Busy).Refuse().Cut(150_000).Cut(400_000).LoseAnswer();
        var run = await Run(Order(server, server.Write("facts.csv", Csv(6_000))) with { Profile = "plain", Url = network.Url }, hasTerminal: true);
        Assert.True(run.Code == 0, run.Output + run.Messages);
        Assert.StartsWith("6,000 rows of facts.csv: 0 new, 0 corrected, 6,000 unchanged, 0 refused.", run.Output, StringComparison.Ordinal);
        Assert.Equal(6_000, await Count(server));
        Assert.Contains("Too many writes wait. Again in 0 s (2 of 20); nothing is doubled.", run.Messages, StringComparison.Ordinal);
        Assert.Contains("[##############################] 100 %  ", run.Messages, StringComparison.Ordinal);
        await using var connection = new SqliteConnection($"Data Source={server.DatabaseFile};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync();
        Assert.Equal(0, Recount.Differences(connection));
    }

    [Fact]
    public async Task What_will_not_pass_is_told_at_once_and_what_does_not_pass_is_given_up()
    {
        await using var server = await Shop();
        var file = server.Write("facts.csv", Csv(10));
        using (var network = new BadNetwork(server.Url))
        {
            var wrong = await Assert.ThrowsAsync<ImportException>(() => Run(Order(server, file) with { Profile = "plain", Url = network.Url, Key = "kpi_no_key" }));
            Assert.Contains("401", wrong.Message, StringComparison.Ordinal);
            Assert.Equal(1, network.Connections);
        }

        using (var network = new BadNetwork(server.Url))
        {
            network.Hang().Hang().Refuse();
            var givenUp = await Assert.ThrowsAsync<ImportException>(() => Run(Order(server, file) with { Url = network.Url, Retries = 2 }, patience: 1));
            Assert.EndsWith("Given up after 3 attempts.", givenUp.Message, StringComparison.Ordinal);
            Assert.Equal(3, network.Connections);
        }

        using (var network = new BadNetwork(server.Url))
        {
            network.Answer("HTTP/1.1 301 Moved Permanently\nLocation: https://kpi.example.com/v1\nContent-Length: 0\nConnection: close");
            Assert.Contains("https://kpi.example.com/v1", (await Assert.ThrowsAsync<ImportException>(() => Run(Order(server, file) with { Profile = "plain", Url = network.Url }))).Message, StringComparison.Ordinal);
            network.Answer("HTTP/1.1 200 OK\nContent-Length: 5\nConnection: close\n\nhello");
            Assert.Contains("no receipt", (await Assert.ThrowsAsync<ImportException>(() => Run(Order(server, file) with { Url = network.Url }))).Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, await Count(server));
        var bad = await Assert.ThrowsAsync<ImportException>(() => Run(Order(server, server.Write("other.csv", "a,b\n1,2\n"u8.ToArray()))));
        Assert.Contains("'a', is not one of", bad.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_breaks_off_later_names_the_receipt_of_what_is_stored()
    {
        await using var server = await Shop();
        var file = server.Write("facts.ndjson", Files.Lines([.. Enumerable.Range(0, 1_500).Select(Fact), new string(' ', 70_000) + "x"]));
        var failure = await Assert.ThrowsAsync<ImportException>(() => Run(Order(server, file)));
        Assert.Matches(@"Line 1501 has more than 65536 bytes\. What came before was stored, and the receipt counts it\. Receipt [0-9a-f]{20}: http", failure.Message);
        Assert.Equal(1_000, await Count(server));
    }

    [Fact]
    public async Task The_program_tells_it_in_its_exit_code_and_keeps_the_key_to_itself()
    {
        await using var server = await Shop();
        using var folder = new ProgramFolder();
        var good = server.Write("facts.csv", Csv(10));
        var run = await folder.Run("import", good, "--profile", "plain", "--url", server.Url, "--key", server.Key);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.StartsWith("10 rows of facts.csv: 10 new", run.Output, StringComparison.Ordinal);
        run = await folder.Run("import", server.Write("erp.csv", Exports.French), "--profile", "erp", "--url", server.Url, "--key", server.Key, "--dry-run");
        Assert.Equal((FileImport.SomeRefused, ""), (run.Code, run.Error));
        run = await folder.Run("import", good, "--profile", "none", "--url", server.Url, "--key", server.Key);
        Assert.Equal((1, ""), (run.Code, run.Output));
        Assert.DoesNotContain(server.Key, run.Error, StringComparison.Ordinal);
        // It needs no database of its own.
        Assert.False(File.Exists(folder.Database));
    }

    private static ImportOrder Order(LiveServer server, string file) => new(file, server.Url, server.Key) { Retries = 20 };

    private static async Task<(int Code, string Output, string Messages)> Run(ImportOrder order, bool hasTerminal = false, int patience = 60)
    {
        await using var output = new StringWriter();
        await using var messages = new StringWriter();
        using var import = new FileImport(order, output, messages, hasTerminal) { FirstWait = TimeSpan.FromMilliseconds(1), Patience = TimeSpan.FromSeconds(patience) };
        return (await import.Run(CancellationToken.None), output.ToString(), messages.ToString());
    }

    private static object Fact(int row) => new { project = "site", kpi = "orders", date = Day(row), value = row, externalId = $"f-{row}" };

    private static byte[] Csv(int rows) =>
        Encoding.UTF8.GetBytes("Jour;Numéro;Montant;Remarque\n" + string.Concat(Enumerable.Range(0, rows).Select(row => string.Create(CultureInfo.InvariantCulture, $"{Day(row)};{row};{row};{new string('x', 70)}\n"))));

    private static string Day(int row) => new DateOnly(2025, 1, 1).AddDays(row % 365).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static async Task<long> Count(LiveServer server)
    {
        await using var connection = new SqliteConnection($"Data Source={server.DatabaseFile};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM Measurement";
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<LiveServer> Shop()
    {
        var server = await LiveServer.Start();
        await server.Site();
        await server.Client.Put("/v1/import-profiles/erp", Exports.FrenchProfile());
        await server.Client.Put("/v1/import-profiles/plain", new
        {
            target = "measurements",
            separator = ";",
            rows = new[] { new { project = new { constant = "site" }, kpi = new { constant = "orders" }, date = new { column = "Jour" }, value = new { column = "Montant" }, externalId = new { column = "Numéro" } } },
        });
        return server;
    }
}
