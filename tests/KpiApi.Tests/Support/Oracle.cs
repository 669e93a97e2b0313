using System.Globalization;
using System.Numerics;

namespace KpiApi.Tests.Support;

/// <summary>
/// The figures of a scenario, worked out from the text of the steering page alone: a second opinion that shares nothing with the product.
/// Sums stay exact integers for as long as possible and become FLOAT where the page divides, so where the two disagree in the last digits the oracle is the better one.
/// </summary>
internal static class Oracle
{
    private const int FactUnits = 1_000_000;
    private const int MoneyUnits = 10_000;
    private const int FewestDaysForAnError = 7;

    private static readonly string[] EvidenceClasses = ["invoiced", "measured", "estimated"];

    /// <param name="s">The scenario; its <c>asOf</c> is the last day that counts.</param>
    /// <param name="today">The organisation's current day; null: long after <c>asOf</c>, so that every day up to it is over.</param>
    /// <param name="timeZone">The organisation's, which decides the day of a fact that came with a timestamp.</param>
    public static Expected Compute(Scenario s, DateOnly? today = null, string timeZone = "Europe/Paris")
    {
        var closed = today is { } day && day <= s.AsOf ? day.AddDays(-1) : s.AsOf;
        var facts = new FactStore(TimeZoneInfo.FindSystemTimeZoneById(timeZone));
        facts.Post(s.Measurements);
        var atLaunch = facts.UpTo(DateOnly.MaxValue);
        facts.Post(s.AfterLaunch ?? []);
        facts.Delete(s.Deletes ?? []);

        // Nothing dated after asOf counts, in the restated baseline neither; the sealed one is what the launch saw.
        var onAsOf = facts.UpTo(s.AsOf);

        return new Expected
        {
            Projects = s.Projects.ToDictionary(project => project.Code, project => Project(s, project, atLaunch, onAsOf, closed)),
            NorthStars = NorthStars(s, onAsOf, closed),
        };
    }

    private static ExpectedProject Project(Scenario s, ScenarioProject project, Facts atLaunch, Facts onAsOf, DateOnly closed)
    {
        var ledger = new Ledger(s.Ledger.Where(entry => entry.Project == project.Code));
        var weeks = new List<ExpectedWeek>();
        var kpis = new List<ExpectedKpi>();
        var longestLag = 0;
        foreach (var tracking in project.Kpis)
        {
            var kpi = new ProjectKpi(project, tracking, s.KpiOf(tracking.Kpi), atLaunch, onAsOf, ledger, s.AsOf, closed);
            var rows = kpi.Weeks();
            weeks.AddRange(rows);
            kpis.Add(kpi.Figures(rows));
            longestLag = Math.Max(longestLag, kpi.Lag);
        }

        var roi = Roi(ledger, project, s.AsOf);
        return new ExpectedProject { Weeks = weeks, Kpis = kpis, Roi = roi, Recommendation = Recommendation(new Horizon(project, s.AsOf), longestLag, closed, kpis, roi) };
    }

    // ---- §5 ROI ----

    private static ExpectedRoi Roi(Ledger ledger, ScenarioProject project, DateOnly asOf)
    {
        var (gain, cost) = ledger.Cumulative(asOf);
        double? ratio = cost.IsZero ? null : Quotient(gain, cost);
        return new ExpectedRoi
        {
            Gain = Quotient(gain, MoneyUnits),
            Cost = Quotient(cost, MoneyUnits),
            Net = Quotient(gain - cost, MoneyUnits),
            Ratio = ratio,
            Return = cost.IsZero ? null : Quotient(gain - cost, cost),
            Reached = ratio >= (double)(project.RoiThreshold ?? ScenarioProject.DefaultRoiThreshold),
            PaybackOn = ledger.PaybackOn(asOf),
            ByEvidence = EvidenceClasses.ToDictionary(evidence => evidence, evidence =>
            {
                var (classGain, classCost) = ledger.Cumulative(asOf, evidence);
                return new ExpectedEvidence { Gain = Quotient(classGain, MoneyUnits), Cost = Quotient(classCost, MoneyUnits) };
            }),
        };
    }

    // ---- §7 Recommendation ----

