using System.Globalization;
using System.Text.RegularExpressions;

namespace KpiApi.Tests.Connect;

/// <summary>
/// Enough of DAX to compute the measures of the kit over rows of feeds: variables, comparisons, sums, DIVIDE, CALCULATE with filters of columns, relationships
/// from many to one. Written from the language's reference, for this test; what it does not know it refuses.
/// </summary>
internal sealed partial class Dax
{
    private readonly Dictionary<string, List<Dictionary<string, object?>>> _tables;
    private readonly ILookup<string, (string Column, string To, string Key)> _ways;
    private readonly Dictionary<string, Expression> _measures;
    private readonly string _calendar;

    /// <param name="tables">Rows: whole numbers and figures as double, days as text, nothing as null.</param>
    /// <param name="relationships">The active ones.</param>
    /// <param name="measures">Their text by name.</param>
    /// <param name="calendar">The table that is marked as calendar.</param>
    public Dax(
        Dictionary<string, List<Dictionary<string, object?>>> tables, IEnumerable<((string Table, string Column) From, (string Table, string Column) To)> relationships, IEnumerable<KeyValuePair<string, string>> measures, string calendar)
    {
        _tables = tables;
        _ways = relationships.ToLookup(relationship => relationship.From.Table, relationship => (relationship.From.Column, relationship.To.Table, relationship.To.Column));
        _measures = measures.ToDictionary(measure => measure.Key, measure => Parser.Read(measure.Value));
        _calendar = calendar;
    }

    /// <summary>Values that a column may have, by table and column. What is not named may have all.</summary>
    public sealed class Filters : Dictionary<(string Table, string Column), HashSet<object>>
    {
        public Filters()
        {
        }

        public Filters(Filters other)
            : base(other)
        {
        }

        /// <summary>What was found of tables: filters do not change once they are in force.</summary>
        internal Dictionary<string, List<Dictionary<string, object?>>> Found { get; } = [];

        public Filters With(string table, string column, params IEnumerable<object> values) => new(this) { [(table, column)] = [.. values] };
    }

    /// <summary>A measure over the rows that the filters leave; null when it is blank.</summary>
    public double? Measure(string name, Filters filters) => (double?)_measures[name](new Context(this, filters, []));

    /// <summary>Columns (table and name), measures (no table) and tables (no name) that an expression names.</summary>
    public static IReadOnlyList<(string? Table, string? Name)> References(string text)
    {
        var parser = new Parser(text);
        parser.All();
        return parser.References;
    }

    private delegate object? Expression(Context context);

    private sealed record Context(Dax Model, Filters Filters, Dictionary<string, object?> Variables)
    {
        /// <summary>The rows of a table that the filters leave: its own, and those of tables that it leads to.</summary>
        public List<Dictionary<string, object?>> Rows(string table)
        {
            if (Filters.Found.TryGetValue(table, out var found))
            {
                return found;
            }

            var own = Filters.Where(filter => filter.Key.Table == table).Select(filter => (filter.Key.Column, filter.Value)).ToList();
            var reached = Model._ways[table].Where(way => IsFiltered(way.To)).Select(way => (way.Column, Keys: Rows(way.To).Select(row => row[way.Key]!).ToHashSet())).ToList();
            return Filters.Found[table] = [.. Model._tables[table].Where(row => own.All(filter => row[filter.Column] is { } value && filter.Value.Contains(value)) && reached.All(filter => row[filter.Column] is { } key && filter.Keys.Contains(key)))];
        }

        private bool IsFiltered(string table) => Filters.Keys.Any(filter => filter.Table == table) || Model._ways[table].Any(way => IsFiltered(way.To));
    }

    private sealed partial class Parser
    {
        private readonly List<string> _tokens;
        private int _at;

        public Parser(string text)
        {
            var matches = TokenForm().Matches(text);
            _tokens = [.. matches.Select(match => match.Value)];
            if (string.Concat(_tokens) != SpaceForm().Replace(text, match => match.Value[0] is '"' or '[' ? match.Value : ""))
            {
                throw new FormatException("not understood: " + text);
            }
        }

        public List<(string? Table, string? Name)> References { get; } = [];

        private readonly HashSet<string> _variables = [];

        public static Expression Read(string text) => new Parser(text).All();

        public Expression All()
        {
            var expression = Body();
            return _at == _tokens.Count ? expression : throw new FormatException("left over: " + _tokens[_at]);
        }

        private string? Next => _at < _tokens.Count ? _tokens[_at] : null;

        private bool Take(string token)
        {
            if (Next != token)
            {
                return false;
            }

            _at++;
            return true;
        }

        private void Need(string token)
        {
            if (!Take(token))
            {
                throw new FormatException($"'{token}' instead of '{Next}'");
            }
        }

