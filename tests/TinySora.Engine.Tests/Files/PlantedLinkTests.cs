using TinySora.Engine.Data.Store;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;
using TinySora.Engine.Files;
using TinySora.Engine.Formats.Numpy;
using TinySora.Engine.Training.Results;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Files;

/// <summary>Links in an untrusted folder in place of files to be written: their targets remain unchanged.</summary>
public sealed class PlantedLinkTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public PlantedLinkTests() => Needs.Links(folder.Path);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whole_file_replaces_the_link(bool isThere) => Keeps("a.txt.partial", isThere, () =>
    {
        AtomicFile.WriteText(folder.File("a.txt"), "new", WeightFileErrors.CannotWrite);
        Assert.Equal("new", File.ReadAllText(folder.File("a.txt")));
        Assert.Null(new FileInfo(folder.File("a.txt")).LinkTarget);
    });

    [Fact]
    public void Stream_replaces_the_link() => Keeps("a.txt.partial", true, () =>
        AtomicFile.WriteStream(folder.File("a.txt"), stream => stream.WriteByte(1), WeightFileErrors.CannotWrite));

    [Fact]
    public void Check_for_write_access_does_not_write_to_the_target() => Keeps("a.txt.partial", true, () =>
        AtomicFile.Check(folder.File("a.txt"), WeightFileErrors.CannotWrite));

    [Fact]
    public void Array_replaces_the_link() => Keeps("a.npy.partial", true, () =>
    {
        using var writer = NpyWriter.Create(folder.File("a.npy"), ScalarType.Int64, 2);
        writer.Add(zeros([1, 2], int64));
        writer.Complete();
    });

    [Fact]
    public void Cache_of_clips_replaces_the_link() => Keeps("clips.cache.partial", true, () =>
        
    {
        StoreSlot slot = new("slot", 12);
        Assert.Null(ClipStoreWriter.OpenPartial(folder.File("clips.cache"), slot));
        new ClipStoreWriter(folder.File("clips.cache"), slot, null, []).Dispose();
    });

    [Fact]
    public void Log_of_a_dataset_replaces_the_link() => Keeps(Path.Combine(".tinysora", "written.log"), true, () =>
    {
        using OutputLog log = new(folder.Path, "recipe", force: true);
        log.Begin("1");
    });

    [Fact]
    public void Lock_information_replaces_the_link() => Keeps(".lock-holder", true, () => ResultsFolder.Open(folder.Path).Dispose());

    private void Keeps(string link, bool isThere, Action write)
    {
        var precious = folder.File("precious");
        if (isThere)
        {
            File.WriteAllText(precious, "precious");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(link))!);
        File.CreateSymbolicLink(folder.File(link), precious);
        write();
        Assert.Equal(isThere ? "precious" : null, File.Exists(precious) ? File.ReadAllText(precious) : null);
    }
}
