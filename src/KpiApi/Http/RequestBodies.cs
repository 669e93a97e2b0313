using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace KpiApi.Http;

/// <summary>What is refused before a body is read: too large, encoded, or in another charset. The framework would read some of it as something else.</summary>
internal static class RequestBodies
{
    public static void UseRequestBodies(this IApplicationBuilder app)
    {
        var limits = app.ApplicationServices.GetRequiredService<Limits>();
        app.Use((context, next) =>
        {
            if (context.GetEndpoint()?.Metadata.GetMetadata<EndpointRule>() is { } rule)
            {
                Check(context, rule.BodyBytes(limits, context.IsUpload()));
            }

            return next(context);
        });
    }

    private static void Check(HttpContext context, long mostBytes)
    {
        var request = context.Request;
        if (request.PathBase.Value?.Length + request.Path.Value?.Length + request.QueryString.Value?.Length > Limits.UrlBytes)
        {
            throw new ProblemException(ProblemType.Malformed, $"The address is longer than {Limits.UrlBytes} bytes.");
        }

        if (request.Query.Any(parameter => parameter.Value.Any(value => value?.Contains('\0', StringComparison.Ordinal) == true)))
        {
            throw new ProblemException(ProblemType.Malformed, "A query parameter contains U+0000.");
        }

        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsDelete(request.Method))
        {
            // Headers about a body that nobody reads are nobody's business.
            return;
        }

        if (!context.IsUpload())
        {
            CheckHeaders(request);
        }

        if (request.ContentLength > mostBytes)
        {
            throw new ProblemException(ProblemType.TooLarge, $"The body is larger than the {mostBytes} bytes that this endpoint takes.");
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = mostBytes;
        }
    }

    private static void CheckHeaders(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Any(encoding => !string.IsNullOrWhiteSpace(encoding) && !encoding.Trim().Equals("identity", StringComparison.OrdinalIgnoreCase)))
        {
            throw new ProblemException(ProblemType.UnsupportedMediaType, "Content-Encoding is not supported here. Send the body as it is.");
        }

        MediaTypeHeaderValue? type = null;
        if (!string.IsNullOrEmpty(request.ContentType)
            && (!MediaTypeHeaderValue.TryParse(request.ContentType, out type) || !type.Parameters.Where(parameter => parameter.Name.Equals("charset", StringComparison.OrdinalIgnoreCase)).All(charset => charset.GetUnescapedValue().Equals("utf-8", StringComparison.OrdinalIgnoreCase))))
        {
            throw new ProblemException(ProblemType.UnsupportedMediaType, "Send the body in UTF-8.");
        }

        if (type?.Parameters.Any(parameter => parameter.Name.Equals("charset", StringComparison.OrdinalIgnoreCase)) == true)
        {
            // The framework takes the word as it stands, quotes included.
            type.Charset = null;
            request.ContentType = type.ToString();
        }
    }
}
