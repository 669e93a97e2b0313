-- One row per gain or cost of a project. Amount is an integer of 1/10,000 of the project's currency, excluding VAT.
CREATE TABLE LedgerEntry (
    LedgerEntryId  BIGINT IDENTITY(1,1)                      NOT NULL CONSTRAINT PK_LedgerEntry PRIMARY KEY,
    OrganisationId BIGINT                                    NOT NULL CONSTRAINT FK_LedgerEntry_Organisation REFERENCES Organisation (OrganisationId),
    ProjectId      BIGINT                                    NOT NULL CONSTRAINT FK_LedgerEntry_Project REFERENCES Project (ProjectId),
    Kind           NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    Category       NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
    Amount         BIGINT                                    NOT NULL,
    Day            INT                                       NOT NULL CONSTRAINT FK_LedgerEntry_Calendar REFERENCES Calendar (Day),
    DateKey        INT                                       NOT NULL,
    Evidence       NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    Label          NVARCHAR(200) COLLATE Latin1_General_BIN2 NULL,
    Source         NVARCHAR(100) COLLATE Latin1_General_BIN2 NOT NULL,
    ExternalId     NVARCHAR(200) COLLATE Latin1_General_BIN2 NULL,
    CreatedAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL,
    UpdatedAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL,
    UpdatedBy      NVARCHAR(100) COLLATE Latin1_General_BIN2 NOT NULL,
    CONSTRAINT CK_LedgerEntry_Kind CHECK (Kind IN (N'gain', N'cost')),
    CONSTRAINT CK_LedgerEntry_Evidence CHECK (Evidence IN (N'invoiced', N'measured', N'estimated')),
    CONSTRAINT CK_LedgerEntry_Amount CHECK (Amount <> 0)
);
CREATE UNIQUE INDEX UX_LedgerEntry_Identity ON LedgerEntry (ProjectId, Source, ExternalId) WHERE ExternalId IS NOT NULL;
CREATE INDEX IX_LedgerEntry_Project ON LedgerEntry (ProjectId, LedgerEntryId);
CREATE INDEX IX_LedgerEntry_Organisation ON LedgerEntry (OrganisationId);
CREATE INDEX IX_LedgerEntry_DateKey ON LedgerEntry (OrganisationId, DateKey, UpdatedAtUtc);

-- One row per earlier state of a ledger entry: what it was before a correction or a deletion, when and by which key.
CREATE TABLE LedgerEntryHistory (
    LedgerEntryHistoryId BIGINT IDENTITY(1,1)                      NOT NULL CONSTRAINT PK_LedgerEntryHistory PRIMARY KEY,
    OrganisationId       BIGINT                                    NOT NULL CONSTRAINT FK_LedgerEntryHistory_Organisation REFERENCES Organisation (OrganisationId),
    LedgerEntryId        BIGINT                                    NOT NULL,
    ProjectId            BIGINT                                    NOT NULL CONSTRAINT FK_LedgerEntryHistory_Project REFERENCES Project (ProjectId),
    ChangeKind           NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    Kind                 NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    Category             NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
    Amount               BIGINT                                    NOT NULL,
    Day                  INT                                       NOT NULL,
    Evidence             NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    Label                NVARCHAR(200) COLLATE Latin1_General_BIN2 NULL,
    Source               NVARCHAR(100) COLLATE Latin1_General_BIN2 NOT NULL,
    ExternalId           NVARCHAR(200) COLLATE Latin1_General_BIN2 NULL,
    RecordedAtUtc        NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL,
    RecordedBy           NVARCHAR(100) COLLATE Latin1_General_BIN2 NOT NULL,
    ChangedAtUtc         NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL,
    ChangedBy            NVARCHAR(100) COLLATE Latin1_General_BIN2 NOT NULL,
    CONSTRAINT CK_LedgerEntryHistory_ChangeKind CHECK (ChangeKind IN (N'corrected', N'deleted'))
);
CREATE INDEX IX_LedgerEntryHistory_LedgerEntry ON LedgerEntryHistory (LedgerEntryId);

-- Rollup. One row per project and day that ever had a ledger entry: exact sums of 1/10,000 units, and the running totals of
-- gain and cost up to that day, which make payback and months a join instead of a window.
CREATE TABLE LedgerDayTotal (
    ProjectId      BIGINT NOT NULL CONSTRAINT FK_LedgerDayTotal_Project REFERENCES Project (ProjectId),
    Day            INT    NOT NULL,
    GainInvoiced   BIGINT NOT NULL,
    GainMeasured   BIGINT NOT NULL,
    GainEstimated  BIGINT NOT NULL,
    CostInvoiced   BIGINT NOT NULL,
    CostMeasured   BIGINT NOT NULL,
    CostEstimated  BIGINT NOT NULL,
    EntryCount     INT    NOT NULL,
    CumulativeGain BIGINT NOT NULL,
    CumulativeCost BIGINT NOT NULL,
    CONSTRAINT PK_LedgerDayTotal PRIMARY KEY (ProjectId, Day)
);

-- Rollup. One row per project, category and day that ever had a ledger entry.
CREATE TABLE LedgerCategoryTotal (
    ProjectId  BIGINT                                    NOT NULL CONSTRAINT FK_LedgerCategoryTotal_Project REFERENCES Project (ProjectId),
    Category   NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
    Day        INT                                       NOT NULL,
    Gain       BIGINT                                    NOT NULL,
    Cost       BIGINT                                    NOT NULL,
    EntryCount INT                                       NOT NULL,
    CONSTRAINT PK_LedgerCategoryTotal PRIMARY KEY (ProjectId, Category, Day)
);
