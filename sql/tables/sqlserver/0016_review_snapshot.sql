-- One row per review: the figures that were known on its day, frozen. Figures is JSON in the shape of SchemaVersion, written once.
-- ReviewCadenceDays is the cadence in force then: it says whether this review came late, whatever the cadence becomes.
CREATE TABLE ReviewSnapshot (
    ReviewId          BIGINT                                    NOT NULL CONSTRAINT PK_ReviewSnapshot PRIMARY KEY CONSTRAINT FK_ReviewSnapshot_Review REFERENCES Review (ReviewId),
    OrganisationId    BIGINT                                    NOT NULL CONSTRAINT FK_ReviewSnapshot_Organisation REFERENCES Organisation (OrganisationId),
    SchemaVersion     INT                                       NOT NULL,
    ReviewCadenceDays INT                                       NOT NULL,
    Figures           NVARCHAR(MAX) COLLATE Latin1_General_BIN2 NOT NULL
);
CREATE INDEX IX_ReviewSnapshot_Organisation ON ReviewSnapshot (OrganisationId);

-- One row per action that a review decided. Only DoneDay ever changes.
CREATE TABLE ReviewAction (
    ReviewActionId BIGINT IDENTITY(1,1)                       NOT NULL CONSTRAINT PK_ReviewAction PRIMARY KEY,
    OrganisationId BIGINT                                     NOT NULL CONSTRAINT FK_ReviewAction_Organisation REFERENCES Organisation (OrganisationId),
    ReviewId       BIGINT                                     NOT NULL CONSTRAINT FK_ReviewAction_Review REFERENCES Review (ReviewId),
    ProjectId      BIGINT                                     NOT NULL CONSTRAINT FK_ReviewAction_Project REFERENCES Project (ProjectId),
    ActionNumber   INT                                        NOT NULL,
    ActionText     NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
    Owner          NVARCHAR(200) COLLATE Latin1_General_BIN2  NULL,
    ReviewedDay    INT                                        NOT NULL,
    DueDay         INT                                        NULL CONSTRAINT FK_ReviewAction_Calendar REFERENCES Calendar (Day),
    DoneDay        INT                                        NULL,
    CreatedAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2   NOT NULL,
    UpdatedAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2   NOT NULL,
    CONSTRAINT UQ_ReviewAction_Number UNIQUE (ReviewId, ActionNumber)
);
CREATE INDEX IX_ReviewAction_Organisation ON ReviewAction (OrganisationId);
CREATE INDEX IX_ReviewAction_Project ON ReviewAction (ProjectId, ReviewedDay);
