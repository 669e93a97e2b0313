using System.Net;
using System.Text.RegularExpressions;
using KpiApi.Access;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace KpiApi.Tests.Access;

/// <summary>Who may call what. The table is written out, so that a change of it is a change of this file.</summary>
public partial class RoleTests
{
    private const string Table = """
        DELETE /v1/activities/{activity}                        manager admin
        DELETE /v1/activities/{activity}/north-star             manager admin
        DELETE /v1/api-keys/{id}                                admin
        DELETE /v1/kpis/{kpi}                                   manager admin
        DELETE /v1/measurements/{id}                            writer manager admin
        DELETE /v1/projects/{project}                           manager admin
        DELETE /v1/projects/{project}/kpis/{kpi}                manager admin
        DELETE /v1/projects/{project}/ledger/{id}               writer manager admin
        GET    /                                                anonymous
        GET    /connect                                         anonymous
        GET    /connect/KpiApi.mez                              anonymous
        GET    /connect/excel.odc                               anonymous
        GET    /connect/page.css                                anonymous
        GET    /connect/page.js                                 anonymous
        GET    /connect/power-bi.pbids                          anonymous
        GET    /connect/power-bi.zip                            anonymous
        GET    /health/live                                     anonymous
        GET    /health/ready                                    anonymous
        GET    /v1/activities                                   reader writer manager admin
        GET    /v1/activities/{activity}                        reader writer manager admin
        GET    /v1/activities/{activity}/north-star             reader manager admin
        GET    /v1/activities/{activity}/north-star/tree        reader manager admin
        GET    /v1/north-stars                                  reader manager admin
        GET    /v1/alerts                                       reader manager admin
        GET    /v1/api-keys                                     admin
        GET    /v1/api-keys/{id}                                admin
        GET    /v1/catalog/kpis                                 reader writer manager admin
        GET    /v1/catalog/templates                            reader writer manager admin
        GET    /v1/feeds                                        reader manager admin
        GET    /v1/feeds/{feed}                                 reader manager admin
        GET    /v1/kpis                                         reader writer manager admin
        GET    /v1/kpis/{kpi}                                   reader writer manager admin
        GET    /v1/limits                                       reader writer manager admin
        GET    /v1/measurements                                 reader writer manager admin
        GET    /v1/measurements/{id}                            reader writer manager admin
        GET    /v1/measurements/{id}/history                    reader writer manager admin
        GET    /v1/import-profiles                              reader writer manager admin
        GET    /v1/import-profiles/{name}                       reader writer manager admin
        GET    /v1/receipts                                     reader writer manager admin
        GET    /v1/receipts/{id}                                reader writer manager admin
        GET    /v1/organisation                                 reader manager admin
        GET    /v1/portfolio                                    reader manager admin
        GET    /v1/projects                                     reader writer manager admin
        GET    /v1/projects/{project}                           reader writer manager admin
        GET    /odata/v1/{**path}                               reader manager admin
        GET    /v1/projects/{project}/baseline                  reader manager admin
        GET    /v1/projects/{project}/kpis                      reader writer manager admin
        GET    /v1/projects/{project}/kpis/{kpi}                reader writer manager admin
        GET    /v1/projects/{project}/kpis/{kpi}/series         reader manager admin
        GET    /v1/projects/{project}/ledger                    reader writer manager admin
        GET    /v1/projects/{project}/ledger/{id}               reader writer manager admin
        GET    /v1/projects/{project}/pack                      reader manager admin
        GET    /v1/projects/{project}/reviews                   reader manager admin
        GET    /v1/projects/{project}/reviews/{id}              reader manager admin
        GET    /v1/projects/{project}/roi                       reader manager admin
        GET    /v1/projects/{project}/steering                  reader manager admin
        PATCH  /v1/activities/{activity}                        manager admin
        PATCH  /v1/kpis/{kpi}                                   manager admin
        PATCH  /v1/organisation                                 admin
        PATCH  /v1/projects/{project}                           manager admin
        PATCH  /v1/projects/{project}/kpis/{kpi}                manager admin
        PATCH  /v1/projects/{project}/reviews/{id}/actions/{number} manager admin
        POST   /v1/activities                                   manager admin
        POST   /v1/alerts/{id}/acknowledge                      manager admin
        POST   /v1/api-keys                                     admin
        POST   /v1/kpis                                         manager admin
        POST   /v1/looker/config                                reader manager admin
        POST   /v1/looker/data                                  reader manager admin
        POST   /v1/looker/schema                                reader manager admin
        POST   /v1/measurements                                 writer manager admin
        POST   /v1/measurements/bulk                            writer manager admin
        POST   /v1/projects                                     manager admin
        POST   /v1/projects/{project}/close                     manager admin
        POST   /v1/projects/{project}/kpis                      manager admin
        POST   /v1/projects/{project}/launch                    manager admin
        POST   /v1/projects/{project}/ledger/bulk               writer manager admin
        POST   /v1/projects/{project}/ledger                    writer manager admin
        POST   /v1/projects/{project}/reviews                   manager admin
        PUT    /v1/activities/{activity}/north-star             manager admin
        PUT    /v1/import-profiles/{name}                       manager admin
        DELETE /v1/import-profiles/{name}                       manager admin
        """;

