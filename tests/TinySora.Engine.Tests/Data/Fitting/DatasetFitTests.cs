using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Errors;

namespace TinySora.Engine.Tests.Data.Fitting;

public sealed class DatasetFitTests
{
    [Theory]
    [InlineData(32, 32, 5, 32, 32, 5)]
    [InlineData(64, 64, 16, 64, 64, 16)]
    [InlineData(8, 8, 1, 16, 16, 1)]
    [InlineData(28, 28, 20, 32, 32, 16)]
    [InlineData(720, 1280, 300, 32, 64, 16)]
    [InlineData(1920, 1080, 300, 64, 32, 16)]
    [InlineData(40, 1000, 3, 16, 64, 3)]
    public void Small_clips_keep_their_size_and_videos_are_reduced_for_a_small_model(int height, int width, int frames, int h, int w, int f) =>
        Assert.Equal(new DatasetFit(h, w, f, ClipWorld.Shapes), DatasetFit.For(height, width, frames, ClipWorld.Shapes));

    [Theory]
    [InlineData(16, 16, 2, 32, 32, 2)]
    [InlineData(720, 1280, 300, 32, 64, 16)]
    [InlineData(48, 64, 16, 64, 64, 16)]
    public void Videos_get_a_multiple_of_larger_blocks(int height, int width, int frames, int h, int w, int f) =>
        Assert.Equal(new DatasetFit(h, w, f, ClipWorld.Other), DatasetFit.For(height, width, frames, ClipWorld.Other).ForVideos());

    [Fact]
    public void Folder_is_examined_and_unreadable_clips_are_skipped()
    {
        using var folder = new TemporaryFolder();
        var options = new DrawOptions { Count = 4, Seed = 1, Size = 16, Frames = 3, IncludeHeldOut = true };
        Assert.Equal(4, DatasetWriter.Draw(folder.File("data", "train"), DatasetKinds.Shapes, options).Count());
        File.WriteAllText(folder.File("data", "train", "aaa.gif"), "no clip");
        Assert.Equal(new DatasetFit(16, 16, 3, ClipWorld.Shapes), DatasetFit.For(folder.File("data")));

        // One of four captions that the shapes world does not know changes nothing, two do; clips without captions are no shapes either.
        var captions = Directory.GetFiles(folder.File("data", "train"), "*.txt");
        File.WriteAllText(captions[0], "a cat sleeps");
        Assert.Equal(ClipWorld.Shapes, DatasetFit.For(folder.File("data"))!.World);
        File.WriteAllText(captions[1], "a cat sleeps");
        Assert.Equal(ClipWorld.Other, DatasetFit.For(folder.File("data"))!.World);
        File.Delete(captions[1]);
        Assert.Equal(ClipWorld.Other, DatasetFit.For(folder.File("data"))!.World);

        Array.ForEach(Directory.GetFiles(folder.File("data", "train"), "*.txt"), path => File.WriteAllText(path, "a sled moving left"));
        Assert.Equal(ClipWorld.Sprites, DatasetFit.For(folder.File("data"))!.World);

        Directory.CreateDirectory(folder.File("damaged"));
        File.WriteAllText(folder.File("damaged", "a.gif"), "no clip");
        Assert.Null(DatasetFit.For(folder.File("damaged")));
        Assert.Equal("TinySora.Data.FolderMissing", Assert.Throws<TinySoraException>(() => DatasetFit.For(folder.File("absent"))).Id);
    }
}
