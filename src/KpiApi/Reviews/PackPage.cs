using System.Globalization;
using KpiApi.Http;
using KpiApi.Storage;
using KpiApi.Texts;

namespace KpiApi.Reviews;

/// <summary>
/// A pack as a page of two A4 sheets: what is to be decided and the KPIs on the first, money, decisions and actions on the second. Every figure
/// stands in a data element with its exact value. What is longer than its place is cut, and the JSON has it whole.
/// </summary>
internal sealed class PackPage(PackResource pack, Sentences words)
{
    private const int MostMatters = 5;

    // What there is room for on the second sheet, in lines.
    private const int ReviewLines = 8;
    private const int ActionLines = 11;
    private const int LinesBesideReading = 10;

    // A text that is longer takes two.
    private const int NoteLine = 65;
    private const int ActionLine = 60;
    private const int OwnerLine = 20;

    private static readonly Html None = Html.Of($"""<span class="none" aria-hidden="true">–</span>""");

    private readonly PackCharts _charts = new(pack, words);

    private Figures Figures => words.Figures;

    private string Currency => pack.Roi.Currency;

    public HtmlPage Answer() => new(Document(), Style);

    private Html Document()
    {
        var month = Figures.Month(pack.Since);
        return Html.Of($"""
            <!DOCTYPE html>
            <html lang="{words.Language.Tag()}">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>{pack.Name} – {T("point mensuel", "monthly pack")} – {month}</title>
            <style>{Style}</style>
            </head>
            <body>
            <main>
            <section class="sheet" aria-label="{T("Où en est le projet", "Where the project stands")}">
            {Header(month)}{Decide()}{Kpis()}{Curves()}{Footer(1)}
            </section>
            <section class="sheet" aria-label="{T("Argent, décisions, actions", "Money, decisions, actions")}">
            <header class="again"><p>{Clip(pack.Name, 90)}</p><p>{T("Point mensuel", "Monthly pack")} · {month}</p></header>
            {Money()}{Decisions()}{Actions()}{Reading()}{Footer(2)}
            </section>
            </main>
            </body>
            </html>
            """);
    }

    private Html Header(string month)
    {
        var recommendation = pack.Recommendation ?? "none";
        var when = pack.ClosedOn is { } closed
            ? T($"clos le {Day(closed)}", $"closed on {Day(closed)}")
            : T($"jour {pack.DayNumber} sur {pack.HorizonDays}", $"day {pack.DayNumber} of {pack.HorizonDays}");
        return Html.Of($"""
            <header class="head">
            <div><p class="kicker">{T("Point mensuel", "Monthly pack")} · {month}</p><h1>{Clip(pack.Name, 110)}</h1>
            <p class="sub">{Clip(pack.ActivityName, 60)} · {Figures.Period(Days.Parse(pack.StartsOn), Days.Parse(pack.EndsOn))} · {when}</p>
            {Html.If(pack.Objective is not null, () => Html.Of($"""<p class="objective">{Clip(pack.Objective!, 170)}</p>"""))}</div>
            <div class="advice {recommendation}"><p>{T("Recommandation", "Recommendation")}</p><p class="word">{Icon(recommendation)}{pack.RecommendationText ?? T("aucune", "none")}</p><p>{T($"au {Figures.Day(pack.AsOf)}", $"as of {Figures.Day(pack.AsOf)}")}</p></div>
            </header>
            """);
    }

    private Html Decide() => Html.Of($"""
        <section class="decide"><h2>{T("À décider", "To decide")}</h2>
        <div class="columns"><ul class="matters">{pack.ToDecide.Take(MostMatters).Select(matter => Html.Of($"""<li>{Clip(matter.Text, 150)}</li>"""))}{More(pack.ToDecide.Count - MostMatters)}
        {Html.If(pack.ToDecide.Count == 0, () => Html.Of($"""<li>{T("Rien n'attend de décision.", "Nothing waits for a decision.")}</li>"""))}</ul>
        <div><h3>{T("Pourquoi", "Why")}</h3><ul class="reasons">{pack.Reasons.Select(reason => Html.Of($"""<li data-reason="{reason.Code}">{Icon(reason.Code)}{Clip(reason.Text, 170)}</li>"""))}</ul></div></div></section>
        """);

