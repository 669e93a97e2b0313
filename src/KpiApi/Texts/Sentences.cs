using System.Globalization;

namespace KpiApi.Texts;

/// <summary>
/// What codes and figures say in words. Every code of every closed list has its words here, in both languages; a test fails when one is added without.
/// </summary>
internal sealed class Sentences(Language language)
{
    // {0} the KPI's name, {1} its drift or nothing, {2} the margin that it is judged by or nothing.
    private static readonly Dictionary<string, (string Fr, string En)> StatusReasons = new(StringComparer.Ordinal)
    {
        ["on_track"] = ("{0} : sur la trajectoire{1}.", "{0}: on track{1}."),
        ["at_risk"] = ("{0} : sous la trajectoire{1}{2}.", "{0}: below the trajectory{1}{2}."),
        ["behind"] = ("{0} : en retard{1}{2}.", "{0}: behind{1}{2}."),
        ["no_baseline"] = ("{0} : sans valeur de départ, rien ne peut être jugé.", "{0}: without a baseline nothing can be judged."),
        ["provisional"] = ("{0} : aucune semaine n'est encore complète.", "{0}: no week is complete yet."),
        ["no_data"] = ("{0} : rien n'a été mesuré dans la dernière semaine complète.", "{0}: nothing was measured in the latest complete week."),
        ["too_early"] = ("{0} : trop tôt pour juger, le délai de grâce n'est pas passé.", "{0}: too early to judge, the grace days are not over."),
    };

    // Chance is not reckoned for every KPI.
    private static readonly Dictionary<(string Status, bool IsNoiseKnown), (string Fr, string En)> Margins = new()
    {
        [("at_risk", true)] = (", mais dans la tolérance ou dans ce que fait le hasard", ", but within the tolerance or within what chance does"),
        [("at_risk", false)] = (", mais dans la tolérance", ", but within the tolerance"),
        [("behind", true)] = (", au-delà de la tolérance et du hasard", ", beyond the tolerance and beyond chance"),
        [("behind", false)] = (", au-delà de la tolérance", ", beyond the tolerance"),
    };

    // {0} the KPI's name, {1} its final value, {2} its target.
    private static readonly Dictionary<string, (string Fr, string En)> OutcomeReasons = new(StringComparer.Ordinal)
    {
        ["pending"] = ("{0} : le résultat n'est pas encore connu.", "{0}: the outcome is not known yet."),
        ["achieved"] = ("{0} : objectif atteint, {1} pour un objectif de {2}.", "{0}: target achieved, {1} for a target of {2}."),
        ["missed"] = ("{0} : objectif manqué, {1} pour un objectif de {2}.", "{0}: target missed, {1} for a target of {2}."),
        ["not_measurable"] = ("{0} : le résultat ne peut pas être mesuré.", "{0}: the outcome cannot be measured."),
    };

    // {0} the ratio, {1} the threshold.
    private static readonly Dictionary<string, (string Fr, string En)> ProjectReasons = new(StringComparer.Ordinal)
    {
        ["roi-unknown"] = ("Aucun coût n'est enregistré : le ROI n'est pas connu.", "No cost is recorded: the ROI is not known."),
        ["roi-below-one"] = ("Le ROI est de {0} : le projet rapporte moins qu'il ne coûte.", "The ROI is {0}: the project brings less than it costs."),
        ["roi-below-threshold"] = ("Le ROI est de {0} : les coûts sont couverts, mais le seuil de {1} n'est pas atteint.", "The ROI is {0}: costs are covered, but the threshold of {1} is not reached."),
        ["roi-reached"] = ("Le ROI est de {0} : le seuil de {1} est atteint.", "The ROI is {0}: the threshold of {1} is reached."),
        ["closed-early"] = ("Le projet a été clos avant la fin de son horizon : il n'y a pas de résultat à juger.", "The project was closed before the end of its horizon: there is no outcome to judge."),
    };