    private static string? Recommendation(Horizon horizon, int longestLag, DateOnly closed, List<ExpectedKpi> kpis, ExpectedRoi roi)
    {
        if (horizon.ClosedEarly)
        {
            return null;
        }

        var achieved = kpis.Count(kpi => kpi.Outcome == "achieved");
        var measurable = achieved + kpis.Count(kpi => kpi.Outcome == "missed");
        var horizonOver = horizon.LastDay.AddDays(longestLag) <= closed;
        return horizonOver switch
        {
            false when !kpis.Any(kpi => kpi.CurrentStatus is "on_track" or "at_risk" or "behind") => "insufficient_data",
            false when kpis.Any(kpi => kpi.CurrentStatus == "behind") => "adjust",
            false => "continue",
            true when measurable == 0 && roi.Ratio is null => "insufficient_data",
            true when achieved == 0 && roi.Ratio is null or < 1 => "stop",
            true when measurable > 0 && achieved == measurable && (roi.Ratio is null || roi.Reached) => "continue",
            true => "adjust",
        };
    }

    // ---- §8 North Star ----

    private static List<ExpectedNorthStarMonth> NorthStars(Scenario s, Facts onAsOf, DateOnly closed)
    {
        var rows = new List<ExpectedNorthStarMonth>();
        foreach (var (activity, code) in onAsOf.OfActivities())
        {
            var kpi = s.KpiOf(code);
            var series = onAsOf.Of(null, activity, code);
            foreach (var month in series.Days.Select(day => new DateOnly(day.Date.Year, day.Date.Month, 1)).Distinct())
            {
                var value = MonthValue(month);
                var before = MonthValue(month.AddMonths(-1));
                var provisional = month.AddMonths(1).AddDays(-1 + (kpi.LagDays ?? 0)) > closed;
                var change = provisional ? null : value - before;
                rows.Add(new ExpectedNorthStarMonth
                {
                    Activity = activity,
                    Kpi = code,
                    Month = month.ToString("yyyy-MM", CultureInfo.InvariantCulture),
                    Value = value,
                    Change = change,
                    ChangePct = before == 0 ? null : change / Size(before),
                    Provisional = provisional,
                });
            }

            double? MonthValue(DateOnly month)
            {
                var days = series.Within(month, month.AddMonths(1).AddDays(-1));
                return kpi.Aggregation switch
                {
                    _ when days.Count == 0 => null,
                    "ratio" => RatioOf(days),
                    "sum" => Quotient(SumOf(days, day => day.Numerator), FactUnits),
                    "last" => Quotient(days[^1].Last, FactUnits),
                    _ => throw new InvalidOperationException($"{code}: no North Star is of aggregation '{kpi.Aggregation}'."),
                };
            }
        }

        return rows;
    }

    // ---- Arithmetic ----

    private static double Quotient(BigInteger dividend, BigInteger divisor) => (double)dividend / (double)divisor;

    private static double? RatioOf(List<Day> days)
    {
        var denominator = SumOf(days, day => day.Denominator);
        return denominator.IsZero ? null : Quotient(SumOf(days, day => day.Numerator), denominator);
    }

    private static BigInteger SumOf<T>(IEnumerable<T> items, Func<T, BigInteger> term) => items.Aggregate(BigInteger.Zero, (sum, item) => sum + term(item));

    private static double? Size(double? number) => number is { } one ? Math.Abs(one) : null;

    private static double? Rounded(double? number) => number is { } one ? Math.Round(one, 6, MidpointRounding.AwayFromZero) : null;

    /// <summary>Σ(x − r·y)² with r = Σx / Σy, which is the page's q, without its cancellation: multiplied by (Σy)² everything is an integer.</summary>
    private static double? StandardError(List<(BigInteger X, BigInteger Y)> days)
    {
        var n = days.Count;
        var sumX = SumOf(days, day => day.X);
        var sumY = SumOf(days, day => day.Y);
        if (sumY.IsZero)
        {
            return null;
        }

        var q = SumOf(days, day => BigInteger.Pow((day.X * sumY) - (day.Y * sumX), 2));
        var squares = SumOf(days, day => day.X * day.X) * sumY * sumY;
        if (q * 1_000_000_000_000 < squares)
        {
            return 0;
        }

        // √(q / (Σy)² / (n−1) / n) / |Σy / n|
        return Math.Sqrt((double)q / ((double)(n - 1) * n)) * n / (double)(sumY * sumY);
    }

    // ---- Facts (§1, §2, §10) ----

    private sealed record Identity(string? Project, string? Activity, string Kpi, string Source, string ExternalId);

    private sealed record Fact(Identity Identity, DateOnly Date, DateTime? Instant, long Numerator, long Denominator);

