-- One row per organisation: the tenant that owns everything else.
CREATE TABLE Organisation (
    OrganisationId       INTEGER NOT NULL CONSTRAINT PK_Organisation PRIMARY KEY AUTOINCREMENT,
    Code                 TEXT    NOT NULL CONSTRAINT UQ_Organisation_Code UNIQUE,
    Name                 TEXT    NOT NULL,
    TimeZone             TEXT    NOT NULL,
    WindowsTimeZone      TEXT    NULL,
    Currency             TEXT    NOT NULL,
    Language             TEXT    NOT NULL,
    FiscalYearStartMonth INTEGER NOT NULL,
    DataVersion          INTEGER NOT NULL,
    Version              INTEGER NOT NULL,
    CreatedAtUtc         TEXT    NOT NULL,
    UpdatedAtUtc         TEXT    NOT NULL,
    CONSTRAINT CK_Organisation_FiscalYearStartMonth CHECK (FiscalYearStartMonth BETWEEN 1 AND 12)
) STRICT;

-- One row per API key. PublicId is the part of the key that may be seen; the secret is stored as a SHA-256 hash in hexadecimal.
CREATE TABLE ApiKey (
    ApiKeyId       INTEGER NOT NULL CONSTRAINT PK_ApiKey PRIMARY KEY AUTOINCREMENT,
    OrganisationId INTEGER NOT NULL CONSTRAINT FK_ApiKey_Organisation REFERENCES Organisation (OrganisationId),
    PublicId       TEXT    NOT NULL CONSTRAINT UQ_ApiKey_PublicId UNIQUE,
    SecretHash     TEXT    NOT NULL,
    Role           TEXT    NOT NULL,
    Name           TEXT    NOT NULL,
    CreatedAtUtc   TEXT    NOT NULL,
    ExpiresAtUtc   TEXT    NULL,
    RevokedAtUtc   TEXT    NULL,
    LastUsedAtUtc  TEXT    NULL,
    CONSTRAINT CK_ApiKey_Role CHECK (Role IN ('reader', 'writer', 'manager', 'admin'))
) STRICT;

-- One row per Idempotency-Key that has had its effect. Answer is the body that was sent, byte for byte.
CREATE TABLE IdempotencyRecord (
    OrganisationId INTEGER NOT NULL CONSTRAINT FK_IdempotencyRecord_Organisation REFERENCES Organisation (OrganisationId),
    RequestKey     TEXT    NOT NULL,
    RequestHash    TEXT    NOT NULL,
    Answer         TEXT    NOT NULL,
    CreatedAtUtc   TEXT    NOT NULL,
    CONSTRAINT PK_IdempotencyRecord PRIMARY KEY (OrganisationId, RequestKey)
) STRICT, WITHOUT ROWID;
