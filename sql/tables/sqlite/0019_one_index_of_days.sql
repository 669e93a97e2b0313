-- The facts of an organisation by day: for lists in the order of days, and for readers who load what changed in a span of them. Each index that is
-- ordered by days costs a page per day at every COMMIT, so both have this one.
DROP INDEX IX_Measurement_Day;
DROP INDEX IX_Measurement_DateKey;
CREATE INDEX IX_Measurement_DayOrder ON Measurement (OrganisationId, DateKey, MeasurementId, UpdatedAtUtc);
