namespace KpiApi.Storage;

internal static class StorageServices
{
    public static IServiceCollection AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(_ => Dialect.For(configuration["Database:Provider"] is { Length: > 0 } provider ? provider : "sqlite", ConnectionString(configuration)));
        services.AddSingleton<Database>();
        services.AddSingleton<SchemaDeployment>();
        return services;
    }

    /// <summary>The folder in which a user's databases live unless a connection string says otherwise.</summary>
    public static string DataFolder()
    {
        var local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(local.Length > 0 ? local : AppContext.BaseDirectory, "KpiApi");
    }

    private static string ConnectionString(IConfiguration configuration) =>
        configuration.GetConnectionString("Kpi") is { Length: > 0 } given ? given : "Data Source=" + Path.Combine(DataFolder(), "kpi.db");
}
