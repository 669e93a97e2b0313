using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace KpiApi.Tests.Rules;

/// <summary>The views are one text for two engines. What is checked here runs on both, or means something else on one of them.</summary>
public class PortabilityTests
{
    /// <summary>Words that one engine lacks or reads differently.</summary>
    private static readonly string[] ForbiddenWords =
    [
        "ALTER", "APPLY", "AVG", "BOOLEAN", "COLLATE", "CONVERT", "CURRENT_DATE", "CURRENT_TIMESTAMP", "DATE_PART",
        "DATEADD", "DATEDIFF", "DATENAME", "DATEPART", "DATETIME", "DBO", "EXCEPT", "FALSE", "FETCH", "FILTER", "FULL", "GETDATE", "GREATEST",
        "IFNULL", "IIF", "INTERSECT", "ISNULL", "JULIANDAY", "LEAST", "LEN", "LENGTH", "LIMIT", "LOG", "MAIN", "MERGE", "NATURAL",
        "NULLS", "OFFSET", "OVER", "PIVOT", "RECURSIVE", "RIGHT", "STRFTIME", "SUBSTR", "SYSUTCDATETIME", "TOP", "TRUE", "UNIXEPOCH", "USING", "VALUES",
    ];

    /// <summary>Divisors that are not written with NULLIF: view, divisor, and why it cannot be 0 there.</summary>
    private static readonly (string View, string Divisor, string Reason)[] ProvenDivisors =
    [
        ("KpiDays", "CAST(k.PerDays AS FLOAT)", "CK_Kpi_PerDays: at least 1 for `sum`, and the branch is for `sum`"),
        ("KpiSeriesDays", "CAST(k.PerDays AS FLOAT)", "CK_Kpi_PerDays: at least 1 for `sum`, and the branch is for `sum`"),
        ("KpiWindows", "CAST(k.PerDays AS FLOAT)", "CK_Kpi_PerDays: at least 1 for `sum`, and the branch is for `sum`"),
        ("KpiWindows", "y.DayCount", "the branch needs 7 measured days, and no window has fewer days than measured ones"),
        ("KpiSeries", "g.JudgedDenominator", "the branch asks for <> 0"),
        ("KpiSeries", "g.JudgedDays", "the branch before returns null at 0"),
        ("KpiSeries", "g.HorizonDays", "CK_Project_HorizonDays: at least 14"),
        ("KpiWeekActuals", "r.DayCount", "the branch needs a measured day of a `sum` KPI, whose week then has a day"),
        ("KpiWeekActuals", "r.Denominator", "the branch asks for <> 0"),
        ("KpiWeekActuals", "r.RampDays", "ProjectKpiLine gives at least 1"),
        ("KpiWeekActuals", "l.RampDays", "ProjectKpiLine gives at least 1"),
        ("KpiWeekActuals", "l.HorizonDays", "CK_Project_HorizonDays: at least 14"),
        ("KpiWeekActuals", "g.CutDay - g.FirstDay + 1", "a week is listed only when it meets the project's days, so it has one"),
        ("ProjectKpiBaselines", "ABS(t.TargetValue)", "the branch before takes the target 0"),
    ];

    /// <summary>What is added up without a cast: view, columns, and why it cannot overflow.</summary>
    private static readonly (string View, string[] Columns, string Reason)[] SmallOrFloat =
    [
        ("KpiSeries", ["x.IsMeasured", "x.Ramp"], "flags and day numbers of one period"),
        ("KpiSeries", ["x.Numerator", "x.Denominator"], "FLOAT in KpiSeriesDays"),
        ("PortfolioTotals", ["g.Gain", "g.Cost"], "FLOAT in the derived table"),
        ("PortfolioWarnings", ["y.OverdueActions"], "actions of the organisation"),
        ("ProjectRhythm", ["x.IsOpen", "x.IsOverdue"], "one flag per action"),
        ("ProjectVerdicts", ["u.KpiCount", "u.OnTrack", "u.AtRisk", "u.Behind", "u.Achieved", "u.Missed"], "one flag per project KPI"),
    ];

