using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Devices;

namespace TinySora.Engine.Tests.Compute;

/// <summary>Pretends that the processor does or does not support bfloat16, until it is disposed.</summary>
internal sealed class Processor : IDisposable
{
    private readonly bool? had = MixedPrecisionPolicy.Assumed;

    // libtorch checks the processor before it uses oneDNN for bfloat16. A oneDNN restricted to older instructions then fails, unlike one on
    // a processor without AVX-512; so oneDNN is disabled in this case.
    private readonly bool isOneDnnHeldBack = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("ONEDNN_MAX_CPU_ISA"));

    public Processor(bool hasBFloat16)
    {
        MixedPrecisionPolicy.Assumed = hasBFloat16;
        UseOneDnn(!isOneDnnHeldBack);
    }

    public void Dispose()
    {
        MixedPrecisionPolicy.Assumed = had;
        UseOneDnn(true);
    }

    private void UseOneDnn(bool enabled)
    {
        if (isOneDnnHeldBack)
        {
            SetUserEnabledMkldnn(GlobalContext(), enabled);
        }
    }

    // at::globalContext() and at::Context::setUserEnabledMkldnn(bool), by their C++ names: TorchSharp has no function for it.
    [DllImport("libtorch_cpu", EntryPoint = "_ZN2at13globalContextEv")]
    private static extern nint GlobalContext();

    [DllImport("libtorch_cpu", EntryPoint = "_ZN2at7Context20setUserEnabledMkldnnEb")]
    private static extern void SetUserEnabledMkldnn(nint context, [MarshalAs(UnmanagedType.U1)] bool enabled);
}
