using System.Globalization;
using System.Text.RegularExpressions;
using KpiApi.Feeds.Queries;
using KpiApi.Http;
using Microsoft.OData;
using Microsoft.OData.Edm;
using Microsoft.OData.UriParser;
using Microsoft.OData.UriParser.Aggregation;

namespace KpiApi.Feeds.OData;

/// <summary>
/// Reads the text of filters, orders and groupings. Microsoft's parser knows the grammar; what it understood becomes ours here, or is refused: 400 for what is
/// wrong or too much, 501 for what OData has and this service has not. Nothing is left out in silence, and nothing is asked of the database.
/// </summary>
internal sealed partial class ODataParser
{
    private static readonly ODataUriResolver Exactly = new() { EnableCaseInsensitive = false };

    private readonly Feed _feed;
    private readonly (string Name, string? Text) _filter;
    private readonly (string Name, string? Text) _orderBy;
    private readonly (string Name, string? Text) _apply;
    private readonly ODataQueryOptionParser _parser;

    // What a name means: the columns of the feed, then those of each grouping.
    private Relation _rows;
    private string _reading = "";
    private int _nodes;

    /// <param name="feed">The rows that are asked.</param>
    /// <param name="filter">The parameter's name, for messages, and its text.</param>
    /// <param name="orderBy">The same for the order.</param>
    /// <param name="apply">The same for groupings.</param>
    public ODataParser(FeedTable feed, (string Name, string? Text) filter = default, (string Name, string? Text) orderBy = default, (string Name, string? Text) apply = default)
    {
        (_feed, _rows, _filter, _orderBy, _apply) = (feed.Feed, feed, filter, orderBy, apply);
        var options = new Dictionary<string, string>();
        foreach (var (option, text) in (ReadOnlySpan<(string, string?)>)[("$filter", filter.Text), ("$orderby", orderBy.Text), ("$apply", apply.Text)])
        {
            if (text is not null)
            {
                options.Add(option, text);
            }
        }

        var set = FeedModel.Asked.EntityContainer.FindEntitySet(_feed.View);
        _parser = new ODataQueryOptionParser(FeedModel.Asked, set.EntityType, set, options) { Resolver = Exactly };
    }

    /// <summary>The rows that $apply makes, and the filter that comes after its last grouping. Asked for before the others: they may name its figures.</summary>
    /// <exception cref="ProblemException">400 or 501.</exception>
    public (Relation Rows, Expression? Filter) Apply()
    {
        Expression? filter = null;
        if (Read(_apply, () => _parser.ParseApply()) is { } clause)
        {
            foreach (var transformation in clause.Transformations)
            {
                switch (transformation)
                {
                    case FilterTransformationNode node:
                        filter = Expression.And(filter, Condition(node.FilterClause.Expression));
                        break;
                    case GroupByTransformationNode node:
                        var keys = GroupKeys(node);
                        _rows = new Grouping(_rows, filter, keys, node.ChildTransformations is null ? [] : Aggregates(node.ChildTransformations, keys));
                        filter = null;
                        break;
                    case AggregateTransformationNode node:
                        _rows = new Grouping(_rows, filter, [], Aggregates(node, []));
                        filter = null;
                        break;
                    default:
                        throw NotOffered($"'{transformation.Kind.ToString().ToLowerInvariant()}'");
                }
            }
        }

        return (_rows, filter);
    }

    /// <exception cref="ProblemException">400 or 501.</exception>
    public Expression? Filter() => Read(_filter, () => _parser.ParseFilter()) is { } clause ? Condition(clause.Expression) : null;

    /// <exception cref="ProblemException">400 or 501.</exception>
    public IReadOnlyList<SortTerm> OrderBy()
    {
        var terms = new List<SortTerm>();
        for (var clause = Read(_orderBy, () => _parser.ParseOrderBy()); clause is not null; clause = clause.ThenBy)
        {
            var by = Value(clause.Expression);
            if (!HasColumn(by))
            {
                throw Wrong("has a term without a column.");
            }

            if (by.Type == ColumnType.Flag && by is not Cell)
            {
                throw NotOffered("an order by a condition");
            }

            var term = new SortTerm(Bounded(by), clause.Direction == OrderByDirection.Descending);
            if (terms.Any(other => other.By == term.By))
            {
                throw Wrong("orders by the same twice.");
            }

            if (terms.Count == Limits.OrderByTerms)
            {
                throw Wrong($"has more than {Limits.OrderByTerms} terms.");
            }

            terms.Add(term);
        }

        return terms;
    }

