using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace TinySora.Engine.Compute.Native;

/// <summary>
/// Turns off the libraries with which libtorch convolves, where they do not work. Some virtual machines hide the sizes of the processor's caches. There, NNPACK
/// prints a warning for each convolution. oneDNN (3.7) regards all weights as too large for the cache and rearranges them in another order, in which it
/// overwrites values with the zeros that fill up an incomplete block of channels.
/// </summary>
internal static class ConvolutionBackends
{
    /// <summary>Function that returns libtorch's global context, by the names that GCC and Visual C++ give it.</summary>
    private static readonly string[] Context = ["_ZN2at13globalContextEv", "?globalContext@at@@YAAEAVContext@1@XZ"];
    private static readonly string[] NnpackSwitch = ["_ZN2at7Context20setUserEnabledNNPACKEb", "?setUserEnabledNNPACK@Context@at@@QEAAX_N@Z"];
    private static readonly string[] OneDnnSwitch = ["_ZN2at7Context20setUserEnabledMkldnnEb", "?setUserEnabledMkldnn@Context@at@@QEAAX_N@Z"];

    /// <summary>Whether oneDNN is off because its results are wrong on this machine.</summary>
    public static bool IsOneDnnOff { get; private set; }

    /// <summary>Turns off NNPACK, and oneDNN if it convolves incorrectly, for the whole process. Must be called before other work convolves.</summary>
    public static void Choose()
    {
        // libtorch prefers oneDNN, so NNPACK gains nothing where it works.
        Switch(NnpackSwitch, isOn: false);
        IsOneDnnOff = IsOneDnnWrong() && SwitchOneDnn(isOn: false);
    }

    /// <returns>Whether libtorch has the switch.</returns>
    internal static bool SwitchOneDnn(bool isOn) => Switch(OneDnnSwitch, isOn);

    /// <summary>
    /// Whether a convolution with channels last, as in the layers, differs from the same convolution in float64, which does not use oneDNN. With AVX2, oneDNN
    /// computes blocks of 32 output channels, so the second block is incomplete. With AVX-512, only 1 x 1 convolutions with channels last are wrong; the
    /// layers multiply matrices instead.
    /// </summary>
    internal static bool IsOneDnnWrong()
    {
        using var scope = NewDisposeScope();
        using var nothing = no_grad();
        var (frames, taps) = (SampleNumbers.Create(2, 4, 4, 17).permute(0, 3, 1, 2), SampleNumbers.Create(40, 2, 2, 17).permute(0, 3, 1, 2));
        var expected = nn.functional.conv2d(frames.to(float64), taps.to(float64));
        var error = (nn.functional.conv2d(frames, taps) - expected).abs().max().item<double>();
        return double.IsNaN(error) || error > 1e-3;
    }

    private static unsafe bool Switch(string[] names, bool isOn)
    {
        if (!NativeLibrary.TryLoad("torch_cpu", typeof(torch).Assembly, null, out var library)
            || Find(library, Context) is not { } context || Find(library, names) is not { } change)
        {
            return false;
        }

        ((delegate* unmanaged<nint, byte, void>)change)(((delegate* unmanaged<nint>)context)(), isOn ? (byte)1 : (byte)0);
        return true;
    }

    private static nint? Find(nint library, string[] names) =>
        names.Select(name => NativeLibrary.TryGetExport(library, name, out var function) ? function : (nint?)null).FirstOrDefault(found => found is not null);
}
