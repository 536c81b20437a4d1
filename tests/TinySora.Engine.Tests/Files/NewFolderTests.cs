using TinySora.Engine.Files;

namespace TinySora.Engine.Tests.Files;

public sealed class NewFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Output => folder.File("a", "b", "c");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Folders_of_a_failed_command_are_removed_with_its_log()
    {
        Fail(() => Directory.CreateDirectory(Path.Combine(Output, ".tinysora")));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
        Fail(() => { }); // no folder was created
    }

    [Fact]
    public void Folder_with_other_files_is_kept_and_so_are_those_above_it()
    {
        Fail(() =>
        {
            Directory.CreateDirectory(Output);
            File.WriteAllText(folder.File("a", "b", "clip.gif"), "");
        });
        Assert.False(Directory.Exists(Output));
        Assert.True(File.Exists(folder.File("a", "b", "clip.gif")));
    }

    [Fact]
    public void Earlier_folders_are_kept_even_if_empty()
    {
        Directory.CreateDirectory(folder.File("a"));
        Fail(() => Directory.CreateDirectory(Output));
        Assert.True(Directory.Exists(folder.File("a")));
        Assert.False(Directory.Exists(folder.File("a", "b")));
    }

    [Fact]
    public void Folders_of_a_successful_command_are_kept()
    {
        NewFolder.RemoveOnFailure(Output + Path.DirectorySeparatorChar, () => Directory.CreateDirectory(Output));
        Assert.True(Directory.Exists(Output));
    }

    private void Fail(Action before) => Assert.Throws<InvalidOperationException>(() => NewFolder.RemoveOnFailure(Output, () =>
    {
        before();
        throw new InvalidOperationException("the command's own error");
    }));
}
