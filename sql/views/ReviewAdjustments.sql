-- One row per review up to asOf that decided to adjust, and KPI of its project: drift in the week before the review's, and in the latest judged week since.
-- Effect: pending (no judged week yet), unknown (a week without drift), unclear (within what chance does to two weeks), better or worse.
CREATE VIEW ReviewAdjustments AS
SELECT
    g.ReviewId,
    g.ProjectKpiId,
    g.ProjectId,
    p.Code AS ProjectCode,
    g.KpiId,
    k.Code AS KpiCode,
    c.Date AS ReviewedOn,
    c.DateKey,
    g.WeekBefore,
    g.StatusBefore,
    g.DriftBefore,
    g.WeekSince,
    g.StatusSince,
    g.DriftSince,
    g.DriftSince - g.DriftBefore AS DriftChange,
    CASE
        WHEN g.WeekSince IS NULL AND g.IsOver = 0 THEN 'pending'
        WHEN g.DriftBefore IS NULL OR g.DriftSince IS NULL THEN 'unknown'
        WHEN ROUND(g.DriftSince - g.DriftBefore, 6) = 0 THEN 'unclear'
        WHEN ABS(g.GapSince - g.GapBefore) <= SQRT(g.NoiseBefore * g.NoiseBefore + g.NoiseSince * g.NoiseSince) THEN 'unclear'
        WHEN g.DriftSince > g.DriftBefore THEN 'better'
        ELSE 'worse'
    END AS Effect
FROM (
    SELECT
        u.ReviewId,
        u.ProjectId,
        u.ProjectKpiId,
        u.KpiId,
        u.ReviewedDay,
        MAX(u.IsOver) AS IsOver,
        MAX(u.WeekBefore) AS WeekBefore,
        MAX(u.StatusBefore) AS StatusBefore,
        MAX(u.DriftBefore) AS DriftBefore,
        MAX(u.GapBefore) AS GapBefore,
        MAX(u.NoiseBefore) AS NoiseBefore,
        MAX(u.WeekSince) AS WeekSince,
        MAX(u.StatusSince) AS StatusSince,
        MAX(u.DriftSince) AS DriftSince,
        MAX(u.GapSince) AS GapSince,
        MAX(u.NoiseSince) AS NoiseSince
    FROM (
        SELECT
            a.ReviewId,
            a.ProjectId,
            a.ProjectKpiId,
            a.KpiId,
            a.ReviewedDay,
            a.IsOver,
            w.Week AS WeekBefore,
            w.Status AS StatusBefore,
            w.Drift AS DriftBefore,
            w.Gap AS GapBefore,
            w.Noise AS NoiseBefore,
            NULL AS WeekSince,
            NULL AS StatusSince,
            CAST(NULL AS FLOAT) AS DriftSince,
            CAST(NULL AS FLOAT) AS GapSince,
            CAST(NULL AS FLOAT) AS NoiseSince
        FROM ReviewAdjustmentWeeks a
        JOIN KpiWeeks w ON w.ProjectKpiId = a.ProjectKpiId AND w.WeekStartDay = a.BeforeWeekDay
        WHERE w.IsProvisional = 0
        UNION ALL
        SELECT
            a.ReviewId,
            a.ProjectId,
            a.ProjectKpiId,
            a.KpiId,
            a.ReviewedDay,
            a.IsOver,
            NULL AS WeekBefore,
            NULL AS StatusBefore,
            CAST(NULL AS FLOAT) AS DriftBefore,
            CAST(NULL AS FLOAT) AS GapBefore,
            CAST(NULL AS FLOAT) AS NoiseBefore,
            w.Week AS WeekSince,
            w.Status AS StatusSince,
            w.Drift AS DriftSince,
            w.Gap AS GapSince,
            w.Noise AS NoiseSince
        FROM ReviewAdjustmentWeeks a
        JOIN KpiWeeks w ON w.ProjectKpiId = a.ProjectKpiId AND w.WeekStartDay = a.SinceWeekDay
        UNION ALL
        SELECT
            a.ReviewId,
            a.ProjectId,
            a.ProjectKpiId,
            a.KpiId,
            a.ReviewedDay,
            a.IsOver,
            NULL AS WeekBefore,
            NULL AS StatusBefore,
            NULL AS DriftBefore,
            NULL AS GapBefore,
            NULL AS NoiseBefore,
            NULL AS WeekSince,
            NULL AS StatusSince,
            NULL AS DriftSince,
            NULL AS GapSince,
            NULL AS NoiseSince
        FROM ReviewAdjustmentWeeks a
    ) u
    GROUP BY u.ReviewId, u.ProjectId, u.ProjectKpiId, u.KpiId, u.ReviewedDay
) g
JOIN Project p ON p.ProjectId = g.ProjectId
JOIN Kpi k ON k.KpiId = g.KpiId
JOIN Calendar c ON c.Day = g.ReviewedDay;
