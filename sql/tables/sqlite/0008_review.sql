-- One row per review: a dated human decision on a project.
CREATE TABLE Review (
    ReviewId       INTEGER NOT NULL CONSTRAINT PK_Review PRIMARY KEY AUTOINCREMENT,
    OrganisationId INTEGER NOT NULL CONSTRAINT FK_Review_Organisation REFERENCES Organisation (OrganisationId),
    ProjectId      INTEGER NOT NULL CONSTRAINT FK_Review_Project REFERENCES Project (ProjectId),
    ReviewedDay    INTEGER NOT NULL CONSTRAINT FK_Review_Calendar REFERENCES Calendar (Day),
    ReviewKind     TEXT    NOT NULL,
    Decision       TEXT    NOT NULL,
    Note           TEXT    NULL,
    CreatedAtUtc   TEXT    NOT NULL,
    UpdatedAtUtc   TEXT    NOT NULL,
    UpdatedBy      TEXT    NOT NULL,
    CONSTRAINT UQ_Review_Day UNIQUE (ProjectId, ReviewedDay, ReviewKind),
    CONSTRAINT CK_Review_ReviewKind CHECK (ReviewKind IN ('weekly', 'biweekly', 'monthly')),
    CONSTRAINT CK_Review_Decision CHECK (Decision IN ('continue', 'adjust', 'stop'))
) STRICT;
CREATE INDEX IX_Review_Organisation ON Review (OrganisationId);
