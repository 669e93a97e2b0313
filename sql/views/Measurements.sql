-- One row per fact up to asOf, in natural units. ProjectKpiId and ProjectId are null for facts of a North Star.
CREATE VIEW Measurements AS
SELECT
    m.MeasurementId,
    CASE WHEN se.ProjectId IS NOT NULL THEN se.SeriesId END AS ProjectKpiId,
    se.ProjectId,
    se.ActivityId,
    se.KpiId,
    m.DateKey,
    c.Date,
    m.TimestampUtc,
    CAST(m.Numerator AS FLOAT) / 1000000 AS Numerator,
    CAST(m.Denominator AS FLOAT) / 1000000 AS Denominator,
    m.Source,
    m.ExternalId,
    m.Note,
    m.UpdatedAtUtc
FROM Scope s
JOIN Measurement m ON m.OrganisationId = s.OrganisationId AND m.Day <= s.AsOfDay
JOIN Series se ON se.SeriesId = m.SeriesId
JOIN Calendar c ON c.Day = m.Day;
