-- One row per fact. Numerator and Denominator are integers of 1/1,000,000; a plain value is a numerator with denominator 1.
-- TimestampUtc is the instant given by the sender; null for a fact posted with a date only.
CREATE TABLE Measurement (
    MeasurementId  BIGINT IDENTITY(1,1)                       NOT NULL CONSTRAINT PK_Measurement PRIMARY KEY,
    OrganisationId BIGINT                                     NOT NULL CONSTRAINT FK_Measurement_Organisation REFERENCES Organisation (OrganisationId),
    SeriesId       BIGINT                                     NOT NULL CONSTRAINT FK_Measurement_Series REFERENCES Series (SeriesId),
    Day            INT                                        NOT NULL CONSTRAINT FK_Measurement_Calendar REFERENCES Calendar (Day),
    DateKey        INT                                        NOT NULL,
    TimestampUtc   NVARCHAR(28) COLLATE Latin1_General_BIN2   NULL,
    Numerator      BIGINT                                     NOT NULL,
    Denominator    BIGINT                                     NOT NULL,
    Source         NVARCHAR(100) COLLATE Latin1_General_BIN2  NOT NULL,
    ExternalId     NVARCHAR(200) COLLATE Latin1_General_BIN2  NOT NULL,
    Note           NVARCHAR(2000) COLLATE Latin1_General_BIN2 NULL,
    CreatedAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2   NOT NULL,
    UpdatedAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2   NOT NULL,
    UpdatedBy      NVARCHAR(100) COLLATE Latin1_General_BIN2  NOT NULL,
    CONSTRAINT UQ_Measurement_Identity UNIQUE (SeriesId, Source, ExternalId)
);
-- The greatest entry of a day is the one that `last` takes: one index seek finds it.
CREATE INDEX IX_Measurement_Last ON Measurement (SeriesId, Day, TimestampUtc, Source, ExternalId);
CREATE INDEX IX_Measurement_Organisation ON Measurement (OrganisationId);
CREATE INDEX IX_Measurement_DateKey ON Measurement (OrganisationId, DateKey, UpdatedAtUtc);

-- One row per earlier state of a fact: what it was before a correction or a deletion, when, by which key and why.
CREATE TABLE MeasurementHistory (
    MeasurementHistoryId BIGINT IDENTITY(1,1)                       NOT NULL CONSTRAINT PK_MeasurementHistory PRIMARY KEY,
    OrganisationId       BIGINT                                     NOT NULL CONSTRAINT FK_MeasurementHistory_Organisation REFERENCES Organisation (OrganisationId),
    MeasurementId        BIGINT                                     NOT NULL,
    SeriesId             BIGINT                                     NOT NULL CONSTRAINT FK_MeasurementHistory_Series REFERENCES Series (SeriesId),
    ChangeKind           NVARCHAR(32) COLLATE Latin1_General_BIN2   NOT NULL,
    Day                  INT                                        NOT NULL,
    TimestampUtc         NVARCHAR(28) COLLATE Latin1_General_BIN2   NULL,
    Numerator            BIGINT                                     NOT NULL,
    Denominator          BIGINT                                     NOT NULL,
    Source               NVARCHAR(100) COLLATE Latin1_General_BIN2  NOT NULL,
    ExternalId           NVARCHAR(200) COLLATE Latin1_General_BIN2  NOT NULL,
    Note                 NVARCHAR(2000) COLLATE Latin1_General_BIN2 NULL,
    RecordedAtUtc        NVARCHAR(24) COLLATE Latin1_General_BIN2   NOT NULL,
    RecordedBy           NVARCHAR(100) COLLATE Latin1_General_BIN2  NOT NULL,
    ChangedAtUtc         NVARCHAR(24) COLLATE Latin1_General_BIN2   NOT NULL,
    ChangedBy            NVARCHAR(100) COLLATE Latin1_General_BIN2  NOT NULL,
    Reason               NVARCHAR(2000) COLLATE Latin1_General_BIN2 NULL,
    CONSTRAINT CK_MeasurementHistory_ChangeKind CHECK (ChangeKind IN (N'corrected', N'deleted'))
);
CREATE INDEX IX_MeasurementHistory_Series ON MeasurementHistory (SeriesId);
CREATE INDEX IX_MeasurementHistory_Measurement ON MeasurementHistory (MeasurementId);

-- Rollup. One row per series and day that ever had a fact: exact sums of 1/1,000,000 units.
-- LastNumerator is the day's last value, kept for `last` KPIs only. A day whose facts were all deleted stays with FactCount 0,
-- so that a reader who loads only what changed learns of it.
CREATE TABLE KpiDayTotal (
    SeriesId      BIGINT                                   NOT NULL CONSTRAINT FK_KpiDayTotal_Series REFERENCES Series (SeriesId),
    Day           INT                                      NOT NULL,
    Numerator     BIGINT                                   NOT NULL,
    Denominator   BIGINT                                   NOT NULL,
    FactCount     INT                                      NOT NULL,
    LastNumerator BIGINT                                   NULL,
    UpdatedAtUtc  NVARCHAR(24) COLLATE Latin1_General_BIN2 NOT NULL,
    CONSTRAINT PK_KpiDayTotal PRIMARY KEY (SeriesId, Day)
);

-- One row per removed or re-dated row of a fact feed, so that incremental refreshes can drop it.
CREATE TABLE Deletion (
    DeletionId     BIGINT IDENTITY(1,1)                      NOT NULL CONSTRAINT PK_Deletion PRIMARY KEY,
    OrganisationId BIGINT                                    NOT NULL CONSTRAINT FK_Deletion_Organisation REFERENCES Organisation (OrganisationId),
    Feed           NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    RowKey         NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
    DateKey        INT                                       NOT NULL,
    DeletedAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL
);
CREATE INDEX IX_Deletion_Organisation ON Deletion (OrganisationId);
