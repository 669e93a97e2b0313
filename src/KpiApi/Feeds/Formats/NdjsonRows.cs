using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace KpiApi.Feeds.Formats;

/// <summary>One object a line.</summary>
internal sealed class NdjsonRows : RowFormat
{
    public override string ContentType => "application/x-ndjson";

    public override bool HoldsCursor => false;

    public override async Task Write(PipeWriter output, FeedRows rows, CancellationToken cancellation)
    {
        await using var json = new Utf8JsonWriter(output, JsonRow.WriterOptions);
        var row = new JsonRow(rows);
        while (await rows.Next(cancellation))
        {
            row.Write(json);
            json.Flush();
            json.Reset();
            output.Write("\n"u8);
            if (output.UnflushedBytes > FlushBytes)
            {
                await output.FlushAsync(cancellation);
            }
        }

        await output.FlushAsync(cancellation);
    }
}
