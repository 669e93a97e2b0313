-- One row per fact on its way in, keyed by batch, while the transaction lasts that takes it.
-- A file takes its facts one by one, so only servers have rows, and nobody ever sees them.
-- It refers to nothing: what it holds is checked where it goes.
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
    CONSTRAINT PK_MeasurementStaging PRIMARY KEY (BatchId, RowNumber)
) STRICT, WITHOUT ROWID;
