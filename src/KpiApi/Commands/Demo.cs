using System.Data.Common;
using System.Globalization;
using System.Runtime.InteropServices;
using KpiApi.Access;
using KpiApi.Storage;

namespace KpiApi.Commands;

/// <summary>A demo organisation in its own database file: made on first use, then served.</summary>
internal static class Demo
{
    private const string KeyName = "demo";
    private const string DataSource = "Data Source";
    private const string SelectOthers = "SELECT COUNT(OrganisationId) FROM Organisation WHERE Code <> @Code";
    private const string SelectMade = "SELECT CreatedAtUtc FROM Organisation WHERE Code = @Code";

    // Who reads comes first: most visitors only look.
    private static readonly (Role Role, string Does)[] Roles =
    [
        (Role.Reader, "reads figures and feeds"),
        (Role.Writer, "posts facts and ledger entries"),
        (Role.Manager, "all of that, and projects and KPIs"),
        (Role.Admin, "everything"),
    ];

    public static async Task<int> Run(string[] settings, bool fresh, CancellationToken cancellation)
    {
        await using var app = await Start(settings, fresh, Console.Out, cancellation);
        await app.WaitForShutdownAsync(cancellation);
        return 0;
    }

    /// <summary>The running demo, after it told <paramref name="output"/> what to copy.</summary>
    internal static async Task<WebApplication> Start(string[] settings, bool fresh, TextWriter output, CancellationToken cancellation)
    {
        var place = await Place.Of(settings);
        if (await NeedsMaking(settings, place, fresh, cancellation))
        {
            await Make(settings, place, cancellation);
        }

        var app = await Deployed(place.Settings(settings), cancellation);
        try
        {
            await app.StartAsync(cancellation);
            // Only now: a start that fails, say because the demo runs already, leaves the keys of that one alone.
            await output.WriteAsync(await Describe(app, place, cancellation));
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    private static async Task<bool> NeedsMaking(string[] settings, Place place, bool fresh, CancellationToken cancellation)
    {
        if (!File.Exists(place.File) || (fresh && !place.IsGiven))
        {
            return true;
        }

        await using var app = await Deployed(place.Passing(settings, place.File), cancellation);
        var database = app.Services.GetRequiredService<Database>();
        if (await database.Read(Scope.None, session => session.Single<long>(SelectOthers, new { Code = DemoData.OrganisationCode }), cancellation) > 0)
        {
            throw new ConfigurationException("ConnectionStrings:Kpi: the database holds other organisations. The demo wants a file of its own.");
        }

        return fresh || await app.Services.GetRequiredService<OrganisationStore>().IdOf(DemoData.OrganisationCode, cancellation) is null;
    }

    // The file gets its name when it is complete: whatever goes wrong before, also a power cut, leaves no half-made demo to be served.
    private static async Task Make(string[] settings, Place place, CancellationToken stopped)
    {
        // A server that runs takes the signals for itself, and the one that is posted to here is not the one that its user wants to stop.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopped);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        var cancellation = stop.Token;
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            _ = stop.CancelAsync();
        }

        var making = $"{place.File}.{Environment.ProcessId}.making";
        var made = $"{place.File}.{Environment.ProcessId}.made";
        try
        {
            await using (var app = Program.Build([.. place.Passing(settings, making), "--urls=http://127.0.0.1:0"], builder => builder.Logging.ClearProviders()))
            {
                await app.Services.GetRequiredService<SchemaDeployment>().Deploy(cancellation);
                await app.StartAsync(cancellation);
                var organisations = app.Services.GetRequiredService<OrganisationStore>();
                var organisationId = await organisations.Create(DemoData.OrganisationCode, DemoData.OrganisationName, DemoData.TimeZone, cancellation);
                var key = await organisations.CreateKey(organisationId, Role.Manager, KeyName, null, cancellation);
                using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
                http.DefaultRequestHeaders.Add(ApiKeyAuthentication.HeaderName, key.ToString());
                await DemoData.Seed(http, Today(app), cancellation);
                await app.StopAsync(cancellation);
                await app.Services.GetRequiredService<Dialect>().Backup(made, cancellation);
            }

            cancellation.ThrowIfCancellationRequested();
            Delete(place.File);
            File.Move(made, place.File, overwrite: true);
        }
        finally
        {
            Delete(making);
            Delete(made);
        }
    }

    private static void Delete(string file)
    {
        // The log first: beside another file of that name it would be taken for that file's own.
        foreach (var path in new[] { file + "-wal", file + "-shm", file })
        {
            File.Delete(path);
        }
    }

    private static async Task<WebApplication> Deployed(string[] settings, CancellationToken cancellation)
    {
        try
        {
            return await Server.Deployed(settings, cancellation);
        }
        catch (SchemaException exception)
        {
            throw new SchemaException($"{exception.Message} Or make the demo anew: demo --fresh");
        }
    }

    private static async Task<string> Describe(WebApplication app, Place place, CancellationToken cancellation)
    {
        var organisations = app.Services.GetRequiredService<OrganisationStore>();
        var organisationId = (await organisations.IdOf(DemoData.OrganisationCode, cancellation))!.Value;
        await organisations.RevokeKeys(organisationId, KeyName, cancellation);
        var keys = new Dictionary<Role, ApiKey>();
        foreach (var (role, _) in Roles)
        {
            keys[role] = await organisations.CreateKey(organisationId, role, KeyName, null, cancellation);
        }

        var madeAt = await app.Services.GetRequiredService<Database>().Read(Scope.None, session => session.Single<string>(SelectMade, new { Code = DemoData.OrganisationCode }), cancellation);
        var today = Today(app);
        var made = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(DateTimeOffset.Parse(madeAt!, CultureInfo.InvariantCulture), TimeZoneInfo.FindSystemTimeZoneById(DemoData.TimeZone)).DateTime);
        await DemoFiles.Write(place.Folder, made, cancellation);
        var age = made == today ? "today; all dates are relative to that day." : $"on {made:yyyy-MM-dd}; all dates are relative to that day. For dates of today: demo --fresh";
        // An address to listen on everywhere is none to call.
        var url = app.Urls.First().Replace("0.0.0.0", "localhost", StringComparison.Ordinal).Replace("[::]", "localhost", StringComparison.Ordinal).TrimEnd('/');
        var reader = $"curl -s -H \"{ApiKeyAuthentication.HeaderName}: {keys[Role.Reader]}\"";
        var writer = $"curl -s -H \"{ApiKeyAuthentication.HeaderName}: {keys[Role.Writer]}\" -H \"Content-Type: application/json\"";
        var fact = $$"""{"project":"refonte-site","kpi":"session-duration","date":"{{today:yyyy-MM-dd}}","numerator":60400,"denominator":400}""";
        var import = $"{CommandLine.Invocation} import";
        var target = $"--url {url} --key {keys[Role.Writer]}";
        return $"""
            {DemoData.OrganisationName}: a demo company with one finished and three running projects, and one that waits for its first import.
            Made {age}

              API         {url}/v1
              Swagger UI  {url}/swagger
              Pack        {url}/v1/projects/refonte-site/pack (the month on two sheets; in a browser, any user name and the reader key as password)
              Database    {place.File}

            Keys, made anew at each start (send one as header {ApiKeyAuthentication.HeaderName}):
            {string.Join(Environment.NewLine, Roles.Select(role => $"  {role.Role.ToString().ToLowerInvariant(),-8}  {keys[role.Role]}  {role.Does}"))}

            Copy and paste:

            # Every project at a glance: who is on track, at risk, behind
            {reader} "{url}/v1/portfolio"

            # The finished one: order value +12 %, reminder calls 3 to 1.2 per invoice, continue
            {reader} "{url}/v1/projects/paiement-en-ligne/steering"

            # ... and its return: 2.4 for each euro
            {reader} "{url}/v1/projects/paiement-en-ligne/roi"

            # Every week of every KPI as a table for Excel, Power BI or Looker Studio
            {reader} "{url}/v1/feeds/kpi-weeks?format=csv"

            # Post a fact; again, and nothing doubles
            {writer} "{url}/v1/measurements" -d '{fact}'

            # An export of an ERP (semicolons, 1 234,56, 31/12/2025, Windows-1252, a total at the foot): revenue and orders of the month before a start. One line is bad
            {import} "{Path.Combine(place.Folder, DemoFiles.Orders)}" --profile {DemoFiles.Profile} {target}

            # Accounting entries (FEC): what that project costs and brings
            {import} "{Path.Combine(place.Folder, DemoFiles.Fec)}" --profile fec --project {DemoFiles.Project} {target}

            # ... and its baseline is there
            {reader} "{url}/v1/projects/{DemoFiles.Project}/baseline"

            Ctrl+C stops it.

            """.ReplaceLineEndings();
    }

