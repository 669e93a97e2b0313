using System.Globalization;

namespace KpiApi.Tests.Support;

/// <summary>
/// Random worlds that the API accepts, always the same for a seed. They lean towards what hand-written examples forget: gaps, ties, zeros, late facts, limits of windows.
/// Codes carry the seed, so scenarios of several seeds fit into one organisation.
/// </summary>
internal static class RandomScenario
{
    public static Scenario Create(int seed) => new World(seed).Create();

    private sealed class World
    {
        private static readonly DateOnly EarliestStart = new(2015, 8, 1);
        private static readonly DateOnly LatestStart = new(2025, 7, 1);
        private static readonly DateOnly LastDay = new(2025, 12, 31);
        private static readonly string[] Units = ["currency", "percent", "seconds", "minutes", "hours", "days", "count", "ratio"];
        private static readonly string?[] Sources = [null, "crm", "erp", "web-1", "Web-2"];
        private static readonly double[] Magnitudes = [0.004, 0.25, 3, 50, 1200, 250_000, 40_000_000];
        private static readonly double[] Noises = [0, 0, 0.001, 0.02, 0.1, 0.5];
        private static readonly double[] Effects = [-0.5, 0, 0, 0.6, 1, 1, 1.4];
        private static readonly TimeSpan[] Offsets = [TimeSpan.Zero, TimeSpan.FromHours(1), TimeSpan.FromHours(2), TimeSpan.FromHours(-5), TimeSpan.FromMinutes(330)];
        private static readonly TimeZoneInfo Paris = TimeZoneInfo.FindSystemTimeZoneById("Europe/Paris");

        private readonly Random random;
        private readonly string tag;
        private readonly List<ScenarioMeasurement> measurements = [];
        private readonly List<ScenarioMeasurement> afterLaunch = [];
        private readonly List<ScenarioDelete> deletes = [];
        private readonly List<ScenarioLedgerEntry> ledger = [];
        private readonly HashSet<string> implicitIdentities = [];
        private readonly Dictionary<string, double> centres = [];
        private DateOnly asOf;
        private int lastExternalId;

        public World(int seed)
        {
            random = new Random(seed);
            tag = unchecked((uint)seed).ToString(CultureInfo.InvariantCulture);
        }

        public Scenario Create()
        {
            var activities = Enumerable.Range(1, random.Next(1, 3)).Select(i => new ScenarioActivity { Code = $"act-{tag}-{i}", Name = $"Activity {i}" }).ToList();
            var kpis = Enumerable.Range(1, random.Next(2, 7)).Select(Kpi).ToList();
            var projects = Projects(activities, [.. kpis, .. Scenario.Catalogue]);
            var northStars = NorthStars(activities, [.. kpis, .. Scenario.Catalogue.Take(5)]);
            foreach (var project in projects)
            {
                foreach (var tracking in project.Kpis)
                {
                    ProjectFacts(project, tracking, KpiOf(kpis, tracking.Kpi));
                }

                LedgerOf(project);
            }

            foreach (var northStar in northStars)
            {
                NorthStarFacts(northStar, KpiOf(kpis, northStar.Kpi), projects[0].StartsOn);
            }

            Shuffle(measurements);
            Shuffle(ledger);
            if (Chance(0.45))
            {
                AfterLaunch(projects, kpis);
            }

            return WithoutRelativeTargetsOnZero(new Scenario
            {
                AsOf = asOf,
                Activities = activities,
                Kpis = kpis,
                Projects = projects,
                NorthStars = northStars.Count > 0 ? northStars : null,
                Measurements = measurements,
                Ledger = ledger,
                AfterLaunch = afterLaunch.Count > 0 ? afterLaunch : null,
                Deletes = deletes.Count > 0 ? deletes : null,
            });
        }

        // ---- Definitions ----

