using TinySora.Engine.Compute.Devices;
using TorchSharp;

namespace TinySora.Benchmarks;

/// <summary>
/// Prints the table of the GPU report: the same work done once by TinySora and once by PyTorch, on the device in TINYSORA_DEVICE. Each line is printed as
/// soon as it is measured. If a measurement fails, its error message replaces the result.
/// </summary>
internal static class DeviceComparison
{
    private static readonly (string Name, string Work)[] Works =
    [
        ("published network, training step of 2 clips", "train default"),
        ("published network, guided sampling step", "sample default"),
        ("small preset, training step of 16 clips", "train shapes-small"),
        ("Latte-S/2, training step of 4 clips of latents", "train latte-s2"),
        ("Latte-S/2, guided sampling step", "sample latte-s2"),
        ("ST-DiT of depth 6, width 768, training step of 4 clips of latents", "train st-dit-768"),
        ("minisora's s4t4_b_vq, training step of 2 clips of 16 x 64 x 64", "train minisora-vqvae"),
        ("nanoGPT of 8 layers, width 768, training step of 4 windows of 512 tokens", "train nanogpt-768"),
        ("nanoGPT of 8 layers, width 768, token after a window of 512", "sample nanogpt-768"),
        ("Mamba of 8 layers, width 768, training step of 4 windows of 512 tokens", "train mamba-768"),
    ];

    /// <summary>The work to measure with torch.compile, which takes minutes to compile each network.</summary>
    private static readonly string[] Compiled = ["train default", "train latte-s2", "train st-dit-768", "train nanogpt-768"];

    /// <param name="filter">Text that the name or the work of a line must contain; empty for all lines.</param>
    public static void Run(bool isCompiled, string filter)
    {
        var peer = Peer.All.FirstOrDefault(peer => peer.IsCompiled == isCompiled);
        var isGpu = Worker.Device.type == DeviceType.CUDA;
        string[] precisions = isGpu || MixedPrecisionPolicy.IsBFloat16Faster(Worker.Device) ? ["float32", "bfloat16"] : ["float32"];
        if (peer is null)
        {
            Console.WriteLine("This PyTorch does not have torch.compile.");
            return;
        }

        Console.WriteLine($"Seconds on {Worker.Device}, one process at a time{(isGpu ? "; float32 with TF32" : "")}.");
        Console.WriteLine($"After the seconds: peak memory of the {(isGpu ? "GPU" : "process")} in MiB.");
        Console.WriteLine();
        Console.WriteLine($"| | TinySora | {peer} | ratio |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var precision in precisions)
        {
            foreach (var (name, work) in Works.Where(line => (!isCompiled || Compiled.Contains(line.Work)) && $"{line.Name} {line.Work}".Contains(filter)))
            {
                Console.WriteLine(Line($"{name}, {precision}", work, precision, peer));
            }
        }
    }

    private static string Line(string name, string work, string precision, Peer peer)
    {
        var runner = new Runner();
        var (kind, preset) = (work.Split(' ')[0], work.Split(' ')[1]);
        var (ours, first) = Measure(Job.Ours(Environment.ProcessorCount, $"{work} {precision}"));
        var (theirs, second) = Measure(new Job(peer, Environment.ProcessorCount, $"{kind} --preset {preset} --precision {precision} --warmup 3"));
        return FormattableString.Invariant($"| {name} | {first} | {second} | {theirs / ours:0.00} |");

        (double Seconds, string Text) Measure(Job job)
        {
            try
            {
                runner.Run(job);
                return (runner.Seconds(job), FormattableString.Invariant($"{Row.Text(runner.Seconds(job))} s, {runner.PeakMib(job):0}"));
            }
            catch (InvalidOperationException failure)
            {
                return (double.NaN, failure.Message);
            }
        }
    }
}