    private static readonly Dictionary<string, (string Fr, string En)> Statuses = new(StringComparer.Ordinal)
    {
        ["on_track"] = ("sur la trajectoire", "on track"),
        ["at_risk"] = ("à surveiller", "at risk"),
        ["behind"] = ("en retard", "behind"),
        ["no_baseline"] = ("sans valeur de départ", "no baseline"),
        ["provisional"] = ("provisoire", "provisional"),
        ["no_data"] = ("sans mesure", "no data"),
        ["too_early"] = ("trop tôt", "too early"),
    };

    private static readonly Dictionary<string, (string Fr, string En)> Outcomes = new(StringComparer.Ordinal)
    {
        ["pending"] = ("en attente", "pending"),
        ["achieved"] = ("atteint", "achieved"),
        ["missed"] = ("manqué", "missed"),
        ["not_measurable"] = ("non mesurable", "not measurable"),
    };

    private static readonly Dictionary<string, (string Fr, string En)> Recommendations = new(StringComparer.Ordinal)
    {
        ["continue"] = ("continuer", "continue"),
        ["adjust"] = ("ajuster", "adjust"),
        ["stop"] = ("arrêter", "stop"),
        ["insufficient_data"] = ("données insuffisantes", "insufficient data"),
    };

    private static readonly Dictionary<string, (string Fr, string En)> ProjectStatuses = new(StringComparer.Ordinal)
    {
        ["draft"] = ("en préparation", "draft"),
        ["running"] = ("en cours", "running"),
        ["closed"] = ("clos", "closed"),
    };

    // {0} the baseline's period, {1} the evaluation's, {2} the change, {3} its interval.
    private static readonly Dictionary<string, (string Fr, string En)> Evidences = new(StringComparer.Ordinal)
    {
        ["clear"] = (
            "Entre la période {0} et la période {1}, le changement est de {2} (intervalle à 99 % : {3}) : l'amélioration est nette.",
            "Between the period {0} and the period {1} the change is {2} (99% interval: {3}): the improvement is clear."),
        ["unclear"] = (
            "Entre la période {0} et la période {1}, le changement est de {2} (intervalle à 99 % : {3}) : une amélioration n'est pas établie.",
            "Between the period {0} and the period {1} the change is {2} (99% interval: {3}): an improvement is not established."),
        ["insufficient"] = (
            "Entre la période {0} et la période {1}, il y a trop peu de mesures pour établir un changement.",
            "Between the period {0} and the period {1} too little was measured to establish a change."),
        ["insufficient-ledger"] = (
            "Les gains et les coûts du projet se cumulent depuis le début : il n'y a pas de période d'avant à laquelle comparer.",
            "The project's gains and costs add up from the beginning: there is no period before to compare with."),
        ["insufficient-last"] = (
            "Entre la période {0} et la période {1}, le changement est de {2} : deux dernières valeurs ne disent pas si c'est un hasard.",
            "Between the period {0} and the period {1} the change is {2}: two latest values cannot tell whether that is chance."),
        ["insufficient-declared"] = (
            "La valeur de départ a été déclarée et non mesurée : un changement jusqu'à la période {1} ne peut pas être distingué du hasard.",
            "The baseline was declared and not measured: a change up to the period {1} cannot be told from chance."),
    };

    // {0} the activity, {1} the number of KPIs, projects or actions, {2} how many KPIs are too many.
    private static readonly Dictionary<string, (string Fr, string En)> Warnings = new(StringComparer.Ordinal)
    {
        ["no-north-star"] = ("L'activité « {0} » n'a pas d'étoile polaire.", "The activity '{0}' has no North Star."),
        ["too-many-kpis"] = ("{1} KPI sont suivis dans les projets en cours ; au-delà de {2}, plus personne ne les regarde.", "{1} KPIs are tracked in running projects; beyond {2} nobody looks at them any more."),
        ["overdue-reviews"] = ("Revues en retard : {1}.", "Overdue reviews: {1}."),
        ["overdue-actions"] = ("Actions en retard : {1}.", "Overdue actions: {1}."),
    };

