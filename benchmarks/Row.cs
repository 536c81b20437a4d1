namespace TinySora.Benchmarks;

/// <summary>A line of the table: something before and now, and by what factor it should have become smaller.</summary>
/// <param name="Before">PyTorch's figure, at its better number of threads where the row says two.</param>
internal sealed record Row(
    string Name, string Unit, double AtLeast, Job[] Jobs, Func<Runner, double> Before, Func<Runner, double> Now)
{
    /// <summary>Milliseconds per training clip of a U-Net of the small preset's size in plain PyTorch: what we set out from.</summary>
    private const double PrototypeMilliseconds = 25;

    private const int SmallBatch = 16;

    public static IReadOnlyList<Row> All { get; } =
    [
        Step("training step, float32", "train", "float32", threads: 2, atLeast: 2),
        Step("training step, float32", "train", "float32", threads: 1, atLeast: 1.6),
        Step("training step, bfloat16 against float32", "train", "bfloat16", threads: 2, atLeast: 3.5),
        Step("training step, bfloat16 against float32", "train", "bfloat16", threads: 1, atLeast: 3),
        Step("guided sampling step, float32", "sample", "float32", threads: 2, atLeast: 3),
        Step("guided sampling step, bfloat16 against float32", "sample", "bfloat16", threads: 2, atLeast: 5),
        PeakMemory(),
        SmallPreset(),
        FewSteps(),
        SecondStart(),
        DataShare(),
        Overhead(),
        FlatMemory(),
    ];

    private static Job Peer(string work, int threads) => new(IsPeer: true, threads, $"{work} --threads {threads}");

    private static Row Step(string name, string work, string precision, int threads, double atLeast)
    {
        var ours = new Job(IsPeer: false, threads, $"{work} default {precision}");
        Job[] peers = [.. Enumerable.Range(1, threads).Select(count => Peer(work, count))];
        return new Row(
            $"{name}, {(threads == 1 ? "one thread" : "two threads")}", "s", atLeast, [.. peers, ours],
            runner => peers.Min(runner.Seconds), runner => runner.Seconds(ours));
    }

    private static Row PeakMemory()
    {
        var (peer, ours) = (Peer("train", 2), new Job(IsPeer: false, 2, "train default float32"));
        return new Row("peak memory of training", "MiB", 1 / 0.75, [peer, ours], runner => runner.PeakMib(peer), runner => runner.PeakMib(ours));
    }

    private static Row SmallPreset()
    {
        var ours = new Job(IsPeer: false, 2, "train shapes-small bfloat16");
        return new Row(
            "small preset, per training clip", "ms", PrototypeMilliseconds / 8, [ours],
            _ => PrototypeMilliseconds, runner => runner.Seconds(ours) / SmallBatch * 1000);
    }

    private static Row FewSteps()
    {
        Job Video(string how) => new(IsPeer: false, 2, $"video shapes-small bfloat16 {how}");
        var (thousand, few) = (Video("ddpm 1000"), Video("ddim 12"));
        return new Row(
            "prompt to GIF, ours: 12 steps of DDIM against 1000 of DDPM", "s", 25, [thousand, few],
            runner => runner.Seconds(thousand), runner => runner.Seconds(few));
    }

    private static Row SecondStart()
    {
        var (first, second) = (new Job(IsPeer: false, 2, "start first"), new Job(IsPeer: false, 2, "start second"));
        return new Row(
            "2000 clips until the first step, ours: second start against first", "s", 5, [first, second],
            runner => runner.Seconds(first), runner => runner.Seconds(second));
    }

    private static Row DataShare()
    {
        var (step, data) = (new Job(IsPeer: false, 2, "train shapes-small bfloat16"), new Job(IsPeer: false, 2, "data shapes-small"));
        return new Row(
            "small preset, ours: loading a batch of 16 clips against a whole step", "s", 1 / 0.02, [step, data],
            runner => runner.Seconds(step), runner => runner.Seconds(data));
    }

    private static Row Overhead()
    {
        var (step, tiny) = (new Job(IsPeer: false, 1, "train default float32"), new Job(IsPeer: false, 1, $"train {Worker.Tiny} float32"));
        return new Row(
            "training step, ours, one thread: all its operators on next to no numbers against the whole step", "s", 1 / 0.03, [step, tiny],
            runner => runner.Seconds(step), runner => runner.Seconds(tiny));
    }

    private static Row FlatMemory()
    {
        var tiny = new Job(IsPeer: false, 1, $"train {Worker.Tiny} float32");
        return new Row(
            "peak memory, ours: after 500 steps against after 2000", "MiB", 0.99, [tiny],
            runner => runner.SettledMib(tiny), runner => runner.PeakMib(tiny));
    }
}
