-- One row per fact on its way in, keyed by batch, while the transaction lasts that takes it.
-- A file takes its facts one by one, so only servers have rows, and nobody ever sees them.
-- It refers to nothing: what it holds is checked where it goes.
CREATE TABLE MeasurementStaging (
    BatchId        NVARCHAR(32) COLLATE Latin1_General_BIN2   NOT NULL,
    RowNumber      INT                                        NOT NULL,
    OrganisationId BIGINT                                     NOT NULL,
    MeasurementId  BIGINT                                     NULL,
    SeriesId       BIGINT                                     NOT NULL,
    Day            INT                                        NOT NULL,
    DateKey        INT                                        NOT NULL,
    TimestampUtc   NVARCHAR(28) COLLATE Latin1_General_BIN2   NULL,
    Numerator      BIGINT                                     NOT NULL,
    Denominator    BIGINT                                     NOT NULL,
    Source         NVARCHAR(100) COLLATE Latin1_General_BIN2  NOT NULL,
    ExternalId     NVARCHAR(200) COLLATE Latin1_General_BIN2  NOT NULL,
    Note           NVARCHAR(2000) COLLATE Latin1_General_BIN2 NULL,
    CONSTRAINT PK_MeasurementStaging PRIMARY KEY (BatchId, RowNumber)
);
