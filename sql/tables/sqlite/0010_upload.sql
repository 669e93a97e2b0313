-- One row per upload of many rows: what is durable of it, changed in the transaction of each chunk. Counts are of rows that were read up to then.
-- Profile and Project are names, kept as they were: the receipt outlives both.
CREATE TABLE Upload (
    UploadId       INTEGER NOT NULL CONSTRAINT PK_Upload PRIMARY KEY AUTOINCREMENT,
    OrganisationId INTEGER NOT NULL CONSTRAINT FK_Upload_Organisation REFERENCES Organisation (OrganisationId),
    PublicId       TEXT    NOT NULL CONSTRAINT UQ_Upload_PublicId UNIQUE,
    Target         TEXT    NOT NULL,
    Project        TEXT    NULL,
    Profile        TEXT    NULL,
    Mode           TEXT    NOT NULL,
    Status         TEXT    NOT NULL,
    Received       INTEGER NOT NULL,
    Inserted       INTEGER NOT NULL,
    Corrected      INTEGER NOT NULL,
    Unchanged      INTEGER NOT NULL,
    Rejected       INTEGER NOT NULL,
    Skipped        INTEGER NOT NULL,
    StartedAtUtc   TEXT    NOT NULL,
    UpdatedAtUtc   TEXT    NOT NULL,
    CompletedAtUtc TEXT    NULL,
    StartedBy      TEXT    NOT NULL,
    CONSTRAINT CK_Upload_Target CHECK (Target IN ('measurements', 'ledger')),
    CONSTRAINT CK_Upload_Mode CHECK (Mode IN ('partial', 'atomic')),
    CONSTRAINT CK_Upload_Status CHECK (Status IN ('running', 'completed', 'interrupted', 'failed'))
) STRICT;
CREATE INDEX IX_Upload_Organisation ON Upload (OrganisationId, UploadId);

-- One row per refused row of an upload, the first thousand of each. Faults is JSON: pointer inside the row and messages.
CREATE TABLE UploadFault (
    UploadId       INTEGER NOT NULL CONSTRAINT FK_UploadFault_Upload REFERENCES Upload (UploadId),
    RowNumber      INTEGER NOT NULL,
    OrganisationId INTEGER NOT NULL CONSTRAINT FK_UploadFault_Organisation REFERENCES Organisation (OrganisationId),
    Line           INTEGER NOT NULL,
    FieldNumber    INTEGER NULL,
    Faults         TEXT    NOT NULL,
    CONSTRAINT PK_UploadFault PRIMARY KEY (UploadId, RowNumber)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_UploadFault_Organisation ON UploadFault (OrganisationId);

-- The upload that last stated the fact, null when something else did. No foreign key: it is only ever compared, and receipts may go before facts.
ALTER TABLE Measurement ADD UploadId INTEGER NULL;
