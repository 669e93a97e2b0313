-- One row per upload of many rows: what is durable of it, changed in the transaction of each chunk. Counts are of rows that were read up to then.
-- Profile and Project are names, kept as they were: the receipt outlives both.
CREATE TABLE Upload (
    UploadId       BIGINT IDENTITY(1,1)                      NOT NULL CONSTRAINT PK_Upload PRIMARY KEY,
    OrganisationId BIGINT                                    NOT NULL CONSTRAINT FK_Upload_Organisation REFERENCES Organisation (OrganisationId),
    PublicId       NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL CONSTRAINT UQ_Upload_PublicId UNIQUE,
    Target         NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    Project        NVARCHAR(64) COLLATE Latin1_General_BIN2  NULL,
    Profile        NVARCHAR(64) COLLATE Latin1_General_BIN2  NULL,
    Mode           NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    Status         NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    Received       BIGINT                                    NOT NULL,
    Inserted       BIGINT                                    NOT NULL,
    Corrected      BIGINT                                    NOT NULL,
    Unchanged      BIGINT                                    NOT NULL,
    Rejected       BIGINT                                    NOT NULL,
    Skipped        BIGINT                                    NOT NULL,
    StartedAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL,
    UpdatedAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL,
    CompletedAtUtc NVARCHAR(24) COLLATE Latin1_General_BIN2  NULL,
    StartedBy      NVARCHAR(100) COLLATE Latin1_General_BIN2 NOT NULL,
    CONSTRAINT CK_Upload_Target CHECK (Target IN (N'measurements', N'ledger')),
    CONSTRAINT CK_Upload_Mode CHECK (Mode IN (N'partial', N'atomic')),
    CONSTRAINT CK_Upload_Status CHECK (Status IN (N'running', N'completed', N'interrupted', N'failed'))
);
CREATE INDEX IX_Upload_Organisation ON Upload (OrganisationId, UploadId);

-- One row per refused row of an upload, the first thousand of each. Faults is JSON: pointer inside the row and messages.
CREATE TABLE UploadFault (
    UploadId       BIGINT                                    NOT NULL CONSTRAINT FK_UploadFault_Upload REFERENCES Upload (UploadId),
    RowNumber      BIGINT                                    NOT NULL,
    OrganisationId BIGINT                                    NOT NULL CONSTRAINT FK_UploadFault_Organisation REFERENCES Organisation (OrganisationId),
    Line           BIGINT                                    NOT NULL,
    FieldNumber    INT                                       NULL,
    Faults         NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    CONSTRAINT PK_UploadFault PRIMARY KEY (UploadId, RowNumber)
);
CREATE INDEX IX_UploadFault_Organisation ON UploadFault (OrganisationId);

-- The upload that last stated the fact, null when something else did. No foreign key: it is only ever compared, and receipts may go before facts.
ALTER TABLE Measurement ADD UploadId BIGINT NULL;
