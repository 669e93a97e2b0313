namespace KpiApi.Commands;

/// <summary>A demo organisation in its own database file.</summary>
internal static class Demo
{
    public static Task<int> Run(string[] settings, bool fresh, CancellationToken cancellation) => Server.Run(settings, cancellation);
}
