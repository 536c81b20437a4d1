using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Threads;

namespace TinySora.Engine.Tests.Compute.Devices;

public sealed class RuntimeInfoTests
{
    [Fact]
    public void Runtime_info_describes_the_machine()
    {
        var info = RuntimeInfo.Read();

        Assert.Matches(@"^\d+\.\d+", info.LibTorchVersion);
        Assert.Contains("torch_cpu", info.LibTorchPath, StringComparison.Ordinal);
        Assert.Equal(EngineThread.ThreadCount(), info.Threads);
        Assert.Equal(EngineThread.GetThreadCountReason(), info.ThreadReason);
        Assert.StartsWith($"{info.AmpPrecision}: ", info.AmpReason, StringComparison.Ordinal);
    }
}
