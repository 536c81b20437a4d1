using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Frames;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Writing;
using TinySora.Engine.Tests.Media;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Data.Examples;

/// <summary>Tests that no video is in both automatic splits.</summary>
public sealed class VideoSplitTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Clips_that_were_cut_from_one_video_stay_together()
    {
        Draw(count: 3, frames: 10);
        Assert.Equal(15, Import("videos", size: 8).Count());
        Caption("clips", captions: 2);
        Assert.Equal((20, 10), Divide("clips", name => name[..^"-000.gif".Length]));
    }

    [Fact]
    public void Clips_of_an_earlier_import_with_another_recipe_stay_together()
    {
        Draw(count: 3, frames: 10);
        Assert.Equal(15, Import("videos", size: 8).Count());
        File.Move(folder.File("videos", "00000.gif"), Path.Combine(Directory.CreateDirectory(folder.File("more")).FullName, "0.gif"));
        Assert.Equal(5, Import("more", size: 16).Count());
        Assert.Equal((15, 5), Divide("clips", name => name[..^"-000.gif".Length]));
    }

    [Fact]
    public void Clips_that_another_command_is_writing_are_not_divided()
    {
        Draw(count: 3, frames: 10);
        Assert.Equal(15, Import("videos", size: 8).Count());
        using var log = new FileStream(folder.File("clips", "cut", ".tinysora", "written.log"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Clips.Fails("TinySora.Data.FolderInUse", () => Names("clips", DatasetSplit.Training));
    }

    [Fact]
    public void Clips_of_the_user_are_divided_regardless_of_their_names()
    {
        Draw(count: 10, frames: 2);
        var clips = Directory.GetFiles(folder.File("videos"), "*.gif").Order(StringComparer.Ordinal).ToList();
        for (var i = 0; i < clips.Count; i++)
        {
            File.Move(clips[i], folder.File("videos", i < 7 ? $"a-{i:000}.gif" : $"b-{i:000}.gif"));
        }

        Assert.Equal((8, 2), Divide("videos", name => name));
    }

    [Fact]
    public void Captions_of_one_clip_stay_together_unless_there_are_no_others()
    {
        Draw(count: 3, frames: 2);
        Caption("videos", captions: 3);
        Assert.Equal((6, 3), Divide("videos", name => name));

        foreach (var clip in Directory.GetFiles(folder.File("videos"), "*.gif").Skip(1))
        {
            File.Delete(clip);
        }

        Assert.Equal((2, 1), (Names("videos", DatasetSplit.Training).Count, Names("videos", DatasetSplit.Validation).Count));
    }

    [Fact]
    public void Frames_of_one_video_stay_together()
    {
        Draw(count: 3, frames: 10);
        Assert.Equal((20, 10), Divide("videos", name => name.Split(',')[0], areFrames: true));
    }

    [Fact]
    public void Long_video_is_divided_rather_than_leaving_too_little_for_training()
    {
        Draw(count: 2, frames: 2);
        Caption("videos", captions: 9);
        File.WriteAllText(folder.File("videos", "00000.txt"), "one");
        Assert.Equal((8, 2), (Names("videos", DatasetSplit.Training).Count, Names("videos", DatasetSplit.Validation).Count));
    }

    /// <summary>Returns the number of examples for training and for validation, after checking that they share no video.</summary>
    private (int Training, int Validation) Divide(string data, Func<string, string> videoOf, bool areFrames = false)
    {
        var (training, validation) = (Names(data, DatasetSplit.Training, areFrames), Names(data, DatasetSplit.Validation, areFrames));
        Assert.Empty(training.Select(videoOf).Intersect(validation.Select(videoOf)));
        return (training.Count, validation.Count);
    }

    private IReadOnlyList<string> Names(string data, string split, bool areFrames = false)
    {
        IExamples all = areFrames
            ? FrameExamples.Open(folder.File(data), new FrameShape(1, 8, 8), null, CancellationToken.None)
            : ClipExamples.Open(folder.File(data), new(new ClipShape(3, 2, 8), new ClipKeys("h", "w", "f")), null, CancellationToken.None);
        using var examples = all.GetSplit(split);
        using var batch = examples.Get([.. Enumerable.Range(0, examples.Count).Select(index => new SampledExample(index, 0))], CPU);
        return batch.Names;
    }

    private IEnumerable<DatasetClip> Import(string videos, int size) => DatasetWriter.Import(
        [folder.File(videos)], folder.File("clips", "cut"), DatasetKinds.Videos, new ImportOptions { Frames = 2, Size = size, FramesPerSecond = 10 },
        new ImportReport(_ => { }, _ => { }));

    private void Draw(int count, int frames) => Assert.Equal(count, DatasetWriter.Draw(
        folder.File("videos"), DatasetKinds.Shapes, new DrawOptions { Count = count, Size = 8, Frames = frames, IncludeHeldOut = true }).Count());

    private void Caption(string data, int captions)
    {
        foreach (var clip in Directory.GetFiles(folder.File(data), "*.gif", SearchOption.AllDirectories))
        {
            File.WriteAllLines(Path.ChangeExtension(clip, ".txt"), Enumerable.Range(0, captions).Select(index => $"caption {index}"));
        }
    }
}
