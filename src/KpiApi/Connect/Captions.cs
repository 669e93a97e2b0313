using KpiApi.Feeds;

namespace KpiApi.Connect;

/// <summary>What people see instead of the names of tables and columns. The names stay the same in every language.</summary>
internal static class Captions
{
    public static Wording Of(Feed feed, bool isFrench) => FeedWords.Of(feed, isFrench) ?? new Wording(feed.View, feed.Description);

    public static Wording Of(Feed feed, Column column, bool isFrench) =>
        // In the model the name of the KPI's value is the measure's; the cell holds the value of its day.
        feed.View == "KpiDays" && column.Name == "Value" ? new Wording(isFrench ? "Valeur du jour" : "Value of the day", column.Description)
        : FeedWords.Of(feed, column, isFrench) ?? new Wording(column.Name, column.Description);
}