    private T? Read<T>((string Name, string? Text) option, Func<T?> parse)
        where T : class
    {
        if (option.Text is null)
        {
            return null;
        }

        _reading = option.Name;
        if (string.IsNullOrWhiteSpace(option.Text))
        {
            throw Wrong("is empty.");
        }

        CheckNesting(option.Text);
        try
        {
            return parse();
        }
        catch (ODataException) when (UnknownWord(option.Text, isApply: option == _apply) is { } word)
        {
            throw NotOffered(word);
        }
        catch (ODataException exception)
        {
            throw Wrong("cannot be read: " + FeedModel.Told(exception));
        }
#pragma warning disable CA1031 // Whatever a parser of any text throws over a text, the text is at fault.
        catch (Exception)
#pragma warning restore CA1031
        {
            throw Wrong("cannot be read.");
        }
    }

    /// <summary>What is of OData in a text that Microsoft's parser refused: it takes some words for mistakes, and fails over others. Null: nothing.</summary>
    public static string? UnknownWord(string text, bool isApply)
    {
        var grammar = QuotedText().Replace(text, "''");
        return OtherOperators().Match(grammar) is { Success: true } word ? $"'{word.Value}'"
            : !isApply ? null
            : OtherTransformations().Match(grammar) is { Success: true } transformation ? $"'{transformation.Value}'"
            : BehindKeys().Match(grammar) is { Success: true } inside ? $"'{inside.Value}' inside groupby"
            : null;
    }

    /// <summary>Parsers recurse, and so the text is looked at before they see it.</summary>
    private void CheckNesting(string text)
    {
        var (depth, isQuoted) = (0, false);
        foreach (var character in text)
        {
            isQuoted ^= character == '\'';
            if (!isQuoted)
            {
                depth += character switch { '(' => 1, ')' => -1, _ => 0 };
            }

            if (depth > Limits.FilterDepth)
            {
                throw TooDeep();
            }
        }
    }

    private Expression Condition(SingleValueNode node)
    {
        var condition = Value(node);
        return condition.Type == ColumnType.Flag ? Bounded(condition) : throw Wrong("is not a condition.");
    }

    private Expression Bounded(Expression expression) => Depth(expression) <= Limits.FilterDepth ? expression : throw TooDeep();

    private static int Depth(Expression expression) => 1 + Parts(expression).Select(Depth).DefaultIfEmpty().Max();

    private static bool HasColumn(Expression expression) => expression is Cell || Parts(expression).Any(HasColumn);

    private static IEnumerable<Expression> Parts(Expression expression) => expression switch
    {
        Junction junction => junction.Parts,
        Not not => [not.Condition],
        Comparison comparison => [comparison.Left, comparison.Right],
        OneOf oneOf => [oneOf.Value],
        Holds holds => [holds.Text, holds.Part],
        Calculation calculation => [calculation.Left, calculation.Right],
        Rounded rounded => [rounded.Number],
        PartOf part => [part.Time],
        DayOf day => [day.Instant],
        StartOf start => [start.Day],
        _ => [],
    };

    /// <summary>Anything but a bare null, which has no type and so no place in a statement.</summary>
    private Expression Value(QueryNode node) => Operand(node) is var value and not Literal { Value: null } ? value : throw Wrong("has a null outside of a comparison and of a list.");

