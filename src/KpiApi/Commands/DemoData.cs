using System.Text.Json;
using System.Text.Json.Serialization;

namespace KpiApi.Commands;

/// <summary>
/// The demo company, posted through the API as any integrator would: the method's example, finished, three running projects,
/// and one that waits for its first import. Nothing is drawn by chance: the same day gives the same facts.
/// </summary>
internal sealed class DemoData
{
    public const string OrganisationCode = "demo";
    public const string OrganisationName = "Demo SARL";
    public const string TimeZone = "Europe/Paris";

    // The finished project's horizon of 90 days ended 11 days ago.
    private const int FinishedStart = -100;

    // Day 81 of 90: the running projects are judged against their full targets, and their horizon is still open.
    private const int RunningStart = -80;

    // 120 days of facts up to yesterday: 10 before the baseline window, 30 in it, 80 since.
    private const int RunningFrom = -40;
    private const int RunningTo = 79;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private static readonly string[] FrenchDays = ["dd/MM/yyyy"];

    private readonly HttpClient _http;
    private readonly DateOnly _today;
    private readonly CancellationToken _cancellation;

    private DemoData(HttpClient http, DateOnly today, CancellationToken cancellation)
    {
        _http = http;
        _today = today;
        _cancellation = cancellation;
    }

    /// <summary>Fills an empty organisation.</summary>
    /// <param name="http">Speaks for a manager of the organisation; its base address is the server.</param>
    /// <param name="today">The organisation's day, to which all dates are relative.</param>
    /// <param name="cancellation">Stops half-way; what was posted stays.</param>
    /// <exception cref="HttpRequestException">The server did not answer, or refused something.</exception>
    public static async Task Seed(HttpClient http, DateOnly today, CancellationToken cancellation)
    {
        var data = new DemoData(http, today, cancellation);
        await data.Activities();
        await data.OnlinePayment();
        await data.SiteRedesign();
        await data.CrmRollout();
        await data.SeaCampaign();
        await data.TradeShop();
    }

    private async Task Activities()
    {
        await Post("v1/kpis", Kpi("monthly-orders", "Commandes par mois", "Orders per month", "e-commerce", "count", "increase", "sum", "relative", 0.10, perDays: 30));
        await Post("v1/kpis", Kpi("active-accounts", "Comptes clients actifs", "Active accounts", "sales", "count", "increase", "last", "relative", 0.05));
        await Post("v1/activities", new { code = "negoce-b2b", name = "Négoce B2B" });
        await Post("v1/activities", new { code = "vente-en-ligne", name = "Vente en ligne" });
        // Has no North Star, so that the portfolio shows the warning.
        await Post("v1/activities", new { code = "atelier", name = "Atelier et réparation" });
        await Put("v1/activities/vente-en-ligne/north-star", new { kpi = "monthly-orders", purpose = "Une boutique où l'on revient commander chaque mois" });
        await Put("v1/activities/negoce-b2b/north-star", new { kpi = "active-accounts", purpose = "Des clients professionnels qui restent" });

        var first = new DateOnly(_today.Year, _today.Month, 1).AddMonths(-6);
        var days = _today.DayNumber - first.DayNumber;
        var random = new Random(11);
        await Facts(Enumerable.Range(0, days).Select(day =>
        {
            var date = first.AddDays(day);
            return new Fact { Activity = "vente-en-ligne", Kpi = "monthly-orders", Date = date, Source = "shop", Value = Volume(24 + (day / 15), date, random) };
        }));
        await Facts(Enumerable.Range(0, days).Where(day => first.AddDays(day).DayOfWeek == DayOfWeek.Friday || day == 0).Select(day =>
            new Fact { Activity = "negoce-b2b", Kpi = "active-accounts", Date = first.AddDays(day), Source = "crm", Value = 310 + (day / 6) + random.Next(-4, 5) }));
    }

