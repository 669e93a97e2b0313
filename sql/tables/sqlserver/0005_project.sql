-- One row per project. Launched when LaunchedAtUtc is set, closed when ClosedOnDay is set.
CREATE TABLE Project (
    ProjectId         BIGINT IDENTITY(1,1)                       NOT NULL CONSTRAINT PK_Project PRIMARY KEY,
    OrganisationId    BIGINT                                     NOT NULL CONSTRAINT FK_Project_Organisation REFERENCES Organisation (OrganisationId),
    ActivityId        BIGINT                                     NOT NULL CONSTRAINT FK_Project_Activity REFERENCES Activity (ActivityId),
    Code              NVARCHAR(64) COLLATE Latin1_General_BIN2   NOT NULL,
    Name              NVARCHAR(200) COLLATE Latin1_General_BIN2  NOT NULL,
    Objective         NVARCHAR(2000) COLLATE Latin1_General_BIN2 NULL,
    Template          NVARCHAR(64) COLLATE Latin1_General_BIN2   NULL     CONSTRAINT FK_Project_Template REFERENCES Template (Code),
    StartDay          INT                                        NOT NULL,
    Currency          NVARCHAR(3) COLLATE Latin1_General_BIN2    NOT NULL,
    BaselineDays      INT                                        NOT NULL,
    HorizonDays       INT                                        NOT NULL,
    RoiThreshold      FLOAT                                      NOT NULL,
    ReviewCadenceDays INT                                        NOT NULL,
    LaunchedAtUtc     NVARCHAR(24) COLLATE Latin1_General_BIN2   NULL,
    ClosedOnDay       INT                                        NULL,
    Version           INT                                        NOT NULL,
    CreatedAtUtc      NVARCHAR(24) COLLATE Latin1_General_BIN2   NOT NULL,
    UpdatedAtUtc      NVARCHAR(24) COLLATE Latin1_General_BIN2   NOT NULL,
    CONSTRAINT UQ_Project_Code UNIQUE (OrganisationId, Code),
    CONSTRAINT CK_Project_BaselineDays CHECK (BaselineDays BETWEEN 7 AND 90),
    CONSTRAINT CK_Project_HorizonDays CHECK (HorizonDays BETWEEN 14 AND 365 AND HorizonDays >= BaselineDays)
);
CREATE INDEX IX_Project_Activity ON Project (ActivityId);

-- One row per stream of facts: a project KPI, or the North Star KPI of an activity (ProjectId is null).
CREATE TABLE Series (
    SeriesId       BIGINT IDENTITY(1,1) NOT NULL CONSTRAINT PK_Series PRIMARY KEY,
    OrganisationId BIGINT               NOT NULL CONSTRAINT FK_Series_Organisation REFERENCES Organisation (OrganisationId),
    KpiId          BIGINT               NOT NULL CONSTRAINT FK_Series_Kpi REFERENCES Kpi (KpiId),
    ActivityId     BIGINT               NOT NULL CONSTRAINT FK_Series_Activity REFERENCES Activity (ActivityId),
    ProjectId      BIGINT               NULL     CONSTRAINT FK_Series_Project REFERENCES Project (ProjectId)
);
CREATE INDEX IX_Series_Organisation ON Series (OrganisationId);
CREATE INDEX IX_Series_Kpi ON Series (KpiId);
CREATE INDEX IX_Series_Activity ON Series (ActivityId);
CREATE UNIQUE INDEX UX_Series_Project ON Series (ProjectId, KpiId) WHERE ProjectId IS NOT NULL;
CREATE UNIQUE INDEX UX_Series_NorthStar ON Series (ActivityId, KpiId) WHERE ProjectId IS NULL;

