using System.Globalization;
using System.Text;

namespace KpiApi.Commands;

/// <summary>What an ERP and an accounting program export, as files beside the demo's database: something to import. The same day gives the same files.</summary>
internal static class DemoFiles
{
    /// <summary>The project that they are of; it waits for them.</summary>
    public const string Project = "boutique-pro";

    /// <summary>The import profile of the orders.</summary>
    public const string Profile = "erp-commandes";

    public const string Orders = "demo-commandes.csv";
    public const string Fec = "demo-fec.txt";

    private const int Days = 30;

    private static readonly CultureInfo French = Numbers();

    /// <summary>Writes both files into a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="made">The day of the demo, on which the project starts.</param>
    /// <param name="cancellation">Stops half-way.</param>
    public static async Task Write(string folder, DateOnly made, CancellationToken cancellation)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var western = Encoding.GetEncoding(1252);
        await File.WriteAllBytesAsync(Path.Combine(folder, Orders), western.GetBytes(Export(made)), cancellation);
        await File.WriteAllBytesAsync(Path.Combine(folder, Fec), western.GetBytes(Entries(made)), cancellation);
    }

    /// <summary>The orders of the month before the project, as a French ERP writes them: semicolons, 1 234,56, 31/12/2025, a total at the foot. One amount is no number.</summary>
    private static string Export(DateOnly made)
    {
        string[] customers = ["Société Dupré", "Ateliers de l’Été", "Café Noël", "Garage Lefèvre", "Hôtel du Châtelet"];
        string[] goods = ["Éclairage d’établi", "Établi réglable", "Boîte à outils 3/4\"", "Perceuse à colonne", "Servante d’atelier"];
        var random = new Random(61);
        var text = new StringBuilder("N° commande;Date;Client;Désignation;Montant HT\r\n");
        var (number, total) = (4100, 0m);
        for (var day = -Days; day < 0; day++)
        {
            for (var orders = random.Next(1, 4); orders > 0; orders--)
            {
                var amount = random.Next(8_000, 250_000) / 100m;
                var name = goods[random.Next(goods.Length)];
                text.Append(French, $"CMD-{number};{made.AddDays(day):dd/MM/yyyy};{customers[random.Next(customers.Length)]};{(name.Contains('"') ? $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : name)};{(number == 4120 ? "à confirmer" : amount.ToString("N2", French))}\r\n");
                total += number++ == 4120 ? 0 : amount;
            }
        }

        return text.Append(French, $"Total;;;;{total:N2}\r\n").ToString();
    }

    /// <summary>What the project costs and brings, as a Fichier des écritures comptables.</summary>
    private static string Entries(DateOnly made)
    {
        var text = new StringBuilder(string.Join('\t', "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise")).Append("\r\n");
        Purchase(1, -28, "622600", "Honoraires", "Agence Élan, maquettes", 1_500m);
        Purchase(2, -20, "651100", "Redevances pour licences", "Module boutique, première année", 990m);
        Purchase(3, -6, "618500", "Frais de formation", "Formation de l’équipe", 480.50m);
        Line("VE", "Ventes", 1, -3, "411000", "Clients", "Remise partagée avec le prestataire de paiement", 720m, 0);
        Line("VE", "Ventes", 1, -3, "708500", "Ports et frais refacturés", "Remise partagée avec le prestataire de paiement", 0, 600m);
        Line("VE", "Ventes", 1, -3, "445710", "TVA collectée", "Remise partagée avec le prestataire de paiement", 0, 120m);
        return text.ToString();

        void Purchase(int number, int day, string account, string name, string label, decimal amount)
        {
            Line("AC", "Achats", number, day, account, name, label, amount, 0);
            Line("AC", "Achats", number, day, "445660", "TVA déductible", label, amount / 5, 0);
            Line("AC", "Achats", number, day, "401000", "Fournisseurs", label, 0, amount * 6 / 5);
        }

        void Line(string journal, string journalName, int number, int day, string account, string name, string label, decimal debit, decimal credit)
        {
            var date = made.AddDays(day).ToString("yyyyMMdd", CultureInfo.InvariantCulture);
            text.Append(French, $"{journal}\t{journalName}\t{number}\t{date}\t{account}\t{name}\t\t\t{journal}{number}\t{date}\t{label}\t{debit:F2}\t{credit:F2}\t\t\t{date}\t\t\r\n");
        }
    }

    // Not that of the machine, which may know none, and which may write another space.
    private static CultureInfo Numbers()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NumberGroupSeparator = " ";
        return CultureInfo.ReadOnly(culture);
    }
}
