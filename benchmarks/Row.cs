using System.Globalization;
using System.Runtime.Intrinsics.X86;
using TinySora.Engine.Compute.Devices;

namespace TinySora.Benchmarks;

/// <summary>A line of the first table: the same work by TinySora and by PyTorch.</summary>
/// <param name="Wanted">
/// Target for the ratio of the first peer's figure to TinySora's: on processors with AVX-512, and on others. <c>null</c> if there is no target.
/// </param>
/// <param name="Work">Arguments for <see cref="Worker"/>.</param>
/// <param name="PeerWork">Arguments for peer.py.</param>
internal sealed record Row(string Name, string Unit, (double Wide, double Narrow)? Wanted, int Threads, string Work, string PeerWork)
{
    /// <summary>Function that returns the figure to compare from the results of a job.</summary>
    public Func<Runner, Job, double> Figure { get; init; } = (runner, job) => runner.Seconds(job);

    /// <summary>All rows. Those in bfloat16 are included only if the processor supports it; otherwise TinySora computes in float32.</summary>
    public static IReadOnlyList<Row> All { get; } =
    [
        .. Precisions.SelectMany(precision => new[]
        {
            Step("published network, training step", "train default", precision, 2, precision == "float32" ? (2, 1.8) : null),
            Step("published network, training step", "train default", precision, 1, precision == "float32" ? (1.6, 1.6) : null),
            Step("published network, guided sampling step", "sample default", precision, 2, precision == "float32" ? (3, 2.2) : null),
            Step("published network, sampling a clip in 10 guided steps", "clip default", precision, 2, null),
            Step("small preset, training step of 16 clips", "train shapes-small", precision, 2, precision == "float32" ? (3, 3) : null),
            Step("small preset, prompt to clip in 12 guided steps", "clip shapes-small", precision, 2, null),
        }),
        Autoencoder("minisora's s4t4_b_vq, training step of 2 clips of 16 x 64 x 64", "train minisora-vqvae"),
        Autoencoder("VideoGPT's VQ-VAE, training step of 2 clips of 16 x 64 x 64", "train videogpt-vqvae"),
        Autoencoder("the Latte tutorial's frame VAE and discriminator, training step of 8 frames of 72 x 128", "train latte-mnist-vae"),
        Autoencoder("minisora's s4t4_b_vq, encoding 32 frames of 128 x 128", "encode minisora-vqvae"),
        Autoencoder("minisora's s4t4_b_vq, decoding 32 frames of 128 x 128", "decode minisora-vqvae"),
        .. Precisions.SelectMany(precision => new[]
        {
            Transformer("Latte-S/2, training step of 4 clips of latents", "train latte-s2", precision),
            Transformer("Latte-S/2, guided sampling step", "sample latte-s2", precision),
            Transformer("ST-DiT of depth 6, width 768, training step of 4 clips of latents", "train st-dit-768", precision),
            Transformer("ST-DiT of depth 6, width 768, guided sampling step", "sample st-dit-768", precision),
            Transformer("DiT-S/8 with text, training step of 4 clips of vectors", "train dit-s8-concat", precision),
            Transformer("DiT-S/8 with text, guided sampling step", "sample dit-s8-concat", precision),
        }),
        .. Precisions.SelectMany(precision => new[]
        {
            Step("nanoGPT of 8 layers, width 768, training step of 4 windows of 512 tokens", "train nanogpt-768", precision, 2, Aim(precision, 1.3)),
            Step("nanoGPT of 8 layers, width 768, token after a window of 512", "sample nanogpt-768", precision, 2, Aim(precision, 20)),
            Step("Mamba of 8 layers, width 768, training step of 4 windows of 512 tokens", "train mamba-768", precision, 2, Aim(precision, 5)),
        }),
        Step("published network, peak memory of training", "train default", "float32", 2, (1 / 0.75, 1 / 0.75)) with
        {
            Unit = "MiB", Figure = (runner, job) => runner.PeakMib(job),
        },
    ];

    public Job Ours => Job.Ours(Threads, Work);

    /// <summary>The same work with libtorch's operators instead of the fused kernels.</summary>
    public Job Operators => Ours with { IsOfOperators = true };

    public IEnumerable<Job> Jobs => Peer.All.Where(IsMeasured).Select(Theirs).Append(Operators).Append(Ours);

    /// <summary>Returns the header of the table, then its rows.</summary>
    public static IEnumerable<string> Table(Runner runner) =>
    [
        $"| | TinySora | libtorch's operators | ratio |{string.Concat(Peer.All.Select(peer => $" {peer} | ratio |"))} target |",
        $"|---|---|---|---|{string.Concat(Peer.All.Select(_ => "---|---|"))}---|",
        .. All.Select(row => row.Line(runner)),
    ];

    public static string Text(double value) => value.ToString(value < 999.5 ? "G3" : "F0", CultureInfo.InvariantCulture);

    // Compiling takes minutes per network, so only steps on two threads are measured, once.
    private bool IsMeasured(Peer peer) => !peer.IsCompiled || (Threads == 2 && !Work.StartsWith("clip", StringComparison.Ordinal));

    private Job Theirs(Peer peer) => new(peer, Threads, PeerWork) { IsOnce = peer.IsCompiled };

    private string Line(Runner runner)
    {
        var (ours, operators) = (Figure(runner, Ours), Figure(runner, Operators));
        var theirs = Peer.All.Select(peer => IsMeasured(peer) ? Figure(runner, Theirs(peer)) : double.NaN).ToList();
        var columns = theirs.Select(figure => double.IsNaN(figure) ? " | |" : FormattableString.Invariant($" {Text(figure)} {Unit} | {figure / ours:0.00} |"));
        var wanted = Avx512F.IsSupported ? Wanted?.Wide : Wanted?.Narrow;
        var missed = theirs[0] / ours < wanted ? ", missed" : "";
        return FormattableString.Invariant(
            $"| {Name} | {Text(ours)} {Unit} | {Text(operators)} {Unit} | {operators / ours:0.00} |{string.Concat(columns)} {wanted:0.00}{missed} |");
    }

    private static string[] Precisions => MixedPrecisionPolicy.IsBFloat16Faster(TorchSharp.torch.CPU) ? ["float32", "bfloat16"] : ["float32"];

    private static (double, double)? Aim(string precision, double factor) => precision == "float32" ? (factor, factor) : null;

    private static Row Autoencoder(string name, string work) => Step(name, work, "float32", 2, (1.8, 1.8));

    /// <summary>Creates a row for latents of 8 frames of 16 x 16, with 4 or 256 channels.</summary>
    private static Row Transformer(string name, string work, string precision)
    {
        var wanted = work.StartsWith("sample", StringComparison.Ordinal) ? 2.5 : precision == "float32" ? 2 : 1.5;
        return Step(name, work, precision, 2, work.StartsWith("sample", StringComparison.Ordinal) && precision != "float32" ? null : (wanted, wanted));
    }

    private static Row Step(string name, string work, string precision, int threads, (double, double)? wanted)
    {
        var (kind, preset) = (work.Split(' ')[0], work.Split(' ')[1]);
        return new Row(
            $"{name}, {precision}, {(threads == 1 ? "one thread" : "two threads")}", "s", wanted, threads,
            $"{work} {precision}", $"{kind} --preset {preset} --precision {precision}");
    }
}
