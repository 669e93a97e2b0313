using System.Globalization;

namespace KpiApi.Texts;

/// <summary>
/// Numbers, amounts and days as readers of a language write them. The rules stand here and not in the tables of the machine, so that every
/// machine writes the same text: French 1 234,5 with narrow no-break spaces, English 1,234.5; a real minus in both.
/// </summary>
internal sealed class Figures(Language language, int moreDecimals = 0)
{
    // Beyond it lies what Rounded does not look at.
    private const int MostDecimalsMore = 9;

    private const string NoBreak = "\u202f";
    private const string Minus = "\u2212";

    private static readonly NumberFormatInfo French = new() { NumberDecimalSeparator = ",", NumberGroupSeparator = NoBreak };
    private static readonly NumberFormatInfo English = new() { NumberDecimalSeparator = ".", NumberGroupSeparator = "," };

    private static readonly string[] FrenchMonths = ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"];
    private static readonly string[] FrenchShort = ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."];
    private static readonly string[] EnglishMonths = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    // What is longer to write than to read; other currencies go by their code.
    private static readonly Dictionary<string, string> Symbols = new(StringComparer.Ordinal) { ["EUR"] = "€", ["USD"] = "$", ["GBP"] = "£" };

    private bool IsFrench => language == Language.French;

    /// <summary>A value of a KPI in its unit: 25,3 % of the fraction 0.253, 560,40 € of a currency.</summary>
    public string Value(double value, string unit, string? currency) => Write(value, unit, currency, isChange: false);

    /// <summary>A difference of two values of a KPI, with its sign: of percentages it is points.</summary>
    public string Change(double value, string unit, string? currency) => Write(value, unit, currency, isChange: true);

    /// <summary>A size of such a difference, without a sign.</summary>
    public string Size(double value, string unit, string? currency) => Change(Math.Abs(value), unit, currency).TrimStart('+');

    /// <summary>A fraction as a percentage with its sign, such as a drift.</summary>
    public string Share(double fraction) => Sign(fraction * 100, Percent) + Percent(Math.Abs(fraction * 100)) + PercentSign;

    /// <summary>A fraction as a percentage, such as a progress.</summary>
    public string Portion(double fraction) => Value(fraction, "percent", null);

    /// <summary>An amount of money.</summary>
    public string Money(double amount, string currency) => Value(amount, "currency", currency);

    /// <summary>A return: gain to cost.</summary>
    public string Ratio(double ratio) => $"{Plain(ratio)}{NoBreak}:{NoBreak}1";

    /// <summary>Two different figures that a sentence compares: with as many more digits as it takes until they do not read alike.</summary>
    public (string One, string Other) Apart(double one, double other, Func<Figures, double, string> write)
    {
        var (first, second) = (write(this, one), write(this, other));
        return first != second || one == other || moreDecimals == MostDecimalsMore ? (first, second) : new Figures(language, moreDecimals + 1).Apart(one, other, write);
    }

    /// <summary>A number without a unit.</summary>
    public string Plain(double value) => Value(value, "count", null);

    /// <summary>3 mars 2025, 3 March 2025.</summary>
    public string Day(DateOnly day) => $"{DayOfMonth(day)} {MonthName(day)} {day.Year}";

    /// <summary>From a day to a later one, both included, as short as it can be said.</summary>
    public string Period(DateOnly from, DateOnly to)
    {
        var first = (from.Year == to.Year, from.Month == to.Month) switch
        {
            (true, true) => DayOfMonth(from),
            (true, false) => $"{DayOfMonth(from)} {MonthName(from)}",
            _ => Day(from),
        };
        return IsFrench ? $"du {first} au {Day(to)}" : $"from {first} to {Day(to)}";
    }

    /// <summary>mars 2025, March 2025.</summary>
    public string Month(DateOnly day) => $"{MonthName(day)} {day.Year}";

    /// <summary>févr., Feb.</summary>
    public string ShortMonth(DateOnly day) => IsFrench ? FrenchShort[day.Month - 1] : EnglishMonths[day.Month - 1][..3];

    private string PercentSign => IsFrench ? NoBreak + "%" : "%";

    private string Write(double value, string unit, string? currency, bool isChange)
    {
        var size = Math.Abs(value);
        return unit switch
        {
            "currency" => Signed(value, Amount, text => WithCurrency(text, currency ?? "")),
            "percent" when isChange => Signed(value * 100, Percent, text => $"{text} {(IsPlural(size * 100) ? "points" : "point")}"),
            "percent" => Signed(value * 100, Percent, text => text + PercentSign),
            _ => Signed(value, Number, text => text + Unit(unit)),
        };

        string Signed(double number, Func<double, string> write, Func<string, string> complete)
        {
            var sign = Sign(number, write);
            return (sign.Length > 0 && (isChange || number < 0) ? sign : "") + complete(write(Math.Abs(number)));
        }
    }

    private bool IsPlural(double size) => IsFrench ? Rounded(size, 2) >= 2 : Rounded(size, 2) != 1;

    private string WithCurrency(string text, string currency) =>
        IsFrench ? $"{text}{NoBreak}{Symbols.GetValueOrDefault(currency, currency)}"
        : Symbols.TryGetValue(currency, out var symbol) ? symbol + text
        : $"{currency}{NoBreak}{text}";

    private string Unit(string unit) => unit switch
    {
        "seconds" => NoBreak + "s",
        "minutes" => NoBreak + "min",
        "hours" => NoBreak + "h",
        "days" => NoBreak + (IsFrench ? "j" : "d"),
        _ => "",
    };

    // What is written as 0 has no sign.
    private static string Sign(double value, Func<double, string> write) => write(Math.Abs(value)) == write(0) ? "" : value < 0 ? Minus : "+";

    private string Percent(double size) => Write(size, size >= 1 || size == 0 ? 1 : size >= 0.1 ? 2 : 4, isFixed: false);

    private string Amount(double size) => size switch
    {
        >= 10_000 => Write(size, 0, isFixed: false),
        >= 0.1 or 0 => Write(size, 2, isFixed: Rounded(size, 2) % 1 != 0),
        _ => Number(size),
    };

    private string Number(double size) => Write(size, size switch { >= 1000 => 0, >= 10 => 1, >= 1 => 2, >= 0.1 => 3, _ => 6 }, isFixed: false);

    private string Write(double size, int decimals, bool isFixed) => size >= 1e15
        ? size.ToString("0.##E+0", IsFrench ? French : English)
        : Rounded(size, decimals + moreDecimals).ToString(isFixed ? "#,0.00##############" : "#,0.################", IsFrench ? French : English);

    /// <summary>
    /// Half away from zero, of the first twelve digits (large amounts: fifteen): what is a half on one engine must not be less than a half on the other.
    /// </summary>
    private static decimal Rounded(double size, int decimals) => size >= 1e15
        ? decimal.MaxValue
        : decimal.Round(decimal.Parse(size.ToString(size >= 1e9 ? "E14" : "E11", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture), decimals, MidpointRounding.AwayFromZero);

    private string DayOfMonth(DateOnly day) => IsFrench && day.Day == 1 ? "1er" : day.Day.ToString(CultureInfo.InvariantCulture);

    private string MonthName(DateOnly day) => (IsFrench ? FrenchMonths : EnglishMonths)[day.Month - 1];
}
