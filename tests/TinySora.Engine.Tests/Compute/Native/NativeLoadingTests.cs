using System.Runtime.InteropServices;
using TinySora.Engine.Compute.Threads;

namespace TinySora.Engine.Tests.Compute.Native;

public sealed class NativeLoadingTests
{
    [Fact]
    public void Waiting_threads_sleep_soon_unless_the_user_sets_a_policy()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "libtorch uses GCC's OpenMP on Linux only.");
        EngineThread.Run(() => { });
        var expected = Environment.GetEnvironmentVariable("GOMP_SPINCOUNT") ?? (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null ? "10000" : null);
        Assert.Equal(expected, Marshal.PtrToStringUTF8(Variable("GOMP_SPINCOUNT")));
    }

    [DllImport("libc", EntryPoint = "getenv")]
    private static extern nint Variable([MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
