using System.Diagnostics;
using System.Reflection;
using TinySora.Engine.Compute.Threads;
using TorchSharp;

namespace TinySora.Engine.Tests.Compute.Native;

/// <summary>Arguments of libtorch's functions must not be finalized while these run; see TorchSharp.targets.</summary>
public sealed class ArgumentLifetimeTests
{
    [Fact]
    public void Methods_of_TorchSharp_are_not_optimized() =>
        Assert.True(typeof(torch).Assembly.GetCustomAttribute<DebuggableAttribute>()!.IsJITOptimizerDisabled);

    [Fact]
    public async Task Scalars_live_until_the_operation_ends()
    {
        using var done = new CancellationTokenSource();
        var collecting = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        });
        EngineThread.Run(() =>
        {
            using var x = torch.ones(4);
            for (var i = 0; i < 30_000; i++)
            {
                x.fill_(1);
                x.mul_(2);
                Assert.Equal(2, x.data<float>()[0]);
            }
        });
        await done.CancelAsync();
        await collecting;
    }
}