    private Html Kpis() => Html.Of($"""
        <section><h2>{T("Les KPI", "The KPIs")}</h2>
        <table class="kpis"><thead><tr><th scope="col">KPI</th><th scope="col">{T("Valeur de départ", "Baseline")}</th><th scope="col">{T("Objectif", "Target")}</th><th scope="col">{T("Réel", "Actual")}</th><th scope="col">{T("Attendu", "Expected")}</th><th scope="col">{T("Écart", "Gap")}</th><th scope="col">{T("Dérive", "Drift")}</th><th scope="col">{T("Chemin fait", "Progress")}</th><th scope="col">{T("Statut", "Status")}</th></tr></thead>
        <tbody>{pack.Kpis.Select(Row)}</tbody></table>
        {Html.If(pack.Kpis.Count == 0, () => Html.Of($"""<p class="empty">{T("Le projet ne suit aucun KPI.", "The project tracks no KPI.")}</p>"""))}</section>
        """);

    private Html Row(PackKpi kpi)
    {
        Html Cell(string name, double? value) => Figure($"{kpi.Kpi}.{name}", value, known => Figures.Value(known, kpi.Unit, Currency));
        // After the end, what counts is the outcome.
        var isDecided = kpi.Outcome is "achieved" or "missed";
        return Html.Of($"""
            <tr><th scope="row"><span class="name">{Clip(kpi.Name, 60)}</span><span class="purpose">{Clip(kpi.Purpose, 80)}</span></th>
            <td>{Cell("baseline", kpi.Baseline)}</td><td>{Cell("target", kpi.Target)}</td><td class="strong">{Cell("actual", kpi.Actual)}{Html.If(kpi.Week is not null, () => Html.Of($"""<span class="week">{kpi.Week}</span>"""))}</td><td>{Cell("expected", kpi.Expected)}</td>
            <td>{Figure($"{kpi.Kpi}.gap", kpi.Gap, known => Figures.Change(known, kpi.Unit, Currency))}</td><td class="strong">{Figure($"{kpi.Kpi}.drift", kpi.Drift, Figures.Share)}</td><td>{Figure($"{kpi.Kpi}.progress", kpi.Progress, Figures.Portion)}</td>
            <td class="status"><span data-status="{kpi.Status}">{Icon(kpi.Status)}{kpi.StatusText}</span>{Html.If(isDecided, () => Html.Of($"""<span class="outcome" data-outcome="{kpi.Outcome}">{Icon(kpi.Outcome)}{kpi.OutcomeText} ({Figure($"{kpi.Kpi}.final", kpi.Final, known => Figures.Value(known, kpi.Unit, Currency))})</span>"""))}</td></tr>
            """);
    }

    private Html Curves()
    {
        if (pack.Kpis.Count == 0)
        {
            return Html.None;
        }

        var width = (PackCharts.PageWidth - (14 * (pack.Kpis.Count - 1))) / pack.Kpis.Count;
        return Html.Of($"""
            <section class="fit"><h2>{T("Trajectoire et réel, semaine par semaine", "Trajectory and actuals, week by week")}</h2>
            <p class="legend">{Key("actual", T("réel", "actual"))}{Key("line", T("trajectoire de la valeur de départ à l'objectif", "trajectory from baseline to target"))}{Shape("on_track")}{Shape("at_risk")}{Shape("behind")}{Shape("provisional")}{Shape("no_data", T("non jugé", "not judged"))}</p>
            <div class="curves of-{pack.Kpis.Count}">{pack.Kpis.Select(kpi => Html.Of($"""<figure><figcaption>{Clip(kpi.Name, 60)}</figcaption>{_charts.Trajectory(kpi, width, 168)}<p class="proof">{Clip(kpi.EvidenceText ?? kpi.DetectableText ?? "", 330)}</p></figure>"""))}</div></section>
            """);
    }

