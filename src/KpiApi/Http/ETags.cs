using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KpiApi.Access;
using KpiApi.Storage;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace KpiApi.Http;

/// <summary>
/// Conditional requests. A single resource has a strong tag of what it says, which PATCH, PUT and DELETE compare with If-Match.
/// Lists, figures and feeds have a weak tag over the organisation's data version, its day and the question, found without computing the answer.
/// </summary>
internal static class ETags
{
    // The same data may give another answer in another build.
    private static readonly Guid Build = typeof(ETags).Module.ModuleVersionId;
    private const string SelectDataVersion = "SELECT DataVersion FROM Organisation WHERE OrganisationId = @OrganisationId";

    /// <summary>Marks the GET of one resource.</summary>
    public static RouteHandlerBuilder IsResource(this RouteHandlerBuilder builder) => builder.WithMetadata(new ResourceMark());

    /// <summary>Marks a GET that looks at its question first, and then asks <see cref="IsUnchanged"/>.</summary>
    public static RouteHandlerBuilder TagsItself(this RouteHandlerBuilder builder) => builder.WithMetadata(new SelfMark());

    /// <summary>Marks a GET whose answer is never kept by anybody.</summary>
    public static RouteHandlerBuilder IsPrivate(this RouteHandlerBuilder builder) => builder.WithMetadata(new PrivateMark());

    /// <summary>Whether answers of this GET carry a tag: all but the private ones.</summary>
    public static bool AreGivenBy(IEnumerable<object> metadata) => !metadata.OfType<PrivateMark>().Any();

    /// <summary>Whether what a change of this method answers is the resource, as its GET shows it.</summary>
    public static bool AreGivenByChange(string method) => HttpMethods.IsPatch(method) || HttpMethods.IsPut(method);

    public static RouteGroupBuilder WithETags(this RouteGroupBuilder group) => group.AddEndpointFilter(async (context, next) =>
    {
        var http = context.HttpContext;
        if (!HttpMethods.IsGet(http.Request.Method))
        {
            var changed = await next(context);
            if (AreGivenByChange(http.Request.Method) && (changed is INestedHttpResult nested ? nested.Result : changed) is IValueHttpResult { Value: { } changedResource })
            {
                // For the next change, without reading in between what somebody else may have changed by then.
                http.Response.Headers.ETag = Of(changedResource);
            }

            return changed;
        }

        var metadata = http.GetEndpoint()!.Metadata;
        if (metadata.GetMetadata<PrivateMark>() is not null)
        {
            http.Response.Headers.CacheControl = "no-store";
            return await next(context);
        }

        if (metadata.GetMetadata<SelfMark>() is not null)
        {
            return await next(context);
        }

        Cached(http);
        if (metadata.GetMetadata<ResourceMark>() is not null)
        {
            var answer = await next(context);
            return answer is IValueHttpResult { Value: { } resource } && IsKnown(http, Of(resource)) ? TypedResults.StatusCode(StatusCodes.Status304NotModified) : answer;
        }

        return IsKnown(http, await OfQuestion(http)) ? TypedResults.StatusCode(StatusCodes.Status304NotModified) : await next(context);
    });

    /// <summary>Gives the answer its tag; true when the caller has the answer already.</summary>
    public static async Task<bool> IsUnchanged(HttpContext http)
    {
        Cached(http);
        return IsKnown(http, await OfQuestion(http));
    }

    /// <summary>The same for a document that is at hand.</summary>
    public static bool IsSame(HttpContext http, byte[] document)
    {
        Cached(http);
        return IsKnown(http, "W/\"" + Hash(document) + "\"");
    }

    /// <summary>The strong tag of a resource.</summary>
    public static string Of(object resource) => "\"" + Hash(JsonSerializer.SerializeToUtf8Bytes(resource, resource.GetType(), StrictJson.Options)) + "\"";

    /// <summary>Refuses a change of a resource that is not what the sender last saw.</summary>
    /// <exception cref="ProblemException">412: none of the tags is the resource's.</exception>
    public static void Require(string? ifMatch, object resource)
    {
        if (ifMatch is null || ifMatch.Trim() == "*")
        {
            return;
        }

        // Weak tags never match here (RFC 9110, 13.1.1).
        if (!EntityTagHeaderValue.TryParseList([ifMatch], out var tags) || !tags.Any(tag => !tag.IsWeak && tag.Tag == Of(resource)))
        {
            throw new ProblemException(ProblemType.Stale, "The resource is not the one of If-Match any more. Read it again.");
        }
    }

    private static async Task<string> OfQuestion(HttpContext http)
    {
        var caller = http.RequestServices.GetRequiredService<Caller>();
        var version = await http.RequestServices.GetRequiredService<Database>().Read(
            caller.Scope(), session => session.Single<long>(SelectDataVersion, new { caller.OrganisationId }), http.RequestAborted);
        var question = $"{Build}|{caller.OrganisationId}|{version}|{caller.Today:yyyy-MM-dd}|{http.Request.Path}|{http.Request.QueryString}|{http.Request.Headers.Accept}|{http.Response.Headers.ContentLanguage}|{http.Request.Headers["Prefer"]}|{http.Request.Scheme}://{http.Request.Host}";
        return "W/\"" + Hash(Encoding.UTF8.GetBytes(question)) + "\"";
    }

    private static void Cached(HttpContext http)
    {
        http.Response.Headers.CacheControl = "private, no-cache";
        http.Response.Headers.Append(HeaderNames.Vary, "Accept, Authorization, X-Api-Key");
    }

    private static bool IsKnown(HttpContext http, string tag)
    {
        http.Response.Headers.ETag = tag;
        var known = http.Request.Headers.IfNoneMatch;
        return !StringValues.IsNullOrEmpty(known)
            && EntityTagHeaderValue.TryParseList(known.ToArray()!, out var tags)
            && tags.Any(candidate => candidate.Tag == "*" || candidate.Compare(EntityTagHeaderValue.Parse(tag), useStrongComparison: false));
    }

    private static string Hash(byte[] bytes) => Base64Url.EncodeToString(SHA256.HashData(bytes).AsSpan(0, 16));

    private sealed record ResourceMark;

    private sealed record SelfMark;

    private sealed record PrivateMark;
}
