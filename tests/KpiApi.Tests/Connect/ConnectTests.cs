using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using KpiApi.Connect;
using KpiApi.Feeds;
using KpiApi.Tests.Docs;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OData.Edm;
using Microsoft.OData.Edm.Csdl;

namespace KpiApi.Tests.Connect;

/// <summary>What is offered at /connect: to everybody, without a credential in it, at the address that was asked.</summary>
public partial class ConnectTests
{
    private static readonly string[] Files = ["/connect/power-bi.pbids", "/connect/power-bi.zip", "/connect/excel.odc", "/connect/KpiApi.mez"];

    [Fact]
    public async Task Everything_is_there_without_a_credential_and_the_same_each_time()
    {
        await using var app = await KpiApp.Start();
        using var http = app.Anonymous();
        foreach (var path in Files.Prepend("/connect/").Prepend("/connect"))
        {
            using var first = await http.GetAsync(path);
            using var second = await http.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
            Assert.Equal(await first.Content.ReadAsByteArrayAsync(), await second.Content.ReadAsByteArrayAsync());
            if (Files.Contains(path))
            {
                Assert.Equal("attachment", first.Content.Headers.ContentDisposition!.DispositionType);
                using var request = new HttpRequestMessage(HttpMethod.Get, path);
                request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
                Assert.Equal(HttpStatusCode.NotModified, (await http.SendAsync(request)).StatusCode);
            }
        }
    }

