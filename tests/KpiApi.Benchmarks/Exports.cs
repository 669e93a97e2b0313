using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using KpiApi.Feeds;
using KpiApi.Feeds.Formats;

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
        foreach (var (name, format, goal, megabytes) in (( string, RowFormat, double, int)[])
            [("NDJSON", new NdjsonRows(), 0.6, 64), ("CSV", CsvRows.Invariant, 0.6, 64), ("Parquet", new ParquetRows(), 0.5, 200)])
        {
            var sink = new Sink();
            isMet &= await new Ratio($"{name} of 1,000,000 rows / a bare reader", "rows/s", goal).Measure(
                () => Ratio.PerSecond(Rows, () => Send(world, format, sink)),
                () => Ratio.PerSecond(Rows, () => Read(world)));
            isMet &= await Grows(world, name, format, megabytes);
        }

        return isMet;
    }

    /// <summary>The memory of the process before and while it sends, and when the first byte was there.</summary>
    private static async Task<bool> Grows(World world, string name, RowFormat format, int most)
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
        await Send(world, format, sink);
        await done.CancelAsync();
        await watch;
        var grown = (largest - before) / 1024.0 / 1024;
        var isMet = grown <= most;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} of 1,000,000 rows: memory it grows by; first byte after | {grown:N0} MB; {sink.FirstByte!.Value.TotalMilliseconds:N0} ms ({sink.Length / 1024.0 / 1024:N0} MB sent) | | | ≤ {most} MB | {(isMet ? "met" : "MISSED")} |"));
        return isMet;
    }

    private static Task<bool> Send(World world, RowFormat format, Sink sink) => world.Database.Read(
        world.Caller.Scope(),
        async session =>
        {
            sink.Start();
            await using var rows = await FeedRows.Open(session, new FeedQuery(Feed, Feed.Columns));
            var output = PipeWriter.Create(sink, new StreamPipeWriterOptions(leaveOpen: true));
            await format.Write(output, rows, session.Cancellation);
            await output.CompleteAsync();
            return rows.Count == Rows ? true : throw new InvalidOperationException($"{rows.Count} rows");
        },
        CancellationToken.None);

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
