-- One row per ledger entry on its way in, keyed by batch, as facts have in MeasurementStaging. LedgerEntryId is that of the entry that it corrects.
CREATE TABLE LedgerStaging (
    BatchId        TEXT    NOT NULL,
    RowNumber      INTEGER NOT NULL,
    OrganisationId INTEGER NOT NULL,
    LedgerEntryId  INTEGER NULL,
    ProjectId      INTEGER NOT NULL,
    Kind           TEXT    NOT NULL,
    Category       TEXT    NOT NULL,
    Amount         INTEGER NOT NULL,
    Day            INTEGER NOT NULL,
    DateKey        INTEGER NOT NULL,
    Evidence       TEXT    NOT NULL,
    Label          TEXT    NULL,
    Source         TEXT    NOT NULL,
    ExternalId     TEXT    NULL,
    StagedAtUtc    TEXT    NOT NULL,
    CONSTRAINT PK_LedgerStaging PRIMARY KEY (BatchId, RowNumber)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_LedgerStaging_StagedAtUtc ON LedgerStaging (StagedAtUtc);
