namespace KpiApi.Feeds;

/// <summary>What a column or a feed is called for people, and what it means, in one language.</summary>
internal sealed record Wording(string Label, string Description);

/// <summary>
/// Names and descriptions of feeds and columns in French and English. A column that means something else in one feed has a line with the feed's view before its name.
/// The English description of a column is that of its definition.
/// </summary>
internal static class FeedWords
{
    private const string FeedLines = """
        dates        | Calendar            | Calendrier              | Le calendrier de 2015 à 2049. À relier à la date des autres tables.
        activities   | Activities          | Activités               | Les domaines d'activité auxquels appartiennent projets et étoiles polaires.
        projects     | Projects            | Projets                 | Les projets numériques qui sont pilotés, ou en préparation.
        kpis         | KPI definitions     | Définitions de KPI      | Ce qui est mesuré, dans quelle unité, et quel sens est le bon. Les projets partagent ces définitions.
        project-kpis | KPIs of projects    | KPI des projets         | Les KPI de chaque projet avec leur but, leur valeur de départ, leur objectif et le changement que l'on peut distinguer du hasard.
        measurements | Facts               | Faits                   | Les faits tels qu'ils ont été envoyés. Pour des courbes et des totaux, prendre les jours de KPI.
        kpi-days     | KPI days            | Jours de KPI            | Sommes par jour, pour des courbes et des totaux justes : la valeur d'un KPI est Σ numérateur / Σ dénominateur.
        kpi-weeks    | KPI weeks           | Semaines de KPI         | Le pilotage de la semaine : le réel face à la droite de la valeur de départ à l'objectif, avec dérive et statut.
        kpi-status   | KPI status          | Statut des KPI          | Où en est chaque KPI : sa dernière semaine qui n'est plus provisoire.
        kpi-outcomes | KPI outcomes        | Résultats des KPI       | Si chaque KPI a atteint son objectif à l'horizon, et la preuve que quelque chose a changé.
        ledger       | Gains and costs     | Gains et coûts          | Les gains et les coûts des projets, hors taxes.
        project-roi  | ROI of projects     | ROI des projets         | Ce que chaque projet a rapporté et coûté, dans sa devise, hors taxes.
        roi-months   | ROI by month        | ROI par mois            | Gains et coûts par mois avec leurs cumuls, dans la devise du projet, hors taxes.
        north-stars  | North Stars         | Étoiles polaires        | Le chiffre que chaque activité suit au-dessus de ses projets, par mois.
        reviews      | Reviews             | Revues                  | Les décisions datées prises sur les projets.
        review-actions     | Review actions | Actions des revues | Qui fait quoi jusqu'à quand, et si c'est fait.
        review-adjustments | Adjustments    | Ajustements        | L'ajustement a-t-il porté ? La dérive de chaque KPI avant la semaine de la revue, et depuis.
        alerts             | Alerts         | Alertes            | Ce qui demande un regard : KPI passés en retard, revues et actions en retard, sources muettes, résultats décidés.
        portfolio    | Portfolio           | Portefeuille            | Chaque projet sur une ligne : statut, recommandation, KPI, retour et prochaine revue.
        deletions    | Deletions           | Suppressions            | Ce qu'une actualisation incrémentielle doit retirer : lignes supprimées ou déplacées à un autre jour.
        """;

