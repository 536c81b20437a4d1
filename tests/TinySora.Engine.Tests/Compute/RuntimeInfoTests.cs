using TinySora.Engine.Compute;

namespace TinySora.Engine.Tests.Compute;

public sealed class RuntimeInfoTests
{
    [Fact]
    public void Machine_is_described()
    {
        var info = RuntimeInfo.Read();

        Assert.True(info.Flavor is "System" or "TorchSharp");
        Assert.Matches(@"^\d+\.\d+", info.LibTorchVersion);
        Assert.Contains("torch_cpu", info.LibTorchPath, StringComparison.Ordinal);
        Assert.Equal(EngineThread.ThreadCount(), info.Threads);
        Assert.Equal(EngineThread.ThreadReason(), info.ThreadReason);
        Assert.NotEmpty(info.Blas);
    }

    [Theory]
    [InlineData("/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblas.so.0", false)]
    [InlineData("/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0", true)]
    [InlineData("/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0", true)]
    [InlineData("/usr/local/torch/lib/libmkl_rt.so.2", false)]
    public void Slow_linear_algebra_library_is_warned_about(string library, bool warns)
    {
        var warnings = new List<string>();

        Assert.Equal(library, RuntimeInfo.FindBlas(["/lib/libc.so.6", library], warnings));

        Assert.Equal(warns, warnings.Count == 1);
        Assert.All(warnings, text => Assert.Contains("libopenblas0-openmp", text, StringComparison.Ordinal));
    }

    [Fact]
    public void No_library_means_that_libtorch_brings_its_own()
    {
        var warnings = new List<string>();
        Assert.Equal("inside libtorch", RuntimeInfo.FindBlas(["/lib/libtorch_cpu.so"], warnings));
        Assert.Empty(warnings);
    }
}
