using System.Data.Common;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using KpiApi.Feeds.Formats;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Feeds.Looker;

/// <summary>
/// An answer in the form that getData gives. It waits in memory until it is whole, in pieces that are used again: a report that got the first half of it, or the first
/// million rows, would show wrong totals and not know.
/// </summary>
internal sealed class LookerRows
{
    private readonly LookerQuery _query;
    private readonly Limits _limits;
    private readonly bool _isFrench;

    public LookerRows(LookerQuery query, Limits limits, bool isFrench) => (_query, _limits, _isFrench) = (query, limits, isFrench);

    /// <summary>Rows that were written.</summary>
    public int Count { get; private set; }

    /// <summary>Writes the whole answer.</summary>
    /// <exception cref="ProblemException">413: more rows or bytes than the tool takes. 422: a group would add what is never added.</exception>
    public async Task Write(Session session, PipeWriter output, IReadOnlyList<LookerSchemaField> schema)
    {
        await using var json = new Utf8JsonWriter(output, JsonRow.WriterOptions);
        json.WriteStartObject();
        json.WritePropertyName("schema"u8);
        JsonSerializer.Serialize(json, schema, StrictJson.Options);
        json.WriteStartArray("rows"u8);
        await using (var reader = await (_query.IsGrouped ? session.StreamPage(_query.Sql, _query.Parameters) : session.Stream(_query.Sql, _query.Parameters)))
        {
            while (await reader.ReadAsync(session.Cancellation))
            {
                RefuseUnlike(reader);
                if (++Count > _limits.LookerRows)
                {
                    throw TooMany($"{_limits.LookerRows.ToString("N0", Culture)} {(_isFrench ? "lignes" : "rows")}");
                }

                WriteRow(json, reader);
                if (json.BytesPending > 64 * 1024)
                {
                    json.Flush();
                }

                if (json.BytesCommitted + json.BytesPending > _limits.LookerBytes)
                {
                    throw TooMany($"{(_limits.LookerBytes / (1024 * 1024)).ToString("N0", Culture)} {(_isFrench ? "Mo" : "MB")}");
                }
            }
        }

        json.WriteEndArray();
        json.WriteBoolean("filtersApplied"u8, _query.AreFiltersApplied);
        json.WriteEndObject();
        json.Flush();
    }

    private CultureInfo Culture => CultureInfo.GetCultureInfo(_isFrench ? "fr-FR" : "en-US");

    private void WriteRow(Utf8JsonWriter json, DbDataReader row)
    {
        json.WriteStartObject();
        json.WriteStartArray("values"u8);
        for (var index = 0; index < _query.Fields.Count; index++)
        {
            WriteCell(json, row, index, _query.Fields[index]);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCell(Utf8JsonWriter json, DbDataReader row, int index, LookerField field)
    {
        var column = field.Column;
        if (row.IsDBNull(index))
        {
            if (column is { Type: ColumnType.Text, Semantic: not ("iso-week" or "month") })
            {
                json.WriteStringValue(""u8);
            }
            else
            {
                json.WriteNullValue();
            }

            return;
        }

        switch (column.Type)
        {
            case ColumnType.Key:
                json.WriteNumberValue(row.GetInt64(index));
                break;
            case ColumnType.Integer when field.Grouping is Grouping.Sum or Grouping.Rows:
                json.WriteNumberValue(row.GetInt64(index));
                break;
            case ColumnType.Integer when column.Semantic is "year":
                json.WriteStringValue(Digits(row.GetInt32(index), 4));
                break;
            case ColumnType.Integer when column.Semantic is "month-of-year" or "week-of-year":
                json.WriteStringValue(Digits(row.GetInt32(index), 2));
                break;
            case ColumnType.Integer when column.Semantic is "quarter":
                json.WriteStringValue(Digits(row.GetInt32(index), 1));
                break;
            case ColumnType.Integer:
                json.WriteNumberValue(row.GetInt32(index));
                break;
            case ColumnType.DateKey:
                json.WriteStringValue(Digits(row.GetInt32(index), 8));
                break;
            case ColumnType.Flag:
                json.WriteBooleanValue(row.GetInt32(index) != 0);
                break;
            case ColumnType.Number when row.GetDouble(index) is var number && double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case ColumnType.Number:
                json.WriteNullValue();
                break;
            case ColumnType.Text when column.Semantic is not ("iso-week" or "month"):
                json.WriteStringValue(row.GetString(index));
                break;
            default:
                // Days, weeks, months and instants are stored in one form each, with as many digits always.
                json.WriteStringValue(string.Concat(row.GetString(index).Where(char.IsAsciiDigit).Take(14)));
                break;
        }
    }

    private static string Digits(int number, int length) => number.ToString("D" + length.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private void RefuseUnlike(DbDataReader row)
    {
        for (var index = 0; index < _query.Alike.Count; index++)
        {
            var least = _query.Fields.Count + 2 * index;
            if (!row.IsDBNull(least) && !row.GetValue(least).Equals(row.GetValue(least + 1)))
            {
                throw new ProblemException(ProblemType.Invalid, LookerWords.Unlike(_query.Alike[index], _isFrench));
            }
        }
    }

    private ProblemException TooMany(string most) => new(ProblemType.TooLarge, LookerWords.TooMany(most, _isFrench));
}
