-- One row per fact. Numerator and Denominator are integers of 1/1,000,000; a plain value is a numerator with denominator 1.
-- TimestampUtc is the instant given by the sender; null for a fact posted with a date only.
CREATE TABLE Measurement (
    MeasurementId  INTEGER NOT NULL CONSTRAINT PK_Measurement PRIMARY KEY AUTOINCREMENT,
    OrganisationId INTEGER NOT NULL CONSTRAINT FK_Measurement_Organisation REFERENCES Organisation (OrganisationId),
    SeriesId       INTEGER NOT NULL CONSTRAINT FK_Measurement_Series REFERENCES Series (SeriesId),
    Day            INTEGER NOT NULL CONSTRAINT FK_Measurement_Calendar REFERENCES Calendar (Day),
    DateKey        INTEGER NOT NULL,
    TimestampUtc   TEXT    NULL,
    Numerator      INTEGER NOT NULL,
    Denominator    INTEGER NOT NULL,
    Source         TEXT    NOT NULL,
    ExternalId     TEXT    NOT NULL,
    Note           TEXT    NULL,
    CreatedAtUtc   TEXT    NOT NULL,
    UpdatedAtUtc   TEXT    NOT NULL,
    UpdatedBy      TEXT    NOT NULL,
    CONSTRAINT UQ_Measurement_Identity UNIQUE (SeriesId, Source, ExternalId)
) STRICT;
-- The greatest entry of a day is the one that `last` takes: one index seek finds it.
CREATE INDEX IX_Measurement_Last ON Measurement (SeriesId, Day, TimestampUtc, Source, ExternalId);
CREATE INDEX IX_Measurement_Organisation ON Measurement (OrganisationId);
CREATE INDEX IX_Measurement_DateKey ON Measurement (OrganisationId, DateKey, UpdatedAtUtc);

-- One row per earlier state of a fact: what it was before a correction or a deletion, when, by which key and why.
CREATE TABLE MeasurementHistory (
    MeasurementHistoryId INTEGER NOT NULL CONSTRAINT PK_MeasurementHistory PRIMARY KEY AUTOINCREMENT,
    OrganisationId       INTEGER NOT NULL CONSTRAINT FK_MeasurementHistory_Organisation REFERENCES Organisation (OrganisationId),
    MeasurementId        INTEGER NOT NULL,
    SeriesId             INTEGER NOT NULL CONSTRAINT FK_MeasurementHistory_Series REFERENCES Series (SeriesId),
    ChangeKind           TEXT    NOT NULL,
    Day                  INTEGER NOT NULL,
    TimestampUtc         TEXT    NULL,
    Numerator            INTEGER NOT NULL,
    Denominator          INTEGER NOT NULL,
    Source               TEXT    NOT NULL,
    ExternalId           TEXT    NOT NULL,
    Note                 TEXT    NULL,
    RecordedAtUtc        TEXT    NOT NULL,
    RecordedBy           TEXT    NOT NULL,
    ChangedAtUtc         TEXT    NOT NULL,
    ChangedBy            TEXT    NOT NULL,
    Reason               TEXT    NULL,
    CONSTRAINT CK_MeasurementHistory_ChangeKind CHECK (ChangeKind IN ('corrected', 'deleted'))
) STRICT;
CREATE INDEX IX_MeasurementHistory_Series ON MeasurementHistory (SeriesId);
CREATE INDEX IX_MeasurementHistory_Measurement ON MeasurementHistory (MeasurementId);

-- Rollup. One row per series and day that ever had a fact: exact sums of 1/1,000,000 units.
-- LastNumerator is the day's last value, kept for `last` KPIs only. A day whose facts were all deleted stays with FactCount 0,
-- so that a reader who loads only what changed learns of it.
CREATE TABLE KpiDayTotal (
    SeriesId      INTEGER NOT NULL CONSTRAINT FK_KpiDayTotal_Series REFERENCES Series (SeriesId),
    Day           INTEGER NOT NULL,
    Numerator     INTEGER NOT NULL,
    Denominator   INTEGER NOT NULL,
    FactCount     INTEGER NOT NULL,
    LastNumerator INTEGER NULL,
    UpdatedAtUtc  TEXT    NOT NULL,
    CONSTRAINT PK_KpiDayTotal PRIMARY KEY (SeriesId, Day)
) STRICT, WITHOUT ROWID;

-- One row per removed or re-dated row of a fact feed, so that incremental refreshes can drop it.
CREATE TABLE Deletion (
    DeletionId     INTEGER NOT NULL CONSTRAINT PK_Deletion PRIMARY KEY AUTOINCREMENT,
    OrganisationId INTEGER NOT NULL CONSTRAINT FK_Deletion_Organisation REFERENCES Organisation (OrganisationId),
    Feed           TEXT    NOT NULL,
    RowKey         TEXT    NOT NULL,
    DateKey        INTEGER NOT NULL,
    DeletedAtUtc   TEXT    NOT NULL
) STRICT;
CREATE INDEX IX_Deletion_Organisation ON Deletion (OrganisationId);
