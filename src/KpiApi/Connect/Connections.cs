using System.Net;
using System.Text.Json.Nodes;
using KpiApi.Feeds;

namespace KpiApi.Connect;

/// <summary>Small files that make a program ask for an address. They hold no credential: the program asks for one.</summary>
internal static class Connections
{
    /// <summary>For Power BI Desktop: a double click connects to the service.</summary>
    /// <param name="address">The root of the OData service.</param>
    public static string PowerBi(string address) => new JsonObject
    {
        ["version"] = "0.1",
        ["connections"] = new JsonArray(new JsonObject
        {
            ["details"] = new JsonObject { ["protocol"] = "odata", ["address"] = new JsonObject { ["url"] = address } },
            ["mode"] = "Import",
        }),
    }.ToJsonString();

    /// <summary>For Excel: a double click loads a feed into a table that can be refreshed.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="address">The root of the OData service.</param>
    public static string Excel(Feed feed, string address)
    {
        // A document in a document: the query stands in XML, which stands as text in the connection.
        var mashup = $"""
            <Mashup xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.microsoft.com/DataMashup"><Client>EXCEL</Client><Version>2.59.5135.201</Version><MinVersion>2.21.0.0</MinVersion><Culture>en-US</Culture><SafeCombine>true</SafeCombine><Items><Query Name="{feed.View}"><Formula>{WebUtility.HtmlEncode(PowerQuery.Table(feed, PowerQuery.Text(address), isInRange: false))}</Formula><IsParameterQuery xsi:nil="true" /><IsDirectQuery xsi:nil="true" /></Query></Items></Mashup>
            """;
        return ConnectFiles.Text("excel.odc")
            .Replace("{table}", feed.View, StringComparison.Ordinal)
            .Replace("{description}", WebUtility.HtmlEncode(feed.Description), StringComparison.Ordinal)
            .Replace("{mashup}", WebUtility.HtmlEncode(mashup), StringComparison.Ordinal);
    }
}

/// <summary>Files that travel with the program.</summary>
internal static class ConnectFiles
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Connect");

    public static string Text(string name) => File.ReadAllText(Path.Combine(Folder, name)).ReplaceLineEndings("\n");

    /// <summary>The source of the Power BI connector.</summary>
    public static IEnumerable<(string Name, byte[] Bytes)> Connector() =>
        Directory.EnumerateFiles(Path.Combine(Folder, "PowerBi")).Order(StringComparer.Ordinal).Select(file => (Path.GetFileName(file), File.ReadAllBytes(file)));
}
