using System.Net.Http.Headers;
using System.Text;
using KpiApi.Tests.Http;
using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace KpiApi.Tests.Fuzz;

/// <summary>What the fuzzer found, each as small as it gets.</summary>
public class FindingsTests
{
    // The charset and the encoding of a body are refused before anybody looks whether the operation takes one; the document says 415 only where there is a body.
    [Theory]
    [InlineData("GET", "/v1/activities", "Content-Encoding", "gzip")]
    [InlineData("GET", "/v1/activities", "Content-Type", "application/json; charset=utf-16")]
    [InlineData("DELETE", "/v1/measurements/{id}", "Content-Encoding", "gzip")]
    [InlineData("DELETE", "/v1/measurements/{id}", "Content-Type", "application/json; charset=utf-16")]
    public async Task The_answer_to_a_body_header_without_a_body_is_one_of_the_document(string method, string path, string header, string value)
    {
        await using var app = await KpiApp.StartOnFile();
        var client = await app.Organisation();
        using var http = app.Anonymous();
        var operation = (await Grammar.Of(http)).Operations.Single(operation => operation.Method == method && operation.Path == path);
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path.Replace("{id}", "1", StringComparison.Ordinal), UriKind.Relative));
        request.Content = new ByteArrayContent([]);
        if (header == "Content-Type")
        {
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(value);
        }
        else
        {
            request.Content.Headers.Add(header, value);
        }

        using var response = await client.Http.SendAsync(request);
        Assert.Contains((int)response.StatusCode, operation.Statuses);
    }

    [Theory]
    [InlineData("PATCH", "/v1/projects/{project}", """{"name":"New"}""", "charset=")]
    [InlineData("PATCH", "/v1/projects/{project}", """{"name":"New"}""", "charset=\"\"")]
    [InlineData("POST", "/v1/activities", """{"code":"new","name":"New"}""", "charset=")]
    public async Task A_charset_without_a_name_is_none(string method, string path, string body, string charset)
    {
        await using var app = await KpiApp.Start();
        var client = await app.Organisation();
        await BadWorld.Fill(client);
        var project = (string)(await client.Get("/v1/projects"))["items"]![0]!["code"]!;
        using var request = new HttpRequestMessage(new HttpMethod(method), path.Replace("{project}", project, StringComparison.Ordinal)) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json; " + charset);
        using var response = await client.Http.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode || (int)response.StatusCode == 415, $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
    }

    [Fact]
    public async Task A_host_that_no_address_can_be_made_of_is_400()
    {
        await using var app = await KpiApp.Start();
        var server = (TestServer)app.Services.GetRequiredService<IServer>();
        foreach (var host in new[] { "a!" + new string('a', 100), "a..b!", "-!", "xn--a!" })
        {
            foreach (var path in new[] { "/v1/projects", "/v1/feeds/projects", "/odata/v1/$metadata", "/odata/v1/Projects", "/connect", "/connect/power-bi.pbids" })
            {
                var context = await server.SendAsync(context =>
                {
                    context.Request.Headers.Host = host;
                    context.Request.Path = path;
                });
                Assert.Equal(400, context.Response.StatusCode);
                using var reader = new StreamReader(context.Response.Body);
                Assert.Contains("\"code\":\"malformed-request\"", await reader.ReadToEndAsync(), StringComparison.Ordinal);
            }
        }
    }
}
