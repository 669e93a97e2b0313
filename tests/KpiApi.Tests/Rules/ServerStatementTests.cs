using System.Globalization;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using KpiApi.Feeds;
using Microsoft.SqlServer.Dac.Model;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace KpiApi.Tests.Rules;

/// <summary>
/// Every statement that the program can send to a server: read from the compiled program, where each text stands as it is sent, and asked of each feed. Each is
/// made a procedure and held against Microsoft's model of the schema, and looked at for what the model lets pass.
/// </summary>
public sealed partial class ServerStatementTests
{
    /// <summary>The functions that statements may use; a new one has to be tried on every engine first.</summary>
    private static readonly HashSet<string> Functions = new(StringComparer.OrdinalIgnoreCase)
    {
        "ABS", "COALESCE", "COUNT", "DB_ID", "LOWER", "MAX", "MIN", "OBJECT_ID", "REPLACE", "ROUND", "SCOPE_IDENTITY", "SERVERPROPERTY", "SUM",
    };

    /// <summary>What the other engine alone is sent.</summary>
    private static readonly string[] OfTheFile = ["sqlite_master", "last_insert_rowid", "PRAGMA", "VACUUM", "LIMIT @limit"];

    /// <summary>What the model does not know, because it is the server's own.</summary>
    private static readonly string[] OfTheServer = ["sys.", "[sys]", "sp_getapplock", "sp_set_session_context"];

    private static readonly Lazy<TSqlModel> Shared = new(() => SqlModel.Of(SqlServerVersion.Sql160, Journal()));

