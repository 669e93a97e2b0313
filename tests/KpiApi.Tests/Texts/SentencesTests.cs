using KpiApi.Http;
using KpiApi.Steering;
using KpiApi.Texts;

namespace KpiApi.Tests.Texts;

/// <summary>Every code has its words, and the words say the figures.</summary>
public class SentencesTests
{
    private static readonly NamedKpi Rate = new("Taux <b>{0}", "percent", "EUR", 0.30);
    private static readonly ComparedPeriods Periods = new(new(2025, 2, 1), new(2025, 3, 2), new(2025, 5, 2), new(2025, 5, 31));

    public static TheoryData<string, string> Codes
    {
        get
        {
            var codes = new TheoryData<string, string>();
            foreach (var (list, words) in new (string, OneOfAttribute)[]
            {
                ("status", new KpiStatusAttribute()), ("outcome", new OutcomeAttribute()), ("recommendation", new RecommendationAttribute()), ("project", new ProjectStatusAttribute()),
                ("evidence", new EvidenceAttribute()), ("reason", new ReasonAttribute()), ("warning", new PortfolioWarningCodeAttribute()),
            })
            {
                foreach (var code in words.Words)
                {
                    codes.Add(list, code);
                }
            }

            return codes;
        }
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void Every_code_of_every_closed_list_has_words_in_both_languages(string list, string code)
    {
        string? Said(Language language)
        {
            var sentences = new Sentences(language);
            return list switch
            {
                "status" => sentences.Status(code),
                "outcome" => sentences.Outcome(code),
                "recommendation" => sentences.Recommendation(code),
                "project" => sentences.ProjectStatus(code),
                "evidence" => sentences.Evidence(code, Rate, Periods, 0.05, 0.01, 0.09),
                "reason" => sentences.Reason(code, Rate, 0.2, 1.5),
                _ => sentences.Warning(code, "shop", 16, 15),
            };
        }

        var (french, english) = (Said(Language.French), Said(Language.English));
        Assert.False(string.IsNullOrWhiteSpace(french));
        Assert.False(string.IsNullOrWhiteSpace(english));
        Assert.NotEqual(french, english);
    }

    [Theory]
    [InlineData("behind", -0.1843, "Taux <b>{0} : en retard (dérive : −18,4_%), au-delà de la tolérance et du hasard.", "Taux <b>{0}: behind (drift: −18.4%), beyond the tolerance and beyond chance.")]
    [InlineData("achieved", 0.312, "Taux <b>{0} : objectif atteint, 31,2_% pour un objectif de 30_%.", "Taux <b>{0}: target achieved, 31.2% for a target of 30%.")]
    [InlineData("roi-below-threshold", 1.2, "Le ROI est de 1,2_:_1 : les coûts sont couverts, mais le seuil de 1,5_:_1 n'est pas atteint.", "The ROI is 1.2_:_1: costs are covered, but the threshold of 1.5_:_1 is not reached.")]
    public void A_reason_says_its_figure(string code, double value, string french, string english)
    {
        Assert.Equal(french.Replace('_', '\u202f'), new Sentences(Language.French).Reason(code, Rate, value, 1.5));
        Assert.Equal(english.Replace('_', '\u202f'), new Sentences(Language.English).Reason(code, Rate, value, 1.5));
    }

    [Fact]
    public void A_target_that_cannot_be_seen_is_told_with_the_volume_and_the_smallest_visible_change()
    {
        Assert.Equal(
            "+5 points cannot be shown with 60 quotes a month; the smallest visible change is 12.3 points.",
            new Sentences(Language.English).Detectability(Rate, false, 0.05, 0.123, 60, "quotes", 30));
        Assert.Equal(
            "Un changement de +5 points n'est pas démontrable avec 60 devis par mois ; le plus petit changement visible est de 12,3 points.",
            new Sentences(Language.French).Detectability(Rate, false, 0.05, 0.123, 60, "quotes", 30));
        Assert.Equal("+5 points can be shown with 30 measured days; the smallest visible change is 1 point.", new Sentences(Language.English).Detectability(Rate, true, 0.05, 0.01, null, null, 30));
        Assert.Null(new Sentences(Language.English).Detectability(Rate, null, null, null, null, null, 0));
    }

    [Fact]
    public void Evidence_names_both_periods_and_the_season()
    {
        Assert.Equal(
            "Between the period from 1 February to 2 March 2025 and the period from 2 to 31 May 2025 the change is +5 points (99% interval: +1 point to +9 points): the improvement is clear. A before/after contrast can also be the season.",
            new Sentences(Language.English).Evidence("clear", Rate, Periods, 0.05, 0.01, 0.09));
        Assert.EndsWith("Une comparaison avant/après peut aussi ne montrer que la saison.", new Sentences(Language.French).Evidence("insufficient", Rate, Periods, null, null, null), StringComparison.Ordinal);
        Assert.Null(new Sentences(Language.French).Evidence(null, Rate, Periods, null, null, null));
    }

    [Theory]
    [InlineData(null, "fr")]
    [InlineData("", "fr")]
    [InlineData("de", "fr")]
    [InlineData("en", "en")]
    [InlineData("EN-gb", "en")]
    [InlineData("de, en;q=0.5", "en")]
    [InlineData("en;q=0.4, fr-CA;q=0.8", "fr")]
    [InlineData("en;q=0, *", "fr")]
    [InlineData("*, en;q=0.1", "fr")]
    [InlineData(";;;=", "fr")]
    public void A_header_chooses_the_language(string? header, string expected) =>
        Assert.Equal(expected, Languages.Choose(header, Language.French).Tag());
}
