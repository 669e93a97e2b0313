-- One row: the secret that seals where a page of OData begins, so that any instance opens what another one sealed. Made at first use; of no organisation.
CREATE TABLE LinkKey (
    LinkKeyId    BIGINT                                   NOT NULL CONSTRAINT PK_LinkKey PRIMARY KEY CONSTRAINT CK_LinkKey_LinkKeyId CHECK (LinkKeyId = 1),
    Secret       NVARCHAR(64) COLLATE Latin1_General_BIN2 NOT NULL,
    CreatedAtUtc NVARCHAR(24) COLLATE Latin1_General_BIN2 NOT NULL
);
