using System.Security.Cryptography;
using System.Text;
using KpiApi.Feeds;
using KpiApi.Feeds.OData;
using KpiApi.Http;
using KpiApi.Texts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace KpiApi.Connect;

/// <summary>
/// How to get the feeds into other programs: a page, and files to open with them. Open to everybody, because nothing here belongs to anybody: no credential is
/// needed, none is in it, and the address in it is the one that it was asked on.
/// </summary>
internal static class ConnectEndpoints
{
    public const string Root = "/connect";

    public static void MapConnect(this IEndpointRouteBuilder app)
    {
        var connect = app.MapGroup(Root).ExcludeFromDescription();
        connect.MapGet("/", Page);
        connect.MapGet("/page.css", () => TypedResults.Text(ConnectFiles.Text("page.css"), "text/css; charset=utf-8"));
        connect.MapGet("/page.js", () => TypedResults.Text(ConnectFiles.Text("page.js"), "text/javascript; charset=utf-8"));
        connect.MapGet("/power-bi.pbids", PowerBiConnection);
        connect.MapGet("/power-bi.zip", PowerBiProject);
        connect.MapGet("/KpiApi.mez", PowerBiConnector);
        connect.MapGet("/excel.odc", ExcelConnection);
    }

    private static ContentHttpResult Page(HttpContext context, string? language = null)
    {
        var isFrench = IsFrench(context, language);
        context.Response.Headers.ContentLanguage = isFrench ? "fr" : "en";
        return TypedResults.Content(ConnectPage.Html(context.Request.PublicRoot(), context.Request.PathBase.ToUriComponent(), isFrench), "text/html; charset=utf-8");
    }

    private static FileContentHttpResult PowerBiConnection(HttpContext context) =>
        File(context, Encoding.UTF8.GetBytes(Connections.PowerBi(Service(context))), "application/json", "KpiApi.pbids");

    private static FileContentHttpResult PowerBiProject(HttpContext context, string? language = null) =>
        File(context, Packages.PowerBiProject(Service(context), IsFrench(context, language)), "application/zip", "KpiApi.zip");

    private static FileContentHttpResult PowerBiConnector(HttpContext context) => File(context, Packages.Connector(), "application/octet-stream", "KpiApi.mez");

    /// <exception cref="ProblemException">404: no such table.</exception>
    private static FileContentHttpResult ExcelConnection(HttpContext context, string? table = null)
    {
        var feed = FeedCatalogue.All.FirstOrDefault(feed => feed.View == (table ?? FigureFeeds.Portfolio.View)) ?? throw ProblemException.NotFound("table");
        return File(context, Encoding.UTF8.GetBytes(Connections.Excel(feed, Service(context))), "text/x-ms-odc; charset=utf-8", $"KpiApi-{feed.View}.odc");
    }

    private static FileContentHttpResult File(HttpContext context, byte[] bytes, string contentType, string name)
    {
        // The file depends on the address and the program, and changes with neither day nor data.
        context.Response.Headers.CacheControl = "no-cache";
        return TypedResults.File(bytes, contentType, name, entityTag: new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16))}\""));
    }

    private static string Service(HttpContext context) => context.Request.PublicRoot() + ODataEndpoints.Root;

    /// <summary>The language that is asked for, else the one that the browser prefers, else English.</summary>
    /// <exception cref="ProblemException">400: another language.</exception>
    private static bool IsFrench(HttpContext context, string? language)
    {
        context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptLanguage);
        return language switch
        {
            "fr" => true,
            "en" => false,
            null => Languages.Choose(context.Request.Headers.AcceptLanguage, Language.English) == Language.French,
            _ => throw ProblemException.Query("language", "must be en or fr."),
        };
    }
}
