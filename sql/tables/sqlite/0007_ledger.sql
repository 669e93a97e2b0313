-- One row per gain or cost of a project. Amount is an integer of 1/10,000 of the project's currency, excluding VAT.
CREATE TABLE LedgerEntry (
    LedgerEntryId  INTEGER NOT NULL CONSTRAINT PK_LedgerEntry PRIMARY KEY AUTOINCREMENT,
    OrganisationId INTEGER NOT NULL CONSTRAINT FK_LedgerEntry_Organisation REFERENCES Organisation (OrganisationId),
    ProjectId      INTEGER NOT NULL CONSTRAINT FK_LedgerEntry_Project REFERENCES Project (ProjectId),
    Kind           TEXT    NOT NULL,
    Category       TEXT    NOT NULL,
    Amount         INTEGER NOT NULL,
    Day            INTEGER NOT NULL CONSTRAINT FK_LedgerEntry_Calendar REFERENCES Calendar (Day),
    DateKey        INTEGER NOT NULL,
    Evidence       TEXT    NOT NULL,
    Label          TEXT    NULL,
    Source         TEXT    NOT NULL,
    ExternalId     TEXT    NULL,
    CreatedAtUtc   TEXT    NOT NULL,
    UpdatedAtUtc   TEXT    NOT NULL,
    UpdatedBy      TEXT    NOT NULL,
    CONSTRAINT CK_LedgerEntry_Kind CHECK (Kind IN ('gain', 'cost')),
    CONSTRAINT CK_LedgerEntry_Evidence CHECK (Evidence IN ('invoiced', 'measured', 'estimated')),
    CONSTRAINT CK_LedgerEntry_Amount CHECK (Amount <> 0)
) STRICT;
CREATE UNIQUE INDEX UX_LedgerEntry_Identity ON LedgerEntry (ProjectId, Source, ExternalId) WHERE ExternalId IS NOT NULL;
CREATE INDEX IX_LedgerEntry_Project ON LedgerEntry (ProjectId, LedgerEntryId);
CREATE INDEX IX_LedgerEntry_Organisation ON LedgerEntry (OrganisationId);
CREATE INDEX IX_LedgerEntry_DateKey ON LedgerEntry (OrganisationId, DateKey, UpdatedAtUtc);

-- One row per earlier state of a ledger entry: what it was before a correction or a deletion, when and by which key.
CREATE TABLE LedgerEntryHistory (
    LedgerEntryHistoryId INTEGER NOT NULL CONSTRAINT PK_LedgerEntryHistory PRIMARY KEY AUTOINCREMENT,
    OrganisationId       INTEGER NOT NULL CONSTRAINT FK_LedgerEntryHistory_Organisation REFERENCES Organisation (OrganisationId),
    LedgerEntryId        INTEGER NOT NULL,
    ProjectId            INTEGER NOT NULL CONSTRAINT FK_LedgerEntryHistory_Project REFERENCES Project (ProjectId),
    ChangeKind           TEXT    NOT NULL,
    Kind                 TEXT    NOT NULL,
    Category             TEXT    NOT NULL,
    Amount               INTEGER NOT NULL,
    Day                  INTEGER NOT NULL,
    Evidence             TEXT    NOT NULL,
    Label                TEXT    NULL,
    Source               TEXT    NOT NULL,
    ExternalId           TEXT    NULL,
    RecordedAtUtc        TEXT    NOT NULL,
    RecordedBy           TEXT    NOT NULL,
    ChangedAtUtc         TEXT    NOT NULL,
    ChangedBy            TEXT    NOT NULL,
    CONSTRAINT CK_LedgerEntryHistory_ChangeKind CHECK (ChangeKind IN ('corrected', 'deleted'))
) STRICT;
CREATE INDEX IX_LedgerEntryHistory_LedgerEntry ON LedgerEntryHistory (LedgerEntryId);

-- Rollup. One row per project and day that ever had a ledger entry: exact sums of 1/10,000 units, and the running totals of
-- gain and cost up to that day, which make payback and months a join instead of a window.
CREATE TABLE LedgerDayTotal (
    ProjectId      INTEGER NOT NULL CONSTRAINT FK_LedgerDayTotal_Project REFERENCES Project (ProjectId),
    Day            INTEGER NOT NULL,
    GainInvoiced   INTEGER NOT NULL,
    GainMeasured   INTEGER NOT NULL,
    GainEstimated  INTEGER NOT NULL,
    CostInvoiced   INTEGER NOT NULL,
    CostMeasured   INTEGER NOT NULL,
    CostEstimated  INTEGER NOT NULL,
    EntryCount     INTEGER NOT NULL,
    CumulativeGain INTEGER NOT NULL,
    CumulativeCost INTEGER NOT NULL,
    CONSTRAINT PK_LedgerDayTotal PRIMARY KEY (ProjectId, Day)
) STRICT, WITHOUT ROWID;

-- Rollup. One row per project, category and day that ever had a ledger entry.
CREATE TABLE LedgerCategoryTotal (
    ProjectId  INTEGER NOT NULL CONSTRAINT FK_LedgerCategoryTotal_Project REFERENCES Project (ProjectId),
    Category   TEXT    NOT NULL,
    Day        INTEGER NOT NULL,
    Gain       INTEGER NOT NULL,
    Cost       INTEGER NOT NULL,
    EntryCount INTEGER NOT NULL,
    CONSTRAINT PK_LedgerCategoryTotal PRIMARY KEY (ProjectId, Category, Day)
) STRICT, WITHOUT ROWID;
