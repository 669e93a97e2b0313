using System.Text;

namespace KpiApi.Tests.Imports;

/// <summary>Files as programs export them.</summary>
internal static class Exports
{
    /// <summary>Semicolons, decimal commas, thousands by space and by both no-break spaces, days in French, Windows-1252, a title above and a total below.</summary>
    public static byte[] French => Western(""""
        Export des commandes généré le 31/12/2025;;;
        N° de commande;Date;Libellé;Montant HT;Annulée
        C-1;30/12/2025;Café décaféiné;1 234,56;
        C-2;31/12/2025;"Thé vert; ""bio""";99,90;
        C-3;31/12/2025;Chaise d’été;12 500;
        C-4;31/12/2025;Reprise;-50,25;
        C-5;32/12/2025;Faute de frappe;10,00;
        C-6;31/12/2025;Autre faute;1 23,45;
        C-7;31/12/2025;À compter, sans montant;;
        Total;;;13 784,21;
        """".Replace("12 500", "12\u00a0500", StringComparison.Ordinal));

    /// <summary>The profile that reads it: revenue and a count from each line.</summary>
    public static object FrenchProfile(string project = "site") => new
    {
        target = "measurements",
        separator = ";",
        encoding = "windows-1252",
        @decimal = ",",
        thousands = " ",
        dateFormats = new[] { "dd/MM/yyyy" },
        skipLines = 1,
        skipRows = new object[] { new { column = "N° de commande", startsWith = "total" } },
        rows = new object[]
        {
            new { project = new { constant = project }, kpi = new { constant = "revenue" }, date = new { column = "Date" }, value = new { column = "Montant HT" }, externalId = new { column = "N° de commande" }, note = new { column = "Libellé" }, source = new { constant = "erp" } },
            new { project = new { constant = project }, kpi = new { constant = "orders" }, date = new { number = 2 }, value = new { constant = "1" }, externalId = new { number = 1 }, source = new { constant = "erp" } },
        },
    };

    /// <summary>Eighteen columns, tabs, decimal commas, Windows-1252.</summary>
    public static string Fec { get; } = string.Join("\r\n", new[]
    {
        "JournalCode|JournalLib|EcritureNum|EcritureDate|CompteNum|CompteLib|CompAuxNum|CompAuxLib|PieceRef|PieceDate|EcritureLib|Debit|Credit|EcritureLet|DateLet|ValidDate|Montantdevise|Idevise",
        "VE|Ventes|1|20251203|411000|Clients|C1|Société Dupré|F1|20251203|Facture F1|1200,00|0,00|||20251231||",
        "VE|Ventes|1|20251203|706000|Prestations de services|||F1|20251203|Facture F1|0,00|1000,00|||20251231||",
        "VE|Ventes|1|20251203|445710|TVA collectée|||F1|20251203|Facture F1|0,00|200,00|||20251231||",
        "AC|Achats|2|20251205|622600|Honoraires|||A7|20251205|\"Agence \"\"Été\"\"\"|350,50||||20251231||",
        "AC|Achats|2|20251205|622600|Honoraires|||A7|20251205|Deuxième ligne|49,50||||20251231||",
        "AC|Achats|2|20251205|401000|Fournisseurs|||A7|20251205|Agence||400,00|||20251231||",
        "VE|Ventes|3|20251220|706000|Prestations de services|||AV1|20251220|Avoir|100,00|0,00|||20251231||",
    }.Select(line => line.Replace('|', '\t'))) + "\r\n";

    public static byte[] Western(string text) => CodePagesEncodingProvider.Instance.GetEncoding(1252)!.GetBytes(text);
}
