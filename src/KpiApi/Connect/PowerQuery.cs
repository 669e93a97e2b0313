using System.Text;
using KpiApi.Feeds;

namespace KpiApi.Connect;

/// <summary>Power Query M that reads the feeds by OData, which folds what is asked of a table into the request.</summary>
internal static class PowerQuery
{
    /// <summary>A service by its address.</summary>
    /// <param name="address">An expression that gives the root of the service.</param>
    public static string Service(string address) => $"OData.Feed({address}, null, [Implementation = \"2.0\"])";

    /// <summary>A text as M writes it.</summary>
    public static string Text(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal).Replace("#(", "#(#)(", StringComparison.Ordinal)}\"";

    /// <summary>Loads a feed, with its columns in their order.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="address">An expression that gives the root of the service.</param>
    /// <param name="isInRange">Only days from RangeStart to before RangeEnd, parameters that Power BI sets for each part of an incremental refresh.</param>
    public static string Table(Feed feed, string address, bool isInRange)
    {
        var steps = new List<(string Name, string Text)>
        {
            ("Service", Service(address)),
            ("AllRows", $"Service{{[Name = {Text(feed.View)}, Signature = \"table\"]}}[Data]"),
        };
        if (isInRange)
        {
            // Whole numbers, so that no time zone has a say; made outside of the condition, so that it folds.
            steps.Add(("FirstDay", "Int64.From(DateTime.ToText(RangeStart, [Format = \"yyyyMMdd\", Culture = \"en-US\"]))"));
            steps.Add(("DayAfter", "Int64.From(DateTime.ToText(RangeEnd, [Format = \"yyyyMMdd\", Culture = \"en-US\"]))"));
            steps.Add(("InRange", $"Table.SelectRows(AllRows, each [{feed.DateColumn}] >= FirstDay and [{feed.DateColumn}] < DayAfter)"));
        }

        steps.Add(("Chosen", $"Table.SelectColumns({steps[^1].Name}, {{{string.Join(", ", feed.Columns.Select(column => Text(column.Name)))}}})"));
        var instants = feed.Columns.Where(column => column.Type == ColumnType.Instant).ToList();
        if (instants.Count > 0)
        {
            // A model has no time zones; without this, each machine would write its own time.
            const string ToUtc = "each if _ = null then null else DateTimeZone.RemoveZone(DateTimeZone.ToUtc(_)), type nullable datetime";
            steps.Add(("InUtc", $"Table.TransformColumns(Chosen, {{{string.Join(", ", instants.Select(column => $"{{{Text(column.Name)}, {ToUtc}}}"))}}})"));
        }

        return new StringBuilder("let\n    ").AppendJoin(",\n    ", steps.Select(step => $"{step.Name} = {step.Text}")).Append("\nin\n    ").Append(steps[^1].Name).ToString();
    }
}