        private Expression Body()
        {
            var variables = new List<(string Name, Expression Value)>();
            while (Take("VAR"))
            {
                var name = _tokens[_at++];
                Need("=");
                variables.Add((name, Or()));
                _variables.Add(name);
            }

            if (variables.Count == 0)
            {
                return Or();
            }

            Need("RETURN");
            var result = Or();
            return context =>
            {
                // Where they stand, not where they are used.
                var known = new Dictionary<string, object?>(context.Variables);
                foreach (var (name, value) in variables)
                {
                    known[name] = value(context with { Variables = known });
                }

                return result(context with { Variables = known });
            };
        }

        private Expression Or() => Chain(And, ("||", (left, right) => Truth(left) || Truth(right)));

        private Expression And() => Chain(Not, ("&&", (left, right) => Truth(left) && Truth(right)));

        private Expression Not()
        {
            if (!Take("NOT"))
            {
                return Comparison();
            }

            var inner = Not();
            return context => !Truth(inner(context));
        }

        private Expression Comparison() => Chain(Sum, ("<=", (a, b) => Compare(a, b) <= 0), (">=", (a, b) => Compare(a, b) >= 0), ("<>", (a, b) => Compare(a, b) != 0), ("=", (a, b) => Compare(a, b) == 0), ("<", (a, b) => Compare(a, b) < 0), (">", (a, b) => Compare(a, b) > 0));

        // Blank is 0 beside a number; two blanks are blank.
        private Expression Sum() => Chain(Product, ("+", (a, b) => a is null && b is null ? null : Number(a) + Number(b)), ("-", (a, b) => a is null && b is null ? null : Number(a) - Number(b)));

        private Expression Product() => Chain(Negative, ("*", (a, b) => a is null || b is null ? null : Number(a) * Number(b)));

        private Expression Negative()
        {
            if (!Take("-"))
            {
                return Primary();
            }

            var inner = Negative();
            return context => inner(context) is { } value ? -Number(value) : null;
        }

        private Expression Chain(Func<Expression> operand, params (string Token, Func<object?, object?, object?> Apply)[] operators)
        {
            var left = operand();
            while (operators.FirstOrDefault(each => each.Token == Next) is { Token: not null } found)
            {
                _at++;
                var (before, after) = (left, operand());
                left = context => found.Apply(before(context), after(context));
            }

            return left;
        }

        private Expression Primary()
        {
            var token = _tokens[_at++];
            if (token == "(")
            {
                var inner = Or();
                Need(")");
                return inner;
            }

            if (char.IsAsciiDigit(token[0]))
            {
                var number = double.Parse(token, CultureInfo.InvariantCulture);
                return _ => number;
            }

            if (token[0] == '"')
            {
                return _ => token[1..^1];
            }

            if (token[0] == '[')
            {
                References.Add((null, token[1..^1]));
                return context => context.Model._measures[token[1..^1]](context with { Variables = [] });
            }

            if (Next == "(")
            {
                return Function(token);
            }

            return _variables.Contains(token) ? context => context.Variables[token] : throw new FormatException("unknown: " + token);
        }

        private Expression Function(string name)
        {
            Need("(");
            switch (name)
            {
                case "SUM":
                    return Aggregate(values => values.Count == 0 ? null : values.Sum(Number));
                case "MAX":
                    return Aggregate(values => values.Count == 0 ? null : values.Max(Number));
                case "MIN":
                    return Aggregate(values => values.Count == 0 ? null : values.Min(Number));
                case "DISTINCTCOUNT":
                    {
                        var (table, column) = Column();
                        Need(")");
                        // Blank is a value like others.
                        return context => context.Rows(table).Select(row => row[column] ?? DBNull.Value).Distinct().Count() is var count and > 0 ? (double)count : null;
                    }

                case "COUNTROWS":
                    {
                        var table = Table();
                        Need(")");
                        return context => context.Rows(table).Count is var count and > 0 ? (double)count : null;
                    }

                case "LOOKUPVALUE":
                    {
                        var (table, result) = Column();
                        Need(",");
                        var (_, key) = Column();
                        Need(",");
                        var sought = Or();
                        Need(")");
                        return context => sought(context) is { } value ? context.Model._tables[table].SingleOrDefault(row => value.Equals(row[key]))?[result] : null;
                    }

                case "CALCULATE":
                    return Calculate();
            }

            var arguments = new List<Expression>();
            do
            {
                arguments.Add(Or());
            }
            while (Take(","));
            Need(")");
            return (name, arguments) switch
            {
                ("IF", [var condition, var then]) => context => Truth(condition(context)) ? then(context) : null,
                ("IF", [var condition, var then, var otherwise]) => context => Truth(condition(context)) ? then(context) : otherwise(context),
                ("DIVIDE", [var top, var bottom]) => context => top(context) is { } over && bottom(context) is { } under && Number(under) != 0 ? Number(over) / Number(under) : null,
                ("ABS", [var value]) => context => value(context) is { } number ? Math.Abs(Number(number)) : null,
                ("ISBLANK", [var value]) => context => value(context) is null,
                _ => throw new FormatException($"unknown: {name} of {arguments.Count}"),
            };
        }

