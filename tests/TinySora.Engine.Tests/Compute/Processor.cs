using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Native;

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
        if (isOneDnnHeldBack)
        {
            ConvolutionBackends.SwitchOneDnn(isOn: false);
        }
    }

    public void Dispose()
    {
        MixedPrecisionPolicy.Assumed = had;
        ConvolutionBackends.SwitchOneDnn(!ConvolutionBackends.IsOneDnnOff);
    }
}