    [Theory]
    [InlineData(null, null, null, "http://localhost")]
    [InlineData("https", "kpi.example.com", null, "https://kpi.example.com")]
    [InlineData("https", "kpi.example.com:8443", "/kpi", "https://kpi.example.com:8443/kpi")]
    public async Task Addresses_are_those_that_a_known_proxy_says(string? proto, string? host, string? prefix, string root)
    {
        await using var app = await KpiApp.Start();
        async Task<byte[]> Get(string path)
        {
            var context = await ((TestServer)app.Services.GetRequiredService<IServer>()).SendAsync(context =>
            {
                context.Request.Host = new("localhost");
                context.Request.Path = path.Split('?')[0];
                context.Request.QueryString = new(path.Contains('?', StringComparison.Ordinal) ? "?" + path.Split('?')[1] : "");
                context.Connection.RemoteIpAddress = IPAddress.Loopback;
                context.Request.Headers["X-Forwarded-Proto"] = proto;
                context.Request.Headers["X-Forwarded-Host"] = host;
                context.Request.Headers["X-Forwarded-Prefix"] = prefix;
            });
            Assert.Equal(200, context.Response.StatusCode);
            using var bytes = new MemoryStream();
            await context.Response.Body.CopyToAsync(bytes);
            return bytes.ToArray();
        }

        var service = root + "/odata/v1";
        var pbids = JsonNode.Parse(await Get("/connect/power-bi.pbids"))!;
        var connection = Assert.Single(pbids["connections"]!.AsArray())!;
        Assert.Equal(("0.1", "odata", service), ((string)pbids["version"]!, (string)connection["details"]!["protocol"]!, (string)connection["details"]!["address"]!["url"]!));
        Assert.StartsWith($"\"{service}\" meta", Kit.Of(await Get("/connect/power-bi.zip")).Parts("expressions.tmdl").Values.Single().Of("expression").First().Value, StringComparison.Ordinal);
        Assert.Contains($"OData.Feed(\"{service}\", null,", Query(await Get("/connect/excel.odc")).Formula, StringComparison.Ordinal);
        var page = System.Text.Encoding.UTF8.GetString(await Get("/connect"));
        Assert.Contains($">{service}</code>", page, StringComparison.Ordinal);
        Assert.Contains($"href=\"{prefix}/connect/power-bi.zip", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_project_of_Power_BI_has_the_tables_columns_and_ways_that_the_service_describes()
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        using var reader = XmlReader.Create(await client.Http.GetStreamAsync("/odata/v1/$metadata"));
        var model = CsdlReader.Parse(reader);
        var kit = Kit.Of(await client.Http.GetByteArrayAsync("/connect/power-bi.zip"));
        var sets = model.EntityContainer.EntitySets().ToList();
        Assert.Equal(sets.Select(set => set.Name).Order(StringComparer.Ordinal), kit.Tables.Keys.Order(StringComparer.Ordinal));
        foreach (var set in sets)
        {
            Assert.Equal(
                set.EntityType.StructuralProperties().Select(property => (property.Name, Type(property.Type))),
                kit.Tables[set.Name].Of("column").Select(column => (column.Property("sourceColumn")!, column.Property("dataType")!)));
        }

        Assert.Equal(
            sets.SelectMany(set => set.EntityType.NavigationProperties().Select(way => ((set.Name, way.DependentProperties().Single().Name), (set.FindNavigationTarget(way).Name, way.PrincipalProperties().Single().Name)))).Order(),
            kit.Relationships.Select(Kit.Ends).Order());
    }

    /// <summary>What Power Query makes of a type of the service.</summary>
    private static string Type(IEdmTypeReference type) => type.PrimitiveKind() switch
    {
        EdmPrimitiveTypeKind.Int16 or EdmPrimitiveTypeKind.Int32 or EdmPrimitiveTypeKind.Int64 => "int64",
        EdmPrimitiveTypeKind.Double => "double",
        EdmPrimitiveTypeKind.Boolean => "boolean",
        EdmPrimitiveTypeKind.Date or EdmPrimitiveTypeKind.DateTimeOffset => "dateTime",
        EdmPrimitiveTypeKind.String => "string",
        _ => $"{type}",
    };

    [Fact]
    public async Task Nobody_else_is_believed_about_the_address()
    {
        await using var app = await KpiApp.Start();
        var context = await ((TestServer)app.Services.GetRequiredService<IServer>()).SendAsync(context =>
        {
            context.Request.Host = new("kpi.example.com");
            context.Request.Path = "/connect/power-bi.pbids";
            context.Connection.RemoteIpAddress = IPAddress.Parse("203.0.113.9");
            context.Request.Headers["X-Forwarded-Host"] = "evil.example";
        });
        using var reader = new StreamReader(context.Response.Body);
        var text = await reader.ReadToEndAsync();
        Assert.Contains("kpi.example.com", text, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/connect", null, "en", "Connect your tools")]
    [InlineData("/connect", "fr-FR, fr;q=0.9, en;q=0.8", "fr", "Connecter vos outils")]
    [InlineData("/connect", "de, en-GB;q=0.9, fr;q=0.8", "en", "Connect your tools")]
    [InlineData("/connect?language=fr", "en", "fr", "Connecter vos outils")]
    [InlineData("/connect?language=en", "fr", "en", "Connect your tools")]
    public async Task The_page_speaks_the_language_that_is_asked_for(string path, string? accepted, string language, string title)
    {
        await using var app = await KpiApp.Start();
        using var http = app.Anonymous();
        http.DefaultRequestHeaders.TryAddWithoutValidation("Accept-Language", accepted);
        using var answer = await http.GetAsync(path);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Equal([language], answer.Content.Headers.ContentLanguage);
        Assert.Contains("Accept-Language", answer.Headers.Vary);
        Assert.Contains($"<html lang=\"{language}\">", page, StringComparison.Ordinal);
        Assert.Contains($"<h1>{title}</h1>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_keeps_its_own_rules_and_its_links_lead_somewhere()
    {
        await using var app = await KpiApp.Start();
        using var http = app.Anonymous();
        using var answer = await http.GetAsync("/connect");
        var page = await answer.Content.ReadAsStringAsync();
        // Nothing inline, so that the policy holds without exceptions.
        Assert.Equal("default-src 'none'; script-src 'self'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
        Assert.DoesNotMatch(@"(?i)\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)|javascript:|api_key", page);
        // Steps, each tool three of them.
        Assert.All((string[])["power-bi", "excel", "looker-studio"], tool => Assert.Equal(3, Regex.Count(Section(page, tool), "<li>")));
        var links = LinkForm().Matches(page).Select(link => WebUtility.HtmlDecode(link.Groups[1].Value)).Distinct().ToList();
        Assert.True(links.Count > 40);
        foreach (var link in links)
        {
            using var target = await http.GetAsync(link);
            Assert.True(link.StartsWith("/v1/feeds/", StringComparison.Ordinal) ? target.StatusCode == HttpStatusCode.Unauthorized : (int)target.StatusCode < 400, $"{link}: {(int)target.StatusCode}");
        }

        // With a key the feeds open.
        var reader = await app.Organisation(role: KpiApi.Access.Role.Reader);
        foreach (var link in links.Where(link => link.StartsWith("/v1/feeds/", StringComparison.Ordinal)))
        {
            Assert.Equal(HttpStatusCode.OK, (await reader.Http.GetAsync(link)).StatusCode);
        }
    }

    [Theory]
    [InlineData("/connect?language=de", HttpStatusCode.BadRequest)]
    [InlineData("/connect/power-bi.zip?language=FR", HttpStatusCode.BadRequest)]
    [InlineData("/connect/excel.odc?table=kpis", HttpStatusCode.NotFound)]
    [InlineData("/connect/excel.odc?table=..%2Fsecret", HttpStatusCode.NotFound)]
    [InlineData("/connect/other", HttpStatusCode.NotFound)]
    public async Task What_is_not_offered_is_a_problem(string path, HttpStatusCode status)
    {
        await using var app = await KpiApp.Start();
        using var answer = await app.Anonymous().GetAsync(path);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public void A_connection_for_Excel_is_a_query_in_a_document_in_a_document()
    {
        foreach (var feed in FeedCatalogue.All)
        {
            var (name, formula, connection) = Query(System.Text.Encoding.UTF8.GetBytes(Connections.Excel(feed, "https://kpi.example.com/odata/v1")));
            Assert.Equal(feed.View, name);
            Assert.Equal(PowerQuery.Table(feed, "\"https://kpi.example.com/odata/v1\"", isInRange: false), formula);
            Assert.Contains($"Location={feed.View};", connection, StringComparison.Ordinal);
            Assert.DoesNotContain("RangeStart", formula, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("plain", "\"plain\"")]
    [InlineData("a\"b", "\"a\"\"b\"")]
    [InlineData("#(lf)", "\"#(#)(lf)\"")]
    public void Text_of_M_is_what_it_was(string text, string written) => Assert.Equal(written, PowerQuery.Text(text));

    [Fact]
    public void The_connector_has_all_that_it_names()
    {
        using var mez = new ZipArchive(new MemoryStream(Packages.Connector()));
        string Text(string name)
        {
            using var reader = new StreamReader(mez.GetEntry(name)!.Open());
            return reader.ReadToEnd();
        }

        var source = Text("KpiApi.pq");
        Assert.All(Regex.Matches(source, "Extension\\.Contents\\(\"([^\"]+)\"\\)").Select(match => match.Groups[1].Value), name => Assert.NotNull(mez.GetEntry(name)));
        var named = Regex.Matches(source, "Extension\\.LoadString\\(\"([^\"]+)\"\\)").Select(match => match.Groups[1].Value).Distinct().Order().ToList();
        Assert.NotEmpty(named);
        Assert.All((string[])["resources.resx", "resources.fr-FR.resx"], file => Assert.Equal(named, XDocument.Parse(Text(file)).Root!.Elements("data").Select(data => data.Attribute("name")!.Value).Order()));
        // A refresh on a gateway needs it.
        Assert.Contains("TestConnection = (dataSourcePath) => {\"KpiApi.Contents\", dataSourcePath}", source, StringComparison.Ordinal);
        Assert.Equal(mez.Entries.Count, mez.Entries.Count(entry => Path.GetExtension(entry.Name) is ".pq" or ".resx" or ".png"));
    }

    [Fact]
    public async Task The_connector_is_built_from_the_command_line_too()
    {
        var folder = Directory.CreateTempSubdirectory("kpiapi-mez-");
        try
        {
            await Run("dotnet", Document.Root, "msbuild", "src/Connectors/PowerBi/KpiApi.proj", "-nologo", "-v:q", $"-p:Folder={folder.FullName}/");
            using var built = ZipFile.OpenRead(Path.Combine(folder.FullName, "KpiApi.mez"));
            using var served = new ZipArchive(new MemoryStream(Packages.Connector()));
            Assert.Equal(served.Entries.Select(entry => (entry.FullName, entry.Length)).Order(), built.Entries.Select(entry => (entry.FullName, entry.Length)).Order());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [PowerQueryFact]
    public async Task All_M_is_read_by_the_parser_of_Power_Query()
    {
        var folder = Directory.CreateTempSubdirectory("kpiapi-m-");
        try
        {
            foreach (var (table, node) in Kit.Made().Tables)
            {
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, table + ".pq"), node.Of("partition").Single().Property("source"));
            }

            foreach (var expression in Kit.Made().Parts("expressions.tmdl").Values.Single().Of("expression"))
            {
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, expression.Name + ".pq"), expression.Value);
            }

            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "Excel.pq"), PowerQuery.Table(FigureFeeds.KpiWeeks, "\"https://kpi.example.com\"", isInRange: false));
            var connector = Path.Combine(Document.Root, "src/Connectors/PowerBi");
            string[] files = [.. folder.GetFiles().Select(file => file.FullName), Path.Combine(connector, "KpiApi/KpiApi.pq"), Path.Combine(connector, "KpiApi.query.pq"), Path.Combine(connector, "KpiApi.query.pqout")];
            Assert.Equal("", await Run("node", PowerQueryFactAttribute.Folder, ["parse.mjs", .. files]));

            // It can say no.
            var wrong = Path.Combine(folder.FullName, "Wrong.pq");
            await File.WriteAllTextAsync(wrong, "let a = 1, in a");
            await Assert.ThrowsAnyAsync<Exception>(() => Run("node", PowerQueryFactAttribute.Folder, "parse.mjs", wrong));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Every_function_of_M_that_is_called_is_a_known_one()
    {
        // From the reference of the language; a parser does not know which functions there are.
        string[] known =
        [
            "DateTime.ToText", "DateTimeZone.RemoveZone", "DateTimeZone.ToUtc", "Extension.Contents", "Extension.LoadString", "Int64.From", "OData.Feed", "Table.SelectColumns", "Table.SelectRows", "Table.Sort",
            "Table.TransformColumns", "Text.EndsWith", "Text.Trim", "Text.TrimEnd", "Value.ReplaceType",
        ];
        var folder = Path.Combine(Document.Root, "src/Connectors/PowerBi");
        var texts = FeedCatalogue.All.Select(feed => PowerQuery.Table(feed, "BaseUrl", feed.IsIncremental)).Append(File.ReadAllText(Path.Combine(folder, "KpiApi/KpiApi.pq"))).Append(File.ReadAllText(Path.Combine(folder, "KpiApi.query.pq")));
        var called = texts.SelectMany(text => Regex.Matches(Regex.Replace(text, "\"[^\"]*\"|//.*", ""), @"([A-Z]\w+\.\w+)\(")).Select(match => match.Groups[1].Value).Where(name => name != "KpiApi.Contents").ToHashSet();
        Assert.Empty(called.Except(known));
        Assert.Empty(known.Except(called));
    }

    /// <summary>The query that a connection for Excel holds.</summary>
    private static (string Name, string Formula, string Connection) Query(byte[] odc)
    {
        XNamespace office = "urn:schemas-microsoft-com:office:odc", mashup = "http://schemas.microsoft.com/DataMashup";
        var document = XDocument.Parse(System.Text.Encoding.UTF8.GetString(odc));
        var query = XDocument.Parse(document.Descendants(office + "PowerQueryMashupData").Single().Value).Descendants(mashup + "Query").Single();
        return (query.Attribute("Name")!.Value, query.Element(mashup + "Formula")!.Value, document.Descendants(office + "ConnectionString").Single().Value);
    }

    private static string Section(string page, string id) => page[page.IndexOf($"aria-labelledby=\"{id}\"", StringComparison.Ordinal)..].Split("</section>")[0];

    internal static async Task<string> Run(string program, string folder, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        Assert.True(process.ExitCode == 0, $"{program}: {await output}{await errors}");
        return await output;
    }

    [GeneratedRegex("(?:href|src)=\"([^\"]+)\"")]
    private static partial Regex LinkForm();
}

/// <summary>Needs Microsoft's parser of Power Query, which node runs and npm brings; says so where it cannot be had.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PowerQueryFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Missing = new(() => NpmPackages.Missing(Folder, "@microsoft/powerquery-parser"));

    public PowerQueryFactAttribute() => Skip = Missing.Value;

    public static string Folder => Path.Combine(Document.Root, "tests", "connectors", "power-query");
}
