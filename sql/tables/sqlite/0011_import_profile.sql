-- One row per import profile: how an organisation's files of one kind become facts or ledger entries. Definition is the JSON that was put.
CREATE TABLE ImportProfile (
    ImportProfileId INTEGER NOT NULL CONSTRAINT PK_ImportProfile PRIMARY KEY AUTOINCREMENT,
    OrganisationId  INTEGER NOT NULL CONSTRAINT FK_ImportProfile_Organisation REFERENCES Organisation (OrganisationId),
    Code            TEXT    NOT NULL,
    Definition      TEXT    NOT NULL,
    Version         INTEGER NOT NULL,
    CreatedAtUtc    TEXT    NOT NULL,
    UpdatedAtUtc    TEXT    NOT NULL,
    CONSTRAINT UQ_ImportProfile_Code UNIQUE (OrganisationId, Code)
) STRICT;
