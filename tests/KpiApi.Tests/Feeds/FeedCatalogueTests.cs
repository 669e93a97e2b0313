using KpiApi.Feeds;
using KpiApi.Feeds.Looker;
using KpiApi.Tests.Rules;
using KpiApi.Tests.Support;

namespace KpiApi.Tests.Feeds;

/// <summary>The definitions against the contract and against the views.</summary>
public class FeedCatalogueTests(FeedDatabase database) : IClassFixture<FeedDatabase>
{
    /// <summary>What the contract names, feed by feed: address | table | columns.</summary>
    private const string Contract = """
        dates        | Dates        | DateKey, Date, Year, Quarter, Month, MonthNameFr, MonthNameEn, IsoYear, IsoWeek, Week, WeekStart, MonthNumber, MonthStart, FiscalYear
        activities   | Activities   | ActivityId, ActivityCode, ActivityName, UpdatedAtUtc
        projects     | Projects     | ProjectId, ProjectCode, ProjectName, ActivityId, StartsOn, EndsOn, ProjectStatus, Currency, BaselineDays, HorizonDays, RoiThreshold, UpdatedAtUtc
        kpis         | Kpis         | KpiId, KpiCode, NameFr, NameEn, Domain, Unit, Direction, Aggregation, UpdatedAtUtc
        project-kpis | ProjectKpis  | ProjectKpiId, ProjectId, KpiId, Purpose, BaselineValue, RestatedBaselineValue, CoverageDays, TargetValue, Tolerance, Detectable, LaunchedAtUtc, UpdatedAtUtc
        measurements | Measurements | MeasurementId, ProjectKpiId, ProjectId, ActivityId, KpiId, DateKey, Date, Numerator, Denominator, Source, ExternalId, UpdatedAtUtc
        kpi-days     | KpiDays      | ProjectKpiId, ProjectId, KpiId, DateKey, Date, Numerator, Denominator, Value, FactCount, Unit, Currency, UpdatedAtUtc
        kpi-weeks    | KpiWeeks     | ProjectKpiId, ProjectId, ProjectCode, KpiId, KpiCode, Week, WeekStart, DateKey, DayNumber, Unit, Currency, Actual, Expected, Gap, Noise, Drift, TargetDrift, Progress, IsProvisional, Status
        kpi-status   | KpiStatus    | ProjectKpiId, ProjectId, ProjectCode, KpiId, KpiCode, Week, WeekStart, DateKey, DayNumber, Unit, Currency, Actual, Expected, Gap, Noise, Drift, TargetDrift, Progress, IsProvisional, Status
        kpi-outcomes | KpiOutcomes  | ProjectKpiId, ProjectId, KpiId, Unit, Currency, Outcome, FinalValue, Change, ChangePct, ChangeLow, ChangeHigh, Evidence
        ledger       | Ledger       | LedgerEntryId, ProjectId, DateKey, Date, Kind, Category, Amount, Currency, Evidence, UpdatedAtUtc
        project-roi  | ProjectRoi   | ProjectId, Currency, Gain, Cost, Net, RoiRatio, RoiReturn, RoiThreshold, RoiReached, PaybackOn, GainInvoiced, GainMeasured, GainEstimated, CostInvoiced, CostMeasured, CostEstimated
        roi-months   | RoiMonths    | ProjectId, Month, DateKey, Currency, Gain, Cost, CumulativeGain, CumulativeCost, RoiRatio
        north-stars  | NorthStars   | ActivityId, KpiId, Month, DateKey, Unit, Currency, Value, Change, ChangePct, IsProvisional
        reviews      | Reviews      | ReviewId, ProjectId, ReviewedOn, DateKey, ReviewKind, Decision, Note, UpdatedAtUtc
        review-actions | ReviewActions | ReviewActionId, ReviewId, ProjectId, ReviewedOn, DateKey, ActionNumber, ActionText, Owner, DueOn, DoneOn, IsOverdue, UpdatedAtUtc
        review-adjustments | ReviewAdjustments | ReviewId, ProjectKpiId, ProjectId, ReviewedOn, DateKey, WeekBefore, DriftBefore, WeekSince, DriftSince, DriftChange, Effect
        alerts       | Alerts       | AlertId, AlertKind, DateKey, Date, ProjectId, ProjectCode, ProjectKpiId, KpiId, KpiCode, ReviewActionId, Week, Source, Outcome, Drift, UsualIntervalDays, IsAcknowledged, AcknowledgedAtUtc
        portfolio    | Portfolio    | ProjectId, ProjectCode, ProjectName, ActivityName, ProjectStatus, Recommendation, KpisOnTrack, KpisAtRisk, KpisBehind, RoiRatio, PaybackOn, NextReviewOn, OpenActions, OverdueActions
        deletions    | Deletions    | Feed, Key, DateKey, DeletedAtUtc
        """;

    /// <summary>Columns that views have for other views and for filters.</summary>
    private static readonly string[] Helpers =
        ["Dates.Day", "KpiDays.Day", "Alerts.Day", "KpiWeeks.IsCurrent", "KpiWeeks.WeekStartDay", "NorthStars.NorthStarId", "Portfolio.Phase"];

