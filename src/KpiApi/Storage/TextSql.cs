namespace KpiApi.Storage;

/// <summary>
/// Conditions on text, and the order of text, as an engine spells them. What goes in and what comes out is SQL. Text is compared by its code points, as it
/// stands: case, accents and blanks at the end count, <c>%</c> and <c>_</c> mean themselves. A null makes a condition unknown.
/// </summary>
internal abstract class TextSql
{
    /// <summary>Both are the same.</summary>
    public abstract string Equal(string left, string right);

    /// <summary>The left one comes before the right one.</summary>
    public abstract string Less(string left, string right);

    /// <summary>It is one of several.</summary>
    public abstract string OneOf(string text, IReadOnlyCollection<string> values);

    /// <summary>The part stands somewhere in the text; the empty part does in any.</summary>
    public abstract string Contains(string text, string part);

    public abstract string StartsWith(string text, string part);

    public abstract string EndsWith(string text, string part);

    /// <summary>What to group by, so that texts which are not the same are not in one group.</summary>
    public abstract string Group(string text);

    /// <summary>What to order by.</summary>
    public abstract string Order(string text, bool isDescending);
}

/// <summary>Columns and parameters compare binary by themselves.</summary>
internal sealed class SqliteText : TextSql
{
    public override string Equal(string left, string right) => $"{left} = {right}";

    public override string Less(string left, string right) => $"{left} < {right}";

    public override string OneOf(string text, IReadOnlyCollection<string> values) => $"{text} IN ({string.Join(", ", values)})";

    public override string Contains(string text, string part) => $"instr({text}, {part}) > 0";

    public override string StartsWith(string text, string part) => $"substr({text}, 1, length({part})) = {part}";

    public override string EndsWith(string text, string part) => $"(substr({text}, length({text}) - length({part}) + 1) = {part} AND length({text}) >= length({part}))";

    public override string Group(string text) => text;

    public override string Order(string text, bool isDescending) => isDescending ? text + " DESC" : text;
}

/// <summary>
/// A comparison ignores blanks at the end, so lengths are compared too; LEN does not count them, so something follows them. Literals of a view have the
/// collation of the database, and so does a parameter, until it is said otherwise.
/// </summary>
internal sealed class SqlServerText : TextSql
{
    public override string Equal(string left, string right) => $"({Binary(left)} = {right} AND {LengthAndOne(left)} = {LengthAndOne(right)})";

    public override string Less(string left, string right) =>
        $"({Binary(left)} < {right} OR ({Binary(left)} = {right} AND {LengthAndOne(left)} < {LengthAndOne(right)}))";

    // The first list lets an index find them, the second one tells them apart.
    public override string OneOf(string text, IReadOnlyCollection<string> values) =>
        $"({Binary(text)} IN ({string.Join(", ", values)}) AND {Binary($"{text} + N'.'")} IN ({string.Join(", ", values.Select(value => $"{value} + N'.'"))}))";

    public override string Contains(string text, string part) => $"CASE WHEN {LengthAndOne(part)} = 1 THEN {LengthAndOne(text)} ELSE CHARINDEX({part}, {Binary(text)}) END > 0";

    public override string StartsWith(string text, string part) => $"(LEFT({Binary(text)}, {LengthAndOne(part)} - 1) = {part} AND {LengthAndOne(text)} >= {LengthAndOne(part)})";

    public override string EndsWith(string text, string part) => $"(RIGHT({Binary(text)}, {LengthAndOne(part)} - 1) = {part} AND {LengthAndOne(text)} >= {LengthAndOne(part)})";

    public override string Group(string text) => $"{text}, {LengthAndOne(text)}";

    public override string Order(string text, bool isDescending) =>
        isDescending ? $"{Binary(text)} DESC, {LengthAndOne(text)} DESC" : $"{Binary(text)}, {LengthAndOne(text)}";

    private static string Binary(string text) => $"{text} COLLATE Latin1_General_BIN2";

    private static string LengthAndOne(string text) => $"LEN({text} + N'.')";
}
