using System.Net.Http.Headers;
using KpiApi.Tests.Support;

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
        await using var app = await KpiApp.Start();
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
}
