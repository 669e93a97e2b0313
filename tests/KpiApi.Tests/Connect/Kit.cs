using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using KpiApi.Connect;

namespace KpiApi.Tests.Connect;

/// <summary>The Power BI project as it is downloaded, read back.</summary>
internal sealed class Kit
{
    private const string Definition = "KpiApi.SemanticModel/definition/";

    private Kit(byte[] zip)
    {
        using var archive = new ZipArchive(new MemoryStream(zip));
        Files = archive.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var reader = new StreamReader(entry.Open(), new UTF8Encoding(false, true), detectEncodingFromByteOrderMarks: false);
            return reader.ReadToEnd();
        });
        Tables = Parts("tables/").Values.Select(root => Assert.Single(root.Children)).ToDictionary(table => table.Name);
        Relationships = Parts("relationships.tmdl").Values.Single().Children;
        Measures = Tables.Values.SelectMany(table => table.Of("measure").Select(measure => (Table: table.Name, Node: measure))).ToDictionary(measure => measure.Node.Name);
    }

    public static Kit Of(byte[] zip) => new(zip);

    public static Kit Made(bool isFrench = false) => new(Packages.PowerBiProject("https://kpi.example.com/odata/v1", isFrench));

    /// <summary>Every file by its path.</summary>
    public IReadOnlyDictionary<string, string> Files { get; }

    public IReadOnlyDictionary<string, TmdlNode> Tables { get; }

    public IReadOnlyList<TmdlNode> Relationships { get; }

    public IReadOnlyDictionary<string, (string Table, TmdlNode Node)> Measures { get; }

    public TmdlNode? Column(string table, string column) => Tables.GetValueOrDefault(table)?.Of("column").SingleOrDefault(node => node.Name == column);

    /// <summary>Files of the model that begin so, parsed.</summary>
    public Dictionary<string, TmdlNode> Parts(string path) => Files.Where(file => file.Key.StartsWith(Definition + path, StringComparison.Ordinal)).ToDictionary(file => file.Key, file =>
    {
        try
        {
            return TmdlFile.Read(file.Value);
        }
        catch (FormatException exception)
        {
            throw new FormatException($"{file.Key}, {exception.Message}", exception);
        }
    });

    /// <summary>Both ends of a relationship, as table and column.</summary>
    public static ((string Table, string Column) From, (string Table, string Column) To) Ends(TmdlNode relationship)
    {
        static (string, string) End(string text) => Regex.Match(text, @"^(\w+)\.(\w+)$") is { Success: true } match ? (match.Groups[1].Value, match.Groups[2].Value) : throw new FormatException(text);
        return (End(relationship.Property("fromColumn")!), End(relationship.Property("toColumn")!));
    }
}
