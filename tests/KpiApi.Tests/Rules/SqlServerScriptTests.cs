using Microsoft.SqlServer.Dac;
using Microsoft.SqlServer.Dac.Model;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace KpiApi.Tests.Rules;

/// <summary>The T-SQL is proved without a server: DacFx resolves every name, ScriptDom parses, a visitor checks what both let pass.</summary>
public class SqlServerScriptTests
{
    /// <summary>Warnings that are known and harmless: number and a part of the message → why.</summary>
    private static readonly (int Number, string Part, string Reason)[] AllowedWarnings = [];

    /// <summary>Building a model takes most of a second, so the planted mistakes share one, each leaving it as it was.</summary>
    private static readonly Lazy<TSqlModel> Shared = new(() => SqlModel.Of(SqlServerVersion.Sql160));

    public static TheoryData<string> Files => [.. SqlFiles.SqlServer().Select(f => f.Path)];

    public static TheoryData<string> ViewNames => [.. SqlFiles.Views().Select(f => f.Stem)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_file_parses_as_SQL_Server_2022(string path)
    {
        var file = SqlFiles.SqlServer().Single(f => f.Path == path);
        TsqlVisitor.Parse(file.Text, out var errors);
        Assert.Empty(errors.Select(e => $"{path}({e.Line},{e.Column}): {e.Message}"));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Splitting_at_GO_loses_no_statement(string path)
    {
        // The deployment sends batch by batch; each one must stand alone, and a view must be alone in its batch.
        var file = SqlFiles.SqlServer().Single(f => f.Path == path);
        var whole = TsqlVisitor.Parse(file.Text, out _)!.Batches.Sum(b => b.Statements.Count);
        var parts = SqlFiles.Batches(file.Text).Select(batch => TsqlVisitor.Parse(batch, out _)!).ToList();
        Assert.Equal(whole, parts.Sum(p => p.Batches.Sum(b => b.Statements.Count)));
        Assert.All(parts, p => Assert.Single(p.Batches));
        Assert.DoesNotContain(parts, p => p.Batches[0].Statements is { Count: > 1 } statements && statements.Any(s => s is CreateViewStatement));
    }

    [Theory]
    [InlineData(SqlServerVersion.Sql160)]
    [InlineData(SqlServerVersion.SqlAzure)]
    public void Tables_scope_views_and_grants_make_a_valid_database(SqlServerVersion version)
    {
        using var model = SqlModel.Of(version);
        var messages = model.Validate();
        Assert.Empty(messages
            .Where(m => m.MessageType == DacMessageType.Error
                || !AllowedWarnings.Any(a => a.Number == m.Number && m.Message.Contains(a.Part, StringComparison.Ordinal)))
            .Select(m => m.ToString()));
    }

    [Fact]
    public void The_model_holds_every_table_and_view()
    {
        using var model = SqlModel.Of(SqlServerVersion.Sql160);
        Assert.Equal(
            SqlFiles.Tables("sqlserver").SelectMany(f => SqlFiles.CreatedTables(f.Text)).Order(StringComparer.Ordinal),
            SqlModel.Names(model, Table.TypeClass));
        Assert.Equal(
            SqlFiles.Views().Select(f => f.Stem).Append("Scope").Order(StringComparer.Ordinal),
            SqlModel.Names(model, Microsoft.SqlServer.Dac.Model.View.TypeClass));
    }

    [Theory]
    [MemberData(nameof(ViewNames))]
    public void A_view_uses_only_functions_that_every_engine_has(string view) =>
        Assert.Empty(TsqlVisitor.Over(SqlFiles.View(view).Text, TsqlVisitor.ViewFunctions).Findings);

    [Fact]
    public void Scope_and_grants_use_only_functions_that_were_tried() =>
        Assert.All(
            (IEnumerable<SqlFile>)[SqlFiles.Scope("sqlserver"), .. SqlFiles.Access()],
            file => Assert.Empty(TsqlVisitor.Over(file.Text, TsqlVisitor.DialectFunctions).Findings));

    [Fact]
    public void The_lists_of_functions_hold_nothing_that_is_not_used()
    {
        Assert.Equal(Used(SqlFiles.Views()), TsqlVisitor.ViewFunctions.Order(StringComparer.Ordinal));
        Assert.Equal(Used([SqlFiles.Scope("sqlserver"), .. SqlFiles.Access()]), TsqlVisitor.DialectFunctions.Order(StringComparer.Ordinal));

        static IEnumerable<string> Used(IEnumerable<SqlFile> files) => files
            .SelectMany(f => TsqlVisitor.Over(f.Text, new HashSet<string>()).UsedFunctions)
            .Select(f => f.ToUpperInvariant())
            .Distinct()
            .Order(StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("CREATE VIEW Planted AS SELECT p.Colour FROM Project p;", "Colour")]
    [InlineData("CREATE VIEW Planted AS SELECT p.Colour FROM Projects p;", "Colour")]
    [InlineData("CREATE VIEW Planted AS SELECT p.ProjectId FROM Projekt p;", "Projekt")]
    [InlineData("CREATE VIEW Planted AS SELECT p.ProjectId FROM Project p JOIN Kpi k ON k.KpiId = p.KpiId;", "KpiId")]
    [InlineData("CREATE VIEW Planted AS SELECT ProjectId FROM Project p JOIN ProjectKpi k ON k.ProjectId = p.ProjectId;", "ProjectId")]
    [InlineData("CREATE VIEW Planted AS SELECT STRFTIME('%Y', p.LaunchedAtUtc) AS Launched FROM Project p;", "STRFTIME")]
    [InlineData("CREATE VIEW Planted AS SELECT GREATEST(p.BaselineDays, 30) AS Days FROM Project p;", "GREATEST")]
    [InlineData("CREATE VIEW Planted AS SELECT p.ActivityId, p.Currency, COUNT(p.ProjectId) AS Projects FROM Project p GROUP BY p.ActivityId;", "p.Currency is neither")]
    [InlineData("CREATE VIEW Planted AS SELECT p.Currency, COUNT(p.ProjectId) AS Projects FROM Project p;", "p.Currency is neither")]
    [InlineData("CREATE VIEW Planted AS SELECT CASE WHEN p.StartDay > 0 THEN SUM(p.BaselineDays) END AS Days FROM Project p GROUP BY p.ActivityId;", "p.StartDay is neither")]
    [InlineData("CREATE VIEW Planted AS SELECT p.Code || p.Name AS Label FROM Project p;", "||")]
    [InlineData("CREATE VIEW Planted AS SELECT ROW_NUMBER() OVER (ORDER BY p.ProjectId) AS Position FROM Project p;", "window")]
    [InlineData("CREATE VIEW Planted AS SELECT p.ProjectId FROM Project p LIMIT 10;", "LIMIT")]
    [InlineData("CREATE VIEW Planted AS SELECT p.ProjectId FROM Project p ORDER BY p.ProjectId;", "ORDER BY")]
    [InlineData("CREATE TABLE Planted (PlantedId BIGINT NOT NULL CONSTRAINT FK_Planted REFERENCES Projekt (ProjektId));", "Projekt")]
    [InlineData("CREATE INDEX IX_Planted ON Project (Colour);", "Colour")]
    [InlineData("GRANT SELECT ON Projekts TO KpiReader;", "Projekts")]
    public void A_planted_mistake_is_caught(string planted, string expected) =>
        Assert.Contains(Problems(planted), problem => problem.Contains(expected, StringComparison.Ordinal));

    [Fact]
    public void Text_without_a_mistake_raises_nothing() =>
        Assert.Empty(Problems("CREATE VIEW Planted AS SELECT p.ActivityId, COUNT(p.ProjectId) AS Projects FROM Project p GROUP BY p.ActivityId;"));

    [Fact]
    public void KpiReader_reads_the_published_views_and_nothing_else()
    {
        var grants = SqlFiles.Access()
            .SelectMany(f => TsqlVisitor.Parse(f.Text, out _)!.Batches)
            .SelectMany(b => b.Statements)
            .OfType<GrantStatement>()
            .ToList();
        Assert.All(grants, g =>
        {
            Assert.Equal("SELECT", string.Join(' ', g.Permissions.SelectMany(p => p.Identifiers).Select(i => i.Value)));
            Assert.Equal("KpiReader", g.Principals.Single().Identifier.Value);
            Assert.False(g.WithGrantOption);
        });
        Assert.Equal(
            SqlFiles.Published.Order(StringComparer.Ordinal),
            grants.Select(g => g.SecurityTargetObject.ObjectName.MultiPartIdentifier.Identifiers.Single().Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Nothing_is_written_with_a_schema_or_with_what_Babelfish_lacks()
    {
        foreach (var file in SqlFiles.SqlServer())
        {
            var tokens = TsqlVisitor.Parse(file.Text, out _)!.ScriptTokenStream;
            var words = tokens
                .Where(t => t.TokenType is not (TSqlTokenType.SingleLineComment or TSqlTokenType.MultilineComment or TSqlTokenType.EndOfFile))
                .Select(t => t.Text.ToUpperInvariant())
                .ToHashSet();
            Assert.Empty(words.Intersect(["DBO", "SYS", "MERGE", "ROWVERSION", "COLUMNSTORE", "POLICY", "DISTINCT", "DATABASE"]));
            // A released table grows by columns; views, procedures and roles are made anew.
            Assert.All(SqlFiles.Batches(file.Text).SelectMany(Altered), statement => Assert.IsType<AlterTableAddTableElementStatement>(statement));
        }
    }

    private static IEnumerable<TSqlStatement> Altered(string batch) =>
        TsqlVisitor.Parse(batch, out _)!.Batches.SelectMany(b => b.Statements).Where(s => s.GetType().Name.StartsWith("Alter", StringComparison.Ordinal));

    private static List<string> Problems(string planted)
    {
        var problems = new List<string>(TsqlVisitor.Over(planted, TsqlVisitor.ViewFunctions).Findings);
        TsqlVisitor.Parse(planted, out var syntax);
        if (syntax.Count > 0)
        {
            // A model that has met text it cannot read gives no further answer.
            return problems;
        }
        Shared.Value.AddOrUpdateObjects(planted, "planted.sql", SqlModel.Options());
        problems.AddRange(Shared.Value.Validate().Select(m => m.Message));
        Shared.Value.DeleteObjects("planted.sql");
        return problems;
    }
}
