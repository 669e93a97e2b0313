namespace KpiApi.Http;

/// <summary>Headers that every answer carries, and which origins a browser may call from.</summary>
internal static class SecurityHeaders
{
    public static IServiceCollection AddAllowedOrigins(this IServiceCollection services, IConfiguration configuration)
    {
        var origins = configuration.GetSection("Cors:Origins").Get<string[]>() ?? (configuration["Cors:Origins"] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (origins.FirstOrDefault(origin => !Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.GetLeftPart(UriPartial.Authority) != origin.TrimEnd('/')) is { } wrong)
        {
            throw new KpiApi.Storage.ConfigurationException($"Cors:Origins: '{wrong}' is not an origin such as https://app.example.com.");
        }

        return services.AddCors(cors => cors.AddDefaultPolicy(policy =>
        {
            if (origins.Length > 0)
            {
                policy.WithOrigins(origins).AllowAnyHeader().AllowAnyMethod()
                    .WithExposedHeaders("Deprecation", "ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "Sunset", "api-supported-versions");
            }
        }));
    }

    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // Set at the last moment: an error clears the headers that were set before it.
        context.Response.OnStarting(() =>
        {
            Add(context);
            return Task.CompletedTask;
        });
        return next(context);
    });

    private static void Add(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        // A page that has a style in it has said itself which one.
        headers.ContentSecurityPolicy = headers.ContentSecurityPolicy is { Count: > 0 } own ? own.ToString() : context.Request.Path.Value switch
        {
            // Swagger UI is a page, with styles written into it and pictures written into those.
            { } path when IsUnder(path, "/swagger") =>
                "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
            { } path when IsUnder(path, "/connect") => "default-src 'none'; script-src 'self'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
            _ => "default-src 'none'; frame-ancestors 'none'",
        };

        if (context.Request.IsHttps)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }
    }

    private static bool IsUnder(string path, string root) => new PathString(path).StartsWithSegments(root, StringComparison.OrdinalIgnoreCase);
}
