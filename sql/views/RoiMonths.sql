-- One row per project and month with ledger entries up to asOf, in the project's currency.
CREATE VIEW RoiMonths AS
SELECT
    g.ProjectId,
    p.Code AS ProjectCode,
    g.MonthKey AS Month,
    starts.DateKey,
    p.Currency,
    g.Gain / 10000 AS Gain,
    g.Cost / 10000 AS Cost,
    CAST(d.CumulativeGain AS FLOAT) / 10000 AS CumulativeGain,
    CAST(d.CumulativeCost AS FLOAT) / 10000 AS CumulativeCost,
    CAST(d.CumulativeGain AS FLOAT) / NULLIF(CAST(d.CumulativeCost AS FLOAT), 0) AS RoiRatio
FROM (
    SELECT
        c.ProjectId,
        cal.MonthKey,
        cal.MonthStartDay,
        SUM(CAST(d.GainInvoiced AS FLOAT) + CAST(d.GainMeasured AS FLOAT) + CAST(d.GainEstimated AS FLOAT)) AS Gain,
        SUM(CAST(d.CostInvoiced AS FLOAT) + CAST(d.CostMeasured AS FLOAT) + CAST(d.CostEstimated AS FLOAT)) AS Cost,
        MAX(d.Day) AS LastLedgerDay
    FROM ProjectClock c
    JOIN LedgerDayTotal d ON d.ProjectId = c.ProjectId AND d.Day <= c.AsOfDay AND d.EntryCount > 0
    JOIN Calendar cal ON cal.Day = d.Day
    GROUP BY c.ProjectId, cal.MonthKey, cal.MonthStartDay
) g
JOIN Project p ON p.ProjectId = g.ProjectId
JOIN Calendar starts ON starts.Day = g.MonthStartDay
JOIN LedgerDayTotal d ON d.ProjectId = g.ProjectId AND d.Day = g.LastLedgerDay;
