using KpiApi.Feeds;

namespace KpiApi.Connect;

/// <summary>What people see instead of the names of tables and columns. The names stay the same in every language.</summary>
internal static class Captions
{
    public static Wording Of(Feed feed, bool isFrench) => FeedWords.Of(feed, isFrench) ?? new Wording(feed.View, feed.Description);

    public static Wording Of(Feed feed, Column column, bool isFrench) => FeedWords.Of(feed, column, isFrench) ?? new Wording(column.Name, column.Description);
}
