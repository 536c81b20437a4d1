using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using static TorchSharp.torch;

namespace TinySora.Engine.Generation;

/// <summary>
/// Conditions that, in addition to the recipe's settings, affect rounding in a video: libraries divide sums among threads, and choose the order of summation
/// by the processor's instruction set. The property names match those of the recipe.
/// </summary>
/// <param name="Threads">Number of sampling threads. It and the processor are <c>null</c> on a GPU. Values missing from a recipe are also <c>null</c>.</param>
/// <param name="Processor">Widest vector instruction set: avx512, avx2, neon, or the name of the architecture.</param>
public sealed record SamplingConditions(
    int? Threads, string? Processor, string? LibTorchVersion, string? DeviceType, string? Precision)
{
    /// <summary>Returns the conditions of this process.</summary>
    /// <param name="amp">The model's <c>trainer.amp</c>.</param>
    internal static SamplingConditions Current(MixedPrecision amp, Device device) => EngineThread.Run(() =>
    {
        var isGpu = device.type != TorchSharp.DeviceType.CPU;
        return new SamplingConditions(
            isGpu ? null : get_num_threads(), isGpu ? null : Vectors(), TorchBuild.Version,
            device.type.ToString().ToLowerInvariant(), amp.IsOn(device) ? "bfloat16" : "float32");
    });

    /// <summary>Returns these conditions with the recipe's number of threads if this machine can run that many; otherwise returns them unchanged.</summary>
    internal SamplingConditions With(int? threads) =>
        Threads is int own && threads is int wanted && wanted >= 1 && wanted <= Math.Max(own, Environment.ProcessorCount)
            ? this with { Threads = wanted }
            : this;

    /// <summary>Returns the differences from a recipe, such as "libtorch 1.13.0 (here 2.6.0)"; values that the recipe does not record are omitted.</summary>
    /// <param name="recorded">Conditions in the recipe.</param>
    /// <param name="fixedThreads">Number of threads regardless of the recipe; <c>null</c> to use the recipe's.</param>
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
