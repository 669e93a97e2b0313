using System.Net;
using System.Text;
using KpiApi.Feeds;
using KpiApi.Feeds.OData;

namespace KpiApi.Connect;

/// <summary>A page with the steps for each tool. It needs no script: that one only adds buttons that copy.</summary>
internal static class ConnectPage
{
    /// <param name="root">What the reader calls this server.</param>
    /// <param name="pathBase">The beginning of its paths, behind some proxies.</param>
    /// <param name="isFrench">The language.</param>
    public static string Html(string root, string pathBase, bool isFrench)
    {
        string In(string english, string french) => isFrench ? french : english;
        var language = In("en", "fr");
        var service = WebUtility.HtmlEncode(root + ODataEndpoints.Root);
        var address = WebUtility.HtmlEncode(root);
        var path = WebUtility.HtmlEncode(pathBase);
        string Copy(string text) => $"<code data-copy=\"{In("Copy", "Copier")}\" data-copied=\"{In("Copied", "Copié")}\">{text}</code>";
        var sign = In(
            "Asked for credentials, choose <b>Basic</b>: any user name, and a <b>reader key</b> as the password.",
            "À la demande d'identifiants, choisir <b>De base</b> (Basic) : un nom d'utilisateur quelconque, et une <b>clé de lecture</b> comme mot de passe.");
        var curl = $"curl --fail -H \"X-Api-Key: $KPI_KEY\" -o kpi-weeks.csv \"{address}/v1/feeds/kpi-weeks?format=csv\"";
        var text = new StringBuilder($"""
            <!DOCTYPE html>
            <html lang="{language}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>KpiApi – {In("connect your tools", "connecter vos outils")}</title>
            <link rel="stylesheet" href="{path}/connect/page.css">
            <script src="{path}/connect/page.js" defer></script>
            </head>
            <body>
            <header>
            <h1>{In("Connect your tools", "Connecter vos outils")}</h1>
            <p>{In("The figures of your digital projects, as typed and related tables. You need one thing: a reader key, which your administrator makes. It never stands in a link.",
                "Les chiffres de vos projets numériques, en tables typées et reliées. Une seule chose est nécessaire : une clé de lecture, créée par votre administrateur. Elle n'est jamais dans un lien.")}</p>
            <p><a href="{path}/connect?language={In("fr", "en")}" hreflang="{In("fr", "en")}" lang="{In("fr", "en")}">{In("En français", "In English")}</a></p>
            </header>
            <main>
            <section aria-labelledby="power-bi">
            <h2 id="power-bi">Power BI</h2>
            <ol>
            <li>{In("Download", "Télécharger")} <a href="{path}/connect/power-bi.zip?language={language}" download>KpiApi.zip</a>{In(", unpack it and open <b>KpiApi.pbip</b>.", ", l'extraire et ouvrir <b>KpiApi.pbip</b>.")}</li>
            <li>{In("Press <b>Refresh</b>.", "Cliquer sur <b>Actualiser</b>.")}</li>
            <li>{sign}</li>
            </ol>
            <p>{In("It holds all tables with their relationships, measures whose totals are right, and a report of three pages. To begin with an empty report instead, open",
                "Il contient toutes les tables et leurs relations, des mesures aux totaux justes, et un rapport de trois pages. Pour partir d'un rapport vide, ouvrir")} <a href="{path}/connect/power-bi.pbids" download>KpiApi.pbids</a>{In(", or paste the address under <b>Get data → OData feed</b>:", ", ou coller l'adresse dans <b>Obtenir les données → Flux OData</b> :")}</p>
            <p>{Copy(service)}</p>
            <p>{In("There is a connector of its own too, for those who may install one:", "Un connecteur dédié existe aussi, pour qui peut en installer un :")} <a href="{path}/connect/KpiApi.mez" download>KpiApi.mez</a>.</p>
            </section>
            <section aria-labelledby="excel">
            <h2 id="excel">Excel</h2>
            <ol>
            <li>{In("Download", "Télécharger")} <a href="{path}/connect/excel.odc" download>KpiApi-Portfolio.odc</a> {In("(other tables: see below) and open it.", "(autres tables : voir plus bas) et l'ouvrir.")}</li>
            <li>{In("Press <b>Enable</b>.", "Cliquer sur <b>Activer</b>.")}</li>
            <li>{sign}</li>
            </ol>
            <p>{In("Or paste the address under <b>Data → Get Data → From OData Feed</b>, and choose tables:", "Ou coller l'adresse dans <b>Données → Obtenir des données → À partir d'un flux OData</b>, et choisir des tables :")}</p>
            <p>{Copy(service)}</p>
            </section>
            <section aria-labelledby="looker-studio">
            <h2 id="looker-studio">Looker Studio (Data Studio)</h2>
            <ol>
            <li>{In("Open the KpiApi connector that your administrator put into your Google organisation.", "Ouvrir le connecteur KpiApi que votre administrateur a déposé dans votre organisation Google.")}</li>
            <li>{In("Give this address as the path, and a reader key as the key:", "Donner cette adresse comme chemin, et une clé de lecture comme clé :")} {Copy(address)}</li>
            <li>{In("Choose a table and press <b>Connect</b>.", "Choisir une table et cliquer sur <b>Associer</b>.")}</li>
            </ol>
            </section>
            <section aria-labelledby="files">
            <h2 id="files">{In("Plain files", "Fichiers simples")}</h2>
            <p>{In("Every table is a CSV, a Parquet file and JSON too. A browser asks for the key as the password of any user name; a script sends it in a header:",
                "Chaque table est aussi un CSV, un fichier Parquet et du JSON. Un navigateur demande la clé comme mot de passe d'un utilisateur quelconque ; un script l'envoie dans un en-tête :")}</p>
            <pre>{Copy(curl)}</pre>
            <div class="wide" role="region" aria-labelledby="files" tabindex="0">
            <table>
            <thead><tr><th scope="col">{In("Table", "Table")}</th><th scope="col">{In("What is in it", "Contenu")}</th><th scope="col">{In("Open as", "Ouvrir en")}</th></tr></thead>
            <tbody>

            """);
        foreach (var feed in FeedCatalogue.All.Where(feed => !SemanticModel.IsHidden(feed)))
        {
            var wording = Captions.Of(feed, isFrench);
            var caption = WebUtility.HtmlEncode(wording.Label);
            string Link(string format, string name) => $"<a href=\"{path}/v1/feeds/{feed.Url}?format={format}\" aria-label=\"{caption}, {name}\">{name}</a>";
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"""
                <tr><th scope="row">{caption}<br><small>{feed.View}</small></th><td>{WebUtility.HtmlEncode(wording.Description)}</td><td>{Link(isFrench ? "csv&amp;locale=fr-FR" : "csv", "CSV")} {Link("parquet", "Parquet")} <a href="{path}/connect/excel.odc?table={feed.View}" aria-label="{caption}, Excel" download>Excel</a></td></tr>

                """);
        }

        return text.Append(System.Globalization.CultureInfo.InvariantCulture, $"""
            </tbody>
            </table>
            </div>
            <p>{In("Columns in detail:", "Les colonnes en détail :")} <a href="{path}/swagger">Swagger UI</a>.</p>
            </section>
            </main>
            </body>
            </html>

            """).ToString().ReplaceLineEndings("\n");
    }
}