        private Expression Aggregate(Func<List<object?>, object?> over)
        {
            var (table, column) = Column();
            Need(")");
            return context => over([.. context.Rows(table).Select(row => row[column]).Where(value => value is not null)]);
        }

        /// <summary>Filters are looked at where CALCULATE stands; then some go, then others come in the place of what was on their columns.</summary>
        private Expression Calculate()
        {
            var value = Or();
            var changes = new List<Func<Context, Action<Filters>>>();
            while (Take(","))
            {
                changes.Add(Filter());
            }

            Need(")");
            return context =>
            {
                var filters = new Filters(context.Filters);
                foreach (var change in changes.Select(change => change(context)).ToList())
                {
                    change(filters);
                }

                return value(context with { Filters = filters });
            };
        }

        private Func<Context, Action<Filters>> Filter()
        {
            if (Take("REMOVEFILTERS"))
            {
                Need("(");
                var table = Table();
                Need(")");
                return _ => filters =>
                {
                    foreach (var filter in filters.Keys.Where(filter => filter.Table == table).ToList())
                    {
                        filters.Remove(filter);
                    }
                };
            }

            if (Take("DATEADD"))
            {
                Need("(");
                var (table, column) = Column();
                Need(",");
                var interval = Negative();
                Need(",");
                Need("MONTH");
                Need(")");
                return context =>
                {
                    var days = context.Rows(table).Select(row => DateOnly.Parse((string)row[column]!, CultureInfo.InvariantCulture)).ToHashSet();
                    var months = (int)Number(interval(context));
                    // Whole months move as such; other days keep their number in the month.
                    var moved = days.SelectMany(day => IsWhole(day) ? Month(day.AddMonths(months)) : [day.AddMonths(months)]).Select(day => (object)day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)).ToHashSet();
                    return filters =>
                    {
                        // On a calendar, what was chosen by year or month is given up too.
                        foreach (var filter in filters.Keys.Where(filter => filter.Table == table && (table == context.Model._calendar || filter.Column == column)).ToList())
                        {
                            filters.Remove(filter);
                        }

                        filters[(table, column)] = moved;
                    };

                    bool IsWhole(DateOnly day) => Month(day).All(days.Contains);
                };
            }

            var (of, on) = Column();
            var comparison = _tokens[_at++];
            var with = Sum();
            return context =>
            {
                var limit = with(context);
                var values = context.Model._tables[of].Select(row => row[on]).OfType<object>().Where(value => comparison switch
                {
                    "=" => Compare(value, limit) == 0,
                    "<=" => Compare(value, limit) <= 0,
                    _ => throw new FormatException("unknown: " + comparison),
                }).ToHashSet();
                return filters => filters[(of, on)] = values;
            };
        }

        private static IEnumerable<DateOnly> Month(DateOnly day) => Enumerable.Range(1, DateTime.DaysInMonth(day.Year, day.Month)).Select(number => new DateOnly(day.Year, day.Month, number));

        private (string Table, string Column) Column()
        {
            var table = _tokens[_at++];
            var column = _tokens[_at++];
            if (column[0] != '[')
            {
                throw new FormatException("no column: " + column);
            }

            References.Add((table, column[1..^1]));
            return (table, column[1..^1]);
        }

        private string Table()
        {
            References.Add((_tokens[_at], null));
            return _tokens[_at++];
        }

        private static bool Truth(object? value) => value is true;

        private static double Number(object? value) => value switch { null => 0, double number => number, _ => throw new FormatException($"{value} is no number") };

        private static int Compare(object? left, object? right) => (left, right) switch
        {
            (string or null, string or null) when left is not null || right is not null => string.Compare(left as string ?? "", right as string ?? "", StringComparison.OrdinalIgnoreCase),
            _ => Number(left).CompareTo(Number(right)),
        };

        [GeneratedRegex("""[A-Za-z][A-Za-z0-9]*|\d+(\.\d+)?|"[^"]*"|\[[^\]]+\]|&&|\|\||<=|>=|<>|[-+*=<>(),]""")]
        private static partial Regex TokenForm();

        [GeneratedRegex("""\[[^\]]+\]|"[^"]*"|\s+""")]
        private static partial Regex SpaceForm();
    }
}
