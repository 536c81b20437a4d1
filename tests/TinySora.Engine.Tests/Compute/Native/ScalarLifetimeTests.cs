using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Native;
using TorchSharp;

namespace TinySora.Engine.Tests.Compute.Native;

public sealed class ScalarLifetimeTests
{
    /// <summary>c10::Scalar: the number of its type, and its value from byte 16 on.</summary>
    private const int Value = 16;

    [Fact]
    public void A_number_stays_where_native_code_reads_it_though_nothing_holds_it_any_more()
    {
        Assert.SkipWhen(KernelLibrary.File() is null, "no kernels");
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
