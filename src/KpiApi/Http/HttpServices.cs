using System.Text.Json;

namespace KpiApi.Http;

internal static class HttpServices
{
    public static IServiceCollection AddHttp(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(Limits.From(configuration)).AddSingleton<RateLimit>().AddSingleton<KeysInFlight>().AddAllowedOrigins(configuration).AddCompression();
        services.ConfigureHttpJsonOptions(options => StrictJson.Configure(options.SerializerOptions));
        // Swashbuckle reads the options of MVC, so that both say the same.
        services.Configure<Microsoft.AspNetCore.Mvc.JsonOptions>(options => options.JsonSerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase);
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddHostedService<IdempotencyRetention>();
        services.AddRequestTimeouts(options => options.DefaultPolicy = new()
        {
            Timeout = TimeSpan.FromSeconds(Limits.From(configuration).RequestSeconds),
            WriteTimeoutResponse = context =>
            {
                // What was given up is over for this token, and the answer would be too, half written.
                context.RequestAborted = CancellationToken.None;
                return ProblemWriter.Write(context, new ProblemException(ProblemType.Unavailable, "The request took too long and was given up.", retryAfterSeconds: 5));
            },
        });
        services.AddExceptionHandler<ProblemWriter>();
        services.AddProblemDetails();
        return services;
    }

    public static void UseProblems(this IApplicationBuilder app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions { SuppressDiagnosticsCallback = _ => true });
        app.UseStatusCodePages(context => ProblemWriter.WriteStatus(context.HttpContext));
    }

    /// <summary>HEAD is answered wherever GET is: by the same handler, whose body the server keeps back.</summary>
    public static void UseHead(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await next(context);
            return;
        }

        context.Request.Method = HttpMethods.Get;
        context.Response.Body = Stream.Null;
        try
        {
            await next(context);
        }
        finally
        {
            context.Request.Method = HttpMethods.Head;
        }
    });
}