    private static readonly Dictionary<string, (string Fr, string En)> Advices = new(StringComparer.Ordinal)
    {
        ["continue"] = ("La méthode recommande de continuer le projet.", "The method recommends continuing the project."),
        ["adjust"] = ("La méthode recommande d'ajuster le projet.", "The method recommends adjusting the project."),
        ["stop"] = ("La méthode recommande d'arrêter le projet.", "The method recommends stopping the project."),
        ["insufficient_data"] = ("Les données ne suffisent pas encore pour recommander une décision.", "There is not enough data yet to recommend a decision."),
    };

    // {0} a day or a KPI, {1} an action.
    private static readonly Dictionary<string, (string Fr, string En)> Matters = new(StringComparer.Ordinal)
    {
        ["horizon-over"] = ("L'horizon s'est terminé le {0} : clore le projet, ou en ouvrir un autre.", "The horizon ended on {0}: close the project, or open another one."),
        ["no-data"] = ("{0} : plus rien n'est mesuré, vérifier la collecte.", "{0}: nothing is measured any more, check the collection."),
        ["review-overdue"] = ("La revue prévue le {0} n'a pas eu lieu.", "The review that was due on {0} did not take place."),
        ["action-overdue"] = ("Action attendue pour le {0} : {1}", "Action due on {0}: {1}"),
    };

    private static readonly Dictionary<string, (string Fr, string En)> ReviewKinds = new(StringComparer.Ordinal)
    {
        ["weekly"] = ("revue hebdomadaire", "weekly review"),
        ["biweekly"] = ("revue de quinzaine", "biweekly review"),
        ["monthly"] = ("revue mensuelle", "monthly review"),
    };

    // Labels of the catalogue and of the demo, which are stored in English.
    private static readonly Dictionary<string, string> FrenchLabels = new(StringComparer.Ordinal)
    {
        ["leads"] = "prospects",
        ["quotes"] = "devis",
        ["sessions"] = "sessions",
        ["orders"] = "commandes",
        ["cases"] = "dossiers",
        ["payments"] = "paiements",
        ["invoices"] = "factures",
    };

    private readonly Figures _figures = new(language);

    /// <summary>Numbers and days in the same language.</summary>
    public Figures Figures => _figures;

    public Language Language => language;

    /// <summary>Why the recommendation is what it is.</summary>
    /// <param name="code">A code of RecommendationReasons.</param>
    /// <param name="kpi">The KPI that it is about; null when it is about the project.</param>
    /// <param name="value">The drift of a status, the final value of an outcome, the ratio of a return.</param>
    /// <param name="noise">Of the week that a status is about; null where chance is not reckoned.</param>
    /// <param name="roiThreshold">The project's.</param>
    public string Reason(string code, NamedKpi? kpi, double? value, double? noise, double roiThreshold) =>
        StatusReasons.TryGetValue(code, out var status) ? Format(status, kpi?.Name, Drift(value), Margin(code, value, noise))
        : OutcomeReasons.TryGetValue(code, out var outcome) ? OutcomeReason(code, outcome, kpi, value)
        : RoiReason(code, value, roiThreshold);

    /// <summary>The same, of a KPI by its code.</summary>
    public string Reason(string code, string? kpi, double? value, IReadOnlyDictionary<string, NamedKpi> named, IReadOnlyDictionary<string, double?> noises, double roiThreshold) =>
        kpi is null ? Reason(code, null, value, null, roiThreshold) : Reason(code, named[kpi], value, noises[kpi], roiThreshold);

    /// <summary>A status in a word; null stays null.</summary>
    public string? Status(string? code) => Word(Statuses, code);

    /// <summary>An outcome in a word; null stays null.</summary>
    public string? Outcome(string? code) => Word(Outcomes, code);

    /// <summary>A recommendation, or a decision, in a word; null stays null.</summary>
    public string? Recommendation(string? code) => Word(Recommendations, code);

