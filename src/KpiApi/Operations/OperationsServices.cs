using System.Reflection;
using KpiApi.Storage;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace KpiApi.Operations;

/// <summary>What those who run the program need: telemetry, health, a graceful stop, the true caller behind a proxy, and a service that starts.</summary>
internal static class OperationsServices
{
    // Requests under way have this long. With what telemetry may take after it, the program ends within 30 seconds.
    private static readonly TimeSpan MostForRequests = TimeSpan.FromSeconds(20);
    private const string MostForTelemetryMilliseconds = "3000";

    // These write down requests as they came, with the key in a query string or a path, at levels that an operator may ask for.
    private static readonly string[] Indiscreet = ["Microsoft.AspNetCore.Hosting.Diagnostics", "Microsoft.AspNetCore.HttpLogging", "Microsoft.AspNetCore.Routing", "Microsoft.AspNetCore.Server.Kestrel.BadRequests", "Microsoft.AspNetCore.StaticFiles"];

    /// <exception cref="ConfigurationException">A setting is wrong.</exception>
    public static void AddOperations(this WebApplicationBuilder builder)
    {
        Settings.CheckUrls(builder.Configuration);
        AddStop(builder);
        AddProxies(builder.Services, Settings.KnownProxies(builder.Configuration));
        AddHealth(builder.Services);
        builder.Services.PostConfigure<LoggerFilterOptions>(KeepQuiet);
        if (Settings.Otlp(builder.Configuration) is { } otlp)
        {
            AddTelemetry(builder, otlp);
        }
    }

    private static void AddStop(WebApplicationBuilder builder)
    {
        // Both do nothing unless the program was started as such a service.
        builder.Services.AddWindowsService(options => options.ServiceName = "KpiApi");
        builder.Services.AddSystemd();
        if (string.IsNullOrEmpty(builder.Configuration["shutdownTimeoutSeconds"]))
        {
            builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = MostForRequests);
        }
    }

    private static void AddProxies(IServiceCollection services, IReadOnlyList<System.Net.IPNetwork> known) => services.Configure<ForwardedHeadersOptions>(options =>
    {
        // The host and the beginning of the path too: links of OData and the files of the connect page are made of them.
        options.ForwardedHeaders = ForwardedHeaders.All;
        // As many hops as are known, and the first unknown one is the caller.
        options.ForwardLimit = null;
        foreach (var network in known)
        {
            // This machine is trusted already.
            options.KnownIPNetworks.Add(network);
        }
    });

    private static void AddHealth(IServiceCollection services)
    {
        var engine = services.Last(service => service.ServiceType == typeof(Dialect)).ImplementationFactory!;
        services.AddSingleton<StorageTraffic>();
        services.AddSingleton(provider => new MeasuredDialect((Dialect)engine(provider), provider.GetRequiredService<StorageTraffic>()));
        services.Replace(ServiceDescriptor.Singleton<Dialect>(provider => provider.GetRequiredService<MeasuredDialect>()));
        services.AddSingleton<StorageProbe>();
        services.AddSingleton(provider =>
        {
            // Asked from a thread of its own, also while the program ends.
            var traffic = provider.GetRequiredService<StorageTraffic>();
            var probe = provider.GetRequiredService<StorageProbe>();
            // A server that others use too may miss a second when it is only busy. Who asks is answered within two.
            var patience = TimeSpan.FromSeconds(provider.GetRequiredService<Dialect>().File is null ? 1.8 : 1);
            return new Readiness(probe.Run, patience, TimeProvider.System, provider.GetRequiredService<ILogger<Readiness>>(), () => traffic.Shown(patience));
        });
    }

    private static void KeepQuiet(LoggerFilterOptions options)
    {
        var rules = options.Rules.ToList();
        options.Rules.Clear();
        foreach (var rule in rules.Append(new LoggerFilterRule(null, null, options.MinLevel, null)))
        {
            options.Rules.Add(new LoggerFilterRule(
                rule.ProviderName,
                rule.CategoryName,
                rule.LogLevel,
                (provider, category, level) => (rule.Filter?.Invoke(provider, category, level) ?? true) && (level >= LogLevel.Warning || !Indiscreet.Any(name => category?.StartsWith(name, StringComparison.Ordinal) == true))));
        }
    }

    private static void AddTelemetry(WebApplicationBuilder builder, OtlpSettings otlp)
    {
        // The exporter reads the standard names; ours are the same settings by another name.
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = otlp.Endpoint,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = otlp.Protocol,
            ["OTEL_EXPORTER_OTLP_HEADERS"] = otlp.Headers,
            ["OTEL_EXPORTER_OTLP_TIMEOUT"] = builder.Configuration["OTEL_EXPORTER_OTLP_TIMEOUT"] ?? MostForTelemetryMilliseconds,
        }.Where(setting => setting.Value is not null));
        builder.Services.AddSingleton<StorageGauges>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<StorageGauges>());
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("kpiapi", serviceVersion: Assembly.GetExecutingAssembly().GetName().Version?.ToString()))
            .WithTracing(traces => traces
                .AddSource(Telemetry.Name)
                .AddAspNetCoreInstrumentation(requests => requests.Filter = context => !context.Request.Path.StartsWithSegments(Health.Root))
                .AddProcessor(new Redaction()))
            .WithMetrics(metrics => metrics.AddMeter(Telemetry.Name).AddAspNetCoreInstrumentation().AddRuntimeInstrumentation())
            .WithLogging(configureBuilder: null, options => options.IncludeFormattedMessage = true)
            .UseOtlpExporter();
    }
}