    /// <summary>What may be compared: a value or null.</summary>
    private Expression Operand(QueryNode node)
    {
        if (node is ConvertNode convert)
        {
            return Converted(convert);
        }

        if (++_nodes > Limits.FilterNodes)
        {
            throw Wrong($"has more than {Limits.FilterNodes} operators, functions, columns and values.");
        }

        return node switch
        {
            ConstantNode constant => Constant(constant),
            SingleValuePropertyAccessNode { Source: ResourceRangeVariableReferenceNode } property => Named(property.Property.Name),
            SingleValueOpenPropertyAccessNode { Source: ResourceRangeVariableReferenceNode } property => Named(property.Name),
            SingleValuePropertyAccessNode or SingleValueOpenPropertyAccessNode or SingleNavigationNode => throw NotOffered("a path to another table"),
            BinaryOperatorNode binary => Binary(binary),
            UnaryOperatorNode { OperatorKind: UnaryOperatorKind.Not } not => new Not(Flag(Value(not.Operand))),
            UnaryOperatorNode negation => new Calculation(Operation.Subtract, Literal.Of(0), Number(Value(negation.Operand))),
            InNode list => Listed(list),
            SingleValueFunctionCallNode call => Called(call),
            _ => throw NotOffered($"'{node.Kind}'"),
        };
    }

    private Cell Named(string name) => _rows.Find(name) is { } column ? new Cell(column) : throw Wrong($"names '{name}', which is not there.");

    private Expression Converted(ConvertNode convert)
    {
        var value = Operand(convert.Source);
        return convert.TypeReference.IsDateTimeOffset() && value.Type == ColumnType.Date ? StartOfDay(value) : value;
    }

    private static Expression StartOfDay(Expression day) =>
        day is Literal { Value: string text } ? Literal.Of(DateTimeOffset.Parse(text + "T00:00:00Z", CultureInfo.InvariantCulture)) : new StartOf(day);

