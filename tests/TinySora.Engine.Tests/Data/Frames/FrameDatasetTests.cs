using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Frames;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Media;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Data.Frames;

public sealed class FrameDatasetTests : IDisposable
{
    private static readonly FrameShape Shape = new(1, 4, 6);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Pictures_are_resized_or_cropped_in_gray_or_colour_as_Pillow_does()
    {
        var golden = FrameGolden.Read();
        File.WriteAllBytes(folder.File("a.png"), golden.Png);
        Assert.Equal(4, golden.Pictures.Count);
        Assert.All(golden.Pictures, expected =>
        {
            using var data = FrameDataset.OpenPictures(
                folder.Path, new FrameShape(expected.Channels, expected.Height, expected.Width, expected.Crops));
            using var batch = data.GetBatch([0], FrameSampling.OneFrame, 0, CPU);

            Assert.Equal([1, expected.Channels, 1, expected.Height, expected.Width], batch.Clips.shape);
            Assert.Equal(expected.Pixels.Select(p => p / 255f), batch.Clips.data<float>().ToArray());
        });
    }

    [Fact]
    public void Pictures_are_found_in_subfolders_and_broken_ones_are_left_out_and_listed()
    {
        Directory.CreateDirectory(folder.File("more"));
        ClipFile.Write(folder.File("b.png"), Filled(1, 10));
        ClipFile.Write(folder.File("more", "a.png"), Filled(1, 20));
        ClipFile.Write(folder.File("film.gif"), Filled(2, 30));
        File.WriteAllText(folder.File("text.png"), "no picture");

        using var data = FrameDataset.OpenPictures(folder.Path, Shape);
        using var batch = data.GetBatch([1, 0], FrameSampling.OneFrame, 0, CPU);

        Assert.Equal(["more/a.png", "b.png"], batch.Names);
        Assert.Equal([20, 10], Levels(batch).Select(c => c.Single()));
        Assert.Equal("text.png", Path.GetFileName(Assert.Single(data.Skipped).Path));
    }

    [Fact]
    public void Every_frame_is_decoded_once_and_only_changed_videos_again()
    {
        Write("a", 5);
        Write("b", 9);
        Assert.Equal(2, Decoded());
        Assert.Equal(0, Decoded());
        Write("b", 7);
        Assert.Equal(1, Decoded());

        using var data = FrameDataset.OpenVideos(folder.Path, Shape);
        Assert.Equal([5, 7], Enumerable.Range(0, data.Count).Select(data.Length));
        using var batch = data.GetBatch([1], new FrameSampling(7), 0, CPU);
        Assert.Equal(Enumerable.Range(0, 7), Levels(batch).Single());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(137)]
    [InlineData(-10)]
    public void A_damaged_store_is_mended(int position)
    {
        Write("a", 5);
        Write("b", 9);
        Decoded();
        var path = Directory.GetFiles(folder.File(".tinysora"), "videos-*").Single();
        var bytes = File.ReadAllBytes(path);
        bytes[position < 0 ? bytes.Length + position : position] ^= 0x40;
        File.WriteAllBytes(path, bytes);

        Assert.InRange(Decoded(), 1, 2);
        using var data = FrameDataset.OpenVideos(folder.Path, Shape);
        using var batch = data.GetBatch([0], new FrameSampling(5), 0, CPU);
        Assert.Equal(Enumerable.Range(0, 5), Levels(batch).Single());
    }

    [Fact]
    public void A_clip_begins_anywhere_in_its_video_and_steps_by_the_interval_and_a_short_one_repeats_frames()
    {
        Write("long", 12);
        Write("short", 2);
        using var data = FrameDataset.OpenVideos(folder.Path, Shape);
        var sampling = new FrameSampling(3, 2);
        var seen = new HashSet<int>();
        for (var seed = 0; seed < 60; seed++)
        {
            using var batch = data.GetBatch([0, 1], sampling, seed, CPU);
            var clips = Levels(batch);
            Assert.Equal(sampling.Indices(12, clips[0][0]), clips[0]);
            Assert.Equal([0, 0, 1], clips[1]);
            seen.Add(clips[0][0]);
        }

        // 12 frames, of which a clip spans 6: the published code starts at 0 to 5.
        Assert.Equal(Enumerable.Range(0, 6), seen.Order());
    }

