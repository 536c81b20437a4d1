using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Frames;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Media;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Data.Frames;

public sealed class FrameExamplesTests : IDisposable
{
    private static readonly FrameShape Shape = new(1, 4, 6);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Pictures_are_resized_or_cropped_in_gray_or_color_like_Pillow()
    {
        var golden = FrameGolden.Read();
        File.WriteAllBytes(folder.File("a.png"), golden.Png);
        Assert.Equal(4, golden.Pictures.Count);
        Assert.All(golden.Pictures, expected =>
        {
            using var data = Open(new FrameShape(expected.Channels, expected.Height, expected.Width, expected.Crops));
            using var batch = Get(data, 0);

            Assert.Equal([1, expected.Channels, 1, expected.Height, expected.Width], batch.Clips.shape);
            Assert.Equal(expected.Pixels.Select(p => p / 255f), batch.Clips.data<float>().ToArray());
        });
    }

    [Fact]
    public void Pictures_in_subfolders_are_found_and_broken_ones_are_listed()
    {
        Directory.CreateDirectory(folder.File("more"));
        ClipFile.Write(folder.File("b.png"), Filled(1, 10));
        ClipFile.Write(folder.File("more", "a.png"), Filled(1, 20));
        ClipFile.Write(folder.File("film.gif"), Filled(2, 30));
        File.WriteAllText(folder.File("text.png"), "no picture");

        using var data = Open(Shape);
        using var batch = Get(data, 1, 0);

        Assert.Equal(["more/a.png", "b.png"], batch.Names);
        Assert.Equal([20, 10], Levels(batch));
        Assert.Equal(1, data.Skipped);
        Assert.Contains(data.Notes, note => note.IsWarning && note.Text.Contains(folder.File("text.png"), StringComparison.Ordinal));
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

        using var data = Open(Shape);
        Assert.Equal(12, data.Count);
        using var batch = Get(data, 5, 6, 7, 8, 9, 10, 11);
        Assert.Equal(Enumerable.Range(0, 7), Levels(batch));
        Assert.Equal(["b.gif, frame 0", "b.gif, frame 6"], [batch.Names[0], batch.Names[^1]]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(137)]
    [InlineData(-10)]
    public void Damaged_store_is_repaired(int position)
    {
        Write("a", 5);
        Write("b", 9);
        Decoded();
        var path = Directory.GetFiles(folder.File(".tinysora"), "videos-*").Single();
        var bytes = File.ReadAllBytes(path);
        bytes[position < 0 ? bytes.Length + position : position] ^= 0x40;
        File.WriteAllBytes(path, bytes);

        Assert.InRange(Decoded(), 1, 2);
        using var data = Open(Shape);
        using var batch = Get(data, 0, 1, 2, 3, 4);
        Assert.Equal(Enumerable.Range(0, 5), Levels(batch));
    }

    [Fact]
    public void Color_videos_become_gray_by_their_first_channel_like_the_published_code()
    {
        var clip = Clip.Black(2, 8, 8, 3);
        for (var i = 0; i < clip.Pixels.Length; i += 3)
        {
            clip.Pixels[i] = 200;
        }

        ClipFile.Write(folder.File("red.gif"), clip);
        using var data = Open(new FrameShape(1, 8, 8, CropsSquare: true));
        using var batch = Get(data, 0, 1);
        Assert.Equal([200, 200], Levels(batch));
    }

    [Fact]
    public void Folders_without_frames_have_different_errors()
    {
        Needs.FFmpeg();
        Clips.Fails("TinySora.Data.NoClips", () => Open(Shape));
        File.WriteAllText(folder.File("a.mp4"), "no film");
        Clips.Fails("TinySora.Data.NoUsableClips", () => Open(Shape));
        var missing = folder.File("nowhere");
        Assert.Equal(missing, Clips.Fails(
            "TinySora.Data.FramesMissing", () => FrameExamples.Open(missing, Shape, null, CancellationToken.None)).Target);
    }

    private FrameExamples Open(FrameShape shape, IProgress<ItemProgress>? progress = null) =>
        FrameExamples.Open(folder.Path, shape, progress, CancellationToken.None);

    private static ClipBatch Get(FrameExamples data, params int[] frames) => data.Get([.. frames.Select(frame => new SampledExample(frame, 0))], CPU);

    /// <summary>Writes a GIF whose frame k has gray level from + k.</summary>
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
        using var data = Open(Shape, counter);
        return counter.Count;
    }

    /// <summary>Returns the gray level of every frame.</summary>
    private static IEnumerable<int> Levels(ClipBatch batch)
    {
        using var frames = batch.Clips.mean([1L, 2L, 3L, 4L]); // (B)
        return [.. frames.data<float>().ToArray().Select(level => (int)Math.Round(level * 255))];
    }

    private sealed class Counter : IProgress<ItemProgress>
    {
        private int count;

        public int Count => count;

        public void Report(ItemProgress value) => Interlocked.Increment(ref count);
    }
}
