-- One row per line of business.
CREATE TABLE Activity (
    ActivityId     INTEGER NOT NULL CONSTRAINT PK_Activity PRIMARY KEY AUTOINCREMENT,
    OrganisationId INTEGER NOT NULL CONSTRAINT FK_Activity_Organisation REFERENCES Organisation (OrganisationId),
    Code           TEXT    NOT NULL,
    Name           TEXT    NOT NULL,
    Version        INTEGER NOT NULL,
    CreatedAtUtc   TEXT    NOT NULL,
    UpdatedAtUtc   TEXT    NOT NULL,
    CONSTRAINT UQ_Activity_Code UNIQUE (OrganisationId, Code)
) STRICT;

-- One row per KPI definition of an organisation, the catalogue's included (IsCatalog = 1, read-only).
CREATE TABLE Kpi (
    KpiId            INTEGER NOT NULL CONSTRAINT PK_Kpi PRIMARY KEY AUTOINCREMENT,
    OrganisationId   INTEGER NOT NULL CONSTRAINT FK_Kpi_Organisation REFERENCES Organisation (OrganisationId),
    Code             TEXT    NOT NULL,
    NameFr           TEXT    NOT NULL,
    NameEn           TEXT    NOT NULL,
    Domain           TEXT    NOT NULL,
    Unit             TEXT    NOT NULL,
    Direction        TEXT    NOT NULL,
    Aggregation      TEXT    NOT NULL,
    PerDays          INTEGER NULL,
    LagDays          INTEGER NULL,
    NumeratorLabel   TEXT    NULL,
    DenominatorLabel TEXT    NULL,
    ThresholdKind    TEXT    NOT NULL,
    ThresholdValue   REAL    NOT NULL,
    IsCatalog        INTEGER NOT NULL,
    Version          INTEGER NOT NULL,
    CreatedAtUtc     TEXT    NOT NULL,
    UpdatedAtUtc     TEXT    NOT NULL,
    CONSTRAINT UQ_Kpi_Code UNIQUE (OrganisationId, Code),
    CONSTRAINT CK_Kpi_Direction CHECK (Direction IN ('increase', 'decrease')),
    CONSTRAINT CK_Kpi_Aggregation CHECK (Aggregation IN ('ratio', 'sum', 'last', 'ledger')),
    CONSTRAINT CK_Kpi_ThresholdKind CHECK (ThresholdKind IN ('relative', 'points', 'absolute')),
    CONSTRAINT CK_Kpi_PerDays CHECK (Aggregation <> 'sum' OR PerDays >= 1)
) STRICT;

-- One row per KPI of the method's catalogue: what every new organisation starts with.
CREATE TABLE CatalogKpi (
    Code             TEXT    NOT NULL CONSTRAINT PK_CatalogKpi PRIMARY KEY,
    Position         INTEGER NOT NULL,
    NameFr           TEXT    NOT NULL,
    NameEn           TEXT    NOT NULL,
    Domain           TEXT    NOT NULL,
    Unit             TEXT    NOT NULL,
    Direction        TEXT    NOT NULL,
    Aggregation      TEXT    NOT NULL,
    NumeratorLabel   TEXT    NOT NULL,
    DenominatorLabel TEXT    NOT NULL,
    ThresholdKind    TEXT    NOT NULL,
    ThresholdValue   REAL    NOT NULL
) STRICT;

-- One row per kind of project that has a template.
CREATE TABLE Template (
    Code     TEXT    NOT NULL CONSTRAINT PK_Template PRIMARY KEY,
    Position INTEGER NOT NULL,
    NameFr   TEXT    NOT NULL,
    NameEn   TEXT    NOT NULL
) STRICT;

-- One row per KPI that a template proposes, with the reason it was chosen and a purpose to edit.
CREATE TABLE TemplateKpi (
    TemplateCode TEXT    NOT NULL CONSTRAINT FK_TemplateKpi_Template REFERENCES Template (Code),
    KpiCode      TEXT    NOT NULL CONSTRAINT FK_TemplateKpi_CatalogKpi REFERENCES CatalogKpi (Code),
    Position     INTEGER NOT NULL,
    PurposeFr    TEXT    NOT NULL,
    PurposeEn    TEXT    NOT NULL,
    WhyFr        TEXT    NOT NULL,
    WhyEn        TEXT    NOT NULL,
    CONSTRAINT PK_TemplateKpi PRIMARY KEY (TemplateCode, KpiCode)
) STRICT;
