using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using KpiApi.Feeds;
using KpiApi.Feeds.Formats;
using KpiApi.Feeds.OData;
using KpiApi.Http;

namespace KpiApi.Benchmarks;

/// <summary>What it costs to send a million rows, against reading every cell of them and nothing else.</summary>
internal static class Exports
{
    private const int Rows = 1_000_000;
    private static readonly Feed Feed = FactFeeds.Measurements;

    /// <summary>Each format in turn, on the same database.</summary>
    public static async Task<bool> Formats()
    {
        await using var world = await World.Make();
        await world.Fill(Rows, days: 28);
        var isMet = true;
        // OData goes page by page, each with a question of its own.
        var odata = new ODataRows("http://localhost:5080/odata/v1/$metadata#Measurements", count: null, Feed.Columns.Count, isTransient: false, [], _ => "http://localhost:5080/odata/v1/Measurements?$skiptoken=");
        foreach (var (name, format, pageRows, goal, megabytes) in ((string, RowFormat, int?, double, int)[])
            [("NDJSON", new NdjsonRows(), null, 0.6, 64), ("CSV", CsvRows.Invariant, null, 0.6, 64), ("OData JSON", odata, new Limits().ODataPageRows, 0.6, 64), ("Parquet", new ParquetRows(), null, 0.5, 200)])
        {
            var sink = new Sink();
            isMet &= await new Ratio($"{name} of 1,000,000 rows / a bare reader", "rows/s", goal).Measure(
                () => Ratio.PerSecond(Rows, () => Send(world, format, pageRows, sink)),
                () => Ratio.PerSecond(Rows, () => Read(world)));
            isMet &= await Grows(world, name, format, pageRows, megabytes);
        }

        return isMet;
    }

    /// <summary>The memory of the process before and while it sends, and when the first byte was there.</summary>
    private static async Task<bool> Grows(World world, string name, RowFormat format, int? pageRows, int most)
    {
        GC.Collect(2, GCCollectionMode.Aggressive, true, true);
        var before = Environment.WorkingSet;
        var largest = before;
        using var done = new CancellationTokenSource();
        var watch = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                largest = Math.Max(largest, Environment.WorkingSet);
                await Task.Delay(10);
            }
        });
        var sink = new Sink();
        await Send(world, format, pageRows, sink);
        await done.CancelAsync();
        await watch;
        var grown = (largest - before) / 1024.0 / 1024;
        var isMet = grown <= most;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} of 1,000,000 rows: memory it grows by; first byte after | {grown:N0} MB; {sink.FirstByte!.Value.TotalMilliseconds:N0} ms ({sink.Length / 1024.0 / 1024:N0} MB sent) | | | ≤ {most} MB | {(isMet ? "met" : "MISSED")} |"));
        return isMet;
    }

    private static async Task<bool> Send(World world, RowFormat format, int? pageRows, Sink sink)
    {
        sink.Start();
        var sent = 0;
        IReadOnlyList<object?>? after = null;
        do
        {
            after = await world.Database.Read(
                world.Caller.Scope(),
                async session =>
                {
                    await using var rows = await FeedRows.Open(session, new FeedQuery(Feed, Feed.Columns) { Limit = pageRows, After = after });
                    var output = PipeWriter.Create(sink, new StreamPipeWriterOptions(leaveOpen: true));
                    await format.Write(output, rows, session.Cancellation);
                    await output.CompleteAsync();
                    sent += rows.Count;
                    return rows.NextPosition;
                },
                CancellationToken.None);
        }
        while (after is not null);

        return sent == Rows ? true : throw new InvalidOperationException($"{sent} rows");
    }

    private static Task<long> Read(World world) => world.Database.Read(
        world.Caller.Scope(),
        async session =>
        {
            var (sql, parameters) = new FeedQuery(Feed, Feed.Columns).Statement(session.Text);
            await using var reader = await session.Stream(sql, parameters);
            var sum = 0L;
            while (await reader.ReadAsync())
            {
                for (var column = 0; column < Feed.Columns.Count; column++)
                {
                    sum += reader.IsDBNull(column) ? 0 : Cell(reader, column);
                }
            }

            return sum;
        },
        CancellationToken.None);

    private static long Cell(DbDataReader reader, int column) => Feed.Columns[column].Type switch
    {
        ColumnType.Key => reader.GetInt64(column),
        ColumnType.Integer or ColumnType.DateKey or ColumnType.Flag => reader.GetInt32(column),
        ColumnType.Number => (long)reader.GetDouble(column),
        _ => reader.GetString(column).Length,
    };

    /// <summary>Takes bytes and forgets them.</summary>
    private sealed class Sink : Stream
    {
        private long _began;
        private long _length;

        public TimeSpan? FirstByte { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _length;

        public override long Position { get => _length; set => throw new NotSupportedException(); }

        public void Start()
        {
            _began = Stopwatch.GetTimestamp();
            FirstByte = null;
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            FirstByte ??= Stopwatch.GetElapsedTime(_began);
            _length += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
