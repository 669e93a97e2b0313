using System.Globalization;

namespace KpiApi.Tests.Support;

/// <summary>
/// Figures agree within a tolerance times the larger of the number, the KPI's baseline and its target; drift, targetDrift, progress and changePct,
/// which have no unit, within a tolerance times the larger of the number and 1. Texts, days, counts and statuses agree exactly, and null only with null.
/// </summary>
internal static class Compare
{
    public static IReadOnlyList<string> Differences(Expected expected, Expected actual, double tolerance = 1e-6)
    {
        var differences = new List<string>();
        foreach (var (code, one, other) in Pairs(expected.Projects, actual.Projects, code => code, differences))
        {
            Project(code, one, other, tolerance, differences);
        }

        if (expected.NorthStars is { } months)
        {
            NorthStars(months, actual.NorthStars ?? [], tolerance, differences);
        }

        return differences;
    }

    private static void Project(string code, ExpectedProject expected, ExpectedProject actual, double tolerance, List<string> differences)
    {
        // The sealed figures of the expected side set the scale, so that a wrong baseline cannot widen its own tolerance.
        var scales = new Dictionary<string, double>();
        foreach (var kpi in expected.Kpis)
        {
            scales[kpi.Kpi] = Larger(kpi.Baseline, kpi.Target);
        }

        var kpis = Pairs(Keyed(expected.Kpis, k => k.Kpi, code, differences), Keyed(actual.Kpis, k => k.Kpi, code, differences), key => $"{code} {key}", differences);
        foreach (var (key, one, other) in kpis)
        {
            Kpi(new Row($"{code} {key}", tolerance, scales[key], differences), one, other);
        }

        var weeks = Pairs(
            Keyed(expected.Weeks, w => $"{w.Kpi} {w.Week}", code, differences), Keyed(actual.Weeks, w => $"{w.Kpi} {w.Week}", code, differences), key => $"{code} {key}", differences);
        foreach (var (key, one, other) in weeks)
        {
            Week(new Row($"{code} {key}", tolerance, scales.GetValueOrDefault(one.Kpi), differences), one, other);
        }

        Roi(new Row($"{code} roi", tolerance, 0, differences), expected.Roi, actual.Roi);
        new Row(code, tolerance, 0, differences).Exact("recommendation", expected.Recommendation, actual.Recommendation);
    }

    private static void Week(Row row, ExpectedWeek expected, ExpectedWeek actual)
    {
        row.Exact("weekStart", expected.WeekStart, actual.WeekStart);
        row.Exact("dayNumber", expected.DayNumber, actual.DayNumber);
        row.Number("actual", expected.Actual, actual.Actual);
        row.Number("expected", expected.Expected, actual.Expected);
        row.Number("gap", expected.Gap, actual.Gap);
        row.Number("noise", expected.Noise, actual.Noise);
        row.Fraction("drift", expected.Drift, actual.Drift);
        row.Fraction("targetDrift", expected.TargetDrift, actual.TargetDrift);
        row.Fraction("progress", expected.Progress, actual.Progress);
        row.Exact("provisional", expected.Provisional, actual.Provisional);
        row.Exact("status", expected.Status, actual.Status);
    }

    private static void Kpi(Row row, ExpectedKpi expected, ExpectedKpi actual)
    {
        row.Number("baseline", expected.Baseline, actual.Baseline);
        row.Number("restatedBaseline", expected.RestatedBaseline, actual.RestatedBaseline);
        row.Exact("coverageDays", expected.CoverageDays, actual.CoverageDays);
        row.Number("target", expected.Target, actual.Target);
        row.Share("tolerance", expected.Tolerance, actual.Tolerance);
        row.Number("smallestDetectableChange", expected.SmallestDetectableChange, actual.SmallestDetectableChange);
        row.Exact("detectable", expected.Detectable, actual.Detectable);
        row.Exact("currentStatus", expected.CurrentStatus, actual.CurrentStatus);
        row.Number("final", expected.Final, actual.Final);
        row.Number("change", expected.Change, actual.Change);
        row.Fraction("changePct", expected.ChangePct, actual.ChangePct);
        row.Number("changeLow", expected.ChangeLow, actual.ChangeLow);
        row.Number("changeHigh", expected.ChangeHigh, actual.ChangeHigh);
        row.Exact("evidence", expected.Evidence, actual.Evidence);
        row.Exact("outcome", expected.Outcome, actual.Outcome);
    }

