using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Devices;

/// <summary>
/// Speed of training linear layers and convolutions in float32 and bfloat16, in GFLOP/s. The processor's feature flags are not sufficient: some processors that
/// support bfloat16 multiply float32 values faster. The speed is measured once per processor and version, and stored for the user.
/// </summary>
public sealed record PrecisionSpeed(double Float32Product, double BFloat16Product, double Float32Convolution, double BFloat16Convolution)
{
    /// <summary>Minimum ratio of speeds for using bfloat16. It must exceed the measurement error.</summary>
    private const double Gain = 1.05;

    private const int Rounds = 5;
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(400);
    private static readonly Lazy<PrecisionSpeed> Measured = new(() => Load(DefaultPath, Key()));

    /// <summary>The speed on this machine. The first use on a machine measures it, which takes less than half a second.</summary>
    public static PrecisionSpeed Here => HasBFloat16 ? Measured.Value : new(0, 0, 0, 0);

    [JsonIgnore]
    public bool IsBFloat16Faster => BFloat16Product > Gain * Float32Product && BFloat16Convolution > Gain * Float32Convolution;

    /// <summary>The precision that <c>trainer.amp: true</c> uses on this processor, and the reason for it.</summary>
    [JsonIgnore]
    public string Reason => !HasBFloat16 ? "float32: the processor does not support bfloat16"
        : FormattableString.Invariant($"{(IsBFloat16Faster ? "bfloat16" : "float32")}: compared with float32, bfloat16 is ")
            + FormattableString.Invariant($"{BFloat16Product / Float32Product:0.0} times as fast in linear layers and ")
            + FormattableString.Invariant($"{BFloat16Convolution / Float32Convolution:0.0} times as fast in convolutions");

    /// <summary>
    /// Whether the processor has instructions for bfloat16 (AVX512_BF16). CPUID leaf 7, subleaf 1, EAX bit 5; .NET has no class of intrinsics for it.
    /// <c>Avx512F.IsSupported</c> also checks that the operating system saves the registers.
    /// </summary>
    internal static bool HasBFloat16 { get; } = X86Base.IsSupported && Avx512F.IsSupported && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;

    private static string DefaultPath => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "TinySora", "precision.json");

    /// <summary>Returns the stored speed for a processor, or measures it. If the file cannot be read or written, the speed is measured again.</summary>
    /// <param name="key">Processor, its instructions, and the versions of the libraries.</param>
    internal static PrecisionSpeed Load(string path, string key)
    {
        var stored = BusyFile.ReadJson<Dictionary<string, PrecisionSpeed>>(path, JsonSerializerOptions.Default) ?? [];
        if (stored.TryGetValue(key, out var speed))
        {
            return speed;
        }

        stored[key] = speed = Measure();
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            AtomicFile.WriteText(path, JsonSerializer.Serialize(stored), (_, e) => RuntimeErrors.FileFailed(e));
        }
        catch (Exception e) when (FileFailure.Is(e) || e is TinySoraException)
        {
            // The next process measures again.
        }

        return speed;
    }

    /// <summary>Measures the speed with the current number of threads. Precisions alternate, and the fastest of several rounds counts.</summary>
    internal static PrecisionSpeed Measure()
    {
        using var scope = NewDisposeScope();
        using var gradients = enable_grad();
        var (rows, clip) = (Numbers(1024, 256), Numbers(2, 4, 16, 16, 64));
        var (matrix, taps, bias) = (Numbers(512, 256), Numbers(64, 3, 3, 64).permute(0, 3, 1, 2), Numbers(64));
        var trials = new Func<(Tensor Result, Tensor Weight)>[]
        {
            () => (Multiply(rows, matrix), matrix),
            () => (Convolve(clip, taps, bias), taps),
        };
        double[] flops = [6.0 * 1024 * 256 * 512, 6.0 * 2 * 4 * 16 * 16 * 64 * 64 * 9];
        var seconds = new double[trials.Length, 2];
        var clock = Stopwatch.StartNew();
        for (var round = 0; round <= Rounds && (round < 2 || clock.Elapsed < Longest); round++)
        {
            for (var i = 0; i < 2 * trials.Length; i++)
            {
                var (kind, precision) = (i / 2, i % 2);
                var time = Seconds(trials[kind], isBFloat16: precision == 1);
                seconds[kind, precision] = round <= 1 ? time : Math.Min(seconds[kind, precision], time); // round 0 prepares the libraries
            }
        }

        double Speed(int kind, int precision) => Math.Round(flops[kind] / seconds[kind, precision] / 1e9, 1);
        return new PrecisionSpeed(Speed(0, 0), Speed(0, 1), Speed(1, 0), Speed(1, 1));
    }

    /// <summary>Identifies the processor, its instructions, the kernels and libtorch.</summary>
    private static string Key()
    {
        var name = new byte[48];
        for (var part = 0; part < 3; part++)
        {
            var words = MemoryMarshal.Cast<byte, int>(name.AsSpan(16 * part, 16));
            (words[0], words[1], words[2], words[3]) = X86Base.CpuId(unchecked((int)0x80000002) + part, 0);
        }

        var (model, features, more) = (X86Base.CpuId(1, 0).Eax, X86Base.CpuId(7, 0), X86Base.CpuId(7, 1).Eax);
        var kernels = KernelLibrary.Instance.Problem is null ? KernelLibrary.Instance.Processors : "no kernels";
        return $"{Encoding.ASCII.GetString(name).Trim('\0', ' ')}, {model:x}-{features.Ebx:x}-{features.Edx:x}-{more:x}, {TorchBuild.Version}, "
            + $"{kernels}, {typeof(PrecisionSpeed).Assembly.GetName().Version}";
    }

    private static double Seconds(Func<(Tensor Result, Tensor Weight)> work, bool isBFloat16)
    {
        using var scope = NewDisposeScope();
        using var precision = Precision.Use(isBFloat16);
        var start = Stopwatch.GetTimestamp();
        var (result, weight) = work();
        autograd.grad([result], [weight], [ones_like(result)]);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static Tensor Numbers(params long[] shape) => SampleNumbers.Create(shape).requires_grad_();

    private static Tensor Multiply(Tensor x, Tensor weight)
    {
        var rows = Precision.ToComputeType(x);
        return Kernels.CanMultiply(rows, weight) ? Kernels.Multiply(rows, weight, null) : nn.functional.linear(rows, Precision.ToComputeType(weight));
    }

    private static Tensor Convolve(Tensor x, Tensor weight, Tensor bias)
    {
        var clip = Precision.ToComputeType(x);
        return Kernels.CanConvolve(clip, weight, stride: 1, padding: 1)
            ? Kernels.Convolve(clip, weight, bias, padding: 1)
            : nn.functional.conv2d(clip.flatten(0, 1).permute(0, 3, 1, 2), Precision.ToComputeType(weight), Precision.ToComputeType(bias), padding: [1, 1]);
    }
}
