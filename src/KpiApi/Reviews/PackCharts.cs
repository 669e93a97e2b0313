using KpiApi.Http;
using KpiApi.Storage;
using KpiApi.Texts;

namespace KpiApi.Reviews;

/// <summary>
/// The charts of a pack, drawn as SVG. Everything is told by shape and words as well as by colour. Lengths are in units of which the page is
/// <see cref="PageWidth"/> wide, so that text has one size in all charts.
/// </summary>
internal sealed class PackCharts(PackResource pack, Sentences words)
{
    public const int PageWidth = 640;

    private const double Top = 16;
    private const double Right = 12;
    private const double AxisHeight = 18;
    private const double LetterWidth = 5.4;

    private readonly DateOnly _start = Days.Parse(pack.StartsOn);

    private Figures Figures => words.Figures;

    /// <summary>Actual values by week against the line from baseline to target.</summary>
    public Html Trajectory(PackKpi kpi, int width, int height)
    {
        var values = kpi.Weeks.SelectMany(week => new[] { week.Actual, week.Expected }).Append(kpi.Baseline).Append(kpi.Target).OfType<double>().ToList();
        if (values.Count == 0)
        {
            return Empty(width, height, words.Pick(("aucune mesure", "nothing measured")));
        }

        string Write(double value) => Figures.Value(value, kpi.Unit, pack.Roi.Currency);
        var scale = new Scale(values, height - AxisHeight, Write);
        var plot = new Plot(scale.LabelWidth(LetterWidth), width - Right, 0, pack.HorizonDays);
        var measured = kpi.Weeks.Where(week => week.Actual is not null).ToList();
        var spoken = words.Format(
            ("{0} : valeur de départ {1}, objectif {2}, dernière valeur {3}", "{0}: baseline {1}, target {2}, latest value {3}"),
            kpi.Name,
            kpi.Baseline is { } from ? Write(from) : "–",
            kpi.Target is { } to ? Write(to) : "–",
            measured.Count > 0 ? Write(measured[^1].Actual!.Value) : "–");
        return Html.Of($"""
            <svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{spoken}">
            {Grid(scale, plot, height)}{Months(plot, height, _start)}
            {Html.If(pack.DayNumber < pack.HorizonDays, () => Html.Of($"""<line class="now" x1="{plot.X(pack.DayNumber)}" x2="{plot.X(pack.DayNumber)}" y1="{Top - 6}" y2="{height - AxisHeight}"/>"""))}
            {Line(kpi, scale, plot)}{Runs(kpi.Weeks).Select(run => Html.Of($"""<polyline class="actual" points="{Points(run, scale, plot)}"/>"""))}
            {measured.Select(week => Marker(week.Provisional ? "provisional" : week.Status, plot.X(week.DayNumber), scale.Y(week.Actual!.Value)))}
            </svg>
            """);
    }

