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

    public static async Task Fill(DbConnection connection, DbTransaction transaction)
    {
        if (await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM Calendar", transaction: transaction) > 0)
        {
            return;
        }

        var days = Enumerable.Range(0, Days.Last.DayNumber - Days.First.DayNumber + 1).Select(offset => Days.First.AddDays(offset)).ToList();
        await connection.ExecuteAsync(InsertDay, days.Select(Row), transaction);
        var mondays = days.Select(Monday).Distinct();
        await connection.ExecuteAsync(InsertWeek, mondays.Select(monday => new { WeekStartDay = Days.Number(monday), Week = Week(monday), WeekStart = Iso(monday), DateKey = Days.Key(monday) }), transaction);
    }

    /// <summary>2025-W01: the ISO week, with its own year.</summary>
    public static string Week(DateOnly date)
    {
        var time = date.ToDateTime(TimeOnly.MinValue);
        return string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(time):D4}-W{ISOWeek.GetWeekOfYear(time):D2}");
    }

    private static object Row(DateOnly date)
    {
        var time = date.ToDateTime(TimeOnly.MinValue);
        var monthStart = new DateOnly(date.Year, date.Month, 1);
        return new
        {
            Day = Days.Number(date),
            DateKey = Days.Key(date),
            Date = Iso(date),
            date.Year,
            Quarter = (date.Month + 2) / 3,
            date.Month,
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

    private static DateOnly Monday(DateOnly date) => date.AddDays(-(((int)date.DayOfWeek + 6) % 7));

    private static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