    private Literal Constant(ConstantNode constant)
    {
        switch (constant.Value)
        {
            case null:
                return new Literal(null, ColumnType.Text);
            case bool truth:
                return Literal.Of(truth);
            case string text:
                return Literal.Of(text);
            case int or long or short or byte or sbyte:
                return Literal.Of(Convert.ToInt64(constant.Value, CultureInfo.InvariantCulture));
            case float or double or decimal:
                // Not what was made of it on the way: the parser goes through the shortest type.
                return double.TryParse((constant.LiteralText ?? "").TrimEnd('f', 'F', 'd', 'D', 'm', 'M'), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                    || double.TryParse(Convert.ToString(constant.Value, CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture, out number)
                    ? double.IsFinite(number) ? Literal.Of(number) : throw Wrong("has a number that is none.")
                    : throw Wrong("has a number that is none.");
            case DateTimeOffset instant:
                return Literal.Of(instant);
            default:
                return constant.TypeReference?.IsDate() == true && KpiApi.Storage.Days.TryParse(constant.Value.ToString(), out var day)
                    ? Literal.Of(day)
                    : throw Wrong("has a value of a type that no column has.");
        }
    }

    private Expression Binary(BinaryOperatorNode node)
    {
        switch (node.OperatorKind)
        {
            case BinaryOperatorKind.And or BinaryOperatorKind.Or:
                return Joined(node);
            case BinaryOperatorKind.Add or BinaryOperatorKind.Subtract or BinaryOperatorKind.Multiply or BinaryOperatorKind.Divide or BinaryOperatorKind.Modulo:
                var operation = node.OperatorKind switch
                {
                    BinaryOperatorKind.Add => Operation.Add,
                    BinaryOperatorKind.Subtract => Operation.Subtract,
                    BinaryOperatorKind.Multiply => Operation.Multiply,
                    BinaryOperatorKind.Divide => Operation.Divide,
                    _ => Operation.Modulo,
                };
                var (one, other) = (Number(Value(node.Left)), Number(Value(node.Right)));
                return operation != Operation.Modulo || (one.Type != ColumnType.Number && other.Type != ColumnType.Number)
                    ? new Calculation(operation, one, other)
                    : throw NotOffered("'mod' of numbers that are not whole");
            case BinaryOperatorKind.Equal or BinaryOperatorKind.NotEqual or BinaryOperatorKind.LessThan or BinaryOperatorKind.LessThanOrEqual or BinaryOperatorKind.GreaterThan or BinaryOperatorKind.GreaterThanOrEqual:
                return Compared(node);
            default:
                throw NotOffered($"'{node.OperatorKind.ToString().ToLowerInvariant()}'");
        }
    }

    /// <summary>A chain of one operator is one condition, however long.</summary>
    private Junction Joined(BinaryOperatorNode node)
    {
        var parts = new List<Expression>();
        SingleValueNode rest = node;
        while (rest is BinaryOperatorNode chain && chain.OperatorKind == node.OperatorKind)
        {
            parts.Add(Flag(Value(chain.Right)));
            rest = chain.Left;
            // The operators in between, which nothing else looks at.
            _nodes++;
        }

        parts.Add(Flag(Value(rest)));
        parts.Reverse();
        return new Junction(node.OperatorKind == BinaryOperatorKind.And, parts);
    }

    private Comparison Compared(BinaryOperatorNode node)
    {
        var relating = node.OperatorKind switch
        {
            BinaryOperatorKind.Equal => Relating.Equal,
            BinaryOperatorKind.NotEqual => Relating.NotEqual,
            BinaryOperatorKind.LessThan => Relating.Less,
            BinaryOperatorKind.LessThanOrEqual => Relating.LessOrEqual,
            BinaryOperatorKind.GreaterThan => Relating.Greater,
            _ => Relating.GreaterOrEqual,
        };
        var (left, right) = (Operand(node.Left), Operand(node.Right));
        // Null is of any type.
        left = left is Literal { Value: null } ? new Literal(null, right.Type) : left;
        right = right is Literal { Value: null } ? new Literal(null, left.Type) : right;
        if (left.Type != right.Type && !(left.IsNumeric && right.IsNumeric))
        {
            throw Wrong("compares values of different types.");
        }

        if (left.Type == ColumnType.Flag)
        {
            if (relating is not (Relating.Equal or Relating.NotEqual))
            {
                throw Wrong("orders true and false.");
            }

            var isSimple = right is Literal { Value: bool } || left is Literal { Value: bool } || (left is Cell or Literal && right is Cell or Literal);
            return isSimple ? new Comparison(relating, left, right) : throw NotOffered("a comparison of two conditions");
        }

        return new Comparison(relating, left, right);
    }

    private OneOf Listed(InNode node)
    {
        var value = Value(node.Left);
        if (node.Right is not CollectionConstantNode list)
        {
            throw NotOffered("'in' with anything but a list of values");
        }

        if (list.Collection.Count > Limits.FilterListItems)
        {
            throw Wrong($"has a list of more than {Limits.FilterListItems} values.");
        }

        if (value.Type == ColumnType.Flag && value is not Cell)
        {
            throw NotOffered("'in' behind a condition");
        }

        var literals = list.Collection.Select(Constant).ToList();
        var isComparable = literals.TrueForAll(literal => literal.Value is null || literal.Type == value.Type || (literal.IsNumeric && value.IsNumeric));
        return isComparable ? new OneOf(value, literals) : throw Wrong("has a list with values of another type.");
    }

    private Expression Called(SingleValueFunctionCallNode call)
    {
        var arguments = call.Parameters.ToList();
        return (call.Name, arguments.Count) switch
        {
            ("contains", 2) => Held(Place.Anywhere, arguments),
            ("startswith", 2) => Held(Place.Start, arguments),
            ("endswith", 2) => Held(Place.End, arguments),
            ("year", 1) => Part(TimePart.Year, arguments),
            ("month", 1) => Part(TimePart.Month, arguments),
            ("day", 1) => Part(TimePart.Day, arguments),
            ("hour", 1) => Part(TimePart.Hour, arguments),
            ("minute", 1) => Part(TimePart.Minute, arguments),
            ("second", 1) => Part(TimePart.Second, arguments),
            ("date", 1) when Value(arguments[0]) is { Type: ColumnType.Instant } instant and not Literal => new DayOf(instant),
            ("floor", 1) => new Rounded(Rounding.Down, Number(Value(arguments[0]))),
            ("ceiling", 1) => new Rounded(Rounding.Up, Number(Value(arguments[0]))),
            ("round", 1) => new Rounded(Rounding.Nearest, Number(Value(arguments[0]))),
            _ => throw NotOffered($"the function '{call.Name}'"),
        };
    }

    private Holds Held(Place place, List<QueryNode> arguments)
    {
        var (text, part) = (Value(arguments[0]), Value(arguments[1]));
        return text.Type == ColumnType.Text && part.Type == ColumnType.Text
            ? new Holds(place, text, part)
            : throw Wrong("looks for a text in something else.");
    }

    private PartOf Part(TimePart part, List<QueryNode> arguments) => Value(arguments[0]) switch
    {
        Literal => throw NotOffered("a part of a constant"),
        { Type: ColumnType.Instant } instant => new PartOf(part, instant),
        { Type: ColumnType.Date } day when part is TimePart.Year or TimePart.Month or TimePart.Day => new PartOf(part, day),
        _ => throw Wrong("takes a part of what is no day and no instant."),
    };

    private Expression Number(Expression value) => value is { IsNumeric: true } ? value : throw Wrong("calculates with something that is no number.");

    private Expression Flag(Expression value) => value.Type == ColumnType.Flag ? value : throw Wrong("joins something that is no condition.");

    private List<Column> GroupKeys(GroupByTransformationNode node)
    {
        var keys = new List<Column>();
        foreach (var property in node.GroupingProperties)
        {
            if (property.ChildTransformations.Count > 0)
            {
                throw NotOffered("a path to another table");
            }

            if (++_nodes > Limits.FilterNodes)
            {
                throw Wrong($"has more than {Limits.FilterNodes} operators, functions, columns and values.");
            }

            var column = Named(property.Name).Column;
            if (keys.Contains(column))
            {
                throw Wrong($"groups by '{property.Name}' twice.");
            }

            keys.Add(column);
        }

        return keys;
    }

    private List<Aggregate> Aggregates(TransformationNode node, List<Column> keys)
    {
        if (node is not AggregateTransformationNode aggregation)
        {
            throw NotOffered($"'{node.Kind.ToString().ToLowerInvariant()}' inside groupby");
        }

        var aggregates = new List<Aggregate>();
        // Not every reader of JSON tells names apart that differ in case only.
        var names = keys.Select(key => key.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var item in aggregation.AggregateExpressions)
        {
            var aggregate = item is AggregateExpression expression ? Aggregated(expression) : throw NotOffered("an aggregation of another table");
            if (!names.Add(aggregate.Alias))
            {
                throw Wrong($"has the name '{aggregate.Alias}' twice in one row.");
            }

            aggregates.Add(aggregate);
        }

        return aggregates;
    }

    private Aggregate Aggregated(AggregateExpression expression)
    {
        if (expression.Method == AggregationMethod.VirtualPropertyCount)
        {
            return new Aggregate(Method.Count, null, expression.Alias);
        }

        var method = expression.Method switch
        {
            AggregationMethod.Sum => Method.Sum,
            AggregationMethod.Min => Method.Min,
            AggregationMethod.Max => Method.Max,
            AggregationMethod.Average => Method.Average,
            AggregationMethod.CountDistinct => Method.CountDistinct,
            _ => throw NotOffered("an aggregation of one's own"),
        };
        var value = Bounded(Value(expression.Expression));
        if (value.Type == ColumnType.Flag && value is not Cell)
        {
            throw NotOffered("an aggregation of a condition");
        }

        return method is Method.Sum or Method.Average && !value.IsNumeric ? throw Wrong("adds up something that is no number.") : new Aggregate(method, value, expression.Alias);
    }

    private ProblemException Wrong(string fault) => ProblemException.Query(_reading, fault);

    private ProblemException TooDeep() => Wrong($"is nested more than {Limits.FilterDepth} levels deep.");

    private ProblemException NotOffered(string what) => new(ProblemType.NotOffered, $"The query parameter '{_reading}' has {what}, which is not offered.");

    [GeneratedRegex("'[^']*'")]
    private static partial Regex QuotedText();

    [GeneratedRegex(@"(?<=[\s)'])(?:has|divby)(?=[\s('])|(?<=^|[\s(,])case(?=\s*\()")]
    private static partial Regex OtherOperators();

    [GeneratedRegex(@"(?<=(?:^|[/(,])\s*)(?:(?:top|bottom)(?:count|percent|sum)|concat|identity|search|join|outerjoin|nest|addnested|orderby|skip|top|ancestors|descendants|traverse|rollup|rolluprecursive)\b|(?<=with\s+\S+\s+)from\b")]
    private static partial Regex OtherTransformations();

    [GeneratedRegex(@"(?<=\)\s*,\s*)(?:filter|groupby|compute|expand)\b")]
    private static partial Regex BehindKeys();
}