    private Html Money()
    {
        var roi = pack.Roi;
        Html Cell(string label, Html figure) => Html.Of($"""<div><dt>{label}</dt><dd>{figure}</dd></div>""");
        Html Amount(string name, double? amount) => Figure($"roi.{name}", amount, known => Figures.Money(known, Currency));
        return Html.Of($"""
            <section><h2>{T("Retour sur investissement", "Return on investment")}</h2>
            <dl class="money">{Cell(T("Gains", "Gain"), Amount("gain", roi.Gain))}{Cell(T("Coûts", "Cost"), Amount("cost", roi.Cost))}{Cell(T("Net", "Net"), Amount("net", roi.Net))}{Cell(T("ROI", "ROI"), Figure("roi.ratio", roi.Ratio, Figures.Ratio))}{Cell(T("Gains du mois", "Gain of the month"), Amount("monthGain", roi.MonthGain))}{Cell(T("Coûts du mois", "Cost of the month"), Amount("monthCost", roi.MonthCost))}</dl>
            <p>{roi.Text}{Html.If(roi.RatioAtHorizon is not null, () => Html.Of($""" {T("À la fin de l'horizon, il était de", "At the end of the horizon it was")} {Figure("roi.ratioAtHorizon", roi.RatioAtHorizon, Figures.Ratio)}."""))}</p>
            <div class="returns"><figure><figcaption>{T("Gains et coûts cumulés", "Cumulative gain and cost")}</figcaption>{_charts.Ledger(430, 180)}</figure><figure><figcaption>{T("ROI et son seuil", "ROI and its threshold")}</figcaption>{_charts.Return(196, 130)}</figure></div></section>
            """);
    }

    private Html Decisions()
    {
        var next = pack.NextReviewOn is not { } due ? ""
            : pack.ToDecide.Any(matter => matter.Code == "review-overdue") ? T($" Revue en retard depuis le {Day(due)}.", $" Review overdue since {Day(due)}.")
            : T($" Prochaine revue : {Day(due)}.", $" Next review: {Day(due)}.");
        var shown = ShownReviews();
        return Html.Of($"""
            <section><h2>{T("Décisions depuis le point précédent", "Decisions since the previous pack")}</h2>
            {Html.If(shown.Count == 0, () => Html.Of($"""<p class="empty">{T("Aucune revue ce mois-ci.", "No review this month.")}{next}</p>"""))}
            {Html.If(shown.Count > 0, () => Html.Of($"""<ul class="reviews">{shown.Select(review => Html.Of($"""<li><span class="when">{Day(review.ReviewedOn)}</span><span class="decision">{Icon(review.Decision)}{review.DecisionText}</span><span>{words.ReviewKind(review.Kind)}{Html.If(review.Note is not null, () => Html.Of($""" – {Clip(review.Note!, 180)}"""))}</span></li>"""))}{More(pack.Reviews.Count - shown.Count)}</ul><p class="empty">{next.TrimStart()}</p>"""))}</section>
            """);
    }

    private Html Actions()
    {
        var shown = ShownActions();
        return Html.Of($"""
            <section class="fit"><h2>{T("Actions", "Actions")}</h2>
            {Html.If(pack.Actions.Count == 0, () => Html.Of($"""<p class="empty">{T("Aucune action ouverte.", "No open action.")}</p>"""))}
            {Html.If(pack.Actions.Count > 0, () => Html.Of($"""
            <table class="actions"><thead><tr><th scope="col">{T("Action", "Action")}</th><th scope="col">{T("Responsable", "Owner")}</th><th scope="col">{T("Échéance", "Due")}</th><th scope="col">{T("État", "State")}</th></tr></thead>
            <tbody>{shown.Select(action => Html.Of($"""<tr><td><span class="two">{Clip(action.Text, 130)}</span></td><td><span class="two">{Clip(action.Owner ?? "–", 40)}</span></td><td>{(action.DueOn is { } due ? Day(due) : "–")}</td><td class="status"><span>{State(action)}</span></td></tr>"""))}</tbody></table>
            {Html.If(pack.Actions.Count > shown.Count, () => Html.Of($"""<ul class="matters">{More(pack.Actions.Count - shown.Count)}</ul>"""))}
            """))}</section>
            """);
    }

