using TinySora.Engine.Files;

namespace TinySora.Engine.Tests.Files;

public sealed class FileStampTests : IDisposable
{
    private static readonly DateTime Time = new(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Files in Hugging Face's cache are relative links, and the user may link to their folder.</summary>
    [Fact]
    public void Link_has_the_length_and_time_of_its_final_target()
    {
        Needs.Links(folder.Path);
        Directory.CreateDirectory(folder.File("cache", "snapshots", "one"));
        Directory.CreateDirectory(folder.File("cache", "blobs"));
        var target = folder.File("cache", "blobs", "b");
        File.WriteAllBytes(target, new byte[1000]);
        File.SetLastWriteTimeUtc(target, Time);
        File.CreateSymbolicLink(folder.File("cache", "snapshots", "one", "a"), Path.Combine("..", "..", "blobs", "b"));
        Directory.CreateSymbolicLink(folder.File("data"), folder.File("cache", "snapshots", "one"));
        File.CreateSymbolicLink(folder.File("link"), Path.Combine("data", "a"));

        foreach (var path in new[] { target, folder.File("data", "a"), folder.File("link") })
        {
            Assert.Equal(new FileStamp(1000, Time), FileStamp.Of(path));
        }
    }

    [Fact]
    public void Missing_file_folder_and_broken_link_have_no_stamp()
    {
        Assert.Null(FileStamp.Of(folder.File("missing")));
        Assert.Null(FileStamp.Of(folder.Path));

        Needs.Links(folder.Path);
        File.CreateSymbolicLink(folder.File("broken"), folder.File("missing"));
        File.CreateSymbolicLink(folder.File("itself"), folder.File("itself"));
        Assert.Null(FileStamp.Of(folder.File("broken")));
        Assert.Null(FileStamp.Of(folder.File("itself")));
    }
}