    /// <summary>Where a project stands, in a word.</summary>
    public string ProjectStatus(string code) => Pick(ProjectStatuses[code]);

    /// <summary>A recommendation as a sentence.</summary>
    public string Advice(string recommendation) => Pick(Advices[recommendation]);

    /// <summary>What somebody has to see to, other than the recommendation.</summary>
    /// <param name="code">A code of the pack's matters.</param>
    /// <param name="about">The day on which it was due, or the KPI.</param>
    /// <param name="what">The action that is overdue.</param>
    public string Matter(string code, string about, string? what = null) => Format(Matters[code], about, what);

    /// <summary>The kind of a review in words.</summary>
    public string ReviewKind(string code) => Pick(ReviewKinds[code]);

    /// <summary>The return as a sentence, and since when the costs are covered.</summary>
    public string Return(double? ratio, double threshold, bool isReached, DateOnly? paybackOn)
    {
        var code = ratio is not { } known ? "roi-unknown" : isReached ? "roi-reached" : known < 1 ? "roi-below-one" : "roi-below-threshold";
        var paid = paybackOn is { } day ? Format((" Les gains couvrent les coûts depuis le {0}.", " Gains have covered costs since {0}."), _figures.Day(day)) : "";
        return RoiReason(code, ratio, threshold) + paid;
    }

    /// <summary>What the method objects to.</summary>
    /// <param name="code">A code of PortfolioWarnings.</param>
    /// <param name="activity">Its name, if the warning is about one.</param>
    /// <param name="count">How many of what the code names.</param>
    /// <param name="mostKpis">More are too many.</param>
    public string Warning(string code, string? activity, long? count, int mostKpis) => Format(Warnings[code], activity, count, mostKpis);

    /// <summary>Whether something changed, between which periods, and what a comparison of before and after cannot tell; null stays null.</summary>
    /// <param name="code">A code of KpiOutcomes.</param>
    /// <param name="kpi">The KPI that it is about.</param>
    /// <param name="aggregation">The KPI's.</param>
    /// <param name="isDeclared">Somebody declared the baseline.</param>
    /// <param name="periods">What is compared.</param>
    /// <param name="change">In the KPI's unit, like its interval.</param>
    /// <param name="low">Of the interval.</param>
    /// <param name="high">Of the interval.</param>
    public string? Evidence(string? code, NamedKpi kpi, string aggregation, bool isDeclared, ComparedPeriods periods, double? change, double? low, double? high)
    {
        if (code is null)
        {
            return null;
        }

        // Of these kinds no amount of measuring would be enough.
        var why = (code, aggregation) switch
        {
            ("insufficient", "ledger") => "insufficient-ledger",
            ("insufficient", _) when isDeclared => "insufficient-declared",
            ("insufficient", "last") when change is not null => "insufficient-last",
            _ => code,
        };
        var interval = low is { } from && high is { } to ? Pick(($"de {Change(kpi, from)} à {Change(kpi, to)}", $"{Change(kpi, from)} to {Change(kpi, to)}")) : "";
        var said = Format(
            Evidences[why],
            _figures.Period(periods.BaselineFrom, periods.BaselineTo),
            _figures.Period(periods.EvaluationFrom, periods.EvaluationTo),
            change is { } known ? Change(kpi, known) : "",
            interval);
        return why == "insufficient-ledger" ? said : said + Pick((" Une comparaison avant/après peut aussi ne montrer que la saison.", " A before/after contrast can also be the season."));
    }

