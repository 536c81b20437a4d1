namespace TinySora.Benchmarks;

/// <summary>Measures everything in turn, several rounds, so that a machine's moods meet both sides; prints medians and ratios.</summary>
internal static class Comparison
{
    public static void Run(int rounds)
    {
        var runner = new Runner();
        var jobs = Row.All.SelectMany(row => row.Jobs).Distinct().ToList();
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var job in jobs)
            {
                Console.Error.WriteLine($"Round {round} of {rounds}: {job}");
                runner.Run(job);
            }
        }

        Console.WriteLine("| | before | now | ratio | wanted |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var row in Row.All)
        {
            var (before, now) = (row.Before(runner), row.Now(runner));
            var missed = before / now < row.AtLeast ? ", missed" : "";
            Console.WriteLine(FormattableString.Invariant(
                $"| {row.Name} | {Text(before)} {row.Unit} | {Text(now)} {row.Unit} | {before / now:0.00} | {row.AtLeast:0.00}{missed} |"));
        }
    }

    private static string Text(double value) => value.ToString(value < 1000 ? "G3" : "F0", System.Globalization.CultureInfo.InvariantCulture);
}
