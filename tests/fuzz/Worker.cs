using TinySora.Chaos;

namespace TinySora.Fuzz;

/// <summary>Folders that are kept between runs: inputs with new branches, and findings.</summary>
internal sealed class Kept(string folder)
{
    public string Findings => Directory.CreateDirectory(Path.Combine(folder, "findings")).FullName;

    public string CorpusOf(Format format) => Directory.CreateDirectory(Path.Combine(folder, "corpus", format.Name)).FullName;
}

/// <summary>Process that reads inputs, format after format, until its time is over.</summary>
/// <param name="work">Folder of the current input; the tally is next to it.</param>
internal sealed class Worker(Campaign campaign, Kept kept, string work)
{
    /// <summary>See <see cref="Judge"/>.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <summary>Maximum number of bytes that the process may hold between inputs, including 300 MiB for libtorch.</summary>
    private const long MaxMemory = 2L << 30;

    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);

    public int Run(FuzzedFormats formats)
    {
        Coverage.Begin();
        Judge judge = new(work, Longest);
        var trials = formats.All.Where(format => campaign.Takes("--format", format.Name)).Select(format => Begin(format, judge)).ToList();
        while (!campaign.IsOver)
        {
            foreach (var trial in trials)
            {
                var end = campaign.Elapsed + Turn;
                while (campaign.Elapsed < end && !campaign.IsOver)
                {
                    Coverage.Clear();
                    if (trial.Next() is byte[] input)
                    {
                        File.WriteAllBytes(Path.Combine(kept.CorpusOf(trial.Format), Trial.NameOf(input)), input);
                    }
                }

                Save(trial);
            }

            File.WriteAllLines(work + ".txt", trials.Select(trial => $"{trial.Format.Name} {trial.Count} {trial.Kept}"));
            if (Environment.WorkingSet > MaxMemory)
            {
                Console.WriteLine($"The process holds {Environment.WorkingSet >> 20} MiB.");
                return 1;
            }
        }

        return 0;
    }

    private Trial Begin(Format format, Judge judge)
    {
        var seen = new byte[1 << 16];
        Trial trial = new(format, campaign.Seed, judge, () => Coverage.IsNew(seen));
        Coverage.Clear();
        trial.Begin(Directory.GetFiles(kept.CorpusOf(format)).Order(StringComparer.Ordinal).Select(File.ReadAllBytes));
        Save(trial);
        return trial;
    }

    /// <summary>Saves the findings of a trial since the last call.</summary>
    private void Save(Trial trial)
    {
        foreach (var (problem, file) in trial.Findings)
        {
            var path = Path.Combine(kept.Findings, $"{trial.Format.Name}-{Trial.NameOf(file)}{Path.GetExtension(trial.Format.FileName)}");
            File.WriteAllBytes(path, file);
            campaign.Report($"{trial.Format.Name}: {problem}\n  {path}");
        }

        trial.Findings.Clear();
    }
}