    private static readonly Dictionary<string, string[]> Allowed = Table.Split('\n')
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .ToDictionary(words => $"{words[0]} {words[1]}", words => words[2..]);

    [Fact]
    public async Task Every_endpoint_declares_the_roles_of_the_table()
    {
        await using var app = await KpiApp.Start();
        var declared = RoutedEndpoint.All(app).ToDictionary(
            endpoint => endpoint.Name,
            endpoint => endpoint.Rule is null ? "anonymous" : string.Join(' ', Permissions.Of(endpoint.Rule.Permission).Select(role => role.ToString().ToLowerInvariant())));
        Assert.Equal(
            Allowed.Select(row => $"{row.Key}: {string.Join(' ', row.Value)}").Order(StringComparer.Ordinal),
            declared.Select(row => $"{row.Key}: {row.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_role_is_let_in_where_the_table_says_so_and_nowhere_else()
    {
        await using var app = await KpiApp.Start();
        var admin = await app.Organisation();
        var faults = new List<string>();
        foreach (var role in Enum.GetValues<Role>())
        {
            var client = await app.Client(admin.OrganisationId, role);
            foreach (var (name, roles) in Allowed.Where(row => row.Value is not ["anonymous"]))
            {
                using var response = await Call(client.Http, name);
                if (roles.Contains(role.ToString().ToLowerInvariant()))
                {
                    if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden || (int)response.StatusCode >= 500)
                    {
                        faults.Add($"{role} {name}: {(int)response.StatusCode}");
                    }
                }
                else
                {
                    await Problems.Of(response, 403, "forbidden");
                }
            }
        }

        Assert.Empty(faults);
    }

    [Fact]
    public async Task Without_a_valid_key_every_endpoint_but_the_open_ones_is_401()
    {
        await using var app = await KpiApp.Start();
        var admin = await app.Organisation();
        var organisations = app.Services.GetRequiredService<OrganisationStore>();
        async Task<string> Key(string name, DateTimeOffset? expires = null) => (await organisations.CreateKey(admin.OrganisationId, Role.Admin, name, expires, CancellationToken.None)).ToString();
        var valid = await Key("valid");
        var expired = await Key("expired", app.Time.GetUtcNow().AddDays(1));
        var revoked = await Key("revoked");
        await organisations.RevokeKeys(admin.OrganisationId, "revoked", CancellationToken.None);
        app.Time.Advance(TimeSpan.FromDays(1));
        var flipped = valid[..^1] + (valid[^1] == 'a' ? 'b' : 'a');
        var other = await Key("other");
        var before = await Tables.Dump(app);
        var wrong = new[]
        {
            null, "", "garbage", "kpi_", "kpi_abcdefghij_" + new string('a', 40), expired, revoked, flipped, valid[..^1], valid + "a", valid.ToUpperInvariant(), " " + valid + "x", valid.Replace("kpi_", "key_", StringComparison.Ordinal),
            // The id of one key with the secret of another.
            string.Join('_', valid.Split('_')[..2]) + "_" + other.Split('_')[2], new string('k', 5000), valid + "," + other,
        };
        foreach (var key in wrong)
        {
            using var http = app.Anonymous();
            if (key is not null)
            {
                http.DefaultRequestHeaders.TryAddWithoutValidation("X-Api-Key", key);
            }

            // The wrong keys that look like right ones knock at every door, the others at two.
            foreach (var name in Allowed.Where(row => row.Value is not ["anonymous"]).Select(row => row.Key).Where(name => key is null || key == expired || key == revoked || key == flipped || name is "GET /v1/kpis" or "POST /v1/measurements"))
            {
                await Problems.Of(await Call(http, name), 401, "unauthorized");
                // Slowly, or the throttle of failed credentials would answer instead.
                app.Time.Advance(TimeSpan.FromSeconds(6));
            }
        }

        Tables.AssertSame(before, await Tables.Dump(app), "somebody without a key changed something");
        using var known = app.Anonymous();
        known.DefaultRequestHeaders.Add("X-Api-Key", valid);
        Assert.Equal(HttpStatusCode.OK, (await known.GetAsync("/v1/kpis")).StatusCode);
    }

    [Fact]
    public async Task A_key_works_up_to_its_last_instant_and_until_it_is_revoked()
    {
        await using var app = await KpiApp.Start();
        var admin = await app.Organisation();
        var organisations = app.Services.GetRequiredService<OrganisationStore>();
        var key = await organisations.CreateKey(admin.OrganisationId, Role.Reader, "short", app.Time.GetUtcNow().AddHours(1), CancellationToken.None);
        using var http = app.Anonymous();
        http.DefaultRequestHeaders.Add("X-Api-Key", key.ToString());
        app.Time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/v1/kpis")).StatusCode);
        app.Time.Advance(TimeSpan.FromMilliseconds(1));
        await Problems.Of(await http.GetAsync("/v1/kpis"), 401, "unauthorized");

        await admin.Get("/v1/kpis");
        await organisations.RevokeKeys(admin.OrganisationId, "test", CancellationToken.None);
        await Problems.Of(await admin.Http.GetAsync("/v1/kpis"), 401, "unauthorized");
    }

    [Fact]
    public async Task Two_different_keys_in_one_request_are_refused()
    {
        await using var app = await KpiApp.Start();
        var first = await app.Organisation("first");
        var second = await app.Organisation("second");
        using var http = app.Anonymous();
        http.DefaultRequestHeaders.Add("X-Api-Key", [first.Http.DefaultRequestHeaders.GetValues("X-Api-Key").Single(), second.Http.DefaultRequestHeaders.GetValues("X-Api-Key").Single()]);
        using var response = await http.GetAsync("/v1/kpis");
        await Problems.Of(response, 400);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/swagger/index.html")]
    [InlineData("/swagger")]
    public async Task Health_and_the_contract_need_no_key(string path)
    {
        await using var app = await KpiApp.Start();
        using var http = app.Anonymous();
        var response = await http.GetAsync(path);
        for (var hops = 0; hops < 3 && response.StatusCode is (HttpStatusCode.MovedPermanently or HttpStatusCode.Found); hops++)
        {
            response = await http.GetAsync(new Uri(response.RequestMessage!.RequestUri!, response.Headers.Location!));
        }

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.NotEmpty(await response.Content.ReadAsStringAsync());
    }

    // Names nothing that exists: whether somebody may ask is decided before what is asked for.
    private static Task<HttpResponseMessage> Call(HttpClient http, string name)
    {
        var words = name.Split(' ');
        var path = Parameter().Replace(words[1], match => match.Value is "{id}" or "{number}" ? "999999" : "absent");
        return Problems.Send(http, words[0], path, words[0] is "POST" or "PUT" or "PATCH" ? "{}" : null, path.EndsWith("/bulk", StringComparison.Ordinal) ? "application/x-ndjson" : "application/json");
    }

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();
}
