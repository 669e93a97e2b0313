using System.Globalization;
using System.Text.RegularExpressions;
using KpiApi.Access;
using KpiApi.Feeds.Queries;
using KpiApi.Http;
using Microsoft.OData;
using Microsoft.OData.UriParser;

namespace KpiApi.Feeds.OData;

/// <summary>What the path of a request names.</summary>
internal enum ODataResource
{
    ServiceDocument,
    Metadata,
    Set,
    Count,
    Entity,
    Related,
}

/// <summary>A request, read whole before anything is asked of the database: what it does not say in words that are offered is refused.</summary>
internal sealed partial class ODataRequest
{
    private const string SkipToken = "$skiptoken";
    private static readonly string[] Common = ["$format", "asOf", Credential.QueryName];
    private static readonly string[] OfRow = ["$select", "$expand", .. Common];
    private static readonly string[] OfCount = ["$filter", "$apply", .. Common];
    private static readonly string[] OfSet = ["$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count", "$apply", SkipToken, .. Common];

    // OData has them, this service has not.
    private static readonly string[] Unoffered = ["$search", "$compute", "$levels", "$index", "$deltatoken", "$schemaversion", "$id", "$entityid", "$value"];

    private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);

    private ODataRequest(ODataResource resource, string path)
    {
        Resource = resource;
        Path = path;
    }

    public ODataResource Resource { get; }

    /// <summary>Below the root of the service.</summary>
    public string Path { get; }

    /// <summary>The question to the set; null for a document.</summary>
    public FeedQuery? Query { get; private set; }

    /// <summary>The columns of the answer; <see cref="Query"/> has others behind them that lead to expanded rows.</summary>
    public int Shown { get; private set; }

    public IReadOnlyList<Expansion> Expansions { get; private set; } = [];

    /// <summary>The row of another set that is asked for, by way of the row of this one.</summary>
    public Reference? Related { get; private set; }

    /// <summary>Rows over all pages; null: all.</summary>
    public long? Top { get; private set; }

    public bool WithCount { get; private set; }

    public string? Token => _options.GetValueOrDefault(SkipToken);

    public string? AsOf => _options.GetValueOrDefault("asOf");

    public string? Format => _options.GetValueOrDefault("$format");

    /// <summary>Behind <c>$metadata</c> in the context of the answer.</summary>
    public string Context { get; private set; } = "";

    /// <summary>The question in one way of writing it, which a token is bound to.</summary>
    public string Canonical => Path + "?" + string.Join('&', Kept().OrderBy(option => option.Key, StringComparer.Ordinal).Select(option => option.Key + "=" + option.Value));

    /// <exception cref="ProblemException">400, 404 or 501.</exception>
    public static ODataRequest Read(string path, IQueryCollection query)
    {
        var parts = path.TrimEnd('/').Split('/');
        var request = parts switch
        {
            [""] => new ODataRequest(ODataResource.ServiceDocument, path),
            ["$metadata"] => new ODataRequest(ODataResource.Metadata, path),
            ["$batch" or "$entity" or "$all" or "$crossjoin", ..] => throw NotOffered("that address"),
            [var set] when Keyed(set) is null => new ODataRequest(ODataResource.Set, path),
            [_] => new ODataRequest(ODataResource.Entity, path),
            [var set, "$count"] when Keyed(set) is null => new ODataRequest(ODataResource.Count, path),
            [var set, _] when Keyed(set) is not null => new ODataRequest(ODataResource.Related, path),
            _ => throw NotOffered("that path"),
        };
        request.Take(query);
        if (request.Resource > ODataResource.Metadata)
        {
            request.Ask(parts);
        }

        return request;
    }

    /// <summary>The address of the page that begins where the token says.</summary>
    public string Next(string root, string token) => $"{root}/{Path}?" + string.Join('&', Kept().Append(new(SkipToken, token)).Select(option => option.Key + "=" + Uri.EscapeDataString(option.Value)));

    private IEnumerable<KeyValuePair<string, string>> Kept() => _options.Where(option => option.Key is not (SkipToken or Credential.QueryName));

    private void Take(IQueryCollection query)
    {
        var offered = Resource switch
        {
            ODataResource.ServiceDocument or ODataResource.Metadata => Common,
            ODataResource.Set => OfSet,
            ODataResource.Count => OfCount,
            _ => OfRow,
        };
        foreach (var (name, values) in query)
        {
            if (!offered.Contains(name, StringComparer.Ordinal))
            {
                throw Unoffered.Contains(name, StringComparer.Ordinal) || name.StartsWith('@') ? NotOffered($"'{name}'")
                    : ProblemException.Query(name, OfSet.Contains(name, StringComparer.Ordinal) ? "is not for this address." : "is not known here; names of options are in lower case.");
            }

            var value = values.Count == 1 ? values[0] : throw ProblemException.Query(name, "stands twice.");
            _options.Add(name, string.IsNullOrWhiteSpace(value) ? throw ProblemException.Query(name, "is empty.") : value);
        }
    }

    private void Ask(string[] parts)
    {
        var (name, key) = Keyed(parts[0]) ?? (parts[0], null);
        var feed = FeedCatalogue.FindView(name) ?? throw ProblemException.NotFound("set");
        var parser = new ODataParser(new FeedTable(feed), Option("$filter"), Option("$orderby"), Option("$apply"));
        var (rows, filter) = parser.Apply();
        filter = Expression.And(filter, parser.Filter(), key is null ? null : IsRow(feed, key));
        if (Resource == ODataResource.Related)
        {
            if (feed.Find(parts[1]) is not null)
            {
                throw NotOffered("the address of a single cell");
            }

            Related = FeedCatalogue.ReferencesOf(feed).FirstOrDefault(reference => reference.Name == parts[1]) ?? throw ProblemException.NotFound("property");
        }

        // Of a row that is reached through another one, the options are about the row that is shown.
        var shownFeed = Related?.Target ?? feed;
        var isGrouped = rows is Grouping;
        var (columns, expansions, isChosen) = isGrouped ? Chosen(rows) : Chosen(shownFeed);
        Expansions = expansions;
        Shown = columns.Count;
        Top = Number("$top");
        WithCount = Flag("$count");
        Query = new FeedQuery(feed, Related is null ? [.. columns, .. expansions.Select(expansion => expansion.Reference.Column).Where(column => !columns.Contains(column)).Distinct()] : [Related.Column])
        {
            Rows = rows,
            Filter = filter,
            OrderBy = parser.OrderBy(),
            Skip = Number("$skip") ?? 0,
        };
        RelatedColumns = Related is null ? [] : columns;
        var names = isGrouped || isChosen ? "(" + string.Join(',', columns.Select(column => column.Name).Concat(isChosen ? expansions.Select(expansion => expansion.Context) : [])) + ")" : "";
        Context = "#" + shownFeed.View + names + (Resource is ODataResource.Entity or ODataResource.Related ? "/$entity" : "");
    }

    /// <summary>The columns of the row that is reached through another one.</summary>
    public IReadOnlyList<Column> RelatedColumns { get; private set; } = [];

    private (string, string?) Option(string name) => (name, _options.GetValueOrDefault(name));

    private static (string Set, string? Key)? Keyed(string part) =>
        part.EndsWith(')') && part.IndexOf('(', StringComparison.Ordinal) is > 0 and var open ? (part[..open], part[(open + 1)..^1]) : null;

    /// <summary>Keys are whole numbers: one alone, or each with its name.</summary>
    private static Expression IsRow(Feed feed, string text)
    {
        var parts = text.Split(',');
        var values = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var part in parts)
        {
            var sides = part.Split('=', 2, StringSplitOptions.TrimEntries);
            var name = sides.Length == 2 ? sides[0] : feed.Key[0];
            if ((sides.Length == 1 && parts.Length > 1) || !feed.Key.Contains(name) || !long.TryParse(sides[^1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) || !values.TryAdd(name, value))
            {
                throw new ProblemException(ProblemType.Malformed, $"The key of {feed.View} is {string.Join(", ", feed.Key)}, whole numbers.");
            }
        }

        return values.Count == feed.Key.Count
            ? Expression.And(values.Select(value => new Comparison(Relating.Equal, new Cell(feed.Find(value.Key)!), Literal.Of(value.Value))))!
            : throw new ProblemException(ProblemType.Malformed, $"The key of {feed.View} is {string.Join(", ", feed.Key)}; each part with its name.");
    }

    /// <summary>Of groups: names of keys and figures.</summary>
    private (IReadOnlyList<Column> Columns, IReadOnlyList<Expansion> Expansions, bool IsChosen) Chosen(Relation groups)
    {
        if (_options.ContainsKey("$expand"))
        {
            throw NotOffered("'$expand' of groups");
        }

        if (!_options.TryGetValue("$select", out var select))
        {
            return (groups.Columns, [], false);
        }

        var names = select.Split(',', StringSplitOptions.TrimEntries);
        var columns = names.Where(name => name != "*").Select(name => groups.Find(name) ?? throw ProblemException.Query("$select", $"names '{name}', which is not there.")).Distinct().ToList();
        return names.Contains("*") ? (groups.Columns, [], false) : (columns, [], true);
    }

    private (IReadOnlyList<Column> Columns, IReadOnlyList<Expansion> Expansions, bool IsChosen) Chosen(Feed feed)
    {
        var (select, expand) = (_options.GetValueOrDefault("$select"), _options.GetValueOrDefault("$expand"));
        if (select is null && expand is null)
        {
            return (feed.Columns, [], false);
        }

        var options = new Dictionary<string, string>();
        if (select is not null)
        {
            options.Add("$select", select);
        }

        if (expand is not null)
        {
            options.Add("$expand", expand);
        }

        var set = FeedModel.Set(feed);
        var parser = new ODataQueryOptionParser(FeedModel.Edm, set.EntityType, set, options) { Resolver = new ODataUriResolver { EnableCaseInsensitive = false } };
        SelectExpandClause clause;
        try
        {
            clause = parser.ParseSelectAndExpand();
        }
        catch (ODataException) when (ODataParser.UnknownWord(expand ?? "", isApply: false) is { } word)
        {
            throw NotOffered(word);
        }
        catch (ODataException exception)
        {
            throw new ProblemException(ProblemType.Malformed, "$select and $expand cannot be read: " + FeedModel.Told(exception));
        }
#pragma warning disable CA1031 // Whatever a parser of any text throws over a text, the text is at fault.
        catch (Exception)
#pragma warning restore CA1031
        {
            throw new ProblemException(ProblemType.Malformed, "$select and $expand cannot be read.");
        }

        var expansions = clause.SelectedItems.OfType<ExpandedReferenceSelectItem>().Select(item => Expanded(feed, item)).ToList();
        foreach (var (name, text) in options)
        {
            if (EmptyPart().IsMatch(text))
            {
                throw ProblemException.Query(name, "has an empty part.");
            }
        }

        var (columns, isChosen) = Selected(feed, clause, select is not null);
        return (columns, expansions, isChosen);
    }

    private static Expansion Expanded(Feed feed, ExpandedReferenceSelectItem item)
    {
        if (item is not ExpandedNavigationSelectItem expanded || expanded.PathToNavigationProperty.Count != 1)
        {
            throw NotOffered("'$ref' or a path in '$expand'");
        }

        if ((expanded.FilterOption ?? (object?)expanded.OrderByOption ?? expanded.TopOption ?? (object?)expanded.SkipOption ?? expanded.CountOption ?? (object?)expanded.SearchOption ?? expanded.LevelsOption ?? (object?)expanded.ComputeOption ?? expanded.ApplyOption) is not null)
        {
            throw NotOffered("options other than '$select' in '$expand'");
        }

        if (expanded.SelectAndExpand.SelectedItems.OfType<ExpandedReferenceSelectItem>().Any())
        {
            throw NotOffered("'$expand' of more than one level");
        }

        var name = expanded.PathToNavigationProperty.FirstSegment.Identifier;
        var reference = FeedCatalogue.ReferencesOf(feed).Single(known => known.Name == name);
        var (columns, isChosen) = Selected(reference.Target, expanded.SelectAndExpand, !expanded.SelectAndExpand.AllSelected);
        return new Expansion(reference, columns, isChosen ? $"{name}({string.Join(',', columns.Select(column => column.Name))})" : name);
    }

    private static (IReadOnlyList<Column> Columns, bool IsChosen) Selected(Feed feed, SelectExpandClause clause, bool isAsked)
    {
        if (!isAsked || clause.SelectedItems.OfType<WildcardSelectItem>().Any())
        {
            return (feed.Columns, false);
        }

        var columns = new List<Column>();
        foreach (var item in clause.SelectedItems.OfType<PathSelectItem>())
        {
            if (item.SelectedPath.Count != 1 || item.SelectedPath.FirstSegment is not (PropertySegment or NavigationPropertySegment))
            {
                throw NotOffered("a path in '$select'");
            }

            // A navigation is selected by expanding it.
            if (item.SelectedPath.FirstSegment is PropertySegment property && feed.Find(property.Property.Name) is { } column && !columns.Contains(column))
            {
                columns.Add(column);
            }
        }

        return columns.Count > 0 ? (columns, true) : (feed.Columns, false);
    }

    private long? Number(string option) => !_options.TryGetValue(option, out var text) ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw ProblemException.Query(option, "must be a whole number from 0.");

    private bool Flag(string option) => _options.GetValueOrDefault(option) switch
    {
        null or "false" => false,
        "true" => true,
        _ => throw ProblemException.Query(option, "must be true or false."),
    };

    private static ProblemException NotOffered(string what) => new(ProblemType.NotOffered, $"This service does not offer {what}.");

    // Microsoft's parser leaves them out in silence.
    [GeneratedRegex(@"(?:^|[=,;(])\s*(?:[,;)]|$)")]
    private static partial Regex EmptyPart();
}

/// <summary>A row of another set inside a row.</summary>
/// <param name="Reference">What leads there.</param>
/// <param name="Columns">What is shown of it.</param>
/// <param name="Context">How the context of the answer tells it.</param>
internal sealed record Expansion(Reference Reference, IReadOnlyList<Column> Columns, string Context);
