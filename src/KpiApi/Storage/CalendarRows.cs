using System.Data.Common;
using System.Globalization;
using Dapper;

namespace KpiApi.Storage;

/// <summary>The calendar, computed once and stored, so that no view and no reader needs date functions.</summary>
internal static class CalendarRows
{
    private const string InsertDay = """
        INSERT INTO Calendar (Day, DateKey, Date, Year, Quarter, Month, MonthNameFr, MonthNameEn, IsoYear, IsoWeek, WeekStartDay, MonthNumber, MonthKey, MonthStartDay, MonthEndDay)
        VALUES (@Day, @DateKey, @Date, @Year, @Quarter, @Month, @MonthNameFr, @MonthNameEn, @IsoYear, @IsoWeek, @WeekStartDay, @MonthNumber, @MonthKey, @MonthStartDay, @MonthEndDay)
        """;

    private const string InsertWeek = "INSERT INTO CalendarWeek (WeekStartDay, Week, WeekStart, DateKey) VALUES (@WeekStartDay, @Week, @WeekStart, @DateKey)";

    // Written out: month names must not change with the culture data of the machine that deploys.
    private static readonly string[] French = ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"];
    private static readonly string[] English = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    public static async Task Fill(Dialect dialect, DbConnection connection, DbTransaction transaction, CancellationToken cancellation)
    {
        if (await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM Calendar", transaction: transaction) > 0)
        {
            return;
        }

        var days = Enumerable.Range(0, Days.Last.DayNumber - Days.First.DayNumber + 1).Select(offset => Days.First.AddDays(offset)).ToList();
        await dialect.InsertMany(connection, transaction, "Calendar", InsertDay, days.Select(DayRow.Of).ToList(), cancellation);
        var weeks = days.Select(Monday).Distinct().Select(monday => new WeekRow(Days.Number(monday), Week(monday), Iso(monday), Days.Key(monday)));
        await dialect.InsertMany(connection, transaction, "CalendarWeek", InsertWeek, weeks.ToList(), cancellation);
    }

    /// <summary>2025-W01: the ISO week, with its own year.</summary>
    public static string Week(DateOnly date)
    {
        var time = date.ToDateTime(TimeOnly.MinValue);
        return string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(time):D4}-W{ISOWeek.GetWeekOfYear(time):D2}");
    }

    private static DateOnly Monday(DateOnly date) => date.AddDays(-(((int)date.DayOfWeek + 6) % 7));

    private static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private sealed record WeekRow(int WeekStartDay, string Week, string WeekStart, int DateKey);

    private sealed record DayRow
    {
        public required int Day { get; init; }

        public required int DateKey { get; init; }

        public required string Date { get; init; }

        public required int Year { get; init; }

        public required int Quarter { get; init; }

        public required int Month { get; init; }

        public required string MonthNameFr { get; init; }

        public required string MonthNameEn { get; init; }

        public required int IsoYear { get; init; }

        public required int IsoWeek { get; init; }

        public required int WeekStartDay { get; init; }

        public required int MonthNumber { get; init; }

        public required string MonthKey { get; init; }

        public required int MonthStartDay { get; init; }

        public required int MonthEndDay { get; init; }

        public static DayRow Of(DateOnly date)
        {
            var time = date.ToDateTime(TimeOnly.MinValue);
            var monthStart = new DateOnly(date.Year, date.Month, 1);
            return new DayRow
            {
                Day = Days.Number(date),
                DateKey = Days.Key(date),
                Date = Iso(date),
                Year = date.Year,
                Quarter = (date.Month + 2) / 3,
                Month = date.Month,
                MonthNameFr = French[date.Month - 1],
                MonthNameEn = English[date.Month - 1],
                IsoYear = ISOWeek.GetYear(time),
                IsoWeek = ISOWeek.GetWeekOfYear(time),
                WeekStartDay = Days.Number(Monday(date)),
                MonthNumber = date.Year * 12 + date.Month - 1,
                MonthKey = Iso(date)[..7],
                MonthStartDay = Days.Number(monthStart),
                MonthEndDay = Days.Number(monthStart.AddMonths(1).AddDays(-1)),
            };
        }
    }
}
