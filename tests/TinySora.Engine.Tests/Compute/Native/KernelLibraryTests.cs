using TinySora.Engine.Compute;

namespace TinySora.Engine.Tests.Compute;

public sealed class KernelLibraryTests
{
    [Fact]
    public void File_that_is_no_library_is_named_as_the_reason()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "libtinysora_kernels.so");
        File.WriteAllText(file, "nothing of the kind");

        var opened = EngineThread.Run(() => KernelLibrary.Open(file));

        Assert.Equal(0, opened.Handle);
        Assert.StartsWith($"{file} cannot be loaded", opened.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Device_tells_whether_there_are_kernels()
    {
        var problem = EngineThread.Run(() => KernelLibrary.Found.Problem);

        Assert.Equal(problem is null ? "fused" : $"none: {problem}", RuntimeInfo.Read().Kernels);
    }
}
