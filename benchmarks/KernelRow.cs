using System.Globalization;
using TinySora.Engine.Compute.Devices;
using static TorchSharp.torch;

namespace TinySora.Benchmarks;

/// <summary>The third table: each kernel compared with the operators that it replaces, at the size where it gains least.</summary>
internal static class KernelRow
{
    /// <summary>Relative difference between repeated measurements of identical work.</summary>
    private const double Noise = 0.05;

    public static IReadOnlyList<Job> Jobs { get; } =
    [
        .. from precision in MixedPrecisionPolicy.IsBFloat16Faster(CPU) ? new[] { "float32", "bfloat16" } : ["float32"]
           from threads in new[] { 1, 2 }
           select Job.Ours(threads, $"kernels {precision}"),
    ];

    public static IEnumerable<string> Table(Runner runner) =>
    [
        "| forward and backward | gains least at | operators | kernel | ratio | gains most |",
        "|---|---|---|---|---|---|",
        .. from job in Jobs from line in Lines(runner, job) select line,
    ];

    private static IEnumerable<string> Lines(Runner runner, Job job)
    {
        var rounds = runner.Kernels(job).ToList();
        var cases = KernelCase.All.Select((kernelCase, i) => (
            Case: kernelCase,
            Kernel: Runner.Median(rounds.Select(round => round[i].Kernel)),
            Operators: Runner.Median(rounds.Select(round => round[i].Operators))));
        foreach (var sizes in cases.GroupBy(c => c.Case.Kernel))
        {
            var worst = sizes.MinBy(c => c.Operators / c.Kernel);
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"| {sizes.Key}, {job.Arguments.Split(' ')[1]}, {(job.Threads == 1 ? "one thread" : "two threads")} | {worst.Case.Size} | "
                + $"{Row.Text(worst.Operators * 1000)} ms | {Row.Text(worst.Kernel * 1000)} ms | "
                + $"{worst.Operators / worst.Kernel:0.00}{(worst.Operators / worst.Kernel < 1 - Noise ? ", slower" : "")} | "
                + $"{sizes.Max(c => c.Operators / c.Kernel):0.0} |");
        }
    }
}
