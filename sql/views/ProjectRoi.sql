-- One row per project: gain, cost and return over ledger entries up to asOf, in the project's currency (steering page 5).
-- PaybackOn is the first ledger day after the last one on which cumulative gain did not cover a positive cumulative cost.
CREATE VIEW ProjectRoi AS
SELECT
    t.ProjectId,
    p.Code AS ProjectCode,
    p.Currency,
    t.Gain / 10000 AS Gain,
    t.Cost / 10000 AS Cost,
    (t.Gain - t.Cost) / 10000 AS Net,
    t.Gain / NULLIF(t.Cost, 0) AS RoiRatio,
    (t.Gain - t.Cost) / NULLIF(t.Cost, 0) AS RoiReturn,
    p.RoiThreshold,
    CASE WHEN t.Gain / NULLIF(t.Cost, 0) >= p.RoiThreshold THEN 1 ELSE 0 END AS RoiReached,
    c.Date AS PaybackOn,
    CASE WHEN t.HorizonDay <= t.AsOfDay THEN t.HorizonGain / NULLIF(t.HorizonCost, 0) END AS RoiRatioAtHorizon,
    t.GainInvoiced / 10000 AS GainInvoiced,
    t.GainMeasured / 10000 AS GainMeasured,
    t.GainEstimated / 10000 AS GainEstimated,
    t.CostInvoiced / 10000 AS CostInvoiced,
    t.CostMeasured / 10000 AS CostMeasured,
    t.CostEstimated / 10000 AS CostEstimated
FROM (
    SELECT
        u.ProjectId,
        u.AsOfDay,
        u.HorizonDay,
        u.GainInvoiced + u.GainMeasured + u.GainEstimated AS Gain,
        u.CostInvoiced + u.CostMeasured + u.CostEstimated AS Cost,
        u.GainInvoiced,
        u.GainMeasured,
        u.GainEstimated,
        u.CostInvoiced,
        u.CostMeasured,
        u.CostEstimated,
        u.HorizonGain,
        u.HorizonCost,
        MIN(d.Day) AS PaybackDay
    FROM (
        SELECT
            c.ProjectId,
            c.AsOfDay,
            c.HorizonDay,
            COALESCE(SUM(CAST(d.GainInvoiced AS FLOAT)), CAST(0 AS FLOAT)) AS GainInvoiced,
            COALESCE(SUM(CAST(d.GainMeasured AS FLOAT)), CAST(0 AS FLOAT)) AS GainMeasured,
            COALESCE(SUM(CAST(d.GainEstimated AS FLOAT)), CAST(0 AS FLOAT)) AS GainEstimated,
            COALESCE(SUM(CAST(d.CostInvoiced AS FLOAT)), CAST(0 AS FLOAT)) AS CostInvoiced,
            COALESCE(SUM(CAST(d.CostMeasured AS FLOAT)), CAST(0 AS FLOAT)) AS CostMeasured,
            COALESCE(SUM(CAST(d.CostEstimated AS FLOAT)), CAST(0 AS FLOAT)) AS CostEstimated,
            SUM(CASE WHEN d.Day <= c.HorizonDay THEN CAST(d.GainInvoiced AS FLOAT) + CAST(d.GainMeasured AS FLOAT) + CAST(d.GainEstimated AS FLOAT) END) AS HorizonGain,
            SUM(CASE WHEN d.Day <= c.HorizonDay THEN CAST(d.CostInvoiced AS FLOAT) + CAST(d.CostMeasured AS FLOAT) + CAST(d.CostEstimated AS FLOAT) END) AS HorizonCost,
            MAX(CASE WHEN d.CumulativeCost <= 0 OR d.CumulativeGain < d.CumulativeCost THEN d.Day END) AS LastUncoveredDay
        FROM ProjectClock c
        LEFT JOIN LedgerDayTotal d ON d.ProjectId = c.ProjectId AND d.Day <= c.AsOfDay
        GROUP BY c.ProjectId, c.AsOfDay, c.HorizonDay
    ) u
    LEFT JOIN LedgerDayTotal d
        ON d.ProjectId = u.ProjectId
        AND d.Day > COALESCE(u.LastUncoveredDay, 0)
        AND d.Day <= u.AsOfDay
    GROUP BY
        u.ProjectId, u.AsOfDay, u.HorizonDay, u.GainInvoiced, u.GainMeasured, u.GainEstimated,
        u.CostInvoiced, u.CostMeasured, u.CostEstimated, u.HorizonGain, u.HorizonCost
) t
JOIN Project p ON p.ProjectId = t.ProjectId
LEFT JOIN Calendar c ON c.Day = t.PaybackDay;