    /// <summary>Only these read single facts: they have one row per fact.</summary>
    private static readonly string[] FactViews = ["Ledger", "Measurements"];

    private static readonly HashSet<string> AllViews = [.. SqlFiles.Views().Select(v => v.Stem), "Scope"];

    public static TheoryData<string> Views => [.. SqlFiles.Views().Select(v => v.Stem)];

    [Fact]
    public void There_are_views_to_check() => Assert.True(SqlFiles.Views().Count >= SqlFiles.Published.Count);

    [Theory]
    [MemberData(nameof(Views))]
    public void A_file_holds_one_view_of_its_own_name(string view)
    {
        var batch = Assert.Single(Script(view).Batches);
        var statement = Assert.IsType<CreateViewStatement>(Assert.Single(batch.Statements));
        Assert.Equal(view, Assert.Single(statement.SchemaObjectName.Identifiers).Value);
        Assert.Empty(statement.Columns);
        Assert.Empty(statement.ViewOptions);
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void A_file_starts_by_telling_its_grain(string view) =>
        Assert.StartsWith("-- One row per ", SqlFiles.View(view).Text, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Views))]
    public void A_view_is_published_or_says_that_it_is_internal(string view)
    {
        var firstLine = SqlFiles.View(view).Text.Split('\n')[0].TrimEnd();
        Assert.Equal(SqlFiles.Published.Contains(view), !firstLine.EndsWith(" Internal.", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_published_view_has_a_file() =>
        Assert.Empty(SqlFiles.Published.Except(SqlFiles.Views().Select(v => v.Stem)));

    [Theory]
    [MemberData(nameof(Views))]
    public void A_view_uses_no_word_that_one_engine_lacks(string view)
    {
        var words = Script(view).ScriptTokenStream
            .Where(t => t.TokenType is not (TSqlTokenType.SingleLineComment or TSqlTokenType.MultilineComment or TSqlTokenType.EndOfFile
                or TSqlTokenType.AsciiStringLiteral or TSqlTokenType.QuotedIdentifier))
            .Select(t => t.Text.ToUpperInvariant());
        Assert.Empty(words.Intersect(ForbiddenWords));
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void A_view_writes_no_unicode_literal_and_no_double_bar(string view)
    {
        // SQLite has no N'…'; SQL Server 2022 has no ||. Text is joined by CONCAT.
        var tokens = Script(view).ScriptTokenStream;
        Assert.DoesNotContain(tokens, t => t.TokenType == TSqlTokenType.UnicodeStringLiteral);
        Assert.DoesNotContain("||", SqlFiles.WithoutComments(SqlFiles.View(view).Text), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void A_view_names_its_columns(string view)
    {
        var stars = Collect<SelectStarExpression>(view);
        Assert.Empty(stars.Select(Where));
        var unnamed = Collect<SelectScalarExpression>(view).Where(e => e.ColumnName is null && e.Expression is not ColumnReferenceExpression);
        Assert.Empty(unnamed.Select(Where));
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void Every_column_is_written_with_its_source(string view)
    {
        // A bare column means whatever table happens to have it; it is also what makes GROUP BY comparable by text.
        var bare = Collect<ColumnReferenceExpression>(view).Where(c => c.ColumnType == ColumnType.Regular && c.MultiPartIdentifier.Count != 2);
        Assert.Empty(bare.Select(Where));
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void A_view_is_a_plain_query(string view)
    {
        Assert.Empty(Collect<CommonTableExpression>(view).Select(Where));
        Assert.Empty(Collect<ScalarSubquery>(view).Select(Where));
        Assert.Empty(Collect<OrderByClause>(view).Select(Where));
        Assert.Empty(Collect<TopRowFilter>(view).Select(Where));
        Assert.Empty(Collect<OverClause>(view).Select(Where));
        Assert.Empty(Collect<InlineDerivedTable>(view).Select(Where));
        Assert.Empty(Collect<UnqualifiedJoin>(view).Where(j => j.UnqualifiedJoinType != UnqualifiedJoinType.CrossJoin).Select(Where));
        Assert.Empty(Collect<BinaryQueryExpression>(view).Where(u => u.BinaryQueryExpressionType != BinaryQueryExpressionType.Union || !u.All).Select(Where));
        // Only what both engines understand alike: FLOAT and whole numbers.
        Assert.All(Collect<CastCall>(view), c => Assert.Contains(TsqlVisitor.TextOf(c.DataType), (string[])["FLOAT", "INTEGER", "BIGINT"]));
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void A_division_cannot_be_by_zero(string view) =>
        Assert.Empty(Divisors(view).Where(d => !IsSafe(view, d)).Select(Where));

    [Fact]
    public void Every_proven_divisor_is_still_used() =>
        Assert.All(ProvenDivisors, p => Assert.Contains(p.Divisor, Divisors(p.View).Select(d => TsqlVisitor.TextOf(Bare(d)))));

    [Theory]
    [MemberData(nameof(Views))]
    public void A_quotient_is_a_FLOAT(string view)
    {
        // An integer literal over an integer literal or column would be cut on both engines; over a FLOAT it is not.
        var cut = Collect<BinaryExpression>(view)
            .Where(b => b.BinaryExpressionType == BinaryExpressionType.Divide && Bare(b.FirstExpression) is IntegerLiteral && Bare(b.SecondExpression) is not CastCall);
        Assert.Empty(cut.Select(Where));
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void Facts_are_read_only_by_views_with_one_row_per_fact(string view)
    {
        var facts = Collect<NamedTableReference>(view).Select(TableName).Intersect(["Measurement", "LedgerEntry", "MeasurementHistory", "LedgerEntryHistory"]);
        Assert.True(FactViews.Contains(view) || !facts.Any(), $"{view} computes from single facts");
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void No_view_stands_on_the_outer_side_of_a_join(string view)
    {
        // A view that joins Scope is computed whole for each row there: 950 ms instead of 30.
        foreach (var join in Collect<QualifiedJoin>(view).Where(j => j.QualifiedJoinType != QualifiedJoinType.Inner))
        {
            Assert.Equal(QualifiedJoinType.LeftOuter, join.QualifiedJoinType);
            Assert.Empty(Nested<NamedTableReference>(join.SecondTableReference).Select(TableName).Intersect(AllViews));
        }
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void The_arms_of_a_union_have_the_same_columns(string view)
    {
        foreach (var arms in Unions(view))
        {
            var first = arms[0].SelectElements.Select(ColumnName).ToList();
            Assert.All(arms, arm => Assert.Equal(first, arm.SelectElements.Select(ColumnName)));
        }
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void A_union_knows_the_type_of_a_column_by_its_second_arm(string view)
    {
        // Types are matched pair by pair: after two bare nulls, a number in the third arm is refused (PostgreSQL, so Babelfish).
        foreach (var arms in Unions(view))
        {
            var untyped = arms[0].SelectElements.Zip(arms[1].SelectElements).Where(pair => IsNull(pair.First) && IsNull(pair.Second));
            Assert.Empty(untyped.Select(pair => Where(pair.First)));
        }

        static bool IsNull(SelectElement element) => element is SelectScalarExpression { Expression: NullLiteral };
    }

    [Fact]
    public void Sums_are_added_as_FLOAT_or_from_flags_and_counts() =>
        // SUM(INT) overflows, on SQL Server only.
        Assert.All(
            SqlFiles.Views().SelectMany(v => Collect<FunctionCall>(v.Stem).Where(f => f.FunctionName.Value == "SUM").Select(f => (View: v.Stem, Text: TsqlVisitor.TextOf(f.Parameters[0])))),
            sum => Assert.True(
                sum.Text.Contains("CAST(", StringComparison.Ordinal)
                    || SmallOrFloat.Any(s => s.View == sum.View && s.Columns.Any(c => sum.Text.Contains(c, StringComparison.Ordinal))),
                $"{sum.View}: SUM({sum.Text}) may overflow: CAST to FLOAT, or list it with its reason"));

    private static TSqlScript Script(string view)
    {
        var script = TsqlVisitor.Parse(SqlFiles.View(view).Text, out var errors);
        Assert.Empty(errors.Select(e => e.Message));
        return script!;
    }

    private static List<T> Collect<T>(string view)
        where T : TSqlFragment => Nested<T>(Script(view));

    private static List<T> Nested<T>(TSqlFragment fragment)
        where T : TSqlFragment
    {
        var collector = new Collector<T>();
        fragment.Accept(collector);
        return collector.Found;
    }

    /// <summary>Each union of a view as the list of its arms, first to last.</summary>
    private static List<List<QuerySpecification>> Unions(string view)
    {
        var unions = Collect<BinaryQueryExpression>(view);
        var inner = unions.SelectMany(u => (QueryExpression[])[u.FirstQueryExpression, u.SecondQueryExpression]).ToHashSet();
        return [.. unions.Where(u => !inner.Contains(u)).Select(u => Arms(u).ToList())];

        static IEnumerable<QuerySpecification> Arms(QueryExpression query) => query switch
        {
            BinaryQueryExpression union => Arms(union.FirstQueryExpression).Concat(Arms(union.SecondQueryExpression)),
            QueryParenthesisExpression parenthesis => Arms(parenthesis.QueryExpression),
            _ => [(QuerySpecification)query],
        };
    }

    private static string ColumnName(SelectElement element) => element is SelectScalarExpression scalar
        ? scalar.ColumnName?.Value ?? ((ColumnReferenceExpression)scalar.Expression).MultiPartIdentifier.Identifiers[^1].Value
        : TsqlVisitor.TextOf(element);

    private static string TableName(NamedTableReference table) => table.SchemaObject.BaseIdentifier.Value;

    private static IEnumerable<ScalarExpression> Divisors(string view) => Collect<BinaryExpression>(view)
        .Where(b => b.BinaryExpressionType is BinaryExpressionType.Divide or BinaryExpressionType.Modulo)
        .Select(b => b.SecondExpression);

    private static bool IsSafe(string view, ScalarExpression divisor) => Bare(divisor) switch
    {
        IntegerLiteral or NumericLiteral or RealLiteral => TsqlVisitor.TextOf(divisor).Any(c => c is >= '1' and <= '9'),
        NullIfExpression nullIf => IsZero(nullIf.SecondExpression),
        // ABS and CAST keep a null a null and what is not 0 not 0.
        FunctionCall { FunctionName.Value: "ABS" } call when Bare(call.Parameters[0]) is NullIfExpression => true,
        CastCall cast when Bare(cast.Parameter) is NullIfExpression or IntegerLiteral => IsSafe(view, cast.Parameter),
        CoalesceExpression coalesce => coalesce.Expressions.All(e => IsSafe(view, e)),
        SearchedCaseExpression guarded when IsGuard(guarded) => true,
        var other => ProvenDivisors.Any(p => p.View == view && p.Divisor == TsqlVisitor.TextOf(other)),
    };

    /// <summary>CASE WHEN x > a THEN x ELSE b END with a ≥ 0 and b > 0: never 0.</summary>
    private static bool IsGuard(SearchedCaseExpression guarded) =>
        guarded.WhenClauses is [{ WhenExpression: BooleanComparisonExpression { ComparisonType: BooleanComparisonType.GreaterThan, SecondExpression: IntegerLiteral } when } then]
        && TsqlVisitor.TextOf(then.ThenExpression is CastCall cast ? cast.Parameter : then.ThenExpression) == TsqlVisitor.TextOf(when.FirstExpression)
        && guarded.ElseExpression is IntegerLiteral { Value: not "0" };

    private static bool IsZero(ScalarExpression expression) => expression is IntegerLiteral { Value: "0" };

    private static ScalarExpression Bare(ScalarExpression expression) =>
        expression is ParenthesisExpression parenthesis ? Bare(parenthesis.Expression) : expression;

    private static string Where(TSqlFragment fragment) => $"line {fragment.StartLine}: {TsqlVisitor.TextOf(fragment)}";

    private sealed class Collector<T> : TSqlFragmentVisitor
        where T : TSqlFragment
    {
        public List<T> Found { get; } = [];

        public override void Visit(TSqlFragment node)
        {
            if (node is T wanted)
            {
                Found.Add(wanted);
            }
        }
    }
}
