-- One row per database login of a BI developer: the one organisation whose figures that login reads. Filled by an administrator.
-- Scope reads it on SQL Server for logins that come without the program; SQLite has no logins, so there it stays empty.
CREATE TABLE LoginOrganisation (
    LoginName      NVARCHAR(128) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT PK_LoginOrganisation PRIMARY KEY,
    OrganisationId BIGINT                                    NOT NULL CONSTRAINT FK_LoginOrganisation_Organisation REFERENCES Organisation (OrganisationId)
);
