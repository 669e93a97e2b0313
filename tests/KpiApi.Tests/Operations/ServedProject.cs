using System.Text;
using System.Text.Json.Nodes;
using KpiApi.Access;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KpiApi.Tests.Operations;

/// <summary>A database with an organisation and a project, made without starting processes for it, and the requests that the tests of running servers share.</summary>
internal static class ServedProject
{
    /// <summary>Makes the file and returns a manager's key.</summary>
    public static async Task<string> Make(string file)
    {
        await DeployedDatabase.CopyTo(file);
        await using var app = Program.Build([$"--ConnectionStrings:Kpi=Data Source={file};Pooling=False"], builder =>
        {
            builder.WebHost.UseTestServer();
            builder.Logging.ClearProviders();
        });
        await app.StartAsync();
        var organisations = app.Services.GetRequiredService<OrganisationStore>();
        var organisationId = await organisations.Create("acme", "Acme", "Europe/Paris", CancellationToken.None);
        var key = await organisations.CreateKey(organisationId, Role.Manager, "test", null, CancellationToken.None);
        using var http = app.GetTestClient();
        http.DefaultRequestHeaders.Add(ApiKeyAuthentication.HeaderName, key.ToString());
        await Post(http, "/v1/activities", """{"code":"a","name":"A"}""");
        await Post(http, "/v1/projects", """{"code":"p","name":"P","activity":"a","startsOn":"2025-03-03","currency":"EUR"}""");
        await Post(http, "/v1/projects/p/kpis", """{"kpi":"quote-to-order-rate","purpose":"More orders"}""");
        return key.ToString();
    }

    public static HttpClient Client(string url, string key) => new() { BaseAddress = new Uri(url), DefaultRequestHeaders = { { ApiKeyAuthentication.HeaderName, key } } };

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public static async Task Post(HttpClient http, string path, string body)
    {
        using var answer = await http.PostAsync(path, Json(body));
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    /// <summary>All facts, page by page.</summary>
    public static async Task<IReadOnlyList<JsonNode>> Facts(HttpClient http)
    {
        var facts = new List<JsonNode>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = JsonNode.Parse(await http.GetStringAsync($"/v1/measurements?limit=1000{(cursor.Length > 0 ? "&cursor=" + cursor : "")}"))!;
            facts.AddRange(page["items"]!.AsArray().Select(item => item!));
            cursor = (string?)page["nextCursor"];
        }

        return facts;
    }
}
