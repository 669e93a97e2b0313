using System.Globalization;
using KpiApi.Texts;

namespace KpiApi.Tests.Texts;

/// <summary>Numbers and days as readers of French and English write them. _ stands for the narrow no-break space, - for the minus.</summary>
public class FiguresTests
{
    [Theory]
    [InlineData(1234.5, "count", "1_235", "1,235")]
    [InlineData(123.45, "count", "123,5", "123.5")]
    [InlineData(-0.0634, "count", "-0,0634", "-0.0634")]
    [InlineData(0, "count", "0", "0")]
    [InlineData(-0.0000001, "count", "0", "0")]
    [InlineData(0.253, "percent", "25,3_%", "25.3%")]
    [InlineData(0.25, "percent", "25_%", "25%")]
    [InlineData(0.00423, "percent", "0,42_%", "0.42%")]
    [InlineData(-0.1234, "percent", "-12,3_%", "-12.3%")]
    [InlineData(560.4, "currency", "560,40_€", "€560.40")]
    [InlineData(560, "currency", "560_€", "€560")]
    [InlineData(-1234567.8, "currency", "-1_234_568_€", "-€1,234,568")]
    [InlineData(0.004, "currency", "0,004_€", "€0.004")]
    [InlineData(151.26, "seconds", "151,3_s", "151.3_s")]
    [InlineData(47.5, "minutes", "47,5_min", "47.5_min")]
    [InlineData(3.25, "hours", "3,25_h", "3.25_h")]
    [InlineData(2, "days", "2_j", "2_d")]
    [InlineData(1.5, "ratio", "1,5", "1.5")]
    // Halves go away from zero, on whichever side of them an engine ends.
    [InlineData(0.0455, "percent", "4,6_%", "4.6%")]
    [InlineData(0.04549999999999, "percent", "4,6_%", "4.6%")]
    [InlineData(0.04550000000001, "percent", "4,6_%", "4.6%")]
    [InlineData(2e15, "count", "2E+15", "2E+15")]
    public void A_value_is_written_in_its_unit(double value, string unit, string french, string english)
    {
        Assert.Equal(Spelled(french), new Figures(Language.French).Value(value, unit, "EUR"));
        Assert.Equal(Spelled(english), new Figures(Language.English).Value(value, unit, "EUR"));
    }

    [Theory]
    [InlineData(0.05, "percent", "+5 points", "+5 points")]
    [InlineData(-0.018, "percent", "-1,8 point", "-1.8 points")]
    [InlineData(0.01, "percent", "+1 point", "+1 point")]
    [InlineData(60, "currency", "+60_CHF", "+CHF_60")]
    [InlineData(-7.5, "minutes", "-7,5_min", "-7.5_min")]
    [InlineData(0, "count", "0", "0")]
    public void A_change_has_a_sign_and_that_of_a_percentage_is_points(double value, string unit, string french, string english)
    {
        Assert.Equal(Spelled(french), new Figures(Language.French).Change(value, unit, "CHF"));
        Assert.Equal(Spelled(english), new Figures(Language.English).Change(value, unit, "CHF"));
    }

    [Fact]
    public void Shares_and_ratios_are_written()
    {
        Assert.Equal(Spelled("-18,4_%"), new Figures(Language.French).Share(-0.18429));
        Assert.Equal("+3.2%", new Figures(Language.English).Share(0.032));
        Assert.Equal(Spelled("2,4_:_1"), new Figures(Language.French).Ratio(2.4));
    }

    [Theory]
    [InlineData("2025-01-01", "2025-01-30", "du 1er au 30 janvier 2025", "from 1 to 30 January 2025")]
    [InlineData("2025-04-02", "2025-05-01", "du 2 avril au 1er mai 2025", "from 2 April to 1 May 2025")]
    [InlineData("2024-12-03", "2025-01-01", "du 3 décembre 2024 au 1er janvier 2025", "from 3 December 2024 to 1 January 2025")]
    public void A_period_is_as_short_as_it_can_be_said(string from, string to, string french, string english)
    {
        Assert.Equal(french, new Figures(Language.French).Period(Date(from), Date(to)));
        Assert.Equal(english, new Figures(Language.English).Period(Date(from), Date(to)));
    }

    [Theory]
    [InlineData("tr-TR")]
    [InlineData("fr-CA")]
    [InlineData("")]
    public void The_machine_decides_nothing(string culture)
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            Assert.Equal(Spelled("-1_234,50_€"), new Figures(Language.French).Money(-1234.5, "EUR"));
            Assert.Equal("March 2025", new Figures(Language.English).Month(new DateOnly(2025, 3, 1)));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static string Spelled(string text) => text.Replace('_', '\u202f').Replace('-', '\u2212');

    private static DateOnly Date(string day) => DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
