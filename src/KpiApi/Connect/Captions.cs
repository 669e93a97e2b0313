using System.Text;

namespace KpiApi.Connect;

/// <summary>What people see instead of the names of tables and columns. The names stay the same in every language.</summary>
internal static class Captions
{
    private static readonly Dictionary<string, string> EnglishWords = new(StringComparer.Ordinal)
    {
        ["Kpi"] = "KPI", ["Kpis"] = "KPIs", ["Roi"] = "ROI", ["Id"] = "ID", ["Utc"] = "(UTC)", ["Iso"] = "ISO", ["Pct"] = "%", ["Fr"] = "(French)", ["En"] = "(English)",
    };

    private static readonly Dictionary<string, string> French = new(StringComparer.Ordinal)
    {
        // Tables
        ["Dates"] = "Dates", ["Activities"] = "Activités", ["Projects"] = "Projets", ["Kpis"] = "KPI", ["ProjectKpis"] = "KPI des projets", ["Measurements"] = "Mesures",
        ["KpiDays"] = "KPI par jour", ["KpiWeeks"] = "KPI par semaine", ["KpiStatus"] = "Statut des KPI", ["KpiOutcomes"] = "Résultats des KPI", ["Ledger"] = "Gains et coûts",
        ["ProjectRoi"] = "ROI des projets", ["RoiMonths"] = "ROI par mois", ["NorthStars"] = "Étoiles polaires", ["Reviews"] = "Revues", ["Portfolio"] = "Portefeuille",
        ["Deletions"] = "Suppressions", ["Alerts"] = "Alertes",

        // Columns
        ["ActivityCode"] = "Code de l'activité", ["ActivityId"] = "Id de l'activité", ["ActivityName"] = "Activité", ["Actual"] = "Réel", ["Aggregation"] = "Agrégation", ["Amount"] = "Montant",
        ["BaselineDays"] = "Jours de référence", ["BaselineValue"] = "Valeur de référence", ["Category"] = "Catégorie", ["Change"] = "Évolution", ["ChangeHigh"] = "Évolution, borne haute",
        ["ChangeLow"] = "Évolution, borne basse", ["ChangePct"] = "Évolution en %", ["ClosedOn"] = "Clos le", ["Cost"] = "Coût", ["CostEstimated"] = "Coût estimé", ["CostInvoiced"] = "Coût facturé",
        ["CostMeasured"] = "Coût mesuré", ["CoverageDays"] = "Jours mesurés de la référence", ["CumulativeCost"] = "Coût cumulé", ["CumulativeGain"] = "Gain cumulé", ["Currency"] = "Devise",
        ["Date"] = "Date", ["DateKey"] = "Clé de date", ["DayNumber"] = "Jour du projet", ["Decision"] = "Décision", ["DeletedAtUtc"] = "Supprimé le (UTC)", ["DeletionId"] = "Id de la suppression",
        ["Denominator"] = "Dénominateur", ["DenominatorLabel"] = "Libellé du dénominateur", ["Detectable"] = "Détectable", ["Direction"] = "Sens", ["Domain"] = "Domaine", ["Drift"] = "Dérive",
        ["EndsOn"] = "Fin", ["Evidence"] = "Preuve", ["Expected"] = "Attendu", ["ExternalId"] = "Identifiant externe", ["FactCount"] = "Nombre de faits", ["Feed"] = "Table",
        ["FinalValue"] = "Valeur finale", ["FiscalYear"] = "Exercice", ["Gain"] = "Gain", ["GainEstimated"] = "Gain estimé", ["GainInvoiced"] = "Gain facturé", ["GainMeasured"] = "Gain mesuré",
        ["Gap"] = "Écart", ["GraceDays"] = "Jours de grâce", ["HorizonDays"] = "Jours d'horizon", ["HorizonOn"] = "Fin de l'horizon", ["ImmatureDays"] = "Jours incomplets", ["IsCatalog"] = "Du catalogue",
        ["IsDeclared"] = "Référence déclarée", ["IsProvisional"] = "Provisoire", ["IsoWeek"] = "Numéro de semaine ISO", ["IsoYear"] = "Année ISO", ["Key"] = "Clé", ["Kind"] = "Nature",
        ["KpiCode"] = "Code du KPI", ["KpiCount"] = "Nombre de KPI", ["KpiId"] = "Id du KPI", ["KpisAchieved"] = "KPI atteints", ["KpisAtRisk"] = "KPI à surveiller", ["KpisBehind"] = "KPI en retard",
        ["KpisMissed"] = "KPI manqués", ["KpisOnTrack"] = "KPI dans les temps", ["Label"] = "Libellé", ["LagDays"] = "Jours de délai", ["LastReviewOn"] = "Dernière revue", ["LaunchedAtUtc"] = "Lancé le (UTC)",
        ["LedgerEntryId"] = "Id de l'écriture", ["MeasurementId"] = "Id de la mesure", ["Month"] = "Mois", ["MonthNameEn"] = "Nom du mois (anglais)", ["MonthNameFr"] = "Nom du mois",
        ["MonthNumber"] = "Rang du mois", ["MonthStart"] = "Premier jour du mois", ["NameEn"] = "Nom (anglais)", ["NameFr"] = "Nom", ["Net"] = "Gain net", ["NextReviewOn"] = "Prochaine revue",
        ["Noise"] = "Bruit", ["Note"] = "Note", ["Numerator"] = "Numérateur", ["NumeratorLabel"] = "Libellé du numérateur", ["Objective"] = "Objectif", ["Outcome"] = "Résultat",
        ["PaybackOn"] = "Rentabilisé le", ["PerDays"] = "Par nombre de jours", ["Progress"] = "Avancement", ["ProjectCode"] = "Code du projet", ["ProjectId"] = "Id du projet",
        ["ProjectKpiId"] = "Id du KPI du projet", ["ProjectName"] = "Projet", ["ProjectStatus"] = "Statut du projet", ["Purpose"] = "Finalité", ["Quarter"] = "Trimestre",
        ["Recommendation"] = "Recommandation", ["RestatedBaselineValue"] = "Référence recalculée", ["ReviewCadenceDays"] = "Jours entre deux revues", ["ReviewId"] = "Id de la revue",
        ["ReviewIsOverdue"] = "Revue en retard", ["ReviewKind"] = "Type de revue", ["ReviewedOn"] = "Revue du", ["RoiRatio"] = "ROI", ["RoiRatioAtHorizon"] = "ROI à l'horizon",
        ["RoiReached"] = "ROI atteint", ["RoiReturn"] = "Rendement du coût", ["RoiThreshold"] = "Seuil de ROI", ["ServesNorthStar"] = "Sert l'étoile polaire",
        ["SmallestDetectableChange"] = "Plus petite évolution visible", ["Source"] = "Source", ["StartsOn"] = "Début", ["Status"] = "Statut", ["TargetAlreadyMet"] = "Cible déjà atteinte",
        ["TargetDrift"] = "Dérive par rapport à la cible", ["TargetValue"] = "Cible", ["Template"] = "Modèle", ["ThresholdKind"] = "Type de seuil", ["ThresholdValue"] = "Seuil",
        ["TimestampUtc"] = "Instant (UTC)", ["Tolerance"] = "Tolérance", ["Unit"] = "Unité", ["UpdatedAtUtc"] = "Modifié le (UTC)", ["Value"] = "Valeur", ["Week"] = "Semaine",
        ["WeekStart"] = "Lundi de la semaine", ["Year"] = "Année",
    };

    /// <summary>The name in words: ProjectKpis becomes Project KPIs.</summary>
    public static string InEnglish(string name)
    {
        var text = new StringBuilder();
        var start = 0;
        for (var end = 1; end <= name.Length; end++)
        {
            if (end == name.Length || char.IsUpper(name[end]))
            {
                var word = name[start..end];
                text.Append(start == 0 ? "" : " ").Append(EnglishWords.GetValueOrDefault(word) ?? (start == 0 ? word : word.ToLowerInvariant()));
                start = end;
            }
        }

        return text.ToString();
    }

    /// <summary>The name in French; null when there is none yet.</summary>
    public static string? InFrench(string name) => French.GetValueOrDefault(name);
}