    /// <summary>The method's example, to the digit: AOV +12 %, reminder calls 3 → 1.2 per invoice, ROI 2.4 : 1, continue.</summary>
    private async Task OnlinePayment()
    {
        const string project = "paiement-en-ligne";
        var start = _today.AddDays(FinishedStart);
        await Post("v1/kpis", Kpi("instant-payment-rate", "Taux de paiement instantané", "Instant payment rate", "finance", "percent", "increase", "ratio", "points", 0.10, "instant payments", "payments"));
        await Post("v1/kpis", Kpi("reminder-calls-per-invoice", "Appels de relance par facture", "Reminder calls per invoice", "productivity", "count", "decrease", "ratio", "relative", -0.30, "calls", "invoices"));
        await Post("v1/projects", new
        {
            code = project,
            name = "Paiement en ligne",
            activity = "negoce-b2b",
            startsOn = start,
            currency = "EUR",
            objective = "Être payé à la commande et cesser de courir après les factures",
        });
        await Post($"v1/projects/{project}/kpis", new { kpi = "instant-payment-rate", purpose = "Être payé à la commande" });
        await Post($"v1/projects/{project}/kpis", new { kpi = "average-order-value", purpose = "Vendre plus par commande" });
        await Post($"v1/projects/{project}/kpis", new { kpi = "reminder-calls-per-invoice", purpose = "Libérer le temps des relances" });

        var random = new Random(23);
        var orders = Paired(project, "average-order-value", "erp", start, day => 500 + (60 * Reached(day, 50)), decimals: 2, () => random.Next(16, 26), noise: () => random.Next(0, 400)).ToList();
        // Five invoices at a time, so that 1.2 calls for each is a whole number of calls.
        var calls = Paired(project, "reminder-calls-per-invoice", "crm", start, day => 3 - (1.8m * Reached(day, 50)), decimals: 0, () => 5 * random.Next(2, 5), noise: () => random.Next(0, 4)).ToList();
        await Facts(Ratio(project, "instant-payment-rate", "psp", start, -30, 89, day => 0.30m + (0.25m * Reached(day, 60)), volume: 44, noise: 0.02m, decimals: 0, seed: 29));
        await Facts(calls);

        // An order was typed in twice; the ERP sends the day again, and history keeps both.
        var typo = orders[18];
        orders[18] = typo with { Numerator = typo.Numerator + 512, Denominator = typo.Denominator + 1 };
        await Facts(orders);
        await Facts([typo with { Note = "Commande saisie deux fois dans l'ERP" }]);

        await Post($"v1/projects/{project}/launch", new { });
        await Ledger(project, start, [
            new(0, "cost", "module", 4000, "invoiced", "Module de paiement"),
            new(10, "cost", "integration", 1000, "invoiced", "Intégration à l'ERP"),
            new(29, "gain", "administration", 500, "estimated", "Temps de relance libéré"),
            new(29, "gain", "additional-sales", 1200, "measured", "Marge des paniers plus élevés"),
            new(59, "gain", "administration", 1500, "estimated", "Temps de relance libéré"),
            new(59, "gain", "additional-sales", 2500, "measured", "Marge des paniers plus élevés"),
            new(89, "gain", "administration", 2300, "estimated", "Temps de relance libéré"),
            new(89, "gain", "additional-sales", 4000, "measured", "Marge des paniers plus élevés"),
        ]);
        await Reviews(project, start, [
            new(14, "continue", "Trop tôt pour juger."),
            new(28, "continue", "Le module est en place ; les acheteurs le découvrent."),
            new(42, "continue", null),
            new(56, "continue", "Les relances tombent. On continue.", new Agreed("Proposer le paiement en ligne par défaut", "Service commercial", 63, 60)),
            new(70, "continue", null),
            new(84, "continue", null),
        ]);
        await Post($"v1/projects/{project}/close", new { closedOn = start.AddDays(89) });
        await Reviews(project, start, [new(89, "continue", "Objectifs atteints, 2,4 pour 1 : le module reste.", Kind: "monthly")]);
    }

