using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using KpiApi.Storage;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace KpiApi.Http;

/// <summary>The one place that turns a failure into an answer (RFC 9457).</summary>
internal sealed partial class ProblemWriter(ILogger<ProblemWriter> logger) : IExceptionHandler
{
    private const string ReceiptName = "receipt";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        {
            return true;
        }

        await Write(context, Partly(exception, Describe(exception)));
        return true;
    }

    /// <summary>The answer for a status that the framework set without a body.</summary>
    public static Task WriteStatus(HttpContext context) => Write(context, new ProblemException(ProblemType.ForStatus(context.Response.StatusCode), context.Response.StatusCode switch
    {
        401 => "Send a valid API key in the header X-Api-Key.",
        403 => "The role of this key does not allow this request.",
        404 => "There is nothing at this address.",
        405 => "This address does not take that method.",
        415 => "Send application/json in UTF-8; where files are taken, application/x-ndjson or text/csv.",
        _ => "The request was refused.",
    }));

    public static async Task Write(HttpContext context, ProblemException problem)
    {
        var details = new ProblemDetails
        {
            Type = problem.Type.Uri,
            Title = problem.Type.Title,
            Status = problem.Type.Status,
            Detail = problem.Message,
            Extensions = { ["code"] = problem.Type.Code, ["traceId"] = Activity.Current?.Id ?? context.TraceIdentifier },
        };
        if (problem.Errors is { } errors)
        {
            details.Extensions["errors"] = errors.ByPointer();
        }

        foreach (var (name, value) in problem.Extensions)
        {
            details.Extensions[name] = value;
        }

        if (problem.RetryAfterSeconds is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        context.Response.StatusCode = problem.Type.Status;
        if (context.Request.Path.StartsWithSegments("/odata"))
        {
            await WriteOData(context, problem, details.Extensions["traceId"]);
            return;
        }

        await context.Response.WriteAsJsonAsync(details, Json, "application/problem+json", context.RequestAborted);
    }

    /// <summary>OData has a form of its own for errors, and its readers take no other.</summary>
    private static Task WriteOData(HttpContext context, ProblemException problem, object? traceId)
    {
        context.Response.Headers["OData-Version"] = "4.0";
        var error = new { error = new { code = problem.Type.Code, message = problem.Message, innererror = new { message = problem.Type.Title, type = problem.Type.Uri, traceId } } };
        return context.Response.WriteAsJsonAsync(error, Json, "application/json;odata.metadata=minimal;charset=utf-8", context.RequestAborted);
    }

    /// <summary>Says of a failure that it came after part of a file was stored, and which receipt counts that part.</summary>
    public static void StoredBefore(Exception exception, string receipt) => exception.Data[ReceiptName] = receipt;

    private static ProblemException Partly(Exception exception, ProblemException problem) => exception.Data[ReceiptName] is not string receipt ? problem : new ProblemException(
        problem.Type,
        exception is StorageUnavailableException or StorageFullException
            ? "The rest of the file was not stored. Send the whole file again: nothing is doubled. The receipt counts what was stored."
            : problem.Message + " What came before was stored, and the receipt counts it.",
        problem.Errors,
        problem.RetryAfterSeconds)
    {
        Extensions = new Dictionary<string, object?>(problem.Extensions) { [ReceiptName] = receipt },
    };

    private ProblemException Describe(Exception exception)
    {
        switch (exception)
        {
            case ProblemException problem:
                return problem;
            case BadHttpRequestException { InnerException: JsonException json }:
                return Unreadable(json);
            case BadHttpRequestException { StatusCode: 413 }:
                return new ProblemException(ProblemType.TooLarge, "The body is larger than this endpoint takes.");
            case BadHttpRequestException { StatusCode: 415 }:
                return new ProblemException(ProblemType.UnsupportedMediaType, "Send application/json in UTF-8.");
            case BadHttpRequestException bad:
                // The framework's text names parameters of ours and nothing else.
                return new ProblemException(bad.StatusCode == 400 ? ProblemType.Malformed : ProblemType.ForStatus(bad.StatusCode), "The request cannot be read: a body is missing, or a query value has the wrong form.");
            case StorageUnavailableException failure:
                logger.Unavailable(exception);
                return new ProblemException(
                    ProblemType.Unavailable,
                    failure.IsInDoubt ? "The database went away while it stored this; whether it did is not known. Send it again, with the same Idempotency-Key if it had one." : "Nothing was stored. Try again.",
                    retryAfterSeconds: 1);
            case StorageBusyException:
                return new ProblemException(ProblemType.Unavailable, "Nothing was stored: too many writes wait already. Try again.", retryAfterSeconds: 1);
            case StorageFullException:
                logger.Unavailable(exception);
                return new ProblemException(ProblemType.StorageFull, "Nothing was stored. Try again when there is room.", retryAfterSeconds: 30);
            case TotalOutOfRangeException:
                return new ProblemException(ProblemType.Invalid, "A total would leave the range of numbers. Nothing was stored.");
            default:
                logger.Unexpected(exception);
                return new ProblemException(ProblemType.Internal, "The failure was logged under this traceId.");
        }
    }

    /// <summary>400 for a body that is no JSON, or JSON of the wrong shape.</summary>
    public static ProblemException Unreadable(JsonException exception) =>
        Unreadable(exception, string.Create(CultureInfo.InvariantCulture, $" (line {(exception.LineNumber ?? 0) + 1}, byte {(exception.BytePositionInLine ?? 0) + 1})"));

    /// <summary>The same, for what says elsewhere where it stands.</summary>
    public static ProblemException Unreadable(JsonException exception, string position)
    {
        var pointer = Pointer(exception.Path);
        var message = exception switch
        {
            _ when exception.Message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal) => "is not a known member.",
            _ when exception.Message.Contains("uplicate", StringComparison.Ordinal) => pointer.Length == 0 ? "has a member that stands twice." : "stands twice.",
            _ when exception.Message.Contains("null values", StringComparison.Ordinal) => "must not be null.",
            _ when exception is StrictJsonException => exception.Message,
            _ when exception.InnerException is null && exception.Message.Contains("could not be converted", StringComparison.Ordinal) => "has the wrong JSON type.",
            _ when exception.InnerException is InvalidOperationException or FormatException => "has the wrong JSON type.",
            _ => $"is not valid JSON{position}.",
        };
        return new ProblemException(ProblemType.Malformed, $"{(pointer.Length == 0 ? "The body" : pointer)} {message}", new Errors().Add(pointer, message));
    }

    private static string Pointer(string? path) =>
        path is null or "$" ? "" : string.Concat(PathPart().Matches(path).Select(part => "/" + (part.Groups["name"].Success ? part.Groups["name"].Value : part.Groups["quoted"].Success ? part.Groups["quoted"].Value : part.Groups["index"].Value).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)));

    [GeneratedRegex(@"\.(?<name>[^.\[]+)|\['(?<quoted>[^']*)'\]|\[(?<index>\d+)\]")]
    private static partial Regex PathPart();
}

internal static partial class ProblemLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "Unexpected failure")]
    public static partial void Unexpected(this ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database is not available")]
    public static partial void Unavailable(this ILogger logger, Exception exception);
}