    /// <summary>What was gained and spent so far, by day, and the day from which the first covers the second.</summary>
    public Html Ledger(int width, int height)
    {
        var days = pack.Roi.Days;
        if (days.Count == 0)
        {
            return Empty(width, height, words.Pick(("aucun gain ni coût enregistré", "no gain or cost recorded")));
        }

        string Write(double amount) => Figures.Money(amount, pack.Roi.Currency);
        int Number(string date) => Days.Parse(date).DayNumber - _start.DayNumber;
        var scale = new Scale([0, .. days.SelectMany(day => new[] { day.CumulativeGain, day.CumulativeCost })], height - AxisHeight, Write);
        var (gain, cost) = (words.Pick(("Gains", "Gains")), words.Pick(("Coûts", "Costs")));
        var left = scale.LabelWidth(LetterWidth);
        var (first, last) = (Math.Min(0, Number(days[0].Date)), Math.Max(Number(days[^1].Date), pack.AsOf.DayNumber - _start.DayNumber));
        var plot = new Plot(left, width - Right - (LetterWidth * Math.Max(gain.Length, cost.Length)), first, Math.Max(last, first + 1));
        var (yGain, yCost) = (scale.Y(days[^1].CumulativeGain), scale.Y(days[^1].CumulativeCost));
        // Two ends that meet would be written over each other.
        var apart = Math.Abs(yGain - yCost) >= 11 ? 0 : (11 - Math.Abs(yGain - yCost)) / 2;
        var up = yGain <= yCost ? -apart : apart;
        var paid = pack.Roi.PaybackOn is { } on ? Payback(Days.Parse(on), plot, height) : Html.None;
        var spoken = words.Format(
            ("Gains cumulés {0}, coûts cumulés {1}", "Cumulative gain {0}, cumulative cost {1}"),
            Write(pack.Roi.Gain),
            Write(pack.Roi.Cost));
        return Html.Of($"""
            <svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{spoken}">
            {Grid(scale, plot, height)}{Months(plot, height, _start)}
            <polygon class="gain-area" points="{Steps(day => day.CumulativeGain)} {plot.Last},{scale.Y(0)} {plot.X(Number(days[0].Date))},{scale.Y(0)}"/>
            <polyline class="cost" points="{Steps(day => day.CumulativeCost)}"/><polyline class="gain" points="{Steps(day => day.CumulativeGain)}"/>
            {paid}
            <text class="end gain-text" x="{plot.Last + 4}" y="{yGain + up + 3}">{gain}</text><text class="end cost-text" x="{plot.Last + 4}" y="{yCost - up + 3}">{cost}</text>
            </svg>
            """);

        Html Steps(Func<PackLedgerDay, double> amount)
        {
            var points = new List<Html> { Html.Of($"{plot.X(Number(days[0].Date))},{scale.Y(0)}") };
            var before = 0.0;
            foreach (var day in days)
            {
                points.Add(Html.Of($" {plot.X(Number(day.Date))},{scale.Y(before)} {plot.X(Number(day.Date))},{scale.Y(amount(day))}"));
                before = amount(day);
            }

            points.Add(Html.Of($" {plot.Last},{scale.Y(before)}"));
            return Html.Join(points);
        }
    }

    /// <summary>The return as a bar, with the threshold as a line across it.</summary>
    public Html Return(int width, int height)
    {
        if (pack.Roi.Ratio is not { } ratio)
        {
            return Empty(width, height, words.Pick(("aucun coût : pas de ROI", "no cost: no ROI")));
        }

        var threshold = pack.Roi.Threshold;
        var (least, most) = (Math.Min(0, ratio), Math.Max(Math.Max(ratio, threshold), 1) * 1.12);
        double X(double value) => 8 + ((value - least) / (most - least) * (width - 16));
        var middle = height / 2.0;
        var label = words.Format(("seuil {0}", "threshold {0}"), Figures.Ratio(threshold));
        var spoken = words.Format(("ROI {0}, seuil {1}", "ROI {0}, threshold {1}"), Figures.Ratio(ratio), Figures.Ratio(threshold));
        var isRight = X(threshold) > width / 2.0;
        return Html.Of($"""
            <svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{spoken}">
            <text class="ratio" x="8" y="{middle - 24}">{Figures.Ratio(ratio)}</text>
            <rect class="bar-back" x="8" y="{middle - 12}" width="{width - 16}" height="24"/>
            <rect class="{(pack.Roi.Reached ? "bar reached" : "bar short")}" x="{X(Math.Min(0, ratio))}" y="{middle - 12}" width="{Math.Max(1, Math.Abs(X(ratio) - X(0)))}" height="24"/>
            <line class="zero" x1="{X(0)}" x2="{X(0)}" y1="{middle - 15}" y2="{middle + 15}"/><line class="one" x1="{X(1)}" x2="{X(1)}" y1="{middle - 12}" y2="{middle + 12}"/>
            <line class="threshold" x1="{X(threshold)}" x2="{X(threshold)}" y1="{middle - 18}" y2="{middle + 18}"/>
            <text class="{(isRight ? "threshold-text to-left" : "threshold-text")}" x="{X(threshold)}" y="{middle + 30}">{label}</text>
            </svg>
            """);
    }

