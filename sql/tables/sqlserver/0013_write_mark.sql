-- One row per write of the last hour, left by the transaction that it is. Who lost the answer to a COMMIT looks for it here, so that nothing is stored twice.
-- A file answers its own COMMIT, so only servers have rows.
CREATE TABLE WriteMark (
    WriteId      NVARCHAR(32) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT PK_WriteMark PRIMARY KEY,
    WrittenAtUtc NVARCHAR(24) COLLATE Latin1_General_BIN2 NOT NULL
);
CREATE INDEX IX_WriteMark_WrittenAtUtc ON WriteMark (WrittenAtUtc);