    /// <summary>On track: both KPIs ran ahead of their line and hold above the target.</summary>
    private async Task SiteRedesign()
    {
        var start = await Running("refonte-site", "Refonte du site", "vente-en-ligne", "site-redesign", "Un site qui retient et qui convertit");
        await Facts(Ratio("refonte-site", "session-duration", "web-analytics", start, RunningFrom, RunningTo, day => 120 + (31 * Reached(day, 45)), volume: 420, noise: 0.015m, decimals: 0, seed: 31));
        await Facts(Ratio("refonte-site", "quote-to-order-rate", "crm", start, RunningFrom, RunningTo, day => 0.25m + (0.067m * Reached(day, 45)), volume: 48, noise: 0.01m, decimals: 0, seed: 37));
        await Post("v1/projects/refonte-site/launch", new { });
        await Ledger("refonte-site", start, [
            new(0, "cost", "agency", 6000, "invoiced", "Agence, acompte"),
            new(30, "cost", "agency", 3000, "invoiced", "Agence, mise en ligne"),
            new(60, "cost", "agency", 3000, "invoiced", "Agence, solde"),
            .. Weekly(amount: 1680, "additional-sales", "measured", "Marge des devis gagnés en plus"),
        ]);
        await Reviews("refonte-site", start, [
            new(14, "continue", "Trop tôt pour juger."),
            new(28, "continue", "En avance sur la trajectoire.", new Agreed("Tester le formulaire sur mobile", "Agence", 40, 38)),
            new(42, "continue", null),
            new(56, "continue", null),
            new(70, "continue", "Rien à corriger.", new Agreed("Préparer le bilan à 90 jours", "Direction", 88)),
        ]);
    }

    /// <summary>
    /// At risk: processing time falls, but four percent slower than agreed, which is inside the tolerance. Quotes did not move for six weeks;
    /// an adjustment set that right. One of the two sources of quotes has fallen silent.
    /// </summary>
    private async Task CrmRollout()
    {
        var start = await Running("deploiement-crm", "Déploiement du CRM", "negoce-b2b", "crm-rollout", "Ne plus perdre un devis ni une demande");
        var times = Ratio("deploiement-crm", "processing-time", "crm", start, RunningFrom, RunningTo, day => 40 - (4.64m * Reached(day, 60)), volume: 52, noise: 0.015m, decimals: 1, seed: 41).ToList();
        await Facts(times);
        await Facts(Ratio("deploiement-crm", "quote-to-order-rate", "crm", start, RunningFrom, RunningTo, Quotes, volume: 56, noise: 0.01m, decimals: 0, seed: 43));
        await Facts(Ratio("deploiement-crm", "quote-to-order-rate", "salons", start, RunningFrom, 50, Quotes, volume: 20, noise: 0.01m, decimals: 0, seed: 59).Where((_, day) => day % 7 == 0));
        await Post("v1/projects/deploiement-crm/launch", new { });
        await Reviews("deploiement-crm", start, [
            new(14, "continue", "Trop tôt pour juger."),
            new(28, "continue", "Les devis ne bougent pas encore."),
            new(42, "adjust", "Les devis ne sont pas relancés : le CRM ne sert qu'à les écrire.", new Agreed("Relance automatique à J+3", "Équipe commerciale", 49, 46)),
            new(56, "continue", "La relance porte."),
            new(70, "continue", null, new Agreed("Retrouver l'export des salons", "Marketing", 84)),
        ]);

        // After launch a correction leaves the sealed baseline as it is; the restated one shows it.
        var corrected = times.Where(fact => fact.Date >= start.AddDays(-9) && fact.Date < start.AddDays(-6));
        await Facts(corrected.Select(fact => fact with { Numerator = Math.Round(fact.Numerator!.Value * 0.9m, 1), Note = "Pauses retirées du temps de traitement" }));
        await Ledger("deploiement-crm", start, [
            new(0, "cost", "licences", 4000, "invoiced", "Licences de l'année"),
            new(30, "cost", "integration", 2000, "invoiced", "Reprise des données"),
            new(60, "cost", "training", 2000, "invoiced", "Formation des équipes"),
            .. Weekly(amount: 1120, "administration", "estimated", "Temps de traitement libéré"),
        ]);

        static decimal Quotes(int day) => 0.22m + (0.063m * Math.Clamp((day - 41) / 14m, 0, 1));
    }

