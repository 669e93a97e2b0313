using System.Globalization;
using System.Numerics;
using System.Text;
using KpiApi.Http;

namespace KpiApi.Tests.Http;

/// <summary>Numbers are rounded once, from their digits, half away from zero, and refused beyond their limit.</summary>
public class ExactNumberTests
{
    private const long Fact = 1_000_000_000;
    private const long Money = 100_000_000_000;

    [Theory]
    [InlineData("0", 0)]
    [InlineData("-0", 0)]
    [InlineData("0.0000004", 0)]
    [InlineData("0.00000049999999999999999999999999999999999", 0)]
    [InlineData("0.0000005", 1)]
    [InlineData("-0.0000005", -1)]
    [InlineData("-0.00000049", 0)]
    [InlineData("0.0000015", 2)]
    [InlineData("0.0000025", 3)]
    [InlineData("-0.0000025", -3)]
    [InlineData("1.0000005", 1000001)]
    [InlineData("0.1", 100000)]
    [InlineData("1e-6", 1)]
    [InlineData("5e-7", 1)]
    [InlineData("4.9e-7", 0)]
    [InlineData("1E2", 100000000)]
    [InlineData("1e+2", 100000000)]
    [InlineData("0.00001e3", 10000)]
    [InlineData("999999999.9999994", 999999999999999)]
    [InlineData("999999999.9999995", 1000000000000000)]
    [InlineData("1000000000", 1000000000000000)]
    [InlineData("1000000000.0000000000", 1000000000000000)]
    [InlineData("-1e9", -1000000000000000)]
    [InlineData("0e999999999999999999999", 0)]
    [InlineData("1e-999999999999999999999", 0)]
    public void A_fact_is_rounded_to_six_decimals(string digits, long expected)
    {
        Assert.True(new ExactNumber(digits).TryUnits(6, Fact, out var units));
        Assert.Equal(expected, units);
    }

    [Theory]
    [InlineData("1000000000.0000001")]
    [InlineData("-1000000000.0000001")]
    [InlineData("1000000000.0000000000000000000000000000000000000001")]
    [InlineData("1000000000.000001")]
    [InlineData("1000000001")]
    [InlineData("1e10")]
    [InlineData("1e400")]
    [InlineData("-1e400")]
    [InlineData("1e999999999999999999999")]
    [InlineData("9223372036854.775807")]
    [InlineData("9223372036854775807")]
    [InlineData("18446744073709551617")]
    public void A_fact_beyond_a_milliard_is_refused(string digits) => Assert.False(new ExactNumber(digits).TryUnits(6, Fact, out _));

    [Theory]
    [InlineData(6, Fact)]
    [InlineData(4, Money)]
    public void Random_digits_give_what_exact_arithmetic_gives(int decimals, long largest)
    {
        var random = new Random(20260202 + decimals);
        var inRange = 0;
        for (var round = 0; round < 40_000; round++)
        {
            var digits = round % 4 == 0 ? NearALimit(random, decimals, largest) : Digits(random);
            var (expected, fits) = Oracle(digits, decimals, largest);
            var answered = new ExactNumber(digits).TryUnits(decimals, largest, out var units);
            Assert.True(answered == fits, $"{digits}: {answered} instead of {fits}");
            if (fits)
            {
                inRange++;
                Assert.True(expected == units, $"{digits}: {units} instead of {expected}");
            }
        }

        Assert.InRange(inRange, 10_000, 39_000);
    }

    [Fact]
    public void Random_decimals_give_what_System_Decimal_gives()
    {
        var random = new Random(7);
        for (var round = 0; round < 20_000; round++)
        {
            var number = new decimal(random.Next(), random.Next(), 0, random.Next(2) == 0, (byte)random.Next(8, 20));
            var fits = Math.Abs(number) <= Fact;
            Assert.Equal(fits, new ExactNumber(number.ToString(CultureInfo.InvariantCulture)).TryUnits(6, Fact, out var units));
            if (fits)
            {
                Assert.Equal(decimal.Round(number, 6, MidpointRounding.AwayFromZero) * 1_000_000m, units);
            }
        }
    }

    // value = mantissa · 10^exponent as integers; nothing is lost.
    private static (BigInteger Units, bool Fits) Oracle(string digits, int decimals, long largest)
    {
        var negative = digits[0] == '-';
        var text = digits.TrimStart('-');
        var e = text.IndexOfAny(['e', 'E']);
        var exponent = e < 0 ? 0 : int.Parse(text[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        text = e < 0 ? text : text[..e];
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var mantissa = BigInteger.Parse(text.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        exponent -= point < 0 ? 0 : text.Length - point - 1;

        // As a fraction of integers, in units.
        var shift = exponent + decimals;
        var numerator = mantissa * BigInteger.Pow(10, Math.Max(0, shift));
        var denominator = BigInteger.Pow(10, Math.Max(0, -shift));
        var units = (2 * numerator + denominator) / (2 * denominator);
        return (negative ? -units : units, numerator <= new BigInteger(largest) * BigInteger.Pow(10, decimals) * denominator);
    }

    private static string Digits(Random random)
    {
        var text = new StringBuilder(random.Next(2) == 0 ? "-" : "");
        var whole = random.Next(3) == 0 ? "0" : random.Next(1, 10) + Tail(random, random.Next(0, 14));
        text.Append(whole);
        if (random.Next(4) > 0)
        {
            text.Append('.').Append(Tail(random, random.Next(1, 41)));
        }

        if (random.Next(3) == 0)
        {
            text.Append(random.Next(2) == 0 ? 'e' : 'E').Append(random.Next(3) switch { 0 => "+", 1 => "-", _ => "" }).Append(random.Next(random.Next(10) == 0 ? 400 : 16));
        }

        return text.ToString();
    }

    // Halves, limits and their neighbours, which random digits hardly ever meet.
    private static string NearALimit(Random random, int decimals, long largest)
    {
        var whole = random.Next(2) == 0 ? largest - 1 : largest;
        var sign = random.Next(2) == 0 ? "-" : "";
        var fraction = random.Next(5) switch
        {
            0 => new string('9', decimals) + random.Next(10) + Tail(random, random.Next(0, 30)),
            1 => new string('0', decimals) + random.Next(10) + Tail(random, random.Next(0, 30)),
            2 => new string('0', random.Next(1, 50)),
            3 => new string('0', random.Next(1, 50)) + "1",
            _ => Tail(random, decimals) + "5" + new string('0', random.Next(0, 30)),
        };
        return $"{sign}{whole}.{fraction}";
    }

    // Many noughts, nines and fives: where rounding happens.
    private static string Tail(Random random, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => random.Next(2) == 0 ? "0950"[random.Next(4)] : (char)('0' + random.Next(10))));
}
