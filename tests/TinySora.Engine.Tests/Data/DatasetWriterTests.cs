using TinySora.Engine.Data;
using TinySora.Engine.Data.Kinds;
using TinySora.Engine.Errors;
using TinySora.Engine.Evaluation;
using TinySora.Engine.Media;

namespace TinySora.Engine.Tests.Data;

public sealed class DatasetWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Shapes_are_written_with_captions_that_the_checker_confirms()
    {
        var clips = Draw(folder.Path, 12, seed: 3).ToList();

        Assert.Equal(Enumerable.Range(0, 12).Select(k => folder.File($"{k:D5}.gif")), clips.Select(c => c.Path));
        foreach (var clip in clips)
        {
            var read = ClipFile.Read(clip.Path);
            Assert.Equal((5, 32, 32), (read.Frames, read.Width, read.Height));
            Assert.Equal(clip.Caption, File.ReadAllText(Path.ChangeExtension(clip.Path, ".txt")).TrimEnd('\n'));
            var truth = ShapesWorld.Parse(clip.Caption!)!;
            Assert.False(ShapesWorld.IsHeldOut(truth));
            Assert.Equal(new ShapesVerdict(truth.Colour, truth.Shape, truth.Motion, true),
                ShapesChecker.Check(read));
        }
    }

    [Fact]
    public void A_clip_depends_only_on_seed_and_number()
    {
        Assert.Equal(3, Draw(folder.File("few"), 3, seed: 9).Count());
        Assert.Equal(6, Draw(folder.File("many"), 6, seed: 9).Count());
        Assert.Equal(3, Draw(folder.File("other"), 3, seed: 10).Count());

        foreach (var name in new[] { "00000.gif", "00002.gif", "00002.txt" })
        {
            Assert.Equal(File.ReadAllBytes(folder.File("few", name)), File.ReadAllBytes(folder.File("many", name)));
        }

        Assert.NotEqual(File.ReadAllBytes(folder.File("few", "00002.gif")), File.ReadAllBytes(folder.File("other", "00002.gif")));
    }

    [Fact]
    public void Held_out_combinations_are_written_on_request()
    {
        var all = Draw(folder.Path, 192, 0, o => o with { Size = 8, Frames = 2, IncludeHeldOut = true });

        Assert.Equal(24, all.Count(c => ShapesWorld.IsHeldOut(ShapesWorld.Parse(c.Caption!)!)));
    }

    [Fact]
    public void Existing_files_are_not_written_over_without_force()
    {
        File.WriteAllText(folder.File("00001.txt"), "mine");

        var error = Assert.Throws<TinySoraException>(() => Draw(folder.Path, 2, 0));
        Assert.Equal("TinySora.Data.OutputExists", error.Id);
        Assert.False(File.Exists(folder.File("00000.gif")));

        Assert.Equal(2, Draw(folder.Path, 2, 0, o => o with { Force = true }).Count());
        Assert.NotEqual("mine", File.ReadAllText(folder.File("00001.txt")));
    }

    [Fact]
    public void Numbers_out_of_range_are_refused_before_anything_is_written()
    {
        var path = folder.File("new");
        Assert.Equal("TinySora.Data.OutOfRange", IdOf(() => Draw(path, 0, 0)));
        Assert.Equal("TinySora.Data.OutOfRange", IdOf(() => Draw(path, 1, 0, o => o with { Size = 4 })));
        Assert.Equal("TinySora.Data.OutOfRange", IdOf(() => Draw(path, 1, 0, o => o with { Frames = 0 })));
        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void Cancelling_stops_between_clips_and_leaves_whole_pairs()
    {
        using var cancellation = new CancellationTokenSource();
        var clips = Draw(folder.Path, 100, 0, cancellation: cancellation.Token);

        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var clip in clips)
            {
                if (clip.Path.EndsWith("00002.gif", StringComparison.Ordinal))
                {
                    cancellation.Cancel();
                }
            }
        });
        Assert.Equal(6, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public void An_interrupted_run_goes_on_and_redraws_nothing()
    {
        Assert.Equal(2, Draw(folder.Path, 4, seed: 1).Take(2).Count());
        // As a kill leaves it: the second clip was written, but the log has not heard of its end.
        Assert.Equal(["begin 00001 ", ""], File.ReadAllText(folder.File(".tinysora", "written.log")).Split('\n')[^2..]);
        File.AppendAllText(folder.File(".tinysora", "written.log"), "begin 00002 ... cut o");
        File.WriteAllText(folder.File("00000.txt"), "kept as it is");
        var before = File.GetLastWriteTimeUtc(folder.File("00000.gif"));

        var clips = Draw(folder.Path, 4, seed: 1).ToList();

        Assert.Equal(4, clips.Count);
        Assert.Equal("kept as it is", clips[0].Caption);
        Assert.Equal(before, File.GetLastWriteTimeUtc(folder.File("00000.gif")));
        Assert.Equal(4, Draw(folder.File("whole"), 4, seed: 1).Count());
        Assert.All(["00001.gif", "00001.txt", "00002.gif", "00003.gif"],
            name => Assert.Equal(File.ReadAllBytes(folder.File("whole", name)), File.ReadAllBytes(folder.File(name))));
    }

    [Fact]
    public void A_longer_run_adds_clips_and_another_recipe_is_refused()
    {
        Assert.Equal(2, Draw(folder.Path, 2, seed: 1).Count());
        Assert.Equal(3, Draw(folder.Path, 3, seed: 1).Count());
        File.Delete(folder.File("00001.gif"));
        Assert.Equal(3, Draw(folder.Path, 3, seed: 1).Count());
        Assert.True(File.Exists(folder.File("00001.gif")));

        Assert.Equal("TinySora.Data.OutputExists", IdOf(() => Draw(folder.Path, 3, seed: 2)));
        Assert.Equal("TinySora.Data.OutputExists", IdOf(() => Draw(folder.Path, 3, seed: 1, o => o with { Size = 16 })));
    }

    [Fact]
    public void Clips_can_be_videos()
    {
        var clip = Assert.Single(Draw(folder.Path, 1, seed: 0, o => o with { Format = "mp4" }));

        Assert.EndsWith("00000.mp4", clip.Path, StringComparison.Ordinal);
        Assert.Equal((5, 32, 32), ClipFile.Read(clip.Path) is var read ? (read.Frames, read.Height, read.Width) : default);
        Assert.Equal(clip.Caption, CaptionFile.Read(clip.Path));
        Assert.Equal("TinySora.Data.OutOfRange", IdOf(() => Draw(folder.Path, 1, 0, o => o with { Format = "webm" })));
    }

    private static IEnumerable<DatasetClip> Draw(
        string path, int count, long seed, Func<DrawOptions, DrawOptions>? change = null, CancellationToken cancellation = default)
    {
        var options = DatasetKinds.Shapes.Defaults with { Count = count, Seed = seed };
        return DatasetWriter.Draw(path, DatasetKinds.Shapes, change?.Invoke(options) ?? options, null, cancellation);
    }

    private static string IdOf(Func<object> action) => Assert.Throws<TinySoraException>(action).Id;
}
