using System.Text.Json;
using Dapper;
using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Measurements;
using KpiApi.Storage;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace KpiApi.Tests.Measurements;

/// <summary>Facts that share a COMMIT share what they look up and the totals too, and nobody can tell: neither who comes between them, nor who fails beside them.</summary>
public sealed class SharedCommitTests : IAsyncLifetime
{
    private KpiApp _app = null!;
    private Caller _acme = null!;
    private Caller _other = null!;

    public async Task InitializeAsync()
    {
        _app = await KpiApp.StartOnFile("2026-02-02");
        _acme = await Site("acme");
        _other = await Site("other");
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task The_totals_of_a_day_are_not_brought_up_for_each()
    {
        await Post(_acme, Fact("2026-01-20", 1, "first"));
        await using var side = await _app.Stored.Open();
        await side.ExecuteAsync(
            """
            CREATE TABLE Touch (What TEXT NOT NULL) STRICT;
            CREATE TRIGGER TouchDay AFTER UPDATE ON KpiDayTotal BEGIN INSERT INTO Touch (What) VALUES ('day'); END;
            CREATE TRIGGER TouchSource AFTER UPDATE ON SourceDayTotal BEGIN INSERT INTO Touch (What) VALUES ('source'); END;
            CREATE TRIGGER TouchOrganisation AFTER UPDATE ON Organisation BEGIN INSERT INTO Touch (What) VALUES ('organisation'); END;
            """);
        await Together(() => Enumerable.Range(0, 50).Select(id => Post(_acme, Fact("2026-01-20", 2, $"id-{id}"))));
        // A group ends after some milliseconds, so on a slow machine they may be in several.
        var touched = (await side.QueryAsync<(string What, int Times)>("SELECT What, COUNT(*) FROM Touch GROUP BY What")).ToDictionary(row => row.What, row => row.Times);
        Assert.Equal(["day", "organisation", "source"], touched.Keys.Order(StringComparer.Ordinal));
        Assert.All(touched.Values, times => Assert.InRange(times, 1, 25));
        Assert.Equal("101000000/51", await side.ExecuteScalarAsync<string>("SELECT Numerator || '/' || FactCount FROM KpiDayTotal"));
        AssertRecount();
    }

    [Fact]
    public async Task The_one_that_takes_a_total_out_of_range_is_refused_and_no_other()
    {
        // 9,223 times a thousand million, in millionths: one more is beyond 64 bits.
        foreach (var (from, count) in new[] { (0, 5000), (5000, 4223) })
        {
            await Post(_acme, Enumerable.Range(from, count).Select(id => Fact("2026-01-20", 1_000_000_000, $"id-{id}")).ToArray());
        }

        var posts = new List<Task<Receipt>>();
        await Together(() => posts =
        [
            Post(_acme, Fact("2026-01-20", 1, "before")),
            Post(_acme, Fact("2026-01-20", 1_000_000_000, "too-much")),
            Post(_acme, Fact("2026-01-21", 1_000_000_000, "another day")),
            Post(_other, Fact("2026-01-20", 1_000_000_000, "another organisation")),
            Post(_acme, Fact("2026-01-20", 1, "after")),
        ]);
        Assert.Equal([false, true, false, false, false], posts.Select(post => post.IsFaulted));
        await Assert.ThrowsAsync<TotalOutOfRangeException>(() => posts[1]);
        await using var side = await _app.Stored.Open();
        Assert.Equal("before another day another organisation after", await side.ExecuteScalarAsync<string>(
            "SELECT GROUP_CONCAT(ExternalId, ' ') FROM (SELECT ExternalId FROM Measurement WHERE ExternalId NOT LIKE 'id-%' ORDER BY MeasurementId)"));
        AssertRecount();
    }

    [Fact]
    public async Task Who_comes_between_them_sees_what_they_added_and_they_see_what_it_changed()
    {
        var seen = 0L;
        var posts = new List<Task>();
        await Together(() => posts =
        [
            Post(_acme, Fact("2026-01-20", 1, "a")),
            Post(_acme, Fact("2026-01-20", 1, "b")),
            _app.Database.Write(
                _acme.Scope(),
                async session =>
                {
                    seen = await session.Single<long>("SELECT FactCount FROM KpiDayTotal");
                    return await session.Execute("UPDATE Project SET ClosedOnDay = @day WHERE OrganisationId = @OrganisationId", new { session.OrganisationId, day = Days.Number(new DateOnly(2026, 1, 21)) });
                },
                CancellationToken.None),
            Post(_acme, Fact("2026-01-21", 1, "on the last day")),
            Post(_acme, Fact("2026-01-22", 1, "too late")),
        ]);
        Assert.Equal(2, seen);
        Assert.Equal([false, false, false, false, true], posts.Select(post => post.IsFaulted));
        var refused = await Assert.ThrowsAsync<ProblemException>(() => posts[4]);
        Assert.Equal(ProblemType.Invalid, refused.Type);
        AssertRecount();
    }

    [Fact]
    public async Task One_that_fails_beside_them_takes_nothing_with_it_and_leaves_nothing()
    {
        var posts = new List<Task>();
        await Together(() => posts =
        [
            Post(_acme, Fact("2026-01-20", 1, "a")),
            Post(_acme, Fact("2026-01-20", 1, "b"), Fact("2026-01-20", null, "c")),
            Trial(_acme, Fact("2026-01-20", 1, "d")),
            Post(_acme, Fact("2026-01-20", 1, "e")),
        ]);
        Assert.Equal([false, true, false, false], posts.Select(post => post.IsFaulted));
        await using var side = await _app.Stored.Open();
        Assert.Equal("a e", await side.ExecuteScalarAsync<string>("SELECT GROUP_CONCAT(ExternalId, ' ') FROM (SELECT ExternalId FROM Measurement ORDER BY MeasurementId)"));
        AssertRecount();
    }

    [Fact]
    public async Task Each_organisation_is_settled_as_it_sees_itself()
    {
        await Post(_acme, Fact("2026-01-20", 1, "moves"));
        // Inside the window of its project a day of a sum stays, with zero: nothing is deleted from the feed, whoever has the connection last.
        await Together(() => [Post(_acme, Fact("2026-01-21", 1, "moves")), Post(_other, Fact("2026-01-20", 1, "stays"))]);
        await using var side = await _app.Stored.Open();
        Assert.Equal("Measurements", await side.ExecuteScalarAsync<string>("SELECT GROUP_CONCAT(Feed, ' ') FROM Deletion"));
        AssertRecount();
    }

    private static object Fact(string date, int? value, string externalId) => new { project = "site", kpi = "orders", date, value, externalId };

    private Task<Receipt> Post(Caller caller, params object[] facts) => Send(caller, null, facts);

    private Task<Receipt> Trial(Caller caller, params object[] facts) => Send(caller, "true", facts);

    // Not async: who calls waits in the queue when this returns.
    private Task<Receipt> Send(Caller caller, string? dryRun, object[] facts)
    {
        var context = new DefaultHttpContext();
        context.Request.ContentType = "application/json";
        context.Request.Body = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(facts));
        var batch = Batch<MeasurementBody>.Read(context.Request, null, dryRun, CancellationToken.None);
        Assert.True(batch.IsCompleted);
#pragma warning disable xUnit1031 // It has ended.
        return _app.Services.GetRequiredService<MeasurementStore>().Store(caller, batch.Result, CancellationToken.None);
#pragma warning restore xUnit1031
    }