-- One row per KPI tracked by a project. The columns from LaunchedAtUtc on are written once, at launch: the seal.
-- BaselineNumerator and BaselineDenominator are sums of 1/1,000,000 units.
CREATE TABLE ProjectKpi (
    ProjectKpiId          BIGINT                                     NOT NULL CONSTRAINT PK_ProjectKpi PRIMARY KEY CONSTRAINT FK_ProjectKpi_Series REFERENCES Series (SeriesId),
    OrganisationId        BIGINT                                     NOT NULL CONSTRAINT FK_ProjectKpi_Organisation REFERENCES Organisation (OrganisationId),
    ProjectId             BIGINT                                     NOT NULL CONSTRAINT FK_ProjectKpi_Project REFERENCES Project (ProjectId),
    KpiId                 BIGINT                                     NOT NULL CONSTRAINT FK_ProjectKpi_Kpi REFERENCES Kpi (KpiId),
    Purpose               NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
    ThresholdKind         NVARCHAR(32) COLLATE Latin1_General_BIN2   NOT NULL,
    ThresholdValue        FLOAT                                      NOT NULL,
    HasOwnThreshold       INT                                        NOT NULL,
    ChosenTolerance       FLOAT                                      NULL,
    GraceDays             INT                                        NOT NULL,
    LagDays               INT                                        NULL,
    DeclaredBaseline      FLOAT                                      NULL,
    DeclaredBaselineNote  NVARCHAR(2000) COLLATE Latin1_General_BIN2 NULL,
    ServesNorthStar       INT                                        NOT NULL,
    LaunchedAtUtc         NVARCHAR(24) COLLATE Latin1_General_BIN2   NULL,
    BaselineValue         FLOAT                                      NULL,
    BaselineNumerator     FLOAT                                      NULL,
    BaselineDenominator   FLOAT                                      NULL,
    BaselineMeasuredDays  INT                                        NULL,
    BaselineDayCount      INT                                        NULL,
    BaselineStandardError FLOAT                                      NULL,
    TargetValue           FLOAT                                      NULL,
    Tolerance             FLOAT                                      NULL,
    Version               INT                                        NOT NULL,
    CreatedAtUtc          NVARCHAR(24) COLLATE Latin1_General_BIN2   NOT NULL,
    UpdatedAtUtc          NVARCHAR(24) COLLATE Latin1_General_BIN2   NOT NULL,
    CONSTRAINT UQ_ProjectKpi_Kpi UNIQUE (ProjectId, KpiId),
    CONSTRAINT CK_ProjectKpi_ThresholdKind CHECK (ThresholdKind IN (N'relative', N'points', N'absolute'))
);
CREATE INDEX IX_ProjectKpi_Organisation ON ProjectKpi (OrganisationId);
CREATE INDEX IX_ProjectKpi_Kpi ON ProjectKpi (KpiId);

-- One row per KPI that is or was the North Star of an activity. At most one is current (IsCurrent = 1).
CREATE TABLE NorthStar (
    NorthStarId    BIGINT                                     NOT NULL CONSTRAINT PK_NorthStar PRIMARY KEY CONSTRAINT FK_NorthStar_Series REFERENCES Series (SeriesId),
    OrganisationId BIGINT                                     NOT NULL CONSTRAINT FK_NorthStar_Organisation REFERENCES Organisation (OrganisationId),
    ActivityId     BIGINT                                     NOT NULL CONSTRAINT FK_NorthStar_Activity REFERENCES Activity (ActivityId),
    KpiId          BIGINT                                     NOT NULL CONSTRAINT FK_NorthStar_Kpi REFERENCES Kpi (KpiId),
    Purpose        NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
    IsCurrent      INT                                        NOT NULL,
    Version        INT                                        NOT NULL,
    CreatedAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2   NOT NULL,
    UpdatedAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2   NOT NULL
);
CREATE INDEX IX_NorthStar_Organisation ON NorthStar (OrganisationId);
CREATE UNIQUE INDEX UX_NorthStar_Current ON NorthStar (ActivityId) WHERE IsCurrent = 1;
