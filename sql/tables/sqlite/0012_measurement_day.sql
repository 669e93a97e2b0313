-- The days of all facts of an organisation, in the order of days.
CREATE INDEX IX_Measurement_Day ON Measurement (OrganisationId, Day);
