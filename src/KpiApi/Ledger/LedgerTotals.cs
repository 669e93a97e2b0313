using KpiApi.Storage;

namespace KpiApi.Ledger;

/// <summary>The ledger's rollups, kept by exact integer deltas in the transaction that stores the entries.</summary>
internal sealed class LedgerTotals
{
    // A new day starts with the running totals of the day before it.
    private const string InsertDay = """
        INSERT INTO LedgerDayTotal (ProjectId, Day, GainInvoiced, GainMeasured, GainEstimated, CostInvoiced, CostMeasured, CostEstimated, EntryCount, CumulativeGain, CumulativeCost)
        VALUES (@ProjectId, @Day, 0, 0, 0, 0, 0, 0, 0, @CumulativeGain, @CumulativeCost)
        """;

    private const string SelectBefore = "SELECT CumulativeGain, CumulativeCost FROM LedgerDayTotal WHERE ProjectId = @ProjectId AND Day < @Day ORDER BY Day DESC";

    private const string AddToDay = """
        UPDATE LedgerDayTotal
        SET GainInvoiced = GainInvoiced + @GainInvoiced, GainMeasured = GainMeasured + @GainMeasured, GainEstimated = GainEstimated + @GainEstimated,
            CostInvoiced = CostInvoiced + @CostInvoiced, CostMeasured = CostMeasured + @CostMeasured, CostEstimated = CostEstimated + @CostEstimated,
            EntryCount = EntryCount + @EntryCount
        WHERE ProjectId = @ProjectId AND Day = @Day
        """;

    // From one changed day to the next: a batch of many days changes each running total once.
    private const string AddToRunning = """
        UPDATE LedgerDayTotal SET CumulativeGain = CumulativeGain + @Gain, CumulativeCost = CumulativeCost + @Cost WHERE ProjectId = @ProjectId AND Day >= @Day AND Day < @Until
        """;

    private const string AddToCategory = """
        UPDATE LedgerCategoryTotal SET Gain = Gain + @Gain, Cost = Cost + @Cost, EntryCount = EntryCount + @EntryCount WHERE ProjectId = @ProjectId AND Category = @Category AND Day = @Day
        """;

    private const string InsertCategory = """
        INSERT INTO LedgerCategoryTotal (ProjectId, Category, Day, Gain, Cost, EntryCount)
        VALUES (@ProjectId, @Category, @Day, @Gain, @Cost, @EntryCount)
        """;

    private readonly SortedDictionary<int, DayDelta> _days = [];
    private readonly Dictionary<(string Category, int Day), CategoryDelta> _categories = [];

    public void Plus(string kind, string evidence, string category, int day, long amount) => Change(kind, evidence, category, day, amount, 1);

    public void Minus(string kind, string evidence, string category, int day, long amount) => Change(kind, evidence, category, day, -amount, -1);

    /// <exception cref="TotalOutOfRangeException">A total left the range of 64-bit integers.</exception>
    public async Task Store(Session session, long projectId)
    {
        foreach (var (day, delta) in _days)
        {
            var parameters = new
            {
                ProjectId = projectId,
                Day = day,
                GainInvoiced = Sums.Stored(delta["gain", "invoiced"]),
                GainMeasured = Sums.Stored(delta["gain", "measured"]),
                GainEstimated = Sums.Stored(delta["gain", "estimated"]),
                CostInvoiced = Sums.Stored(delta["cost", "invoiced"]),
                CostMeasured = Sums.Stored(delta["cost", "measured"]),
                CostEstimated = Sums.Stored(delta["cost", "estimated"]),
                delta.EntryCount,
            };
            if (await session.Execute(AddToDay, parameters) == 0)
            {
                var rows = await session.Page<Running>(SelectBefore, new { ProjectId = projectId, Day = day, limit = 1 });
                var before = rows.Count == 0 ? new Running() : rows[0];
                await session.Execute(InsertDay, new { ProjectId = projectId, Day = day, before.CumulativeGain, before.CumulativeCost });
                await session.Execute(AddToDay, parameters);
            }
        }

        await StoreRunning(session, projectId);
        foreach (var ((category, day), delta) in _categories)
        {
            var parameters = new { ProjectId = projectId, Category = category, Day = day, Gain = Sums.Stored(delta.Gain), Cost = Sums.Stored(delta.Cost), delta.EntryCount };
            if (await session.Execute(AddToCategory, parameters) == 0)
            {
                await session.Execute(InsertCategory, parameters);
            }
        }
    }

    // After all days are there: a new one starts with the running totals that were there before the batch.
    private async Task StoreRunning(Session session, long projectId)
    {
        var days = _days.Keys.ToList();
        var (gain, cost) = ((Int128)0, (Int128)0);
        for (var index = 0; index < days.Count; index++)
        {
            gain += _days[days[index]].Gain;
            cost += _days[days[index]].Cost;
            if (gain != 0 || cost != 0)
            {
                var until = index + 1 < days.Count ? days[index + 1] : int.MaxValue;
                await session.Execute(AddToRunning, new { ProjectId = projectId, Day = days[index], Until = until, Gain = Sums.Stored(gain), Cost = Sums.Stored(cost) });
            }
        }
    }

    private void Change(string kind, string evidence, string category, int day, long amount, int entries)
    {
        if (!_days.TryGetValue(day, out var delta))
        {
            _days[day] = delta = new DayDelta();
        }

        delta[kind, evidence] += amount;
        delta.EntryCount += entries;
        if (!_categories.TryGetValue((category, day), out var part))
        {
            _categories[(category, day)] = part = new CategoryDelta();
        }

        part.Gain += kind == "gain" ? amount : 0;
        part.Cost += kind == "cost" ? amount : 0;
        part.EntryCount += entries;
    }

    private sealed class DayDelta
    {
        private readonly Dictionary<(string, string), Int128> _amounts = [];

        public int EntryCount { get; set; }

        public Int128 Gain => this["gain", "invoiced"] + this["gain", "measured"] + this["gain", "estimated"];

        public Int128 Cost => this["cost", "invoiced"] + this["cost", "measured"] + this["cost", "estimated"];

        public Int128 this[string kind, string evidence]
        {
            get => _amounts.GetValueOrDefault((kind, evidence));
            set => _amounts[(kind, evidence)] = value;
        }
    }

    private sealed class CategoryDelta
    {
        public Int128 Gain { get; set; }

        public Int128 Cost { get; set; }

        public int EntryCount { get; set; }
    }

    private sealed record Running
    {
        public long CumulativeGain { get; init; }

        public long CumulativeCost { get; init; }
    }
}
