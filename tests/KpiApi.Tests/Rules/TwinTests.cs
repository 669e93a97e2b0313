using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace KpiApi.Tests.Rules;

/// <summary>The tables exist twice, once per engine. What is read from SQLite itself and from the T-SQL text has to be the same.</summary>
public sealed partial class TwinTests : IDisposable
{
    private const string TextCollation = "Latin1_General_BIN2";

    private static readonly IReadOnlyDictionary<string, TableShape> SqlServer = ReadSqlServer();

    private readonly SqliteConnection _sqlite = SqlFiles.OpenSqlite();

    public static TheoryData<string> Tables => [.. SqlServer.Keys];

    public static TheoryData<string> SeededTables => ["CatalogKpi", "Template", "TemplateKpi"];

    public void Dispose() => _sqlite.Dispose();

    [Fact]
    public void Both_engines_have_the_same_files() =>
        Assert.Equal(SqlFiles.Tables("sqlite").Select(f => f.Stem), SqlFiles.Tables("sqlserver").Select(f => f.Stem));

    [Fact]
    public void Twin_files_hold_the_same_tables_in_the_same_order()
    {
        foreach (var (sqlite, sqlServer) in SqlFiles.Tables("sqlite").Zip(SqlFiles.Tables("sqlserver")))
        {
            Assert.Equal(SqlFiles.CreatedTables(sqlite.Text), SqlFiles.CreatedTables(sqlServer.Text));
            Assert.Equal(Comments(sqlite), Comments(sqlServer));
        }

        static IEnumerable<string> Comments(SqlFile file) => file.Text.Split('\n').Select(l => l.Trim()).Where(l => l.StartsWith("--", StringComparison.Ordinal));
    }