        private ScenarioKpi Kpi(int number)
        {
            var code = $"kpi-{tag}-{number}";
            var aggregation = Weighted(("ratio", 40), ("sum", 30), ("last", 20), ("ledger", 10));
            var direction = aggregation == "ledger" || Chance(0.5) ? "increase" : "decrease";
            var centre = Pick(Magnitudes) * (0.5 + random.NextDouble()) * (Chance(0.15) ? -1 : 1);
            if (aggregation == "ledger")
            {
                centre = 1.2;
            }

            centres[code] = centre;
            return new ScenarioKpi
            {
                Code = code,
                Name = new ScenarioName { Fr = $"Indicateur {number}", En = $"Indicator {number}" },
                Domain = Pick(["finance", "conversion", "other"]),
                Unit = aggregation == "ledger" ? "ratio" : Pick(Units),
                Direction = direction,
                Aggregation = aggregation,
                PerDays = aggregation == "sum" ? Pick([1, 7, 30]) : null,
                LagDays = Chance(0.2) ? random.Next(0, 11) : null,
                Threshold = Threshold(aggregation, direction, centre),
            };
        }

        private ScenarioThreshold Threshold(string aggregation, string direction, double centre)
        {
            var kind = aggregation == "ledger" ? "absolute" : Pick(["relative", "points", "absolute"]);
            var better = (direction == "increase" ? 1 : -1) * Pick([0.02, 0.05, 0.1, 0.2, 0.5, 1.5]);
            return new ScenarioThreshold
            {
                Kind = kind,
                Value = kind switch
                {
                    "relative" => Decimal(better, 4),
                    "points" => NotZero(Decimal(better * Math.Abs(centre), 4), Math.Sign(better)),
                    _ when Chance(0.08) => 0,
                    _ => Decimal(centre + ((better + (Chance(0.2) ? -0.3 : 0)) * Math.Abs(centre)), 4),
                },
            };
        }

        private List<ScenarioProject> Projects(List<ScenarioActivity> activities, List<ScenarioKpi> kpis)
        {
            var start = Between(EarliestStart, LatestStart);
            var projects = new List<ScenarioProject>();
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                var baselineDays = random.Next(7, 46);
                var horizonDays = Chance(0.1) ? Math.Max(14, baselineDays) : random.Next(Math.Max(14, baselineDays), 121);
                var startsOn = Chance(0.5) ? start : start.AddDays(random.Next(0, 21));
                var tracked = kpis.OrderBy(_ => random.Next()).Take(random.Next(1, 4)).Select(kpi => ProjectKpi(kpi, startsOn)).ToList();
                projects.Add(new ScenarioProject
                {
                    Code = $"prj-{tag}-{i}",
                    Name = $"Project {i}",
                    Activity = Pick(activities).Code,
                    StartsOn = startsOn,
                    Currency = Pick(["EUR", "EUR", "USD", "CHF"]),
                    BaselineDays = Chance(0.1) ? null : baselineDays,
                    HorizonDays = Chance(0.1) ? null : horizonDays,
                    RoiThreshold = Chance(0.5) ? Pick([0.8m, 1m, 1.2m, 1.5m, 2m]) : null,
                    Kpis = tracked,
                });
            }

            // A missing number of days is the default, which the other of the two has to respect.
            projects = [.. projects.Select(project => Baseline(project) > Horizon(project) ? project with { HorizonDays = null, BaselineDays = null } : project)];
            asOf = AsOf(projects[^1]);
            return [.. projects.Select(project => project with { ClosedOn = ClosedOn(project) })];
        }

