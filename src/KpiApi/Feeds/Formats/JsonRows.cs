using System.IO.Pipelines;
using System.Text.Json;

namespace KpiApi.Feeds.Formats;

/// <summary>One array of objects; page by page: <c>{"items":[…],"nextCursor":…}</c>.</summary>
internal sealed class JsonRows(bool isPaged) : RowFormat
{
    public override string ContentType => "application/json";

    public override bool HoldsCursor => true;

    public override async Task Write(PipeWriter output, FeedRows rows, CancellationToken cancellation)
    {
        await using var json = new Utf8JsonWriter(output, JsonRow.WriterOptions);
        var row = new JsonRow(rows);
        if (isPaged)
        {
            json.WriteStartObject();
            json.WritePropertyName("items"u8);
        }

        json.WriteStartArray();
        while (await rows.Next(cancellation))
        {
            row.Write(json);
            if (output.UnflushedBytes + json.BytesPending > FlushBytes)
            {
                await Flush(json, output, cancellation);
            }
        }

        json.WriteEndArray();
        if (isPaged)
        {
            json.WriteString("nextCursor"u8, rows.NextCursor);
            json.WriteEndObject();
        }

        await Flush(json, output, cancellation);
    }
}
