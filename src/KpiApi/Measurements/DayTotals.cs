using KpiApi.Feeds;
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
    private const string CountShown = "SELECT COUNT(DateKey) FROM KpiDays WHERE ProjectKpiId = @SeriesId AND DateKey = @DateKey";

    private readonly Dictionary<(long SeriesId, int Day), Delta> _deltas = [];
    private readonly SourceTotals _sources = new();

    public void Plus(Series series, string source, DateOnly date, long numerator, long denominator) => Change(series, source, date, numerator, denominator, 1);

    public void Minus(Series series, string source, DateOnly date, long numerator, long denominator) => Change(series, source, date, -numerator, -denominator, -1);

    /// <summary>Takes over what another one added up.</summary>
    public void Plus(DayTotals other)
    {
        foreach (var (key, delta) in other._deltas)
        {
            var sum = Of(key, delta.Series);
            sum.Numerator += delta.Numerator;
            sum.Denominator += delta.Denominator;
            sum.FactCount += delta.FactCount;
        }

        _sources.Plus(other._sources);
    }

    /// <exception cref="TotalOutOfRangeException">A day's sum left the range of 64-bit integers.</exception>
    public async Task Store(Session session)
    {
        foreach (var ((seriesId, day), delta) in _deltas.OrderBy(pair => pair.Key))
        {
            var parameters = new { SeriesId = seriesId, Day = day, Numerator = Sums.Stored(delta.Numerator), Denominator = Sums.Stored(delta.Denominator), delta.FactCount, Now = session.NowUtc };
            if (await session.Execute(Add, parameters) == 0)
            {
                await session.Execute(Insert, parameters);
            }

            if (delta.Series.Aggregation == "last")
            {
                var last = await session.Page<long>(SelectLast, new { SeriesId = seriesId, Day = day, limit = 1 });
                await session.Execute(SetLast, new { SeriesId = seriesId, Day = day, LastNumerator = last.Count == 0 ? (long?)null : last[0] });
            }

            // A `sum` KPI keeps a zero for a day inside its project's window; elsewhere the day is gone when its last fact is.
            if (delta.FactCount < 0 && !delta.Series.IsNorthStar && await session.Single<long>(CountShown, new { SeriesId = seriesId, DateKey = Days.Key(day) }) == 0)
            {
                await Deletions.Record(session, "KpiDays", Deletions.KpiDayKey(seriesId, Days.Key(day)), Days.Key(day));
            }
        }

        _deltas.Clear();
        await _sources.Store(session);
    }

    private void Change(Series series, string source, DateOnly date, long numerator, long denominator, int factCount)
    {
        _sources.Change(series.SeriesId, source, Days.Number(date), factCount);
        var delta = Of((series.SeriesId, Days.Number(date)), series);
        delta.Numerator += numerator;
        delta.Denominator += denominator;
        delta.FactCount += factCount;
    }

    private Delta Of((long SeriesId, int Day) key, Series series)
    {
        if (!_deltas.TryGetValue(key, out var delta))
        {
            _deltas[key] = delta = new Delta(series);
        }

        return delta;
    }

    private sealed class Delta(Series series)
    {
        public Series Series => series;

        public Int128 Numerator { get; set; }

        public Int128 Denominator { get; set; }

        public int FactCount { get; set; }
    }
}