        private ScenarioProjectKpi ProjectKpi(ScenarioKpi kpi, DateOnly startsOn)
        {
            var centre = CentreOf(kpi);
            var declared = kpi.Aggregation != "ledger" && Chance(0.12) ? NotZero(Decimal(centre, 4), 1) : (decimal?)null;
            return new ScenarioProjectKpi
            {
                Kpi = kpi.Code,
                Purpose = $"Serve the goal since {startsOn.Year}",
                Target = Chance(0.25) ? Threshold(kpi.Aggregation, kpi.Direction, centre) : null,
                Tolerance = Chance(0.25) ? Pick([0.01m, 0.02m, 0.05m, 0.1m, 0.15m, 0.25m]) : null,
                GraceDays = Chance(0.6) ? random.Next(0, 22) : null,
                LagDays = Chance(0.5) ? random.Next(0, 11) : null,
                DeclaredBaseline = declared is { } value ? new ScenarioDeclaredBaseline { Value = value, Note = "Accounts of last year" } : null,
            };
        }

        private DateOnly AsOf(ScenarioProject project)
        {
            var lastDay = project.StartsOn.AddDays(Horizon(project) - 1);
            var day = Weighted(("before", 7), ("inside", 40), ("limit", 28), ("after", 25)) switch
            {
                "before" => project.StartsOn.AddDays(-random.Next(1, 30)),
                "inside" => Between(project.StartsOn, lastDay),
                "limit" => Pick([project.StartsOn, lastDay, lastDay.AddDays(random.Next(-2, 12)), lastDay.AddDays(project.Kpis.Max(kpi => kpi.LagDays ?? 0) + random.Next(-1, 2))]),
                _ => lastDay.AddDays(random.Next(12, 40)),
            };
            return day < LastDay ? day : LastDay;
        }

        private DateOnly? ClosedOn(ScenarioProject project)
        {
            var lastDay = project.StartsOn.AddDays(Horizon(project) - 1);
            if (!Chance(0.22))
            {
                return null;
            }

            // A day after asOf has to be ignored.
            var day = asOf < project.StartsOn || Chance(0.12)
                ? (asOf < project.StartsOn ? project.StartsOn : asOf).AddDays(random.Next(1, 20))
                : Chance(0.35) && lastDay.AddDays(1) <= asOf ? lastDay.AddDays(random.Next(-1, 2)) : Between(project.StartsOn, asOf);
            return day < LastDay ? day : LastDay;
        }

        private List<ScenarioNorthStar> NorthStars(List<ScenarioActivity> activities, List<ScenarioKpi> kpis)
        {
            var candidates = kpis.Where(kpi => kpi.Aggregation != "ledger").ToList();
            return
            [
                .. activities.Where(_ => Chance(0.5)).Select(activity => new ScenarioNorthStar
                {
                    Activity = activity.Code,
                    Kpi = Pick(candidates).Code,
                    Purpose = "What the activity lives from",
                }),
            ];
        }

        // ---- Facts ----

        private void ProjectFacts(ScenarioProject project, ScenarioProjectKpi tracking, ScenarioKpi kpi)
        {
            if (kpi.Aggregation == "ledger" || Chance(0.04))
            {
                return;
            }

            var start = project.StartsOn;
            var withHistory = tracking.DeclaredBaseline is null && !Chance(0.08);
            var first = withHistory ? start.AddDays(-Baseline(project) - 4) : start;
            var last = Earlier(asOf, start.AddDays(Horizon(project) + 20)).AddDays(random.Next(0, 15));
            var target = TargetGuess(tracking.Target ?? kpi.Threshold, CentreOf(kpi));
            var way = Math.Max(1, Horizon(project) - Baseline(project));
            Facts(
                new Address(project.Code, null, kpi),
                first,
                last,
                Pick([0.04, 0.15, 0.4, 0.7, 0.95, 1, 1]),
                day => CentreOf(kpi) + (Math.Clamp((day.DayNumber - start.DayNumber + 1.0) / way, 0, 1) * (target - CentreOf(kpi))));
        }

        private void NorthStarFacts(ScenarioNorthStar northStar, ScenarioKpi kpi, DateOnly start)
        {
            var centre = CentreOf(kpi);
            Facts(new Address(null, northStar.Activity, kpi), start.AddDays(-random.Next(0, 100)), asOf.AddDays(random.Next(0, 10)), Pick([0.01, 0.05, 0.2]), _ => centre);
        }

