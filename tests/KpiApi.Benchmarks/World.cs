using KpiApi.Access;
using KpiApi.Http;
using KpiApi.Measurements;
using KpiApi.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace KpiApi.Benchmarks;

/// <summary>The program on a file of its own, with one organisation, one project and two KPIs, asked without the network between.</summary>
internal sealed class World : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly WebApplication _app;

    private World(DirectoryInfo folder, WebApplication app)
    {
        _folder = folder;
        _app = app;
    }

    public string ConnectionString => $"Data Source={Path.Combine(_folder.FullName, "kpi.db")}";

    public MeasurementStore Measurements => _app.Services.GetRequiredService<MeasurementStore>();

    public Database Database => _app.Services.GetRequiredService<Database>();

    public Caller Caller { get; private set; } = null!;

    /// <summary>The series of the KPI <c>orders</c>.</summary>
    public long SeriesId { get; private set; }

    /// <param name="mostInGroup">Writes that may share a COMMIT.</param>
    public static async Task<World> Make(int mostInGroup = SqliteWriter.MostInGroup)
    {
        var folder = Directory.CreateTempSubdirectory("kpiapi-benchmark-");
        var connection = $"Data Source={Path.Combine(folder.FullName, "kpi.db")}";
        var app = Program.Build([$"--ConnectionStrings:Kpi={connection}"], builder =>
        {
            builder.Logging.ClearProviders();
            builder.Services.RemoveAll<Dialect>();
            builder.Services.AddSingleton<Dialect>(_ => new Sqlite(connection, mostInGroup));
        });
        await app.Services.GetRequiredService<SchemaDeployment>().Deploy(CancellationToken.None);
        var organisation = await app.Services.GetRequiredService<OrganisationStore>().Create("acme", "Acme", "Europe/Paris", CancellationToken.None);
        var world = new World(folder, app) { Caller = new Caller(organisation, Role.Manager, "benchmark", TimeZoneInfo.FindSystemTimeZoneById("Europe/Paris"), TimeProvider.System) };
        world.SeriesId = await world.Database.Write(world.Caller.Scope(), session => Fill(session), CancellationToken.None);
        return world;
    }

    /// <summary>Stores rows as a request does, from the text of its body on.</summary>
    public async Task<Receipt> Post(byte[] body)
    {
        var context = new DefaultHttpContext();
        context.Request.ContentType = "application/json";
        context.Request.Body = new MemoryStream(body);
        return await Measurements.Store(Caller, await Batch<MeasurementBody>.Read(context.Request, null, null, CancellationToken.None), CancellationToken.None);
    }

    /// <summary>Facts from the first days of March 2025 on, with the rollup of each.</summary>
    public Task<int> Fill(int facts, int days) => Database.Write(
        Caller.Scope(),
        async session =>
        {
            var first = new DateOnly(2025, 3, 1);
            var parameters = new { session.OrganisationId, SeriesId, facts, days, day = Days.Number(first), key = Days.Key(first), session.NowUtc };
            await session.Execute(
                """
                INSERT INTO Measurement (OrganisationId, SeriesId, Day, DateKey, TimestampUtc, Numerator, Denominator, Source, ExternalId, Note, CreatedAtUtc, UpdatedAtUtc, UpdatedBy)
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @facts)
                SELECT @OrganisationId, @SeriesId, @day + i % @days, @key + i % @days, NULL, 1000000, 1000000, 'fill', i, NULL, @NowUtc, @NowUtc, 'benchmark' FROM n
                """,
                parameters);
            return await session.Execute(
                """
                INSERT INTO KpiDayTotal (SeriesId, Day, Numerator, Denominator, FactCount, UpdatedAtUtc)
                SELECT SeriesId, Day, SUM(Numerator), SUM(Denominator), COUNT(MeasurementId), @NowUtc FROM Measurement WHERE SeriesId = @SeriesId GROUP BY SeriesId, Day
                """,
                parameters);
        },
        CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static async Task<long> Fill(Session session)
    {
        const string now = "2025-01-01T00:00:00Z";
        var activity = await session.Insert(
            "INSERT INTO Activity (OrganisationId, Code, Name, Version, CreatedAtUtc, UpdatedAtUtc) VALUES (@OrganisationId, 'shop', 'Shop', 1, @now, @now)", new { session.OrganisationId, now });
        var kpi = await session.Insert(
            """
            INSERT INTO Kpi (OrganisationId, Code, NameFr, NameEn, Domain, Unit, Direction, Aggregation, PerDays, LagDays, ThresholdKind, ThresholdValue, IsCatalog, Version, CreatedAtUtc, UpdatedAtUtc)
            VALUES (@OrganisationId, 'orders', 'Commandes', 'Orders', 'sales', 'orders', 'increase', 'sum', 1, 0, 'relative', 0.1, 0, 1, @now, @now)
            """,
            new { session.OrganisationId, now });
        return await session.Insert("INSERT INTO Series (OrganisationId, ProjectId, ActivityId, KpiId) VALUES (@OrganisationId, NULL, @activity, @kpi)", new { session.OrganisationId, activity, kpi });
    }
}
