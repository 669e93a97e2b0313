-- One row: the secret that seals where a page of OData begins, so that any instance opens what another one sealed. Made at first use; of no organisation.
CREATE TABLE LinkKey (
    LinkKeyId    INTEGER NOT NULL CONSTRAINT PK_LinkKey PRIMARY KEY CONSTRAINT CK_LinkKey_LinkKeyId CHECK (LinkKeyId = 1),
    Secret       TEXT    NOT NULL,
    CreatedAtUtc TEXT    NOT NULL
) STRICT;