    private const string ColumnLines = """
        DateKey | Day (key) | Jour (clé) | Le jour.
        KpiWeeks.DateKey | Monday (key) | Lundi (clé) | Lundi de la semaine.
        KpiStatus.DateKey | Monday (key) | Lundi (clé) | Lundi de la semaine.
        RoiMonths.DateKey | First day of the month | Premier jour du mois | Premier jour du mois.
        NorthStars.DateKey | First day of the month | Premier jour du mois | Premier jour du mois.
        Date | Day | Jour | Le jour.
        Year | Year | Année | Année civile.
        Quarter | Quarter | Trimestre | Trimestre civil, de 1 à 4.
        Month | Month | Mois | Le mois.
        Dates.Month | Month of the year | Mois de l'année | Mois civil, de 1 à 12.
        MonthNameFr | Month in French | Nom du mois | Nom du mois en français.
        MonthNameEn | Name of the month | Mois en anglais | Nom du mois en anglais.
        IsoYear | ISO year | Année ISO | Année de la semaine ISO, qui diffère de l'année civile autour du Nouvel An.
        IsoWeek | ISO week number | Numéro de semaine ISO | Numéro de la semaine ISO, de 1 à 53.
        Week | Week | Semaine | La semaine ISO.
        WeekStart | Monday | Lundi | Lundi de la semaine.
        MonthNumber | Month number | Numéro de mois | Mois comptés sans interruption d'une année à l'autre.
        MonthStart | Start of the month | Début du mois | Premier jour du mois.
        FiscalYear | Fiscal year | Exercice | Exercice de l'organisation, nommé d'après l'année civile de sa fin.
        ActivityId | Activity id | Id d'activité | Identifie l'activité.
        ActivityCode | Activity code | Code d'activité | Code de l'activité ; il ne change jamais.
        ActivityName | Activity | Activité | Nom de l'activité.
        UpdatedAtUtc | Updated (UTC) | Modifié (UTC) | Dernière écriture.
        ProjectId | Project id | Id de projet | Identifie le projet.
        ProjectCode | Project code | Code de projet | Code du projet ; il ne change jamais.
        ProjectName | Project | Projet | Nom du projet.
        Objective | Objective | But du projet | Ce que le projet doit atteindre.
        Template | Template | Modèle | Code du modèle dont le projet est issu.
        StartsOn | Starts on | Début | Premier jour du projet ; la période de départ finit la veille.
        EndsOn | Ends on | Fin de l'horizon | Dernier jour de l'horizon.
        ClosedOn | Closed on | Clôture | Dernier jour qui compte, une fois le projet clos.
        ProjectStatus | Project status | Statut du projet | draft (en préparation), running (en cours) ou closed (clos).
        Currency | Currency | Devise | Devise des montants (ISO 4217).
        BaselineDays | Baseline days | Période de départ (jours) | Longueur de la période de départ en jours.
        HorizonDays | Horizon days | Horizon (jours) | Longueur de l'horizon en jours.
        RoiThreshold | ROI threshold | Seuil de ROI | Gain / coût à partir duquel le projet est rentable.
        ReviewCadenceDays | Review cadence (days) | Cadence des revues (jours) | Jours entre deux revues.
        LaunchedAtUtc | Launched (UTC) | Lancé (UTC) | Instant du lancement, où les valeurs de départ sont scellées ; vide tant que le projet est en préparation.
        KpiId | KPI id | Id de KPI | Identifie la définition du KPI.
        KpiCode | KPI code | Code de KPI | Code du KPI ; il ne change jamais.
        KpiName | KPI | KPI | Nom du KPI.
        NameFr | Name in French | Nom en français | Nom du KPI en français.
        NameEn | Name in English | Nom en anglais | Nom du KPI en anglais.
        Domain | Domain | Domaine | Domaine métier, par exemple acquisition ou finance.
        Unit | Unit | Unité | Unité des valeurs : currency, percent (fraction : 0,25 = 25 %), seconds, minutes, hours, days, count ou ratio.
        Direction | Direction | Sens | Le bon sens : increase (hausse) ou decrease (baisse).
        Aggregation | Aggregation | Agrégation | Comment les faits s'additionnent : ratio (Σ numérateur / Σ dénominateur), sum (par période), last (dernière valeur) ou ledger (gain / coût).
        PerDays | Per days | Par nombre de jours | Pour sum : le nombre de jours que représente une valeur.
        NumeratorLabel | Numerator label | Libellé du numérateur | Ce que compte le numérateur.
        DenominatorLabel | Denominator label | Libellé du dénominateur | Ce que compte le dénominateur.
        IsCatalog | Of the catalogue | Du catalogue | Si le KPI est l'un de ceux du catalogue de la méthode.
        ProjectKpiId | Project KPI id | Id du KPI de projet | Identifie le KPI du projet.
        Purpose | Purpose | But | Le but métier que sert le KPI dans ce projet.
        ServesNorthStar | Serves the North Star | Sert l'étoile polaire | Si le KPI sert l'étoile polaire de l'activité.
        ThresholdKind | Kind of threshold | Type de seuil | relative (fraction de la valeur de départ), points (ajoutés à la valeur de départ) ou absolute (absolu).
        ThresholdValue | Threshold | Seuil | Le seuil de succès : une fraction si relatif, sinon dans l'unité du KPI.
        BaselineValue | Baseline | Valeur de départ | Valeur avant le projet, dans l'unité du KPI.
        RestatedBaselineValue | Restated baseline | Valeur de départ recalculée | La valeur de départ que donneraient les faits connus à ce jour.
        CoverageDays | Covered days | Jours couverts | Jours de la période de départ qui ont des faits.
        ImmatureDays | Immature days | Jours incomplets | Jours de la période de départ dont les faits ne sont pas encore complets.
        TargetValue | Target | Objectif | Valeur à atteindre, dans l'unité du KPI.
        Tolerance | Tolerance | Tolérance | Une dérive sous moins cette fraction est en retard.
        GraceDays | Grace days | Jours de grâce | Premiers jours du projet, pendant lesquels rien n'est jugé.
        LagDays | Lag days | Délai en jours | Jours jusqu'à ce que les faits d'un jour soient complets.
        SmallestDetectableChange | Smallest detectable change | Plus petit changement visible | Plus petit changement que l'évaluation distinguerait du hasard, dans l'unité du KPI.
        Detectable | Detectable | Visible | Si le changement de la valeur de départ à l'objectif est au moins le plus petit visible.
        TargetAlreadyMet | Target already met | Objectif déjà atteint | Si la valeur de départ atteignait l'objectif avant le projet.
        IsDeclared | Declared baseline | Valeur de départ déclarée | Si la valeur de départ a été déclarée par une personne au lieu d'être mesurée.
        MeasurementId | Fact id | Id du fait | Identifie le fait ; une correction le garde.
        TimestampUtc | Time (UTC) | Instant (UTC) | Quand cela s'est produit selon l'expéditeur ; vide si seul un jour a été donné.
        Numerator | Numerator | Numérateur | Numérateur du fait ; une simple valeur se trouve ici, avec dénominateur 1.
        KpiDays.Numerator | Numerator | Numérateur | Somme des numérateurs d'un seul KPI. Vide pour un KPI qui garde la dernière valeur, qui ne s'additionne pas.
        Denominator | Denominator | Dénominateur | Dénominateur du fait.
        KpiDays.Denominator | Denominator | Dénominateur | Somme des dénominateurs d'un seul KPI. Vide pour un KPI qui garde la dernière valeur, qui ne s'additionne pas.
        Source | Source | Source | Le système qui a envoyé la ligne.
        ExternalId | External id | Id externe | Le nom que la source donne à la ligne.
        Note | Note | Note | Remarque de l'expéditeur.
        Reviews.Note | Note | Note | Pourquoi il en a été décidé ainsi.
        Value | Value | Valeur | La valeur du mois, dans l'unité.
        KpiDays.Value | KPI value | Valeur du KPI | Σ numérateur / Σ dénominateur d'un seul KPI, juste à tout regroupement. Vide sans faits, et pour un KPI qui garde la dernière valeur.
        DayValue | Value of the day | Valeur du jour | La valeur d'un KPI de projet un jour donné, aussi pour un KPI qui garde la dernière valeur.
        FactCount | Facts | Nombre de faits | Nombre de faits.
        DayNumber | Day of the project | Jour du projet | Jour du projet sur lequel tombe le dernier jour compté de la semaine ; le premier est 1.
        Actual | Actual | Réel | Valeur mesurée dans la semaine, dans l'unité.
        Expected | Expected | Attendu | Valeur sur la droite de la valeur de départ à l'objectif, dans l'unité.
        Gap | Gap | Écart | Distance à la droite, dans l'unité ; plus de 0 est favorable.
        Noise | Noise | Bruit | Ce que le hasard seul fait d'une semaine, dans l'unité.
        Drift | Drift | Dérive | L'écart en fraction de la valeur attendue.
        TargetDrift | Drift from the target | Dérive à l'objectif | Distance à l'objectif en fraction de celui-ci ; plus de 0 est favorable.
        Progress | Progress | Chemin fait | Part du chemin de la valeur de départ à l'objectif ; peut sortir de 0 à 1.
        IsProvisional | Provisional | Provisoire | Si des faits peuvent encore manquer.
        Status | Status | Statut | on_track (sur la trajectoire), at_risk (à surveiller), behind (en retard), too_early (trop tôt), no_data (sans mesure), no_baseline (sans valeur de départ) ou provisional (provisoire).
        HorizonOn | Horizon | Horizon | Dernier jour de l'horizon, où le résultat est décidé.
        Outcome | Outcome | Résultat | achieved (atteint), missed (manqué), pending (en attente) ou not_measurable (non mesurable).
        FinalValue | Final value | Valeur finale | Valeur sur la période d'évaluation, dans l'unité.
        Change | Change | Changement | Valeur finale moins valeur de départ, dans l'unité.
        NorthStars.Change | Change | Changement | Valeur moins celle du mois précédent, dans l'unité.
        ChangePct | Change (%) | Changement (%) | Le changement en fraction de la valeur de départ.
        NorthStars.ChangePct | Change (%) | Changement (%) | Le changement en fraction de la valeur du mois précédent.
        ChangeLow | Change, low | Changement, bas | Bas de l'intervalle où se trouve le changement, dans l'unité.
        ChangeHigh | Change, high | Changement, haut | Haut de l'intervalle où se trouve le changement, dans l'unité.
        Evidence | Evidence | Preuve | invoiced (facturé), measured (mesuré) ou estimated (estimé).
        KpiOutcomes.Evidence | Evidence | Preuve | Preuve d'un changement favorable, quelle qu'en soit la cause : clear (nette), unclear (non établie) ou insufficient (insuffisante).
        LedgerEntryId | Entry id | Id d'écriture | Identifie l'écriture ; une correction la garde.
        Kind | Kind | Nature | gain (gain) ou cost (coût).
        Category | Category | Catégorie | D'où vient l'argent ou où il est allé, en texte libre.
        Amount | Amount | Montant | Montant hors taxes dans la devise ; négatif pour un avoir. Gains et coûts ne s'additionnent pas.
        Label | Label | Libellé | Le nom de l'écriture.
        Gain | Gain | Gain | Gains hors taxes, dans la devise.
        Cost | Cost | Coût | Coûts hors taxes, dans la devise.
        Net | Net | Net | Gain moins coût, dans la devise.
        RoiRatio | ROI (gain / cost) | ROI (gain / coût) | Σ gain / Σ coût ; vide sans coûts.
        RoiMonths.RoiRatio | Cumulative ROI | ROI cumulé | Gain cumulé / coût cumulé à la fin du mois ; vide sans coûts.
        MonthRoi | ROI of the months | ROI des mois | Σ gain / Σ coût des mois choisis ; vide sans coûts.
        RoiReturn | Return | Retour | (Gain − coût) / coût, en fraction ; vide sans coûts.
        RoiReached | ROI reached | ROI atteint | Si le ratio est au moins égal au seuil.
        PaybackOn | Payback on | Rentabilisé le | Premier jour à partir duquel le gain cumulé couvre le coût cumulé durablement.
        RoiRatioAtHorizon | ROI at the horizon | ROI à l'horizon | Gain / coût jusqu'au dernier jour de l'horizon ; vide avant ce jour.
        GainInvoiced | Gain, invoiced | Gain facturé | Gains prouvés par des factures, dans la devise.
        GainMeasured | Gain, measured | Gain mesuré | Gains mesurés, dans la devise.
        GainEstimated | Gain, estimated | Gain estimé | Gains estimés, dans la devise.
        CostInvoiced | Cost, invoiced | Coût facturé | Coûts prouvés par des factures, dans la devise.
        CostMeasured | Cost, measured | Coût mesuré | Coûts mesurés, dans la devise.
        CostEstimated | Cost, estimated | Coût estimé | Coûts estimés, dans la devise.
        CumulativeGain | Cumulative gain | Gain cumulé | Gains depuis le début jusqu'à la fin du mois, dans la devise ; ne s'additionne pas sur les mois.
        CumulativeCost | Cumulative cost | Coût cumulé | Coûts depuis le début jusqu'à la fin du mois, dans la devise ; ne s'additionne pas sur les mois.
        Recommendation | Recommendation | Recommandation | continue (continuer), adjust (ajuster), stop (arrêter) ou insufficient_data (données insuffisantes).
        KpiCount | KPIs | Nombre de KPI | Nombre de KPI du projet, une fois lancé.
        KpisOnTrack | KPIs on track | KPI sur la trajectoire | Nombre de KPI dont le statut est on_track.
        KpisAtRisk | KPIs at risk | KPI à surveiller | Nombre de KPI dont le statut est at_risk.
        KpisBehind | KPIs behind | KPI en retard | Nombre de KPI dont le statut est behind.
        KpisAchieved | KPIs achieved | KPI atteints | Nombre de KPI qui ont atteint leur objectif à l'horizon.
        KpisMissed | KPIs missed | KPI manqués | Nombre de KPI qui ont manqué leur objectif à l'horizon.
        OpenActions | Open actions | Actions ouvertes | Nombre d'actions des revues du projet qui ne sont pas faites.
        OverdueActions | Overdue actions | Actions en retard | Nombre de celles dont l'échéance est passée.
        LastReviewOn | Last review | Dernière revue | Jour de la dernière revue.
        NextReviewOn | Next review | Prochaine revue | Jour de la prochaine revue ; vide si le projet n'est pas en cours.
        ReviewIsOverdue | Review overdue | Revue en retard | Si ce jour est passé.
        ReviewId | Review id | Id de revue | Identifie la revue.
        ReviewedOn | Reviewed on | Revu le | Jour de la revue.
        ReviewKind | Kind of review | Type de revue | weekly (hebdomadaire), biweekly (de quinzaine) ou monthly (mensuelle).
        Decision | Decision | Décision | continue (continuer), adjust (ajuster) ou stop (arrêter).
        ReviewActionId | Action id | Id d'action | Identifie l'action.
        ActionNumber | Action number | Numéro d'action | Son numéro dans la revue, à partir de 1.
        ActionText | Action | Action | Ce qui est à faire.
        Owner | Owner | Responsable | Qui le fait.
        DueOn | Due on | Échéance | Jour avant la fin duquel ce doit être fait.
        DoneOn | Done on | Fait le | Jour où ce fut fait ; vide tant que c'est ouvert.
        IsOverdue | Overdue | En retard | Si c'est ouvert après l'échéance.
        WeekBefore | Week before | Semaine avant | La semaine ISO avant celle de la revue ; vide si elle n'est pas jugée.
        StatusBefore | Status before | Statut avant | Statut de cette semaine.
        DriftBefore | Drift before | Dérive avant | Dérive de cette semaine, en fraction.
        WeekSince | Week since | Semaine depuis | La dernière semaine ISO jugée après la revue et avant l'ajustement suivant.
        StatusSince | Status since | Statut depuis | Statut de cette semaine.
        DriftSince | Drift since | Dérive depuis | Dérive de cette semaine, en fraction.
        DriftChange | Change of drift | Changement de dérive | Dérive depuis moins dérive avant, en fraction ; plus de 0 est favorable.
        Effect | Effect | Effet | better (mieux), worse (pire), unclear (incertain), pending (en attente) ou unknown (inconnu).
        AlertId | Alert id | Id d'alerte | Identifie l'alerte ; il est le même chaque jour.
        AlertKind | Kind of alert | Type d'alerte | status-behind (KPI en retard), review-overdue (revue en retard), action-overdue (action en retard), source-silent (source muette) ou outcome-decided (résultat décidé).
        Alerts.Date | Since | Depuis | Premier jour où l'alerte vaut.
        UsualIntervalDays | Usual interval (days) | Intervalle habituel (jours) | Jours entre deux jours avec des faits de la source muette, en moyenne.
        IsAcknowledged | Acknowledged | Acquittée | Si quelqu'un l'a acquittée.
        AcknowledgedAtUtc | Acknowledged at (UTC) | Acquittée à (UTC) | Quand elle fut acquittée pour la première fois.
        DeletionId | Deletion id | Id de suppression | Identifie la suppression ; les plus récentes ont des ids plus grands.
        Feed | Table | Table | La table dont la ligne faisait partie.
        Key | Key | Clé | Clé de la ligne dans cette table, en texte.
        DeletedAtUtc | Deleted (UTC) | Supprimé (UTC) | Quand la ligne a été supprimée ou déplacée.
        RowCount | Rows | Nombre de lignes | Nombre de lignes de la table.
        """;

    private static readonly Dictionary<string, string[]> Feeds = Read(FeedLines);
    private static readonly Dictionary<string, string[]> Columns = Read(ColumnLines);

    public static Wording? Of(Feed feed, bool isFrench) =>
        !Feeds.TryGetValue(feed.Url, out var words) ? null : isFrench ? new Wording(words[1], words[2]) : new Wording(words[0], feed.Description);

    /// <summary>Null when nobody has written any.</summary>
    public static Wording? Of(Feed feed, Column column, bool isFrench) =>
        !Columns.TryGetValue($"{feed.View}.{column.Name}", out var words) && !Columns.TryGetValue(column.Name, out words)
            ? null
            : isFrench ? new Wording(words[1], words[2]) : new Wording(words[0], column.Description);

    private static Dictionary<string, string[]> Read(string lines) => lines.ReplaceLineEndings("\n").Split('\n')
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .ToDictionary(parts => parts[0], parts => parts[1..], StringComparer.Ordinal);
}
