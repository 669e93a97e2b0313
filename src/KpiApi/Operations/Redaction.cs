using System.Diagnostics;
using System.Text.RegularExpressions;
using OpenTelemetry;

namespace KpiApi.Operations;

/// <summary>Takes out of a span what a caller wrote and nobody needs: the query string, which may hold a key, and header values.</summary>
internal sealed partial class Redaction : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        foreach (var (name, value) in data.TagObjects.ToList())
        {
            if (name is "url.query" or "url.full" or "http.url" or "http.target" or "http.user_agent" or "user_agent.original" || name.StartsWith("http.request.header.", StringComparison.Ordinal))
            {
                data.SetTag(name, null);
            }
            else if (value is string text && Key().IsMatch(text))
            {
                // A key pasted into a path by mistake.
                data.SetTag(name, Key().Replace(text, "$1…"));
            }
        }
    }

    [GeneratedRegex("(kpi_[a-z0-9]+_)[a-z0-9]{8,}", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Key();
}
