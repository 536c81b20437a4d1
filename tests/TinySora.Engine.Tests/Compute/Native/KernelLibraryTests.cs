using System.Diagnostics;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Installation;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Compute.Native;

public sealed class KernelLibraryTests
{
    [Fact]
    public void File_that_is_no_library_is_named_as_the_reason()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File(NativeFile.Of(KernelLibrary.Name));
        File.WriteAllText(file, "nothing of the kind");

        var opened = EngineThread.Run(() => KernelLibrary.Open(file));

        Assert.Equal(0, opened.Handle);
        Assert.StartsWith($"{file} cannot be loaded", opened.Problem, StringComparison.Ordinal);
        Assert.Contains("Install-TinySoraRuntime", opened.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Kernels_start_no_threads_beside_those_of_libtorch()
    {
        const int Threads = 40;
        Assert.SkipUnless(KernelLibrary.Found.Problem is null, $"There are no kernels: {KernelLibrary.Found.Problem}.");
        var (before, after) = EngineThread.Run(() =>
        {
            using var scope = NewDisposeScope();
            var asked = get_num_threads();
            try
            {
                set_num_threads(Threads);
                var x = zeros([Threads, 1 << 16]);
                x.exp();
                var before = ThreadsOfProcess();
                Kernels.Gelu(x);
                return (before, ThreadsOfProcess());
            }
            finally
            {
                set_num_threads(asked);
            }
        });
        Assert.True(before >= Threads);
        Assert.InRange(after, Threads, before + (Threads / 2)); // .NET's own come and go
    }

    private static int ThreadsOfProcess()
    {
        using var process = Process.GetCurrentProcess();
        return process.Threads.Count;
    }

    [Theory]
    [InlineData("none", "disabled by TINYSORA_KERNELS")]
    [InlineData("avx512_bf16", "TINYSORA_KERNELS is 'avx512_bf16', but must be avx2, avx512, avx512-bf16 or none")]
    public void None_are_used_where_a_variable_says_so_or_names_no_class_of_processors(string variable, string reason)
    {
        var problem = EngineThread.Run(() =>
        {
            _ = KernelLibrary.Found; // which reads the variable once
            var before = Environment.GetEnvironmentVariable("TINYSORA_KERNELS");
            Environment.SetEnvironmentVariable("TINYSORA_KERNELS", variable);
            try
            {
                return KernelLibrary.Load().Problem;
            }
            finally
            {
                Environment.SetEnvironmentVariable("TINYSORA_KERNELS", before);
            }
        });

        Assert.Equal(reason, problem);
    }

    [Fact]
    public void Device_tells_whether_there_are_kernels()
    {
        var problem = EngineThread.Run(() => KernelLibrary.Found.Problem);

        Assert.Equal(problem is null ? "fused" : $"none: {problem}", RuntimeInfo.Read().Kernels);
    }
}
