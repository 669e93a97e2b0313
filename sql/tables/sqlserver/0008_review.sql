-- One row per review: a dated human decision on a project.
CREATE TABLE Review (
    ReviewId       BIGINT IDENTITY(1,1)                       NOT NULL CONSTRAINT PK_Review PRIMARY KEY,
    OrganisationId BIGINT                                     NOT NULL CONSTRAINT FK_Review_Organisation REFERENCES Organisation (OrganisationId),
    ProjectId      BIGINT                                     NOT NULL CONSTRAINT FK_Review_Project REFERENCES Project (ProjectId),
    ReviewedDay    INT                                        NOT NULL CONSTRAINT FK_Review_Calendar REFERENCES Calendar (Day),
    ReviewKind     NVARCHAR(32) COLLATE Latin1_General_BIN2   NOT NULL,
    Decision       NVARCHAR(32) COLLATE Latin1_General_BIN2   NOT NULL,
    Note           NVARCHAR(2000) COLLATE Latin1_General_BIN2 NULL,
    CreatedAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2   NOT NULL,
    UpdatedAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2   NOT NULL,
    UpdatedBy      NVARCHAR(100) COLLATE Latin1_General_BIN2  NOT NULL,
    CONSTRAINT UQ_Review_Day UNIQUE (ProjectId, ReviewedDay, ReviewKind),
    CONSTRAINT CK_Review_ReviewKind CHECK (ReviewKind IN (N'weekly', N'biweekly', N'monthly')),
    CONSTRAINT CK_Review_Decision CHECK (Decision IN (N'continue', N'adjust', N'stop'))
);
CREATE INDEX IX_Review_Organisation ON Review (OrganisationId);
