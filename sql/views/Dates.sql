-- One row per calendar day from 2015 to 2049. FiscalYear is named after the year it ends in.
CREATE VIEW Dates AS
SELECT
    c.DateKey,
    c.Date,
    c.Year,
    c.Quarter,
    c.Month,
    c.MonthNameFr,
    c.MonthNameEn,
    c.IsoYear,
    c.IsoWeek,
    w.Week,
    w.WeekStart,
    c.MonthNumber,
    m.Date AS MonthStart,
    c.Year + CASE WHEN o.FiscalYearStartMonth > 1 AND c.Month >= o.FiscalYearStartMonth THEN 1 ELSE 0 END AS FiscalYear,
    c.Day
FROM Scope s
JOIN Organisation o ON o.OrganisationId = s.OrganisationId
CROSS JOIN Calendar c
JOIN CalendarWeek w ON w.WeekStartDay = c.WeekStartDay
JOIN Calendar m ON m.Day = c.MonthStartDay;
