using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;
using static TorchSharp.torch;

namespace TinySora.Engine.Generation;

/// <summary>
/// What the last bits of a video depend on beside the settings of its recipe, under the same names as there: the libraries divide sums
/// among threads, and choose the order within them by the processor's instructions.
/// </summary>
/// <param name="Threads">Null on a GPU, as the processor; of a recipe anything may be null, which it does not say.</param>
/// <param name="Processor">The widest vectors that it has: avx512, avx2, neon, or the name of its architecture.</param>
public sealed record SamplingConditions(
    int? Threads, string? Processor, string? LibTorchVersion, string? DeviceType, string? Precision)
{
    /// <summary>The conditions of this process.</summary>
    /// <param name="amp">Whether the model's configuration asks for mixed precision.</param>
    internal static SamplingConditions Of(bool amp, Device device) => EngineThread.Run(() =>
    {
        var isGpu = device.type != TorchSharp.DeviceType.CPU;
        return new SamplingConditions(
            isGpu ? null : get_num_threads(), isGpu ? null : Vectors(), TorchBuild.Version,
            device.type.ToString().ToLowerInvariant(), amp && Compute.Precision.IsBFloat16Fast(device) ? "bfloat16" : "float32");
    });

    /// <summary>
    /// The conditions with the threads that a recipe was made with, where this machine can run them; otherwise those of this process.
    /// </summary>
    internal SamplingConditions With(int? threads) =>
        Threads is int own && threads is int wanted && wanted >= 1 && wanted <= Math.Max(own, Environment.ProcessorCount)
            ? this with { Threads = wanted }
            : this;

    /// <summary>What is other than a recipe says, "libtorch 1.13.0 (here 2.6.0)"; what it does not say is left out.</summary>
    /// <param name="recorded">The recipe's.</param>
    /// <param name="fixedThreads">How many there shall be whatever the recipe says; null: as many as it says.</param>
    public IReadOnlyList<string> Differences(SamplingConditions recorded, int? fixedThreads = null)
    {
        var here = With(fixedThreads ?? recorded.Threads);
        (string What, string? Here, string? Then)[] all =
        [
            ("processor", here.Processor, recorded.Processor), ("threads", $"{here.Threads}", $"{recorded.Threads}"),
            ("libtorch", here.LibTorchVersion, recorded.LibTorchVersion),
            ("device", here.DeviceType, recorded.DeviceType), ("precision", here.Precision, recorded.Precision),
        ];
        return
        [
            .. all.Where(item => !string.IsNullOrEmpty(item.Then) && !string.IsNullOrEmpty(item.Here) && item.Then != item.Here)
                .Select(item => $"{item.What} {item.Then} (here {item.Here})"),
        ];
    }

    private static string Vectors() =>
        Avx512F.IsSupported ? "avx512"
        : Avx2.IsSupported ? "avx2"
        : AdvSimd.IsSupported ? "neon"
        : RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
}
