using TinySora.Engine.Configuration;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Devices;

/// <summary>Decides whether <c>trainer.amp</c> turns on bfloat16 on a device.</summary>
public static class MixedPrecisionPolicy
{
    /// <summary>The answer that tests assume instead of measuring; <c>null</c> to measure. libtorch computes bfloat16 on every processor.</summary>
    internal static bool? Assumed { get; set; }

    /// <summary>
    /// Whether bfloat16 is faster than float32 on a device: on GPUs, and on processors where <see cref="PrecisionSpeed"/> measures that it is.
    /// </summary>
    public static bool IsBFloat16Faster(Device device) =>
        device.type == DeviceType.CUDA || (device.type == DeviceType.CPU && (Assumed ?? PrecisionSpeed.Here.IsBFloat16Faster));

    /// <summary>Whether layers on a device compute in bfloat16.</summary>
    public static bool IsOn(this MixedPrecision amp, Device device) => amp switch
    {
        MixedPrecision.Off => false,
        MixedPrecision.Always => true,
        _ => IsBFloat16Faster(device),
    };

    /// <inheritdoc cref="Precision.Use"/>
    public static IDisposable Use(this MixedPrecision amp, Device device) => Precision.Use(amp.IsOn(device));

    /// <inheritdoc cref="Precision.UseWithFixedWeights"/>
    public static IDisposable UseWithFixedWeights(this MixedPrecision amp, Device device) => Precision.UseWithFixedWeights(amp.IsOn(device));
}