    private sealed class FactStore(TimeZoneInfo zone)
    {
        private readonly Dictionary<Identity, Fact> facts = [];

        public void Post(IEnumerable<ScenarioMeasurement> measurements)
        {
            foreach (var m in measurements)
            {
                var instant = m.Timestamp?.UtcDateTime;
                var date = m.Date ?? DateOnly.FromDateTime(TimeZoneInfo.ConvertTimeFromUtc(instant ?? throw new InvalidOperationException("A fact has a date or a timestamp."), zone));
                var externalId = m.ExternalId ?? (instant is { } at
                    ? at.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture)
                    : date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
                var identity = new Identity(m.Project, m.Activity, m.Kpi, m.Source ?? ScenarioMeasurement.DefaultSource, externalId);
                facts[identity] = new Fact(identity, date, instant, Units(m.Value ?? m.Numerator ?? 0), Units(m.Denominator ?? 0));
            }
        }

        public void Delete(IEnumerable<ScenarioDelete> deletes)
        {
            foreach (var d in deletes)
            {
                var identity = new Identity(d.Project, d.Activity, d.Kpi, d.Source ?? ScenarioMeasurement.DefaultSource, d.ExternalId);
                if (!facts.Remove(identity))
                {
                    throw new InvalidOperationException($"The scenario deletes a fact that is not there: {identity}.");
                }
            }
        }

        public Facts UpTo(DateOnly last) => new(facts.Values.Where(fact => fact.Date <= last));

        private static long Units(decimal number) => (long)(Math.Round(number, 6, MidpointRounding.AwayFromZero) * FactUnits);
    }

    /// <summary>The facts of one moment, summed by series and day.</summary>
    private sealed class Facts(IEnumerable<Fact> facts)
    {
        private readonly Dictionary<(string? Project, string? Activity, string Kpi), Series> series = facts
            .GroupBy(fact => (fact.Identity.Project, fact.Identity.Activity, fact.Identity.Kpi))
            .ToDictionary(group => group.Key, group => new Series(group));

        public Series Of(string? project, string? activity, string kpi) => series.GetValueOrDefault((project, activity, kpi)) ?? new Series([]);

        public IEnumerable<(string Activity, string Kpi)> OfActivities() => series.Keys.Where(key => key.Activity is not null).Select(key => (key.Activity!, key.Kpi));
    }

    /// <summary>The measured days of a project KPI or North Star, in order.</summary>
    private sealed class Series(IEnumerable<Fact> facts)
    {
        public List<Day> Days { get; } = [.. facts.GroupBy(fact => fact.Date).OrderBy(group => group.Key).Select(group => new Day(
            group.Key,
            SumOf(group, fact => fact.Numerator),
            SumOf(group, fact => fact.Denominator),
            Latest(group).Numerator))];

        public List<Day> Within(DateOnly first, DateOnly last) => [.. Days.Where(day => day.Date >= first && day.Date <= last)];

        private static Fact Latest(IEnumerable<Fact> facts) => facts
            .OrderBy(fact => fact.Instant ?? DateTime.MinValue)
            .ThenBy(fact => fact.Identity.Source, StringComparer.Ordinal)
            .ThenBy(fact => fact.Identity.ExternalId, StringComparer.Ordinal)
            .Last();
    }

    private sealed record Day(DateOnly Date, BigInteger Numerator, BigInteger Denominator, long Last);

    // ---- Ledger (§1, §5) ----

    private sealed class Ledger
    {
        private readonly List<(DateOnly Date, bool IsGain, long Amount, string Evidence)> entries = [];

        public Ledger(IEnumerable<ScenarioLedgerEntry> posted)
        {
            // An entry without an externalId is always a new one; with it, a later post corrects the earlier.
            var last = new Dictionary<(string Source, string ExternalId), int>();
            foreach (var entry in posted)
            {
                var amount = (long)(Math.Round(entry.Amount, 4, MidpointRounding.AwayFromZero) * MoneyUnits);
                var row = (entry.Date, entry.Kind == "gain", amount, entry.Evidence ?? "estimated");
                if (entry.ExternalId is { } externalId)
                {
                    var identity = (entry.Source ?? ScenarioMeasurement.DefaultSource, externalId);
                    if (last.TryGetValue(identity, out var index))
                    {
                        entries[index] = row;
                        continue;
                    }

                    last[identity] = entries.Count;
                }

                entries.Add(row);
            }
        }