    private static DateOnly Today(WebApplication app) =>
        OrganisationCalendar.Today(app.Services.GetRequiredService<TimeProvider>(), TimeZoneInfo.FindSystemTimeZoneById(DemoData.TimeZone));

    /// <summary>The demo's database: the one of the settings if they name one, else a file of its own beside the user's.</summary>
    private sealed record Place(string File, bool IsGiven, string ConnectionString)
    {
        public string Folder => Path.GetDirectoryName(File)!;

        public static async Task<Place> Of(string[] settings)
        {
            await using var app = Program.Build(settings);
            if (app.Configuration.GetConnectionString("Kpi") is not { Length: > 0 } given)
            {
                return new Place(Path.Combine(StorageServices.DataFolder(), "demo.db"), false, "");
            }

            // The engine reads the string first and says what is wrong with it.
            if (app.Services.GetRequiredService<Dialect>().File is null)
            {
                throw new ConfigurationException("Database:Provider: the demo is a file of its own, so it wants sqlite. On a server: serve.");
            }

            var parts = new DbConnectionStringBuilder { ConnectionString = given };
            foreach (var name in new[] { DataSource, "DataSource", "Filename" })
            {
                if (parts.TryGetValue(name, out var file))
                {
                    parts.Remove(name);
                    return new Place(Path.GetFullPath(file.ToString()!), true, parts.ConnectionString);
                }
            }

            throw new ConfigurationException("ConnectionStrings:Kpi: Data Source must name a file.");
        }

        /// <summary>The settings, with this database.</summary>
        public string[] Settings(string[] settings) => With(settings, new DbConnectionStringBuilder { ConnectionString = ConnectionString, [DataSource] = File });

        /// <summary>The settings, with a file that is deleted later in this process: a pool would keep it open and hand it out again.</summary>
        public string[] Passing(string[] settings, string file) => With(settings, new DbConnectionStringBuilder { ConnectionString = ConnectionString, [DataSource] = file, ["Pooling"] = false });

        private static string[] With(string[] settings, DbConnectionStringBuilder parts) => [.. settings, $"--ConnectionStrings:Kpi={parts.ConnectionString}"];
    }
}
