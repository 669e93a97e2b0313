using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace KpiApi.Tests.Rules;

/// <summary>One file of sql/: its path below that folder with forward slashes, and its text.</summary>
internal sealed record SqlFile(string Path, string Text)
{
    public string Stem => System.IO.Path.GetFileNameWithoutExtension(Path);

    public override string ToString() => Path;
}

/// <summary>The files of sql/ as they are deployed: the product project copies them to its output folder.</summary>
internal static partial class SqlFiles
{
    /// <summary>What BI tools may read. Everything else among the views is internal and says so in its first comment.</summary>
    public static readonly IReadOnlyList<string> Published =
    [
        "Activities", "Alerts", "Dates", "Deletions", "KpiDays", "KpiOutcomes", "KpiStatus", "KpiWeeks", "Kpis", "Ledger", "Measurements",
        "NorthStars", "Portfolio", "ProjectKpis", "ProjectRoi", "Projects", "ReviewActions", "ReviewAdjustments", "Reviews", "RoiMonths",
    ];

    private static readonly Lazy<SqliteConnection> Deployed = new(Deploy);

    public static IReadOnlyList<SqlFile> Tables(string engine) => Read($"tables/{engine}");

    public static SqlFile Scope(string engine) => Read("scope").Single(f => f.Stem == engine);

    public static IReadOnlyList<SqlFile> Access() => Read("access/sqlserver");

    /// <summary>What an owner of the database may apply by hand.</summary>
    public static IReadOnlyList<SqlFile> Optional() => Read("access/sqlserver/optional");

    /// <summary>The portable views, each after the views that its text names.</summary>
    public static IReadOnlyList<SqlFile> Views() => InOrder(Read("views"));

    public static SqlFile View(string name) => Read("views").Single(f => f.Stem == name);

    /// <summary>Everything that reaches a SQL Server database, in the order of application.</summary>
    public static IReadOnlyList<SqlFile> SqlServer() => [.. Tables("sqlserver"), Scope("sqlserver"), .. Views(), .. Access()];

    /// <summary>The batches of a T-SQL file: GO stands alone on its line and is no statement.</summary>
    public static IReadOnlyList<string> Batches(string text) =>
        [.. GoLine().Split(text).Where(batch => !string.IsNullOrWhiteSpace(batch))];

    public static IReadOnlyList<string> CreatedViews(string text) =>
        [.. CreateView().Matches(WithoutComments(text)).Select(m => m.Groups[1].Value)];

    public static IReadOnlyList<string> CreatedTables(string text) =>
        [.. CreateTable().Matches(WithoutComments(text)).Select(m => m.Groups[1].Value)];

    public static bool NamesWord(string text, string word) => Regex.IsMatch(WithoutComments(text), $@"\b{Regex.Escape(word)}\b");

    /// <summary>The CREATE TABLE statements of a T-SQL text with the columns that later files add, as a model of the schema wants them.</summary>
    public static string WithLaterColumns(string text) => TableBegins().Replace(text, match =>
    {
        var columns = Tables("sqlserver").SelectMany(f => AddedColumn().Matches(WithoutComments(f.Text))).Where(a => a.Groups["table"].Value == match.Groups[1].Value).Select(a => $" {a.Groups["column"].Value},");
        return match.Value + string.Concat(columns);
    });

    public static string WithoutComments(string text) => LineComment().Replace(text, "");

    public static IReadOnlyList<SqlFile> InOrder(IReadOnlyList<SqlFile> views)
    {
        var ordered = new List<SqlFile>();
        var left = views.OrderBy(v => v.Stem, StringComparer.Ordinal).ToList();
        while (left.Count > 0)
        {
            var ready = left.Where(v => !left.Any(other => other != v && NamesWord(v.Text, other.Stem))).ToList();
            if (ready.Count == 0)
            {
                throw new InvalidOperationException($"Views that name each other: {string.Join(", ", left)}");
            }
            ordered.AddRange(ready);
            left.RemoveAll(ready.Contains);
        }
        return ordered;
    }

    /// <summary>A private SQLite database with tables, scope and views. The scope functions must be there before a view is read.</summary>
    public static SqliteConnection OpenSqlite()
    {
        var connection = WithFunctions();
        lock (Deployed)
        {
            // Parsing every script anew for each of a thousand tests takes the processors for half a minute.
            Deployed.Value.BackupDatabase(connection);
        }
        return connection;
    }

    private static SqliteConnection Deploy()
    {
        var connection = WithFunctions();
        foreach (var file in (IEnumerable<SqlFile>)[.. Tables("sqlite"), Scope("sqlite"), .. Views()])
        {
            using var command = connection.CreateCommand();
            // The text is a file of the repository, applied as the deployment applies it.
#pragma warning disable CA2100
            command.CommandText = file.Text;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }
        return connection;
    }

    private static SqliteConnection WithFunctions()
    {
        var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        connection.CreateFunction("scope_organisation", () => 1L, isDeterministic: true);
        connection.CreateFunction("scope_as_of_day", () => 20270L, isDeterministic: true);
        connection.CreateFunction("scope_closed_day", () => 20269L, isDeterministic: true);
        connection.CreateFunction("scope_project", () => (long?)null, isDeterministic: true);
        return connection;
    }

    /// <summary>Every row of a query as text, one array a row; null is "null".</summary>
    public static IReadOnlyList<string[]> Rows(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var rows = new List<string[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i =>
                reader.IsDBNull(i) ? "null" : Convert.ToString(reader.GetValue(i), System.Globalization.CultureInfo.InvariantCulture)!)]);
        }
        return rows;
    }

    private static IReadOnlyList<SqlFile> Read(string folder)
    {
        var root = Path.Combine(AppContext.BaseDirectory, "sql");
        return
        [
            .. Directory.EnumerateFiles(Path.Combine(root, folder), "*.sql")
                .Order(StringComparer.Ordinal)
                .Select(path => new SqlFile(Path.GetRelativePath(root, path).Replace('\\', '/'), File.ReadAllText(path))),
        ];
    }

    [GeneratedRegex(@"^[ \t]*GO[ \t]*\r?$", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex GoLine();

    [GeneratedRegex(@"--[^\r\n]*")]
    private static partial Regex LineComment();

    [GeneratedRegex(@"\bCREATE\s+VIEW\s+(\w+)")]
    private static partial Regex CreateView();

    [GeneratedRegex(@"\bCREATE\s+TABLE\s+(\w+)")]
    private static partial Regex CreateTable();

    [GeneratedRegex(@"\bCREATE\s+TABLE\s+(\w+)\s*\(")]
    private static partial Regex TableBegins();

    [GeneratedRegex(@"\bALTER\s+TABLE\s+(?<table>\w+)\s+ADD\s+(?<column>[^;]+);")]
    private static partial Regex AddedColumn();
}
