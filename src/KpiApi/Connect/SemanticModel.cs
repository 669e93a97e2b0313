using System.Security.Cryptography;
using System.Text;
using KpiApi.Feeds;

namespace KpiApi.Connect;

/// <summary>
/// Rows of one table lead to one row of another, by a column with the name of that one's key. Filters take the way where it is active: between two tables
/// there is one such way at most, and Power BI refuses two.
/// </summary>
internal sealed record Relationship(Feed From, string Column, Feed To, bool IsActive);

/// <summary>The tables of the feeds as Power BI relates and shows them.</summary>
internal static class SemanticModel
{
    public static readonly IReadOnlyList<Relationship> Relationships = [.. FeedCatalogue.All.SelectMany(RelationshipsOf)];

    /// <summary>Whether people who build reports need not see it: what identifies rows, and what is only right once it is added up and divided.</summary>
    public static bool IsHidden(Feed feed, Column column) =>
        column.Type is ColumnType.Key or ColumnType.DateKey
        || (feed.View is "KpiDays" or "Measurements" && column.Name is "Numerator" or "Denominator")
        || (feed.View == "KpiDays" && column.Name is "Value" or "FactCount");

    /// <summary>Whether it is for programs that refresh, and not for people.</summary>
    public static bool IsHidden(Feed feed) => feed == FactFeeds.Deletions;

    /// <summary>The same identity for the same thing at every download, so that a report keeps its fields when the model is replaced.</summary>
    /// <param name="thing">Its kind and full name.</param>
    public static Guid Identity(string thing)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes("KpiApi/" + thing)).AsSpan(0, 16);
        // Version 8 of RFC 9562: made by a rule of one's own.
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    private static IEnumerable<Relationship> RelationshipsOf(Feed feed)
    {
        var targets = Targets(feed).ToList();
        return targets.Select(target => new Relationship(
            feed,
            target.Key[0],
            target,
            // A status that has no week yet must not vanish with the choice of a period, and what a project KPI leads to is reached through it.
            IsActive: !(target == DimensionFeeds.Dates && feed.Find(target.Key[0])!.IsNullable)
                && !IsDetour(feed, target)
                && !targets.Any(other => other != target && !IsDetour(feed, other) && Reaches(other, target))));
    }

    // What has a project, but not always one of its KPIs (an alert about a review), must not vanish with the choice of a project.
    private static bool IsDetour(Feed feed, Feed target) =>
        target == DimensionFeeds.ProjectKpis && feed.Find(target.Key[0])!.IsNullable && feed.Find(DimensionFeeds.Projects.Key[0]) is { IsNullable: false };

    private static IEnumerable<Feed> Targets(Feed feed) => FeedCatalogue.ReferencesOf(feed).Select(reference => reference.Target);

    private static bool Reaches(Feed from, Feed to) => Targets(from).Any(target => target == to || Reaches(target, to));
}
