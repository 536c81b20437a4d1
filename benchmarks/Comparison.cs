namespace TinySora.Benchmarks;

/// <summary>
/// Runs all measurements in turn for several rounds, so that other load on the machine affects TinySora and PyTorch alike. Prints medians and ratios.
/// </summary>
internal static class Comparison
{
    public static void Run(int rounds)
    {
        var runner = new Runner();
        var jobs = Row.All.SelectMany(row => row.Jobs).Concat(OwnRow.All.SelectMany(row => row.Jobs)).Concat(KernelRow.Jobs).Distinct().ToList();
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var job in jobs.Where(job => round == 1 || !job.IsOnce))
            {
                Console.Error.WriteLine($"Round {round} of {rounds}: {job}");
                runner.Run(job);
            }
        }

        foreach (var table in new[] { Row.Table(runner), OwnRow.Table(runner), KernelRow.Table(runner) })
        {
            Console.WriteLine();
            Console.WriteLine(string.Join(Environment.NewLine, table));
        }
    }
}
