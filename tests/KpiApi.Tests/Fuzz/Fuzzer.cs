using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace KpiApi.Tests.Fuzz;

/// <summary>
/// Sends requests numbered from 0. A round of them has an organisation of its own, so that a number gives the same request whenever its round is played,
/// whatever other rounds run beside it.
/// </summary>
internal sealed class Fuzzer(KpiApp app, Grammar grammar, IReadOnlyList<string> foreign, int seed)
{
    public const int Round = 1000;
    private readonly TestServer server = (TestServer)app.Services.GetRequiredService<IServer>();
    private readonly ConcurrentDictionary<string, string> findings = [];
    private readonly ConcurrentDictionary<(string Operation, int Status), int> statuses = [];
    private readonly ConcurrentDictionary<string, long> ticks = [];
    private int sent;

    public int Sent => sent;

    /// <summary>An answer that takes longer is a finding; after three times as long, nobody waits for it.</summary>
    public required TimeSpan Patience { get; init; }

    /// <summary>After so many of them it stops.</summary>
    public required int MostFindings { get; init; }

    public IReadOnlyDictionary<string, string> Findings => findings;

    /// <summary>Operations that were never answered with success, to see that what is thought valid is.</summary>
    public IReadOnlyList<string> Unsuccessful => grammar.Operations.Select(operation => operation.ToString()).Where(operation => !statuses.Any(pair => pair.Key.Operation == operation && pair.Key.Status < 300)).ToList();

    public static async Task<Fuzzer> Start(KpiApp app, int seed, TimeSpan? patience = null, int mostFindings = 40)
    {
        using var http = app.Anonymous();
        return new Fuzzer(app, await Grammar.Of(http), await FuzzWorld.Other(app), seed) { Patience = patience ?? TimeSpan.FromSeconds(10), MostFindings = mostFindings };
    }

    /// <summary>Plays so many requests and gives the bytes that are held after a tenth of them, but at least a round, and at the end.</summary>
    public async Task<(long Early, long Late)> Play(int count)
    {
        var tenth = Math.Min(count, Math.Max(count / 10 / Round, 1) * Round);
        await Play(0, tenth);
        var early = GC.GetTotalMemory(forceFullCollection: true);
        await Play(tenth, count);
        return (early, GC.GetTotalMemory(forceFullCollection: true));
    }

    /// <summary>Plays the requests from the first to the one before the last; whole rounds, but for the last one.</summary>
    public Task Play(int first, int end) => Parallel.ForEachAsync(
        Enumerable.Range(first / Round, (end - first + Round - 1) / Round),
        new ParallelOptions { MaxDegreeOfParallelism = 6 },
        async (round, _) =>
        {
            if (findings.Count < MostFindings)
            {
                await PlayRound(round * Round, Math.Min((round + 1) * Round, end));
            }
        });

    public string Summary()
    {
        var text = new StringBuilder();
        foreach (var operation in statuses.GroupBy(pair => pair.Key.Operation).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{operation.Key}: {string.Join(", ", operation.OrderBy(pair => pair.Key.Status).Select(pair => $"{pair.Key.Status}×{pair.Value}"))}; {ticks.GetValueOrDefault(operation.Key) / (Stopwatch.Frequency / 1000)} ms");
        }

        return text.ToString();
    }

    private async Task PlayRound(int first, int end)
    {
        await using var world = await FuzzWorld.Create(app, string.Create(CultureInfo.InvariantCulture, $"w{first}"));
        await Explore(world);
        var state = world.ReadState();
        for (var number = first; number < end && findings.Count < MostFindings; number++)
        {
            var random = new Random(HashCode(seed, number));
            var generator = new Generator(grammar, world, foreign, random, number);
            var operation = grammar.Operations[random.Next(grammar.Operations.Count)];
            // Deletions are rarer, so that there is something left to ask for.
            if (operation.Method == "DELETE" && random.Next(2) == 0)
            {
                operation = grammar.Operations[random.Next(grammar.Operations.Count)];
            }

            var wire = generator.Valid(operation);
            var body = generator.Body(wire);
            if (generator.Chance(0.3))
            {
                wire.Body = body is null ? null : Encoding.UTF8.GetBytes(body.ToString());
            }
            else
            {
                new Mutator(generator, world, foreign, random).Mutate(wire, body);
            }

            var dump = number % 100 == 0 ? await Tables.Dump(app, world.OrganisationId) : null;
            var answer = await Exchange(wire);
            Interlocked.Increment(ref sent);
            if (answer is null)
            {
                state = world.ReadState();
                continue;
            }

            statuses.AddOrUpdate((operation.ToString(), answer.Status), 1, (_, count) => count + 1);
            if (await Judge.Fault(wire, answer) is { } fault)
            {
                Found(wire, answer, fault);
            }

            var after = world.ReadState();
            var isDryRun = wire.Query.Count(pair => pair.Name == "dryRun") == 1 && wire.Query.Contains(("dryRun", "true"));
            if ((answer.Status >= 300 || wire.Method == "GET" || isDryRun) && after != state)
            {
                Found(wire, answer, $"{(answer.Status >= 300 ? "refused" : "harmless")} but stored: {state} before, {after} after");
            }

            if (dump is not null && (answer.Status >= 300 || wire.Method == "GET"))
            {
                var later = await Tables.Dump(app, world.OrganisationId);
                if (!dump.SequenceEqual(later))
                {
                    Found(wire, answer, $"refused but stored: only before {Wire.Short(string.Join('\n', dump.Except(later).Take(3)))}, only after {Wire.Short(string.Join('\n', later.Except(dump).Take(3)))}");
                }
            }

            if (number % 200 == 199 && world.WrongRollups() is > 0 and var wrong)
            {
                Found(wire, answer, $"{wrong} rollups differ from a recount, since one of the last 200 requests");
            }

            await Learn(world, wire, answer);
            // Learning may have made new keys.
            state = world.ReadState();
        }
    }

