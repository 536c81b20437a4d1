using System.Runtime.InteropServices;
using TinySora.Engine.Compute;

namespace TinySora.Engine.Tests.Compute;

/// <summary>Until disposed, the policy of precision takes the processor to have bfloat16 or not, whatever it has.</summary>
internal sealed class Processor : IDisposable
{
    private readonly bool had = Precision.ProcessorHasBFloat16;

    // libtorch asks the processor whether oneDNN has bfloat16. A oneDNN that was told to do without AVX-512 refuses then, which no
    // processor without AVX-512 makes it do; so libtorch computes without it.
    private readonly bool isOneDnnHeldBack = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("ONEDNN_MAX_CPU_ISA"));

    public Processor(bool hasBFloat16)
    {
        Precision.ProcessorHasBFloat16 = hasBFloat16;
        UseOneDnn(!isOneDnnHeldBack);
    }

    public void Dispose()
    {
        Precision.ProcessorHasBFloat16 = had;
        UseOneDnn(true);
    }

    private void UseOneDnn(bool enabled)
    {
        if (isOneDnnHeldBack)
        {
            SetUserEnabledMkldnn(GlobalContext(), enabled);
        }
    }

    // at::globalContext() and at::Context::setUserEnabledMkldnn(bool), by their C++ names: no operator does it.
    [DllImport("libtorch_cpu", EntryPoint = "_ZN2at13globalContextEv")]
    private static extern nint GlobalContext();

    [DllImport("libtorch_cpu", EntryPoint = "_ZN2at7Context20setUserEnabledMkldnnEb")]
    private static extern void SetUserEnabledMkldnn(nint context, [MarshalAs(UnmanagedType.U1)] bool enabled);
}
