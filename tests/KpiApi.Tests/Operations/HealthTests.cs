using System.Diagnostics;
using System.Net;
using System.Text;
using KpiApi.Operations;
using KpiApi.Storage;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace KpiApi.Tests.Operations;

/// <summary>The process lives, and the database answers: two different things, and the second one is told honestly.</summary>
public class HealthTests
{
    [Fact]
    public async Task Both_are_told_to_anybody_and_kept_by_nobody()
    {
        await using var app = await KpiApp.StartOnFile();
        using var http = app.Anonymous();
        foreach (var (path, status) in new[] { ("/health/live", "live"), ("/health/ready", "ready") })
        {
            using var answer = await http.GetAsync(path);
            Assert.Equal((HttpStatusCode.OK, $$"""{"status":"{{status}}"}"""), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
            Assert.True(answer.Headers.CacheControl?.NoStore);
        }
    }

    [Fact]
    public async Task Live_touches_no_database_even_with_a_key()
    {
        await using var app = await KpiApp.StartOnFile();
        var client = await app.Organisation();
        // Whoever opens it now makes a new one.
        SqliteConnection.ClearAllPools();
        File.Move(app.DatabaseFile, app.DatabaseFile + ".away");
        Assert.Equal("live", (string?)(await client.Get("/health/live"))["status"]);
        Assert.False(File.Exists(app.DatabaseFile));
    }

    [Fact]
    public async Task A_file_that_is_gone_is_noticed_although_connections_to_it_are_open()
    {
        await using var app = await KpiApp.StartOnFile();
        var client = await app.Organisation();
        await Becomes(app, HttpStatusCode.OK);
        File.Move(app.DatabaseFile, app.DatabaseFile + ".away");
        await Becomes(app, HttpStatusCode.ServiceUnavailable);
        // What is known is not tried again by each request, and nothing begins an empty file in the place of the lost one.
        await Refused(() => client.Http.GetAsync("/v1/projects"));
        await Refused(() => Post(client));
        Assert.False(File.Exists(app.DatabaseFile));
        File.Move(app.DatabaseFile + ".away", app.DatabaseFile);
        await Becomes(app, HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.Created, (await Post(client)).StatusCode);
    }

    [Fact]
    public async Task A_lock_of_somebody_else_ends_writes_at_once_and_no_reads_and_goes_by_itself()
    {
        await using var app = await KpiApp.StartOnFile();
        var client = await app.Organisation();
        await using (var other = new SqliteConnection($"Data Source={app.DatabaseFile};Pooling=False"))
        {
            await other.OpenAsync();
            await using var lockOfIt = other.BeginTransaction(deferred: false);
            await Becomes(app, HttpStatusCode.ServiceUnavailable);
            await Refused(() => Post(client));
            Assert.NotNull(await client.Get("/v1/projects"));
            Assert.Equal("live", (string?)(await client.Get("/health/live"))["status"]);
        }

        // Nobody polls: the requests themselves find out.
        var watch = Stopwatch.StartNew();
        while ((await Post(client)).StatusCode != HttpStatusCode.Created)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), "it recovers within five seconds");
            await Task.Delay(50);
        }
    }

    [Fact]
    public async Task A_long_write_of_our_own_is_no_failure()
    {
        await using var app = await KpiApp.StartOnFile();
        var client = await app.Organisation();
        using var http = app.Anonymous();
        var begun = new TaskCompletionSource();
        var write = app.Database.Write(
            new Scope { OrganisationId = client.OrganisationId },
            async session =>
            {
                begun.SetResult();
                await Task.Delay(2500);
                return true;
            },
            CancellationToken.None);
        await begun.Task;
        for (var index = 0; index < 4; index++)
        {
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/ready")).StatusCode);
            await Task.Delay(500);
        }

        Assert.True(await write);
    }

    [Fact]
    public async Task A_full_disk_does_not_take_the_server_away_from_its_readers()
    {
        var full = new Readiness(_ => ReadyState.Full, TimeSpan.FromSeconds(1), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<Readiness>.Instance);
        await using var app = Program.Build(["--urls=http://127.0.0.1:0", $"--ConnectionStrings:Kpi=Data Source={Path.Combine(Path.GetTempPath(), $"kpiapi-{Guid.NewGuid():N}.db")}"], builder => builder.Services.AddSingleton(full));
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        Assert.Equal("""{"status":"full"}""", await http.GetStringAsync("/health/ready"));
    }

    [Fact]
    public async Task The_probe_changes_nothing_that_anybody_sees()
    {
        await using var app = await KpiApp.StartOnFile();
        await app.Organisation();
        async Task<string> Version() => await app.Database.Read(Scope.None, async session => $"{await session.Single<long>("SELECT SUM(DataVersion) FROM Organisation")} {await session.Single<string>("SELECT GROUP_CONCAT(ScriptName || ScriptHash || AppliedAtUtc) FROM SchemaJournal")}", CancellationToken.None);
        var before = await Version();
        var probe = app.Services.GetRequiredService<StorageProbe>();
        await Task.Delay(1000);
        var hasRead = false;
        Assert.Equal(ReadyState.Ready, probe.Run(() => hasRead = true));
        Assert.True(hasRead);
        Assert.Equal(before, await Version());
    }

    private static async Task Becomes(KpiApp app, HttpStatusCode expected)
    {
        using var http = app.Anonymous();
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            var asked = watch.Elapsed;
            using var answer = await http.GetAsync("/health/ready");
            // A second, and what a busy machine adds.
            Assert.True(watch.Elapsed - asked < TimeSpan.FromSeconds(3), $"an answer took {watch.Elapsed - asked}");
            if (answer.StatusCode == expected)
            {
                if (expected == HttpStatusCode.ServiceUnavailable)
                {
                    await Problems.Of(answer, 503, "unavailable");
                    Assert.NotNull(answer.Headers.RetryAfter?.Delta);
                }

                return;
            }

            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"not {expected} after {watch.Elapsed}");
        }
    }

    private static async Task Refused(Func<Task<HttpResponseMessage>> send)
    {
        var watch = Stopwatch.StartNew();
        using var answer = await send();
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"refused after {watch.Elapsed}");
        await Problems.Of(answer, 503, "unavailable");
        Assert.NotNull(answer.Headers.RetryAfter?.Delta);
    }

    private static Task<HttpResponseMessage> Post(KpiClient client) =>
        client.Http.PostAsync("/v1/activities", new StringContent($$"""{"code":"a{{Guid.NewGuid():N}}","name":"a"}""", Encoding.UTF8, "application/json"));
}
