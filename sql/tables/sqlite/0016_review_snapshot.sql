-- One row per review: the figures that were known on its day, frozen. Figures is JSON in the shape of SchemaVersion, written once.
-- ReviewCadenceDays is the cadence in force then: it says whether this review came late, whatever the cadence becomes.
CREATE TABLE ReviewSnapshot (
    ReviewId          INTEGER NOT NULL CONSTRAINT PK_ReviewSnapshot PRIMARY KEY CONSTRAINT FK_ReviewSnapshot_Review REFERENCES Review (ReviewId),
    OrganisationId    INTEGER NOT NULL CONSTRAINT FK_ReviewSnapshot_Organisation REFERENCES Organisation (OrganisationId),
    SchemaVersion     INTEGER NOT NULL,
    ReviewCadenceDays INTEGER NOT NULL,
    Figures           TEXT    NOT NULL
) STRICT;
CREATE INDEX IX_ReviewSnapshot_Organisation ON ReviewSnapshot (OrganisationId);

-- One row per action that a review decided. Only DoneDay ever changes.
CREATE TABLE ReviewAction (
    ReviewActionId INTEGER NOT NULL CONSTRAINT PK_ReviewAction PRIMARY KEY AUTOINCREMENT,
    OrganisationId INTEGER NOT NULL CONSTRAINT FK_ReviewAction_Organisation REFERENCES Organisation (OrganisationId),
    ReviewId       INTEGER NOT NULL CONSTRAINT FK_ReviewAction_Review REFERENCES Review (ReviewId),
    ProjectId      INTEGER NOT NULL CONSTRAINT FK_ReviewAction_Project REFERENCES Project (ProjectId),
    ActionNumber   INTEGER NOT NULL,
    ActionText     TEXT    NOT NULL,
    Owner          TEXT    NULL,
    ReviewedDay    INTEGER NOT NULL,
    DueDay         INTEGER NULL CONSTRAINT FK_ReviewAction_Calendar REFERENCES Calendar (Day),
    DoneDay        INTEGER NULL,
    CreatedAtUtc   TEXT    NOT NULL,
    UpdatedAtUtc   TEXT    NOT NULL,
    CONSTRAINT UQ_ReviewAction_Number UNIQUE (ReviewId, ActionNumber)
) STRICT;
CREATE INDEX IX_ReviewAction_Organisation ON ReviewAction (OrganisationId);
CREATE INDEX IX_ReviewAction_Project ON ReviewAction (ProjectId, ReviewedDay);
