using System.Globalization;
using System.Text;
using KpiApi.Connect;
using KpiApi.Feeds;

namespace KpiApi.Tests.Docs;

/// <summary>docs/data-dictionary.md is written from the definitions of the feeds. To write it anew: KPI_UPDATE=1.</summary>
public class DataDictionaryTests
{
    private const string Path = "docs/data-dictionary.md";

    [Fact]
    public void The_dictionary_says_what_the_definitions_say()
    {
        var text = Text();
        if (Environment.GetEnvironmentVariable("KPI_UPDATE") == "1")
        {
            File.WriteAllText(System.IO.Path.Combine(Document.Root, Path), text);
        }

        Assert.Equal(text, Document.Read(Path).Text);
    }

    private static string Text()
    {
        var text = new StringBuilder("""
            # Data dictionary

            Every table that BI tools read, column by column. This page is written from the definitions that also make OData, the formats of feeds, the Power BI model and the OpenAPI
            document, and a test fails when it says something else. A table has one name in OData, SQL and Power BI; its feed has another one in addresses: `GET /v1/feeds/kpi-days`.
            Names and types stay for ever; columns may be added.

            | type | JSON, NDJSON | CSV | Parquet | OData | Power BI model |
            | --- | --- | --- | --- | --- | --- |
            | key | integer | digits | INT64 | Edm.Int64 | whole number |
            | dateKey | integer, yyyymmdd | digits | INT32 | Edm.Int32 | whole number |
            | integer | integer | digits | INT32 | Edm.Int32 | whole number |
            | number | number | shortest digits that read back, `.` | DOUBLE | Edm.Double | decimal number |
            | text | string | text; a formula is neutralised | STRING | Edm.String | text |
            | date | `YYYY-MM-DD` | `YYYY-MM-DD` | DATE | Edm.Date | date |
            | instant | ISO 8601 with `Z` | ISO 8601 with `Z` | TIMESTAMP, microseconds, UTC | Edm.DateTimeOffset | date and time, UTC |
            | flag | true, false | true, false | BOOLEAN | Edm.Boolean | true/false |

            An empty cell is null, never 0. Units and currencies stand beside the numbers: *unit-value* is in the unit of the column Unit, *currency* in the currency of the column Currency,
            *percent* is a fraction (0.25 is 25 %), *ratio* a quotient that is not added up.


            """.ReplaceLineEndings("\n"));
        foreach (var feed in FeedCatalogue.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"## {feed.View}\n\n`/v1/feeds/{feed.Url}`. One row per {feed.Grain}. {feed.Description}\n\n");
            text.Append(CultureInfo.InvariantCulture, $"Key: {string.Join(", ", feed.Key)}. ");
            text.Append(feed.DateColumn is null ? "No day, so no `from` and `to`. " : $"`from` and `to` apply to {feed.DateColumn}. ");
            text.Append(feed.IsIncremental ? "Incremental refresh: by DateKey, UpdatedAtUtc and the table Deletions." : "Refreshed whole.");
            var ways = SemanticModel.Relationships.Where(relationship => relationship.From == feed).ToList();
            text.Append(ways.Count == 0 ? "\n\n" : $" Leads to {string.Join(", ", ways.Select(way => $"{way.To.View} ({way.Column}{(way.IsActive ? "" : ", inactive in Power BI")})"))}.\n\n");
            text.Append("| column | type | may be empty | role | semantic | meaning |\n| --- | --- | --- | --- | --- | --- |\n");
            foreach (var column in feed.Columns.Select(FeedColumn.Of))
            {
                text.Append(CultureInfo.InvariantCulture, $"| {column.Name} | {column.Type} | {(column.Nullable ? "yes" : "")} | {column.Role} | {column.Semantic} | {column.Description} |\n");
            }

            text.Append('\n');
        }

        text.Append("## Measures of the Power BI model\n\nSums first, the division last. [docs/power-bi.md](power-bi.md) says how to get the model.\n\n| table | measure | in French | meaning |\n| --- | --- | --- | --- |\n");
        foreach (var measure in Measures.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {measure.Table} | {measure.Name} | {measure.French} | {measure.Description} |\n");
        }

        return text.ToString();
    }
}
