using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using KpiApi.Access;
using KpiApi.Storage;

namespace KpiApi.Commands;

/// <summary>The words of the program. Every command deploys the schema if needed; a wrong word exits 2, a failure exits 1 with one line.</summary>
internal static class CommandLine
{
    /// <summary>How this program is called from a shell, whatever the folder.</summary>
    public static string Invocation => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == nameof(KpiApi) ? $"\"{Environment.ProcessPath}\"" : $"dotnet \"{Path.Combine(AppContext.BaseDirectory, $"{nameof(KpiApi)}.dll")}\"";

    public static async Task<int> Run(string[] args)
    {
        var (words, settings) = Split(args);
        var parsed = Root(settings).Parse(words);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync(error.Message);
            }

            new HelpAction().Invoke(Root(settings).Parse([.. parsed.CommandResult.Command.Parents.OfType<Command>().Where(command => command is not RootCommand).Select(command => command.Name), .. parsed.CommandResult.Command is RootCommand ? Array.Empty<string>() : [parsed.CommandResult.Command.Name], "--help"]));
            return 2;
        }

        try
        {
            // The server has its own graceful stop; a second one would cut it off after two seconds.
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
#pragma warning disable CA1031 // The last door: whatever failed is told in one line, never as a stack trace.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await Console.Error.WriteLineAsync(exception.Message.ReplaceLineEndings(" "));
            return 1;
        }
    }

    // --Section:Key=value and --urls go to the configuration in the standard way; the rest are words of ours.
    private static (string[] Words, string[] Settings) Split(string[] args)
    {
        var words = new List<string>();
        var settings = new List<string>();
        for (var index = 0; index < args.Length; index++)
        {
            var name = args[index].Split('=')[0];
            if (!name.StartsWith("--", StringComparison.Ordinal) || !(name.Contains(':', StringComparison.Ordinal) || name.Equals("--urls", StringComparison.OrdinalIgnoreCase) || name.Equals("--environment", StringComparison.OrdinalIgnoreCase)))
            {
                words.Add(args[index]);
                continue;
            }

            settings.Add(args[index].Contains('=', StringComparison.Ordinal) || index + 1 == args.Length ? args[index] : $"{args[index]}={args[++index]}");
        }

        return ([.. words], [.. settings]);
    }

    private static RootCommand Root(string[] settings)
    {
        var root = new RootCommand("KpiApi: makes the return of digital projects measurable. Settings are read from appsettings.json, the environment and --Section:Key=value.");
        Task<int> Serve(ParseResult _, CancellationToken cancellation) => Server.Run(settings, cancellation);
        root.SetAction(Serve);

        var serve = new Command("serve", "Deploys the schema if needed and serves (the default).");
        serve.SetAction(Serve);
        root.Add(serve);

        var fresh = new Option<bool>("--fresh") { Description = "Make the demo database anew." };
        var demo = new Command("demo", "Makes a demo organisation in its own database file and serves it; prints URLs and one key per role.") { fresh };
        demo.SetAction((parsed, cancellation) => Demo.Run(settings, parsed.GetValue(fresh), cancellation));
        root.Add(demo);
        root.Add(Organisation(settings));
        root.Add(Key(settings));
        root.Add(DatabaseCommand(settings));
        root.Add(Import());
        return root;
    }

    private static Command Organisation(string[] settings)
    {
        var code = new Argument<string>("code") { Description = "Identifies the organisation for ever: lower-case letters, digits and hyphens." };
        var name = new Option<string?>("--name") { Description = "What people call it; the code when left out." };
        var timeZone = new Option<string>("--time-zone") { Description = "An IANA time zone: where its business days begin and end.", DefaultValueFactory = _ => "Europe/Paris" };
        var create = new Command("create", "Makes an organisation that holds the catalogue of KPIs.") { code, name, timeZone };
        create.SetAction(async (parsed, cancellation) =>
        {
            await using var app = await Server.Deployed(settings, cancellation);
            var organisation = parsed.GetRequiredValue(code);
            await app.Services.GetRequiredService<OrganisationStore>().Create(organisation, parsed.GetValue(name) ?? organisation, parsed.GetRequiredValue(timeZone), cancellation);
            await Console.Error.WriteLineAsync($"Organisation '{organisation}' made. Next: key create --org {organisation} --role admin");
            return 0;
        });
        return new Command("org", "Organisations.") { create };
    }

    private static Command Key(string[] settings)
    {
        var org = new Option<string>("--org") { Description = "The code of the organisation.", Required = true };
        var role = new Option<Role>("--role") { Description = "What the key may do.", Required = true };
        role.AcceptOnlyFromAmong("reader", "writer", "manager", "admin");
        var name = new Option<string?>("--name") { Description = "What the key is for." };
        var expires = new Option<int?>("--expires-days") { Description = "Days until the key stops working; never when left out." };
        expires.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out var days) && days is < 1 or > 36_500)
            {
                result.AddError("--expires-days must be from 1 to 36500.");
            }
        });
        var create = new Command("create", "Makes a key and prints it alone on standard output; it cannot be shown again.") { org, role, name, expires };
        create.SetAction(async (parsed, cancellation) =>
        {
            await using var app = await Server.Deployed(settings, cancellation);
            var organisations = app.Services.GetRequiredService<OrganisationStore>();
            var code = parsed.GetRequiredValue(org);
            var organisationId = await organisations.IdOf(code, cancellation) ?? throw new ConfigurationException($"There is no organisation '{code}'.");
            var expiry = parsed.GetValue(expires) is { } days ? app.Services.GetRequiredService<TimeProvider>().GetUtcNow().AddDays(days) : (DateTimeOffset?)null;
            var key = await organisations.CreateKey(organisationId, parsed.GetRequiredValue(role), parsed.GetValue(name) ?? "", expiry, cancellation);
            await Console.Error.WriteLineAsync("Keep this key: it is stored hashed and cannot be shown again.");
            await Console.Out.WriteLineAsync(key.ToString());
            return 0;
        });
        return new Command("key", "API keys.") { create };
    }

    private static Command Import()
    {
        var file = new Argument<string>("file") { Description = "A CSV or NDJSON file, .gz or not." };
        var profile = new Option<string?>("--profile") { Description = "The import profile that reads it, such as fec. Without one it is NDJSON (.ndjson, .jsonl) or a CSV whose header names the members." };
        var url = new Option<string>("--url") { Description = "The address of the server.", DefaultValueFactory = _ => "http://localhost:5080" };
        url.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(Uri.TryCreate(token.Value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
            {
                result.AddError("--url must be an address that begins with http:// or https://.");
            }
        });
        var key = new Option<string?>("--key") { Description = "A key that may post (role writer). Default: the environment variable KPI_KEY, which other users of the machine cannot see." };
        var project = new Option<string?>("--project") { Description = "The project whose ledger it is; without one the file has measurements." };
        var atomic = new Option<bool>("--atomic") { Description = "All rows or none, up to 100,000 lines." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Tells what would happen, up to 100,000 lines; nothing is stored." };
        var retries = new Option<int>("--retries") { Description = "How often to try again while the server or the network fails.", DefaultValueFactory = _ => 8 };
        retries.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out var times) && times is < 0 or > 1000)
            {
                result.AddError("--retries must be from 0 to 1000.");
            }
        });
        var import = new Command("import", $"Sends a file to a running server, again after a failure, and reports its bad lines. Exit code 0: every row was taken, {FileImport.SomeRefused}: some were refused, 1: the file did not get there.")
        {
            file, profile, url, key, project, atomic, dryRun, retries,
        };
        string? Key(ParseResult parsed) => parsed.GetValue(key) is { Length: > 0 } given ? given : Environment.GetEnvironmentVariable("KPI_KEY");
        import.Validators.Add(result =>
        {
            if (string.IsNullOrEmpty(result.GetValue(key)) && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("KPI_KEY")))
            {
                result.AddError("--key is required, or the environment variable KPI_KEY.");
            }
        });
        import.SetAction(async (parsed, cancellation) =>
        {
            var order = new ImportOrder(parsed.GetRequiredValue(file), parsed.GetRequiredValue(url), Key(parsed)!)
            {
                Profile = parsed.GetValue(profile),
                Project = parsed.GetValue(project),
                IsAtomic = parsed.GetValue(atomic),
                IsDryRun = parsed.GetValue(dryRun),
                Retries = parsed.GetValue(retries),
            };
            using var work = new FileImport(order, Console.Out, Console.Error, !Console.IsErrorRedirected);
            return await work.Run(cancellation);
        });
        return import;
    }

    private static Command DatabaseCommand(string[] settings)
    {
        var deploy = new Command("deploy", "Deploys the schema.");
        deploy.SetAction(async (_, cancellation) =>
        {
            await using var app = Program.Build(settings);
            var applied = await app.Services.GetRequiredService<SchemaDeployment>().Deploy(cancellation);
            await Console.Error.WriteLineAsync(applied.Count == 0 ? "The schema is up to date." : $"Applied: {string.Join(", ", applied)}");
            return 0;
        });

        var status = new Command("status", "Tells what a deployment would apply; exit code 0 when up to date, else 1.");
        status.SetAction(async (_, cancellation) =>
        {
            await using var app = Program.Build(settings);
            var pending = await app.Services.GetRequiredService<SchemaDeployment>().Status(cancellation);
            await Console.Error.WriteLineAsync(pending.Count == 0 ? "The schema is up to date." : $"Missing: {string.Join(", ", pending)}");
            return pending.Count == 0 ? 0 : 1;
        });

        var file = new Argument<string>("file") { Description = "The file to make; it must not exist." };
        var backup = new Command("backup", "Writes a consistent copy of a live database to a file.") { file };
        backup.SetAction(async (parsed, cancellation) =>
        {
            await using var app = await Server.Deployed(settings, cancellation);
            var target = parsed.GetRequiredValue(file);
            if (File.Exists(target))
            {
                throw new ConfigurationException($"{target} exists already.");
            }

            await app.Services.GetRequiredService<Dialect>().Backup(target, cancellation);
            await Console.Error.WriteLineAsync($"Backed up to {target}");
            return 0;
        });
        return new Command("db", "The database.") { deploy, status, backup };
    }
}