    [Fact]
    public void The_statements_are_found_wherever_they_stand()
    {
        var statements = Statements();
        Assert.True(statements.Count > 150, $"{statements.Count} statements");
        // A constant of a store, one inside a method, one of several batches, one that a dialect has lengthened, one of a feed.
        Assert.Contains(statements, text => text.StartsWith("INSERT INTO Measurement (", StringComparison.Ordinal));
        Assert.Contains(statements, text => text.Contains("snapshot_isolation_state", StringComparison.Ordinal));
        Assert.Contains(statements, text => text.Contains("INSERT INTO WriteMark", StringComparison.Ordinal));
        Assert.Contains(statements, text => text.EndsWith("SELECT CAST(SCOPE_IDENTITY() AS BIGINT)", StringComparison.Ordinal));
        Assert.Contains(statements, text => text.Contains("FROM [KpiWeeks]", StringComparison.Ordinal) && text.EndsWith("FETCH NEXT @limit ROWS ONLY", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(SqlServerVersion.Sql160)]
    [InlineData(SqlServerVersion.SqlAzure)]
    public void Every_statement_fits_the_schema(SqlServerVersion version)
    {
        using var model = SqlModel.Of(version, Journal());
        var statements = Statements();
        foreach (var (index, text) in statements.Index())
        {
            model.AddOrUpdateObjects(Procedure(index, text), $"statement{index}.sql", SqlModel.Options());
        }

        Assert.Empty(model.Validate().Select(message => message.Message).Where(IsOurs).Select(message => StatementNumber().Match(message) is { Success: true } match ? $"{message}\n{statements[int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)]}" : message));
    }

    [Fact]
    public void Every_statement_uses_functions_that_were_tried_and_groups_what_it_selects() =>
        Assert.Empty(Statements().SelectMany(text => TsqlVisitor.Over(text, Functions).Findings.Select(finding => $"{finding}\n{text}")));

    [Theory]
    [InlineData("SELECT p.Colour FROM Project p WHERE p.ProjectId = @id", "Colour")]
    [InlineData("SELECT Week, Colour FROM KpiWeeks WHERE ProjectId = @id", "Colour")]
    [InlineData("SELECT ProjectId FROM Projekt", "Projekt")]
    [InlineData("UPDATE Project SET Colour = @colour WHERE ProjectId = @id", "Colour")]
    [InlineData("DELETE FROM Projekt WHERE ProjectId = @id", "Projekt")]
    [InlineData("INSERT INTO WriteMark (WriteId, Colour) VALUES (@id, @colour)", "Colour")]
    [InlineData("SELECT STRFTIME('%Y', LaunchedAtUtc) AS Launched FROM Project", "STRFTIME")]
    [InlineData("SELECT ActivityId, Currency, COUNT(ProjectId) AS Projects FROM Project GROUP BY ActivityId", "Currency is neither")]
    [InlineData("SELECT Code || Name AS Label FROM Project", "||")]
    [InlineData("SELECT ProjectId FROM Project LIMIT 10", "LIMIT")]
    [InlineData("SELECT Gain AS Return FROM ProjectRoi", "Return")]
    public void A_planted_mistake_in_a_statement_is_caught(string planted, string expected)
    {
        var problems = new List<string>(TsqlVisitor.Over(planted, Functions).Findings);
        TsqlVisitor.Parse(planted, out var syntax);
        if (syntax.Count == 0)
        {
            Shared.Value.AddOrUpdateObjects(Procedure(0, planted), "planted.sql", SqlModel.Options());
            problems.AddRange(Shared.Value.Validate().Select(message => message.Message).Where(IsOurs));
            Shared.Value.DeleteObjects("planted.sql");
        }

        Assert.Contains(problems, problem => problem.Contains(expected, StringComparison.Ordinal));
    }

    private static bool IsOurs(string message) => !OfTheServer.Any(name => message.Contains(name, StringComparison.Ordinal));

    /// <summary>The one table that no script makes.</summary>
    private static SqlFile Journal() => new("journal.sql", KpiApi.Storage.Dialect.For("sqlserver", "Server=s;Database=d").CreateJournal);

    private static string Procedure(int index, string text)
    {
        var tokens = TsqlVisitor.Parse(text, out _)!.ScriptTokenStream;
        var variables = tokens.Where(token => token.TokenType == TSqlTokenType.Variable).Select(token => token.Text);
        var declared = Declared().Matches(text).Select(match => match.Groups[1].Value);
        var parameters = variables.Distinct(StringComparer.OrdinalIgnoreCase).Except(declared, StringComparer.OrdinalIgnoreCase).Select(name => $"{name} BIGINT = NULL");
        return $"CREATE PROCEDURE Statement{index} {string.Join(", ", parameters)} AS BEGIN\n{text}\nEND";
    }

    private static List<string> Statements()
    {
        var server = KpiApi.Storage.Dialect.For("sqlserver", "Server=s;Database=d");
        var inserts = new List<string>();
        using var program = new PEReader(File.OpenRead(typeof(Program).Assembly.Location));
        var metadata = program.GetMetadataReader();
        var texts = new List<string>();
        for (var handle = MetadataTokens.UserStringHandle(1); !handle.IsNil; handle = metadata.GetNextHandle(handle))
        {
            texts.Add(metadata.GetUserString(handle));
        }

        var whole = texts
            .Where(text => Beginning().IsMatch(text) && !OfTheFile.Any(part => text.Contains(part, StringComparison.Ordinal)) && IsWhole(text))
            .Distinct(StringComparer.Ordinal)
            .ToList();
        foreach (var feed in FeedCatalogue.All)
        {
            var days = feed.DateColumn is null ? null : "2025-01-31";
            var first = FeedQuery.Parse(feed, null, days, days, null, null);
            var page = FeedQuery.Parse(feed, null, null, null, "5", first.Cursor(feed.Key.Select(_ => (object?)1L)));
            whole.AddRange([first.Statement(server.Text).Sql, server.Page(page.Statement(server.Text).Sql), server.Page((page with { Columns = [] }).Statement(server.Text).Sql)]);
        }

        inserts.AddRange(whole.Where(text => text.StartsWith("INSERT INTO", StringComparison.Ordinal) && text.Contains("VALUES", StringComparison.Ordinal)).Select(server.ReturningId));
        return [.. whole, .. inserts];
    }

    /// <summary>Not the beginning of a statement that is put together from constants.</summary>
    private static bool IsWhole(string text)
    {
        if (char.IsWhiteSpace(text[^1]))
        {
            return false;
        }

        TsqlVisitor.Parse(text, out var errors);
        return errors.Count == 0;
    }

    [GeneratedRegex(@"^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|SET|DECLARE|EXEC|DROP VIEW|IF)\s", RegexOptions.CultureInvariant)]
    private static partial Regex Beginning();

    [GeneratedRegex(@"\bDECLARE\s+(@\w+)")]
    private static partial Regex Declared();

    [GeneratedRegex(@"\[?Statement(\d+)\]?")]
    private static partial Regex StatementNumber();
}
