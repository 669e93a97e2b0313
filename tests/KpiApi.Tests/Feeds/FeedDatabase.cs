using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using KpiApi.Feeds;
using KpiApi.Feeds.Formats;
using KpiApi.Storage;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Feeds;

/// <summary>
/// A deployed database with two organisations of the same shape. Organisation 1 has one activity with a North Star, a running project
/// and a draft; organisation 2 has the same rows under other ids, which nobody of organisation 1 may see.
/// </summary>
public sealed class FeedDatabase : IDisposable
{
    /// <summary>Everything is over, and nothing of 2026 counts.</summary>
    internal static readonly DateOnly AsOf = new(2025, 12, 31);

    private readonly TestDatabase _stored = TestDatabase.Take().GetAwaiter().GetResult();
    private readonly Database _database;

    public FeedDatabase()
    {
        _database = new Database(_stored.Dialect(), TimeProvider.System);
        foreach (var organisation in (int[])[1, 2])
        {
            var rows = Rows(organisation);
            _database.Write(Of(organisation), session => session.Execute(rows), default).GetAwaiter().GetResult();
        }
    }

    public void Dispose()
    {
        _database.Dispose();
        _stored.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    internal static Scope Of(int organisation) => new(organisation, Days.Number(AsOf), Days.Number(AsOf));

    internal Task<T> Read<T>(Func<Session, Task<T>> work) => _database.Read(Of(1), work, default);

    internal TextSql TextSql => _database.Dialect.Text;

    /// <summary>More facts of organisation 1. Values are those of the columns after OrganisationId.</summary>
    internal Task Add(IEnumerable<(long Id, long SeriesId, DateOnly Day, string? Timestamp, long Numerator, long Denominator, string Source, string ExternalId, string? Note, string UpdatedAt)> facts)
    {
        const string Insert = """
            INSERT INTO Measurement (MeasurementId, OrganisationId, SeriesId, Day, DateKey, TimestampUtc, Numerator, Denominator, Source, ExternalId, Note, CreatedAtUtc, UpdatedAtUtc, UpdatedBy)
            VALUES (@Id, 1, @SeriesId, @DayNumber, @DateKey, @Timestamp, @Numerator, @Denominator, @Source, @ExternalId, @Note, @UpdatedAt, @UpdatedAt, 'key')
            """;
        var rows = facts.Select(fact => new
        {
            fact.Id,
            fact.SeriesId,
            DayNumber = Days.Number(fact.Day),
            DateKey = Days.Key(fact.Day),
            fact.Timestamp,
            fact.Numerator,
            fact.Denominator,
            fact.Source,
            fact.ExternalId,
            fact.Note,
            fact.UpdatedAt,
        }).ToList();
        return _database.Write(Of(1), session => session.Execute(_stored.Inserting("Measurement", isNumbered: true, Insert), rows), default);
    }

    /// <summary>What a feed answers in a format, as text.</summary>
    internal Task<string> Text(FeedQuery query, RowFormat format) => Read(async session =>
    {
        await using var rows = await FeedRows.Open(session, query);
        return await Written(format, rows);
    });

    /// <summary>What a feed answers in a format.</summary>
    internal Task<byte[]> Bytes(FeedQuery query, RowFormat format) => Read(async session =>
    {
        await using var rows = await FeedRows.Open(session, query);
        return await Bytes(format, rows);
    });

    internal static async Task<string> Written(RowFormat format, FeedRows rows) => Encoding.UTF8.GetString(await Bytes(format, rows));

    internal static async Task<byte[]> Bytes(RowFormat format, FeedRows rows)
    {
        using var bytes = new MemoryStream();
        var output = PipeWriter.Create(bytes, new StreamPipeWriterOptions(leaveOpen: true));
        await format.Write(output, rows, default);
        await output.CompleteAsync();
        return bytes.ToArray();
    }

    // Ids of organisation 2 are those of organisation 1 plus 1000.
    private string Rows(int organisation)
    {
        using var connection = _stored.Open().GetAwaiter().GetResult();
        var shift = (organisation - 1) * 1000;
        var sql = new StringBuilder();
        void Add(string table, params object?[] values)
        {
            var columns = _stored.Columns(connection, table).GetAwaiter().GetResult();
            var insert = $"INSERT INTO {table} ({string.Join(", ", columns.Select(column => column.Name))}) VALUES ({string.Join(", ", values.Select(Literal))})";
            sql.Append(_stored.Inserting(table, columns.Any(column => column.IsNumbered), insert)).AppendLine(";");
        }

        const string Written = "2025-12-01T08:00:00.000Z";
        int Day(int month, int day) => Days.Number(new DateOnly(2025, month, day));
        int DateKey(int month, int day) => Days.Key(new DateOnly(2025, month, day));
        int Id(int id) => id + shift;

        Add("Organisation", organisation, "org" + organisation, "Organisation", "Europe/Paris", "Romance Standard Time", "EUR", "fr", 1, 1, 1, Written, Written);
        Add("Activity", Id(1), organisation, "sales", "=Ventes; \"Nantes\"", 1, Written, Written);
        Add("Kpi", Id(1), organisation, "rate", "Taux", "Rate", "conversion", "currency", "increase", "ratio", null, null, null, "quotes", "relative", 0.1, 0, 1, Written, Written);
        Add("Kpi", Id(2), organisation, "volume", "Volume", "Volume", "sales", "count", "increase", "sum", 7, null, null, null, "relative", 0.1, 1, 1, Written, Written);
        Add("Project", Id(1), organisation, Id(1), "shop", "Shop", "Sell — more", "site-redesign", Day(6, 1), "EUR", 30, 90, 1.5, 14, Written, null, 1, Written, Written);
        Add("Project", Id(2), organisation, Id(1), "draft", "Draft", null, null, Day(11, 1), "CHF", 30, 90, 1.5, 14, null, null, 1, Written, Written);
        Add("Series", Id(1), organisation, Id(1), Id(1), Id(1));
        Add("Series", Id(2), organisation, Id(2), Id(1), Id(1));
        Add("Series", Id(3), organisation, Id(1), Id(1), null);
        Add("ProjectKpi", Id(1), organisation, Id(1), Id(1), "+1 order", "relative", 0.1, 0, null, 14, null, null, null, 1, Written, 2.5, 250, 100, 20, 30, 0.05, 2.75, 0.1, 1, Written, Written);
        Add("ProjectKpi", Id(2), organisation, Id(1), Id(2), "Volume", "relative", 0.1, 0, null, 14, 3, null, null, 0, Written, null, null, null, 0, 30, null, null, 0.1, 1, Written, Written);
        Add("NorthStar", Id(3), organisation, Id(1), Id(1), "Grow", 1, 1, Written, Written);
        foreach (var (id, series, month, day) in ((int, int, int, int)[])[(1, 1, 6, 2), (2, 1, 6, 3), (3, 2, 6, 3), (4, 3, 6, 3), (5, 3, 7, 3)])
        {
            Add("Measurement", Id(id), organisation, Id(series), Day(month, day), DateKey(month, day), id == 1 ? "2025-06-02T10:00:00.0000000Z" : null, 2_500_000L * id, 1_000_000, "erp", "-" + id, null, Written, Written, "key", null);
            Add("KpiDayTotal", Id(series), Day(month, day), 2_500_000L * id, 1_000_000, 1, null, Written);
        }

        Add("LedgerEntry", Id(1), organisation, Id(1), "cost", "licences", -12_345, Day(6, 10), DateKey(6, 10), "invoiced", null, "erp", null, Written, Written, "key");
        Add("LedgerDayTotal", Id(1), Day(6, 10), 0, 0, 0, -12_345, 0, 0, 1, 0, -12_345);
        Add("Review", Id(1), organisation, Id(1), Day(6, 20), "weekly", "continue", null, Written, Written, "key");
        Add("Review", Id(2), organisation, Id(1), Day(7, 1), "monthly", "adjust", "=Try; again", Written, Written, "key");
        Add("ReviewAction", Id(1), organisation, Id(2), Id(1), 1, "Call \"them\"", "Nadia", Day(7, 1), Day(7, 8), null, Written, Written);
        Add("SeriesSource", Id(1), organisation, Id(1), "=erp");
        foreach (var day in (int[])[2, 4, 6, 8, 20])
        {
            Add("SourceDayTotal", Id(1), Day(6, day), 1);
        }

        Add("Deletion", Id(1), organisation, "Measurements", "77", DateKey(6, 5), Written);
        return sql.ToString();
    }

    private static string Literal(object? value) => value switch
    {
        null => "NULL",
        string text => (TestDatabase.Server is null ? "'" : "N'") + text.Replace("'", "''", StringComparison.Ordinal) + "'",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
