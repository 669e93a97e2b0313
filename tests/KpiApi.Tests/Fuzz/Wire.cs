using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Primitives;

namespace KpiApi.Tests.Fuzz;

/// <summary>A request as it goes over the wire: nothing is tidied up on the way.</summary>
internal sealed class Wire
{
    public required int Number { get; init; }

    public required Operation Operation { get; init; }

    /// <summary>What was done to a valid request; empty for a valid one.</summary>
    public string Mutation { get; set; } = "";

    public string Method { get; set; } = "GET";

    /// <summary>Escaped.</summary>
    public string Path { get; set; } = "/";

    /// <summary>Names and values, escaped.</summary>
    public List<(string Name, string Value)> Query { get; } = [];

    public List<(string Name, string Value)> Headers { get; } = [];

    public byte[]? Body { get; set; }

    /// <summary>The role of the only credential; null for none or one that must not be accepted.</summary>
    public string? Role { get; set; }

    /// <summary>The credential was meddled with: who this is, is open.</summary>
    public bool IsCredentialOpen { get; set; }

    /// <summary>The address or the method may belong to another operation now.</summary>
    public bool IsElsewhere { get; set; }

    public string QueryString => Query.Count == 0 ? "" : "?" + string.Join('&', Query.Select(pair => $"{pair.Name}={pair.Value}"));

    public async Task<Answer> Send(TestServer server)
    {
        var context = await server.SendAsync(target =>
        {
            var request = target.Request;
            request.Method = Method;
            request.Scheme = "http";
            request.Protocol = "HTTP/1.1";
            request.Host = new HostString("localhost");
            request.Path = PathString.FromUriComponent(Path);
            request.QueryString = new QueryString(QueryString);
            foreach (var (name, value) in Headers)
            {
                request.Headers[name] = StringValues.Concat(request.Headers[name], value);
            }

            target.Features.Set<IHttpRequestBodyDetectionFeature>(new Detection(Body is not null));
            if (Body is not null)
            {
                request.Body = new MemoryStream(Body, writable: false);
                request.ContentLength = Body.Length;
            }
        });
        using var buffer = new MemoryStream();
        await context.Response.Body.CopyToAsync(buffer);
        return new Answer(
            context.Response.StatusCode,
            context.Response.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            buffer.ToArray());
    }

    /// <summary>As a command, for a reader; a long body is cut.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"curl --path-as-is -X {Method} 'http://localhost:5080{Path}{QueryString}'");
        foreach (var (name, value) in Headers)
        {
            text.Append(CultureInfo.InvariantCulture, $" -H '{name}: {(name == "X-Api-Key" && Role is not null ? $"<{Role}>" : Short(value))}'");
        }

        if (Body is not null)
        {
            text.Append(" --data-binary $'").Append(Printable(Body)).Append('\'');
        }

        return text.ToString();
    }

    public static string Short(string text, int most = 1500) => text.Length <= most ? text : $"{text[..most]}… ({text.Length} characters)";

    private static string Printable(byte[] bytes)
    {
        var text = new StringBuilder();
        foreach (var letter in bytes.Take(1500))
        {
            text.Append(letter is >= 32 and < 127 and not (byte)'\'' and not (byte)'\\' ? ((char)letter).ToString() : $"\\x{letter:x2}");
        }

        return bytes.Length <= 1500 ? text.ToString() : $"{text}… ({bytes.Length} bytes)";
    }

    private sealed class Detection(bool canHaveBody) : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => canHaveBody;
    }
}

internal sealed record Answer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text { get; } = Encoding.UTF8.GetString(Body);

    public string MediaType => Headers.GetValueOrDefault("Content-Type", "").Split(';')[0].Trim();

    public HttpResponseMessage AsMessage(Wire wire)
    {
        var message = new HttpResponseMessage((HttpStatusCode)Status)
        {
            Content = new ByteArrayContent(Body),
            RequestMessage = new HttpRequestMessage(new HttpMethod("FUZZ"), Uri.TryCreate("http://localhost" + wire.Path + wire.QueryString, UriKind.Absolute, out var address) ? address : new Uri("http://localhost/")),
        };
        message.Content.Headers.TryAddWithoutValidation("Content-Type", Headers.GetValueOrDefault("Content-Type", ""));
        return message;
    }
}
