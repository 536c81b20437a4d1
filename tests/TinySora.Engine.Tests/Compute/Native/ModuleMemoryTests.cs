using System.Reflection;
using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Layers;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Compute.Native;

public sealed class ModuleMemoryTests
{
    /// <summary>TorchSharp never frees the shared pointer that it makes for a boxed copy.</summary>
    [Fact]
    public void Own_and_TorchSharp_modules_are_created_without_a_boxed_copy()
    {
        Assert.SkipWhen(KernelLibrary.File() is null, "The kernels are not available.");
        using var ours = new Linear(2, 2);
        using var theirs = nn.Identity();
        using var several = nn.Sequential(nn.SiLU());

        Assert.All(new nn.Module[] { ours, theirs, several }, module => Assert.True(Boxed(module) is null or { IsInvalid: true }));
    }

    private static SafeHandle? Boxed(nn.Module module)
    {
        const BindingFlags any = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;
        var boxed = typeof(nn.Module).GetField("boxedModule", any)!.GetValue(module);
        return (SafeHandle?)boxed?.GetType().GetField("handle", any)!.GetValue(boxed);
    }
}
