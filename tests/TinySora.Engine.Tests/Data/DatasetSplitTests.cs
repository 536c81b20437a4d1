using TinySora.Engine.Data;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Tests.Data;

public sealed class DatasetSplitTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_split_has_its_folder_and_a_missing_one_is_named()
    {
        Make("train", "val", "test", ".tinysora", "__MACOSX");
        Assert.Equal(folder.File("train"), DatasetSplit.FolderOf(folder.Path, DatasetSplit.Training));
        Assert.Equal(folder.File("val"), DatasetSplit.FolderOf(folder.Path, DatasetSplit.Validation));

        Directory.Delete(folder.File("val"));
        Assert.Equal(folder.File("test"), DatasetSplit.FolderOf(folder.Path, DatasetSplit.Validation));
        Assert.True(DatasetSplit.IsHeldOut(folder.File("test")));

        Directory.Delete(folder.File("test"));
        var error = Assert.Throws<TinySoraException>(() => DatasetSplit.FolderOf(folder.Path, DatasetSplit.Validation));
        Assert.Equal("TinySora.Data.SplitMissing", error.Id);
        Assert.Contains($"'{folder.File("val")}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train", "car")]
    [InlineData("a", "b")]
    public void Folder_of_classes_has_no_splits(params string[] classes)
    {
        Make(classes);
        Assert.Equal(folder.Path, DatasetSplit.FolderOf(folder.Path, DatasetSplit.Training));
    }

    [Fact]
    public void Folder_with_its_own_clips_an_empty_or_an_absent_one_has_no_splits()
    {
        Assert.Equal(folder.Path, DatasetSplit.FolderOf(folder.Path, DatasetSplit.Training));
        Make("train", "val");
        File.WriteAllText(folder.File("a.gif"), "");
        Assert.Equal(folder.Path, DatasetSplit.FolderOf(folder.Path, DatasetSplit.Training));
        Assert.Equal(folder.File("none"), DatasetSplit.FolderOf(folder.File("none"), DatasetSplit.Training));
    }

    private void Make(params string[] names) => Array.ForEach(names, name => Directory.CreateDirectory(folder.File(name)));
}