    /// <summary>Asks every list for what there is.</summary>
    private async Task Explore(FuzzWorld world)
    {
        var random = new Random(seed);
        var lists = grammar.Operations.Where(operation => operation.Method == "GET").OrderBy(operation => operation.Path.Count(letter => letter == '{')).ToList();
        foreach (var operation in lists)
        {
            var addresses = new List<string> { "" };
            foreach (var segment in operation.Path.Split('/').Skip(1))
            {
                addresses = addresses.SelectMany(path => segment.StartsWith('{') ? world.Pools.GetValueOrDefault(path, []).Take(10).Select(item => $"{path}/{item}") : [$"{path}/{segment}"]).ToList();
            }

            // Only lists tell of other addresses.
            if (!operation.Path.EndsWith('}') && grammar.Operations.Any(other => other.Path.StartsWith(operation.Path + "/{", StringComparison.Ordinal)))
            {
                foreach (var address in addresses)
                {
                    var wire = new Wire { Number = -1, Operation = operation, Path = address, Role = "admin" };
                    wire.Headers.Add(("X-Api-Key", world.Keys["admin"]));
                    if (operation.Parameters.Any(parameter => parameter.Name == "limit") && random.Next(3) == 0)
                    {
                        wire.Query.Add(("limit", "2"));
                        if (await Exchange(wire) is { } page)
                        {
                            await Learn(world, wire, page);
                        }

                        wire.Query.Clear();
                    }

                    if (await Exchange(wire) is { } answer)
                    {
                        await Learn(world, wire, answer);
                    }
                }
            }
        }
    }

    private async Task Learn(FuzzWorld world, Wire wire, Answer answer)
    {
        if (answer.Status == 401 && wire.Role is not null && !wire.IsCredentialOpen)
        {
            await world.RenewKeys();
        }

        if (answer.Status is 200 or 201 && answer.MediaType == "application/json" && answer.Body.Length < 200_000 && !wire.IsElsewhere)
        {
            try
            {
                using var document = JsonDocument.Parse(answer.Body);
                world.Harvest(grammar, wire, document.RootElement);
            }
            catch (JsonException)
            {
                // Found above.
            }

            if (answer.Headers.GetValueOrDefault("ETag") is { Length: > 0 } tag && tag[0] == '"' && world.ETags.Count < 50)
            {
                world.ETags.Add(tag);
            }
        }
    }

    private async Task<Answer?> Exchange(Wire wire)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            var answer = await wire.Send(server).WaitAsync(Patience * 3);
            ticks.AddOrUpdate(wire.Operation.ToString(), watch.ElapsedTicks, (_, sum) => sum + watch.ElapsedTicks);
            if (watch.Elapsed > Patience)
            {
                Found(wire, answer, "slow: answered after more than the patience");
            }

            return answer;
        }
        catch (TimeoutException)
        {
            Found(wire, null, "hung: no answer");
        }
#pragma warning disable CA1031 // Whatever comes out of the app is a finding.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Found(wire, null, "thrown: " + Wire.Short(exception.ToString(), 1200));
        }

        return null;
    }

    private void Found(Wire wire, Answer? answer, string fault)
    {
        // One gap in the document is one finding, at however many operations.
        var kind = fault.EndsWith("is not in the document", StringComparison.Ordinal) ? $"{fault} of {wire.Method}" : $"{wire.Operation} · {fault[..Math.Min(40, fault.Length)]}";
        findings.TryAdd(kind, $"""
            {wire.Operation}: {fault}
              seed {seed}, number {wire.Number} (KPI_FUZZ_SEED={seed} KPI_FUZZ_REPLAY={wire.Number}), {(wire.Mutation.Length == 0 ? "valid" : wire.Mutation)}
              {wire}
              → {answer?.Status} {answer?.MediaType} {Wire.Short(answer?.Text ?? "", 600)}
            """);
    }

    // The same in every process, unlike System.HashCode.
    private static int HashCode(int seed, int number)
    {
        var mixed = unchecked(((ulong)(uint)seed << 32 | (uint)number) * 0x9E3779B97F4A7C15);
        mixed ^= mixed >> 29;
        mixed = unchecked(mixed * 0xBF58476D1CE4E5B9);
        return (int)(mixed >> 33);
    }
}
