-- One row per currency: gain and cost of all projects up to asOf. Amounts of different currencies are never added. Internal.
CREATE VIEW PortfolioTotals AS
SELECT
    r.Currency,
    COUNT(r.ProjectId) AS ProjectCount,
    SUM(r.Gain) AS Gain,
    SUM(r.Cost) AS Cost,
    SUM(r.Gain) - SUM(r.Cost) AS Net,
    SUM(r.Gain) / NULLIF(SUM(r.Cost), 0) AS RoiRatio,
    (SUM(r.Gain) - SUM(r.Cost)) / NULLIF(SUM(r.Cost), 0) AS RoiReturn
FROM ProjectRoi r
GROUP BY r.Currency;