    [Fact]
    public void Single_frames_of_any_videos_follow_each_clip_and_none_when_none_are_asked_for()
    {
        Write("a", 40);
        Write("b", 40, from: 100);
        using var data = FrameDataset.OpenVideos(folder.Path, Shape);
        var images = new List<int>();
        for (var seed = 0; seed < 20; seed++)
        {
            using var joint = data.GetBatch([0, 1], new FrameSampling(4, 2, Images: 3), seed, CPU);
            using var alone = data.GetBatch([0, 1], new FrameSampling(4, 2), seed, CPU);
            using var again = data.GetBatch([0, 1], new FrameSampling(4, 2, Images: 3), seed, CPU);
            Assert.Equal([2, 1, 7, 4, 6], joint.Clips.shape);
            Assert.Equal([2, 1, 4, 4, 6], alone.Clips.shape);
            Assert.Equal((3, 0), (joint.Images, alone.Images));
            Assert.Equal(Levels(alone).Select(c => c[..4]), Levels(joint).Select(c => c[..4]));
            Assert.Equal(Levels(joint), Levels(again));
            images.AddRange(Levels(joint)[0][4..]);
        }

        // Of both videos, and of each many different frames.
        Assert.InRange(images.Count(level => level >= 100), 15, 45);
        Assert.InRange(images.Distinct().Count(), 30, 60);
    }

    [Fact]
    public void Colour_films_become_gray_by_their_first_channel_as_the_published_code_does()
    {
        var clip = Clip.Black(2, 8, 8, 3);
        for (var i = 0; i < clip.Pixels.Length; i += 3)
        {
            clip.Pixels[i] = 200;
        }

        ClipFile.Write(folder.File("red.gif"), clip);
        using var data = FrameDataset.OpenVideos(folder.Path, new FrameShape(1, 8, 8, CropsSquare: true));
        using var batch = data.GetBatch([0], new FrameSampling(2), 0, CPU);
        Assert.Equal([200, 200], Levels(batch).Single());
    }

    [Fact]
    public void Folders_without_what_is_looked_for_are_told_apart_and_named()
    {
        Needs.FFmpeg();
        var missing = folder.File("nowhere");
        Assert.Equal(missing, Clips.Fails("TinySora.Data.FolderMissing", () => FrameDataset.OpenVideos(missing, Shape)).Target);
        Clips.Fails("TinySora.Data.FolderMissing", () => FrameDataset.OpenPictures(missing, Shape));
        Clips.Fails("TinySora.Data.NoClips", () => FrameDataset.OpenVideos(folder.Path, Shape));
        Clips.Fails("TinySora.Data.NoPictures", () => FrameDataset.OpenPictures(folder.Path, Shape));
        File.WriteAllText(folder.File("a.mp4"), "no film");
        Clips.Fails("TinySora.Data.NoUsableClips", () => FrameDataset.OpenVideos(folder.Path, Shape));
    }

    /// <summary>A GIF whose frame k is gray of level from + k.</summary>
    private void Write(string name, int frames, int from = 0)
    {
        var clip = Filled(frames, 0);
        for (var f = 0; f < frames; f++)
        {
            clip.Frame(f).Fill((byte)(from + f));
        }

        ClipFile.Write(folder.File(name + ".gif"), clip);
    }

    private static Clip Filled(int frames, byte level)
    {
        var clip = Clip.Black(frames, 5, 5, 3);
        clip.Pixels.AsSpan().Fill(level);
        return clip;
    }

    private int Decoded()
    {
        var counter = new Counter();
        using var data = FrameDataset.OpenVideos(folder.Path, Shape, counter);
        return counter.Count;
    }

    /// <summary>The gray level of every frame of every clip.</summary>
    private static int[][] Levels(ClipBatch batch)
    {
        using var frames = batch.Clips.mean([1L, 3L, 4L]); // (B, F)
        var values = frames.contiguous().data<float>().ToArray();
        var count = (int)frames.shape[1];
        return [.. Enumerable.Range(0, (int)frames.shape[0])
            .Select(b => values[(b * count)..((b + 1) * count)].Select(v => (int)Math.Round(v * 255)).ToArray())];
    }

    private sealed class Counter : IProgress<ItemProgress>
    {
        private int count;

        public int Count => count;

        public void Report(ItemProgress value) => Interlocked.Increment(ref count);
    }
}