    private static readonly string[] Semantics =
    [
        "category", "code", "count", "currency", "currency-code", "date", "date-key", "days", "flag", "id", "instant", "iso-week", "month", "month-index", "month-of-year", "name", "number",
        "percent", "quarter", "ratio", "text", "unit", "unit-value", "week-of-year", "year",
    ];

    public static TheoryData<string> Feeds => [.. FeedCatalogue.All.Select(feed => feed.Url)];

    [Fact]
    public void Every_feed_and_column_of_the_contract_is_defined()
    {
        var lines = Contract.Split('\n').Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();
        Assert.Equal(lines.Select(line => (line[0], line[1])), FeedCatalogue.All.Select(feed => (feed.Url, feed.View)));
        foreach (var line in lines)
        {
            Assert.Empty(line[2].Split(", ").Where(name => FeedCatalogue.Find(line[0])!.Find(name) is null).Select(name => line[0] + " lacks " + name));
        }
    }

    [FileFact]
    public async Task Columns_are_those_of_the_views_in_their_order()
    {
        foreach (var feed in FeedCatalogue.All)
        {
            var view = await database.Read(session => session.Query<string>("SELECT name FROM pragma_table_info(@View) ORDER BY cid", new { feed.View }));
            Assert.Equal(view.Where(name => !Helpers.Contains(feed.View + "." + name)), feed.Columns.Select(column => column.Name));
        }
    }

    /// <summary>A new column needs a line in FeedWords.cs: what people read in French, and what they call it in English.</summary>
    [Fact]
    public void Every_feed_and_column_has_a_name_and_a_description_in_French_and_English()
    {
        var fields = FeedCatalogue.All.SelectMany(feed => LookerFields.Of(feed, isFrench: true).Select(field => (Feed: field.Lender ?? feed, field.Column))).ToList();
        Assert.Empty(FeedCatalogue.All.Where(feed => FeedWords.Of(feed, isFrench: true) is not { Label.Length: > 0, Description.Length: > 0 }).Select(feed => feed.Url));
        Assert.Empty(fields.Where(field => FeedWords.Of(field.Feed, field.Column, isFrench: true) is not { Label.Length: > 0, Description.Length: > 0 }).Select(field => $"{field.Feed.View}.{field.Column.Name}").Distinct());
    }

    [Fact]
    public void The_published_views_are_the_feeds() => Assert.Equal(SqlFiles.Published.Order(), FeedCatalogue.All.Select(feed => feed.View).Order());

    [Theory]
    [MemberData(nameof(Feeds))]
    public void A_definition_is_whole(string url)
    {
        var feed = FeedCatalogue.Find(url)!;
        Assert.Equal(feed.Columns.Count, feed.Columns.Select(column => column.Name).Distinct().Count());
        Assert.Equal(feed.Columns.Where(column => column.Role == ColumnRole.Key).Select(column => column.Name), feed.Key);
        Assert.All(feed.Key, name => Assert.True(feed.Find(name) is { IsNullable: false, Type: ColumnType.Key or ColumnType.Integer or ColumnType.DateKey }));
        Assert.Equal(feed.Columns.Any(column => column.Type == ColumnType.DateKey) ? "DateKey" : null, feed.DateColumn);
        Assert.True(feed.DateColumn is null || feed.Find(feed.DateColumn)!.Type == ColumnType.DateKey);
        Assert.All(feed.Columns, column => Assert.Contains(column.Semantic, Semantics));
        Assert.All(feed.Columns.Select(column => column.Description).Append(feed.Description), text => Assert.EndsWith(".", text, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Feeds))]
    public void An_amount_or_value_has_its_currency_or_unit_beside_it(string url)
    {
        var feed = FeedCatalogue.Find(url)!;
        // A project KPI's values are in the unit of the KPI definition that it leads to.
        Assert.True(feed.View == "ProjectKpis" || feed.Columns.All(column => column.Semantic != "unit-value") || feed.Find("Unit") is not null);
        Assert.True(feed.Columns.All(column => column.Semantic != "currency") || feed.Find("Currency") is not null);
    }

    [Fact]
    public void A_day_column_is_used_where_a_view_has_one() =>
        Assert.Equal(Helpers.Where(name => name.EndsWith(".Day", StringComparison.Ordinal)), FeedCatalogue.All.Where(feed => feed.DayColumn is not null).Select(feed => feed.View + "." + feed.DayColumn));

    [Fact]
    public void A_feed_is_found_by_its_exact_address()
    {
        Assert.Same(FactFeeds.Measurements, FeedCatalogue.Find("measurements"));
        Assert.Null(FeedCatalogue.Find("Measurements"));
        Assert.Null(FeedCatalogue.Find("measurement"));
    }

    [Fact]
    public void The_list_describes_types_in_words()
    {
        var column = FeedResource.Of(FactFeeds.Measurements).Columns.Single(column => column.Name == "ProjectKpiId");
        Assert.Equal(("key", "foreignKey", "id", true), (column.Type, column.Role, column.Semantic, column.Nullable));
    }
}
