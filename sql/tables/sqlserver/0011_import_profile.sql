-- One row per import profile: how an organisation's files of one kind become facts or ledger entries. Definition is the JSON that was put.
CREATE TABLE ImportProfile (
    ImportProfileId BIGINT IDENTITY(1,1)                      NOT NULL CONSTRAINT PK_ImportProfile PRIMARY KEY,
    OrganisationId  BIGINT                                    NOT NULL CONSTRAINT FK_ImportProfile_Organisation REFERENCES Organisation (OrganisationId),
    Code            NVARCHAR(64) COLLATE Latin1_General_BIN2  NOT NULL,
    Definition      NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    Version         INT                                       NOT NULL,
    CreatedAtUtc    NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL,
    UpdatedAtUtc    NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL,
    CONSTRAINT UQ_ImportProfile_Code UNIQUE (OrganisationId, Code)
);
