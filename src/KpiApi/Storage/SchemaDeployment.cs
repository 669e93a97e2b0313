using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Dapper;

namespace KpiApi.Storage;

/// <summary>
/// Brings a database to the schema that travels with the program: table scripts once each, in order, remembered with their hash;
/// Scope, views and grants dropped and made anew whenever one of them changed. One transaction under one lock.
/// </summary>
internal sealed partial class SchemaDeployment(Dialect dialect, TimeProvider time)
{
    private const string ViewsEntry = "views";
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "sql");

    /// <summary>Applies what is missing and returns the names of the applied scripts; none when the schema was up to date.</summary>
    /// <exception cref="SchemaException">An applied script was edited, or the database is newer than the program.</exception>
    public async Task<IReadOnlyList<string>> Deploy(CancellationToken cancellation)
    {
        try
        {
            await using var connection = await dialect.OpenDeployer(cancellation);
            await using var transaction = await dialect.BeginDeployment(connection, cancellation);
            await connection.ExecuteAsync(dialect.CreateJournal, transaction: transaction);
            var pending = await Pending(connection, transaction);
            if (pending.Count == 0)
            {
                return [];
            }

            // Views go first: an engine may refuse to change a table under them, and none may outlive its text.
            await Run(connection, transaction, (await connection.QueryAsync<string>(dialect.ViewNames, transaction: transaction)).Select(name => $"DROP VIEW {name}"));
            await connection.ExecuteAsync("DROP VIEW IF EXISTS Scope", transaction: transaction);
            foreach (var script in pending.Where(script => script.Name != ViewsEntry))
            {
                await Run(connection, transaction, dialect.Batches(script.Text));
                await Record(connection, transaction, script);
            }

            await CalendarRows.Fill(dialect, connection, transaction, cancellation);
            await Run(connection, transaction, dialect.Batches(Views().Text));
            await Record(connection, transaction, Views());
            await transaction.CommitAsync(cancellation);
            return pending.Select(script => script.Name).ToList();
        }
        catch (DbException exception) when (dialect.Translate(exception) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>Names of the scripts that <see cref="Deploy"/> would apply.</summary>
    public async Task<IReadOnlyList<string>> Status(CancellationToken cancellation)
    {
        await using var connection = await dialect.OpenDeployer(cancellation);
        await using var transaction = await dialect.BeginDeployment(connection, cancellation);
        await connection.ExecuteAsync(dialect.CreateJournal, transaction: transaction);
        return (await Pending(connection, transaction)).Select(script => script.Name).ToList();
    }

    private async Task<IReadOnlyList<Script>> Pending(DbConnection connection, DbTransaction transaction)
    {
        var applied = (await connection.QueryAsync<Applied>("SELECT ScriptName, ScriptHash FROM SchemaJournal", transaction: transaction)).ToDictionary(row => row.ScriptName, row => row.ScriptHash);
        var scripts = Tables().ToList();
        var edited = scripts.FirstOrDefault(script => applied.TryGetValue(script.Name, out var hash) && hash != script.Hash);
        if (edited is not null)
        {
            throw new SchemaException($"The script {edited.Name} was edited after it was applied to this database. Restore it and add a new script instead.");
        }

        var unknown = applied.Keys.Where(name => name != ViewsEntry).Except(scripts.Select(script => script.Name)).Order(StringComparer.Ordinal).FirstOrDefault();
        if (unknown is not null)
        {
            throw new SchemaException($"This database was deployed by a newer version (it has {unknown}). Use that version or a later one.");
        }

        var pending = scripts.Where(script => !applied.ContainsKey(script.Name)).ToList();
        var views = Views();
        if (pending.Count > 0 || !applied.TryGetValue(ViewsEntry, out var viewsHash) || viewsHash != views.Hash)
        {
            pending.Add(views);
        }

        return pending;
    }

    private IEnumerable<Script> Tables() =>
        Directory.GetFiles(Path.Combine(Folder, "tables", dialect.Name), "*.sql").Order(StringComparer.Ordinal).Select(file => new Script(Path.GetFileName(file), File.ReadAllText(file)));

    /// <summary>Scope and all views as one script, each after the views that its text names, and who may read them.</summary>
    private Script Views()
    {
        var texts = Directory.GetFiles(Path.Combine(Folder, "views"), "*.sql").ToDictionary(file => Path.GetFileNameWithoutExtension(file), File.ReadAllText);
        var ordered = new List<string>();
        void Visit(string name)
        {
            if (ordered.Contains(name))
            {
                return;
            }

            var words = Word().Matches(Comment().Replace(texts[name], "")).Select(match => match.Value).ToHashSet();
            foreach (var used in texts.Keys.Where(other => other != name && words.Contains(other)).Order(StringComparer.Ordinal))
            {
                Visit(used);
            }

            ordered.Add(name);
        }

        foreach (var name in texts.Keys.Order(StringComparer.Ordinal))
        {
            Visit(name);
        }

        var scope = File.ReadAllText(Path.Combine(Folder, "scope", dialect.Name + ".sql"));
        return new Script(ViewsEntry, string.Join("\nGO\n", [scope, .. ordered.Select(name => texts[name]), .. Access()]));
    }

    /// <summary>Roles and grants, where the engine has any. They go with a dropped view, so they come back with it.</summary>
    private IEnumerable<string> Access()
    {
        var folder = Path.Combine(Folder, "access", dialect.Name);
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "*.sql").Order(StringComparer.Ordinal).Select(File.ReadAllText) : [];
    }

    private static async Task Run(DbConnection connection, DbTransaction transaction, IEnumerable<string> batches)
    {
        foreach (var batch in batches.ToList())
        {
            await connection.ExecuteAsync(batch, transaction: transaction);
        }
    }

    private async Task Record(DbConnection connection, DbTransaction transaction, Script script)
    {
        await connection.ExecuteAsync("DELETE FROM SchemaJournal WHERE ScriptName = @Name", new { script.Name }, transaction);
        await connection.ExecuteAsync(
            "INSERT INTO SchemaJournal (ScriptName, ScriptHash, AppliedAtUtc) VALUES (@Name, @Hash, @Now)",
            new { script.Name, script.Hash, Now = Instants.Text(time.GetUtcNow()) },
            transaction);
    }

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();

    [GeneratedRegex("--[^\n]*")]
    private static partial Regex Comment();

    private sealed record Script(string Name, string Text)
    {
        // Line ends depend on the checkout; they do not change a script.
        public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text.ReplaceLineEndings("\n"))));
    }

    private sealed record Applied
    {
        public string ScriptName { get; init; } = "";

        public string ScriptHash { get; init; } = "";
    }
}
