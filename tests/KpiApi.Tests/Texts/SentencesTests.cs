using KpiApi.Http;
using KpiApi.Reviews;
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
                "evidence" => sentences.Evidence(code, Rate, "ratio", false, Periods, 0.05, 0.01, 0.09),
                "reason" => sentences.Reason(code, Rate, 0.2, 0.01, 1.5),
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
        Assert.Equal(french.Replace('_', '\u202f'), new Sentences(Language.French).Reason(code, Rate, value, 0.01, 1.5));
        Assert.Equal(english.Replace('_', '\u202f'), new Sentences(Language.English).Reason(code, Rate, value, 0.01, 1.5));
    }

    [Theory]
    [InlineData("behind", -0.2, 0.01, "Rate : en retard (dérive : −20_%), au-delà de la tolérance et du hasard.", "Rate: behind (drift: −20%), beyond the tolerance and beyond chance.")]
    [InlineData("behind", -0.2, null, "Rate : en retard (dérive : −20_%), au-delà de la tolérance.", "Rate: behind (drift: −20%), beyond the tolerance.")]
    [InlineData("behind", null, 0.01, "Rate : en retard.", "Rate: behind.")]
    [InlineData("behind", null, null, "Rate : en retard.", "Rate: behind.")]
    [InlineData("at_risk", -0.02, 0.01, "Rate : sous la trajectoire (dérive : −2_%), mais dans la tolérance ou dans ce que fait le hasard.", "Rate: below the trajectory (drift: −2%), but within the tolerance or within what chance does.")]
    [InlineData("at_risk", -0.02, null, "Rate : sous la trajectoire (dérive : −2_%), mais dans la tolérance.", "Rate: below the trajectory (drift: −2%), but within the tolerance.")]
    public void A_reason_names_only_the_margins_that_there_are(string code, double? drift, double? noise, string french, string english) =>
        Assert.Equal(
            (french.Replace('_', '\u202f'), english),
            (new Sentences(Language.French).Reason(code, Rate with { Name = "Rate" }, drift, noise, 1.5), new Sentences(Language.English).Reason(code, Rate with { Name = "Rate" }, drift, noise, 1.5)));

    [Theory]
    [InlineData("roi-below-threshold", 2245.50 / 1499, 1.5, "Le ROI est de 1,498_:_1 : les coûts sont couverts, mais le seuil de 1,5_:_1 n'est pas atteint.")]
    [InlineData("roi-below-threshold", 1.4999999, 1.5, "Le ROI est de 1,4999999_:_1 : les coûts sont couverts, mais le seuil de 1,5_:_1 n'est pas atteint.")]
    [InlineData("roi-below-one", 0.9996, 1.5, "Le ROI est de 0,9996_:_1 : le projet rapporte moins qu'il ne coûte.")]
    [InlineData("roi-reached", 1.5, 1.5, "Le ROI est de 1,5_:_1 : le seuil de 1,5_:_1 est atteint.")]
    [InlineData("roi-reached", 1.503, 1.5, "Le ROI est de 1,503_:_1 : le seuil de 1,5_:_1 est atteint.")]
    public void A_return_never_reads_like_what_it_falls_short_of(string code, double ratio, double threshold, string french)
    {
        Assert.Equal(french.Replace('_', '\u202f'), new Sentences(Language.French).Reason(code, null, ratio, null, threshold));
        Assert.Equal(french.Replace('_', '\u202f'), new Sentences(Language.French).Return(ratio, threshold, code == "roi-reached", null));
    }

    [Theory]
    [InlineData("missed", "ratio", 2245.50 / 1499, 1.5, "target missed, 1.498 for a target of 1.5.")]
    [InlineData("missed", "percent", 0.29996, 0.30, "target missed, 29.996% for a target of 30%.")]
    [InlineData("missed", "currency", 539.999, 540, "target missed, €539.999 for a target of €540.")]
    [InlineData("missed", "currency", 12344.8, 12345.2, "target missed, €12,344.8 for a target of €12,345.2.")]
    // Of two figures that are equal to the outcome, more digits would show a difference that it does not make.
    [InlineData("achieved", "ratio", 1.4999999, 1.5, "target achieved, 1.5 for a target of 1.5.")]
    public void A_missed_target_never_reads_like_what_was_reached(string code, string unit, double final, double target, string said) =>
        Assert.Equal("Rate: " + said, new Sentences(Language.English).Reason(code, new NamedKpi("Rate", unit, "EUR", target), final, null, 1.5));

    [Fact]
    public void A_target_that_cannot_be_seen_is_told_with_the_volume_and_the_smallest_visible_change()
    {
        Assert.Equal(
            "+5 points cannot be shown with 60 quotes a month; the smallest visible change is 12.3 points.",
            new Sentences(Language.English).Detectability(Rate, false, false, 0.05, 0.123, 60, "quotes", 30));
        Assert.Equal(
            "Un changement de +5 points n'est pas démontrable avec 60 devis par mois ; le plus petit changement visible est de 12,3 points.",
            new Sentences(Language.French).Detectability(Rate, false, false, 0.05, 0.123, 60, "quotes", 30));
        Assert.Equal("+5 points can be shown with 30 measured days; the smallest visible change is 1 point.", new Sentences(Language.English).Detectability(Rate, false, true, 0.05, 0.01, null, null, 30));
        Assert.Null(new Sentences(Language.English).Detectability(Rate, null, null, null, null, null, null, 0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.05)]
    public void A_target_that_the_baseline_meets_asks_for_no_change(double change)
    {
        Assert.Equal("La valeur de départ atteint déjà l'objectif : il n'y a pas de changement à rendre visible.", new Sentences(Language.French).Detectability(Rate, true, null, change, null, null, null, 0));
        Assert.Equal("The baseline already meets the target: there is no change to show.", new Sentences(Language.English).Detectability(Rate, true, true, change, 0.01, 60, "quotes", 30));
    }

    [Fact]
    public void A_recommendation_is_a_sentence() =>
        Assert.Equal(
            ["The method recommends continuing the project.", "The method recommends adjusting the project.", "The method recommends stopping the project."],
            new DecisionAttribute().Words.Select(new Sentences(Language.English).Advice));

    [Theory]
    [InlineData("ratio", false, 0.05, "Between the period from 1 February to 2 March 2025 and the period from 2 to 31 May 2025 too little was measured to establish a change.")]
    [InlineData("last", false, 0.05, "Between the period from 1 February to 2 March 2025 and the period from 2 to 31 May 2025 the change is +5 points: two latest values cannot tell whether that is chance.")]
    [InlineData("last", false, null, "Between the period from 1 February to 2 March 2025 and the period from 2 to 31 May 2025 too little was measured to establish a change.")]
    [InlineData("ratio", true, 0.05, "The baseline was declared and not measured: a change up to the period from 2 to 31 May 2025 cannot be told from chance.")]
    [InlineData("last", true, 0.05, "The baseline was declared and not measured: a change up to the period from 2 to 31 May 2025 cannot be told from chance.")]
    [InlineData("ledger", false, 1.6, "The project's gains and costs add up from the beginning: there is no period before to compare with.")]
    public void Insufficient_evidence_says_what_it_lacks(string aggregation, bool isDeclared, double? change, string said)
    {
        var season = aggregation == "ledger" ? "" : " A before/after contrast can also be the season.";
        Assert.Equal(said + season, new Sentences(Language.English).Evidence("insufficient", Rate, aggregation, isDeclared, Periods, change, null, null));
        Assert.Equal(aggregation != "ledger", new Sentences(Language.French).Evidence("insufficient", Rate, aggregation, isDeclared, Periods, change, null, null)!.EndsWith("que la saison.", StringComparison.Ordinal));
    }

    [Fact]
    public void Evidence_names_both_periods_and_the_season()
    {
        Assert.Equal(
            "Between the period from 1 February to 2 March 2025 and the period from 2 to 31 May 2025 the change is +5 points (99% interval: +1 point to +9 points): the improvement is clear. A before/after contrast can also be the season.",
            new Sentences(Language.English).Evidence("clear", Rate, "ratio", false, Periods, 0.05, 0.01, 0.09));
        Assert.EndsWith("Une comparaison avant/après peut aussi ne montrer que la saison.", new Sentences(Language.French).Evidence("insufficient", Rate, "ratio", false, Periods, null, null, null), StringComparison.Ordinal);
        Assert.Null(new Sentences(Language.French).Evidence(null, Rate, "ratio", false, Periods, null, null, null));
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
