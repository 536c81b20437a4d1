using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Native;
using TorchSharp;

namespace TinySora.Engine.Tests.Compute.Native;

public sealed class ScalarLifetimeTests
{
    /// <summary>Layout of c10::Scalar: the index of its type, and its value from byte 16 on.</summary>
    private const int Value = 16;

    [Fact]
    public void A_native_number_outlives_its_managed_object()
    {
        Assert.SkipWhen(KernelLibrary.File() is null, "The kernels are not available.");
        var (copy, type) = Dropped(0.1875);

        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.Equal(type, Marshal.ReadInt64(copy));
        Assert.Equal(0.1875, BitConverter.Int64BitsToDouble(Marshal.ReadInt64(copy + Value)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (nint Copy, long Type) Dropped(double number)
    {
        Scalar scalar = number;
        var copy = (nint)typeof(Scalar).GetProperty("Handle", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(scalar)!;
        return (copy, Marshal.ReadInt64(copy));
    }
}