        public (BigInteger Gain, BigInteger Cost) Cumulative(DateOnly upTo, string? evidence = null)
        {
            var counted = entries.Where(entry => entry.Date <= upTo && (evidence is null || entry.Evidence == evidence)).ToList();
            return (SumOf(counted.Where(entry => entry.IsGain), entry => entry.Amount), SumOf(counted.Where(entry => !entry.IsGain), entry => entry.Amount));
        }

        public double? Ratio(DateOnly upTo)
        {
            var (gain, cost) = Cumulative(upTo);
            return cost.IsZero ? null : Quotient(gain, cost);
        }

        public DateOnly? PaybackOn(DateOnly asOf)
        {
            DateOnly? payback = null;
            foreach (var day in entries.Select(entry => entry.Date).Where(date => date <= asOf).Distinct().Order())
            {
                var (gain, cost) = Cumulative(day);
                var paidBack = gain >= cost && cost > 0;
                payback = paidBack ? payback ?? day : null;
            }

            return payback;
        }
    }

    // ---- A project's days (§3, §4) ----

    private sealed class Horizon
    {
        public Horizon(ScenarioProject project, DateOnly asOf)
        {
            Start = project.StartsOn;
            BaselineDays = project.BaselineDays ?? ScenarioProject.DefaultBaselineDays;
            Days = project.HorizonDays ?? ScenarioProject.DefaultHorizonDays;
            LastDay = Start.AddDays(Days - 1);
            DateOnly? closedOn = project.ClosedOn <= asOf ? project.ClosedOn : null;
            End = closedOn < LastDay ? closedOn.Value : LastDay;
            ClosedEarly = closedOn < LastDay;
        }

        public DateOnly Start { get; }

        public int BaselineDays { get; }

        public int Days { get; }

        /// <summary>S+H−1, whenever the project was closed.</summary>
        public DateOnly LastDay { get; }

        /// <summary>The last day that can have a week.</summary>
        public DateOnly End { get; }

        public bool ClosedEarly { get; }

        public DateOnly BaselineFirst => Start.AddDays(-BaselineDays);

        public DateOnly BaselineLast => Start.AddDays(-1);

        public DateOnly EvaluationFirst => Start.AddDays(Days - BaselineDays);

        public int DaysToTarget => Math.Max(1, Days - BaselineDays);

        /// <summary>1 on the start day.</summary>
        public int NumberOf(DateOnly day) => day.DayNumber - Start.DayNumber + 1;
    }

    // ---- A project KPI (§2, §3, §4, §6) ----

    private sealed class ProjectKpi
    {
        private readonly ScenarioKpi kpi;
        private readonly Horizon horizon;
        private readonly Series series;
        private readonly Ledger ledger;
        private readonly DateOnly asOf;
        private readonly DateOnly closed;
        private readonly int graceDays;
        private readonly int sign;

        // Sealed at launch.
        private readonly double? b;
        private readonly double? t;
        private readonly double tolerance;
        private readonly double? baselineError;
        private readonly int baselineCount;
        private readonly int coverageDays;

        private readonly double? restated;

        public ProjectKpi(
            ScenarioProject project, ScenarioProjectKpi tracking, ScenarioKpi kpi, Facts atLaunch, Facts onAsOf, Ledger ledger, DateOnly asOf, DateOnly closed)
        {
            this.kpi = kpi;
            this.ledger = ledger;
            this.asOf = asOf;
            this.closed = closed;
            horizon = new Horizon(project, asOf);
            series = onAsOf.Of(project.Code, null, kpi.Code);
            graceDays = tracking.GraceDays ?? ScenarioProjectKpi.DefaultGraceDays;
            Lag = tracking.LagDays ?? kpi.LagDays ?? 0;
            sign = kpi.Direction == "increase" ? 1 : -1;

            if (kpi.Aggregation == "ledger")
            {
                b = restated = 0;
            }
            else
            {
                var history = atLaunch.Of(project.Code, null, kpi.Code);
                coverageDays = history.Within(horizon.BaselineFirst, horizon.BaselineLast).Count;
                baselineCount = CountOf(history, horizon.BaselineFirst, horizon.BaselineLast);
                if (tracking.DeclaredBaseline is { } declared)
                {
                    b = restated = (double)declared.Value;
                }
                else
                {
                    b = ValueOver(history, horizon.BaselineFirst, horizon.BaselineLast);
                    baselineError = ErrorOver(history, horizon.BaselineFirst, horizon.BaselineLast);
                    // Days after asOf do not count as days without facts either.
                    restated = ValueOver(series, horizon.BaselineFirst, horizon.BaselineLast < asOf ? horizon.BaselineLast : asOf);
                }
            }

            var target = tracking.Target ?? kpi.Threshold;
            var v = (double)target.Value;
            t = target.Kind switch
            {
                "relative" => b + (v * Size(b)),
                "points" => b + v,
                "absolute" => v,
                _ => throw new InvalidOperationException($"No threshold is of kind '{target.Kind}'."),
            };
            tolerance = (double?)tracking.Tolerance ?? (b is null || t is null or 0 ? 0.10 : Math.Min(0.10, 0.5 * Math.Abs(t.Value - b.Value) / Math.Abs(t.Value)));
        }

