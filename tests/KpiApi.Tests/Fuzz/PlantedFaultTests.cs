using KpiApi.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace KpiApi.Tests.Fuzz;

/// <summary>The fuzzer can fail: it finds each fault that is planted in front of one operation.</summary>
public class PlantedFaultTests
{
    private const string Operation = "/v1/limits";

    [Fact]
    public async Task An_operation_that_fails_is_found() =>
        await Finds("status 500 is not planned", context =>
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return context.Response.WriteAsJsonAsync(new { type = "urn:kpiapi:problem:internal-error", title = "An error on our side", status = 500, detail = "x", code = "internal-error", traceId = "x" }, options: null, "application/problem+json");
        });

    [Fact]
    public async Task An_error_that_is_no_problem_is_found() =>
        await Finds("no valid problem", context =>
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return context.Response.WriteAsync("wrong");
        });

    [Fact]
    public async Task A_problem_that_tells_too_much_is_found() =>
        await Finds("no valid problem", context =>
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return context.Response.WriteAsJsonAsync(new { type = "urn:kpiapi:problem:malformed-request", title = "The request cannot be read", status = 400, detail = "SQLite Error 1", code = "malformed-request", traceId = "x" }, options: null, "application/problem+json");
        });

    [Fact]
    public async Task An_operation_that_throws_through_everything_is_found() => await Finds("thrown", _ => throw new InvalidOperationException("planted"));

    [Fact]
    public async Task An_operation_that_hangs_is_found()
    {
        using var end = new CancellationTokenSource();
        await Finds("hung", _ => Task.Delay(Timeout.Infinite, end.Token), patience: TimeSpan.FromSeconds(1));
        await end.CancelAsync();
    }

    [Fact]
    public async Task An_operation_that_is_slow_is_found() =>
        await Finds("slow", async context =>
        {
            await Task.Delay(1500);
            await context.Response.WriteAsJsonAsync(new { });
        }, patience: TimeSpan.FromSeconds(1));

    private static async Task Finds(string fault, Func<HttpContext, Task> answer, TimeSpan? patience = null)
    {
        // A few times are enough: patience is spent on each.
        var left = 3;
        await using var app = await Planted(context => context.Request.Path == Operation && HttpMethods.IsGet(context.Request.Method) && Interlocked.Decrement(ref left) >= 0 ? answer(context) : null);
        var fuzzer = await Fuzzer.Start(app, 1, patience, mostFindings: 1);
        await fuzzer.Play(0, Fuzzer.Round);
        Assert.Contains(fuzzer.Findings, finding => finding.Key.StartsWith("GET " + Operation, StringComparison.Ordinal) && finding.Key.Contains(fault, StringComparison.Ordinal));
    }

    internal static Task<KpiApp> Planted(Func<HttpContext, Task?> fault) => KpiApp.StartOnFile(builder => builder.Services.AddSingleton<IStartupFilter>(new First(fault)), "2026-02-02", FuzzTests.Settings);

    private sealed class First(Func<HttpContext, Task?> fault) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, rest) => fault(context) ?? rest(context));
            next(app);
        };
    }
}

/// <summary>A leak is found too.</summary>
[Collection(FuzzCollectionDefinition.Name)]
public class PlantedLeakTests
{
    [Fact]
    public async Task Memory_that_is_never_given_back_is_found()
    {
        var kept = new List<byte[]>();
        await using var app = await PlantedFaultTests.Planted(context =>
        {
            lock (kept)
            {
                kept.Add(new byte[100 * 1024]);
            }

            return null;
        });
        var (early, late) = await (await Fuzzer.Start(app, 1)).Play(2 * Fuzzer.Round);
        Assert.True(late - early > FuzzTests.MostGrowth, $"{early} bytes before, {late} after");
        GC.KeepAlive(kept);
    }
}
