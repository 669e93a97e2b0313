-- The role of BI developers: SELECT on the published views and on nothing else. Applied again at each deployment, because a view
-- that is dropped and created anew has lost its grants. Views and tables belong to one owner, so the views need no grant below them.
-- To let a login in: CREATE USER, ALTER ROLE KpiReader ADD MEMBER, and a row in LoginOrganisation, without which it sees no rows.
IF DATABASE_PRINCIPAL_ID(N'KpiReader') IS NULL
    CREATE ROLE KpiReader;
GO
GRANT SELECT ON Dates TO KpiReader;
GRANT SELECT ON Activities TO KpiReader;
GRANT SELECT ON Projects TO KpiReader;
GRANT SELECT ON Kpis TO KpiReader;
GRANT SELECT ON ProjectKpis TO KpiReader;
GRANT SELECT ON Measurements TO KpiReader;
GRANT SELECT ON KpiDays TO KpiReader;
GRANT SELECT ON KpiWeeks TO KpiReader;
GRANT SELECT ON KpiStatus TO KpiReader;
GRANT SELECT ON KpiOutcomes TO KpiReader;
GRANT SELECT ON Ledger TO KpiReader;
GRANT SELECT ON ProjectRoi TO KpiReader;
GRANT SELECT ON RoiMonths TO KpiReader;
GRANT SELECT ON NorthStars TO KpiReader;
GRANT SELECT ON Reviews TO KpiReader;
GRANT SELECT ON ReviewActions TO KpiReader;
GRANT SELECT ON ReviewAdjustments TO KpiReader;
GRANT SELECT ON Alerts TO KpiReader;
GRANT SELECT ON Portfolio TO KpiReader;
GRANT SELECT ON Deletions TO KpiReader;
