using TinySora.Engine.Data;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Errors;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;

namespace TinySora.Engine.Tests.Data.Kinds;

public sealed class MsrVttTests : IDisposable
{
    private static readonly ImportedKind Kind = (ImportedKind)DatasetKinds.Find("MsrVtt");

    private readonly TemporaryFolder folder = new();
    private readonly List<SkippedClip> skipped = [];
    private readonly List<string> warnings = [];

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("download/TrainValVideo", "download/captions.csv", "video_id,caption\nvideo0,a wall that brightens\nvideo1,another\nvideo2,\"a third, longer\"\nvideo0,said otherwise\nvideo9,not here\n")]
    [InlineData("videos/all", "annotation/MSR_VTT.json", """{"annotations": [{"image_id": "video0", "caption": "a wall that brightens"}, {"image_id": "video1", "caption": "another"}, {"image_id": "video2", "caption": "a third, longer"}, {"image_id": "video9", "caption": "not here"}]}""")]
    public void Videos_become_captioned_gifs_of_64_pixels_and_10_evenly_spaced_frames(string videos, string table, string text)
    {
        Needs.FFmpeg();
        for (var v = 0; v < 3; v++)
        {
            Video($"{videos}/video{v}.mp4", 25 + v);
        }

        Write(table, text);

        var clips = Import(Kind.Defaults);

        Assert.Equal(
            [("video0-000.gif", "a wall that brightens"), ("video1-000.gif", "another"), ("video2-000.gif", "a third, longer")],
            clips.Select(c => (Path.GetFileName(c.Path), c.Caption!)));
        Assert.All(clips, c =>
        {
            var clip = ClipFile.Read(c.Path);
            Assert.Equal((10, 64, 64), (clip.Frames, clip.Height, clip.Width));
            // From dark to bright in even steps: the whole video, not only its beginning.
            var levels = Enumerable.Range(0, 10).Select(f => (int)clip.Frame(f)[0]).ToArray();
            Assert.InRange(levels[0], 0, 12);
            Assert.InRange(levels[9], 190, 216);
            Assert.All(levels.Zip(levels.Skip(1), (a, b) => b - a), step => Assert.InRange(step, 12, 32));
            Assert.InRange(clip.FrameMilliseconds, 250, 280);
        });
        Assert.Empty(skipped);
        Assert.Contains("that are not in the sources: 1;", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_table_clips_have_no_captions_and_a_warning_names_the_missing_file()
    {
        Needs.FFmpeg();
        Video("TrainValVideo/video0.mp4", 25);

        Assert.Null(Assert.Single(Import(Kind.Defaults)).Caption);

        Assert.Contains("train_val_videodatainfo.json", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.Contains("-CaptionPath", warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void First_seconds_at_a_given_size_reproduce_the_variant_of_the_article()
    {
        Needs.FFmpeg();
        Video("TrainValVideo/video0.mp4", 50);
        Write("captions.json", """[{"video_id": "video0", "caption": "a wall that brightens"}]""");

        var clip = Assert.Single(Import(Kind.Defaults with { Duration = 2, Size = 48 }));

        Assert.Equal("a wall that brightens", clip.Caption);
        var read = ClipFile.Read(clip.Path);
        Assert.Equal((10, 48, 48, 200), (read.Frames, read.Height, read.Width, read.FrameMilliseconds));
        // Frame 19 of 50, where the last has level 200.
        Assert.InRange(read.Frame(9)[0], 68, 88);
    }

    [Fact]
    public void Damaged_video_is_listed_and_the_rest_is_imported()
    {
        Needs.FFmpeg();
        Video("TrainValVideo/video0.mp4", 12);
        Write("TrainValVideo/video1.mp4", "no video");
        Write("captions.csv", "video_id,caption\nvideo0,a\nvideo1,b\n");

        Assert.Equal("a", Assert.Single(Import(Kind.Defaults)).Caption);
        Assert.Equal("video1.mp4", Path.GetFileName(Assert.Single(skipped).Path));
    }

    [Fact]
    public void Unknown_layout_and_several_tables_are_errors_with_advice()
    {
        Needs.FFmpeg();
        Write("film.mp4", "a film");
        var unknown = Assert.Throws<TinySoraException>(() => Import(Kind.Defaults));
        Assert.Equal("TinySora.Data.LayoutUnknown", unknown.Id);
        Assert.Contains("VIDEO_ID.mp4 files in TrainValVideo or videos/all.", unknown.Message, StringComparison.Ordinal);

        Video("TrainValVideo/video0.mp4", 12);
        Write("a.csv", "video_id,caption\nvideo0,from a\n");
        Write("b.csv", "video_id,caption\nvideo0,from b\n");
        var several = Assert.Throws<TinySoraException>(() => Import(Kind.Defaults));
        Assert.Equal("TinySora.Data.SeveralTables", several.Id);
        Assert.Contains("a.csv, b.csv", several.Message, StringComparison.Ordinal);
        Assert.Equal("from b", Assert.Single(Import(Kind.Defaults with { CaptionsPath = folder.File("b.csv") })).Caption);
    }

    private List<DatasetClip> Import(ImportOptions options) =>
        [.. DatasetWriter.Import([folder.Path], folder.File("out"), Kind, options, new ImportReport(skipped.Add, warnings.Add))];

    /// <summary>Writes a video of ten frames per second, from black to level 200.</summary>
    private void Video(string name, int frames)
    {
        Write(name, "");
        var clip = Clip.Black(frames, 48, 64, 3, 100);
        for (var f = 0; f < frames; f++)
        {
            clip.Frame(f).Fill((byte)(200 * f / (frames - 1)));
        }

        ClipFile.Write(folder.File(name.Split('/')), clip);
    }

    private void Write(string name, string text)
    {
        var path = folder.File(name.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