    /// <summary>Has writes wait behind one that holds the writer, in their order, and lets them go at once. Returns when all have ended, however they did.</summary>
    private async Task Together(Func<IEnumerable<Task>> send)
    {
        using var begun = new ManualResetEventSlim();
        using var gate = new ManualResetEventSlim();
        var held = _app.Database.Write(
            Scope.None,
            _ =>
            {
                begun.Set();
                gate.Wait();
                return Task.FromResult(true);
            },
            CancellationToken.None);
        begun.Wait();
        var sent = send().ToList();
        gate.Set();
        await held;
        await Task.WhenAll(sent).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    private void AssertRecount()
    {
        using var connection = new SqliteConnection($"Data Source={_app.DatabaseFile};Pooling=False");
        connection.Open();
        Assert.Equal(0, Recount.Differences(connection));
    }

    private async Task<Caller> Site(string code)
    {
        var client = await _app.Organisation(code);
        await client.Post("/v1/activities", new { code = "shop", name = "Shop" });
        await BadWorld.Kpi(client, "orders", "sum", "increase", 0.1, perDays: 1);
        await BadWorld.Project(client, "site", "2026-01-10", "orders");
        await client.Post("/v1/projects/site/launch", new { allowMissingBaseline = true });
        return new Caller(client.OrganisationId, Role.Manager, "test", TimeZoneInfo.FindSystemTimeZoneById("Europe/Paris"), _app.Time);
    }
}