        private void Facts(Address address, DateOnly first, DateOnly last, double density, Func<DateOnly, double> course)
        {
            var effect = Pick(Effects);
            var noise = Pick(Noises);
            var timed = Chance(0.3);
            var several = Chance(0.35) ? 0.5 : 0.05;
            var digits = Pick([0, 1, 2, 4, 6, 8]);
            var start = course(first);
            for (var day = first; day <= last && day <= LastDay; day = day.AddDays(1))
            {
                if (!Chance(density))
                {
                    continue;
                }

                var level = start + (effect * (course(day) - start));
                for (var n = Chance(several) ? random.Next(2, 5) : 1; n > 0; n--)
                {
                    var fact = Addressed(address, day, timed);
                    foreach (var row in WithAmounts(fact, address.Kpi, level * (1 + (noise * Bell())), digits).Where(IsNoSecondImplicitOne))
                    {
                        measurements.Add(row);

                        // The same fact twice in one request: the later row wins.
                        if (row.ExternalId is not null && Chance(0.03))
                        {
                            measurements.AddRange(WithAmounts(row, address.Kpi, level, digits).Take(1));
                        }
                    }
                }
            }
        }

        private ScenarioMeasurement Addressed(Address address, DateOnly day, bool timed)
        {
            var named = Chance(0.35);
            DateTimeOffset? timestamp = timed && day < LastDay && Chance(0.7) ? Instant(day) : null;
            return new ScenarioMeasurement
            {
                Project = address.Project,
                Activity = address.Activity,
                Kpi = address.Kpi.Code,
                Date = timestamp is null ? day : null,
                Timestamp = timestamp,
                Source = Pick(Sources),
                ExternalId = named ? Name() : null,
                Note = Chance(0.02) ? "Imported by hand" : null,
            };
        }

        /// <summary>One row, or two when two systems post one side of a ratio each.</summary>
        private IEnumerable<ScenarioMeasurement> WithAmounts(ScenarioMeasurement fact, ScenarioKpi kpi, double level, int digits)
        {
            if (kpi.Aggregation != "ratio")
            {
                var perFact = kpi.Aggregation == "sum" ? level / (kpi.PerDays ?? 1) : level;
                yield return fact with { Value = Decimal(Chance(0.02) ? 0 : perFact, digits) };
                yield break;
            }

            var denominator = Chance(0.05) ? 0 : Chance(0.8) ? random.Next(1, 60) : Decimal(random.NextDouble() * 40, 3);
            var numerator = denominator == 0 && Chance(0.7) ? 0 : Decimal(level * (double)Math.Max(denominator, 1), digits);
            if (Chance(0.06))
            {
                yield return fact with { Numerator = numerator, Denominator = 0 };
                yield return fact with { Numerator = 0, Denominator = denominator, Source = "second-side", ExternalId = fact.ExternalId is null ? null : Name() };
            }
            else
            {
                yield return fact with { Numerator = numerator, Denominator = denominator };
            }
        }

        /// <summary>Two rows without an externalId on one day (or instant) and source are refused inside a request.</summary>
        private bool IsNoSecondImplicitOne(ScenarioMeasurement fact) => fact.ExternalId is not null || implicitIdentities.Add($"{Series(fact)} {fact.Source ?? "api"} {Moment(fact)}");

        // ---- After the launch ----