    /// <summary>Behind: after eleven weeks a lead costs as much as before, far more than the line allows.</summary>
    private async Task SeaCampaign()
    {
        var start = await Running("campagne-sea", "Campagne de référencement payant", "vente-en-ligne", "sea-campaign", "Des prospects moins chers, et qui achètent");
        await Facts(Ratio("campagne-sea", "cost-per-lead", "ads", start, RunningFrom, RunningTo, day => 50 + (0.5m * Reached(day, 60)), volume: 14, noise: 0.02m, decimals: 2, seed: 47));
        await Facts(Ratio("campagne-sea", "quote-to-order-rate", "crm", start, RunningFrom, RunningTo, day => 0.12m + (0.042m * Reached(day, 60)), volume: 64, noise: 0.005m, decimals: 0, seed: 53));
        await Post("v1/projects/campagne-sea/launch", new { });
        await Ledger("campagne-sea", start, [
            .. Enumerable.Range(0, 12).Select(week => new Entry(7 * week, "cost", "ad-spend", 480, "invoiced", "Budget de la semaine")),
            new(29, "gain", "additional-sales", 900, "measured", "Marge des commandes attribuées"),
            new(59, "gain", "additional-sales", 1100, "measured", "Marge des commandes attribuées"),
        ]);
        await Reviews("campagne-sea", start, [
            new(14, "continue", "Trop tôt pour juger."),
            new(28, "adjust", "Le prospect coûte toujours autant.", new Agreed("Exclure les mots-clés trop larges", "Agence SEA", 35, 33)),
            new(42, "continue", "Attendre l'effet des exclusions."),
            // The last one: the next has been due for ten days, and its action for two weeks.
            new(56, "adjust", "Les exclusions n'ont rien changé.", new Agreed("Refaire les pages d'arrivée", "Agence SEA", 66)),
        ]);
    }

    /// <summary>Being prepared: its month before the start lies in the files of <see cref="DemoFiles"/>, and waits to be imported.</summary>
    private async Task TradeShop()
    {
        const string project = DemoFiles.Project;
        await Post("v1/projects", new { code = project, name = "Boutique pour les professionnels", activity = "negoce-b2b", startsOn = _today, currency = "EUR", objective = "Commander sans appeler" });
        await Post($"v1/projects/{project}/kpis", new { kpi = "average-order-value", purpose = "Vendre plus par commande" });
        await Post($"v1/projects/{project}/kpis", new { kpi = "monthly-orders", purpose = "Des commandes plus fréquentes" });
        static object Column(string column) => new { column };
        static object Constant(string constant) => new { constant };
        // Each order is revenue over one order for the one KPI, and an order for the other.
        await Put($"v1/import-profiles/{DemoFiles.Profile}", new
        {
            target = "measurements",
            separator = ";",
            encoding = "windows-1252",
            @decimal = ",",
            thousands = " ",
            dateFormats = FrenchDays,
            skipRows = new[] { new { startsWith = "Total" } },
            rows = new[]
            {
                Row("average-order-value", ("numerator", Column("Montant HT")), ("denominator", Constant("1"))),
                Row("monthly-orders", ("value", Constant("1"))),
            },
        });

        static Dictionary<string, object> Row(string kpi, params (string Member, object From)[] values) => new(values.Select(value => KeyValuePair.Create(value.Member, value.From)))
        {
            ["project"] = Constant(project),
            ["kpi"] = Constant(kpi),
            ["source"] = Constant("erp"),
            ["date"] = Column("Date"),
            ["externalId"] = Column("N° commande"),
            ["note"] = Column("Client"),
        };
    }

    private async Task<DateOnly> Running(string code, string name, string activity, string template, string objective)
    {
        var start = _today.AddDays(RunningStart);
        await Post("v1/projects", new { code, name, activity, startsOn = start, currency = "EUR", objective, template });
        return start;
    }

    /// <summary>The share of the way that is behind us on a day of the project, counted from 0.</summary>
    private static decimal Reached(int day, int days) => Math.Clamp((day + 1) / (decimal)days, 0, 1);

    // Fewer customers at the weekend.
    private static int Volume(int usual, DateOnly date, Random random) =>
        (date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? usual / 2 : usual) + random.Next(0, (usual / 5) + 1);

    /// <summary>Daily facts near a curve. What rounding takes from a day is given to the next, so that sums stay on the curve.</summary>
    private static IEnumerable<Fact> Ratio(string project, string kpi, string source, DateOnly start, int from, int to, Func<int, decimal> curve, int volume, decimal noise, int decimals, int seed)
    {
        var random = new Random(seed);
        var carried = 0m;
        for (var day = from; day <= to; day++)
        {
            var denominator = Volume(volume, start.AddDays(day), random);
            var exact = (curve(day) * denominator * (1 + (noise * random.Next(-1000, 1001) / 1000))) + carried;
            var numerator = Math.Round(exact, decimals, MidpointRounding.AwayFromZero);
            carried = exact - numerator;
            yield return new Fact { Project = project, Kpi = kpi, Date = start.AddDays(day), Source = source, Numerator = numerator, Denominator = denominator };
        }
    }

