using System.Diagnostics;

namespace TinySora.Benchmarks;

/// <summary>Runs TinySora or the peer in a separate process and keeps the measurements of every round.</summary>
internal sealed class Runner
{
    private readonly Dictionary<Job, List<Measurement>> results = [];

    public static string Root { get; } = FindRoot();

    /// <summary>Returns the median seconds per step over all rounds.</summary>
    public double Seconds(Job job) => Median(results[job].SelectMany(m => m.Seconds));

    /// <summary>Returns the median peak memory over all rounds, in MiB.</summary>
    public double PeakMib(Job job) => Median(results[job].Select(m => m.PeakMib));

    /// <summary>Returns, for each round, the times of the cases in <see cref="KernelCase.All"/>.</summary>
    public IEnumerable<KernelTime[]> Kernels(Job job) => results[job].Select(m => m.Kernels);

    /// <inheritdoc cref="Measurement.SettledMib"/>
    public double SettledMib(Job job) => Median(results[job].Select(m => m.SettledMib));

    public void Run(Job job)
    {
        var start = new ProcessStartInfo(job.Peer?.Python ?? Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Root,
        };
        string[] program = job.Peer is null ? ["work"] : [Path.Combine(Root, "benchmarks", "peer.py"), "--threads", $"{job.Threads}"];
        string[] compiled = job.Peer?.IsCompiled == true ? ["--compile"] : [];
        foreach (var argument in program.Concat(compiled).Concat(job.Arguments.Split(' ')))
        {
            start.ArgumentList.Add(argument);
        }

        // Set these variables here, because OpenMP reads them when the process starts.
        start.Environment["TINYSORA_THREADS"] = start.Environment["OMP_NUM_THREADS"] = job.Threads.ToString();
        if (job.IsOfOperators)
        {
            start.Environment["TINYSORA_KERNELS"] = "none";
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{job} failed with exit code {process.ExitCode}.");
        }

        var lastLine = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        if (!results.TryGetValue(job, out var list))
        {
            results[job] = list = [];
        }

        list.Add(Measurement.Parse(lastLine));
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Returns the root of the repository or of the GPU kit.</summary>
    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "benchmarks", "peer.py")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("benchmarks/peer.py was not found in the folders above this program.");
    }
}
