using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using KpiApi.Access;
using KpiApi.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace KpiApi.Tests.Access;

/// <summary>No key and no token in any log, trace, error or link, at whatever level the operator sets.</summary>
public class SecretTests
{
    [Theory]
    [InlineData(false, "Information")]
    [InlineData(false, "Trace")]
    [InlineData(true, "Trace")]
    public async Task Nothing_that_the_program_says_repeats_a_secret(bool listens, string level)
    {
        using var said = new Said();
        using var traces = new ActivityListener { ShouldListenTo = _ => true, Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded, ActivityStopped = said.Hear };
        ActivitySource.AddActivityListener(traces);
        string[] levels = level == "Information" ? [] :
            ["--Logging:LogLevel:Default=Trace", "--Logging:LogLevel:Microsoft.AspNetCore=Trace", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Trace", "--Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics=Trace", "--Logging:LogLevel:KpiApi.Access.CredentialHandler=Trace"];
        var secrets = new List<string>();
        await using (var app = await AccessApp.Start(AccessApp.Tokens(levels), builder => builder.Logging.AddProvider(said), listens, await TestDatabase.TakeFile()))
        {
            var organisation = await app.Organisation();
            var admin = await app.Key(organisation, Role.Admin);
            var reader = await app.Key(organisation, Role.Reader);
            var expired = await app.Key(organisation, Role.Reader, expires: app.Now);
            var wrong = ApiKey.New().ToString();
            var tokens = new[] { TokenDraft.Valid(app.Now), TokenDraft.Valid(app.Now).C("aud", "other"), TokenDraft.Valid(app.Now) with { Key = IdentityProviderDouble.Stranger }, TokenDraft.Valid(app.Now).H("kid", "marked-unknown-key") }.Select(token => token.ToString()).ToList();
            secrets.AddRange(new[] { admin, reader, expired, wrong }.Select(key => key.Split('_')[2]));
            secrets.AddRange(tokens.Select(token => token.Split('.')[2]));
            secrets.AddRange(new[] { admin, reader, wrong }.Select(key => AccessApp.Basic("somebody", key)["Basic ".Length..]));
            secrets.AddRange(new[] { "marked-garbage-key", "marked-garbage-token", "marked-unknown-scheme", ApiKey.Parse(admin)!.Hash() });

            async Task Ask(string path, string? key = null, string? authorization = null, string? address = null)
            {
                using var response = await app.Get(path, key, authorization, address);
                said.Hear($"{path.Split('?')[0]}: {response.Headers} {response.Content.Headers} {await response.Content.ReadAsStringAsync()}");
            }

            foreach (var path in new[] { "/v1/feeds/kpis?format=csv&limit=1", "/v1/feeds/kpis?limit=1", "/v1/kpis", "/v1/api-keys", "/v1/absent", "/health/ready", "/v1/feeds/absent", "/v1/feeds/kpis?asOf=wrong", "/v1/kpis?cursor=wrong" })
            {
                var and = path.Contains('?', StringComparison.Ordinal) ? "&" : "?";
                foreach (var key in new[] { admin, reader, expired, wrong, "marked-garbage-key" })
                {
                    await Ask(path, key);
                    await Ask(path, authorization: AccessApp.Basic("somebody", key));
                    await Ask($"{path}{and}api_key={key}");
                    await Ask($"{path}{and}api_key={key}", address: "203.0.113.7");
                    await Ask($"{path}{and}api_key={key}", admin);
                }

                foreach (var token in tokens.Append("marked-garbage-token"))
                {
                    await Ask(path, authorization: "Bearer " + token);
                    await Ask(path, admin, "Bearer " + token);
                }

                await Ask(path, authorization: "Digest marked-unknown-scheme");
            }

            using (var http = app.Http())
            {
                http.DefaultRequestHeaders.Add("X-Api-Key", admin);
                using var body = new StringContent("""{"name":"n","role":"reader"}""", Encoding.UTF8, "application/json");
                body.Headers.ContentType!.CharSet = "utf-8";
                using var made = await http.PostAsync("/v1/api-keys", body);
                Assert.Equal(HttpStatusCode.Created, made.StatusCode);
                secrets.Add(System.Text.Json.Nodes.JsonNode.Parse(await made.Content.ReadAsStringAsync())!["key"]!.ToString().Split('_')[2]);
            }

            // Whatever breaks while a credential is looked at.
            await Break(app, "ALTER TABLE ApiKey RENAME COLUMN SecretHash TO Gone");
            await Ask("/v1/feeds/kpis?api_key=" + reader);
            await Ask("/v1/kpis", admin);
            await Ask("/v1/kpis", authorization: AccessApp.Basic("somebody", admin));
            await Break(app, "ALTER TABLE Organisation RENAME COLUMN TimeZone TO Lost");
            await Ask("/v1/kpis", authorization: "Bearer " + tokens[0]);
        }

        Assert.True(said.Lines.Count > 20, $"only {said.Lines.Count} lines were heard");
        Assert.Contains(said.Lines, line => line.Contains("Unexpected failure", StringComparison.Ordinal));
        foreach (var line in said.Lines)
        {
            Assert.All(secrets, secret => Assert.False(line.Contains(secret, StringComparison.OrdinalIgnoreCase) || line.Contains(Uri.EscapeDataString(secret), StringComparison.OrdinalIgnoreCase), $"a secret stands in: {line}"));
        }
    }

    [Fact]
    public async Task What_holds_a_credential_does_not_print_it()
    {
        await using var app = await AccessApp.Start();
        var key = ApiKey.New();
        Assert.DoesNotContain(key.Secret, new Credential(CredentialWay.Header, key.ToString()).ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(key.Secret, new ApiKeyCreated { Key = key.ToString(), Id = "", Name = "", Role = "", CreatedAt = "", ExpiresAt = null }.ToString(), StringComparison.Ordinal);
    }

    private static async Task Break(AccessApp app, string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={((SqliteTestDatabase)app.Stored).File};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant text of this test.
        command.CommandText = "PRAGMA writable_schema = 1; PRAGMA legacy_alter_table = 1; " + sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Every line of a log with all that a structured sink would keep of it, every trace, every answer.</summary>
    private sealed class Said : ILoggerProvider, ISupportExternalScope
    {
        private readonly ConcurrentQueue<string> _lines = new();
        private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

        public ConcurrentQueue<string> Lines => _lines;

        public void Hear(string line) => _lines.Enqueue(line);

        public void Hear(Activity activity) =>
            Hear($"{activity.OperationName} {activity.DisplayName} {string.Join(' ', activity.TagObjects)} {string.Join(' ', activity.Baggage)} {string.Join(' ', activity.Events.SelectMany(happened => happened.Tags))}");

        public ILogger CreateLogger(string categoryName) => new Listener(this, categoryName);

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public void Dispose()
        {
        }

        private sealed class Listener(Said said, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => said._scopes.Push(state);

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                var line = new StringBuilder($"{category} {logLevel} {formatter(state, exception)} {exception}");
                if (state is IEnumerable<KeyValuePair<string, object?>> values)
                {
                    line.AppendJoin(' ', values);
                }

                said._scopes.ForEachScope((scope, text) => text.Append(' ').Append(scope is IEnumerable<KeyValuePair<string, object?>> members ? string.Join(' ', members) : scope), line);
                said.Hear(line.ToString());
            }
        }
    }
}
