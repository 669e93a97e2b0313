using System.Text.Encodings.Web;
using System.Text.Json;

namespace KpiApi.Feeds.Formats;

/// <summary>The current row as a JSON object. Every column is there, empty ones as null.</summary>
/// <param name="rows">The rows.</param>
/// <param name="shown">Columns to write, from the first; null: all.</param>
internal sealed class JsonRow(FeedRows rows, int? shown = null)
{
    // The same characters as in resources: é stays é. Nothing here is ever part of a page of HTML.
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly JsonEncodedText[] _names = [.. rows.Columns.Take(shown ?? rows.Columns.Count).Select(column => JsonEncodedText.Encode(column.Name))];

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        WriteCells(json);
        json.WriteEndObject();
    }

    /// <summary>The members alone, for who writes more of them.</summary>
    public void WriteCells(Utf8JsonWriter json)
    {
        for (var column = 0; column < _names.Length; column++)
        {
            json.WritePropertyName(_names[column]);
            if (rows.IsNull(column))
            {
                json.WriteNullValue();
            }
            else
            {
                WriteValue(json, column);
            }
        }
    }

    private void WriteValue(Utf8JsonWriter json, int column)
    {
        switch (rows.Columns[column].Type)
        {
            case ColumnType.Key:
                json.WriteNumberValue(rows.Key(column));
                break;
            case ColumnType.Integer or ColumnType.DateKey:
                json.WriteNumberValue(rows.Integer(column));
                break;
            case ColumnType.Flag:
                json.WriteBooleanValue(rows.Flag(column));
                break;
            case ColumnType.Number when rows.Number(column) is var number && double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case ColumnType.Number:
                // JSON has no infinity, and no figure should be one.
                json.WriteNullValue();
                break;
            default:
                json.WriteStringValue(rows.Text(column));
                break;
        }
    }
}
