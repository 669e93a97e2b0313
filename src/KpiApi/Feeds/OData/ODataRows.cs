using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using KpiApi.Feeds.Formats;
using KpiApi.Storage;

namespace KpiApi.Feeds.OData;

/// <summary>A page of OData: its context, the count if it was asked for, the rows, and where the next page is.</summary>
/// <param name="context">The address that says what the rows are.</param>
/// <param name="count">Rows of the question; null: not asked for.</param>
/// <param name="shown">Columns of the answer; further ones only lead to expanded rows.</param>
/// <param name="isTransient">Whether rows are made by the question and cannot be asked for again.</param>
/// <param name="expanded">Rows of other sets inside each row.</param>
/// <param name="next">The address of the page after the row with these values of the order.</param>
internal sealed class ODataRows(string context, long? count, int shown, bool isTransient, IReadOnlyList<ExpandedRows> expanded, Func<IReadOnlyList<object?>, string?> next) : RowFormat
{
    public override string ContentType => ODataEndpoints.JsonType;

    public override bool HoldsCursor => true;

    public override async Task Write(PipeWriter output, FeedRows rows, CancellationToken cancellation)
    {
        await using var json = new Utf8JsonWriter(output, JsonRow.WriterOptions);
        var row = new JsonRow(rows, shown);
        json.WriteStartObject();
        json.WriteString("@odata.context"u8, context);
        if (count is { } number)
        {
            json.WriteNumber("@odata.count"u8, number);
        }

        json.WriteStartArray("value"u8);
        while (await rows.Next(cancellation))
        {
            json.WriteStartObject();
            if (isTransient)
            {
                json.WriteNull("@odata.id"u8);
            }

            row.WriteCells(json);
            foreach (var other in expanded)
            {
                other.Write(json, rows);
            }

            json.WriteEndObject();
            if (output.UnflushedBytes + json.BytesPending > FlushBytes)
            {
                await Flush(json, output, cancellation);
            }
        }

        json.WriteEndArray();
        if (rows.NextPosition is { } position && next(position) is { } link)
        {
            json.WriteString("@odata.nextLink"u8, link);
        }

        json.WriteEndObject();
        await Flush(json, output, cancellation);
    }

    /// <summary>One row alone.</summary>
    public async Task WriteOne(PipeWriter output, FeedRows rows, CancellationToken cancellation)
    {
        await using var json = new Utf8JsonWriter(output, JsonRow.WriterOptions);
        json.WriteStartObject();
        json.WriteString("@odata.context"u8, context);
        new JsonRow(rows, shown).WriteCells(json);
        foreach (var other in expanded)
        {
            other.Write(json, rows);
        }

        json.WriteEndObject();
        await Flush(json, output, cancellation);
    }
}

/// <summary>The rows of another set by their key, ready to be written. Sets that rows lead to are small.</summary>
internal sealed class ExpandedRows
{
    private readonly string _name;
    private readonly int _column;
    private readonly ColumnType _type;
    private readonly Dictionary<long, byte[]> _rows = [];

    private ExpandedRows(string name, int column, ColumnType type) => (_name, _column, _type) = (name, column, type);

    /// <param name="session">The snapshot of the page.</param>
    /// <param name="expansion">What is expanded.</param>
    /// <param name="columns">The columns of the page, which hold the one that leads there.</param>
    public static async Task<ExpandedRows> Load(Session session, Expansion expansion, IReadOnlyList<Column> columns)
    {
        var (reference, shown, _) = expansion;
        var key = reference.Target.Find(reference.Target.Key[0])!;
        var loaded = new ExpandedRows(reference.Name, columns.ToList().IndexOf(reference.Column), reference.Column.Type);
        await using var rows = await FeedRows.Open(session, new FeedQuery(reference.Target, [.. shown, key]));
        var row = new JsonRow(rows, shown.Count);
        var buffer = new ArrayBufferWriter<byte>();
        await using var json = new Utf8JsonWriter(buffer, JsonRow.WriterOptions);
        while (await rows.Next(session.Cancellation))
        {
            row.Write(json);
            json.Flush();
            loaded._rows.Add(KeyOf(rows, shown.Count, key.Type), buffer.WrittenSpan.ToArray());
            buffer.ResetWrittenCount();
            json.Reset();
        }

        return loaded;
    }

    public void Write(Utf8JsonWriter json, FeedRows rows)
    {
        json.WritePropertyName(_name);
        if (!rows.IsNull(_column) && _rows.TryGetValue(KeyOf(rows, _column, _type), out var row))
        {
            json.WriteRawValue(row, skipInputValidation: true);
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private static long KeyOf(FeedRows rows, int column, ColumnType type) => type == ColumnType.Key ? rows.Key(column) : rows.Integer(column);
}
