-- One row per ledger entry on its way in, keyed by batch, as facts have in MeasurementStaging. LedgerEntryId is that of the entry that it corrects.
CREATE TABLE LedgerStaging (
    BatchId        NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    RowNumber      INT                                       NOT NULL,
    OrganisationId BIGINT                                    NOT NULL,
    LedgerEntryId  BIGINT                                    NULL,
    ProjectId      BIGINT                                    NOT NULL,
    Kind           NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    Category       NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
    Amount         BIGINT                                    NOT NULL,
    Day            INT                                       NOT NULL,
    DateKey        INT                                       NOT NULL,
    Evidence       NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    Label          NVARCHAR(200) COLLATE Latin1_General_BIN2 NULL,
    Source         NVARCHAR(100) COLLATE Latin1_General_BIN2 NOT NULL,
    ExternalId     NVARCHAR(200) COLLATE Latin1_General_BIN2 NULL,
    StagedAtUtc    NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL,
    CONSTRAINT PK_LedgerStaging PRIMARY KEY (BatchId, RowNumber)
);
CREATE INDEX IX_LedgerStaging_StagedAtUtc ON LedgerStaging (StagedAtUtc);
