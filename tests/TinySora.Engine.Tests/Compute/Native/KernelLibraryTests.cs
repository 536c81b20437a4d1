using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using TinySora.Engine.Compute.Devices;
using TinySora.Engine.Compute.Native;
using TinySora.Engine.Compute.Native.Operations;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Installation;
using TorchSharp;
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
        Assert.StartsWith("Reinstall the module.", opened.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Kernels_share_the_threads_of_libtorch()
    {
        const int Threads = 40;
        Assert.SkipUnless(KernelLibrary.Instance.Problem is null, $"There are no kernels: {KernelLibrary.Instance.Problem}.");
        var (before, after) = EngineThread.Run(() =>
        {
            using var scope = NewDisposeScope();
            var threads = get_num_threads();
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
                set_num_threads(threads);
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
    [InlineData("avx512_bf16", "TINYSORA_KERNELS is 'avx512_bf16', but must be avx2, avx512, avx512-bf16, amx or none")]
    public void A_variable_disables_kernels_with_none_or_an_unknown_class(string variable, string reason) =>
        Assert.Equal((reason, "Remove the environment variable TINYSORA_KERNELS."), With(variable, opened => (opened.Problem, opened.Advice)));

    [Fact]
    public void A_processor_without_amx_cannot_use_it()
    {
        Assert.SkipWhen(X86Base.IsSupported && (X86Base.CpuId(7, 0).Edx & (1 << 24)) != 0, "This processor has AMX.");

        Assert.Equal("TINYSORA_KERNELS is 'amx', but this processor or operating system does not support AMX", With("amx", opened => opened.Problem));
    }

    /// <summary>Compares linear layers and their gradients with exact ones. The sizes are not multiples of a tile.</summary>
    [Theory]
    [InlineData("avx2", ScalarType.Float32, 2e-6)]
    [InlineData("avx512", ScalarType.Float32, 2e-6)]
    [InlineData("avx512-bf16", ScalarType.Float32, 2e-6)]
    [InlineData("avx512-bf16", ScalarType.BFloat16, 4e-3)]
    [InlineData("amx", ScalarType.Float32, 2e-6)]
    [InlineData("amx", ScalarType.BFloat16, 4e-3)]
    public void Kernels_of_each_class_multiply(string processors, ScalarType type, double tolerance)
    {
        const int Rows = 71, Inputs = 176, Outputs = 48;
        var problem = With(processors, opened =>
        {
            if (opened.Processors != processors)
            {
                return opened.Problem ?? $"The processor is of class {opened.Processors}.";
            }

            using var scope = NewDisposeScope();
            manual_seed(10);
            var (x, by, weight) = (randn([Rows, Inputs]).to(type), randn([Rows, Outputs]).to(type), randn([Outputs, Inputs]).to(type).to(ScalarType.Float32));
            var (result, gradX, gradWeight) = (zeros([Rows, Outputs], type), zeros([Rows, Inputs], type), zeros([Outputs, Inputs]));
            new NativeKernel("linear").Run([x, weight, null, result]);
            new NativeKernel("linear_backward_input").Run([by, weight, gradX]);
            new NativeKernel("linear_backward_weight").Run([x, by, gradWeight, null]);

            var (exactX, exactBy, exactWeight) = (x.to(ScalarType.Float64), by.to(ScalarType.Float64), weight.to(ScalarType.Float64));
            var exact = new[] { exactX.matmul(exactWeight.t()), exactBy.matmul(exactWeight), exactBy.t().matmul(exactX) };
            foreach (var (expected, actual) in exact.Zip([result, gradX, gradWeight]))
            {
                Assert.InRange((expected - actual).abs().max().ToDouble(), 0, tolerance * expected.abs().max().ToDouble());
            }

            return null;
        });

        Assert.SkipUnless(problem is null, problem ?? "");
    }

    /// <summary>Runs a test with the kernels that a value of the variable selects, and then selects the kernels of before.</summary>
    private static T With<T>(string variable, Func<KernelLibrary, T> test) => EngineThread.Run(() =>
    {
        _ = KernelLibrary.Instance; // reads the variable once
        var before = Environment.GetEnvironmentVariable("TINYSORA_KERNELS");
        Environment.SetEnvironmentVariable("TINYSORA_KERNELS", variable);
        try
        {
            return test(KernelLibrary.Load());
        }
        finally
        {
            Environment.SetEnvironmentVariable("TINYSORA_KERNELS", before);
            _ = KernelLibrary.Load();
        }
    });

    [Fact]
    public void Runtime_info_reports_whether_kernels_are_used()
    {
        var problem = EngineThread.Run(() => KernelLibrary.Instance.Problem);

        Assert.Equal(problem is null ? "fused" : $"none: {problem}", RuntimeInfo.Read().Kernels);
    }
}