        public int Lag { get; }

        public List<ExpectedWeek> Weeks()
        {
            var rows = new List<ExpectedWeek>();
            var last = horizon.End < asOf ? horizon.End : asOf;
            if (last < horizon.Start)
            {
                return rows;
            }

            var monday = horizon.Start.AddDays(-(((int)horizon.Start.DayOfWeek + 6) % 7));
            for (; monday <= last; monday = monday.AddDays(7))
            {
                rows.Add(Week(monday));
            }

            return rows;
        }

        public ExpectedKpi Figures(List<ExpectedWeek> weeks)
        {
            var smallestChange = 3.42 * Math.Sqrt(2) * baselineError;
            var row = new ExpectedKpi
            {
                Kpi = kpi.Code,
                Baseline = b,
                RestatedBaseline = restated,
                CoverageDays = coverageDays,
                Target = t,
                Tolerance = tolerance,
                SmallestDetectableChange = smallestChange,
                Detectable = smallestChange is null || t is null ? null : Size(t - b) >= smallestChange,
                CurrentStatus = weeks.LastOrDefault(week => !week.Provisional)?.Status ?? "provisional",
            };
            if (horizon.ClosedEarly)
            {
                return row with { Outcome = "not_measurable" };
            }

            if (horizon.LastDay.AddDays(Lag) > closed)
            {
                return row with { Outcome = "pending" };
            }

            var final = kpi.Aggregation == "ledger" ? ledger.Ratio(horizon.LastDay) : ValueOver(series, horizon.EvaluationFirst, horizon.LastDay);
            var change = final - b;
            var evaluationError = ErrorOver(series, horizon.EvaluationFirst, horizon.LastDay);
            double? halfWidth = change is null || baselineError is null || evaluationError is null
                ? null
                : 2.58 * Math.Sqrt((baselineError.Value * baselineError.Value) + (evaluationError.Value * evaluationError.Value));
            var low = change - halfWidth;
            var high = change + halfWidth;
            return row with
            {
                Final = final,
                Change = change,
                ChangePct = b == 0 ? null : change / Size(b),
                ChangeLow = low,
                ChangeHigh = high,
                Evidence = halfWidth is null ? "insufficient" : (sign > 0 ? low > 0 : high < 0) ? "clear" : "unclear",
                Outcome = b is null || t is null || final is null
                    ? "not_measurable"
                    : Rounded(sign * (t == 0 ? final : (final - t) / Size(t))) >= 0 ? "achieved" : "missed",
            };
        }

        private ExpectedWeek Week(DateOnly monday)
        {
            var weekEnd = monday.AddDays(6);
            var lastDay = weekEnd < horizon.End ? weekEnd : horizon.End;
            var first = monday > horizon.Start ? monday : horizon.Start;
            var last = lastDay < asOf ? lastDay : asOf;
            var k = horizon.NumberOf(last);

            var actual = kpi.Aggregation == "ledger" ? ledger.Ratio(last) : ValueOver(series, first, last);
            var expected = ExpectedOver(first, last);
            var gap = sign * (actual - expected);
            var drift = expected == 0 ? null : gap / Size(expected);
            var noise = actual is null ? null : 1.64 * baselineError * Math.Sqrt((double)baselineCount / CountOf(series, first, last));
            var provisional = lastDay.AddDays(Lag) > closed;
            return new ExpectedWeek
            {
                Kpi = kpi.Code,
                Week = IsoWeek(monday),
                WeekStart = monday,
                DayNumber = k,
                Actual = actual,
                Expected = expected,
                Gap = gap,
                Noise = noise,
                Drift = drift,
                TargetDrift = t == 0 ? null : sign * (actual - t) / Size(t),
                Progress = t == b ? null : (actual - b) / (t - b),
                Provisional = provisional,
                Status = Status(actual, gap, Rounded(drift), noise, provisional, k),
            };
        }

