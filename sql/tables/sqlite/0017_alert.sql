-- One row per source of a series: a system that ever posted a fact of it.
CREATE TABLE SeriesSource (
    SeriesSourceId INTEGER NOT NULL CONSTRAINT PK_SeriesSource PRIMARY KEY AUTOINCREMENT,
    OrganisationId INTEGER NOT NULL CONSTRAINT FK_SeriesSource_Organisation REFERENCES Organisation (OrganisationId),
    SeriesId       INTEGER NOT NULL CONSTRAINT FK_SeriesSource_Series REFERENCES Series (SeriesId),
    Source         TEXT    NOT NULL,
    CONSTRAINT UQ_SeriesSource_Source UNIQUE (SeriesId, Source)
) STRICT;
CREATE INDEX IX_SeriesSource_Organisation ON SeriesSource (OrganisationId);

-- Rollup. One row per source of a series and day that ever had a fact of it: how many there are.
CREATE TABLE SourceDayTotal (
    SeriesSourceId INTEGER NOT NULL CONSTRAINT FK_SourceDayTotal_SeriesSource REFERENCES SeriesSource (SeriesSourceId),
    Day            INTEGER NOT NULL,
    FactCount      INTEGER NOT NULL,
    CONSTRAINT PK_SourceDayTotal PRIMARY KEY (SeriesSourceId, Day)
) STRICT, WITHOUT ROWID;

-- One row per alert that somebody acknowledged. Alerts themselves are computed; an id says which one it is for ever.
CREATE TABLE AlertAcknowledgement (
    OrganisationId    INTEGER NOT NULL CONSTRAINT FK_AlertAcknowledgement_Organisation REFERENCES Organisation (OrganisationId),
    AlertId           INTEGER NOT NULL,
    ProjectId         INTEGER NOT NULL CONSTRAINT FK_AlertAcknowledgement_Project REFERENCES Project (ProjectId),
    AcknowledgedAtUtc TEXT    NOT NULL,
    AcknowledgedBy    TEXT    NOT NULL,
    CONSTRAINT PK_AlertAcknowledgement PRIMARY KEY (OrganisationId, AlertId)
) STRICT, WITHOUT ROWID;

-- What was posted before there were sources.
INSERT INTO SeriesSource (OrganisationId, SeriesId, Source)
SELECT m.OrganisationId, m.SeriesId, m.Source
FROM Measurement m
GROUP BY m.OrganisationId, m.SeriesId, m.Source;

INSERT INTO SourceDayTotal (SeriesSourceId, Day, FactCount)
SELECT s.SeriesSourceId, m.Day, COUNT(m.MeasurementId)
FROM Measurement m
JOIN SeriesSource s ON s.SeriesId = m.SeriesId AND s.Source = m.Source
GROUP BY s.SeriesSourceId, m.Day;
