-- One row per source of a series: a system that ever posted a fact of it.
CREATE TABLE SeriesSource (
    SeriesSourceId BIGINT IDENTITY(1,1)                      NOT NULL CONSTRAINT PK_SeriesSource PRIMARY KEY,
    OrganisationId BIGINT                                    NOT NULL CONSTRAINT FK_SeriesSource_Organisation REFERENCES Organisation (OrganisationId),
    SeriesId       BIGINT                                    NOT NULL CONSTRAINT FK_SeriesSource_Series REFERENCES Series (SeriesId),
    Source         NVARCHAR(100) COLLATE Latin1_General_BIN2 NOT NULL,
    CONSTRAINT UQ_SeriesSource_Source UNIQUE (SeriesId, Source)
);
CREATE INDEX IX_SeriesSource_Organisation ON SeriesSource (OrganisationId);

-- Rollup. One row per source of a series and day that ever had a fact of it: how many there are.
CREATE TABLE SourceDayTotal (
    SeriesSourceId BIGINT NOT NULL CONSTRAINT FK_SourceDayTotal_SeriesSource REFERENCES SeriesSource (SeriesSourceId),
    Day            INT    NOT NULL,
    FactCount      INT    NOT NULL,
    CONSTRAINT PK_SourceDayTotal PRIMARY KEY (SeriesSourceId, Day)
);

-- One row per alert that somebody acknowledged. Alerts themselves are computed; an id says which one it is for ever.
CREATE TABLE AlertAcknowledgement (
    OrganisationId    BIGINT                                    NOT NULL CONSTRAINT FK_AlertAcknowledgement_Organisation REFERENCES Organisation (OrganisationId),
    AlertId           BIGINT                                    NOT NULL,
    ProjectId         BIGINT                                    NOT NULL CONSTRAINT FK_AlertAcknowledgement_Project REFERENCES Project (ProjectId),
    AcknowledgedAtUtc NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL,
    AcknowledgedBy    NVARCHAR(100) COLLATE Latin1_General_BIN2 NOT NULL,
    CONSTRAINT PK_AlertAcknowledgement PRIMARY KEY (OrganisationId, AlertId)
);

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
