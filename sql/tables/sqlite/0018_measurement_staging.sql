-- One row per fact on its way in, keyed by batch. Rows go with the transaction that takes them; what one leaves that was undone goes within hours.
-- A file takes its facts one by one, so only servers have rows. They refer to nothing: what they hold is checked where it goes.
CREATE TABLE MeasurementStaging (
    BatchId        TEXT    NOT NULL,
    RowNumber      INTEGER NOT NULL,
    OrganisationId INTEGER NOT NULL,
    MeasurementId  INTEGER NULL,
    SeriesId       INTEGER NOT NULL,
    Day            INTEGER NOT NULL,
    DateKey        INTEGER NOT NULL,
    TimestampUtc   TEXT    NULL,
    Numerator      INTEGER NOT NULL,
    Denominator    INTEGER NOT NULL,
    Source         TEXT    NOT NULL,
    ExternalId     TEXT    NOT NULL,
    Note           TEXT    NULL,
    StagedAtUtc    TEXT    NOT NULL,
    CONSTRAINT PK_MeasurementStaging PRIMARY KEY (BatchId, RowNumber)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_MeasurementStaging_StagedAtUtc ON MeasurementStaging (StagedAtUtc);
