using Dapper;
using Microsoft.Data.Sqlite;

namespace KpiApi.Tests.Support;

/// <summary>Counts every rollup again from the rows it stands for. Whole numbers: a difference of one is a difference.</summary>
internal static class Recount
{
    // A rollup row may stay when its last row is deleted, with a count of 0; it stands for nothing then.
    private const string Sql = """
        WITH
        chosen AS (SELECT SeriesId FROM Series WHERE @o IS NULL OR OrganisationId = @o),
        owners AS (SELECT ProjectId FROM Project WHERE @o IS NULL OR OrganisationId = @o),
        entries AS (
            SELECT
                ProjectId, Category, Day, 1 AS C, CASE Kind WHEN 'gain' THEN Amount ELSE 0 END AS G, CASE Kind WHEN 'cost' THEN Amount ELSE 0 END AS K, Evidence
            FROM LedgerEntry
            WHERE ProjectId IN (SELECT ProjectId FROM owners)),
        f AS (SELECT SeriesId, Day, SUM(Numerator) AS N, SUM(Denominator) AS D, COUNT(*) AS C FROM Measurement WHERE SeriesId IN (SELECT SeriesId FROM chosen) GROUP BY SeriesId, Day),
        t AS (SELECT SeriesId, Day, Numerator AS N, Denominator AS D, FactCount AS C FROM KpiDayTotal WHERE SeriesId IN (SELECT SeriesId FROM chosen) AND (FactCount <> 0 OR Numerator <> 0 OR Denominator <> 0)),
        e AS (
            SELECT
                ProjectId, Day,
                SUM(CASE Evidence WHEN 'invoiced' THEN G ELSE 0 END) AS GI, SUM(CASE Evidence WHEN 'measured' THEN G ELSE 0 END) AS GM, SUM(CASE Evidence WHEN 'estimated' THEN G ELSE 0 END) AS GE,
                SUM(CASE Evidence WHEN 'invoiced' THEN K ELSE 0 END) AS KI, SUM(CASE Evidence WHEN 'measured' THEN K ELSE 0 END) AS KM, SUM(CASE Evidence WHEN 'estimated' THEN K ELSE 0 END) AS KE,
                COUNT(*) AS C, SUM(SUM(G)) OVER (PARTITION BY ProjectId ORDER BY Day) AS CG, SUM(SUM(K)) OVER (PARTITION BY ProjectId ORDER BY Day) AS CK
            FROM entries
            GROUP BY ProjectId, Day),
        l AS (
            SELECT ProjectId, Day, GainInvoiced, GainMeasured, GainEstimated, CostInvoiced, CostMeasured, CostEstimated, EntryCount, CumulativeGain, CumulativeCost
            FROM LedgerDayTotal
            WHERE ProjectId IN (SELECT ProjectId FROM owners) AND EntryCount <> 0),
        g AS (SELECT ProjectId, Category, Day, SUM(G) AS G, SUM(K) AS K, COUNT(*) AS C FROM entries GROUP BY ProjectId, Category, Day),
        c AS (SELECT ProjectId, Category, Day, Gain, Cost, EntryCount FROM LedgerCategoryTotal WHERE ProjectId IN (SELECT ProjectId FROM owners) AND EntryCount <> 0),
        y AS (SELECT SeriesId, Source, Day, COUNT(*) AS C FROM Measurement WHERE SeriesId IN (SELECT SeriesId FROM chosen) GROUP BY SeriesId, Source, Day),
        z AS (SELECT o.SeriesId, o.Source, d.Day, d.FactCount FROM SourceDayTotal d JOIN SeriesSource o ON o.SeriesSourceId = d.SeriesSourceId WHERE o.SeriesId IN (SELECT SeriesId FROM chosen) AND d.FactCount <> 0)
        SELECT COUNT(*)
        FROM (
            SELECT 1 FROM (SELECT * FROM f EXCEPT SELECT * FROM t) UNION ALL SELECT 2 FROM (SELECT * FROM t EXCEPT SELECT * FROM f)
            UNION ALL SELECT 3 FROM (SELECT * FROM e EXCEPT SELECT * FROM l) UNION ALL SELECT 4 FROM (SELECT * FROM l EXCEPT SELECT * FROM e)
            UNION ALL SELECT 5 FROM (SELECT * FROM g EXCEPT SELECT * FROM c) UNION ALL SELECT 6 FROM (SELECT * FROM c EXCEPT SELECT * FROM g)
            UNION ALL SELECT 7 FROM (SELECT * FROM y EXCEPT SELECT * FROM z) UNION ALL SELECT 8 FROM (SELECT * FROM z EXCEPT SELECT * FROM y))
        """;

    /// <summary>Rollup rows that differ from the recount, or are missing, or stand for nothing.</summary>
    /// <param name="connection">Open.</param>
    /// <param name="organisationId">Null for all of them.</param>
    public static long Differences(SqliteConnection connection, long? organisationId = null) => connection.ExecuteScalar<long>(Sql, new { o = organisationId });
}
