using KpiApi.Storage;

namespace KpiApi.Measurements;

/// <summary>
/// The day rollup, kept by exact integer deltas in the transaction that stores the facts. One statement per touched day,
/// however many facts the request or the day has; the last value of a day is read again by one index seek.
/// </summary>
internal sealed class DayTotals
{
    private const string Add = """
        UPDATE KpiDayTotal
        SET Numerator = Numerator + @Numerator, Denominator = Denominator + @Denominator, FactCount = FactCount + @FactCount, UpdatedAtUtc = @Now
        WHERE SeriesId = @SeriesId AND Day = @Day
        """;

    private const string Insert = """
        INSERT INTO KpiDayTotal (SeriesId, Day, Numerator, Denominator, FactCount, UpdatedAtUtc)
        VALUES (@SeriesId, @Day, @Numerator, @Denominator, @FactCount, @Now)
        """;

    private const string SelectLast = """
        SELECT Numerator
        FROM Measurement
        WHERE SeriesId = @SeriesId AND Day = @Day
        ORDER BY TimestampUtc DESC, Source DESC, ExternalId DESC
        """;

    private const string SetLast = "UPDATE KpiDayTotal SET LastNumerator = @LastNumerator WHERE SeriesId = @SeriesId AND Day = @Day";
    private const string SelectCount = "SELECT FactCount FROM KpiDayTotal WHERE SeriesId = @SeriesId AND Day = @Day";

    private const string InsertDeletion = """
        INSERT INTO Deletion (OrganisationId, Feed, RowKey, DateKey, DeletedAtUtc)
        VALUES (@OrganisationId, @Feed, @RowKey, @DateKey, @Now)
        """;

    private readonly Dictionary<(long SeriesId, int Day), Delta> _deltas = [];

    public void Plus(Series series, DateOnly date, long numerator, long denominator) => Change(series, date, numerator, denominator, 1);

    public void Minus(Series series, DateOnly date, long numerator, long denominator) => Change(series, date, -numerator, -denominator, -1);

    /// <exception cref="TotalOutOfRangeException">A day's sum left the range of 64-bit integers.</exception>
    public async Task Store(Session session)
    {
        foreach (var ((seriesId, day), delta) in _deltas.OrderBy(pair => pair.Key))
        {
            var parameters = new { SeriesId = seriesId, Day = day, Numerator = Long(delta.Numerator), Denominator = Long(delta.Denominator), delta.FactCount, Now = session.NowUtc };
            if (await session.Execute(Add, parameters) == 0)
            {
                await session.Execute(Insert, parameters);
            }

            if (delta.Series.Aggregation == "last")
            {
                var last = await session.Page<long>(SelectLast, new { SeriesId = seriesId, Day = day, limit = 1 });
                await session.Execute(SetLast, new { SeriesId = seriesId, Day = day, LastNumerator = last.Count == 0 ? (long?)null : last[0] });
            }

            if (delta.FactCount < 0 && !delta.Series.IsNorthStar && await session.Single<long>(SelectCount, parameters) == 0)
            {
                await RecordDeletion(session, "KpiDays", $"{seriesId}-{Days.Key(day)}", Days.Key(day));
            }
        }

        _deltas.Clear();
    }

    /// <summary>Tells incremental readers that a row is gone from a feed, or from that day of it.</summary>
    public static Task RecordDeletion(Session session, string feed, string key, int dateKey) =>
        session.Execute(InsertDeletion, new { session.OrganisationId, Feed = feed, RowKey = key, DateKey = dateKey, Now = session.NowUtc });

    private void Change(Series series, DateOnly date, long numerator, long denominator, int factCount)
    {
        var key = (series.SeriesId, Days.Number(date));
        if (!_deltas.TryGetValue(key, out var delta))
        {
            _deltas[key] = delta = new Delta(series);
        }

        delta.Numerator += numerator;
        delta.Denominator += denominator;
        delta.FactCount += factCount;
    }

    private static long Long(Int128 sum) => sum >= long.MinValue && sum <= long.MaxValue
        ? (long)sum
        : throw new TotalOutOfRangeException("The sum of a day left the range of 64-bit integers.", new OverflowException());

    private sealed class Delta(Series series)
    {
        public Series Series => series;

        public Int128 Numerator { get; set; }

        public Int128 Denominator { get; set; }

        public int FactCount { get; set; }
    }
}