        private string Status(double? actual, double? gap, double? drift, double? noise, bool provisional, int k)
        {
            if (b is null)
            {
                return "no_baseline";
            }

            if (provisional)
            {
                return "provisional";
            }

            if (actual is null)
            {
                return "no_data";
            }

            if (k < graceDays)
            {
                return "too_early";
            }

            if (drift is null)
            {
                return gap >= 0 ? "on_track" : "behind";
            }

            if (drift >= 0)
            {
                return "on_track";
            }

            return drift < -tolerance && (noise is null || -gap > noise) ? "behind" : "at_risk";
        }

        private double? ValueOver(Series of, DateOnly first, DateOnly last)
        {
            var days = of.Within(first, last);
            return kpi.Aggregation switch
            {
                _ when days.Count == 0 => null,
                "ratio" => RatioOf(days),
                "sum" => Quotient(PerDays * SumOf(days, day => day.Numerator), (BigInteger)FactUnits * DaysFrom(first, last)),
                "last" => Quotient(days[^1].Last, FactUnits),
                _ => throw new InvalidOperationException($"Aggregation '{kpi.Aggregation}' takes no facts."),
            };
        }

        /// <summary>The aggregation applied to the line; exact up to the share of the way from b to t.</summary>
        private double? ExpectedOver(DateOnly first, DateOnly last)
        {
            if (b is not { } from || t is not { } to)
            {
                return null;
            }

            var e = from + ((to - from) * ShareOfTheWay(first, last));
            return Math.Abs(e) < 1e-12 * Math.Max(Math.Abs(from), Math.Abs(to)) ? 0 : e;
        }

        private double ShareOfTheWay(DateOnly first, DateOnly last)
        {
            if (kpi.Aggregation == "ledger")
            {
                return Math.Min(1, (double)horizon.NumberOf(last) / horizon.Days);
            }

            var days = series.Within(first, last);
            if (kpi.Aggregation == "last" && days.Count > 0)
            {
                return (double)Steps(days[^1].Date) / horizon.DaysToTarget;
            }

            var weight = SumOf(days, day => day.Denominator);
            if (kpi.Aggregation == "ratio" && !weight.IsZero)
            {
                return Quotient(SumOf(days, day => day.Denominator * Steps(day.Date)), weight * horizon.DaysToTarget);
            }

            var all = Enumerable.Range(0, DaysFrom(first, last)).Select(first.AddDays);
            return Quotient(SumOf(all, day => Steps(day)), (BigInteger)DaysFrom(first, last) * horizon.DaysToTarget);
        }

        /// <summary>min(i, R)</summary>
        private int Steps(DateOnly day) => Math.Min(horizon.NumberOf(day), horizon.DaysToTarget);

        private double? ErrorOver(Series of, DateOnly first, DateOnly last)
        {
            var days = of.Within(first, last);
            if (days.Count < FewestDaysForAnError)
            {
                return null;
            }

            switch (kpi.Aggregation)
            {
                case "ratio":
                    return StandardError([.. days.Select(day => (day.Numerator, day.Denominator))]);
                case "sum":
                    // y = 1 instead of 1/perDays keeps it an integer; the error is then one of a day's value, in micro-units.
                    var silent = Enumerable.Repeat((BigInteger.Zero, BigInteger.One), DaysFrom(first, last) - days.Count);
                    return StandardError([.. days.Select(day => (day.Numerator, BigInteger.One)), .. silent]) * PerDays / FactUnits;
                default:
                    return null;
            }
        }

        /// <summary>n of §6: the observations behind a figure.</summary>
        private int CountOf(Series of, DateOnly first, DateOnly last) => kpi.Aggregation == "sum" ? DaysFrom(first, last) : of.Within(first, last).Count;

        private int PerDays => kpi.PerDays ?? 1;

        private static int DaysFrom(DateOnly first, DateOnly last) => last.DayNumber - first.DayNumber + 1;

        private static string IsoWeek(DateOnly monday)
        {
            var day = monday.ToDateTime(TimeOnly.MinValue);
            return string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(day):D4}-W{ISOWeek.GetWeekOfYear(day):D2}");
        }
    }
}
