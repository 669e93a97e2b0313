-- One row per calendar day from 2015 to 2049. Day numbers count from 1970-01-01. Filled by the program at deployment.
CREATE TABLE Calendar (
    Day           INTEGER NOT NULL CONSTRAINT PK_Calendar PRIMARY KEY,
    DateKey       INTEGER NOT NULL CONSTRAINT UQ_Calendar_DateKey UNIQUE,
    Date          TEXT    NOT NULL,
    Year          INTEGER NOT NULL,
    Quarter       INTEGER NOT NULL,
    Month         INTEGER NOT NULL,
    MonthNameFr   TEXT    NOT NULL,
    MonthNameEn   TEXT    NOT NULL,
    IsoYear       INTEGER NOT NULL,
    IsoWeek       INTEGER NOT NULL,
    WeekStartDay  INTEGER NOT NULL,
    MonthNumber   INTEGER NOT NULL,
    MonthKey      TEXT    NOT NULL,
    MonthStartDay INTEGER NOT NULL,
    MonthEndDay   INTEGER NOT NULL
) STRICT;

-- One row per ISO week that touches the calendar. WeekStartDay is its Monday.
CREATE TABLE CalendarWeek (
    WeekStartDay INTEGER NOT NULL CONSTRAINT PK_CalendarWeek PRIMARY KEY,
    Week         TEXT    NOT NULL,
    WeekStart    TEXT    NOT NULL,
    DateKey      INTEGER NOT NULL
) STRICT;
