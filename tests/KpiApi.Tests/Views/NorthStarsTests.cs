using KpiApi.Tests.Support;

namespace KpiApi.Tests.Views;

/// <summary>Steering page 8: months of a North Star.</summary>
public class NorthStarsTests
{
    private static async Task<ViewDb> Given(string asOf, string kpi, string days, string? today = null)
    {
        var db = await ViewDb.Fresh(asOf, today);
        await db.Given("Kpi", "KpiId | " + kpi);
        await db.Given("NorthStar", "NorthStarId\n1");
        await db.Given("KpiDayTotal", "SeriesId | Day | " + days);
        return db;
    }

    [Fact]
    public async Task A_ratio_divides_the_sums_of_the_month()
    {
        await using var db = await Given("2025-03-31", "Aggregation\n1 | ratio", "Numerator | Denominator\n1 | 2025-02-01 | 1 | 10\n1 | 2025-02-28 | 3 | 10\n1 | 2025-03-31 | 1 | 2");
        await db.Expect(
            "SELECT Month, DateKey, Value, Change, ChangePct, IsProvisional FROM NorthStars ORDER BY Month",
            """
            2025-02 | 20250201 | 0.2 | | | 0
            2025-03 | 20250301 | 0.5 | 0.3 | 1.5 | 0
            """);
    }

    [Fact]
    public async Task A_sum_is_the_plain_sum_so_that_it_reconciles_with_the_books()
    {
        await using var db = await Given("2025-03-31", "Aggregation | PerDays\n1 | sum | 30", "Numerator\n1 | 2025-02-01 | 10\n1 | 2025-02-02 | 5\n1 | 2025-03-01 | -3");
        await db.Expect("SELECT Month, Value, Change, ChangePct FROM NorthStars ORDER BY Month", "2025-02 | 15 | |\n2025-03 | -3 | -18 | -1.2");
    }

    [Fact]
    public async Task A_missing_month_leaves_the_next_one_without_a_change()
    {
        await using var db = await Given("2025-04-30", "Aggregation\n1 | last", "LastNumerator\n1 | 2025-02-10 | 7\n1 | 2025-02-12 | 8\n1 | 2025-04-02 | 9");
        await db.Expect("SELECT Month, Value, Change FROM NorthStars ORDER BY Month", "2025-02 | 8 |\n2025-04 | 9 |");
    }

    [Theory]
    [InlineData("2025-03-31", null, 0, "20 | 10 | 0")]
    [InlineData("2025-03-31", "2025-03-31", 0, "20 | | 1")]
    [InlineData("2025-03-30", null, 0, "20 | | 1")]
    [InlineData("2025-04-05", null, 5, "20 | 10 | 0")]
    [InlineData("2025-04-04", null, 5, "20 | | 1")]
    public async Task A_month_is_provisional_until_it_and_the_lag_are_over(string asOf, string? today, int lagDays, string row)
    {
        await using var db = await Given(asOf, $"Aggregation | PerDays | LagDays\n1 | sum | 1 | {lagDays}", "Numerator\n1 | 2025-02-01 | 10\n1 | 2025-03-01 | 20", today);
        await db.Expect("SELECT Value, Change, IsProvisional FROM NorthStars WHERE Month = '2025-03'", row);
    }

    [Fact]
    public async Task Nothing_dated_after_as_of_counts()
    {
        await using var db = await Given("2025-03-10", "Aggregation | PerDays\n1 | sum | 1", "Numerator\n1 | 2025-03-10 | 10\n1 | 2025-03-11 | 20\n1 | 2025-04-11 | 20");
        await db.Expect("SELECT Month, Value FROM NorthStars", "2025-03 | 10");
    }

    [Fact]
    public async Task January_follows_december()
    {
        await using var db = await Given("2025-01-31", "Aggregation | PerDays\n1 | sum | 1", "Numerator\n1 | 2024-12-31 | 10\n1 | 2025-01-01 | 20");
        await db.Expect("SELECT Month, Change FROM NorthStars ORDER BY Month", "2024-12 |\n2025-01 | 10");
    }

    [Fact]
    public async Task Amounts_carry_the_currency_of_the_organisation()
    {
        await using var db = await Given("2025-01-31", "Aggregation | PerDays | Unit\n1 | sum | 1 | currency", "Numerator\n1 | 2025-01-01 | 20");
        await db.Expect("SELECT Unit, Currency FROM NorthStars", "currency | EUR");
    }
}
