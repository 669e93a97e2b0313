using System.Diagnostics;
using KpiApi.Tests.Docs;

namespace KpiApi.Tests.Support;

/// <summary>Programs of others that node runs and npm brings, by the lock file of their folder.</summary>
internal static class NpmPackages
{
    /// <summary>Why a test that needs them is skipped; null when they are there.</summary>
    /// <param name="folder">Holds package.json and its lock.</param>
    /// <param name="package">One of them, which is there when all are.</param>
    public static string? Missing(string folder, string package)
    {
        if (Directory.Exists(Path.Combine(folder, "node_modules", package)))
        {
            return new ToolFactAttribute("node").Skip;
        }

        if ((new ToolFactAttribute("node").Skip ?? new ToolFactAttribute("npm").Skip) is { } absent)
        {
            return absent;
        }

        using var process = Process.Start(new ProcessStartInfo("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process.WaitForExit(TimeSpan.FromMinutes(1)) && process.ExitCode == 0 ? null : $"npm cannot bring {package}.";
    }
}
