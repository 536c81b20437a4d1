using System.Globalization;

namespace TinySora.Benchmarks;

/// <summary>A line of the second table: two measurements of TinySora.</summary>
/// <param name="First">Name and value of the first measurement.</param>
/// <param name="AtLeast">Minimum ratio of the first to the second; <c>null</c> if there is no target.</param>
internal sealed record OwnRow(
    string Name, string Unit, double? AtLeast, Job[] Jobs, (string Name, Func<Runner, double> Value) First, (string Name, Func<Runner, double> Value) Second)
{
    private const string Small = "shapes-small bfloat16";

    public static IReadOnlyList<OwnRow> All { get; } = [FewSteps(), Start(), DataShare(), Overhead(), FlatMemory()];

    public static IEnumerable<string> Table(Runner runner) =>
    [
        "| | | | ratio | target |",
        "|---|---|---|---|---|",
        .. All.Select(row =>
        {
            var (first, second) = (row.First.Value(runner), row.Second.Value(runner));
            var missed = first / second < row.AtLeast ? ", missed" : "";
            return string.Create(
                CultureInfo.InvariantCulture,
                $"| {row.Name} | {row.First.Name}: {Row.Text(first)} {row.Unit} | {row.Second.Name}: {Row.Text(second)} {row.Unit} | "
                + $"{first / second:0.00} | {row.AtLeast:0.00}{missed} |");
        }),
    ];

    private static OwnRow FewSteps()
    {
        var (thousand, few) = (Job.Ours(2, $"video {Small} ddpm 1000"), Job.Ours(2, $"video {Small} ddim 12"));
        return Of("small preset, prompt to GIF", 25, ("1000 steps of DDPM", thousand), ("12 steps of DDIM", few));
    }

    private static OwnRow Start() => Of(
        "2000 clips until the first step", null, ("decoding the clips", Job.Ours(2, "start first")), ("clips decoded earlier", Job.Ours(2, "start second")));

    private static OwnRow DataShare() => Of(
        "small preset, a step", 1 / 0.02, ("in total", Job.Ours(2, $"train {Small}")), ("loading 16 clips", Job.Ours(2, "data shapes-small")));

    private static OwnRow Overhead() => Of(
        "published network, a step on one thread", 1 / 0.03,
        ("in total", Job.Ours(1, "train default float32")), ("the same operators on tiny tensors", Job.Ours(1, $"train {Worker.Tiny} float32")));

    private static OwnRow FlatMemory()
    {
        var job = Job.Ours(1, $"train {Worker.Brief} float32") with { IsOnce = true };
        return new OwnRow(
            "peak memory of training", "MiB", 0.99, [job],
            ("after 1000 steps", runner => runner.SettledMib(job)), ("after 10 000", runner => runner.PeakMib(job)));
    }

    private static OwnRow Of(string name, double? atLeast, (string Name, Job Job) first, (string Name, Job Job) second) => new(
        name, "s", atLeast, [first.Job, second.Job],
        (first.Name, runner => runner.Seconds(first.Job)), (second.Name, runner => runner.Seconds(second.Job)));
}
