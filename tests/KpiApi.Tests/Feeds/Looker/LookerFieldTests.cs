using KpiApi.Feeds;
using KpiApi.Feeds.Looker;
using KpiApi.Storage;
using KpiApi.Tests.Docs;
using KpiApi.Tests.Http;

namespace KpiApi.Tests.Feeds.Looker;

/// <summary>The fields of all feeds, and that each of them can be asked for.</summary>
public class LookerFieldTests(FeedDatabase database) : IClassFixture<FeedDatabase>
{
    public static TheoryData<string> Feeds => FeedCatalogueTests.Feeds;

    /// <summary>A report holds on to names and types: fields may be added, those in the file never change. KPI_UPDATE=1 writes it.</summary>
    [Fact]
    public void Fields_that_reports_know_stay_as_they_are()
    {
        var lines = FeedCatalogue.All.SelectMany(feed => LookerFields.Of(feed, isFrench: false).Select(field =>
        {
            var shown = LookerWords.Describe(feed, field, isFrench: false, currency: null);
            return string.Join(' ', new[] { feed.Url, shown.Name, shown.Semantics.SemanticType, field.Grouping.ToString(), shown.Formula }.OfType<string>());
        }));
        var file = Path.Combine(Document.Root, "tests", "KpiApi.Tests", "Feeds", "Looker", "fields.txt");
        if (OpenApiTests.IsUpdate)
        {
            File.WriteAllText(file, string.Join('\n', lines) + "\n");
        }

        Assert.Empty(File.ReadAllLines(file).Except(lines));
    }

    [Theory]
    [MemberData(nameof(Feeds))]
    public async Task Every_field_of_a_feed_is_answered_alone_and_with_all_others(string url)
    {
        var feed = FeedCatalogue.Find(url)!;
        foreach (var isFrench in new[] { false, true })
        {
            var fields = LookerFields.Of(feed, isFrench);
            Assert.Equal(fields.Count, fields.Select(field => field.Name).Distinct().Count());
            Assert.Empty(feed.Columns.Select(column => column.Name).Except(fields.Select(field => field.Name)));
            foreach (var asked in fields.Select(field => new[] { field }).Append([.. fields]))
            {
                var rows = await database.Read(async session =>
                {
                    var query = new LookerQuery(feed, fields, [.. asked.Select(field => (field, false))], [], null, session.Text, 1000, isSample: false);
                    await using var reader = await (query.IsGrouped ? session.StreamPage(query.Sql, query.Parameters) : session.Stream(query.Sql, query.Parameters));
                    var count = 0;
                    while (await reader.ReadAsync())
                    {
                        Assert.Equal(asked.Length + 2 * query.Alike.Count, reader.FieldCount);
                        count++;
                    }

                    return count;
                });
                Assert.NotEqual(0, rows);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Feeds))]
    public void A_formula_and_what_must_be_alike_name_fields_of_the_feed(string url)
    {
        var feed = FeedCatalogue.Find(url)!;
        var fields = LookerFields.Of(feed, isFrench: false);
        foreach (var field in fields)
        {
            Assert.All(field.Alike, name => Assert.NotNull(feed.Find(name)));
            string[] parts = field.Quotient is { } quotient ? [quotient.Numerator, quotient.Denominator, .. quotient.Present is null ? Array.Empty<string>() : [quotient.Present]] : [];
            Assert.All(parts, name => Assert.Equal(Grouping.Sum, fields.Single(other => other.Name == name).Grouping));
            // An amount never adds up across currencies.
            Assert.True(field.Grouping != Grouping.Sum || field.Column.Semantic != "currency" || field.Alike.Contains("Currency"), field.Name);
        }
    }

    [Fact]
    public void Nothing_of_a_request_is_part_of_the_statement()
    {
        var fields = LookerFields.Of(FactFeeds.Ledger, isFrench: false);
        var filter = new LookerFilterBody { FieldName = "Category", Operator = "EQUALS", Type = "EXCLUDE", Values = [System.Text.Json.JsonSerializer.SerializeToElement("x'; DROP TABLE Kpi; --")] };
        var query = new LookerQuery(FactFeeds.Ledger, fields, [(fields.Single(field => field.Name == "Gain"), false), (fields.Single(field => field.Name == "ProjectName"), false)], [[filter]], null, new SqliteText(), 10, isSample: false);
        Assert.Equal(
            "SELECT SUM(CASE WHEN t.[Kind] = 'gain' THEN t.[Amount] ELSE 0 END), p.[ProjectName], MIN(t.[Currency]), MAX(t.[Currency]) FROM [Ledger] AS t JOIN [Projects] AS p ON p.[ProjectId] = t.[ProjectId]"
            + " WHERE NOT (COALESCE(t.[Category], '') IN (@value0)) GROUP BY p.[ProjectName] ORDER BY p.[ProjectName]",
            query.Sql);
        Assert.Equal("x'; DROP TABLE Kpi; --", query.Parameters["value0"]);
        Assert.Equal(11L, query.Parameters["limit"]);
    }
}
