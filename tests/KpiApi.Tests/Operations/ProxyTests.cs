using System.Net;
using KpiApi.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KpiApi.Tests.Operations;

/// <summary>Who called, and over what: the word of a proxy counts when it is known, and nobody else's.</summary>
public class ProxyTests
{
    [Theory]
    [InlineData("", "127.0.0.1", "198.51.100.7", "https", "https 198.51.100.7")]
    [InlineData("", "::1", "198.51.100.7", "https", "https 198.51.100.7")]
    [InlineData("", "127.0.0.1", null, null, "http 127.0.0.1")]
    [InlineData("", "203.0.113.9", "127.0.0.1", "https", "http 203.0.113.9")]
    [InlineData("10.0.0.1", "10.0.0.1", "198.51.100.7", "https", "https 198.51.100.7")]
    [InlineData("10.0.0.1", "::ffff:10.0.0.1", "198.51.100.7", "https", "https 198.51.100.7")]
    [InlineData("10.0.0.1", "10.0.0.2", "198.51.100.7", "https", "http 10.0.0.2")]
    [InlineData("10.0.0.1, 10.1.0.0/16", "10.1.2.3", "198.51.100.7", "https", "https 198.51.100.7")]
    [InlineData("fd00::/8", "fd00::5", "2001:db8::1", "https", "https 2001:db8::1")]
    // Two proxies in a row; and what the caller wrote in front of them is only his word.
    [InlineData("10.0.0.1,10.0.0.2", "10.0.0.2", "127.0.0.1, 198.51.100.7, 10.0.0.1", "https, https, https", "https 198.51.100.7")]
    [InlineData("10.0.0.2", "10.0.0.2", "127.0.0.1, 198.51.100.7", "http, https", "https 198.51.100.7")]
    public async Task The_caller_is_who_the_last_known_proxy_says(string known, string remote, string? forwardedFor, string? forwardedProto, string expected)
    {
        var seen = new TaskCompletionSource<string>();
        await using var app = Program.Build([$"--Proxies:Known={known}"], builder =>
        {
            builder.WebHost.UseTestServer();
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton<IStartupFilter>(new Witness(context => seen.SetResult($"{context.Request.Scheme} {context.Connection.RemoteIpAddress}")));
        });
        await app.StartAsync();
        await app.GetTestServer().SendAsync(context =>
        {
            context.Request.Path = "/health/live";
            context.Connection.RemoteIpAddress = IPAddress.Parse(remote);
            context.Request.Headers["X-Forwarded-For"] = forwardedFor;
            context.Request.Headers["X-Forwarded-Proto"] = forwardedProto;
            context.Request.Headers["X-Forwarded-Host"] = "elsewhere.example";
        });
        // The answer may be there before the last of the program is.
        Assert.Equal(expected, await seen.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Theory]
    [InlineData("proxy.example")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.1,nonsense")]
    [InlineData("0.0.0.0/0")]
    public void A_proxy_that_is_none_stops_the_start(string known) =>
        Assert.Contains("Proxies:Known", Assert.Throws<ConfigurationException>(() => Program.Build([$"--Proxies:Known={known}"])).Message, StringComparison.Ordinal);

    /// <summary>Looks at a request after everything in the program had it.</summary>
    private sealed class Witness(Action<HttpContext> look) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, rest) =>
            {
                await rest(context);
                look(context);
            });
            next(app);
        };
    }
}
