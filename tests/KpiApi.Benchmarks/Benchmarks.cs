namespace KpiApi.Benchmarks;

/// <summary>Figures as ratios to a limit that is measured in the same run: dotnet run -c Release --project tests/KpiApi.Benchmarks -- [parts of names]</summary>
internal static class Benchmarks
{
    private static readonly (string Name, Func<Task<bool>> Run)[] All =
    [
        ("single-posts", Ingestion.SinglePosts),
        ("batches", Ingestion.BatchesOf1000),
        ("full-days", Ingestion.FullDays),
        ("exports", Exports.Formats),
    ];

    public static async Task<int> Main(string[] args)
    {
        Console.WriteLine("| comparison | subject | limit | ratio (median, range of 5) | goal | |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
        var isMet = true;
        foreach (var (_, run) in All.Where(benchmark => args.Length == 0 || args.Any(word => benchmark.Name.Contains(word, StringComparison.OrdinalIgnoreCase))))
        {
            isMet &= await run();
        }

        return isMet ? 0 : 1;
    }
}