        private void AfterLaunch(List<ScenarioProject> projects, List<ScenarioKpi> kpis)
        {
            // One row for each identity: the last one posted, which is what a correction meets.
            var known = new Dictionary<string, ScenarioMeasurement>();
            foreach (var fact in measurements)
            {
                known[$"{Series(fact)} {fact.Source ?? "api"} {fact.ExternalId ?? Moment(fact)}"] = fact;
            }

            implicitIdentities.Clear();
            var open = known.Values.Where(fact => DayOf(fact) <= LastOpenDay(projects, fact)).OrderBy(_ => random.Next()).Take(random.Next(1, 15)).ToList();
            foreach (var fact in open)
            {
                var kpi = KpiOf(kpis, fact.Kpi);
                var corrected = WithAmounts(fact, kpi, CentreOf(kpi) * (0.5 + random.NextDouble()), 2).First() with { Note = "Corrected" };
                if (Chance(0.35) && (fact.ExternalId is not null || fact.Timestamp is null))
                {
                    deletes.Add(new ScenarioDelete { Project = fact.Project, Activity = fact.Activity, Kpi = fact.Kpi, Source = fact.Source, ExternalId = fact.ExternalId ?? Moment(fact) });
                }
                else if (fact.ExternalId is not null && Chance(0.4))
                {
                    afterLaunch.Add(corrected with { Timestamp = null, Date = Earlier(DayOf(fact).AddDays(random.Next(-6, 7)), LastOpenDay(projects, fact)) });
                }
                else if (IsNoSecondImplicitOne(corrected))
                {
                    afterLaunch.Add(corrected);
                }
            }

            foreach (var project in projects)
            {
                foreach (var kpi in project.Kpis.Where(_ => Chance(0.5)).Select(tracking => KpiOf(kpis, tracking.Kpi)).Where(kpi => kpi.Aggregation != "ledger"))
                {
                    // Late history: it restates the baseline, whose sealed value stays.
                    var day = project.StartsOn.AddDays(-random.Next(1, Baseline(project) + 2));
                    var fact = Addressed(new Address(project.Code, null, kpi), day, timed: false) with { ExternalId = Name() };
                    afterLaunch.Add(WithAmounts(fact, kpi, CentreOf(kpi) * 1.3, 2).First());
                }
            }
        }

        /// <summary>A closed project takes facts for days up to its closing only.</summary>
        private static DateOnly LastOpenDay(List<ScenarioProject> projects, ScenarioMeasurement fact) => projects.FirstOrDefault(project => project.Code == fact.Project)?.ClosedOn ?? LastDay;

        // ---- Ledger ----

        private void LedgerOf(ScenarioProject project)
        {
            var entries = Chance(0.25) ? 0 : random.Next(1, 13);
            var scale = Pick([100.0, 5_000, 5_000, 900_000_000]);
            for (; entries > 0; entries--)
            {
                var amount = NotZero(Decimal((scale * random.NextDouble()) + 0.01, Pick([0, 2, 2, 4])), 1);
                ledger.Add(new ScenarioLedgerEntry
                {
                    Project = project.Code,
                    Kind = Chance(0.55) ? "gain" : "cost",
                    Category = Pick(["licence", "time", "margin", "other"]),
                    Amount = Chance(0.15) ? -amount : amount,
                    Date = Earlier(Between(project.StartsOn.AddDays(-40), asOf.AddDays(15)), LastDay),
                    Evidence = Pick(["invoiced", "measured", "estimated", null]),
                    Label = Chance(0.2) ? "Second quarter" : null,
                    Source = Chance(0.3) ? "erp" : null,
                    ExternalId = Chance(0.5) ? Name() : null,
                });
            }

            // Exactly paid back, for a day or for good: the limit of payback and of a threshold of 1.
            if (Chance(0.15))
            {
                var day = project.StartsOn.AddDays(random.Next(0, 30));
                foreach (var kind in (string[])["gain", "cost"])
                {
                    ledger.Add(new ScenarioLedgerEntry { Project = project.Code, Kind = kind, Category = "other", Amount = 250, Date = day });
                }
            }
        }

        // ---- What the API would refuse ----

