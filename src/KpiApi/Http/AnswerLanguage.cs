using KpiApi.Access;
using KpiApi.Texts;
using Microsoft.Net.Http.Headers;

namespace KpiApi.Http;

/// <summary>In which language an answer with sentences in it speaks: what <c>?lang=</c> names, or else Accept-Language likes best, or else the organisation's.</summary>
internal static class AnswerLanguage
{
    public const string QueryName = "lang";

    /// <summary>Marks an endpoint whose answer has sentences in it.</summary>
    public static RouteHandlerBuilder HasSentences(this RouteHandlerBuilder builder) => builder.WithMetadata(new SentenceMark());

    public static bool IsOf(IEnumerable<object> metadata) => metadata.OfType<SentenceMark>().Any();

    public static RouteGroupBuilder WithAnswerLanguage(this RouteGroupBuilder group) => group.AddEndpointFilter(async (context, next) =>
    {
        var http = context.HttpContext;
        if (!IsOf(http.GetEndpoint()!.Metadata))
        {
            return await next(context);
        }

        var caller = http.RequestServices.GetRequiredService<Caller>();
        var named = http.Request.Query[QueryName];
        caller.Language = named.Count == 0 ? Languages.Choose(http.Request.Headers.AcceptLanguage, caller.Language)
            : named is [{ } tag] && tag is "fr" or "en" ? Languages.Find(named[0]!)!.Value
            : throw ProblemException.Query(QueryName, "must be fr or en.");
        // Of a GET only: an Idempotency-Key gives the first answer again, in the language of the first request.
        if (HttpMethods.IsGet(http.Request.Method))
        {
            http.Response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptLanguage);
            http.Response.Headers.ContentLanguage = caller.Language.Tag();
        }

        return await next(context);
    });

    private sealed record SentenceMark;
}
