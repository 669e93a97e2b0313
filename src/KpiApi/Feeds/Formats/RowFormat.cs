using System.IO.Pipelines;
using System.Text.Json;
using KpiApi.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace KpiApi.Feeds.Formats;

/// <summary>A way to write rows, in memory that does not depend on their number.</summary>
internal abstract class RowFormat
{
    /// <summary>Bytes that may wait, in a writer and in the pipe together, before they are sent.</summary>
    protected const int FlushBytes = 64 * 1024;

    public abstract string ContentType { get; }

    /// <summary>Whether the cursor of the next page stands in the answer, after the rows. Otherwise a header says it, before them.</summary>
    public abstract bool HoldsCursor { get; }

    public abstract Task Write(PipeWriter output, FeedRows rows, CancellationToken cancellation);

    /// <summary>The writer hands its bytes to the pipe; only the pipe sends them.</summary>
    protected static async ValueTask Flush(Utf8JsonWriter json, PipeWriter output, CancellationToken cancellation)
    {
        json.Flush();
        await output.FlushAsync(cancellation);
    }

    /// <summary>The format that a request asks for: <c>?format=</c>, or else what Accept prefers, or else JSON.</summary>
    /// <exception cref="ProblemException">400: a format or locale that is not offered.</exception>
    public static RowFormat Choose(string? format, string? locale, StringValues accept, bool isPaged)
    {
        var name = format ?? Accepted(accept) ?? "json";
        if (locale is not null && name is "json" or "ndjson" or "parquet")
        {
            throw ProblemException.Query("locale", "is for format=csv only; numbers and dates of the other formats are the same everywhere.");
        }

        return name switch
        {
            "json" => new JsonRows(isPaged),
            "ndjson" => new NdjsonRows(),
            "csv" => locale switch
            {
                null or "en-US" or "invariant" => CsvRows.Invariant,
                "fr-FR" => CsvRows.French,
                _ => throw ProblemException.Query("locale", "must be en-US or fr-FR."),
            },
            "parquet" => new ParquetRows(),
            _ => throw ProblemException.Query("format", "must be json, ndjson, csv or parquet."),
        };
    }

    /// <summary>Null when nothing offered is accepted, or the header cannot be read.</summary>
    private static string? Accepted(StringValues accept) => !MediaTypeHeaderValue.TryParseList(accept, out var types)
        ? null
        : types.Where(type => type.Quality is not 0).OrderByDescending(type => type.Quality ?? 1).Select(Offered).FirstOrDefault(name => name is not null);

    private static string? Offered(MediaTypeHeaderValue type) => type.MediaType.Value?.ToLowerInvariant() switch
    {
        "*/*" or "application/*" or "application/json" => "json",
        "application/x-ndjson" => "ndjson",
        "text/*" or "text/csv" => "csv",
        "application/vnd.apache.parquet" => "parquet",
        _ => null,
    };
}
