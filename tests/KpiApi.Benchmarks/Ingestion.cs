using System.Globalization;
using System.Text;
using KpiApi.Storage;

namespace KpiApi.Benchmarks;

/// <summary>What a durable fact costs.</summary>
internal static class Ingestion
{
    private const int Clients = 64;
    private const int PostsOfAClient = 50;
    private const int RowsOfABatch = 1000;
    private const int Batches = 20;

    // Bare: compiled once, no rule, no history, no rollup.
    private const string Bare = """
        INSERT INTO Measurement (OrganisationId, SeriesId, Day, DateKey, TimestampUtc, Numerator, Denominator, Source, ExternalId, Note, CreatedAtUtc, UpdatedAtUtc, UpdatedBy)
        VALUES (@OrganisationId, @SeriesId, @Day, @DateKey, NULL, @Numerator, 1000000, 'api', @ExternalId, NULL, @Now, @Now, 'benchmark')
        """;

    private static int _ids;

    /// <summary>Single facts of 64 clients, each answered when it is durable: sharing commits against one commit each.</summary>
    public static async Task<bool> SinglePosts()
    {
        await using var shared = await World.Make();
        await using var alone = await World.Make(mostInGroup: 1);
        return await new Ratio("durable single posts, 64 clients / one commit each", "posts/s", 5).Measure(() => Posts(shared), () => Posts(alone));
    }

    /// <summary>Batches of 1,000 from the text of the request on, against bare prepared inserts into the same table.</summary>
    public static async Task<bool> BatchesOf1000()
    {
        await using var world = await World.Make();
        await using var bare = await World.Make();
        return await new Ratio("batches of 1,000 / bare prepared inserts", "rows/s", 0.5).Measure(
            async () =>
            {
                var bodies = Enumerable.Range(0, Batches).Select(_ => Body(RowsOfABatch)).ToList();
                return await Ratio.PerSecond(Batches * RowsOfABatch, async () =>
                {
                    foreach (var body in bodies)
                    {
                        await world.Post(body);
                    }
                });
            },
            () => Ratio.PerSecond(Batches * RowsOfABatch, () =>
            {
                Insert(bare);
                return Task.CompletedTask;
            }));
    }

    /// <summary>One more fact on a day that has 10, and on a day that has a million.</summary>
    public static async Task<bool> FullDays()
    {
        await using var full = await World.Make();
        await using var empty = await World.Make();
        await full.Fill(1_000_000, days: 1);
        await empty.Fill(10, days: 1);
        // Seconds per post: the inverse of posts per second.
        return await new Ratio("a post on a day with 1,000,000 facts / with 10", "µs", 1.2, IsAtMost: true).Measure(async () => 1e6 / await Posts(full, days: 1), async () => 1e6 / await Posts(empty, days: 1));
    }

    private static Task<double> Posts(World world, int days = 28) => Ratio.PerSecond(Clients * PostsOfAClient, () => Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
    {
        for (var post = 0; post < PostsOfAClient; post++)
        {
            await world.Post(Body(1, days));
        }
    }))));

    private static byte[] Body(int rows, int days = 28)
    {
        var text = new StringBuilder("[");
        for (var row = 0; row < rows; row++)
        {
            var id = Interlocked.Increment(ref _ids);
            text.Append(row == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $$"""{"activity":"shop","kpi":"orders","date":"2025-03-{{id % days + 1:00}}","value":{{id % 1000}}.25,"externalId":"order-{{id}}"}""");
        }

        return Encoding.UTF8.GetBytes(text.Append(']').ToString());
    }

    private static void Insert(World world)
    {
        using var connection = ScopedConnection.Open(world.ConnectionString + ";Pooling=False", Scope.None);
        using var command = connection.CreateCommand();
        command.CommandText = Bare;
        foreach (var name in new[] { "@OrganisationId", "@SeriesId", "@Day", "@DateKey", "@Numerator", "@ExternalId", "@Now" })
        {
            command.Parameters.AddWithValue(name, 0L);
        }

        for (var batch = 0; batch < Batches; batch++)
        {
            using var transaction = connection.BeginTransaction();
            command.Transaction = transaction;
            for (var row = 0; row < RowsOfABatch; row++)
            {
                var id = Interlocked.Increment(ref _ids);
                var date = new DateOnly(2025, 3, id % 28 + 1);
                command.Parameters[0].Value = world.Caller.OrganisationId;
                command.Parameters[1].Value = world.SeriesId;
                command.Parameters[2].Value = Days.Number(date);
                command.Parameters[3].Value = Days.Key(date);
                command.Parameters[4].Value = id % 1000 * 1_000_000L;
                command.Parameters[5].Value = $"bare-{id}";
                command.Parameters[6].Value = "2025-03-31T00:00:00.000Z";
                command.ExecuteNonQuery();
            }

            transaction.Commit();
        }
    }
}
