namespace KpiApi.Connect;

/// <summary>A figure that a BI tool computes from rows of feeds: sums first, the division last.</summary>
/// <param name="Table">The table that it stands in.</param>
/// <param name="Name">Its name, for ever.</param>
/// <param name="French">Its name in French.</param>
/// <param name="Format">How Power BI shows it.</param>
/// <param name="Description">Meaning and unit in one or two sentences.</param>
/// <param name="Dax">What computes it.</param>
internal sealed record Measure(string Table, string Name, string French, string Format, string Description, string Dax);

internal static class Measures
{
    private const string Amount = "#,0.00";
    private const string Value = "#,0.00##";
    private const string Fraction = "0.0 %";
    private const string Count = "#,0";

    public static readonly IReadOnlyList<Measure> All =
    [
        // One KPI and one currency, or nothing: values of different units are no sum of anything. FactCount is 0 where nothing was measured.
        new("KpiDays", "KPI value", "Valeur du KPI", Value, "Value of one KPI over the days and projects shown, in its unit: Σ numerator / Σ denominator; for KPIs of the kind last the latest value of one project.", """
            VAR Aggregation = LOOKUPVALUE(Kpis[Aggregation], Kpis[KpiId], MAX(KpiDays[KpiId]))
            VAR LastDay = MAX(KpiDays[DateKey])
            RETURN
                IF(
                    DISTINCTCOUNT(KpiDays[KpiId]) = 1 && DISTINCTCOUNT(KpiDays[Currency]) = 1 && SUM(KpiDays[FactCount]) > 0,
                    IF(
                        Aggregation = "last",
                        IF(DISTINCTCOUNT(KpiDays[ProjectKpiId]) = 1, CALCULATE(SUM(KpiDays[Value]), KpiDays[DateKey] = LastDay)),
                        DIVIDE(SUM(KpiDays[Numerator]), SUM(KpiDays[Denominator]))
                    )
                )
            """),
        // Of several months there is no month before.
        new("KpiDays", "KPI value, month before", "Valeur du KPI, mois précédent", Value, "The KPI value of the same days one month earlier; empty for more than one month.", """
            IF(DISTINCTCOUNT(Dates[MonthNumber]) = 1, CALCULATE([KPI value], DATEADD(Dates[Date], -1, MONTH)))
            """),
        new("KpiDays", "KPI change on month before", "Changement sur le mois précédent", Fraction, "Change of the KPI value on the month before, as a fraction of that one's size.", """
            VAR ThisMonth = [KPI value]
            VAR MonthBefore = [KPI value, month before]
            RETURN
                IF(NOT ISBLANK(ThisMonth) && NOT ISBLANK(MonthBefore), DIVIDE(ThisMonth - MonthBefore, ABS(MonthBefore)))
            """),
        // Published week by week: of several there is no single figure.
        new("KpiWeeks", "Weekly actual", "Réel de la semaine", Value, "Value measured in one week of one project KPI, in its unit.", "IF(COUNTROWS(KpiWeeks) = 1, MAX(KpiWeeks[Actual]))"),
        new("KpiWeeks", "Weekly expected", "Attendu de la semaine", Value, "Value on the line from baseline to target in one week of one project KPI, in its unit.", "IF(COUNTROWS(KpiWeeks) = 1, MAX(KpiWeeks[Expected]))"),
        new("KpiWeeks", "Weekly drift", "Dérive de la semaine", Fraction, "Gap of one week of one project KPI as a fraction of the expected value; below 0 is unfavourable.", "IF(COUNTROWS(KpiWeeks) = 1, MAX(KpiWeeks[Drift]))"),
        new("KpiStatus", "KPIs on track", "KPI sur la trajectoire", Count, "Project KPIs whose current status is on_track.", "CALCULATE(COUNTROWS(KpiStatus), KpiStatus[Status] = \"on_track\") + 0"),
        new("KpiStatus", "KPIs at risk", "KPI à surveiller", Count, "Project KPIs whose current status is at_risk.", "CALCULATE(COUNTROWS(KpiStatus), KpiStatus[Status] = \"at_risk\") + 0"),
        new("KpiStatus", "KPIs behind", "KPI en retard", Count, "Project KPIs whose current status is behind.", "CALCULATE(COUNTROWS(KpiStatus), KpiStatus[Status] = \"behind\") + 0"),
        // The + 0 makes the return of a project without gains 0, and not empty.
        new("Ledger", "Gain", "Gain", Amount, "Gains in one currency, excluding VAT; empty when the rows shown have several.", "IF(DISTINCTCOUNT(Ledger[Currency]) = 1, CALCULATE(SUM(Ledger[Amount]), Ledger[Kind] = \"gain\") + 0)"),
        new("Ledger", "Cost", "Coût", Amount, "Costs in one currency, excluding VAT; empty when the rows shown have several.", "IF(DISTINCTCOUNT(Ledger[Currency]) = 1, CALCULATE(SUM(Ledger[Amount]), Ledger[Kind] = \"cost\") + 0)"),
        new("Ledger", "Net gain", "Gain net", Amount, "Gain minus cost in one currency, excluding VAT.", "[Gain] - [Cost]"),
        new("Ledger", "ROI", "ROI", "0.00", "Gain / cost over the entries shown; empty without costs.", "DIVIDE([Gain], [Cost])"),
        new("Ledger", "Return on cost", "Retour sur coût", Fraction, "(Gain − cost) / cost over the entries shown, as a fraction; empty without costs.", "DIVIDE([Net gain], [Cost])"),
        new("Ledger", "Cumulative gain", "Gain cumulé", Amount, "Gains from the beginning to the last day shown, in one currency; empty after the last entry.", ToDate("Gain")),
        new("Ledger", "Cumulative cost", "Coût cumulé", Amount, "Costs from the beginning to the last day shown, in one currency; empty after the last entry.", ToDate("Cost")),
        new("NorthStars", "North Star value", "Valeur de l'étoile polaire", Value, "Value of one North Star in one month, in its unit.", "IF(COUNTROWS(NorthStars) = 1, MAX(NorthStars[Value]))"),
        new("NorthStars", "North Star change", "Changement de l'étoile polaire", Fraction, "Change of one North Star on the month before, as a fraction.", "IF(COUNTROWS(NorthStars) = 1, MAX(NorthStars[ChangePct]))"),
    ];

    private static string ToDate(string measure) => $"""
        VAR LastDay = MAX(Dates[DateKey])
        RETURN
            IF(
                MIN(Dates[DateKey]) <= CALCULATE(MAX(Ledger[DateKey]), REMOVEFILTERS(Dates)),
                CALCULATE([{measure}], REMOVEFILTERS(Dates), Dates[DateKey] <= LastDay)
            )
        """;
}
