using System.IO.Compression;
using System.Text;

namespace KpiApi.Connect;

/// <summary>Files to open with other programs, packed. The same question gives the same bytes.</summary>
internal static class Packages
{
    // The earliest day that a ZIP can tell, give or take a time zone.
    private static readonly DateTimeOffset Always = new(1980, 1, 2, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A Power BI project: a semantic model over all feeds, and a report on it.</summary>
    /// <param name="address">The root of the OData service.</param>
    /// <param name="isFrench">The language of the report.</param>
    public static byte[] PowerBiProject(string address, bool isFrench) => Zip(
    [
        ("KpiApi.pbip", """
            {
              "$schema": "https://developer.microsoft.com/json-schemas/fabric/pbip/pbipProperties/1.0.0/schema.json",
              "version": "1.0",
              "artifacts": [
                {
                  "report": {
                    "path": "KpiApi.Report"
                  }
                }
              ],
              "settings": {
                "enableAutoRecovery": true
              }
            }
            """),
        ("KpiApi.Report/definition.pbir", """
            {
              "$schema": "https://developer.microsoft.com/json-schemas/fabric/item/report/definitionProperties/1.0.0/schema.json",
              "version": "4.0",
              "datasetReference": {
                "byPath": {
                  "path": "../KpiApi.SemanticModel"
                }
              }
            }
            """),
        .. Report.Files(isFrench).Select(file => ($"KpiApi.Report/definition/{file.Path}", file.Text)),
        ("KpiApi.SemanticModel/definition.pbism", """
            {
              "$schema": "https://developer.microsoft.com/json-schemas/fabric/item/semanticModel/definitionProperties/1.0.0/schema.json",
              "version": "4.0",
              "settings": {}
            }
            """),
        .. Tmdl.Files(address, isFrench).Select(file => ($"KpiApi.SemanticModel/definition/{file.Path}", file.Text)),
    ]);

    /// <summary>The custom connector: a .mez is a ZIP of its source.</summary>
    public static byte[] Connector() => Zip(ConnectFiles.Connector());

    private static byte[] Zip(IEnumerable<(string Path, string Text)> files) => Zip(files.Select(file => (file.Path, new UTF8Encoding(false).GetBytes(file.Text.ReplaceLineEndings("\n")))));

    private static byte[] Zip(IEnumerable<(string Path, byte[] Bytes)> files)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, content) in files)
            {
                var entry = zip.CreateEntry(path, CompressionLevel.Optimal);
                entry.LastWriteTime = Always;
                using var stream = entry.Open();
                stream.Write(content);
            }
        }

        return bytes.ToArray();
    }
}