    private Html State(PackAction action) => action switch
    {
        { DoneOn: { } done } => Html.Of($"""{Icon("achieved")}{T("faite le", "done on")} {Day(done)}"""),
        { Overdue: true } => Html.Of($"""{Icon("behind")}{T("en retard", "overdue")}"""),
        _ => Html.Of($"""{Icon("pending")}{T("ouverte", "open")}"""),
    };

    // Whoever has that much to talk about knows how to read it.
    private Html Reading() => Html.If(ShownReviews().Sum(Lines) + ShownActions().Sum(Lines) <= LinesBesideReading, () => Html.Of($"""
        <section class="reading"><h2>{T("Comment lire", "How to read")}</h2>
        <p>{T(
            "L'attendu est la droite qui mène de la valeur de départ à l'objectif ; l'écart est la distance à cette droite, positif quand il est favorable ; la dérive est l'écart rapporté à l'attendu. Un KPI est en retard quand la dérive dépasse la tolérance et ce que le hasard fait à une semaine. Le chemin fait va de 0 % au départ à 100 % à l'objectif, et peut être négatif. Les gains sont des marges supplémentaires ou des coûts évités, hors TVA.",
            "Expected is the straight line from baseline to target; the gap is the distance to it, positive when favourable; the drift is the gap in relation to the expected value. A KPI is behind when the drift is beyond the tolerance and beyond what chance does to one week. Progress goes from 0% at the baseline to 100% at the target, and can be negative. Gains are additional margin or saved cost, excluding VAT.")}</p></section>
        """));

    // Of many, the latest are those to talk about.
    private List<PackReview> ShownReviews() => [.. Enumerable.Reverse(Fitting(Enumerable.Reverse(pack.Reviews), ReviewLines, Lines))];

    private List<PackAction> ShownActions() => Fitting(pack.Actions, ActionLines, Lines);

    private static int Lines(PackReview review) => review.Note?.Length > NoteLine ? 2 : 1;

    private static int Lines(PackAction action) => action.Text.Length > ActionLine || action.Owner?.Length > OwnerLine ? 2 : 1;

    private static List<T> Fitting<T>(IEnumerable<T> rows, int room, Func<T, int> lines)
    {
        var fitting = new List<T>();
        foreach (var row in rows)
        {
            room -= lines(row);
            if (room < 0)
            {
                break;
            }

            fitting.Add(row);
        }

        return fitting;
    }

    private Html Footer(int sheet) => Html.Of($"""
        <footer><span>{Clip(pack.Project, 64)} · {pack.StatusText} · {T($"chiffres au {Figures.Day(pack.AsOf)}", $"figures as of {Figures.Day(pack.AsOf)}")}</span><span>{sheet} / 2</span></footer>
        """);

    private Html More(int count) => count <= 0 ? Html.None : Html.Of($"""<li class="more">{T($"et {count} de plus", $"and {count} more")}</li>""");

    private static Html Figure(string name, double? value, Func<double, string> write) => value is not { } known ? None
        : Html.Of($"""<data data-figure="{name}" value="{known.ToString("R", CultureInfo.InvariantCulture)}">{write(known)}</data>""");

    private static Html Icon(string code) => Html.Of($"""<svg class="icon" viewBox="0 0 10 10" aria-hidden="true">{PackCharts.Marker(code, 5, 5)}</svg>""");

    private static Html Key(string line, string text) => Html.Of($"""<span><svg class="key" viewBox="0 0 24 10" aria-hidden="true"><line class="{line}" x1="1" x2="23" y1="5" y2="5"/></svg>{text}</span>""");

    private Html Shape(string status, string? text = null) => Html.Of($"""<span>{Icon(status)}{text ?? words.Status(status)}</span>""");

    private string Day(string day) => Figures.Day(Days.Parse(day));

    private string T(string french, string english) => words.Pick((french, english));

    private static string Clip(string text, int most)
    {
        if (text.Length <= most)
        {
            return text;
        }

        var end = most - 1;
        return text[..(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)].TrimEnd() + "…";
    }

