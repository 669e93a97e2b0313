using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Storage;

namespace KpiApi.Measurements;

/// <summary>Where a fact belongs: a project KPI, or a North Star of an activity.</summary>
internal sealed record Series
{
    public long SeriesId { get; init; }

    public string Aggregation { get; init; } = "";

    public bool IsNorthStar { get; init; }

    public int? ClosedOnDay { get; init; }
}

/// <summary>A fact that passed every rule. Numerator and denominator are integers of 1/1,000,000.</summary>
internal sealed record Fact
{
    public const int Decimals = 6;
    public const long One = 1_000_000;

    public required Series Series { get; init; }

    public required DateOnly Date { get; init; }

    public required string? TimestampUtc { get; init; }

    public required long Numerator { get; init; }

    public required long Denominator { get; init; }

    public required string Source { get; init; }

    public required string ExternalId { get; init; }

    /// <summary>The sender named no externalId, so the day or the instant stands for it.</summary>
    public required bool IsImplicit { get; init; }

    public required string? Note { get; init; }

    public (long SeriesId, string Source, string ExternalId) Identity => (Series.SeriesId, Source, ExternalId);

    /// <summary>True also for an externalId that looks like the day or the instant which another row may leave to stand for it.</summary>
    public bool MayBeImplicit => IsImplicit || (ExternalId.Length is 10 or 28 && ExternalId[4] == '-');

    public bool SaysTheSameAs(Fact other) => Date == other.Date && TimestampUtc == other.TimestampUtc && Numerator == other.Numerator && Denominator == other.Denominator;

    /// <summary>The fact that a row states, or null with its faults added.</summary>
    public static Fact? From(MeasurementBody row, Series series, Caller caller, DateTimeOffset now, Errors errors)
    {
        var (date, timestamp) = When(row, caller, now, errors);
        var (numerator, denominator) = Sides(row, series.Aggregation, errors);
        RowText.Check("/source", row.Source, 100, errors);
        RowText.Check("/externalId", row.ExternalId, 200, errors);
        if (row.Note?.Length > Limits.NoteCharacters)
        {
            errors.Add("/note", $"must have at most {Limits.NoteCharacters} characters.");
        }

        if (series.ClosedOnDay is { } closed && errors.Count == 0 && Days.Number(date) > closed)
        {
            errors.Add(row.Timestamp is null ? "/date" : "/timestamp", $"is after {Days.Text(closed)}, the day on which the project was closed.");
        }

        return errors.Count > 0 ? null : new Fact
        {
            Series = series,
            Date = date,
            TimestampUtc = timestamp,
            Numerator = numerator,
            Denominator = denominator,
            Source = row.Source ?? "api",
            ExternalId = row.ExternalId ?? timestamp ?? row.Date!,
            IsImplicit = row.ExternalId is null,
            Note = row.Note,
        };
    }

    private static (DateOnly Date, string? Timestamp) When(MeasurementBody row, Caller caller, DateTimeOffset now, Errors errors)
    {
        var date = default(DateOnly);
        string? timestamp = null;
        var pointer = row.Timestamp is null ? "/date" : "/timestamp";
        if (row.Date is null == row.Timestamp is null)
        {
            errors.Add(pointer, "give either date or timestamp.");
            return default;
        }

        if (row.Date is not null)
        {
            if (!Days.TryParse(row.Date, out date))
            {
                errors.Add(pointer, "must be a day as YYYY-MM-DD.");
                return default;
            }
        }
        else
        {
            if (!Instants.TryRead(row.Timestamp!, out var instant))
            {
                errors.Add(pointer, "must be an instant as YYYY-MM-DDThh:mm:ss with Z or an offset.");
                return default;
            }

            // Clocks differ a little; a minute ahead is still now.
            if (instant > now.AddMinutes(1))
            {
                errors.Add(pointer, "is in the future.");
                return default;
            }

            date = caller.DayOf(instant);
            timestamp = Instants.Precise(instant);
        }

        if (!Days.InCalendar(date))
        {
            errors.Add(pointer, $"must lie from {Days.First:yyyy-MM-dd} to {Days.Last:yyyy-MM-dd}.");
        }
        else if (date > caller.Today)
        {
            errors.Add(pointer, $"is in the future: today is {caller.Today:yyyy-MM-dd} for this organisation.");
        }

        return (date, timestamp);
    }

    private static (long Numerator, long Denominator) Sides(MeasurementBody row, string aggregation, Errors errors)
    {
        if (aggregation == "ratio")
        {
            if (row.Value is not null)
            {
                errors.Add("/value", "denominator-required: a ratio KPI takes numerator and denominator, not value.", ProblemType.DenominatorRequired);
            }
            else if (row.Numerator is null || row.Denominator is null)
            {
                errors.Add(row.Denominator is null ? "/denominator" : "/numerator", "denominator-required: a ratio KPI takes numerator and denominator; two systems may each post one side, with 0 on the other.", ProblemType.DenominatorRequired);
            }

            return (Units("/numerator", row.Numerator, errors), Units("/denominator", row.Denominator, errors));
        }

        foreach (var (pointer, side) in new[] { ("/numerator", row.Numerator), ("/denominator", row.Denominator) })
        {
            if (side is not null)
            {
                errors.Add(pointer, $"does not go with a {aggregation} KPI, which takes value.");
            }
        }

        if (row.Value is null)
        {
            errors.Add("/value", "is required.");
        }

        return (Units("/value", row.Value, errors), One);
    }

    private static long Units(string pointer, ExactNumber? number, Errors errors)
    {
        if (number is not { } given)
        {
            return 0;
        }

        if (!given.TryUnits(Decimals, Limits.FactSize, out var units))
        {
            errors.Add(pointer, "must be from -1000000000 to 1000000000.");
        }

        return units;
    }
}