    /// <summary>Whether the change that the target asks for, if it asks for one, can be seen at all, with as much as is counted; null without a target.</summary>
    public string? Detectability(NamedKpi kpi, bool? isAlreadyMet, bool? isDetectable, double? targetChange, double? smallestChange, double? monthlyVolume, string? volumeLabel, int measuredDays)
    {
        if (targetChange is not { } asked)
        {
            return null;
        }

        if (isAlreadyMet == true)
        {
            return Pick(("La valeur de départ atteint déjà l'objectif : il n'y a pas de changement à rendre visible.", "The baseline already meets the target: there is no change to show."));
        }

        if (isDetectable is null || smallestChange is not { } smallest)
        {
            return Format(
                (
                    "On ne peut pas dire si un changement de {0} sera visible : il faut une valeur de départ mesurée sur au moins sept jours, d'un KPI ratio ou somme.",
                    "Whether {0} can be shown cannot be said: that takes a baseline measured on at least seven days, of a ratio or sum KPI."),
                Change(kpi, asked));
        }

        var with = monthlyVolume is { } volume && volumeLabel is not null
            ? Format(("{0} {1} par mois", "{0} {1} a month"), _figures.Plain(volume), language == Language.French ? FrenchLabels.GetValueOrDefault(volumeLabel, volumeLabel) : volumeLabel)
            : Format(("{0} jours mesurés", "{0} measured days"), measuredDays);
        return Format(
            isDetectable.Value
                ? ("Un changement de {0} est visible avec {1} ; le plus petit changement visible est de {2}.", "{0} can be shown with {1}; the smallest visible change is {2}.")
                : ("Un changement de {0} n'est pas démontrable avec {1} ; le plus petit changement visible est de {2}.", "{0} cannot be shown with {1}; the smallest visible change is {2}."),
            Change(kpi, asked),
            with,
            _figures.Size(smallest, kpi.Unit, kpi.Currency));
    }

    /// <summary>The text of the two in this language.</summary>
    public string Pick((string Fr, string En) words) => language.Pick(words.Fr, words.En);

    /// <summary>The same with values in it.</summary>
    public string Format((string Fr, string En) words, params object?[] values) => string.Format(CultureInfo.InvariantCulture, Pick(words), values);

    private string? Word(Dictionary<string, (string Fr, string En)> words, string? code) => code is null ? null : Pick(words[code]);

    // Equal is achieved, and below is not: only what was missed has to read as another figure than its target.
    private string OutcomeReason(string code, (string Fr, string En) words, NamedKpi? kpi, double? value)
    {
        var (final, target) = code == "missed" && kpi?.Target is { } asked && value is { } known
            ? _figures.Apart(known, asked, (figures, figure) => figures.Value(figure, kpi.Unit, kpi.Currency))
            : (Value(kpi, value), Value(kpi, kpi?.Target));
        return Format(words, kpi?.Name, final, target);
    }

    private string RoiReason(string code, double? ratio, double threshold)
    {
        var (said, than) = ratio is { } known ? _figures.Apart(known, code == "roi-below-one" ? 1 : threshold, (figures, figure) => figures.Ratio(figure)) : ("", "");
        return Format(ProjectReasons[code], said, than);
    }

    private string Margin(string status, double? drift, double? noise) => drift is not null && Margins.TryGetValue((status, noise is not null), out var margin) ? Pick(margin) : "";

    private string Drift(double? drift) => drift is { } known ? Format((" (dérive : {0})", " (drift: {0})"), _figures.Share(known)) : "";

    private string Value(NamedKpi? kpi, double? value) => kpi is not null && value is { } known ? _figures.Value(known, kpi.Unit, kpi.Currency) : "";

    private string Change(NamedKpi kpi, double change) => _figures.Change(change, kpi.Unit, kpi.Currency);
}

/// <summary>What a sentence needs of a KPI.</summary>
/// <param name="Name">In the language of the sentence.</param>
/// <param name="Unit">Of all values.</param>
/// <param name="Currency">Of the project, for a unit that is one.</param>
/// <param name="Target">In the unit.</param>
internal sealed record NamedKpi(string Name, string Unit, string? Currency, double? Target);

/// <summary>The two periods that an outcome compares, of equal length.</summary>
internal sealed record ComparedPeriods(DateOnly BaselineFrom, DateOnly BaselineTo, DateOnly EvaluationFrom, DateOnly EvaluationTo);
