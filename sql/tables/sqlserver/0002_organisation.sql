-- One row per organisation: the tenant that owns everything else.
CREATE TABLE Organisation (
    OrganisationId       BIGINT IDENTITY(1,1)                      NOT NULL CONSTRAINT PK_Organisation PRIMARY KEY,
    Code                 NVARCHAR(64) COLLATE Latin1_General_BIN2  NOT NULL CONSTRAINT UQ_Organisation_Code UNIQUE,
    Name                 NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
    TimeZone             NVARCHAR(64) COLLATE Latin1_General_BIN2  NOT NULL,
    WindowsTimeZone      NVARCHAR(64) COLLATE Latin1_General_BIN2  NULL,
    Currency             NVARCHAR(3) COLLATE Latin1_General_BIN2   NOT NULL,
    Language             NVARCHAR(8) COLLATE Latin1_General_BIN2   NOT NULL,
    FiscalYearStartMonth INT                                       NOT NULL,
    DataVersion          BIGINT                                    NOT NULL,
    Version              INT                                       NOT NULL,
    CreatedAtUtc         NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL,
    UpdatedAtUtc         NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL,
    CONSTRAINT CK_Organisation_FiscalYearStartMonth CHECK (FiscalYearStartMonth BETWEEN 1 AND 12)
);

-- One row per API key. PublicId is the part of the key that may be seen; the secret is stored as a SHA-256 hash in hexadecimal.
CREATE TABLE ApiKey (
    ApiKeyId       BIGINT IDENTITY(1,1)                      NOT NULL CONSTRAINT PK_ApiKey PRIMARY KEY,
    OrganisationId BIGINT                                    NOT NULL CONSTRAINT FK_ApiKey_Organisation REFERENCES Organisation (OrganisationId),
    PublicId       NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL CONSTRAINT UQ_ApiKey_PublicId UNIQUE,
    SecretHash     NVARCHAR(64) COLLATE Latin1_General_BIN2  NOT NULL,
    Role           NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    Name           NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
    CreatedAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL,
    ExpiresAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2  NULL,
    RevokedAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2  NULL,
    LastUsedAtUtc  NVARCHAR(24) COLLATE Latin1_General_BIN2  NULL,
    CONSTRAINT CK_ApiKey_Role CHECK (Role IN (N'reader', N'writer', N'manager', N'admin'))
);

-- One row per Idempotency-Key that has had its effect. Answer is the body that was sent, byte for byte.
CREATE TABLE IdempotencyRecord (
    OrganisationId BIGINT                                    NOT NULL CONSTRAINT FK_IdempotencyRecord_Organisation REFERENCES Organisation (OrganisationId),
    RequestKey     NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
    RequestHash    NVARCHAR(64) COLLATE Latin1_General_BIN2  NOT NULL,
    Answer         NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL,
    CreatedAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL,
    CONSTRAINT PK_IdempotencyRecord PRIMARY KEY (OrganisationId, RequestKey)
);
