using Microsoft.SqlServer.Dac;
using Microsoft.SqlServer.Dac.Model;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace KpiApi.Tests.Rules;

/// <summary>The database as Microsoft's own model of it: every name resolved, without a server.</summary>
internal static class SqlModel
{
    private static readonly HashSet<string> DroppedIndexes = SqlFiles.Tables("sqlserver")
        .SelectMany(f => TsqlVisitor.Parse(f.Text, out _)!.Batches)
        .SelectMany(b => b.Statements.OfType<DropIndexStatement>())
        .SelectMany(s => s.DropIndexClauses.OfType<DropIndexClause>())
        .Select(c => c.Index.Value)
        .ToHashSet(StringComparer.Ordinal);

    public static TSqlObjectOptions Options() => new() { QuotedIdentifier = true, AnsiNulls = true };

    /// <summary>Tables, Scope, views and grants, and what else is to be held against them.</summary>
    public static TSqlModel Of(SqlServerVersion version, params SqlFile[] more)
    {
        var model = new TSqlModel(version, new TSqlModelOptions());
        foreach (var file in (IEnumerable<SqlFile>)[.. SqlFiles.SqlServer(), .. more])
        {
            var declarations = Declarations(SqlFiles.WithLaterColumns(file.Text));
            if (declarations.Length > 0)
            {
                model.AddOrUpdateObjects(declarations, file.Path, Options());
            }
        }

        return model;
    }

    /// <summary>Writes the schema as a dacpac, for tools that compare databases. The program deploys by its own scripts, and fills the calendar.</summary>
    public static void WriteDacpac(string file, string version)
    {
        using var model = Of(SqlServerVersion.Sql160);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        DacPackageExtensions.BuildPackage(file, model, new PackageMetadata { Name = "Kpi", Version = version, Description = "The schema of KpiApi" });
    }

    public static IEnumerable<string> Names(TSqlModel model, ModelTypeClass type) =>
        model.GetObjects(DacQueryScopes.UserDefined, type).Select(o => o.Name.Parts[^1]).Order(StringComparer.Ordinal);

    /// <summary>A model takes declarations only: the condition around CREATE ROLE goes, and so do the rows of the catalogue and what is dropped before it is made anew.</summary>
    private static string Declarations(string text) => string.Join("\nGO\n", TsqlVisitor.Parse(text, out _)!.Batches
        .SelectMany(b => b.Statements)
        .Select(s => s is IfStatement conditional ? conditional.ThenStatement : s)
        .Where(s => s is not (InsertStatement or AlterTableAddTableElementStatement or DropObjectsStatement or DropIndexStatement))
        .Where(s => s is not CreateIndexStatement index || !DroppedIndexes.Contains(index.Name.Value))
        .Select(s => string.Concat(Enumerable.Range(s.FirstTokenIndex, s.LastTokenIndex - s.FirstTokenIndex + 1).Select(i => s.ScriptTokenStream[i].Text))));
}
