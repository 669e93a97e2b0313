using System.Globalization;
using System.Text.Json;
using Dapper;
using KpiApi.Access;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;
using Microsoft.Data.Sqlite;

namespace KpiApi.Tests.Fuzz;

/// <summary>One organisation for some hundred requests, what is known about it, and a look into the database from the side.</summary>
internal sealed class FuzzWorld : IAsyncDisposable
{
    /// <summary>In every text of the other organisation; never sent.</summary>
    public const string Canary = "zqsecret";

    /// <summary>In every code of the other organisation; sent now and then, as a foreign code.</summary>
    public const string ForeignCode = "zqforeign";

    private const string State = """
        SELECT DataVersion || '/' || (SELECT COUNT(*) || ' keys, revoked ' || COUNT(RevokedAtUtc) FROM ApiKey WHERE OrganisationId = @o)
            || '/' || (SELECT COUNT(*) FROM IdempotencyRecord WHERE OrganisationId = @o) || '/' || Name || '/' || TimeZone
        FROM Organisation
        WHERE OrganisationId = @o
        """;

    private readonly SqliteConnection connection;

    private FuzzWorld(KpiApp app, long organisationId)
    {
        App = app;
        OrganisationId = organisationId;
        connection = new SqliteConnection($"Data Source={app.DatabaseFile};Mode=ReadOnly;Pooling=False");
    }

    public KpiApp App { get; }

    public long OrganisationId { get; }

    public Dictionary<string, string> Keys { get; } = [];

    /// <summary>By address of a list, what its items are called in addresses.</summary>
    public Dictionary<string, List<string>> Pools { get; } = [];

    public Dictionary<string, string> Aggregations { get; } = [];

    public List<string> ETags { get; } = [];

    public List<string> Cursors { get; } = [];

    public static async Task<FuzzWorld> Create(KpiApp app, string code)
    {
        var client = await app.Organisation(code);
        var world = new FuzzWorld(app, client.OrganisationId);
        await world.connection.OpenAsync();
        await BadWorld.Fill(client);
        await world.RenewKeys();
        return world;
    }

    /// <summary>The organisation whose texts must never be seen; gives ids of it.</summary>
    public static async Task<IReadOnlyList<string>> Other(KpiApp app)
    {
        var client = await app.Organisation("other");
        const string Code = ForeignCode + "-1";
        await client.Post("/v1/activities", new { code = Code, name = Canary });
        var threshold = new { kind = "relative", value = 0.1 };
        await client.Post("/v1/kpis", new { code = Code, name = new { fr = Canary, en = Canary }, domain = Canary, unit = "count", direction = "increase", aggregation = "sum", perDays = 7, numeratorLabel = Canary, denominatorLabel = Canary, threshold });
        await client.Put($"/v1/activities/{Code}/north-star", new { kpi = Code, purpose = Canary });
        await client.Post("/v1/projects", new { code = Code, name = Canary, activity = Code, startsOn = "2026-01-01", currency = "EUR", objective = Canary });
        await client.Post($"/v1/projects/{Code}/kpis", new { kpi = Code, purpose = Canary, declaredBaseline = new { value = 4, note = Canary } });
        await client.Post("/v1/measurements", new { project = Code, kpi = Code, date = "2026-01-03", value = 77, source = Canary, externalId = Canary, note = Canary });
        await client.Post($"/v1/projects/{Code}/ledger", new { kind = "gain", category = Canary, amount = 55, date = "2026-01-03", label = Canary, source = Canary, externalId = Canary });
        var fact = (await client.Get("/v1/measurements"))["items"]![0]!["id"]!.ToString();
        return [Code, fact, (await client.Get($"/v1/projects/{Code}/ledger"))["items"]![0]!["id"]!.ToString()];
    }

    /// <summary>Keys of every role, again after a request that may have revoked one.</summary>
    public async Task RenewKeys()
    {
        foreach (var role in Enum.GetValues<Role>())
        {
            using var http = (await App.Client(OrganisationId, role)).Http;
            Keys[role.ToString().ToLowerInvariant()] = http.DefaultRequestHeaders.GetValues(ApiKeyAuthentication.HeaderName).Single();
        }
    }

    /// <summary>Changes with everything that a request may store.</summary>
    public string ReadState() => connection.ExecuteScalar<string>(State, new { o = OrganisationId })!;

    public string DataVersion() => connection.ExecuteScalar<long>("SELECT DataVersion FROM Organisation WHERE OrganisationId = @o", new { o = OrganisationId }).ToString(CultureInfo.InvariantCulture);

    public long WrongRollups() => Recount.Differences(connection, OrganisationId);

    /// <summary>Learns from an answer what there is.</summary>
    public void Harvest(Grammar grammar, Wire wire, JsonElement answer)
    {
        var address = wire.Operation.Path + "/{";
        var below = grammar.Operations.FirstOrDefault(other => other.Path.StartsWith(address, StringComparison.Ordinal));
        var items = answer.ValueKind switch
        {
            JsonValueKind.Object when answer.TryGetProperty("items", out var list) && list.ValueKind == JsonValueKind.Array => list.EnumerateArray().ToList(),
            JsonValueKind.Array => answer.EnumerateArray().ToList(),
            JsonValueKind.Object when wire.Method == "POST" => [answer],
            _ => [],
        };
        if (answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("nextCursor", out var cursor) && cursor.ValueKind == JsonValueKind.String && Cursors.Count < 50)
        {
            Cursors.Add(cursor.GetString()!);
        }

        foreach (var item in items.Where(item => item.ValueKind == JsonValueKind.Object))
        {
            if (item.TryGetProperty("code", out var code) && item.TryGetProperty("aggregation", out var aggregation))
            {
                Aggregations[code.ToString()] = aggregation.ToString();
            }

            if (below is not null)
            {
                var parameter = below.Path[address.Length..below.Path.IndexOf('}', address.Length)];
                foreach (var name in new[] { parameter, "code", "id", "name" })
                {
                    if (item.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                    {
                        Learn(wire.Path, value.ToString());
                        break;
                    }
                }
            }
        }
    }

    public async ValueTask DisposeAsync() => await connection.DisposeAsync();

    private void Learn(string path, string value)
    {
        if (!Pools.TryGetValue(path, out var pool))
        {
            Pools[path] = pool = [];
        }

        if (pool.Count < 100 && !pool.Contains(value))
        {
            pool.Add(value);
        }
    }
}