    /// <summary>The shape of a status: none is told by colour alone.</summary>
    public static Html Marker(string status, double x, double y) => status switch
    {
        "on_track" or "achieved" or "continue" or "roi-reached" => Html.Of($"""<circle class="good" cx="{x}" cy="{y}" r="3"/>"""),
        "at_risk" or "adjust" or "roi-below-threshold" => Html.Of($"""<path class="warn" d="M{x} {y - 4}l4 4l-4 4l-4-4z"/>"""),
        "behind" or "missed" or "stop" or "roi-below-one" => Html.Of($"""<path class="bad" d="M{x} {y - 4}l4 7h-8z"/>"""),
        "provisional" or "pending" => Html.Of($"""<circle class="open" cx="{x}" cy="{y}" r="2.6"/>"""),
        _ => Html.Of($"""<rect class="neutral" x="{x - 2.4}" y="{y - 2.4}" width="4.8" height="4.8"/>"""),
    };

    private Html Line(PackKpi kpi, Scale scale, Plot plot)
    {
        if (kpi.Baseline is not { } from || kpi.Target is not { } to)
        {
            return Html.None;
        }

        // Where the other end of the line is not in the way.
        var above = to >= from;
        return Html.Of($"""
            <polyline class="line" points="{plot.X(0)},{scale.Y(from)} {plot.X(kpi.RampDays)},{scale.Y(to)} {plot.Last},{scale.Y(to)}"/>
            {Note(plot, $"{words.Pick(("départ", "baseline"))} {Figures.Value(from, kpi.Unit, pack.Roi.Currency)}", text => Html.Of($"""<text class="note" x="{plot.X(0) + 3}" y="{scale.Y(from) + (above && scale.Y(from) + 13 < scale.Y(scale.Least) ? 11 : -5)}">{text}</text>"""))}
            {Note(plot, $"{words.Pick(("objectif", "target"))} {Figures.Value(to, kpi.Unit, pack.Roi.Currency)}", text => Html.Of($"""<text class="note to-left" x="{plot.Last}" y="{scale.Y(to) + (above ? -5 : 11)}">{text}</text>"""))}
            """);
    }

    // What is wider than the chart is told by the table alone.
    private static Html Note(Plot plot, string text, Func<string, Html> write) => text.Length * LetterWidth < plot.Last - plot.First ? write(text) : Html.None;

    private Html Payback(DateOnly on, Plot plot, int height)
    {
        var x = plot.X(on.DayNumber - _start.DayNumber);
        return Html.Of($"""
            <line class="payback" x1="{x}" x2="{x}" y1="{Top - 4}" y2="{height - AxisHeight}"/>
            <text class="{(x > (plot.First + plot.Last) / 2 ? "note strong to-left" : "note strong")}" x="{x + (x > (plot.First + plot.Last) / 2 ? -4 : 4)}" y="{Top + 2}">{words.Format(("rentabilisé le {0}", "paid back on {0}"), Figures.Day(on))}</text>
            """);
    }

    private static Html Grid(Scale scale, Plot plot, int height) => Html.Of($"""
        {scale.Ticks.Select(tick => Html.Of($"""<line class="grid" x1="{plot.First}" x2="{plot.Last}" y1="{scale.Y(tick.Value)}" y2="{scale.Y(tick.Value)}"/><text class="tick to-left" x="{plot.First - 4}" y="{scale.Y(tick.Value) + 3}">{tick.Label}</text>"""))}
        <line class="axis" x1="{plot.First}" x2="{plot.Last}" y1="{height - AxisHeight}" y2="{height - AxisHeight}"/>
        """);

