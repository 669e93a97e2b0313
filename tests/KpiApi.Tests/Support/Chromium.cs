using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace KpiApi.Tests.Support;

/// <summary>A browser for pages: Debian's Chromium, driven by Playwright (tests/browser).</summary>
internal static class Chromium
{
    public static readonly string Folder = Path.Combine(SuiteFolder(), "tests", "browser");

    private static readonly string? Program = Find("chromium", "chromium-browser", "google-chrome");
    private static readonly string? Node = Find("node");

    /// <summary>What is missing; null when a page can be opened.</summary>
    public static string? Missing =>
        Program is null ? "Chromium is not on this machine."
        : Node is null ? "node is not on this machine."
        : Directory.Exists(Path.Combine(Folder, "node_modules", "playwright-core")) ? null
        : "Playwright is not installed: run npm ci in tests/browser.";

    /// <summary>Opens pages, and says what is on each.</summary>
    public static async Task<IReadOnlyList<JsonNode>> Open(IEnumerable<JsonNode> pages)
    {
        using var process = Process.Start(new ProcessStartInfo(Node!, "pack.mjs") { WorkingDirectory = Folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, StandardInputEncoding = new UTF8Encoding(false) })!;
        // KPI_PACK_PICTURES names a folder for a picture and a PDF of each page, for a person to look at.
        var job = new JsonObject { ["chromium"] = Program, ["pictures"] = Environment.GetEnvironmentVariable("KPI_PACK_PICTURES"), ["pages"] = new JsonArray([.. pages]) };
        var (answer, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(job.ToJsonString());
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        Assert.True(process.ExitCode == 0, await error);
        return [.. JsonNode.Parse(await answer)!.AsArray().Select(page => page!)];
    }

    private static string? Find(params string[] names) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => names.SelectMany(name => new[] { Path.Combine(folder, name), Path.Combine(folder, name + ".exe") }))
        .FirstOrDefault(File.Exists);

    private static string SuiteFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "KpiApi.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? AppContext.BaseDirectory;
    }
}

/// <summary>Runs where there is a browser, and is reported as skipped elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ChromiumFactAttribute : FactAttribute
{
    public ChromiumFactAttribute() => Skip = Chromium.Missing;
}
