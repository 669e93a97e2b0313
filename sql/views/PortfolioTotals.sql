-- One row per currency: gain and cost of all projects up to asOf, added before they are divided. Amounts of different currencies are never added. Internal.
CREATE VIEW PortfolioTotals AS
SELECT
    t.Currency,
    t.ProjectCount,
    t.Gain / 10000 AS Gain,
    t.Cost / 10000 AS Cost,
    (t.Gain - t.Cost) / 10000 AS Net,
    t.Gain / NULLIF(t.Cost, 0) AS RoiRatio,
    (t.Gain - t.Cost) / NULLIF(t.Cost, 0) AS RoiReturn
FROM (
    SELECT
        g.Currency,
        COUNT(g.ProjectId) AS ProjectCount,
        COALESCE(SUM(g.Gain), CAST(0 AS FLOAT)) AS Gain,
        COALESCE(SUM(g.Cost), CAST(0 AS FLOAT)) AS Cost
    FROM (
        SELECT
            c.ProjectId,
            c.Currency,
            SUM(CAST(d.GainInvoiced AS FLOAT) + CAST(d.GainMeasured AS FLOAT) + CAST(d.GainEstimated AS FLOAT)) AS Gain,
            SUM(CAST(d.CostInvoiced AS FLOAT) + CAST(d.CostMeasured AS FLOAT) + CAST(d.CostEstimated AS FLOAT)) AS Cost
        FROM ProjectClock c
        LEFT JOIN LedgerDayTotal d ON d.ProjectId = c.ProjectId AND d.Day <= c.AsOfDay
        GROUP BY c.ProjectId, c.Currency
    ) g
    GROUP BY g.Currency
) t;