    private Html Months(Plot plot, int height, DateOnly start)
    {
        var first = start.AddDays(plot.FirstDay);
        var months = new List<DateOnly>();
        for (var month = new DateOnly(first.Year, first.Month, 1).AddMonths(1); month.DayNumber - start.DayNumber < plot.LastDay; month = month.AddMonths(1))
        {
            months.Add(month);
        }

        // As many as can be told apart.
        var step = 1 + (int)(months.Count * 34 / Math.Max(1, plot.Last - plot.First));
        return Html.Join(months.Where((_, index) => index % step == 0).Select(month =>
        {
            var x = plot.X(month.DayNumber - start.DayNumber);
            return Html.Of($"""<line class="axis" x1="{x}" x2="{x}" y1="{height - AxisHeight}" y2="{height - AxisHeight + 3}"/><text class="{(x > plot.Last - 12 ? "tick to-left" : "tick middle")}" x="{x}" y="{height - 5}">{Figures.ShortMonth(month)}</text>""");
        }));
    }

    // A week without a value ends a run: nobody knows what was between.
    private static IEnumerable<IReadOnlyList<PackWeek>> Runs(IEnumerable<PackWeek> weeks)
    {
        var run = new List<PackWeek>();
        foreach (var week in weeks)
        {
            if (week.Actual is not null)
            {
                run.Add(week);
            }
            else if (run.Count > 0)
            {
                yield return run;
                run = [];
            }
        }

        if (run.Count > 0)
        {
            yield return run;
        }
    }

    private static Html Points(IEnumerable<PackWeek> run, Scale scale, Plot plot) => Html.Join(run.Select(week => Html.Of($"{plot.X(week.DayNumber)},{scale.Y(week.Actual!.Value)} ")));

    private static Html Empty(int width, int height, string why) => Html.Of($"""
        <svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{why}"><rect class="bar-back" width="{width}" height="{height}"/><text class="tick middle" x="{width / 2.0}" y="{height / 2.0}">{why}</text></svg>
        """);

    /// <summary>Days along the bottom.</summary>
    private sealed record Plot(double First, double Last, int FirstDay, int LastDay)
    {
        public double X(int day) => First + ((double)(day - FirstDay) / (LastDay - FirstDay) * (Last - First));
    }

    /// <summary>Values along the side, with round ticks.</summary>
    private sealed class Scale
    {
        private readonly double _least;
        private readonly double _most;
        private readonly double _bottom;

        public Scale(IReadOnlyCollection<double> values, double bottom, Func<double, string> write)
        {
            _bottom = bottom;
            var (least, most) = (values.Min(), values.Max());
            var margin = most > least ? 0.16 * (most - least) : Math.Max(Math.Abs(most) * 0.1, 1e-6);
            (_least, _most) = (least - (least == 0 ? 0 : margin), most + margin);
            var step = Round((_most - _least) / 4);
            var first = Math.Ceiling(_least / step) * step;
            // Counted and not added up: a sum of tenths is no round number any more.
            Ticks = Enumerable.Range(0, 12).Select(index => first + (index * step)).Where(value => value <= _most).Select(value => Math.Abs(value) < step / 1000 ? 0 : value).Select(value => (value, write(value))).ToList();
        }

        public double Least => _least;

        public IReadOnlyList<(double Value, string Label)> Ticks { get; }

        public double Y(double value) => Top + ((_most - value) / (_most - _least) * (_bottom - Top));

        public double LabelWidth(double letter) => 8 + (letter * Ticks.Select(tick => tick.Label.Length).DefaultIfEmpty(0).Max());

        private static double Round(double size)
        {
            var power = Math.Pow(10, Math.Floor(Math.Log10(size)));
            return (size / power) switch { <= 1 => 1, <= 2 => 2, <= 2.5 => 2.5, <= 5 => 5, _ => 10 } * power;
        }
    }
}
