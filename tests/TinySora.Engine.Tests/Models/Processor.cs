using TinySora.Engine.Models;

namespace TinySora.Engine.Tests.Models;

/// <summary>Until disposed, the policy of precision takes the processor to have bfloat16 or not, whatever it has.</summary>
internal sealed class Processor : IDisposable
{
    private readonly bool had = Precision.ProcessorHasBFloat16;

    public Processor(bool hasBFloat16) => Precision.ProcessorHasBFloat16 = hasBFloat16;

    public void Dispose() => Precision.ProcessorHasBFloat16 = had;
}