    private static readonly Html Style = Html.Of($$$"""
        @page{size:A4;margin:0}
        h1,.sub,.objective,.matters li,.reasons li,.name,.purpose,figcaption,.proof,.reviews li>:last-child,.two,.again p{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}
        .reasons li{-webkit-line-clamp:3}.proof{-webkit-line-clamp:8}.again p{-webkit-line-clamp:1}
        *{box-sizing:border-box}
        body{margin:0;background:#e8ecef;color:#1c2932;font:9pt/1.38 "Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans","DejaVu Sans",sans-serif;-webkit-print-color-adjust:exact;print-color-adjust:exact}
        .sheet{width:210mm;height:297mm;margin:8mm auto;padding:12mm 14mm 10mm;background:#fff;box-shadow:0 1px 6px rgba(20,40,55,.25);display:flex;flex-direction:column;gap:4.2mm;overflow-wrap:anywhere}
        .sheet>*{flex:none}.sheet>.fit{flex:0 1 auto;min-height:0;overflow:hidden}
        p,ul,dl,dd,figure,h1,h2,h3{margin:0}ul{padding:0;list-style:none}
        h1{font-size:18pt;line-height:1.15;font-weight:700;color:#0f2f44}
        h2{font-size:9pt;letter-spacing:.06em;text-transform:uppercase;color:#0f2f44;border-bottom:.5mm solid #0f2f44;padding-bottom:.8mm;margin-bottom:1.8mm}
        h3{font-size:8.5pt;color:#4a5a66;margin-bottom:.6mm}
        .head{display:flex;justify-content:space-between;gap:8mm;align-items:flex-start}
        .head>div:first-child{min-width:0}
        .kicker{font-size:8.5pt;font-weight:600;color:#0b6670;letter-spacing:.03em}
        .sub{margin-top:1.2mm;color:#43525d}.objective{margin-top:1.2mm;font-style:italic;color:#2f3e49}
        .advice{flex:none;width:50mm;padding:2.6mm 4mm;border-left:1.6mm solid #5b6872;background:#f2f5f7;font-size:8pt;color:#43525d}
        .advice .word{font-size:14pt;line-height:1.2;font-weight:700;color:#1c2932}
        .advice.insufficient_data .word{font-size:11pt}.advice .icon{width:5mm;height:5mm;vertical-align:-.6mm}
        .advice.continue{border-color:#1b7a43;background:#edf6f0}.advice.adjust{border-color:#a85f00;background:#fdf4e7}.advice.stop{border-color:#b3261e;background:#fcefee}
        .columns{display:grid;grid-template-columns:1fr 1fr;gap:8mm}
        .matters li{padding-left:4mm;position:relative;margin-bottom:.8mm;font-weight:600}
        .matters li::before{content:"\2192";position:absolute;left:0;color:#0b6670}
        .matters .more{font-weight:400;color:#4a5a66}
        .reasons li,.status>*{padding-left:4.2mm;text-indent:-4.2mm}.reasons li{margin-bottom:.8mm}.status>*{display:block}
        .icon{width:3.2mm;height:3.2mm;vertical-align:-.45mm;margin-right:1mm;overflow:visible}
        table{width:100%;border-collapse:collapse;table-layout:fixed}
        th{font-weight:600;text-align:left}thead th{font-size:7.6pt;color:#43525d;border-bottom:.25mm solid #9fb0bb;padding:0 1mm .8mm}
        td,tbody th{padding:1.2mm .7mm;border-bottom:.2mm solid #d5dde2;vertical-align:top}
        .kpis td,.kpis thead th:not(:first-child):not(:last-child){text-align:right;font-variant-numeric:tabular-nums}
        .kpis th:first-child{width:20.5%;padding-left:0}.kpis th:last-child,.kpis td:last-child{width:15.5%;text-align:left;padding-left:2.5mm}
        .kpis td{font-size:8.3pt}.strong{font-weight:700}
        .week,.outcome{display:block}.purpose,.week,.outcome{font-size:7.4pt;font-weight:400;color:#4a5a66;line-height:1.3}
        .none{color:#5b6872}
        .legend{display:flex;flex-wrap:wrap;gap:.6mm 4.5mm;font-size:7.6pt;color:#43525d;margin-bottom:1.5mm}
        .key{width:8mm;height:3.2mm;vertical-align:-.7mm;margin-right:1mm}
        .curves{display:grid;gap:4mm}.of-2{grid-template-columns:1fr 1fr}.of-3{grid-template-columns:1fr 1fr 1fr}
        .curves>*{min-width:0}
        figcaption{font-weight:600;font-size:8.5pt;margin-bottom:.6mm}
        .of-3 figcaption{min-height:7mm}
        .proof{font-size:7.5pt;line-height:1.32;color:#43525d;margin-top:.8mm}
        .chart{display:block;width:100%;height:auto;overflow:visible}
        .chart text{font-size:8.6px;fill:#43525d}.chart .middle{text-anchor:middle}.chart .to-left{text-anchor:end}
        .chart .note,.chart .end{fill:#1c2932;font-weight:600;paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}
        .chart .note{fill:#43525d;font-weight:400}.chart .strong{fill:#1c2932;font-weight:700}
        .grid{stroke:#e1e7eb;stroke-width:.7}.axis{stroke:#8b9aa5;stroke-width:.8}.now{stroke:#8b9aa5;stroke-width:.8;stroke-dasharray:1 2.5}
        .line{fill:none;stroke:#0b6670;stroke-width:1.4;stroke-dasharray:5 3}
        .actual{fill:none;stroke:#0f2f44;stroke-width:1.7;stroke-linejoin:round}
        .good{fill:#1b7a43}.warn{fill:#a85f00}.bad{fill:#b3261e}.neutral{fill:#5b6872}.open{fill:#fff;stroke:#0f2f44;stroke-width:1.3}
        .gain{fill:none;stroke:#1b7a43;stroke-width:1.8}.gain-area{fill:#1b7a43;fill-opacity:.09}.cost{fill:none;stroke:#8a2d0c;stroke-width:1.6;stroke-dasharray:5 2.5}
        .chart .gain-text{fill:#176b3b}.chart .cost-text{fill:#8a2d0c}
        .payback{stroke:#1c2932;stroke-width:1;stroke-dasharray:2 2}
        .money{display:grid;grid-template-columns:repeat(6,1fr);gap:2mm;margin-bottom:2mm}
        .money div{background:#f2f5f7;padding:1.6mm 1.8mm;min-width:0}.money dt{font-size:7.4pt;color:#43525d}.money dd{font-size:10.5pt;font-weight:700;color:#0f2f44}
        .returns{display:grid;grid-template-columns:430fr 196fr;gap:4.5mm;margin-top:2.5mm}.returns>*{min-width:0}
        .chart .ratio{font-size:22px;font-weight:700;fill:#0f2f44}
        .bar-back{fill:#edf1f4}.reached{fill:#1b7a43}.short{fill:#a85f00}.threshold{stroke:#1c2932;stroke-width:2}.zero{stroke:#8b9aa5}.one{stroke:#fff;stroke-dasharray:2 2}
        .chart .threshold-text{fill:#1c2932;font-weight:600}
        .reviews li{align-items:start;display:grid;grid-template-columns:34mm 30mm 1fr;gap:2mm;padding:1mm 0;border-bottom:.2mm solid #d5dde2}.reviews .more{display:block}
        .decision{font-weight:700}.empty{color:#43525d}
        .actions th:nth-child(2),.actions th:nth-child(3){width:20%}.actions th:nth-child(4){width:21%}.actions td:first-child,.actions th:first-child{padding-left:0}
        .again p:last-child{flex:none}.again{display:flex;justify-content:space-between;gap:8mm;font-weight:600;color:#0b6670;font-size:8.5pt}
        .reading{margin-top:auto;font-size:7.8pt;color:#43525d}
        footer{margin-top:auto;display:flex;justify-content:space-between;font-size:7.4pt;color:#4a5a66;border-top:.2mm solid #d5dde2;padding-top:1.2mm}
        .reading+footer{margin-top:0}
        @media print{body{background:#fff}.sheet{height:296.6mm;margin:0;box-shadow:none;break-after:page}.sheet:last-of-type{break-after:auto}}
        """);
}
