using KpiApi.Storage;

namespace KpiApi.Measurements;

/// <summary>
/// How many facts each source of a series has on a day, kept by exact integer deltas in the transaction that stores the facts.
/// What a source usually does, and that it has fallen silent, is seen from its days.
/// </summary>
internal sealed class SourceTotals
{
    private const string SelectId = "SELECT SeriesSourceId FROM SeriesSource WHERE SeriesId = @SeriesId AND Source = @Source";
    private const string InsertSource = "INSERT INTO SeriesSource (OrganisationId, SeriesId, Source) VALUES (@OrganisationId, @SeriesId, @Source)";
    private const string Add = """
        UPDATE SourceDayTotal SET FactCount = FactCount + @FactCount
        WHERE SeriesSourceId = (SELECT SeriesSourceId FROM SeriesSource WHERE SeriesId = @SeriesId AND Source = @Source) AND Day = @Day
        """;

    private const string Insert = "INSERT INTO SourceDayTotal (SeriesSourceId, Day, FactCount) VALUES (@SeriesSourceId, @Day, @FactCount)";

    private readonly Dictionary<(long SeriesId, string Source), SortedDictionary<int, int>> _deltas = [];

    public void Change(long seriesId, string source, int day, int factCount)
    {
        if (!_deltas.TryGetValue((seriesId, source), out var days))
        {
            _deltas[(seriesId, source)] = days = [];
        }

        days[day] = days.GetValueOrDefault(day) + factCount;
    }

    public void Plus(SourceTotals other)
    {
        foreach (var ((seriesId, source), days) in other._deltas)
        {
            foreach (var (day, factCount) in days)
            {
                Change(seriesId, source, day, factCount);
            }
        }
    }

    public async Task Store(Session session)
    {
        foreach (var ((seriesId, source), days) in _deltas.OrderBy(pair => pair.Key.SeriesId).ThenBy(pair => pair.Key.Source, StringComparer.Ordinal))
        {
            long? id = null;
            // A corrected value changes no count.
            foreach (var (day, factCount) in days.Where(day => day.Value != 0))
            {
                if (await session.Execute(Add, new { SeriesId = seriesId, Source = source, Day = day, FactCount = factCount }) == 0)
                {
                    var name = new { session.OrganisationId, SeriesId = seriesId, Source = source };
                    id ??= await session.Single<long?>(SelectId, name) ?? await session.Insert(InsertSource, name);
                    await session.Execute(Insert, new { SeriesSourceId = id, Day = day, FactCount = factCount });
                }
            }
        }

        _deltas.Clear();
    }
}
