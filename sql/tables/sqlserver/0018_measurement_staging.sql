-- One row per fact on its way in, keyed by batch. Rows go with the transaction that takes them; what one leaves that was undone goes within hours.
-- A file takes its facts one by one, so only servers have rows. They refer to nothing: what they hold is checked where it goes.
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
    StagedAtUtc    NVARCHAR(24) COLLATE Latin1_General_BIN2   NOT NULL,
    CONSTRAINT PK_MeasurementStaging PRIMARY KEY (BatchId, RowNumber)
);
CREATE INDEX IX_MeasurementStaging_StagedAtUtc ON MeasurementStaging (StagedAtUtc);