    [Fact]
    public void Both_engines_have_the_same_tables() => Assert.Equal(
        _sqlite.Rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name").Select(r => r[0]),
        SqlServer.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Tables))]
    public void A_table_is_STRICT_on_SQLite(string table) =>
        Assert.Equal("1", Assert.Single(_sqlite.Rows($"SELECT strict FROM pragma_table_list WHERE schema = 'main' AND name = '{table}'"))[0]);

    [Theory]
    [MemberData(nameof(Tables))]
    public void Columns_have_the_same_names_order_types_and_nullability(string table)
    {
        var sqlite = _sqlite.Rows($"SELECT name, type, \"notnull\" FROM pragma_table_info('{table}') ORDER BY cid");
        Assert.Equal(
            sqlite.Select(c => $"{c[0]} {c[1]} {(c[2] == "1" ? "NOT NULL" : "NULL")}"),
            SqlServer[table].Columns.Select(c => $"{c.Name} {SqliteType(c.Type)} {(c.IsNullable ? "NULL" : "NOT NULL")}"));
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Numbers_that_grow_are_BIGINT_and_text_compares_binary(string table)
    {
        foreach (var column in SqlServer[table].Columns)
        {
            if (column.Type == "NVARCHAR")
            {
                Assert.Equal((column.Name, TextCollation), (column.Name, column.Collation));
            }
            else if (column.Name.EndsWith("Id", StringComparison.Ordinal) || GrowingNumber().IsMatch(column.Name))
            {
                Assert.Contains($"{column.Name} {column.Type}", (string[])[$"{column.Name} BIGINT", $"{column.Name} FLOAT"]);
            }
            else if (column.Name.EndsWith("AtUtc", StringComparison.Ordinal))
            {
                Assert.Equal((column.Name, 24), (column.Name, column.Length));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Keys_that_the_engine_hands_out_are_the_same(string table)
    {
        var text = _sqlite.Rows($"SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = '{table}'")[0][0];
        Assert.Equal(text.Contains("AUTOINCREMENT", StringComparison.Ordinal), SqlServer[table].Columns.Any(c => c.IsIdentity));
        // SQLite hands out its key as the primary key; an identity anywhere else would be another column.
        Assert.All(SqlServer[table].Columns.Where(c => c.IsIdentity), c => Assert.Contains($"PRIMARY KEY PK_{table} ({c.Name})", SqlServer[table].Constraints));
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Constraints_have_the_same_names_kinds_and_columns(string table)
    {
        var sqlite = SqliteConstraints(table);
        Assert.Equal(sqlite.Order(StringComparer.Ordinal), SqlServer[table].Constraints.Order(StringComparer.Ordinal));
        Assert.Contains(sqlite, c => c.StartsWith($"PRIMARY KEY PK_{table} ", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void What_SQLite_enforces_is_what_its_text_names(string table)
    {
        // The names come from the text, so the text is held against what the engine made of it.
        var constraints = SqliteConstraints(table);
        var primary = string.Join(", ", _sqlite.Rows($"SELECT name FROM pragma_table_info('{table}') WHERE pk > 0 ORDER BY pk").Select(r => r[0]));
        Assert.Contains($"PRIMARY KEY PK_{table} ({primary})", constraints);
        Assert.Equal(
            _sqlite.Rows($"SELECT \"from\", \"table\", \"to\" FROM pragma_foreign_key_list('{table}')").Select(r => $"({r[0]}) {r[1]} ({r[2]})").Order(StringComparer.Ordinal),
            constraints.Where(c => c.StartsWith("FOREIGN KEY", StringComparison.Ordinal)).Select(c => c.Split(' ', 4)[3]).Order(StringComparer.Ordinal));
        Assert.Equal(
            _sqlite.Rows($"SELECT name FROM pragma_index_list('{table}') WHERE origin = 'u'").Count,
            constraints.Count(c => c.StartsWith("UNIQUE", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Indexes_have_the_same_names_columns_and_conditions(string table)
    {
        var sqlite = _sqlite.Rows($"SELECT name, \"unique\" FROM pragma_index_list('{table}') WHERE origin = 'c' ORDER BY name").Select(i =>
        {
            var columns = string.Join(", ", _sqlite.Rows($"SELECT name FROM pragma_index_info('{i[0]}') ORDER BY seqno").Select(r => r[0]));
            var sql = _sqlite.Rows($"SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = '{i[0]}'")[0][0];
            var condition = sql.Contains(" WHERE ", StringComparison.Ordinal) ? sql[(sql.IndexOf(" WHERE ", StringComparison.Ordinal) + 7)..] : "";
            return IndexText(i[0], i[1] == "1", columns, condition);
        });
        Assert.Equal(sqlite, SqlServer[table].Indexes.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Keys_fit_into_the_limits_of_SQL_Server(string table)
    {
        // 900 bytes for the clustered key, 1,700 for the others; a longer key is refused when a long value arrives, not before.
        var shape = SqlServer[table];
        var bytes = shape.Columns.ToDictionary(c => c.Name, c => c.Type switch { "NVARCHAR" => c.Length * 2, "INT" => 4, _ => 8 });
        var keys = shape.Constraints.Where(c => c.StartsWith("PRIMARY", StringComparison.Ordinal) || c.StartsWith("UNIQUE", StringComparison.Ordinal))
            .Concat(shape.Indexes);
        Assert.All(keys, key =>
        {
            var columns = KeyColumns().Match(key).Groups[1].Value.Split(", ");
            Assert.InRange(columns.Sum(c => bytes[c]), 1, key.StartsWith("PRIMARY", StringComparison.Ordinal) ? 900 : 1700);
        });
    }

    [Theory]
    [MemberData(nameof(SeededTables))]
    public void The_catalogue_has_the_same_rows(string table)
    {
        var inserts = SqlFiles.Tables("sqlserver")
            .SelectMany(f => TsqlVisitor.Parse(f.Text, out _)!.Batches.SelectMany(b => b.Statements))
            .OfType<InsertStatement>()
            .Select(s => s.InsertSpecification)
            .Where(s => ((NamedTableReference)s.Target).SchemaObject.BaseIdentifier.Value == table);
        var insert = Assert.Single(inserts);
        var columns = string.Join(", ", insert.Columns.Select(c => c.MultiPartIdentifier.Identifiers[^1].Value));
        var sqlServer = ((ValuesInsertSource)insert.InsertSource).RowValues.Select(r => string.Join(" | ", r.ColumnValues.Select(Constant)));
        var sqlite = _sqlite.Rows($"SELECT {columns} FROM {table}").Select(r => string.Join(" | ", r));
        Assert.NotEmpty(sqlite);
        Assert.Equal(sqlite.Order(StringComparer.Ordinal), sqlServer.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Nothing_else_is_seeded() => Assert.Equal(
        SqlServer.Keys.Where(t => _sqlite.Rows($"SELECT COUNT(*) FROM {t}")[0][0] != "0").Order(StringComparer.Ordinal),
        SqlFiles.Tables("sqlserver").SelectMany(f => InsertInto().Matches(SqlFiles.WithoutComments(f.Text))).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal));

    [Fact]
    public void Text_on_SQL_Server_is_written_as_Unicode() => Assert.All(
        SqlFiles.Tables("sqlserver"),
        f => Assert.DoesNotContain(TsqlVisitor.Parse(f.Text, out _)!.ScriptTokenStream, t => t.TokenType == TSqlTokenType.AsciiStringLiteral));

    private static string SqliteType(string type) => type switch
    {
        "BIGINT" or "INT" => "INTEGER",
        "FLOAT" => "REAL",
        "NVARCHAR" => "TEXT",
        _ => $"nothing like {type}",
    };

    private static string Constant(ScalarExpression value) => value switch
    {
        UnaryExpression { UnaryExpressionType: UnaryExpressionType.Negative } negative => Number("-" + TsqlVisitor.TextOf(negative.Expression)),
        StringLiteral text => text.Value,
        NullLiteral => "null",
        _ => Number(TsqlVisitor.TextOf(value)),
    };

    private static string Number(string text) => double.Parse(text, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);

    private static string IndexText(string name, bool isUnique, string columns, string condition) =>
        $"{name}{(isUnique ? " UNIQUE" : "")} ({columns}){(condition.Length > 0 ? " WHERE " + Plain(condition) : "")}";

    /// <summary>An expression without what only one of the engines writes: N before a literal, and spacing.</summary>
    private static string Plain(string expression) => Spaces().Replace(UnicodePrefix().Replace(expression, "'"), " ").Trim();

    /// <summary>SQLite keeps the names of constraints in the text only: "kind name (columns) …", as <see cref="TableShape"/> writes them.</summary>
    private List<string> SqliteConstraints(string table)
    {
        var constraints = new List<string>();
        var text = _sqlite.Rows($"SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = '{table}'")[0][0];
        foreach (var line in SqlFiles.WithoutComments(text).Split('\n').Select(l => l.Trim().TrimEnd(',')))
        {
            var column = line.Split(' ')[0];
            foreach (Match constraint in Constraint().Matches(line))
            {
                var name = constraint.Groups["name"].Value;
                var rest = constraint.Groups["rest"].Value.Trim();
                var ownColumns = column == "CONSTRAINT" ? Parenthesised(rest) : column;
                constraints.Add(constraint.Groups["kind"].Value switch
                {
                    "CHECK" => $"CHECK {name} {Plain(rest)[1..^1]}",
                    "REFERENCES" => $"FOREIGN KEY {name} ({column}) {Plain(rest)}",
                    var kind => $"{kind} {name} ({ownColumns})",
                });
            }
        }
        return constraints;

        static string Parenthesised(string rest) => rest.Trim().TrimStart('(').TrimEnd(')');
    }

    private static Dictionary<string, TableShape> ReadSqlServer()
    {
        var tables = new Dictionary<string, TableShape>(StringComparer.Ordinal);
        foreach (var statement in SqlFiles.Tables("sqlserver").SelectMany(f => TsqlVisitor.Parse(f.Text, out _)!.Batches).SelectMany(b => b.Statements))
        {
            if (statement is CreateTableStatement create)
            {
                var definition = create.Definition;
                var constraints = definition.ColumnDefinitions
                    .SelectMany(c => c.Constraints.Where(x => x is not NullableConstraintDefinition).Select(x => ConstraintText(x, c.ColumnIdentifier.Value)))
                    .Concat(definition.TableConstraints.Select(x => ConstraintText(x, null)));
                tables.Add(create.SchemaObjectName.BaseIdentifier.Value, new TableShape([.. definition.ColumnDefinitions.Select(Column)], [.. constraints], []));
            }
            else if (statement is AlterTableAddTableElementStatement added)
            {
                Assert.Empty(added.Definition.TableConstraints);
                tables[added.SchemaObjectName.BaseIdentifier.Value].Columns.AddRange(added.Definition.ColumnDefinitions.Select(Column));
            }
            else if (statement is CreateIndexStatement index)
            {
                Assert.Empty(index.IncludeColumns);
                tables[index.OnName.BaseIdentifier.Value].Indexes.Add(IndexText(
                    index.Name.Value,
                    index.Unique,
                    string.Join(", ", index.Columns.Select(c => TsqlVisitor.TextOf(c.Column))),
                    index.FilterPredicate is null ? "" : TsqlVisitor.TextOf(index.FilterPredicate)));
            }
            else if (statement is DropIndexStatement drop)
            {
                var clause = Assert.IsType<DropIndexClause>(Assert.Single(drop.DropIndexClauses));
                Assert.Equal(1, tables[clause.Object.BaseIdentifier.Value].Indexes.RemoveAll(text => text.StartsWith($"{clause.Index.Value} (", StringComparison.Ordinal)));
            }
        }
        return tables;
    }

    private static ColumnShape Column(ColumnDefinition column)
    {
        var type = (SqlDataTypeReference)column.DataType;
        var length = type.Parameters.Count == 0 ? 0
            : type.Parameters[0] is MaxLiteral ? int.MaxValue / 4
            : int.Parse(type.Parameters[0].Value, CultureInfo.InvariantCulture);
        return new ColumnShape(
            column.ColumnIdentifier.Value,
            type.Name.BaseIdentifier.Value,
            length,
            column.Collation?.Value,
            column.Constraints.OfType<NullableConstraintDefinition>().Single().Nullable,
            column.IdentityOptions is not null);
    }

    private static string ConstraintText(ConstraintDefinition constraint, string? column)
    {
        var name = constraint.ConstraintIdentifier?.Value ?? "without a name";
        return constraint switch
        {
            UniqueConstraintDefinition unique =>
                $"{(unique.IsPrimaryKey ? "PRIMARY KEY" : "UNIQUE")} {name} ({column ?? string.Join(", ", unique.Columns.Select(c => TsqlVisitor.TextOf(c.Column)))})",
            ForeignKeyConstraintDefinition foreign =>
                $"FOREIGN KEY {name} ({column ?? string.Join(", ", foreign.Columns.Select(c => c.Value))}) {foreign.ReferenceTableName.BaseIdentifier.Value} ({string.Join(", ", foreign.ReferencedTableColumns.Select(c => c.Value))})",
            CheckConstraintDefinition check => $"CHECK {name} {Plain(TsqlVisitor.TextOf(check.CheckCondition))}",
            _ => $"{constraint.GetType().Name} {name}",
        };
    }

    [GeneratedRegex(@"CONSTRAINT (?<name>\w+) (?<kind>PRIMARY KEY|UNIQUE|CHECK|REFERENCES)(?<rest>.*?)(?= CONSTRAINT |$)")]
    private static partial Regex Constraint();

    [GeneratedRegex(@"\(([^)]*)\)")]
    private static partial Regex KeyColumns();

    [GeneratedRegex(@"\bN'")]
    private static partial Regex UnicodePrefix();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    // What a script makes of rows that are there already is no seed.
    [GeneratedRegex(@"INSERT INTO (\w+) \([^)]*\) VALUES")]
    private static partial Regex InsertInto();

    [GeneratedRegex("Numerator$|Denominator$|Amount|Gain|Cost|DataVersion")]
    private static partial Regex GrowingNumber();

    private sealed record ColumnShape(string Name, string Type, int Length, string? Collation, bool IsNullable, bool IsIdentity);

    private sealed record TableShape(List<ColumnShape> Columns, IReadOnlyList<string> Constraints, List<string> Indexes);
}
