using System.Text;
using TinySora.Engine.Compute.Threads;
using TinySora.Engine.Configuration;
using TinySora.Engine.Data;
using TinySora.Engine.Data.Captions;
using TinySora.Engine.Data.Doctor;
using TinySora.Engine.Data.Examples;
using TinySora.Engine.Data.Fitting;
using TinySora.Engine.Data.Import;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Data.Views;
using TinySora.Engine.Errors;
using TinySora.Engine.Families;
using TinySora.Engine.Families.PixelUNet;
using TinySora.Engine.Families.PixelUNet.Config;
using TinySora.Engine.Media;
using TinySora.Engine.Media.Files;
using TinySora.Engine.Tests.Families.PixelUNet;
using TinySora.Engine.Tests.Media;
using TinySora.Engine.Text;

namespace TinySora.Engine.Tests.Data.Doctor;

public sealed class DatasetDoctorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Exactly_the_25_broken_of_500_clips_are_found()
    {
        Draw(500);
        Assert.Empty(DatasetDoctor.Examine(folder.Path));
        var expected = new SortedDictionary<string, ClipProblemKind>(StringComparer.Ordinal);
        for (var i = 0; i < 25; i++)
        {
            var (problem, breakIt) = BrokenClips.Ways[i % BrokenClips.Ways.Count];
            breakIt(folder.File($"{(i * 20) + 3:D5}.gif"), folder.File($"{(i * 20) + 1:D5}.gif"));
            expected.Add($"{(i * 20) + 3:D5}", problem);
        }

        // Valid clips in unusual encodings.
        File.WriteAllText(folder.File("00002.txt"), "ein grüner Kreis", Encoding.Unicode);
        File.WriteAllText(folder.File("00005.txt"), "ein roter Kreis", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        var reported = new List<ItemProgress>();

        var problems = DatasetDoctor.Examine(folder.Path, progress: new ImmediateProgress<ItemProgress>(reported.Add)).ToList();

        Assert.Equal(
            expected.Select(e => (e.Key, e.Value)),
            problems.Select(p => (Path.GetFileNameWithoutExtension(p.Path), p.Problem)));
        Assert.All(problems, p => Assert.True(p.Reason.Length > 5 && p.Fix.Length > 20 && !p.Reason.Contains(p.Path, StringComparison.Ordinal), $"{p}"));
        Assert.Contains(problems, p => p.Reason.Contains("frame 5", StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(1, 500), reported.Select(r => r.Done));
    }

    /// <summary>Runs one clip of every kind through every command that reads folders.</summary>
    [Fact]
    public void Errors_are_the_clips_that_training_summary_preview_and_import_skip()
    {
        Needs.FFmpeg();
        var ways = BrokenClips.Ways;
        Draw(2 * ways.Count);
        for (var i = 0; i < ways.Count; i++)
        {
            ways[i].Break(folder.File($"{(2 * i) + 1:D5}.gif"), folder.File($"{2 * i:D5}.gif"));
        }

        var errors = DatasetDoctor.Examine(folder.Path, Config(8, 2).Clips).Where(p => p.Severity == ProblemSeverity.Error).Select(p => p.Path).ToList();
        Assert.Equal(10, errors.Count);

        using (var data = ClipDataset.Open(folder.Path, Config(8, 2).Clips))
        {
            Assert.Equal(errors, data.Skipped.Select(s => s.Path));
            Assert.Equal((22, 4), (data.Count, data.WithoutCaption));
        }

        var summary = DatasetSummary.FromFolder(folder.Path);
        Assert.Equal(errors, summary.Unreadable.Select(s => s.Path));
        Assert.Equal((22, 18), (summary.Count, summary.Captioned));

        var skipped = new List<SkippedClip>();
        Assert.Equal(22, DatasetPreview.Draw(folder.Path, 100, 8, 0, skipped.Add).Cells.Count);
        Assert.Equal(errors, skipped.Select(s => s.Path).Order(StringComparer.Ordinal));

        skipped.Clear();
        var clips = DatasetWriter.Import(
            [folder.Path], folder.File("out"), DatasetKinds.Videos, new ImportOptions { Frames = 2, Size = 8, MaxClipsPerVideo = 1 },
            new ImportReport(skipped.Add, _ => { })).ToList();
        Assert.Equal(errors, skipped.Select(s => s.Path));
        Assert.Equal(22, clips.Count);
    }

    [Fact]
    public void Configuration_adds_checks_of_length_size_and_captions()
    {
        Needs.FFmpeg();
        Write("good.gif", Clips.MovingSquare(4, 16, 20), "a square");
        Write("short.gif", Clips.MovingSquare(3, 16, 22), "a square");
        Write("small.gif", Clips.MovingSquare(4, 15, 24), null);
        Write("film.mp4", Clips.MovingSquare(4, 14, 26), "a square");
        var config = Config(16, 4);

        Assert.Equal(["small.gif CaptionMissing"], Found(null));
        Assert.Equal(["film.mp4 TooSmall", "short.gif TooShort", "small.gif TooSmall", "small.gif CaptionMissing"], Found(config));
        Assert.Equal(
            ["film.mp4 TooSmall", "short.gif TooShort", "small.gif TooSmall"],
            Found(config.With(model: new ModelConfig { TextEncoder = TextEncoderKind.None })));
        Assert.DoesNotContain(
            Found(config with { Trainer = new TrainerConfig { ForceNumFrames = false } }), problem => problem.StartsWith("short.gif", StringComparison.Ordinal));
        var refuse = config.Clips with { Shape = config.Clips.Shape with { LengthRule = LengthRule.Refuse } };
        Assert.Contains(DatasetDoctor.Examine(folder.Path, refuse), problem => problem.Problem == ClipProblemKind.OtherLength && problem.Path.EndsWith("short.gif", StringComparison.Ordinal));
        var drop = config with { Trainer = new TrainerConfig { DropShortClips = true } };
        Assert.Equal(
            (ClipProblemKind.TooShort, ProblemSeverity.Error),
            DatasetDoctor.Examine(folder.Path, drop.Clips).Where(p => p.Path.EndsWith("short.gif", StringComparison.Ordinal)).Select(p => (p.Problem, p.Severity)).Single());
        Assert.DoesNotContain(Found(Config(8, 1)), p => p.EndsWith("Static", StringComparison.Ordinal));

        IEnumerable<string> Found(RunConfig? c) => DatasetDoctor.Examine(folder.Path, c?.Clips).Select(p => $"{Path.GetFileName(p.Path)} {p.Problem}");
    }

    [Theory]
    [InlineData("family: pixel-unet\ndiffusion: { height: 16, frames: 4 }", "diffusion.frames", "diffusion.height")]
    [InlineData("family: video-autoencoder\nclip: { height: 16, frames: 4 }", "clip.frames", "clip.height")]
    public void Problem_names_the_keys_of_the_family(string text, string frames, string height)
    {
        Write("short.gif", Clips.MovingSquare(3, 8, 22), "a square");
        var config = ConfigFile.Parse(text, "test");
        var problems = DatasetDoctor.Examine(folder.Path, ModelFamilies.Of(config).Clips(config)).ToDictionary(problem => problem.Problem);
        Assert.Contains($" {frames} is 4;", problems[ClipProblemKind.TooShort].Reason, StringComparison.Ordinal);
        Assert.Contains($" {height} is 16;", problems[ClipProblemKind.TooSmall].Reason, StringComparison.Ordinal);
        Assert.EndsWith($"or reduce {height}.", problems[ClipProblemKind.TooSmall].Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_pixels_are_duplicates_in_any_format_unless_captions_differ()
    {
        Write("a.gif", Clips.MovingSquare(), "a square");
        Write("b.gif", Clips.MovingSquare(), "another caption of the same video");
        Write("c.gif", Clips.MovingSquare(), "a square");
        File.AppendAllText(folder.File("c.gif"), "other bytes after the end");

        var problem = Assert.Single(DatasetDoctor.Examine(folder.Path));

        Assert.Equal((folder.File("c.gif"), ClipProblemKind.Duplicate), (problem.Path, problem.Problem));
        Assert.Contains(folder.File("a.gif"), problem.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Unusual_names_cause_no_problem()
    {
        Needs.FFmpeg();
        string[] names = [.. new[] { "-i out.gif", "it's a \"clip\" [1].gif", "зелёный 赤.gif", "%03d $HOME `x`.gif", "-y.mp4", "http:x.mp4" }.Where(Names.CanBe)];
        foreach (var name in names)
        {
            Write(name, Clip.Black(2, 16, 16, 3), name);
        }

        Assert.Equal(
            names.Select(n => (folder.File(n), ClipProblemKind.Static)).Order(),
            DatasetDoctor.Examine(folder.Path).Select(p => (p.Path, p.Problem)).Order());
    }

    [Fact]
    public void Video_with_a_wrong_extension_is_named_and_one_without_video_is_damaged()
    {
        Needs.FFmpeg();
        Write("film.mp4", Clips.MovingSquare(), null);
        File.Move(folder.File("film.mp4"), folder.File("film.gif"));
        Write("loop.gif", Clips.MovingSquare(), null);
        File.Move(folder.File("loop.gif"), folder.File("loop.mp4"));
        File.WriteAllBytes(folder.File("noise.mp4"), [.. Enumerable.Range(0, 999).Select(i => (byte)(i * i))]);

        var problems = DatasetDoctor.Examine(folder.Path).ToList();

        Assert.Equal(
            ["Change its extension to .mp4.", "Change its extension to .gif."], problems.Take(2).Select(p => p.Fix));
        Assert.Equal(
            [ClipProblemKind.OtherFormat, ClipProblemKind.OtherFormat, ClipProblemKind.Corrupt], problems.Select(p => p.Problem));
    }

    /// <summary>ffmpeg reads the frames that exist and only prints warnings; training uses the video.</summary>
    [Fact]
    public void Truncated_video_is_damaged_but_usable_for_training()
    {
        Needs.FFmpeg();
        Write("whole.mp4", Clips.MovingSquare(60, 32, 96), "a square");
        var bytes = File.ReadAllBytes(folder.File("whole.mp4"));
        File.WriteAllBytes(folder.File("broken.mp4"), bytes[..(bytes.Length * 8 / 10)]);
        File.WriteAllText(folder.File("broken.txt"), "a square that stops");
        Assert.Equal(["broken.mp4 Corrupt Warning"], DatasetDoctor.Examine(folder.Path, null).Select(p => $"{Path.GetFileName(p.Path)} {p.Problem} {p.Severity}"));
    }

    [Fact]
    public void Video_with_damaged_frames_is_damaged_but_usable_for_training()
    {
        Needs.FFmpeg();
        Write("broken.mp4", Clips.MovingSquare(60, 32, 96), "a square");
        var bytes = File.ReadAllBytes(folder.File("broken.mp4"));
        var data = bytes.AsSpan().IndexOf("mdat"u8) + 4;
        bytes.AsSpan(data + ((bytes.Length - data) / 2), 200).Fill(0xA5);
        File.WriteAllBytes(folder.File("broken.mp4"), bytes);
        var problem = Assert.Single(DatasetDoctor.Examine(folder.Path, null));
        Assert.Equal((ClipProblemKind.Corrupt, ProblemSeverity.Warning), (problem.Problem, problem.Severity));
        Assert.StartsWith("contains damaged frames: ", problem.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Clips_that_vanish_meanwhile_are_named_and_the_reader_can_stop_early()
    {
        for (var i = 0; i < 400; i++)
        {
            Write($"{i:D3}.gif", Clip.Black(2, 4, 4, 3), $"{i}");
        }

        using var problems = DatasetDoctor.Examine(folder.Path).GetEnumerator();
        Assert.True(problems.MoveNext());
        for (var i = 300; i < 400; i++)
        {
            File.Delete(folder.File($"{i:D3}.gif"));
        }

        var last = problems.Current;
        while (problems.MoveNext())
        {
            last = problems.Current;
        }

        Assert.Equal((folder.File("399.gif"), ClipProblemKind.Corrupt, "The file does not exist."), (last.Path, last.Problem, last.Reason));
        var seen = new List<ItemProgress>();
        Assert.Equal(3, DatasetDoctor.Examine(folder.Path, progress: new ImmediateProgress<ItemProgress>(seen.Add)).Take(3).Count());
        Assert.InRange(seen.Count, 2, 3);
    }

    [Fact]
    public void Cancelling_ends_the_examination()
    {
        Draw(3);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => DatasetDoctor.Examine(folder.Path, cancellationToken: stop.Token).ToList());
    }

    [Fact]
    public void Folders_without_a_clip_are_errors_immediately()
    {
        Assert.Equal("TinySora.Data.NoClips", Assert.Throws<TinySoraException>(() => DatasetDoctor.Examine(folder.Path)).Id);
        Assert.Equal("TinySora.Data.FolderMissing", Assert.Throws<TinySoraException>(() => DatasetDoctor.Examine(folder.File("x"))).Id);
    }

    private static RunConfig Config(int size, int frames) =>
        new() { Family = new PixelUNetConfig { Diffusion = new DiffusionConfig { Height = size, Frames = frames } } };

    private void Draw(int count) => Assert.Equal(
        count, DatasetWriter.Draw(folder.Path, DatasetKinds.Shapes, DatasetKinds.Shapes.Defaults with { Count = count }).Count());

    private void Write(string name, Clip clip, string? caption)
    {
        ClipFile.Write(folder.File(name), clip);
        CaptionFile.Write(folder.File(name), caption is null ? [] : [caption]);
    }
}
