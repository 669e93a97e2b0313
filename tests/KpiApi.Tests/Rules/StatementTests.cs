using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace KpiApi.Tests.Rules;

/// <summary>Every statement that the program sends is constant text: all of them are parsed as T-SQL, prepared on SQLite and planned.</summary>
public sealed partial class StatementTests : IDisposable
{
    private static readonly IReadOnlyDictionary<string, string> Statements = Find();

    private readonly SqliteConnection _connection = SqlFiles.OpenSqlite();

    public StatementTests()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "CREATE TABLE SchemaJournal (ScriptName TEXT, ScriptHash TEXT, AppliedAtUtc TEXT)";
        command.ExecuteNonQuery();
    }

    public static TheoryData<string> Names => [.. Statements.Keys.Order(StringComparer.Ordinal)];

    [Fact]
    public void The_statements_of_the_stores_are_found()
    {
        Assert.True(Statements.Count > 80, $"{Statements.Count} statements");
        Assert.Contains("KpiApi.Measurements.FactRows.Insert", Statements.Keys);
        Assert.Contains("KpiApi.Projects.ProjectStore.Deletes[0]", Statements.Keys);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_statement_is_t_sql(string name)
    {
        new TSql160Parser(true, SqlEngineType.All).Parse(new StringReader(Statements[name]), out var errors);
        Assert.True(errors.Count == 0, string.Join('\n', errors.Select(error => error.Message)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_statement_fits_the_schema_and_scans_no_fact(string name)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + Statements[name];
        foreach (var parameter in Parameter().Matches(Statements[name]).Select(match => match.Value).Distinct())
        {
            command.Parameters.AddWithValue(parameter, 1);
        }

        using var plan = command.ExecuteReader();
        while (plan.Read())
        {
            Assert.DoesNotMatch(@"^SCAN (m|e|Measurement|LedgerEntry|KpiDayTotal|h|MeasurementHistory)\b", plan.GetString(3));
        }
    }

    [Fact]
    public void A_planted_reserved_word_is_noticed()
    {
        new TSql160Parser(true, SqlEngineType.All).Parse(new StringReader("SELECT Gain AS Return FROM ProjectRoi"), out var errors);
        Assert.NotEmpty(errors);
    }

    public void Dispose() => _connection.Dispose();

    private static Dictionary<string, string> Find()
    {
        const BindingFlags All = BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly;
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var field in typeof(Program).Assembly.GetTypes().Where(type => type.Namespace?.StartsWith("KpiApi", StringComparison.Ordinal) == true && !type.ContainsGenericParameters).SelectMany(type => type.GetFields(All)))
        {
            var texts = field.GetValue(null) switch
            {
                string text when field.IsLiteral => [text],
                string[] many => many,
                _ => Array.Empty<string>(),
            };
            for (var index = 0; index < texts.Length; index++)
            {
                // A text that ends with a line break is the beginning of other constants.
                if (Statement().IsMatch(texts[index]) && !texts[index].EndsWith('\n'))
                {
                    found[$"{field.DeclaringType!.FullName}.{field.Name}{(texts.Length > 1 ? $"[{index}]" : "")}"] = texts[index];
                }
            }
        }

        return found;
    }

    [GeneratedRegex(@"^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM)\s", RegexOptions.CultureInvariant)]
    private static partial Regex Statement();

    [GeneratedRegex(@"@\w+")]
    private static partial Regex Parameter();
}