        /// <summary>Launch refuses a relative target on a baseline of 0, and only the facts tell where that is.</summary>
        private static Scenario WithoutRelativeTargetsOnZero(Scenario s)
        {
            var figures = Oracle.Compute(s);
            return s with { Projects = [.. s.Projects.Select(project => project with { Kpis = [.. project.Kpis.Select(tracking => Fitting(project, tracking))] })] };

            ScenarioProjectKpi Fitting(ScenarioProject project, ScenarioProjectKpi tracking)
            {
                var onZero = figures.Projects[project.Code].Kpis.Single(kpi => kpi.Kpi == tracking.Kpi).Baseline == 0;
                var target = tracking.Target ?? s.KpiOf(tracking.Kpi).Threshold;
                return onZero && target.Kind == "relative" ? tracking with { Target = target with { Kind = "points" } } : tracking;
            }
        }

        // ---- Small things ----

        private sealed record Address(string? Project, string? Activity, ScenarioKpi Kpi);

        private static int Baseline(ScenarioProject project) => project.BaselineDays ?? ScenarioProject.DefaultBaselineDays;

        private static int Horizon(ScenarioProject project) => project.HorizonDays ?? ScenarioProject.DefaultHorizonDays;

        private static ScenarioKpi KpiOf(List<ScenarioKpi> kpis, string code) => kpis.Concat(Scenario.Catalogue).First(kpi => kpi.Code == code);

        private double CentreOf(ScenarioKpi kpi) => centres.GetValueOrDefault(kpi.Code, kpi.Unit switch { "percent" => 0.3, "ratio" => 1.2, _ => 80 });

        private static double TargetGuess(ScenarioThreshold threshold, double centre) => threshold.Kind switch
        {
            "relative" => centre + ((double)threshold.Value * Math.Abs(centre)),
            "points" => centre + (double)threshold.Value,
            _ => (double)threshold.Value,
        };

        private static string Series(ScenarioMeasurement fact) => $"{fact.Project} {fact.Activity} {fact.Kpi}";

        private static string Moment(ScenarioMeasurement fact) => fact.Timestamp is { } at
            ? at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)
            : fact.Date!.Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

        private static DateOnly DayOf(ScenarioMeasurement fact) =>
            fact.Date ?? DateOnly.FromDateTime(TimeZoneInfo.ConvertTimeFromUtc(fact.Timestamp!.Value.UtcDateTime, Paris));

        private static DateOnly Earlier(DateOnly one, DateOnly other) => one < other ? one : other;

        /// <summary>Few instants a day, so that several facts share one; some of them in the hour before midnight UTC, which is the next day in Paris.</summary>
        private DateTimeOffset Instant(DateOnly day)
        {
            var time = Pick([new TimeOnly(0, 30), new TimeOnly(8, 0), new TimeOnly(12, 15), new TimeOnly(12, 15), new TimeOnly(22, 30), new TimeOnly(23, 30)]);
            return new DateTimeOffset(day.ToDateTime(time, DateTimeKind.Utc)).ToOffset(Pick(Offsets));
        }

        private string Name() => $"x{++lastExternalId}";

        private bool Chance(double probability) => random.NextDouble() < probability;

        private T Pick<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];

        private DateOnly Between(DateOnly first, DateOnly last) => last <= first ? first : first.AddDays(random.Next(0, last.DayNumber - first.DayNumber + 1));

        private string Weighted(params (string Item, int Weight)[] choices)
        {
            var at = random.Next(choices.Sum(choice => choice.Weight));
            return choices.First(choice => (at -= choice.Weight) < 0).Item;
        }

        private double Bell() => random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5;

        private void Shuffle<T>(List<T> items)
        {
            for (var i = items.Count - 1; i > 0; i--)
            {
                var j = random.Next(i + 1);
                (items[i], items[j]) = (items[j], items[i]);
            }
        }

        private static decimal Decimal(double number, int digits) => Math.Round((decimal)Math.Clamp(number, -999_999_999, 999_999_999), digits, MidpointRounding.AwayFromZero);

        private static decimal NotZero(decimal number, int sign) => number != 0 ? number : sign * 0.01m;
    }
}
