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
    public void An_invalid_library_file_is_named_as_the_reason()
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
    public void Kernels_share_the_threads_of_libtorch()
    {
        const int Threads = 40;
        Assert.SkipUnless(KernelLibrary.Instance.Problem is null, $"There are no kernels: {KernelLibrary.Instance.Problem}.");
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
        Assert.InRange(after, Threads, before + (Threads / 2)); // .NET's own threads start and end
    }

    private static int ThreadsOfProcess()
    {
        using var process = Process.GetCurrentProcess();
        return process.Threads.Count;
    }

    [Theory]
    [InlineData("none", "disabled by TINYSORA_KERNELS")]
    [InlineData("avx512_bf16", "TINYSORA_KERNELS is 'avx512_bf16', but must be avx2, avx512, avx512-bf16 or none")]
    public void A_variable_disables_kernels_with_none_or_an_unknown_class(string variable, string reason)
    {
        var problem = EngineThread.Run(() =>
        {
            _ = KernelLibrary.Instance; // reads the variable once
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
    public void Runtime_info_reports_whether_kernels_are_used()
    {
        var problem = EngineThread.Run(() => KernelLibrary.Instance.Problem);

        Assert.Equal(problem is null ? "fused" : $"none: {problem}", RuntimeInfo.Read().Kernels);
    }
}