    /// <summary>
    /// Daily facts of a finished project whose noise is added on one day and taken off the next: over the baseline window and over
    /// the evaluation window, both an even number of days, the ratio is the curve's own, to the digit.
    /// </summary>
    private static IEnumerable<Fact> Paired(string project, string kpi, string source, DateOnly start, Func<int, decimal> curve, int decimals, Func<int> denominators, Func<int> noise)
    {
        var pending = 0;
        for (var day = -30; day < 90; day++)
        {
            var denominator = denominators();
            var isFirst = day % 2 == 0;
            pending = isFirst ? noise() : -pending;
            var numerator = Math.Round(curve(day) * denominator, decimals, MidpointRounding.AwayFromZero) + pending;
            yield return new Fact { Project = project, Kpi = kpi, Date = start.AddDays(day), Source = source, Numerator = numerator, Denominator = denominator };
        }
    }

    private static IEnumerable<Entry> Weekly(decimal amount, string category, string evidence, string label) =>
        Enumerable.Range(1, RunningTo / 7).Select(week => new Entry((7 * week) - 1, "gain", category, amount, evidence, label));

    private static object Kpi(
        string code, string french, string english, string domain, string unit, string direction, string aggregation, string thresholdKind, double threshold,
        string? numeratorLabel = null, string? denominatorLabel = null, int? perDays = null) => new
        {
            code,
            name = new { fr = french, en = english },
            domain,
            unit,
            direction,
            aggregation,
            perDays,
            numeratorLabel,
            denominatorLabel,
            threshold = new { kind = thresholdKind, value = threshold },
        };

    private Task<JsonElement> Facts(IEnumerable<Fact> facts) => Post("v1/measurements", facts.ToList());

    private Task<JsonElement> Ledger(string project, DateOnly start, IEnumerable<Entry> entries) =>
        Post($"v1/projects/{project}/ledger", entries.Select((entry, index) => new
        {
            entry.Kind,
            entry.Category,
            entry.Amount,
            date = start.AddDays(entry.Day),
            entry.Evidence,
            entry.Label,
            source = "erp",
            externalId = $"{project}-{index + 1:000}",
        }).ToList());

    private async Task Reviews(string project, DateOnly start, IEnumerable<Review> reviews)
    {
        foreach (var review in reviews)
        {
            var answer = await Send(HttpMethod.Post, $"v1/projects/{project}/reviews", new
            {
                reviewedOn = start.AddDays(review.Day),
                kind = review.Kind,
                review.Decision,
                review.Note,
                actions = review.Action is null ? null : new[] { new { review.Action.Text, review.Action.Owner, dueOn = start.AddDays(review.Action.DueDay) } },
            });
            if (review.Action?.DoneDay is { } done)
            {
                await Send(HttpMethod.Patch, $"v1/projects/{project}/reviews/{answer.GetProperty("id")}/actions/1", new { doneOn = start.AddDays(done) });
            }
        }
    }

    private Task<JsonElement> Post(string path, object body) => Send(HttpMethod.Post, path, body);

    private Task<JsonElement> Put(string path, object body) => Send(HttpMethod.Put, path, body);

    private async Task<JsonElement> Send(HttpMethod method, string path, object body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body, body.GetType(), options: Json) };
        using var response = await _http.SendAsync(request, _cancellation);
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"The demo could not be made: {method} /{path} answered {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(_cancellation)}");
        }

        return await response.Content.ReadFromJsonAsync<JsonElement>(_cancellation);
    }

    private sealed record Fact
    {
        public string? Project { get; init; }

        public string? Activity { get; init; }

        public required string Kpi { get; init; }

        public required DateOnly Date { get; init; }

        public required string Source { get; init; }

        public decimal? Numerator { get; init; }

        public decimal? Denominator { get; init; }

        public decimal? Value { get; init; }

        public string? Note { get; init; }
    }

    /// <summary>A ledger entry on a day of the project, counted from 0.</summary>
    private sealed record Entry(int Day, string Kind, string Category, decimal Amount, string Evidence, string Label);

    /// <summary>A review on a day of the project, counted from 0.</summary>
    private sealed record Review(int Day, string Decision, string? Note, Agreed? Action = null, string Kind = "biweekly");

    /// <summary>An action; days are those of the project, counted from 0.</summary>
    private sealed record Agreed(string Text, string Owner, int DueDay, int? DoneDay = null);
}
