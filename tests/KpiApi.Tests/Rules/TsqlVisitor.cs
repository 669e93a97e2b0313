using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace KpiApi.Tests.Rules;

/// <summary>
/// What DacFx accepts and a server refuses, or two engines read differently: functions outside a list, text joined by an operator,
/// window functions, and a column that is neither grouped nor aggregated. Types of expressions are checked by nobody offline.
/// </summary>
internal sealed class TsqlVisitor(IReadOnlySet<string> allowedFunctions) : TSqlFragmentVisitor
{
    /// <summary>Exactly the functions that the portable views use; a new one has to be tried on every engine first.</summary>
    public static readonly IReadOnlySet<string> ViewFunctions = Set("ABS", "CONCAT", "COUNT", "MAX", "MIN", "ROUND", "SQRT", "SUM");

    /// <summary>What the one dialect-specific view and the grants use.</summary>
    public static readonly IReadOnlySet<string> DialectFunctions =
        Set("DATABASE_PRINCIPAL_ID", "DATEDIFF", "HAS_PERMS_BY_NAME", "ORIGINAL_LOGIN", "SESSION_CONTEXT", "SYSUTCDATETIME", "AT TIME ZONE");

    private static readonly IReadOnlySet<string> Aggregates = Set("AVG", "COUNT", "COUNT_BIG", "MAX", "MIN", "STDEV", "STRING_AGG", "SUM", "VAR");

    public List<string> Findings { get; } = [];

    public HashSet<string> UsedFunctions { get; } = new(StringComparer.OrdinalIgnoreCase);

    public static TsqlVisitor Over(string sql, IReadOnlySet<string> allowedFunctions)
    {
        var visitor = new TsqlVisitor(allowedFunctions);
        var script = Parse(sql, out var errors);
        visitor.Findings.AddRange(errors.Select(e => $"{e.Line}:{e.Column} {e.Message}"));
        script?.Accept(visitor);
        return visitor;
    }

    public static TSqlScript? Parse(string sql, out IList<ParseError> errors)
    {
        using var reader = new StringReader(sql);
        return new TSql160Parser(initialQuotedIdentifiers: true, SqlEngineType.All).Parse(reader, out errors) as TSqlScript;
    }

    /// <summary>The source text of a fragment on one line, without comments: good for comparing and for messages.</summary>
    public static string TextOf(TSqlFragment fragment)
    {
        var tokens = Enumerable.Range(fragment.FirstTokenIndex, fragment.LastTokenIndex - fragment.FirstTokenIndex + 1)
            .Select(i => fragment.ScriptTokenStream[i])
            .Select(t => t.TokenType is TSqlTokenType.WhiteSpace or TSqlTokenType.SingleLineComment or TSqlTokenType.MultilineComment ? " " : t.Text);
        return string.Join(' ', string.Concat(tokens).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    public override void Visit(FunctionCall node)
    {
        Use(node, node.FunctionName.Value);
        if (node.OverClause is not null)
        {
            Find(node, "a window function");
        }
    }

    public override void Visit(IIfCall node) => Use(node, "IIF");

    public override void Visit(ConvertCall node) => Use(node, "CONVERT");

    public override void Visit(TryConvertCall node) => Use(node, "TRY_CONVERT");

    public override void Visit(TryCastCall node) => Use(node, "TRY_CAST");

    public override void Visit(ParseCall node) => Use(node, "PARSE");

    public override void Visit(TryParseCall node) => Use(node, "TRY_PARSE");

    public override void Visit(LeftFunctionCall node) => Use(node, "LEFT");

    public override void Visit(RightFunctionCall node) => Use(node, "RIGHT");

    public override void Visit(ParameterlessCall node) => Use(node, node.ParameterlessCallType.ToString());

    public override void Visit(AtTimeZoneCall node) => Use(node, "AT TIME ZONE");

    public override void Visit(BinaryExpression node)
    {
        // The parser of SQL Server 2022 knows no such operator, but its token stream does.
        if (TokensBetween(node.FirstExpression, node.SecondExpression).Contains("||"))
        {
            Find(node, "the operator ||");
        }
    }

    public override void Visit(QuerySpecification node)
    {
        var grouped = (node.GroupByClause?.GroupingSpecifications ?? [])
            .OfType<ExpressionGroupingSpecification>()
            .Select(g => TextOf(g.Expression))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var elements = node.SelectElements.OfType<SelectScalarExpression>().Select(e => e.Expression).ToList();
        var aggregates = elements.Any(HasAggregate);
        if (node.GroupByClause is null && !aggregates)
        {
            return;
        }
        foreach (var element in elements)
        {
            element.Accept(new LooseColumns(this, grouped));
        }
        node.HavingClause?.SearchCondition.Accept(new LooseColumns(this, grouped));
    }

    private static HashSet<string> Set(params string[] names) => new(names, StringComparer.OrdinalIgnoreCase);

    private static bool HasAggregate(TSqlFragment fragment)
    {
        var calls = new AggregateCalls();
        fragment.Accept(calls);
        return calls.Found;
    }

    private static string TokensBetween(TSqlFragment left, TSqlFragment right) =>
        string.Concat(Enumerable.Range(left.LastTokenIndex + 1, Math.Max(0, right.FirstTokenIndex - left.LastTokenIndex - 1))
            .Select(i => left.ScriptTokenStream[i].Text));

    private void Use(TSqlFragment node, string function)
    {
        UsedFunctions.Add(function);
        if (!allowedFunctions.Contains(function))
        {
            Find(node, $"the function {function.ToUpperInvariant()} is not on the list");
        }
    }

    private void Find(TSqlFragment node, string what) => Findings.Add($"{node.StartLine}:{node.StartColumn} {what}");

    private sealed class AggregateCalls : TSqlFragmentVisitor
    {
        public bool Found { get; private set; }

        public override void Visit(FunctionCall node) => Found |= node.OverClause is null && Aggregates.Contains(node.FunctionName.Value);

        // A subquery's aggregates are its own.
        public override void ExplicitVisit(ScalarSubquery node)
        {
        }
    }

    /// <summary>Descends into an expression of a grouped query; stops at aggregates, at whole grouped expressions and at subqueries.</summary>
    private sealed class LooseColumns(TsqlVisitor owner, HashSet<string> grouped) : TSqlFragmentVisitor
    {
        public override void ExplicitVisit(FunctionCall node)
        {
            if (!Aggregates.Contains(node.FunctionName.Value) && !grouped.Contains(TextOf(node)))
            {
                base.ExplicitVisit(node);
            }
        }

        public override void ExplicitVisit(BinaryExpression node)
        {
            if (!grouped.Contains(TextOf(node)))
            {
                base.ExplicitVisit(node);
            }
        }

        public override void ExplicitVisit(SearchedCaseExpression node)
        {
            if (!grouped.Contains(TextOf(node)))
            {
                base.ExplicitVisit(node);
            }
        }

        public override void ExplicitVisit(ScalarSubquery node)
        {
        }

        public override void ExplicitVisit(ColumnReferenceExpression node)
        {
            if (node.ColumnType == ColumnType.Regular && !grouped.Contains(TextOf(node)))
            {
                owner.Find(node, $"the column {TextOf(node)} is neither in GROUP BY nor aggregated");
            }
        }
    }
}
