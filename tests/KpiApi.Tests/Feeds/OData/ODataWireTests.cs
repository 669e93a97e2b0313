using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml;
using KpiApi.Access;
using KpiApi.Feeds;
using KpiApi.Feeds.OData;
using Microsoft.OData;
using Microsoft.OData.Edm;
using Microsoft.OData.Edm.Csdl;
using Microsoft.OData.Edm.Validation;

namespace KpiApi.Tests.Feeds.OData;

/// <summary>What Power Query sends, and what it needs to get. The headers are those that it was seen to send.</summary>
public sealed class ODataWireTests : IAsyncLifetime
{
    private ODataWorld _world = null!;

    public async Task InitializeAsync() => _world = await ODataWorld.Make();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Theory]
    [InlineData("/odata/v1")]
    [InlineData("/odata/v1/")]
    public async Task The_service_document_lists_every_feed(string address)
    {
        var answer = JsonNode.Parse(await (await PowerQuery(address)).Content.ReadAsStringAsync())!;
        Assert.Equal("http://localhost/odata/v1/$metadata", (string)answer["@odata.context"]!);
        Assert.Equal(FeedCatalogue.All.Select(feed => feed.View), answer["value"]!.AsArray().Select(set => (string)set!["url"]!));
    }

    [Fact]
    public async Task Metadata_is_XML_that_Microsoft_s_reader_takes()
    {
        using var response = await PowerQuery("/odata/v1/$metadata");
        Assert.Equal("application/xml", response.Content.Headers.ContentType!.MediaType);
        using var reader = XmlReader.Create(await response.Content.ReadAsStreamAsync());
        Assert.True(CsdlReader.TryParse(reader, out var model, out var errors), string.Join('\n', errors));
        Assert.True(model.Validate(out errors), string.Join('\n', errors));
        foreach (var feed in FeedCatalogue.All)
        {
            var type = model.EntityContainer.FindEntitySet(feed.View).EntityType;
            Assert.Equal(feed.Key, type.Key().Select(key => key.Name));
            Assert.Equal(feed.Columns.Select(column => column.Name), type.StructuralProperties().Select(property => property.Name));
            Assert.All(type.NavigationProperties(), navigation => Assert.Single(navigation.ReferentialConstraint.PropertyPairs));
        }

        var measurement = model.EntityContainer.FindEntitySet("Measurements").EntityType;
        Assert.Equal(["ProjectKpi", "Project", "Activity", "Kpi", "Calendar"], measurement.NavigationProperties().Select(property => property.Name));
        Assert.Equal(7, ((IEdmTemporalTypeReference)measurement.FindProperty("TimestampUtc").Type).Precision);
        Assert.Contains("Business day of the fact", await (await PowerQuery("/odata/v1/$metadata")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/odata/v1/$metadata?$format=json", "*/*")]
    [InlineData("/odata/v1/$metadata", "application/json")]
    public async Task Metadata_is_JSON_for_who_takes_nothing_else(string address, string accept)
    {
        using var response = await PowerQuery(address, accept: accept);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.NotNull(JsonNode.Parse(await response.Content.ReadAsStringAsync())!["KpiApi"]);
    }

    [Fact]
    public async Task The_first_thousand_rows_are_a_page_with_one_version()
    {
        using var response = await PowerQuery("/odata/v1/Measurements?$top=1000");
        Assert.Equal("4.0", Assert.Single(response.Headers.GetValues("OData-Version")));
        Assert.Equal("application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal("http://localhost/odata/v1/$metadata#Measurements", (string)answer["@odata.context"]!);
        Assert.Null(answer["@odata.nextLink"]);
        Assert.Equal(_world.Facts, answer["value"]!.AsArray().Count);
        Assert.Equal(FactFeeds.Measurements.Columns.Select(column => column.Name), answer["value"]![0]!.AsObject().Select(member => member.Key));
    }

    [Fact]
    public async Task Microsoft_s_reader_takes_every_page_of_every_set()
    {
        foreach (var feed in FeedCatalogue.All)
        {
            var link = $"/odata/v1/{feed.View}?$count=true&$top=300";
            var rows = new List<string>();
            long? count = null;
            while (link is not null)
            {
                using var response = await PowerQuery(link, prefer: "odata.maxpagesize=70");
                Assert.Equal("odata.maxpagesize=70", Assert.Single(response.Headers.GetValues("Preference-Applied")));
                using var message = new ODataMessageReader(new Message(response, await response.Content.ReadAsStreamAsync()), new ODataMessageReaderSettings { BaseUri = new Uri("http://localhost/odata/v1/") }, FeedModel.Edm);
                var reader = message.CreateODataResourceSetReader(FeedModel.Set(feed), FeedModel.Set(feed).EntityType);
                link = null;
                while (reader.Read())
                {
                    if (reader.State == ODataReaderState.ResourceEnd)
                    {
                        var row = (Microsoft.OData.ODataResource)reader.Item;
                        rows.Add(string.Join(',', feed.Key.Select(name => row.Properties.OfType<ODataProperty>().Single(property => property.Name == name).Value)));
                    }
                    else if (reader.State == ODataReaderState.ResourceSetEnd)
                    {
                        var set = (ODataResourceSet)reader.Item;
                        count ??= set.Count;
                        link = set.NextPageLink?.PathAndQuery;
                        Assert.True(set.NextPageLink?.IsAbsoluteUri ?? true);
                    }
                }
            }

            Assert.Equal(Math.Min(count!.Value, 300), rows.Count);
            Assert.Equal(rows.Distinct().Count(), rows.Count);
            Assert.Equal(count, long.Parse(await (await PowerQuery($"/odata/v1/{feed.View}/$count")).Content.ReadAsStringAsync(), CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public async Task Links_are_those_of_the_proxy_and_hold_no_key()
    {
        var key = _world.Reader.Http.DefaultRequestHeaders.GetValues(ApiKeyAuthentication.HeaderName).Single();
        using var http = _world.App.Anonymous();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/odata/v1/Measurements?$filter=UpdatedAtUtc gt 2021-02-03T00:00:00%2B01:00&api_key={key}&$select=Numerator");
        request.Headers.Add("Prefer", "odata.maxpagesize=10");
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-Host", "kpi.example.com");
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var link = (string)JsonNode.Parse(text)!["@odata.nextLink"]!;
        Assert.StartsWith("https://kpi.example.com/odata/v1/Measurements?$", link, StringComparison.Ordinal);
        Assert.DoesNotContain("kpi_", text, StringComparison.Ordinal);
        Assert.Contains("%2B01%3A00", link, StringComparison.Ordinal);
        Assert.Equal(10, (await Rows(new Uri(link).PathAndQuery, "odata.maxpagesize=10")).Count);
    }

    [Fact]
    public async Task Gzip_is_what_was_asked_for()
    {
        using var response = await PowerQuery("/odata/v1/Measurements");
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        using var gzip = new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        Assert.Equal(_world.Facts, (await JsonNode.ParseAsync(gzip))!["value"]!.AsArray().Count);
    }

    [Fact]
    public async Task What_is_unchanged_is_not_sent_again()
    {
        using var first = await PowerQuery("/odata/v1/KpiWeeks?$filter=Drift lt 0");
        var tag = first.Headers.ETag!.ToString();
        using var second = await PowerQuery("/odata/v1/KpiWeeks?$filter=Drift lt 0", ifNoneMatch: tag);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        await _world.Admin.Post("/v1/measurements", new { project = "crm", kpi = "volume", date = "2025-05-30", value = 1 });
        using var third = await PowerQuery("/odata/v1/KpiWeeks?$filter=Drift lt 0", ifNoneMatch: tag);
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    [Fact]
    public async Task Head_is_get_without_the_rows()
    {
        using var response = await PowerQuery("/odata/v1/Measurements?$top=5", method: HttpMethod.Head);
        Assert.Equal("4.0", Assert.Single(response.Headers.GetValues("OData-Version")));
        Assert.NotNull(response.Headers.ETag);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task A_row_is_found_by_its_key_and_leads_to_others()
    {
        var row = (await Rows("/odata/v1/KpiDays?$top=1&$orderby=DateKey desc&$expand=Project($select=ProjectCode),Calendar&$select=Value"))[0]!;
        Assert.Equal(["Value", "Project", "Calendar"], row.AsObject().Select(member => member.Key).Where(name => !name.StartsWith('@')));
        Assert.Equal("""{"ProjectCode":"crm"}""", row["Project"]!.ToJsonString());
        var days = await Rows("/odata/v1/KpiDays?$top=1");
        var (kpi, day) = ((long)days[0]!["ProjectKpiId"]!, (int)days[0]!["DateKey"]!);
        var one = await Node($"/odata/v1/KpiDays(ProjectKpiId={kpi},DateKey={day})");
        Assert.Equal("http://localhost/odata/v1/$metadata#KpiDays/$entity", (string)one["@odata.context"]!);
        Assert.Equal((double)days[0]!["Numerator"]!, (double)one["Numerator"]!);
        Assert.Equal("CRM", (string)(await Node($"/odata/v1/KpiDays(ProjectKpiId={kpi},DateKey={day})/Project"))["ProjectName"]!);
        await Refused("/odata/v1/KpiDays(ProjectKpiId=1,DateKey=20990101)", 404, "not-found");
        await Refused("/odata/v1/KpiDays(1)", 400, "malformed-request");
        await Refused("/odata/v1/Nothing", 404, "not-found");
    }

    [Theory]
    [InlineData("Measurements?$search=a", 501)]
    [InlineData("Measurements?$compute=Numerator mul 2 as X", 501)]
    [InlineData("Measurements?$levels=1", 501)]
    [InlineData("Measurements?$format=atom", 501)]
    [InlineData("Measurements?$filter=length(Source) gt 1", 501)]
    [InlineData("Measurements?$filter=Project/ProjectCode eq 'crm'", 501)]
    [InlineData("Measurements?$filter=tolower(Source) eq 'a'", 501)]
    [InlineData("Measurements?$expand=Project($expand=Activity)", 501)]
    [InlineData("Measurements?$expand=Project($filter=ProjectId eq 1)", 501)]
    [InlineData("Measurements?$apply=compute(Numerator mul 2 as X)", 501)]
    [InlineData("Measurements?$apply=topcount(5,Numerator)", 501)]
    [InlineData("Measurements(1)/Numerator", 501)]
    [InlineData("$batch", 501)]
    [InlineData("Measurements?$filter=Nothing eq 1", 400)]
    [InlineData("Measurements?$filter=", 400)]
    [InlineData("Measurements?$filter=Numerator eq 'a'", 400)]
    [InlineData("Measurements?$filter=Numerator eq NaN", 400)]
    [InlineData("Measurements?$filter=Numerator", 400)]
    [InlineData("Measurements?$orderby=Nothing", 400)]
    [InlineData("Measurements?$top=-1", 400)]
    [InlineData("Measurements?$top=1&$top=2", 400)]
    [InlineData("Measurements?$Top=1", 400)]
    [InlineData("Measurements?top=1", 400)]
    [InlineData("Measurements?$count=maybe", 400)]
    [InlineData("Measurements?$select=Nothing", 400)]
    [InlineData("Measurements?$skiptoken=abc", 400)]
    [InlineData("Measurements?foo=bar", 400)]
    [InlineData("Measurements/$count?$top=1", 400)]
    [InlineData("Measurements?asOf=2030-01-01", 400)]
    public async Task What_is_wrong_or_not_offered_is_refused(string question, int status) => await Refused("/odata/v1/" + question, status, status == 501 ? "not-offered" : "malformed-request");

    [Theory]
    [InlineData("$filter=null")]
    [InlineData("$filter=not null")]
    [InlineData("$filter=null and true")]
    [InlineData("$filter=null in (null)")]
    [InlineData("$filter=null in ('a')")]
    [InlineData("$filter=null in (null,1)")]
    [InlineData("$filter=not (null in (null))")]
    [InlineData("$filter=Numerator add null eq 1")]
    [InlineData("$filter=-null eq 1")]
    [InlineData("$filter=floor(null) eq 1")]
    [InlineData("$filter=year(null) eq 1")]
    [InlineData("$filter=date(null) eq 2025-01-01")]
    [InlineData("$filter=contains(null,'a')")]
    [InlineData("$filter=contains(Note,null)")]
    [InlineData("$apply=aggregate(null with max as M)")]
    [InlineData("$apply=aggregate(null with countdistinct as M)")]
    [InlineData("$apply=filter(null in (null))")]
    [InlineData("$apply=groupby((Source),aggregate($count as N))&$filter=null in (null)")]
    [InlineData("$apply=groupby((Source),aggregate($count as N))/aggregate(null with min as M)")]
    public async Task A_null_outside_of_comparisons_and_lists_is_refused(string question) => await Refused("/odata/v1/Measurements?" + question, 400, "malformed-request");

    [Theory]
    [InlineData("null eq null", true)]
    [InlineData("null ne null", false)]
    [InlineData("null lt 1", false)]
    [InlineData("1 add 1 eq null", false)]
    [InlineData("null eq true", false)]
    [InlineData("1 in (1,2)", true)]
    [InlineData("'a' in (null)", false)]
    [InlineData("Source in (null)", false)]
    [InlineData("not (Source in (null))", true)]
    [InlineData("Source in (null,'api')", true)]
    [InlineData("MeasurementId in (null)", false)]
    [InlineData("Date in (null)", false)]
    [InlineData("Note in (null)", true)]
    public async Task Null_is_equal_to_null_only_also_where_no_row_has_any(string filter, bool isOfAll) =>
        Assert.Equal(isOfAll ? _world.Facts : 0, (await Rows("/odata/v1/Measurements?$filter=" + filter)).Count);

    [Theory]
    [InlineData("null")]
    [InlineData("null desc")]
    [InlineData("Numerator,null")]
    [InlineData("1")]
    [InlineData("-1")]
    [InlineData("'a'")]
    [InlineData("true")]
    [InlineData("2026-01-01")]
    [InlineData("2026-01-01T00:00:00Z desc")]
    [InlineData("1 add 1")]
    [InlineData("Numerator,floor(1.5)")]
    public async Task An_order_without_a_column_is_refused(string term)
    {
        await Refused("/odata/v1/KpiStatus?$orderby=" + term.Replace("Numerator", "Actual", StringComparison.Ordinal), 400, "malformed-request");
        await Refused("/odata/v1/Measurements?$apply=groupby((Source),aggregate($count as Numerator))&$orderby=" + term, 400, "malformed-request");
        using var feed = await _world.Reader.Http.GetAsync("/v1/feeds/kpi-status?orderby=" + term.Replace("Numerator", "Actual", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.BadRequest, feed.StatusCode);
    }

    [Theory]
    [InlineData("groupby((Unit),aggregate(Numerator with sum as Unit))")]
    [InlineData("groupby((Unit),aggregate($count as unit))")]
    [InlineData("groupby((Unit),aggregate(Numerator with sum as M,Denominator with sum as m))")]
    [InlineData("aggregate($count as N,$count as N)")]
    [InlineData("groupby((Unit,KpiId),aggregate($count as N))/groupby((N),aggregate(KpiId with max as n))")]
    public async Task A_row_of_groups_has_no_name_twice(string apply) => await Refused("/odata/v1/KpiDays?$apply=" + apply, 400, "malformed-request");

    [Theory]
    [InlineData("Measurements?$select=Source&$expand=")]
    [InlineData("Measurements?$select=Source&$expand=%20")]
    [InlineData("Measurements?$expand=Project&$select=")]
    [InlineData("Measurements?$select=Source,")]
    [InlineData("Measurements?$expand=Project,")]
    [InlineData("Measurements?$expand=Project($select=)")]
    [InlineData("Measurements?$expand=Project($select=ProjectCode,)")]
    [InlineData("Measurements(1)?$select=Source&$expand=")]
    [InlineData("Measurements?$format=&$top=1")]
    [InlineData("Measurements?$apply=&$filter=Numerator gt 1")]
    [InlineData("Measurements?$apply=groupby((Source))&$expand=")]
    [InlineData("Measurements?$apply=groupby((Source))&$select=")]
    [InlineData("Measurements?$apply=groupby((Source))&$select=Source,")]
    [InlineData("$metadata?$format=")]
    public async Task What_is_empty_is_refused_in_any_company(string question) => await Refused("/odata/v1/" + question, 400, "malformed-request");

    [Theory]
    [InlineData("$filter=ProjectCode has 1")]
    [InlineData("$filter=ProjectCode eq 'x' and (ProjectCode)has'a'")]
    [InlineData("$filter=KpiId divby 2 eq 1")]
    [InlineData("$filter=case(true:1) eq 1")]
    [InlineData("$orderby=KpiId divby 2")]
    [InlineData("$expand=Project($filter=ProjectCode has 1)")]
    [InlineData("$apply=filter(ProjectCode has 1)/aggregate($count as N)")]
    [InlineData("$apply=groupby((rollup(Unit,KpiId)),aggregate(Numerator with sum as N))")]
    [InlineData("$apply=groupby((Unit,rollup($all,KpiId)))")]
    [InlineData("$apply=groupby((Unit),filter(KpiId eq 1))")]
    [InlineData("$apply=aggregate(Numerator with sum from Unit with average as N)")]
    public async Task Words_that_the_parser_does_not_know_are_not_offered(string question) => await Refused("/odata/v1/KpiDays?" + question, 501, "not-offered");

    [Theory]
    [InlineData("$filter=ProjectCode eq ' has ' and Nothing eq 1")]
    [InlineData("$apply=filter(Unit eq '(rollup(')/groupby((Nothing))")]
    public async Task Words_in_a_text_are_a_text(string question) => await Refused("/odata/v1/KpiDays?" + question, 400, "malformed-request");

    [Theory]
    [InlineData("*")]
    [InlineData("N,*")]
    public async Task A_star_selects_all_columns_of_groups(string select)
    {
        var answer = await Node("/odata/v1/KpiDays?$apply=groupby((KpiId),aggregate($count as N))&$select=" + select);
        Assert.Equal("http://localhost/odata/v1/$metadata#KpiDays(KpiId,N)", (string)answer["@odata.context"]!);
        Assert.Equal(["KpiId", "N"], answer["value"]![0]!.AsObject().Select(member => member.Key).Where(name => !name.StartsWith('@')));
        await Refused("/odata/v1/KpiDays?$apply=groupby((KpiId))&$select=*,Nothing", 400, "malformed-request");
    }

    [Fact]
    public async Task A_token_is_of_its_question_and_of_its_organisation()
    {
        var link = (string)(await Node("/odata/v1/Measurements?$select=Numerator", "odata.maxpagesize=5"))["@odata.nextLink"]!;
        var token = link[link.IndexOf("$skiptoken=", StringComparison.Ordinal)..];
        await Refused("/odata/v1/Measurements?$select=Denominator&" + token, 400, "malformed-request");
        await Refused("/odata/v1/Ledger?" + token, 400, "malformed-request");
        await Refused("/odata/v1/Measurements?$select=Numerator&" + token[..^2] + (token[^2] == 'A' ? "B" : "A") + token[^1], 400, "malformed-request");
        var other = await _world.App.Organisation("other", Role.Reader);
        using var foreign = await other.Http.GetAsync(new Uri(link).PathAndQuery);
        Assert.Equal(HttpStatusCode.BadRequest, foreign.StatusCode);
        using var own = await _world.Reader.Http.GetAsync(new Uri(link).PathAndQuery);
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
    }

    [Fact]
    public async Task Groups_have_figures_that_can_be_filtered_and_ordered()
    {
        var answer = await Node("/odata/v1/KpiDays?$apply=filter(DateKey ge 20250303)/groupby((KpiId),aggregate(Numerator with sum as Sum,Denominator with sum as Over,$count as Days))&$filter=Days gt 1&$orderby=Sum desc&$count=true");
        Assert.Equal("http://localhost/odata/v1/$metadata#KpiDays(KpiId,Sum,Over,Days)", (string)answer["@odata.context"]!);
        Assert.Equal(2, (int)answer["@odata.count"]!);
        Assert.Equal(2, answer["value"]!.AsArray().Count);
        Assert.True((double)answer["value"]![0]!["Sum"]! > (double)answer["value"]![1]!["Sum"]!);
    }

    [Fact]
    public async Task Sums_divided_are_the_published_value_of_any_week()
    {
        var published = (await Rows("/odata/v1/KpiWeeks?$filter=Actual ne null and not IsProvisional")).ToDictionary(row => $"{row!["ProjectKpiId"]} {row["Week"]}", row => (double)row!["Actual"]!);
        var weeks = (await Rows("/odata/v1/Dates?$select=DateKey,Week&$filter=Year eq 2025")).ToDictionary(row => (int)row!["DateKey"]!, row => (string)row!["Week"]!);
        // The project began on a Monday, so every week is whole.
        var sums = (await Rows("/odata/v1/KpiDays?$filter=DateKey ge 20250303")).GroupBy(row => $"{row!["ProjectKpiId"]} {weeks[(int)row["DateKey"]!]}")
            .ToDictionary(group => group.Key, group => group.Sum(row => (double)row!["Numerator"]!) / group.Sum(row => (double)row!["Denominator"]!));
        Assert.True(published.Count > 15);
        Assert.All(published, week => Assert.Equal(week.Value, sums[week.Key], 9));
        // And grouped by the server, over the whole life.
        var whole = await Rows("/odata/v1/KpiDays?$apply=filter(DateKey le 20250302 and DateKey ge 20250201)/groupby((ProjectKpiId),aggregate(Numerator with sum as N,Denominator with sum as D))");
        var baselines = (await Rows("/odata/v1/ProjectKpis")).ToDictionary(row => (long)row!["ProjectKpiId"]!, row => (double)row!["BaselineValue"]!);
        Assert.All(whole, row => Assert.Equal(baselines[(long)row!["ProjectKpiId"]!], (double)row["N"]! / (double)row["D"]!, 9));
    }

    [Fact]
    public async Task Basic_and_a_key_in_the_address_are_ways_in_and_an_empty_bearer_is_told_how()
    {
        var key = _world.Reader.Http.DefaultRequestHeaders.GetValues(ApiKeyAuthentication.HeaderName).Single();
        var admin = _world.Admin.Http.DefaultRequestHeaders.GetValues(ApiKeyAuthentication.HeaderName).Single();
        using var http = _world.App.Anonymous();
        async Task<HttpResponseMessage> Get(string address, string? authorization = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (authorization is not null)
            {
                request.Headers.TryAddWithoutValidation("Authorization", authorization);
            }

            return await http.SendAsync(request);
        }

        Assert.Equal(HttpStatusCode.OK, (await Get("/odata/v1/Kpis", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("powerbi:" + key)))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Get("/odata/v1/Kpis?api_key=" + key)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Get("/odata/v1/Kpis?api_key=" + admin)).StatusCode);
        using var refused = await Get("/odata/v1/", "Bearer ");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal("unauthorized", (string)JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!["code"]!);
        Assert.NotEmpty(refused.Headers.WwwAuthenticate);
    }

    private async Task<JsonNode> Node(string address, string? prefer = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (prefer is not null)
        {
            request.Headers.Add("Prefer", prefer);
        }

        using var response = await _world.Reader.Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{address}: {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    private async Task<JsonArray> Rows(string address, string? prefer = null) => (await Node(address, prefer))["value"]!.AsArray();

    private async Task Refused(string address, int status, string code)
    {
        using var response = await _world.Reader.Http.GetAsync(address);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"{address}: {(int)response.StatusCode} {text}");
        Assert.Equal("4.0", Assert.Single(response.Headers.GetValues("OData-Version")));
        using var message = new ODataMessageReader(new Message(response, await response.Content.ReadAsStreamAsync()));
        var error = message.ReadError();
        Assert.Equal(code, error.Code);
        Assert.False(string.IsNullOrEmpty(error.Message));
        Assert.Contains("urn:kpiapi:problem:" + code, text, StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> PowerQuery(string address, HttpMethod? method = null, string? accept = null, string? prefer = null, string? ifNoneMatch = null)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, address);
        request.Headers.TryAddWithoutValidation("User-Agent", "Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)");
        request.Headers.TryAddWithoutValidation("MaxDataServiceVersion", "3.0");
        request.Headers.TryAddWithoutValidation("OData-MaxVersion", "4.0");
        request.Headers.TryAddWithoutValidation("Accept", accept
            ?? "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7");
        if (address == "/odata/v1/Measurements")
        {
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip, deflate");
        }

        if (prefer is not null)
        {
            request.Headers.Add("Prefer", prefer);
        }

        if (ifNoneMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        }

        return _world.Reader.Http.SendAsync(request);
    }

    private sealed class Message(HttpResponseMessage response, Stream body) : IODataResponseMessage
    {
        public IEnumerable<KeyValuePair<string, string>> Headers => response.Headers.Concat(response.Content.Headers).Select(header => KeyValuePair.Create(header.Key, string.Join(',', header.Value)));

        public int StatusCode { get => (int)response.StatusCode; set => throw new NotSupportedException(); }

        public string GetHeader(string headerName) => Headers.FirstOrDefault(header => header.Key.Equals(headerName, StringComparison.OrdinalIgnoreCase)).Value;

        public void SetHeader(string headerName, string headerValue) => throw new NotSupportedException();

        public Stream GetStream() => body;
    }
}
