-- One row per project and day with ledger entries up to asOf: gain and cost of the project so far, in its currency. Internal.
CREATE VIEW RoiDays AS
SELECT
    c.ProjectId,
    cal.Date,
    d.Day,
    CAST(d.CumulativeGain AS FLOAT) / 10000 AS CumulativeGain,
    CAST(d.CumulativeCost AS FLOAT) / 10000 AS CumulativeCost
FROM ProjectClock c
JOIN LedgerDayTotal d ON d.ProjectId = c.ProjectId AND d.Day <= c.AsOfDay AND d.EntryCount > 0
JOIN Calendar cal ON cal.Day = d.Day;
