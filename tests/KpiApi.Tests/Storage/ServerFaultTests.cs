using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Dapper;
using KpiApi.Storage;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;
using Microsoft.Data.SqlClient;

namespace KpiApi.Tests.Storage;

/// <summary>
/// A server that refuses, hangs, breaks off or fails, through its real driver: the caller is told in time, nothing is stored twice, and it goes on by itself.
/// The server is <see cref="TdsServer"/>, so these run everywhere.
/// </summary>
public partial class ServerFaultTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task Reads_and_writes_pass_through_the_driver_each_session_with_its_own_scope()
    {
        var server = await TdsServer.Start(";Max Pool Size=3");
        await using var app = await KpiApp.StartOn(server);
        var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(index => app.Organisation($"org-{index}")));
        foreach (var (index, client) in clients.Index())
        {
            await client.Post("/v1/activities", new { code = $"activity-{index}", name = "a" }, HttpStatusCode.Created);
        }

        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (request, _) =>
        {
            var activities = (await clients[request % 4].Get("/v1/activities"))["items"]!.AsArray();
            Assert.Equal($"activity-{request % 4}", (string?)Assert.Single(activities)!["code"]);
        });

        // In order: the server refuses a second scope of a session that was not reset, and nothing is asked before the first.
        foreach (var session in server.Requests.GroupBy(request => request.Session))
        {
            var first = session.First(request => request.Moment == TdsMoment.Statement).Text;
            Assert.Contains("SET XACT_ABORT ON", first, StringComparison.Ordinal);
            Assert.Contains("@read_only = @sealed", first, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_text_of_a_parameter_has_one_size_whatever_its_length()
    {
        var server = await TdsServer.Start();
        await using var app = await KpiApp.StartOn(server);
        var client = await app.Organisation();
        await Project(client);
        await client.Post("/v1/measurements", new[] { Fact("2026-01-08", "a"), Fact("2026-01-09", new string('b', 150)) }, HttpStatusCode.OK);
        await client.Get("/v1/measurements?source=api");
        await client.Post("/v1/activities", new { code = "long", name = new string('n', 200) }, HttpStatusCode.Created);
        var declared = server.Requests.SelectMany(request => TextParameter().Matches(request.Declared).Select(match => match.Groups[1].Value)).ToList();
        Assert.True(declared.Count > 50, $"{declared.Count} parameters");
        // Another size for each length would be another plan for each length.
        Assert.Empty(declared.Distinct().Except(["4000", "max"]));
    }

    [Fact]
    public async Task A_server_that_refuses_is_told_at_once_and_found_again()
    {
        var server = await TdsServer.Start();
        await using var app = await KpiApp.StartOn(server);
        var client = await app.Organisation();
        server.Stop();
        await Unavailable(() => Activity(client, "first"), TimeSpan.FromSeconds(10));
        await Down(app, client);
        server.Restart();
        await Recovers(client, "second");
        Assert.Equal(1, await Count(server, "SELECT COUNT(*) FROM Activity"));
    }

    [Fact]
    public async Task A_server_that_hangs_ties_up_nobody_and_is_found_again()
    {
        var server = await TdsServer.Start();
        await using var app = await KpiApp.StartOn(server);
        var client = await app.Organisation();
        await Activity(client, "before");
        server.Faults = (moment, _) => new TdsFault.Silence(moment == TdsMoment.Connect);
        // Who comes first waits for a while, and for nothing when it is known.
        var threads = ThreadPool.ThreadCount;
        var crowd = Enumerable.Range(0, 200).Select(_ => Unavailable(() => client.Http.GetAsync("/v1/activities"), TimeSpan.FromSeconds(20))).ToList();
        await Task.Delay(500);
        Assert.Equal("live", (string?)(await client.Get("/health/live"))["status"]);
        await Task.WhenAll(crowd);
        Assert.InRange(ThreadPool.ThreadCount, 0, threads + 40);
        await Down(app, client);
        server.Faults = (_, _) => null;
        await Recovers(client, "after");
    }

    [Fact]
    public async Task A_crowd_shares_the_connections_there_are_and_asks_the_server_for_no_more()
    {
        var server = await TdsServer.Start(";Max Pool Size=2;Connect Timeout=30");
        await using var app = await KpiApp.StartOn(server);
        var client = await app.Organisation();
        await Activity(client, "one");
        var connects = 0;
        server.Faults = (moment, text) =>
        {
            Interlocked.Add(ref connects, moment == TdsMoment.Connect ? 1 : 0);
            return moment == TdsMoment.Statement && text.Contains("FROM Activity", StringComparison.Ordinal) ? new TdsFault.Slow(TimeSpan.FromMilliseconds(20)) : null;
        };
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => client.Get("/v1/activities")));
        // Two of the pool and two of the probe; the crowd would be seen as hundreds.
        Assert.InRange(connects, 0, 4);
    }

    [Fact]
    public async Task A_server_that_answers_others_is_not_gone_because_the_probe_is_late()
    {
        var server = await TdsServer.Start();
        await using var app = await KpiApp.StartOn(server);
        var client = await app.Organisation();
        await Activity(client, "one");
        server.Faults = (_, text) => text.Contains("FROM SchemaJournal", StringComparison.Ordinal) ? new TdsFault.Silence()
            : text.Contains("FROM Kpi", StringComparison.Ordinal) ? new TdsFault.Slow(TimeSpan.FromSeconds(6))
            : null;
        // It waits so long that the program asks for the server.
        var slow = client.Http.GetAsync("/v1/kpis");
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(5); await Task.Delay(50))
        {
            await client.Get("/v1/activities");
        }

        // Nothing shows that it can be written.
        await Unavailable(() => Activity(client, "two"), TimeSpan.FromSeconds(2));
        using var answer = await slow;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        server.Faults = (_, _) => null;
        await Recovers(client, "three");
    }

    [Theory]
    [InlineData("before")]
    [InlineData("after")]
    [InlineData("late")]
    public async Task A_COMMIT_whose_answer_is_lost_is_looked_up_and_nothing_doubles(string moment)
    {
        var server = await TdsServer.Start();
        await using var app = await KpiApp.StartOn(server);
        var client = await app.Organisation();
        await Project(client);
        TdsFault fault = moment switch { "before" => new TdsFault.Reset(false), "after" => new TdsFault.Reset(true), _ => new TdsFault.Late(TimeSpan.FromMilliseconds(700)) };
        async Task Faulty(Func<Task> request)
        {
            server.Fail(1, fault, (at, _) => at == TdsMoment.Commit);
            await request();
            server.Faults = (_, _) => null;
        }

        // None of these could be told apart from a second wish by what it says.
        await Faulty(() => client.Post("/v1/activities", new { code = "once", name = "a" }, HttpStatusCode.Created));
        await Faulty(() => client.Post("/v1/api-keys", new { role = "reader", name = "once" }, HttpStatusCode.Created));
        await Faulty(() => client.Post("/v1/projects/crm/ledger", new { kind = "cost", category = "c", amount = 12.5, date = "2026-01-10" }, HttpStatusCode.OK, "key-1"));
        await Faulty(async () => Assert.Equal(1, (int)(await client.Post("/v1/measurements", new[] { Fact("2026-01-08", "a") }, HttpStatusCode.OK))["inserted"]!));
        Assert.Equal(1, await Count(server, "SELECT COUNT(*) FROM Activity WHERE Code = 'once'"));
        Assert.Equal(1, await Count(server, "SELECT COUNT(*) FROM ApiKey WHERE Name = 'once'"));
        Assert.Equal(1, await Count(server, "SELECT COUNT(*) FROM LedgerEntry"));
        Assert.Equal(1, await Count(server, "SELECT COUNT(*) FROM Measurement"));
        Assert.Equal(10_000_000, await Count(server, "SELECT SUM(Denominator) FROM KpiDayTotal"));
        Assert.Equal(0, await Count(server, "SELECT COUNT(*) FROM MeasurementHistory"));
    }

    [Fact]
    public async Task Connections_that_broke_while_nobody_used_them_are_replaced_unseen()
    {
        var server = await TdsServer.Start();
        await using var app = await KpiApp.StartOn(server);
        var client = await app.Organisation();
        for (var turn = 0; turn < 3; turn++)
        {
            server.Cut();
            Assert.Equal(HttpStatusCode.Created, (await Activity(client, $"a{turn}")).StatusCode);
            server.Cut();
            await client.Get("/v1/activities");
        }

        Assert.Equal(3, await Count(server, "SELECT COUNT(*) FROM Activity"));
    }

    [Theory]
    [InlineData(1205, 13)]
    [InlineData(3960, 16)]
    [InlineData(40613, 17)]
    [InlineData(4060, 11)]
    [InlineData(40501, 20)]
    public async Task A_passing_error_is_tried_again_as_a_whole_and_a_lasting_one_is_503(int number, byte severity)
    {
        var server = await TdsServer.Start();
        await using var app = await KpiApp.StartOn(server);
        var client = await app.Organisation();
        var fault = new TdsFault.Error(number, severity);
        static bool AtInsert(TdsMoment moment, string text) => moment == TdsMoment.Statement && text.StartsWith("INSERT INTO Activity", StringComparison.Ordinal);
        server.Fail(2, fault, AtInsert);
        Assert.Equal(HttpStatusCode.Created, (await Activity(client, "passing")).StatusCode);
        server.Fail(int.MaxValue, fault, AtInsert);
        await Unavailable(() => Activity(client, "lasting"), TimeSpan.FromSeconds(3));
        server.Faults = (_, _) => null;
        // The rest of the server works, and is not taken away with it.
        Assert.Equal(HttpStatusCode.Created, (await Activity(client, "later")).StatusCode);
        Assert.Equal(2, await Count(server, "SELECT COUNT(*) FROM Activity"));
    }

    [Theory]
    [InlineData(40613, 20)]
    [InlineData(4060, 11)]
    [InlineData(18401, 14)]
    public async Task A_login_that_is_refused_while_the_database_moves_is_tried_again(int number, byte severity)
    {
        var server = await TdsServer.Start(";Pooling=False");
        await using var app = await KpiApp.StartOn(server);
        var client = await app.Organisation();
        server.Fail(2, new TdsFault.Error(number, severity), (moment, _) => moment == TdsMoment.Login);
        Assert.Equal(HttpStatusCode.Created, (await Activity(client, "passing")).StatusCode);
        server.Fail(int.MaxValue, new TdsFault.Error(number, severity), (moment, _) => moment == TdsMoment.Login);
        await Unavailable(() => Activity(client, "lasting"), TimeSpan.FromSeconds(3));
        await Down(app, client);
        server.Faults = (_, _) => null;
        await Recovers(client, "later");
    }

    [Fact]
    public async Task A_statement_that_takes_too_long_is_given_up_on_the_server_too()
    {
        var server = await TdsServer.Start(";Command Timeout=1");
        await using var app = await KpiApp.StartOn(server);
        var client = await app.Organisation();
        static bool AtInsert(TdsMoment moment, string text) => moment == TdsMoment.Statement && text.StartsWith("INSERT INTO Activity", StringComparison.Ordinal);
        server.Fail(1, new TdsFault.Silence(), AtInsert);
        Assert.Equal(HttpStatusCode.Created, (await Activity(client, "passing")).StatusCode);
        server.Fail(int.MaxValue, new TdsFault.Silence(), AtInsert);
        await Unavailable(() => Activity(client, "lasting"), TimeSpan.FromSeconds(8));
        server.Faults = (_, _) => null;
        Assert.Equal(HttpStatusCode.Created, (await Activity(client, "later")).StatusCode);
        Assert.Equal(2, await Count(server, "SELECT COUNT(*) FROM Activity"));
        Assert.True(server.Attentions >= 2, $"{server.Attentions} attentions");
    }

    [Theory]
    [InlineData("INSERT INTO Activity")]
    [InlineData("FROM Activity")]
    public async Task A_request_that_takes_longer_than_any_may_is_given_up_with_one_answer(string statement)
    {
        var server = await TdsServer.Start();
        await using var app = await KpiApp.StartOn(server, "--Limits:RequestSeconds=1");
        var client = await app.Organisation();
        await Activity(client, "before");
        server.Faults = (moment, text) => moment == TdsMoment.Statement && text.Contains(statement, StringComparison.Ordinal) ? new TdsFault.Slow(TimeSpan.FromSeconds(3)) : null;
        using var answer = await (statement.StartsWith("INSERT", StringComparison.Ordinal) ? Activity(client, "late") : client.Http.GetAsync("/v1/activities"));
        var problem = await Problems.Of(answer, 503, "unavailable");
        Assert.Equal("The request took too long and was given up.", (string?)problem["detail"]);
        server.Faults = (_, _) => null;
        Assert.Single((await client.Get("/v1/activities"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_request_that_is_given_up_frees_the_server()
    {
        await using var server = await TdsServer.Start(";Max Pool Size=1");
        using var database = new Database(server.Dialect(), TimeProvider.System);
        using var given = new CancellationTokenSource();
        var watch = new Stopwatch();
        server.Fail(1, new TdsFault.Silence(), (_, text) =>
        {
            // Not before the statement is there: to connect may take longer than that.
            var isAsked = text.Contains("FROM Activity", StringComparison.Ordinal);
            if (isAsked)
            {
                watch.Start();
                given.CancelAfter(TimeSpan.FromMilliseconds(300));
            }

            return isAsked;
        });
        const string Sql = "SELECT COUNT(*) FROM Activity";
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => database.Read(Scope.None, session => session.Single<long>(Sql), given.Token));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"given up after {watch.Elapsed}");
        Assert.Equal(1, server.Attentions);
        // On the one connection there is.
        Assert.Equal(0, await database.Read(Scope.None, session => session.Single<long>(Sql), CancellationToken.None));
    }

    [Fact]
    public async Task Whole_tables_come_from_the_copy_that_only_reads_and_all_else_from_the_database_itself()
    {
        await using var copy = await TdsServer.Start();
        var server = await TdsServer.Start();
        await using var app = await KpiApp.StartOn(server, $"--ConnectionStrings:KpiReadOnly={copy.ConnectionString()}");
        var client = await app.Organisation();
        await client.Post("/v1/activities", new { code = "a", name = "a" }, HttpStatusCode.Created);
        Assert.Single((await client.Get("/v1/activities"))["items"]!.AsArray());
        Assert.Empty(copy.Requests);
        // The copy has not heard of it yet.
        Assert.Empty((await client.Get("/v1/feeds/activities")).AsArray());
        Assert.Equal("ReadOnly", copy.Requests.First(request => request.Moment == TdsMoment.Login).Text);
        Assert.DoesNotContain(copy.Requests, request => request.Text.StartsWith("INSERT", StringComparison.Ordinal) || request.Text.Contains("FROM ApiKey", StringComparison.Ordinal));
        Assert.Equal("ReadWrite", server.Requests.First(request => request.Moment == TdsMoment.Login).Text);
    }

    [Theory]
    [InlineData("Server=s;Database=d;Authentication=Active Directory Managed Identity", true)]
    [InlineData("Server=s;Database=d;Authentication=Active Directory Workload Identity;User ID=11111111-1111-1111-1111-111111111111", true)]
    [InlineData("Server=s;Database=d;Authentication=Active Directory Default", true)]
    [InlineData("Server=s;Database=d;User ID=u;Password=p", false)]
    public void Entra_ID_signs_in_by_a_token_and_the_driver_sees_no_way_of_its_own(string text, bool byToken)
    {
        var connection = new SqlConnectionStringBuilder(text);
        var callback = EntraId.Callback("ConnectionStrings:Kpi", connection);
        Assert.Equal(byToken, callback is not null);
        Assert.Equal(SqlAuthenticationMethod.NotSpecified, connection.Authentication);
        Assert.Equal(!byToken, connection.UserID.Length > 0);
        using var unopened = new SqlConnection(connection.ToString()) { AccessTokenCallback = callback };
        Assert.Equal("d", unopened.Database);
    }

    [Fact]
    public void A_way_to_sign_in_that_needs_a_person_is_refused_by_name()
    {
        var refused = Assert.Throws<ConfigurationException>(() => KpiApi.Storage.Dialect.For("sqlserver", "Server=s;Database=d;Authentication=Active Directory Interactive"));
        Assert.StartsWith("ConnectionStrings:Kpi: Authentication must be ", refused.Message, StringComparison.Ordinal);
    }

    private static async Task Project(KpiClient client)
    {
        await client.Post("/v1/activities", new { code = "sales", name = "Sales" }, HttpStatusCode.Created);
        await client.Post("/v1/projects", new { code = "crm", name = "CRM", activity = "sales", startsOn = "2026-01-05", currency = "EUR" }, HttpStatusCode.Created);
        await client.Post("/v1/projects/crm/kpis", new { kpi = "quote-to-order-rate", purpose = "Follow up every quote" }, HttpStatusCode.Created);
    }

    private static object Fact(string date, string externalId) => new { project = "crm", kpi = "quote-to-order-rate", date, numerator = 3, denominator = 10, externalId };

    private static Task<HttpResponseMessage> Activity(KpiClient client, string code) => client.Send(HttpMethod.Post, "/v1/activities", new { code, name = "a" });

    private static async Task Unavailable(Func<Task<HttpResponseMessage>> send, TimeSpan within)
    {
        var watch = Stopwatch.StartNew();
        using var answer = await send();
        Assert.True(watch.Elapsed < within, $"refused after {watch.Elapsed}");
        await Problems.Of(answer, 503, "unavailable");
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    /// <summary>It is known: /ready says so, /live says what it always says, and callers are told without waiting. The program takes a second; machines of tests may take longer.</summary>
    private static async Task Down(KpiApp app, KpiClient client)
    {
        using var http = app.Anonymous();
        await Unavailable(() => http.GetAsync("/health/ready"), TimeSpan.FromSeconds(5));
        Assert.Equal("""{"status":"live"}""", await http.GetStringAsync("/health/live"));
        await Task.WhenAll(Enumerable.Range(0, 50).Select(index => Unavailable(() => index % 2 == 0 ? Activity(client, "down") : client.Http.GetAsync("/v1/activities"), TimeSpan.FromSeconds(5))));
    }

    /// <summary>By itself: nobody asks but the callers.</summary>
    private static async Task Recovers(KpiClient client, string code)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(100))
        {
            using var answer = await Activity(client, code);
            if (answer.StatusCode == HttpStatusCode.Created)
            {
                return;
            }

            Assert.True(watch.Elapsed < Soon, $"not back after {watch.Elapsed}");
        }
    }

    private static async Task<long> Count(TdsServer server, string sql)
    {
        await using var connection = await server.Open();
        return await connection.ExecuteScalarAsync<long>(sql);
    }

    [GeneratedRegex(@"@\w+ n?varchar\((\w+)\)")]
    private static partial Regex TextParameter();
}
