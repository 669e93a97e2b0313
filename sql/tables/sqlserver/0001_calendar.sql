-- One row per calendar day from 2015 to 2049. Day numbers count from 1970-01-01. Filled by the program at deployment.
CREATE TABLE Calendar (
    Day           INT                                      NOT NULL CONSTRAINT PK_Calendar PRIMARY KEY,
    DateKey       INT                                      NOT NULL CONSTRAINT UQ_Calendar_DateKey UNIQUE,
    Date          NVARCHAR(10) COLLATE Latin1_General_BIN2 NOT NULL,
    Year          INT                                      NOT NULL,
    Quarter       INT                                      NOT NULL,
    Month         INT                                      NOT NULL,
    MonthNameFr   NVARCHAR(32) COLLATE Latin1_General_BIN2 NOT NULL,
    MonthNameEn   NVARCHAR(32) COLLATE Latin1_General_BIN2 NOT NULL,
    IsoYear       INT                                      NOT NULL,
    IsoWeek       INT                                      NOT NULL,
    WeekStartDay  INT                                      NOT NULL,
    MonthNumber   INT                                      NOT NULL,
    MonthKey      NVARCHAR(7) COLLATE Latin1_General_BIN2  NOT NULL,
    MonthStartDay INT                                      NOT NULL,
    MonthEndDay   INT                                      NOT NULL
);

-- One row per ISO week that touches the calendar. WeekStartDay is its Monday.
CREATE TABLE CalendarWeek (
    WeekStartDay INT                                      NOT NULL CONSTRAINT PK_CalendarWeek PRIMARY KEY,
    Week         NVARCHAR(8) COLLATE Latin1_General_BIN2  NOT NULL,
    WeekStart    NVARCHAR(10) COLLATE Latin1_General_BIN2 NOT NULL,
    DateKey      INT                                      NOT NULL
);
