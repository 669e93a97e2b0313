-- One row per line of business.
CREATE TABLE Activity (
    ActivityId     BIGINT IDENTITY(1,1)                      NOT NULL CONSTRAINT PK_Activity PRIMARY KEY,
    OrganisationId BIGINT                                    NOT NULL CONSTRAINT FK_Activity_Organisation REFERENCES Organisation (OrganisationId),
    Code           NVARCHAR(64) COLLATE Latin1_General_BIN2  NOT NULL,
    Name           NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
    Version        INT                                       NOT NULL,
    CreatedAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL,
    UpdatedAtUtc   NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL,
    CONSTRAINT UQ_Activity_Code UNIQUE (OrganisationId, Code)
);

-- One row per KPI definition of an organisation, the catalogue's included (IsCatalog = 1, read-only).
CREATE TABLE Kpi (
    KpiId            BIGINT IDENTITY(1,1)                      NOT NULL CONSTRAINT PK_Kpi PRIMARY KEY,
    OrganisationId   BIGINT                                    NOT NULL CONSTRAINT FK_Kpi_Organisation REFERENCES Organisation (OrganisationId),
    Code             NVARCHAR(64) COLLATE Latin1_General_BIN2  NOT NULL,
    NameFr           NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
    NameEn           NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
    Domain           NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
    Unit             NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    Direction        NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    Aggregation      NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    PerDays          INT                                       NULL,
    LagDays          INT                                       NULL,
    NumeratorLabel   NVARCHAR(200) COLLATE Latin1_General_BIN2 NULL,
    DenominatorLabel NVARCHAR(200) COLLATE Latin1_General_BIN2 NULL,
    ThresholdKind    NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    ThresholdValue   FLOAT                                     NOT NULL,
    IsCatalog        INT                                       NOT NULL,
    Version          INT                                       NOT NULL,
    CreatedAtUtc     NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL,
    UpdatedAtUtc     NVARCHAR(24) COLLATE Latin1_General_BIN2  NOT NULL,
    CONSTRAINT UQ_Kpi_Code UNIQUE (OrganisationId, Code),
    CONSTRAINT CK_Kpi_Direction CHECK (Direction IN (N'increase', N'decrease')),
    CONSTRAINT CK_Kpi_Aggregation CHECK (Aggregation IN (N'ratio', N'sum', N'last', N'ledger')),
    CONSTRAINT CK_Kpi_ThresholdKind CHECK (ThresholdKind IN (N'relative', N'points', N'absolute')),
    CONSTRAINT CK_Kpi_PerDays CHECK (Aggregation <> N'sum' OR PerDays >= 1)
);

-- One row per KPI of the method's catalogue: what every new organisation starts with.
CREATE TABLE CatalogKpi (
    Code             NVARCHAR(64) COLLATE Latin1_General_BIN2  NOT NULL CONSTRAINT PK_CatalogKpi PRIMARY KEY,
    Position         INT                                       NOT NULL,
    NameFr           NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
    NameEn           NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
    Domain           NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
    Unit             NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    Direction        NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    Aggregation      NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    NumeratorLabel   NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
    DenominatorLabel NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
    ThresholdKind    NVARCHAR(32) COLLATE Latin1_General_BIN2  NOT NULL,
    ThresholdValue   FLOAT                                     NOT NULL
);

-- One row per kind of project that has a template.
CREATE TABLE Template (
    Code     NVARCHAR(64) COLLATE Latin1_General_BIN2  NOT NULL CONSTRAINT PK_Template PRIMARY KEY,
    Position INT                                       NOT NULL,
    NameFr   NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL,
    NameEn   NVARCHAR(200) COLLATE Latin1_General_BIN2 NOT NULL
);

-- One row per KPI that a template proposes, with the reason it was chosen and a purpose to edit.
CREATE TABLE TemplateKpi (
    TemplateCode NVARCHAR(64) COLLATE Latin1_General_BIN2   NOT NULL CONSTRAINT FK_TemplateKpi_Template REFERENCES Template (Code),
    KpiCode      NVARCHAR(64) COLLATE Latin1_General_BIN2   NOT NULL CONSTRAINT FK_TemplateKpi_CatalogKpi REFERENCES CatalogKpi (Code),
    Position     INT                                        NOT NULL,
    PurposeFr    NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
    PurposeEn    NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
    WhyFr        NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
    WhyEn        NVARCHAR(1000) COLLATE Latin1_General_BIN2 NOT NULL,
    CONSTRAINT PK_TemplateKpi PRIMARY KEY (TemplateCode, KpiCode)
);
