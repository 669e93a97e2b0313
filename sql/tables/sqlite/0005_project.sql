-- One row per project. Launched when LaunchedAtUtc is set, closed when ClosedOnDay is set.
CREATE TABLE Project (
    ProjectId         INTEGER NOT NULL CONSTRAINT PK_Project PRIMARY KEY AUTOINCREMENT,
    OrganisationId    INTEGER NOT NULL CONSTRAINT FK_Project_Organisation REFERENCES Organisation (OrganisationId),
    ActivityId        INTEGER NOT NULL CONSTRAINT FK_Project_Activity REFERENCES Activity (ActivityId),
    Code              TEXT    NOT NULL,
    Name              TEXT    NOT NULL,
    Objective         TEXT    NULL,
    Template          TEXT    NULL CONSTRAINT FK_Project_Template REFERENCES Template (Code),
    StartDay          INTEGER NOT NULL,
    Currency          TEXT    NOT NULL,
    BaselineDays      INTEGER NOT NULL,
    HorizonDays       INTEGER NOT NULL,
    RoiThreshold      REAL    NOT NULL,
    ReviewCadenceDays INTEGER NOT NULL,
    LaunchedAtUtc     TEXT    NULL,
    ClosedOnDay       INTEGER NULL,
    Version           INTEGER NOT NULL,
    CreatedAtUtc      TEXT    NOT NULL,
    UpdatedAtUtc      TEXT    NOT NULL,
    CONSTRAINT UQ_Project_Code UNIQUE (OrganisationId, Code),
    CONSTRAINT CK_Project_BaselineDays CHECK (BaselineDays BETWEEN 7 AND 90),
    CONSTRAINT CK_Project_HorizonDays CHECK (HorizonDays BETWEEN 14 AND 365 AND HorizonDays >= BaselineDays)
) STRICT;
CREATE INDEX IX_Project_Activity ON Project (ActivityId);

-- One row per stream of facts: a project KPI, or the North Star KPI of an activity (ProjectId is null).
CREATE TABLE Series (
    SeriesId       INTEGER NOT NULL CONSTRAINT PK_Series PRIMARY KEY AUTOINCREMENT,
    OrganisationId INTEGER NOT NULL CONSTRAINT FK_Series_Organisation REFERENCES Organisation (OrganisationId),
    KpiId          INTEGER NOT NULL CONSTRAINT FK_Series_Kpi REFERENCES Kpi (KpiId),
    ActivityId     INTEGER NOT NULL CONSTRAINT FK_Series_Activity REFERENCES Activity (ActivityId),
    ProjectId      INTEGER NULL CONSTRAINT FK_Series_Project REFERENCES Project (ProjectId)
) STRICT;
CREATE INDEX IX_Series_Organisation ON Series (OrganisationId);
CREATE INDEX IX_Series_Kpi ON Series (KpiId);
CREATE INDEX IX_Series_Activity ON Series (ActivityId);
CREATE UNIQUE INDEX UX_Series_Project ON Series (ProjectId, KpiId) WHERE ProjectId IS NOT NULL;
CREATE UNIQUE INDEX UX_Series_NorthStar ON Series (ActivityId, KpiId) WHERE ProjectId IS NULL;

-- One row per KPI tracked by a project. The columns from LaunchedAtUtc on are written once, at launch: the seal.
-- BaselineNumerator and BaselineDenominator are sums of 1/1,000,000 units.
CREATE TABLE ProjectKpi (
    ProjectKpiId          INTEGER NOT NULL CONSTRAINT PK_ProjectKpi PRIMARY KEY CONSTRAINT FK_ProjectKpi_Series REFERENCES Series (SeriesId),
    OrganisationId        INTEGER NOT NULL CONSTRAINT FK_ProjectKpi_Organisation REFERENCES Organisation (OrganisationId),
    ProjectId             INTEGER NOT NULL CONSTRAINT FK_ProjectKpi_Project REFERENCES Project (ProjectId),
    KpiId                 INTEGER NOT NULL CONSTRAINT FK_ProjectKpi_Kpi REFERENCES Kpi (KpiId),
    Purpose               TEXT    NOT NULL,
    ThresholdKind         TEXT    NOT NULL,
    ThresholdValue        REAL    NOT NULL,
    HasOwnThreshold       INTEGER NOT NULL,
    ChosenTolerance       REAL    NULL,
    GraceDays             INTEGER NOT NULL,
    LagDays               INTEGER NULL,
    DeclaredBaseline      REAL    NULL,
    DeclaredBaselineNote  TEXT    NULL,
    ServesNorthStar       INTEGER NOT NULL,
    LaunchedAtUtc         TEXT    NULL,
    BaselineValue         REAL    NULL,
    BaselineNumerator     REAL    NULL,
    BaselineDenominator   REAL    NULL,
    BaselineMeasuredDays  INTEGER NULL,
    BaselineDayCount      INTEGER NULL,
    BaselineStandardError REAL    NULL,
    TargetValue           REAL    NULL,
    Tolerance             REAL    NULL,
    Version               INTEGER NOT NULL,
    CreatedAtUtc          TEXT    NOT NULL,
    UpdatedAtUtc          TEXT    NOT NULL,
    CONSTRAINT UQ_ProjectKpi_Kpi UNIQUE (ProjectId, KpiId),
    CONSTRAINT CK_ProjectKpi_ThresholdKind CHECK (ThresholdKind IN ('relative', 'points', 'absolute'))
) STRICT;
CREATE INDEX IX_ProjectKpi_Organisation ON ProjectKpi (OrganisationId);
CREATE INDEX IX_ProjectKpi_Kpi ON ProjectKpi (KpiId);

-- One row per KPI that is or was the North Star of an activity. At most one is current (IsCurrent = 1).
CREATE TABLE NorthStar (
    NorthStarId    INTEGER NOT NULL CONSTRAINT PK_NorthStar PRIMARY KEY CONSTRAINT FK_NorthStar_Series REFERENCES Series (SeriesId),
    OrganisationId INTEGER NOT NULL CONSTRAINT FK_NorthStar_Organisation REFERENCES Organisation (OrganisationId),
    ActivityId     INTEGER NOT NULL CONSTRAINT FK_NorthStar_Activity REFERENCES Activity (ActivityId),
    KpiId          INTEGER NOT NULL CONSTRAINT FK_NorthStar_Kpi REFERENCES Kpi (KpiId),
    Purpose        TEXT    NOT NULL,
    IsCurrent      INTEGER NOT NULL,
    Version        INTEGER NOT NULL,
    CreatedAtUtc   TEXT    NOT NULL,
    UpdatedAtUtc   TEXT    NOT NULL
) STRICT;
CREATE INDEX IX_NorthStar_Organisation ON NorthStar (OrganisationId);
CREATE UNIQUE INDEX UX_NorthStar_Current ON NorthStar (ActivityId) WHERE IsCurrent = 1;
