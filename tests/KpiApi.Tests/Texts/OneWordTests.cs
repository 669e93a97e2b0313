using System.Text.RegularExpressions;
using KpiApi.Connect;
using KpiApi.Feeds;
using KpiApi.Http;
using KpiApi.Reviews;
using KpiApi.Tests.Docs;
using KpiApi.Texts;

namespace KpiApi.Tests.Texts;

/// <summary>A notion has one French word, that of the sentences and the pack, wherever it is read: Looker Studio and the feeds, Power BI, the connectors.</summary>
public partial class OneWordTests
{
    private static readonly Sentences French = new(Language.French);

    /// <summary>What was once said beside those words. A new text that needs one of them means something else: take it out here.</summary>
    [GeneratedRegex(@"\b(bonne voie|à risque|dans les temps|cibles?|références?|avancement|évolution|rendement|bimensuel\w*|brouillons?|sans données)\b", RegexOptions.IgnoreCase)]
    private static partial Regex OtherWord();

    [GeneratedRegex(@"(\w+) \(([^)]+)\)")]
    private static partial Regex CodeAndWord();

    [Theory]
    [InlineData("kpi-status", "Status")]
    [InlineData("kpi-outcomes", "Outcome")]
    [InlineData("portfolio", "Recommendation")]
    [InlineData("reviews", "Decision")]
    [InlineData("projects", "ProjectStatus")]
    [InlineData("reviews", "ReviewKind")]
    public void A_code_has_the_word_that_sentences_have(string url, string name)
    {
        var (codes, word) = ((OneOfAttribute, Func<string, string?>))(name switch
        {
            "Status" => (new KpiStatusAttribute(), French.Status),
            "Outcome" => (new OutcomeAttribute(), French.Outcome),
            "Recommendation" => (new RecommendationAttribute(), French.Recommendation),
            "Decision" => (new DecisionAttribute(), French.Recommendation),
            "ProjectStatus" => (new ProjectStatusAttribute(), French.ProjectStatus),
            _ => (new ReviewKindAttribute(), code => French.ReviewKind(code)["revue ".Length..]),
        });
        Assert.Equal(
            codes.Words.ToDictionary(code => code, word),
            CodeAndWord().Matches(Of(url, name).Description).ToDictionary(match => match.Groups[1].Value, match => (string?)match.Groups[2].Value));
    }

    [Theory]
    [InlineData("KpisOnTrack", "KPIs on track", "on_track")]
    [InlineData("KpisAtRisk", "KPIs at risk", "at_risk")]
    [InlineData("KpisBehind", "KPIs behind", "behind")]
    public void KPIs_are_counted_under_their_status(string column, string measure, string status)
    {
        var word = "KPI " + French.Status(status);
        Assert.Equal((word, word), (Of("portfolio", column).Label, Measures.All.Single(one => one.Name == measure).French));
    }

    [Theory]
    [InlineData("KPI value", "kpi-days", "Value")]
    [InlineData("Gain", "project-roi", "Gain")]
    [InlineData("Cost", "project-roi", "Cost")]
    [InlineData("Cumulative gain", "roi-months", "CumulativeGain")]
    [InlineData("Cumulative cost", "roi-months", "CumulativeCost")]
    public void A_measure_is_called_like_its_column(string measure, string url, string column) =>
        Assert.Equal(Of(url, column).Label, Measures.All.Single(one => one.Name == measure).French);

    [Theory]
    [InlineData("Weekly actual", "kpi-weeks", "Actual")]
    [InlineData("Weekly expected", "kpi-weeks", "Expected")]
    [InlineData("Weekly drift", "kpi-weeks", "Drift")]
    [InlineData("Return on cost", "project-roi", "RoiReturn")]
    [InlineData("North Star value", "north-stars", "Value")]
    [InlineData("North Star change", "north-stars", "Change")]
    public void A_measure_of_one_row_begins_with_the_name_of_its_column(string measure, string url, string column) =>
        Assert.StartsWith(Of(url, column).Label + " ", Measures.All.Single(one => one.Name == measure).French, StringComparison.Ordinal);

    [Fact]
    public void No_other_word_is_used()
    {
        var texts = FeedCatalogue.All.SelectMany(feed => feed.Columns.Select(column => FeedWords.Of(feed, column, isFrench: true)!).Prepend(FeedWords.Of(feed, isFrench: true)!)).SelectMany(words => new[] { words.Label, words.Description })
            .Concat(Measures.All.Select(measure => measure.French))
            .Concat(Report.Files(isFrench: true).Select(file => file.Text))
            .Append(ConnectPage.Html("https://kpi.example.com", "", isFrench: true))
            .Concat(((string[])["Texts/Sentences.cs", "Reviews/PackPage.cs", "Reviews/PackCharts.cs", "../Connectors/PowerBi/KpiApi/resources.fr-FR.resx", "../Connectors/LookerStudio/appsscript.json"])
                .Select(path => File.ReadAllText(Path.Combine(Document.Root, "src/KpiApi", path))));
        Assert.Empty(texts.Where(text => OtherWord().IsMatch(text)).Select(text => OtherWord().Match(text).Value + " in " + text[..Math.Min(80, text.Length)]));
    }

    private static Wording Of(string url, string column)
    {
        var feed = FeedCatalogue.Find(url)!;
        return FeedWords.Of(feed, feed.Find(column)!, isFrench: true)!;
    }
}
