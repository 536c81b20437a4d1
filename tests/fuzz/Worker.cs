using System.Diagnostics;

namespace TinySora.Fuzz;

/// <summary>The process that reads inputs, format after format, until its time is over.</summary>
internal static class Worker
{
    /// <summary>What the process may hold between inputs, in bytes; it begins with libtorch's 300 MiB.</summary>
    private const long MostMemory = 2L << 30;

    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);

    public static int Run(Words words)
    {
        Coverage.Begin();
        Judge judge = new(Directory.CreateDirectory(words.WorkFolder).FullName, words.Longest);
        var clock = Stopwatch.StartNew();
        var trials = new FuzzedFormats(words.Golden).All.Where(format => words.Takes(format.Name)).Select(format => Trial(words, format, judge)).ToList();
        while (clock.Elapsed < words.Time)
        {
            foreach (var trial in trials)
            {
                var (begin, before) = (clock.Elapsed, trial.Findings.Count);
                while (clock.Elapsed - begin < Turn && clock.Elapsed < words.Time)
                {
                    Coverage.Clear();
                    if (trial.Next() is byte[] kept)
                    {
                        File.WriteAllBytes(Path.Combine(words.CorpusOf(trial.Format), Fuzz.Trial.NameOf(kept)), kept);
                    }
                }

                trial.Findings.Skip(before).ToList().ForEach(finding => words.Save(trial.Format, finding.Problem, finding.File));
            }

            File.WriteAllLines(words.TallyOf(Environment.ProcessId), trials.Select(trial => $"{trial.Format.Name} {trial.Count} {trial.Kept}"));
            if (Environment.WorkingSet > MostMemory)
            {
                Console.WriteLine($"The process holds {Environment.WorkingSet >> 20} MiB.");
                return 1;
            }
        }

        return 0;
    }

    private static Trial Trial(Words words, Format format, Judge judge)
    {
        var seen = new byte[1 << 16];
        Trial trial = new(format, words.Seed, judge, () => Coverage.IsNew(seen));
        Coverage.Clear();
        trial.Begin(Directory.GetFiles(words.CorpusOf(format)).Order(StringComparer.Ordinal).Select(File.ReadAllBytes));
        trial.Findings.ForEach(finding => words.Save(format, finding.Problem, finding.File));
        return trial;
    }
}
