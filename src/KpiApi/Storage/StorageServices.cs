namespace KpiApi.Storage;

internal static class StorageServices
{
    public static IServiceCollection AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(_ => Usable(Dialect.For(Provider(configuration), ConnectionString(configuration), configuration.GetConnectionString("KpiReadOnly"))));
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

    private static string Provider(IConfiguration configuration) => configuration["Database:Provider"] is { Length: > 0 } provider ? provider.ToLowerInvariant() : "sqlite";

    private static string ConnectionString(IConfiguration configuration) =>
        configuration.GetConnectionString("Kpi") is { Length: > 0 } given ? given
        : Provider(configuration) == "sqlite" ? "Data Source=" + Path.Combine(DataFolder(), "kpi.db")
        : "";

    // The engine needs the folder too, for its log, and would tell of neither in words that name the setting.
    private static Dialect Usable(Dialect dialect)
    {
        if (dialect.File is not { } file)
        {
            return dialect;
        }

        var mayTell = !HoldsMore(file);
        var named = mayTell ? file : "the file named by Data Source";
        try
        {
            var folder = Path.GetDirectoryName(file) ?? throw new ConfigurationException("ConnectionStrings:Kpi: Data Source must name a file.");
            if (Directory.Exists(file))
            {
                throw new ConfigurationException($"ConnectionStrings:Kpi: {named} is a folder; Data Source must name a file.");
            }

            if (System.IO.File.Exists(file) && new FileInfo(file).IsReadOnly)
            {
                throw new ConfigurationException($"ConnectionStrings:Kpi: {named} is read-only.");
            }

            Directory.CreateDirectory(folder);
            // A file of another name: to open and close the database's own would take the locks of this process from it.
            using var trial = new FileStream(Path.Combine(folder, $".{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return dialect;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            (dialect as IDisposable)?.Dispose();
            throw new ConfigurationException($"ConnectionStrings:Kpi: the folder of {named} cannot be made or written{(mayTell ? $" ({exception.Message.TrimEnd('.')})" : "")}.");
        }
    }

    // A password after a forgotten semicolon is part of the file's name. What says so is not repeated.
    private static bool HoldsMore(string file) => file.Contains('=', StringComparison.Ordinal) || ((string[])["password", "pwd", "secret", "token"]).Any(word => file.Contains(word, StringComparison.OrdinalIgnoreCase));
}
