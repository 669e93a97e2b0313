using System.Text.RegularExpressions;
using KpiApi.Tests.Support;
using Microsoft.SqlServer.Dac;
using Microsoft.SqlServer.Dac.Model;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace KpiApi.Tests.Rules;

/// <summary>What an owner of the database may add by hand, and the package of the schema: valid, complete, and never applied by the program.</summary>
public partial class OptionalScriptTests
{
    /// <summary>Tables that belong to no organisation.</summary>
    private static readonly string[] Common = [.. TestDatabase.ConstantTables, "WriteMark", "LinkKey"];

    [Theory]
    [InlineData(SqlServerVersion.Sql160)]
    [InlineData(SqlServerVersion.SqlAzure)]
    public void The_optional_scripts_make_a_valid_database_with_all_the_others(SqlServerVersion version)
    {
        Assert.Equal(["columnstore", "row-level-security"], SqlFiles.Optional().Select(file => file.Stem));
        Assert.All(SqlFiles.Optional(), script =>
        {
            TsqlVisitor.Parse(script.Text, out var errors);
            Assert.Empty(errors.Select(error => $"{error.Line}: {error.Message}"));
        });
        using var model = SqlModel.Of(version, [.. SqlFiles.Optional()]);
        Assert.Empty(model.Validate().Select(message => message.ToString()));
        Assert.Equal(3, model.GetObjects(DacQueryScopes.UserDefined, ColumnStoreIndex.TypeClass).Count());
        Assert.Single(model.GetObjects(DacQueryScopes.UserDefined, SecurityPolicy.TypeClass));
    }

    [Fact]
    public void A_planted_mistake_in_an_optional_script_is_caught()
    {
        var script = SqlFiles.Optional().Single(file => file.Stem == "row-level-security");
        using var model = SqlModel.Of(SqlServerVersion.Sql160, script with { Text = script.Text.Replace("l.LoginName", "l.LogonName", StringComparison.Ordinal) });
        Assert.Contains(model.Validate(), message => message.MessageType == DacMessageType.Error && message.Message.Contains("LogonName", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_table_of_an_organisation_is_filtered_and_blocked_by_the_policy()
    {
        var text = SqlFiles.Optional().Single(file => file.Stem == "row-level-security").Text;
        var policy = Assert.Single(TsqlVisitor.Parse(text, out _)!.Batches.SelectMany(batch => batch.Statements).OfType<CreateSecurityPolicyStatement>());
        Assert.Contains(policy.SecurityPolicyOptions, option => option is { OptionKind: SecurityPolicyOptionKind.State, OptionState: OptionState.On });
        var predicates = policy.SecurityPredicateActions.Select(action => $"{action.SecurityPredicateType} {action.TargetObjectName.BaseIdentifier.Value} {Wall(TsqlVisitor.TextOf(action.FunctionCall))}").ToList();
        // A table that is missing here has to be added to the script, with the wall of the key that it has.
        Assert.Equal(
            SqlFiles.Tables("sqlserver").SelectMany(Tables).SelectMany(table => new[] { $"Filter {table}", $"Block {table}" }).Order(StringComparer.Ordinal),
            predicates.Order(StringComparer.Ordinal));
        // All four operations: a predicate without one is for all.
        Assert.All(policy.SecurityPredicateActions, action => Assert.Equal(Microsoft.SqlServer.TransactSql.ScriptDom.SecurityPredicateOperation.All, action.SecurityPredicateOperation));

        static string Wall(string call) => WallCall().Match(call) is { Success: true } match ? $"{match.Groups["wall"]} by {match.Groups["keys"].Value.Replace(" ", "", StringComparison.Ordinal)}" : call;
    }

    [Fact]
    public void The_program_applies_none_of_them() =>
        Assert.Empty(SqlFiles.Access().Select(file => file.Stem).Intersect(SqlFiles.Optional().Select(file => file.Stem)));

    [Fact]
    public void The_package_of_the_schema_holds_every_table_and_view_and_makes_them()
    {
        var folder = Directory.CreateTempSubdirectory("kpiapi-dacpac-");
        try
        {
            var file = Path.Combine(folder.FullName, "Kpi.dacpac");
            SqlModel.WriteDacpac(file, "1.2.3.4");
            using var model = new TSqlModel(file);
            Assert.Equal(SqlFiles.Tables("sqlserver").SelectMany(script => SqlFiles.CreatedTables(script.Text)).Order(StringComparer.Ordinal), SqlModel.Names(model, Table.TypeClass));
            Assert.Equal(SqlFiles.Views().Select(view => view.Stem).Append("Scope").Order(StringComparer.Ordinal), SqlModel.Names(model, Microsoft.SqlServer.Dac.Model.View.TypeClass));
            using var package = DacPackage.Load(file);
            Assert.Equal(new Version(1, 2, 3, 4), package.Version);
            var script = DacServices.GenerateCreateScript(package, "Kpi", new DacDeployOptions());
            Assert.Contains("CREATE TABLE [dbo].[Measurement]", script, StringComparison.Ordinal);
            Assert.Contains("CREATE VIEW KpiWeeks", script, StringComparison.Ordinal);
            Assert.Contains("GRANT SELECT", script, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The tables of organisations that a script makes, each with the wall that its key wants.</summary>
    private static IEnumerable<string> Tables(SqlFile script) => TsqlVisitor.Parse(script.Text, out _)!.Batches
        .SelectMany(batch => batch.Statements)
        .OfType<CreateTableStatement>()
        .Where(table => !Common.Contains(table.SchemaObjectName.BaseIdentifier.Value))
        .Select(table =>
        {
            var columns = table.Definition.ColumnDefinitions.Select(column => column.ColumnIdentifier.Value).ToHashSet(StringComparer.Ordinal);
            return table.SchemaObjectName.BaseIdentifier.Value + (
                columns.Contains("LoginName") ? " LoginWall by LoginName,OrganisationId"
                : columns.Contains("OrganisationId") ? " OrganisationWall by OrganisationId"
                : columns.Contains("SeriesId") ? " SeriesWall by SeriesId"
                : columns.Contains("SeriesSourceId") ? " SourceWall by SeriesSourceId"
                : columns.Contains("ProjectId") ? " ProjectWall by ProjectId"
                : " has no key of an organisation");
        });

    [GeneratedRegex(@"^dbo\s*\.\s*(?<wall>\w+)\s*\((?<keys>[\w, ]+)\)$")]
    private static partial Regex WallCall();
}
