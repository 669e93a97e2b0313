using System.Security.Cryptography;
using System.Text;

namespace KpiApi.Http;

/// <summary>A page as an answer. It runs no script and loads nothing: of styles only its own are allowed, by their hash.</summary>
/// <param name="page">The whole document.</param>
/// <param name="style">The text of its one style element.</param>
internal sealed class HtmlPage(Html page, Html style) : IResult
{
    public const string ContentType = "text/html";

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style.ToString())));
        httpContext.Response.Headers.ContentSecurityPolicy = $"default-src 'none'; style-src 'sha256-{hash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        httpContext.Response.ContentType = ContentType + "; charset=utf-8";
        await httpContext.Response.WriteAsync(page.ToString(), httpContext.RequestAborted);
    }
}