    private static void Roi(Row row, ExpectedRoi expected, ExpectedRoi actual)
    {
        row.Number("gain", expected.Gain, actual.Gain);
        row.Number("cost", expected.Cost, actual.Cost);
        row.Number("net", expected.Net, actual.Net);
        row.Number("ratio", expected.Ratio, actual.Ratio);
        row.Number("return", expected.Return, actual.Return);
        row.Exact("reached", expected.Reached, actual.Reached);
        row.Exact("paybackOn", expected.PaybackOn, actual.PaybackOn);
        foreach (var (evidence, one, other) in Pairs(expected.ByEvidence, actual.ByEvidence, key => $"{row.Name} {key}", row.Differences))
        {
            row.Number($"{evidence} gain", one.Gain, other.Gain);
            row.Number($"{evidence} cost", one.Cost, other.Cost);
        }
    }

    private static void NorthStars(IReadOnlyList<ExpectedNorthStarMonth> expected, IReadOnlyList<ExpectedNorthStarMonth> actual, double tolerance, List<string> differences)
    {
        static string Key(ExpectedNorthStarMonth month) => $"{month.Activity} {month.Kpi} {month.Month}";
        foreach (var (key, one, other) in Pairs(Keyed(expected, Key, "north star", differences), Keyed(actual, Key, "north star", differences), key => key, differences))
        {
            // A month has neither baseline nor target: the month before it, from which the change comes, stands in.
            var row = new Row(key, tolerance, Larger(one.Value, one.Value - one.Change), differences);
            row.Number("value", one.Value, other.Value);
            row.Number("change", one.Change, other.Change);
            row.Fraction("changePct", one.ChangePct, other.ChangePct);
            row.Exact("provisional", one.Provisional, other.Provisional);
        }
    }

    private static double Larger(double? one, double? other) => Math.Max(Math.Abs(one ?? 0), Math.Abs(other ?? 0));

    private static Dictionary<string, T> Keyed<T>(IEnumerable<T> rows, Func<T, string> key, string where, List<string> differences)
    {
        var keyed = new Dictionary<string, T>();
        foreach (var row in rows)
        {
            if (!keyed.TryAdd(key(row), row))
            {
                differences.Add($"{where} {key(row)}: the row is there twice");
            }
        }

        return keyed;
    }

    private static List<(string Key, T Expected, T Actual)> Pairs<T>(
        IReadOnlyDictionary<string, T> expected, IReadOnlyDictionary<string, T> actual, Func<string, string> name, List<string> differences)
    {
        var pairs = new List<(string, T, T)>();
        foreach (var (key, one) in expected)
        {
            if (actual.TryGetValue(key, out var other))
            {
                pairs.Add((key, one, other));
            }
            else
            {
                differences.Add($"{name(key)}: expected a row, got none");
            }
        }

        differences.AddRange(actual.Keys.Where(key => !expected.ContainsKey(key)).Select(key => $"{name(key)}: expected no row, got one"));
        return pairs;
    }

    private sealed record Row(string Name, double Tolerance, double Scale, List<string> Differences)
    {
        public void Exact<T>(string field, T expected, T actual)
        {
            if (!EqualityComparer<T>.Default.Equals(expected, actual))
            {
                Add(field, expected, actual);
            }
        }

        public void Number(string field, double? expected, double? actual) => Within(field, expected, actual, Scale);

        public void Fraction(string field, double? expected, double? actual) => Within(field, expected, actual, 1);

        /// <summary>The tolerance has no unit but is no drift either: the stricter of the two rules, since a baseline in the millions says nothing about it.</summary>
        public void Share(string field, double? expected, double? actual) => Within(field, expected, actual, Math.Min(Scale, 1));

        private void Within(string field, double? expected, double? actual, double scale)
        {
            if (expected is { } one && actual is { } other)
            {
                // Written so that NaN, which compares with nothing, counts as a difference.
                var agree = Math.Abs(one - other) <= Tolerance * Math.Max(scale, Larger(one, other));
                if (!agree)
                {
                    Add(field, expected, actual);
                }
            }
            else if (expected.HasValue || actual.HasValue)
            {
                Add(field, expected, actual);
            }
        }

        private void Add<T>(string field, T expected, T actual) => Differences.Add($"{Name} {field}: expected {Text(expected)}, got {Text(actual)}");

        private static string Text<T>(T value) => value switch
        {
            null => "null",
            double number => number.ToString("R", CultureInfo.InvariantCulture),
            DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "null",
        };
    }
}
