using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using KpiApi.Access;
using KpiApi.Storage;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace KpiApi.Tests.Access;

/// <summary>Keys through the API: made, listed, rotated, revoked, and never shown twice.</summary>
public class ApiKeyTests
{
    private const string Keys = "/v1/api-keys";

    [Fact]
    public async Task A_new_key_is_shown_once_works_at_once_and_is_listed_without_its_secret()
    {
        await using var app = await AccessApp.Start();
        var admin = await app.Key(await app.Organisation(), Role.Admin, "first");
        using var response = await Send(app, admin, HttpMethod.Post, Keys, """{"name":"Power BI","role":"reader","expiresInDays":30}""");
        var made = await Json(response, HttpStatusCode.Created);
        var key = (string)made["key"]!;
        Assert.Equal($"/v1/api-keys/{(string?)made["id"]}", response.Headers.Location!.ToString());
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.Matches($"^kpi_{(string?)made["id"]}_[a-z2-7]{{40}}$", key);
        Assert.Equal(("Power BI", "reader", "2026-02-02T12:00:00.000Z", "2026-03-04T12:00:00.000Z"), ((string?)made["name"], (string?)made["role"], (string?)made["createdAt"], (string?)made["expiresAt"]));
        Assert.Equal(HttpStatusCode.OK, (await app.Get("/v1/portfolio", key)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await app.Get(Keys, key)).StatusCode);

        using var listed = await app.Get(Keys, admin);
        Assert.True(listed.Headers.CacheControl!.NoStore);
        var text = await listed.Content.ReadAsStringAsync();
        Assert.DoesNotContain(key.Split('_')[2], text, StringComparison.Ordinal);
        Assert.DoesNotContain(ApiKey.Parse(key)!.Hash(), text, StringComparison.OrdinalIgnoreCase);
        var items = JsonNode.Parse(text)!["items"]!.AsArray();
        Assert.Equal(["first", "Power BI"], items.Select(item => (string?)item!["name"]));
        Assert.All(items, item => Assert.Equal(["id", "name", "role", "createdAt", "expiresAt", "revokedAt", "lastUsedAt"], item!.AsObject().Select(member => member.Key)));
        var one = await Json(await app.Get($"{Keys}/{(string?)made["id"]}", admin));
        Assert.Equal("Power BI", (string?)one["name"]);

        app.Time.Advance(TimeSpan.FromDays(30) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(HttpStatusCode.OK, (await app.Get("/v1/portfolio", key)).StatusCode);
        app.Time.Advance(TimeSpan.FromMilliseconds(1));
        var refused = await Problems.Of(await app.Get("/v1/portfolio", key), 401, "unauthorized");
        Assert.Contains("expired", (string)refused["detail"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{}""", 422, "/name /role")]
    [InlineData("""{"name":"","role":"reader"}""", 422, "/name")]
    [InlineData("""{"name":"n","role":"root"}""", 422, "/role")]
    [InlineData("""{"name":"n","role":"Reader"}""", 422, "/role")]
    [InlineData("""{"name":"n","role":"reader","expiresInDays":0}""", 422, "/expiresInDays")]
    [InlineData("""{"name":"n","role":"reader","expiresInDays":-1}""", 422, "/expiresInDays")]
    [InlineData("""{"name":"n","role":"reader","expiresInDays":3651}""", 422, "/expiresInDays")]
    [InlineData("""{"name":"n","role":"reader","expiresInDays":1.5}""", 400, null)]
    [InlineData("""{"name":"n","role":"reader","expiresInDays":"30"}""", 400, null)]
    [InlineData("""{"name":"n","role":"reader","id":"chosen"}""", 400, null)]
    [InlineData("""{"name":"n","role":"reader","key":"kpi_chosen"}""", 400, null)]
    [InlineData("""{"name":"n","role":"reader","organisation":"other"}""", 400, null)]
    [InlineData("""{"name":"n","role":null}""", 400, null)]
    [InlineData("""{"name":"a\u0000b","role":"reader"}""", 400, null)]
    [InlineData("""{"name":"n","role":"reader","role":"admin"}""", 400, null)]
    [InlineData("""["n"]""", 400, null)]
    public async Task A_key_that_cannot_be_made_is_refused_and_none_is_made(string body, int status, string? pointers)
    {
        await using var app = await AccessApp.Start();
        var admin = await app.Key(await app.Organisation(), Role.Admin);
        await Problems.Of(await Send(app, admin, HttpMethod.Post, Keys, body), status, pointers: pointers);
        Assert.Single((await Json(await app.Get(Keys, admin)))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_replay_names_the_key_and_does_not_show_it_and_nothing_keeps_the_secret()
    {
        await using var app = await AccessApp.Start(stored: await TestDatabase.TakeFile());
        var admin = await app.Key(await app.Organisation(), Role.Admin);
        const string body = """{"name":"n","role":"reader"}""";
        var made = await Json(await Send(app, admin, HttpMethod.Post, Keys, body, "once"), HttpStatusCode.Created);
        var id = (string)made["id"]!;
        for (var again = 0; again < 2; again++)
        {
            var problem = await Problems.Of(await Send(app, admin, HttpMethod.Post, Keys, body, "once"), 409, "secret-not-replayed");
            Assert.Contains(id, (string)problem["detail"]!, StringComparison.Ordinal);
        }

        await Problems.Of(await Send(app, admin, HttpMethod.Post, Keys, """{"name":"other","role":"reader"}""", "once"), 422, "idempotency-key-reused");
        Assert.Equal(2, (await Json(await app.Get(Keys, admin)))["items"]!.AsArray().Count);
        Assert.Equal(HttpStatusCode.OK, (await app.Get("/v1/kpis", (string)made["key"]!)).StatusCode);
        AssertNowhereOnDisk(app, (string)made["key"]!);
    }

    [Fact]
    public async Task Fifty_requests_at_once_with_one_Idempotency_Key_make_one_key_and_show_it_to_one()
    {
        await using var app = await AccessApp.Start();
        var admin = await app.Key(await app.Organisation(), Role.Admin);
        var statuses = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () => (int)(await Send(app, admin, HttpMethod.Post, Keys, """{"name":"n","role":"reader"}""", "once")).StatusCode)));
        Assert.Equal((1, 49), (statuses.Count(status => status == 201), statuses.Count(status => status == 409)));
        Assert.Equal(2, (await Json(await app.Get(Keys, admin)))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_key_is_rotated_without_a_gap_and_the_old_one_ends_at_once()
    {
        await using var app = await AccessApp.Start();
        var admin = await app.Key(await app.Organisation(), Role.Admin);
        var old = await Json(await Send(app, admin, HttpMethod.Post, Keys, """{"name":"ERP","role":"writer"}"""), HttpStatusCode.Created);
        var successor = await Json(await Send(app, admin, HttpMethod.Post, Keys, """{"name":"ERP","role":"writer"}"""), HttpStatusCode.Created);
        Assert.Equal(HttpStatusCode.OK, (await app.Get("/v1/kpis", (string)old["key"]!)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await app.Get("/v1/kpis", (string)successor["key"]!)).StatusCode);
        using var revoked = await Send(app, admin, HttpMethod.Delete, $"{Keys}/{old["id"]}", null);
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        var problem = await Problems.Of(await app.Get("/v1/kpis", (string)old["key"]!), 401, "unauthorized");
        Assert.Contains("revoked", (string)problem["detail"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await app.Get("/v1/kpis", (string)successor["key"]!)).StatusCode);

        // Revoked once is revoked: the first instant stays.
        var at = (string?)(await Json(await app.Get($"{Keys}/{old["id"]}", admin)))["revokedAt"];
        app.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(HttpStatusCode.NoContent, (await Send(app, admin, HttpMethod.Delete, $"{Keys}/{old["id"]}", null)).StatusCode);
        Assert.Equal(at, (string?)(await Json(await app.Get($"{Keys}/{old["id"]}", admin)))["revokedAt"]);
    }

    [Fact]
    public async Task The_last_live_admin_key_stays_and_the_one_in_use_may_go()
    {
        await using var app = await AccessApp.Start();
        var organisation = await app.Organisation();
        var first = await app.Key(organisation, Role.Admin);
        var expiring = await app.Key(organisation, Role.Admin, expires: app.Now.AddDays(1));
        await app.Key(organisation, Role.Manager);
        await app.Key(await app.Organisation("other"), Role.Admin);
        app.Time.Advance(TimeSpan.FromDays(2));
        var problem = await Problems.Of(await Send(app, first, HttpMethod.Delete, $"{Keys}/{Id(first)}", null), 409, "in-use");
        Assert.Contains("key create", (string)problem["detail"]!, StringComparison.Ordinal);
        // One that does not work any more is not the last.
        Assert.Equal(HttpStatusCode.NoContent, (await Send(app, first, HttpMethod.Delete, $"{Keys}/{Id(expiring)}", null)).StatusCode);

        var second = (string)(await Json(await Send(app, first, HttpMethod.Post, Keys, """{"name":"second","role":"admin"}"""), HttpStatusCode.Created))["key"]!;
        Assert.Equal(HttpStatusCode.NoContent, (await Send(app, first, HttpMethod.Delete, $"{Keys}/{Id(first)}", null)).StatusCode);
        await Problems.Of(await app.Get(Keys, first), 401, "unauthorized");
        await Problems.Of(await Send(app, second, HttpMethod.Delete, $"{Keys}/{Id(second)}", null), 409, "in-use");
    }

    [Fact]
    public async Task Of_many_admins_who_revoke_each_other_at_once_one_is_left()
    {
        await using var app = await AccessApp.Start();
        var organisation = await app.Organisation();
        var keys = new List<string>();
        for (var index = 0; index < 12; index++)
        {
            keys.Add(await app.Key(organisation, Role.Admin));
        }

        await Task.WhenAll(keys.Select((key, index) => Task.Run(() => Send(app, key, HttpMethod.Delete, $"{Keys}/{Id(keys[(index + 1) % keys.Count])}", null))));
        var live = 0;
        foreach (var key in keys)
        {
            live += (await app.Get(Keys, key)).StatusCode == HttpStatusCode.OK ? 1 : 0;
        }

        Assert.True(live >= 1);
    }

    [Fact]
    public async Task Foreign_and_absent_keys_are_the_same_404_and_stay_alive()
    {
        await using var app = await AccessApp.Start();
        var admin = await app.Key(await app.Organisation(), Role.Admin);
        var foreign = await app.Key(await app.Organisation("other"), Role.Reader);
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Delete })
        {
            var details = new List<string?>();
            foreach (var id in new[] { Id(foreign), "absent", "1", "%27%20OR%201=1", foreign })
            {
                details.Add((string?)(await Problems.Of(await Send(app, admin, method, $"{Keys}/{id}", null), 404, "not-found"))["detail"]);
            }

            Assert.Single(details.Distinct());
        }

        Assert.Equal(HttpStatusCode.OK, (await app.Get("/v1/kpis", foreign)).StatusCode);
    }

    [Fact]
    public async Task Keys_are_listed_page_by_page()
    {
        await using var app = await AccessApp.Start();
        var organisation = await app.Organisation();
        var admin = await app.Key(organisation, Role.Admin, "0");
        for (var index = 1; index < 7; index++)
        {
            await app.Key(organisation, Role.Reader, index.ToString(CultureInfo.InvariantCulture));
        }

        var names = new List<string?>();
        string? cursor = null;
        do
        {
            var page = await Json(await app.Get($"{Keys}?limit=3{(cursor is null ? "" : "&cursor=" + cursor)}", admin));
            names.AddRange(page["items"]!.AsArray().Select(item => (string?)item!["name"]));
            cursor = (string?)page["nextCursor"];
        }
        while (cursor is not null);
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6"], names);
        await Problems.Of(await app.Get($"{Keys}?cursor=x", admin), 400);
        await Problems.Of(await app.Get($"{Keys}?limit=0", admin), 400);
    }

    [Fact]
    public async Task The_last_use_is_known_to_the_minute_and_wrong_secrets_are_no_use()
    {
        await using var app = await AccessApp.Start();
        var organisation = await app.Organisation();
        var admin = await app.Key(organisation, Role.Admin);
        var key = await app.Key(organisation, Role.Reader);
        async Task<string?> LastUse() => (string?)(await Json(await app.Get($"{Keys}/{Id(key)}", admin)))["lastUsedAt"];
        await app.Get("/v1/kpis", key[..^1] + (key[^1] == 'a' ? 'b' : 'a'));
        Assert.Null(await LastUse());

        await app.Get("/v1/kpis", key);
        await Eventually(async () => await LastUse() == "2026-02-02T12:00:00.000Z");
        for (var second = 0; second < 59; second += 10)
        {
            app.Time.Advance(TimeSpan.FromSeconds(9.9));
            await app.Get("/v1/kpis", key);
        }

        await Task.Delay(100);
        Assert.Equal("2026-02-02T12:00:00.000Z", await LastUse());
        app.Time.Advance(TimeSpan.FromSeconds(0.6));
        await app.Get("/v1/kpis", key);
        await Eventually(async () => await LastUse() == "2026-02-02T12:01:00.000Z");
        // It is no change of the data: nobody's ETag moves.
        await app.Services.GetRequiredService<KeyUses>().StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_last_use_that_cannot_be_written_fails_no_request()
    {
        // The trigger is written in the language of files.
        await using var app = await AccessApp.Start(stored: await TestDatabase.TakeFile());
        var organisation = await app.Organisation();
        var admin = await app.Key(organisation, Role.Admin);
        await app.Services.GetRequiredService<Database>().Write(
            Scope.None,
            session => session.Execute("CREATE TRIGGER NoUse BEFORE UPDATE OF LastUsedAtUtc ON ApiKey BEGIN SELECT RAISE(ABORT, 'no'); END"),
            CancellationToken.None);
        for (var minute = 0; minute < 5; minute++)
        {
            Assert.Equal(HttpStatusCode.OK, (await app.Get("/v1/kpis", admin)).StatusCode);
            await Task.Delay(20);
            app.Time.Advance(TimeSpan.FromMinutes(1));
        }

        using var made = await Send(app, admin, HttpMethod.Post, Keys, """{"name":"n","role":"reader"}""");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
    }

    private static string Id(string key) => key.Split('_')[1];

    private static async Task<HttpResponseMessage> Send(AccessApp app, string key, HttpMethod method, string path, string? body, string? once = null)
    {
        using var http = app.Http();
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add(ApiKeyAuthentication.HeaderName, key);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        if (once is not null)
        {
            request.Headers.Add("Idempotency-Key", once);
        }

        return await http.SendAsync(request);
    }

    private static async Task<JsonObject> Json(HttpResponseMessage response, HttpStatusCode expected = HttpStatusCode.OK)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == expected, $"{(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    private static async Task Eventually(Func<Task<bool>> condition)
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            if (await condition())
            {
                return;
            }

            await Task.Delay(20);
        }

        Assert.Fail("It did not happen within two seconds.");
    }

    /// <summary>Neither the database nor its log holds the secret part of a key.</summary>
    private static void AssertNowhereOnDisk(AccessApp app, string key)
    {
        var secret = Encoding.ASCII.GetBytes(key.Split('_')[2]);
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(((SqliteTestDatabase)app.Stored).File)!))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            Assert.True(memory.ToArray().AsSpan().IndexOf(secret) < 0, $"{Path.GetFileName(file)} holds the secret");
        }
    }
}
