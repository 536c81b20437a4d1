using TinySora.Engine.Compute.Native;

namespace TinySora.Engine.Tests.Compute.Native;

public sealed class CudnnFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_missing_part_is_named_if_others_are_installed()
    {
        Assert.Null(CudnnFiles.FirstMissing([folder.Path, folder.File("absent")]));
        string[] parts = ["", "_adv", "_cnn", "_engines_precompiled", "_engines_runtime_compiled", "_graph", "_heuristic", "_ops"];
        var files = parts.Select(part => folder.File(OperatingSystem.IsWindows() ? $"cudnn{part}64_9.dll" : $"libcudnn{part}.so.9")).ToList();
        files.ForEach(file => File.WriteAllText(file, ""));
        Assert.Null(CudnnFiles.FirstMissing([folder.Path]));
        foreach (var file in files)
        {
            File.Delete(file);
            Assert.Equal(file, CudnnFiles.FirstMissing([folder.Path]));
            File.WriteAllText(file, "");
        }
    }
}
