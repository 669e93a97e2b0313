using System.IO.Pipelines;
using Parquet;
using Parquet.Schema;

namespace KpiApi.Feeds.Formats;

/// <summary>
/// Apache Parquet, Snappy inside: days are DATE, instants TIMESTAMP of microseconds in UTC, keys INT64, whole numbers and date keys INT32, flags BOOLEAN,
/// figures DOUBLE. A column is OPTIONAL where the definition of the feed lets cells be empty, so that an answer without rows has the same schema.
/// </summary>
internal sealed class ParquetRows : RowFormat
{
    // A group of rows waits in memory until its columns can be written one after the other; so both its rows and its texts have a limit.
    private const int GroupRows = 32 * 1024;
    private const int GroupCharacters = 4 * 1024 * 1024;

    public override string ContentType => "application/vnd.apache.parquet";

    public override bool HoldsCursor => false;

    public override async Task Write(PipeWriter output, FeedRows rows, CancellationToken cancellation)
    {
        var columns = rows.Columns.Select(Cells.Of).ToList();
        await using (var file = await ParquetWriter.CreateAsync(new ParquetSchema(columns.Select(cells => cells.Field)), output.AsStream(leaveOpen: true), cancellationToken: cancellation))
        {
            while (await Fill(columns, rows, cancellation) is var count and > 0)
            {
                using var group = file.CreateRowGroup();
                foreach (var cells in columns)
                {
                    await cells.Write(group, count, cancellation);
                }

                group.CompleteValidate();
            }
        }

        await output.FlushAsync(cancellation);
    }

    /// <summary>Reads the next group of rows into the columns; 0 after the last one.</summary>
    private static async Task<int> Fill(List<Cells> columns, FeedRows rows, CancellationToken cancellation)
    {
        var count = 0;
        var characters = 0;
        while (count < GroupRows && characters < GroupCharacters && await rows.Next(cancellation))
        {
            for (var column = 0; column < columns.Count; column++)
            {
                characters += columns[column].Read(rows, column, count);
            }

            count++;
        }

        return count;
    }

    /// <summary>The cells of one column in one group of rows.</summary>
    private abstract class Cells
    {
        /// <summary>The column in the file's schema, which adopts it.</summary>
        public required DataField Field { get; init; }

        public static Cells Of(Column column)
        {
            var (name, isNullable) = (column.Name, column.IsNullable);
            return column.Type switch
            {
                ColumnType.Key => Values(new DataField<long>(name, isNullable), (rows, index) => rows.Key(index)),
                ColumnType.Integer or ColumnType.DateKey => Values(new DataField<int>(name, isNullable), (rows, index) => rows.Integer(index)),
                ColumnType.Number => Values(new DataField<double>(name, isNullable), (rows, index) => rows.Number(index)),
                ColumnType.Flag => Values(new DataField<bool>(name, isNullable), (rows, index) => rows.Flag(index)),
                ColumnType.Date => Values(new DataField<DateOnly>(name, isNullable), (rows, index) => rows.Day(index)),
                ColumnType.Instant => Values(
                    new DateTimeDataField(name, DateTimeFormat.Timestamp, isAdjustedToUTC: true, DateTimeTimeUnit.Micros, isNullable), (rows, index) => rows.Instant(index)),
                _ => new Texts { Field = new DataField(name, typeof(string), isNullable) },
            };
        }

        /// <summary>Takes the cell of the current row; answers how many characters it holds.</summary>
        public abstract int Read(FeedRows rows, int column, int index);

        /// <summary>Writes the first cells.</summary>
        public abstract Task Write(ParquetRowGroupWriter group, int count, CancellationToken cancellation);

        private static Cells Values<T>(DataField field, Func<FeedRows, int, T> read)
            where T : struct => field.IsNullable ? new OptionalValues<T>(read) { Field = field } : new RequiredValues<T>(read) { Field = field };
    }

    private sealed class RequiredValues<T>(Func<FeedRows, int, T> read) : Cells
        where T : struct
    {
        private readonly T[] _values = new T[GroupRows];

        public override int Read(FeedRows rows, int column, int index)
        {
            _values[index] = read(rows, column);
            return 0;
        }

        public override Task Write(ParquetRowGroupWriter group, int count, CancellationToken cancellation) =>
            group.WriteAsync<T>(Field, _values.AsMemory(0, count), cancellationToken: cancellation);
    }

    private sealed class OptionalValues<T>(Func<FeedRows, int, T> read) : Cells
        where T : struct
    {
        private readonly T?[] _values = new T?[GroupRows];

        public override int Read(FeedRows rows, int column, int index)
        {
            _values[index] = rows.IsNull(column) ? null : read(rows, column);
            return 0;
        }

        public override Task Write(ParquetRowGroupWriter group, int count, CancellationToken cancellation) =>
            group.WriteAsync<T>(Field, _values.AsMemory(0, count), cancellationToken: cancellation);
    }

    private sealed class Texts : Cells
    {
        private readonly string?[] _values = new string?[GroupRows];

        public override int Read(FeedRows rows, int column, int index)
        {
            var text = rows.IsNull(column) ? null : rows.Text(column);
            _values[index] = text;
            return text?.Length ?? 0;
        }

        // The interface has no null among its texts, but where the field is OPTIONAL they are taken.
        public override Task Write(ParquetRowGroupWriter group, int count, CancellationToken cancellation) =>
            group.WriteAsync(Field, new ArraySegment<string>(_values!, 0, count));
    }
}
