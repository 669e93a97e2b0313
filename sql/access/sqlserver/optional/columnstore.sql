-- Optional. Columnstore beside the rows of the three tables that grow, for reports that go straight to the database and read years of many projects at once.
-- Keys, seeks and writes keep their rows; each write then also goes into the columns, which costs a part of its speed. The API itself does not need it:
-- its figures come from rollups by seeks. Not for Babelfish. Apply by hand; it may be applied any number of times, and needs no repetition after upgrades.
-- To take it away: the three DROP statements.
DROP INDEX IF EXISTS NCCI_Measurement ON Measurement;
GO
CREATE NONCLUSTERED COLUMNSTORE INDEX NCCI_Measurement ON Measurement (OrganisationId, SeriesId, Day, DateKey, Numerator, Denominator, Source);
GO
DROP INDEX IF EXISTS NCCI_KpiDayTotal ON KpiDayTotal;
GO
CREATE NONCLUSTERED COLUMNSTORE INDEX NCCI_KpiDayTotal ON KpiDayTotal (SeriesId, Day, Numerator, Denominator, FactCount, LastNumerator);
GO
DROP INDEX IF EXISTS NCCI_LedgerEntry ON LedgerEntry;
GO
CREATE NONCLUSTERED COLUMNSTORE INDEX NCCI_LedgerEntry ON LedgerEntry (OrganisationId, ProjectId, Day, DateKey, Kind, Category, Evidence, Amount);
GO
