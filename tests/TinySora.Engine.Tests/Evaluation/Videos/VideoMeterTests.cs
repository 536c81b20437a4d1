using TinySora.Engine.Data;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation.Videos;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using static TorchSharp.torch;

namespace TinySora.Engine.Tests.Evaluation.Videos;

/// <summary>Compares with an independent PyTorch script, with a relative tolerance of 1e-4.</summary>
public sealed class VideoMeterTests : IDisposable
{
    private const int Size = 16;

    private readonly TemporaryFolder folder = new();
    private readonly List<SkippedClip> skipped = [];

    public VideoMeterTests()
    {
        foreach (var (name, kind, count) in new[] { ("made", 1, 6), ("others", 0, 8) })
        {
            Directory.CreateDirectory(folder.File(name));
            for (var k = 0; k < count; k++)
            {
                ClipFile.Write(folder.File(name, $"{k}.gif"), Pattern(k, kind, 4 + (k % 3)));
            }
        }
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Distance_of_two_sets_matches_PyTorch()
    {
        var found = Measure([folder.File("made")], folder.File("others"));
        Assert.Equal((6, 0, 8), (found.Clips, found.Skipped, found.ReferenceClips));
        Near(0.335319444537, found.Change);
        Near(0.288529294233, found.Flicker);
        Near(0.097094071098, found.ReferenceChange);
        Near(0.048903287447, found.ReferenceFlicker);
        Near(0.025535274205, found.Identity);
        Near(0.369085423720, found.ReferenceIdentity);
        Near(14.019539728309, found.RandomFeatureDistance);
        Near(-0.193999795657, found.ReferenceHalvesDistance);
    }

    [Fact]
    public void Without_a_reference_the_mean_frame_is_that_of_all_and_files_are_read_one_by_one()
    {
        var found = Measure([.. Enumerable.Range(0, 6).Select(k => folder.File("made", $"{k}.gif"))], null);
        Near(0.335319444537, found.Change);
        Near(0.004675735453, found.Identity);
        Assert.Null(found.RandomFeatureDistance);
        Assert.Null(found.ReferenceClips);
    }

    [Fact]
    public void Static_video_neither_changes_nor_flickers_and_a_steady_change_does_not_flicker()
    {
        var still = folder.File("still.gif");
        ClipFile.Write(still, new Clip([.. Enumerable.Repeat(Pattern(1, 0, 1).Pixels, 4).SelectMany(frame => frame)], 4, Size, Size, 3));
        var found = Measure([still], null);
        Assert.Equal((0.0, 0.0), (found.Change, found.Flicker!.Value));
        Assert.Null(found.Identity);

        var fade = folder.File("fade.gif");
        ClipFile.Write(fade, new Clip([.. Enumerable.Range(0, 5).SelectMany(f => Enumerable.Repeat((byte)(51 * f), Size * Size))], 5, Size, Size, 1));
        found = Measure([fade], null);
        Assert.Equal(0.2, found.Change, 1e-6);
        Assert.Equal(0, found.Flicker!.Value, 1e-6);
    }

    [Fact]
    public void Two_frames_have_change_but_no_measurable_flicker()
    {
        ClipFile.Write(folder.File("two.gif"), Pattern(1, 0, 2));
        var found = Measure([folder.File("two.gif")], null);
        Assert.InRange(found.Change, 0.01, 1);
        Assert.Null(found.Flicker);
    }

    [Fact]
    public void Unmeasurable_videos_are_reported_and_skipped()
    {
        ClipFile.Write(folder.File("made", "short.gif"), Pattern(1, 0, 1));
        File.WriteAllText(folder.File("made", "broken.gif"), "no clip");
        var found = Measure([folder.File("made")], null);
        Assert.Equal((6, 2), (found.Clips, found.Skipped));
        Assert.Equal(["broken.gif", "short.gif"], skipped.Select(clip => Path.GetFileName(clip.Path)).Order());
        var error = Assert.Throws<TinySoraException>(() => Measure([folder.File("made", "short.gif")], null));
        Assert.Equal(("TinySora.Data.NoUsableVideos", folder.File("made", "short.gif")), (error.Id, error.Target));
        Assert.Contains("one frame", error.Message, StringComparison.Ordinal);
        Assert.Equal("TinySora.Media.NotFound", Assert.Throws<TinySoraException>(() => Measure([folder.File("made")], folder.File("none"))).Id);
        Assert.Equal(6, Measure([folder.File("made")], folder.File("made", "0.gif")).Clips);
    }

    private static void Near(double expected, double? found) => Assert.Equal(expected, found!.Value, 1e-4 * Math.Abs(expected));

    [Fact]
    public void Videos_are_compared_with_those_of_the_same_caption()
    {
        Caption("made", "a wave", 0, 1);
        Caption("made", "a stripe", 2, 3);
        Caption("others", "a wave", 0, 1, 2);
        File.WriteAllText(folder.File("made", "5.gif"), "damaged");

        var found = new VideoMeter(Size, CPU, skipped.Add).MeasureByCaption([folder.File("made")], folder.File("others"));

        Assert.Equal([("a wave", 2, 3), ("a stripe", 2, null), (null, 1, 5)], found.Select(one => (one.Caption, one.Clips, one.ReferenceClips)));
        Assert.All(found, one => Assert.Contains(one.NearestCaption, new[] { "a wave", null }));
        Assert.Equal(folder.File("made", "5.gif"), Assert.Single(skipped).Path);
        var alone = new VideoMeter(Size, CPU, skipped.Add).MeasureByCaption([folder.File("made")], null);
        Assert.All(alone, one => Assert.Equal((null, null), (one.ReferenceClips, one.NearestCaption)));
        Near(found[0].Change, alone[0].Change);
    }

    [Fact]
    public void Videos_of_which_none_can_be_measured_are_an_error()
    {
        ClipFile.Write(folder.File("still.gif"), Pattern(1, 0, 1));
        var error = Assert.Throws<TinySoraException>(() => new VideoMeter(Size, CPU, skipped.Add).MeasureByCaption([folder.File("still.gif")], null));
        Assert.Equal("TinySora.Data.NoUsableVideos", error.Id);
        Assert.Contains("has one frame", Assert.Single(skipped).Reason, StringComparison.Ordinal);
    }

    private void Caption(string name, string text, params int[] clips)
    {
        foreach (var clip in clips)
        {
            File.WriteAllText(folder.File(name, $"{clip}.txt"), text);
        }
    }

    private VideoStatistics Measure(string[] paths, string? reference) => new VideoMeter(Size, CPU, skipped.Add).Measure(paths, reference);

    /// <summary>Moving stripes with no more colors than a GIF keeps.</summary>
    private static Clip Pattern(int k, int kind, int frames)
    {
        var clip = Clip.Black(frames, Size, Size, 3);
        for (var i = 0; i < clip.Pixels.Length; i++)
        {
            var (c, x, y, f) = (i % 3, i / 3 % Size, i / (3 * Size) % Size, i / (3 * Size * Size));
            clip.Pixels[i] = (byte)(((37 * k) + (kind * ((11 * f * f) + 5)) + ((3 + k) * x) + (2 * y) + (7 * f)) % 251 * (c + 1) % 251);
        }

        return clip;
    }
}
